"""SMS codes: sent within limits by number, address and device, tried a few times, used once.

Nothing here tells whether a number is known: codes are sent to any.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from realtime.wire.accounts import CodeSent
from server.domain.errors import Limited, WrongCode
from server.domain.rules import DAY, HOUR, Rules
from server.providers.ports import SmsSender
from server.services.accounts.code_texts import Purpose, code_message
from server.services.accounts.codes_budget import CodesBudget, Limits
from server.store.codes import MongoCodes
from server.store.seal import BlindIndex


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Where a request without a person comes from."""

    address: str
    device: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A right code, not used up yet."""

    key: str
    digest: str


class SmsCodes:
    """Codes to numbers in normal form."""

    def __init__(
        self,
        *,
        codes: MongoCodes,
        index: BlindIndex,
        limits: Limits,
        budget: CodesBudget,
        sms: SmsSender,
        rules: Rules,
        clock: Callable[[], datetime],
        draw_code: Callable[[], str],
    ) -> None:
        self._codes = codes
        self._index = index
        self._limits = limits
        self._budget = budget
        self._sms = sms
        self._rules = rules
        self._clock = clock
        self._draw_code = draw_code

    async def send(self, number: str, caller: Caller, purpose: Purpose) -> CodeSent:
        """Send a code of a purpose; the one before of that purpose is void.

        Raises:
            Limited: too often for the number, the address or the device.
            ProviderFailed: the SMS provider refused; the number may try again after the gap.
        """
        await self._within_limits(number, caller)
        code = self._draw_code()
        await self._codes.put(
            self._code_key(number, purpose),
            digest=self._code_digest(number, code, purpose),
            tries=self._rules.code_tries,
            expires_at=self._clock() + timedelta(seconds=self._rules.code_life_seconds),
        )
        message = code_message(number, code, self._rules.code_life_seconds, purpose)
        await self._sms.send(message)
        return CodeSent(resend_after_seconds=self._rules.code_gap_seconds)

    async def check(self, number: str, code: str, purpose: Purpose, caller: Caller) -> Proof:
        """Spend a try of a number's code; the code stays good until `use`. Raises as `use`.

        Raises:
            Limited: too many tries from this address.
        """
        await self._count_try(caller)
        digest = await self._check_code(number, code, purpose)
        return Proof(key=self._code_key(number, purpose), digest=digest)

    async def use(self, proof: Proof) -> None:
        """Use a code up.

        Raises:
            WrongCode: wrong, used, too late, or tried too often.
        """
        if not await self._codes.consume(proof.key, proof.digest):
            raise WrongCode(field="code", rule="once")

    async def _count_try(self, caller: Caller) -> None:
        tries = self._rules.codes_per_address_hour * self._rules.code_tries
        await self._hit("tries", network_of(caller.address), [(tries, HOUR)])

    async def _within_limits(self, number: str, caller: Caller) -> None:
        """Count address and device first: whoever is over theirs must not use up a number's."""
        rules = self._rules
        per_address = [(rules.codes_per_address_hour, HOUR)]
        await self._hit("address", network_of(caller.address), per_address)
        await self._hit("device", caller.device, [(rules.codes_per_device_hour, HOUR)])
        per_number = [
            (1, rules.code_gap_seconds),
            (rules.codes_per_hour, HOUR),
            (rules.codes_per_day, DAY),
        ]
        await self._hit("number", number, per_number)
        await self._budget.spend(self._clock())

    async def _hit(self, kind: str, who: str, limits: Sequence[tuple[int, float]]) -> None:
        key = f"code:{kind}:{self._index.digest(f'limit {kind}', who)}"
        wait = await self._limits.hit(key, limits)
        if wait is not None:
            raise Limited.for_seconds(wait, field=kind)

    async def _check_code(self, number: str, code: str, purpose: Purpose) -> str:
        """Spend a try; give the stored digest if the code is right."""
        stored = await self._codes.spend_try(self._code_key(number, purpose), self._clock())
        given = self._code_digest(number, code.strip(), purpose)
        if stored is None or not hmac.compare_digest(stored, given):
            raise WrongCode(field="code", rule="right")
        return stored

    def _code_key(self, number: str, purpose: Purpose) -> str:
        index = self._index.digest("phone", number)
        return index if purpose == "log_in" else f"{index}:{purpose}"

    def _code_digest(self, number: str, code: str, purpose: Purpose) -> str:
        kind = "sms code" if purpose == "log_in" else f"sms code {purpose}"
        return self._index.digest(kind, f"{number} {code}")


def network_of(address: str) -> str:
    """Give what counts as one address for limits: IPv6 hosts choose freely within their /64."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv4Address):
        return str(ip)
    # On a socket for both, IPv4 hosts come as IPv6 addresses: each is a host, not a network.
    return str(ip.ipv4_mapped or ipaddress.ip_network((ip, 64), strict=False))
