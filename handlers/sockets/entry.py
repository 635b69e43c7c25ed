"""How an agent comes in: it enrols if it must, boots, is challenged, proves its key.

    Enrol ──► Enrolled                      (at most once a connection)
    Boot ───► BootChallenge ─ BootProof ──► BootAccepted
       │                               └──► BootPending, then Boot again
       └────► BootAccepted                  (protocol 1: its token came with the boot)

Frames come one after the other (see `on_message`). A challenge is drawn for each boot, is good for
one answer on its own connection, and ends with the connection's deadline for first frames.
"""

from __future__ import annotations

from dataclasses import dataclass

from handlers.sockets.ports import TerminalService
from realtime.wire.devices import BootChallenge, BootProof, Enrol, Enrolled
from realtime.wire.terminal import TERMINAL_PROTOCOL, Boot, BootAccepted, BootPending
from server.domain.errors import AgentRefused, InvalidInput

#: The agent in the field may be one version behind.
ACCEPTED_PROTOCOLS = frozenset({TERMINAL_PROTOCOL, TERMINAL_PROTOCOL - 1})

FirstFrame = Enrol | Boot | BootProof


class ProtocolRefused(InvalidInput):
    """The agent speaks a protocol that is not accepted (any more)."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """The end of the way in: whose boot it was, and the answer that it gets."""

    boot: Boot
    answer: BootAccepted


class Entry:
    """One connection's way in; nothing of it counts after `Admitted`."""

    __slots__ = ("_address", "_asked", "_has_enrolled", "_service")

    def __init__(self, service: TerminalService, address: str) -> None:
        """`address` is whose tries are counted."""
        self._service = service
        self._address = address
        self._has_enrolled = False
        self._asked: tuple[Boot, BootChallenge] | None = None

    async def step(self, frame: FirstFrame) -> Enrolled | BootChallenge | BootPending | Admitted:
        """Take one frame and give its answer.

        Raises:
            ProtocolRefused: close; this version is not served.
            InvalidInput: out of turn, or a field breaks its rule.
            AgentRefused, Limited, Unavailable: as the service says.
        """
        if isinstance(frame, Enrol):
            return await self._enrol(frame)
        if isinstance(frame, Boot):
            return await self._boot(frame)
        return await self._prove(frame)

    async def _enrol(self, frame: Enrol) -> Enrolled:
        _check_protocol(frame.protocol)
        if self._has_enrolled:
            raise InvalidInput(field="type", rule="enrol_once")
        self._asked = None
        await self._service.enrol(frame, self._address)
        self._has_enrolled = True
        return Enrolled(id=frame.id)

    async def _boot(self, frame: Boot) -> BootChallenge | BootPending | Admitted:
        _check_protocol(frame.protocol)
        challenge = self._service.challenge(frame)
        if challenge is None:
            return _outcome(frame, await self._service.boot(frame))
        self._asked = (frame, challenge)
        return challenge

    async def _prove(self, proof: BootProof) -> BootPending | Admitted:
        asked, self._asked = self._asked, None
        if asked is None:
            raise AgentRefused(field="type", rule="boot_first")
        boot, challenge = asked
        if proof.id != challenge.id:
            raise AgentRefused(field="id", rule="of_the_challenge")
        return _outcome(boot, await self._service.boot(boot, challenge, proof))


def _check_protocol(protocol: int) -> None:
    if protocol not in ACCEPTED_PROTOCOLS:
        raise ProtocolRefused(field="protocol", rule="accepted")


def _outcome(boot: Boot, answer: BootAccepted | BootPending) -> BootPending | Admitted:
    return Admitted(boot, answer) if isinstance(answer, BootAccepted) else answer
