"""Who may be a terminal's agent: a one-time token brings a key, and the key proves each boot.

Nothing is changed by a refusal, and a refusal tells no more than whoever holds the token knows.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from realtime.wire.devices import (
    BootChallenge,
    BootProof,
    Enrol,
    boot_text,
    enrol_text,
    fingerprint,
    from_text,
    to_text,
)
from realtime.wire.orders import AgentView
from realtime.wire.people import Fact
from realtime.wire.terminal import Boot
from server.domain.errors import AgentRefused, InvalidInput, Limited, NotFound, Unavailable
from server.domain.ids import Draw, TerminalId
from server.domain.rules import HOUR, Rules
from server.services.ports import Clock, StaffFeed
from server.store.agents import AgentProof, Connected, MongoAgents
from server.store.documents import milliseconds

log = logging.getLogger(__name__)

#: Drawn characters of a one-time token and of a nonce, five bits each.
TOKEN_LENGTH = 40
NONCE_LENGTH = 52

#: The first protocol whose agents have keys.
KEYED_PROTOCOL = 2


class Limits(Protocol):
    """Sliding counters over all processes; `realtime.limits.Limits`."""

    async def hit(self, key: str, limits: Sequence[tuple[int, float]]) -> float | None:
        """Count one hit; gives seconds to wait when it is over a limit and was not counted."""


class Fence(Protocol):
    """Shuts out connections of before, in whichever process; `realtime.terminals`."""

    async def fence(self, terminal: TerminalId, epoch: int) -> None:
        """Close the terminal's connections that are older than this epoch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """A drawn token: told once, kept as its digest."""

    token: str
    digest: str
    expires_at: datetime


class Enrolment:
    """Draws tokens, takes keys in, and checks what boots prove."""

    def __init__(
        self,
        *,
        agents: MongoAgents,
        limits: Limits,
        fence: Fence,
        staff: StaffFeed,
        rules: Rules,
        clock: Clock,
        draw: Draw,
    ) -> None:
        self._agents = agents
        self._limits = limits
        self._fence = fence
        self._staff = staff
        self._rules = rules
        self._clock = clock
        self._draw = draw

    def new_token(self) -> NewToken:
        """Draw a token; nothing is kept yet."""
        token = self._draw(TOKEN_LENGTH)
        life = timedelta(seconds=self._rules.enrol_token_seconds)
        ends = milliseconds(self._clock() + life)
        return NewToken(token=token, digest=digest(token), expires_at=ends)

    async def replace_token(self, terminal: TerminalId) -> NewToken:
        """Draw a token for a new agent; the present one's key is good until that enrols.

        Raises:
            NotFound: there is no such terminal.
        """
        drawn = self.new_token()
        await self._agents.put_token(terminal, drawn.digest, drawn.expires_at)
        return drawn

    async def view(self, terminal: TerminalId) -> AgentView:
        """Show staff how a terminal's agent proves itself."""
        proof = await self._agents.get(terminal)
        key = proof.public_key
        return AgentView(
            fingerprint=fingerprint(key) if key else None,
            enrolled_at=proof.enrolled_at,
            token_expires_at=proof.token_expires_at,
        )

    # Enrolment

    async def enrol(self, asked: Enrol, address: str) -> None:
        """Take an agent's key in for its one-time token; the agent before is shut out.

        The same token with the same key again changes nothing and is no error.

        Raises:
            InvalidInput: the key is none.
            Limited: too many tries for this terminal or from this address.
            AgentRefused: a bad signature, or a token that is foreign, used or too old.
        """
        terminal, now = TerminalId(asked.terminal_id), self._clock()
        await self._count("address", address, self._rules.enrols_per_address_hour)
        _check_key(asked.public_key)
        text = enrol_text(asked.terminal_id, asked.token, asked.public_key)
        if not is_signed(asked.public_key, asked.signature, text):
            raise AgentRefused(field="signature", rule="of_the_key")
        given = digest(asked.token)
        epoch = await self._agents.enrol(terminal, given, asked.public_key, now)
        if epoch is None:
            await self._check_repeated(terminal, given, asked.public_key)
            return
        mark = fingerprint(asked.public_key)
        log.info("agent enrolled", extra={"terminal": terminal, "fingerprint": mark})
        await self._fence.fence(terminal, epoch)

    async def _count(self, kind: str, who: str, most: int) -> None:
        key = f"enrol:{kind}:{hashlib.sha256(who.encode()).hexdigest()}"
        wait = await self._limits.hit(key, [(most, HOUR)])
        if wait is not None:
            raise Limited.for_seconds(wait, field=kind)

    async def _check_repeated(self, terminal: TerminalId, given: str, public_key: str) -> None:
        """Accept the same token with the same key again; say why not otherwise."""
        try:
            kept = await self._agents.get(terminal)
        except NotFound:
            kept = AgentProof()
        if _same(kept.used_digest, given):
            if kept.public_key == public_key:
                return
            raise AgentRefused(field="token", rule="unused")
        # Counted only here: strangers' guesses must not keep the right agent out.
        await self._count("terminal", terminal, self._rules.enrols_per_terminal_hour)
        if _same(kept.token_digest, given):
            raise AgentRefused(field="token", rule="unexpired")
        raise AgentRefused(field="token", rule="of_this_terminal")

    # Boots

    def challenge(self, boot: Boot) -> BootChallenge | None:
        """Ask a booting agent to prove its key; None for one of before keys."""
        if boot.protocol < KEYED_PROTOCOL:
            return None
        return BootChallenge(id=boot.id, nonce=self._draw(NONCE_LENGTH))

    async def connect(
        self, boot: Boot, challenge: BootChallenge | None, proof: BootProof | None
    ) -> int:
        """Check what a boot proves, count its connection, and give the connection's fence.

        Raises:
            AgentRefused: it proves nothing; nothing is changed.
        """
        if challenge is None or proof is None:
            found = await self._connect_by_token(boot)
        else:
            found = await self._connect_by_key(boot, challenge, proof)
        terminal = TerminalId(boot.terminal_id)
        if boot.boot_id in found.boots_before[:-1] and boot.boot_id != found.boots_before[-1]:
            await self._tell_two_agents(terminal, boot)
        return found.epoch

    async def _connect_by_key(
        self, boot: Boot, challenge: BootChallenge, proof: BootProof
    ) -> Connected:
        terminal = TerminalId(boot.terminal_id)
        try:
            key = (await self._agents.get(terminal)).public_key
        except NotFound:
            key = None
        if key is None:
            raise AgentRefused(field="terminal_id", rule="enrolled")
        text = boot_text(boot.terminal_id, boot.boot_id, challenge.nonce)
        if is_signed(key, proof.signature, text):
            found = await self._agents.connect_by_key(
                terminal, key, version=boot.agent_version, boot=boot.boot_id, now=self._clock()
            )
            if found is not None:
                return found
        raise AgentRefused(field="signature", rule="of_the_enrolled_key")

    async def _connect_by_token(self, boot: Boot) -> Connected:
        if boot.protocol >= KEYED_PROTOCOL:
            raise AgentRefused(field="signature", rule="required")
        if boot.token is None:
            raise AgentRefused(field="token", rule="required")
        found = await self._agents.connect_by_token(
            TerminalId(boot.terminal_id),
            digest(boot.token),
            version=boot.agent_version,
            boot=boot.boot_id,
            now=self._clock(),
        )
        if found is None:
            raise AgentRefused(field="token", rule="of_this_terminal")
        log.warning(
            "agent of the previous protocol let in by its token",
            extra={"terminal": boot.terminal_id, "version": boot.agent_version},
        )
        return found

    async def _tell_two_agents(self, terminal: TerminalId, boot: Boot) -> None:
        """Say that two agents take turns: one that was replaced by another's boot came back."""
        log.error("two agents with one identity", extra={"terminal": terminal})
        await self._agents.note_two_agents(terminal, self._clock())
        data: dict[str, object] = {"terminal": terminal, "at": self._clock().isoformat()}
        try:
            await self._staff.push(Fact(key=f"two_agents:{terminal}", kind="two_agents", data=data))
        except Unavailable:
            log.warning("staff not told", extra={"terminal": terminal})


def digest(token: str) -> str:
    """Give what is kept of a token; tokens are long and drawn, so one hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def is_signed(public_key: str, signature: str, text: bytes) -> bool:
    """Tell whether a signature over a text is this key's."""
    try:
        Ed25519PublicKey.from_public_bytes(from_text(public_key)).verify(from_text(signature), text)
    except (InvalidSignature, ValueError):
        return False
    return True


def _check_key(public_key: str) -> None:
    """Refuse what is no key, or one that is written otherwise than `to_text` does."""
    try:
        Ed25519PublicKey.from_public_bytes(from_text(public_key))
        is_right = to_text(from_text(public_key)) == public_key
    except ValueError:
        is_right = False
    if not is_right:
        raise InvalidInput(field="public_key", rule="base64url_of_32_bytes")


def _same(kept: str | None, given: str) -> bool:
    return kept is not None and hmac.compare_digest(kept, given)
