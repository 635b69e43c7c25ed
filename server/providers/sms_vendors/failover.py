"""One text by the first vendor that sends it, and never by two.

The next vendor is asked only when the one before certainly sent nothing: it refused, or was not
reached. After an unknown outcome nobody else is asked, since a second text would confuse whoever
reads it, and cost twice. Nor is anybody else asked when a vendor's limit for the number was
reached, or the number is none: that is about the person, and our own limits are the same. The
account's own daily limit (`limit_site`) is the vendor's, and the next vendor is asked.

A vendor that failed three times in a row rests for a minute, then two, up to a quarter of an
hour; after its rest one text tries it again. While all rest the one whose rest ends first is
asked, since a person waits for a code. Each process learns this for itself, from its own texts.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from server.domain.errors import ProviderFailed
from server.providers.ports import Sms, SmsReceipt
from server.providers.sms_vendors.config import Vendor
from server.providers.sms_vendors.refusals import OF_NUMBER, UNKNOWN

log = logging.getLogger(__name__)

FAILURES_TO_REST = 3
FIRST_REST_SECONDS = 60.0
LONGEST_REST_SECONDS = 15 * 60.0


class SmsVendor(Protocol):
    """One vendor."""

    name: Vendor

    async def send(self, message: Sms, reference: str) -> str:
        """Send one text and give the vendor's number for it. Raises: ProviderFailed."""


@dataclass(slots=True)
class _Standing:
    """How one vendor does, as this process saw it."""

    failures: int = 0
    rests: int = 0
    until: datetime | None = None

    def is_resting(self, now: datetime) -> bool:
        return self.until is not None and now < self.until

    def succeeded(self) -> None:
        self.failures, self.rests, self.until = 0, 0, None

    def failed(self, now: datetime) -> bool:
        """Count one failure; True when the vendor rests from now on."""
        self.failures += 1
        if self.failures < FAILURES_TO_REST:
            return False
        seconds = min(LONGEST_REST_SECONDS, FIRST_REST_SECONDS * 2**self.rests)
        self.rests = min(self.rests + 1, 10)
        self.until = now + timedelta(seconds=seconds)
        return True


class VendorSms:
    """Implements `SmsWay` with one vendor or several, the first preferred."""

    def __init__(self, vendors: Sequence[SmsVendor], *, clock: Callable[[], datetime]) -> None:
        self._vendors = tuple(vendors)
        self._clock = clock
        self._standings = {vendor.name: _Standing() for vendor in vendors}

    async def send(self, message: Sms, reference: str) -> SmsReceipt:
        """Send one text; see above for who is asked.

        Raises:
            ProviderFailed: the last one's word, by the rules of `refusals`; `vendor` is in its
                details, and `tried` are all who were asked.
        """
        tried: list[Vendor] = []
        for vendor in self._order():
            tried.append(vendor.name)
            try:
                serial = await vendor.send(message, reference)
            except ProviderFailed as error:
                rule = error.rule or "no_answer"
                self._judge(vendor.name, rule)
                failure = _told(error, rule, tried)
                if rule in UNKNOWN or rule in OF_NUMBER:
                    raise failure from error
            else:
                self._standings[vendor.name].succeeded()
                return SmsReceipt(vendor=vendor.name, serial=serial, tried=tuple(tried))
        raise failure

    def _order(self) -> list[SmsVendor]:
        now = self._clock()
        awake = [one for one in self._vendors if not self._standings[one.name].is_resting(now)]
        if awake:
            return awake
        return [min(self._vendors, key=lambda one: self._standings[one.name].until or now)]

    def _judge(self, vendor: Vendor, rule: str) -> None:
        """Count a failure that is the vendor's own; say so without anything of the text."""
        if rule in OF_NUMBER:
            self._standings[vendor].succeeded()  # it answered well
            return
        rests = self._standings[vendor].failed(self._clock())
        log.warning("SMS vendor %s: %s%s", vendor, rule, ", rests" if rests else "")


def _told(error: ProviderFailed, rule: str, tried: Sequence[Vendor]) -> ProviderFailed:
    details: dict[str, Any] = {**error.details, "vendor": tried[-1], "tried": tuple(tried)}
    failure = ProviderFailed(rule=rule, **details)
    failure.__cause__ = error
    return failure
