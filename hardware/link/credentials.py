"""How an agent comes in: enrols its key with a one-time token where needed, boots, proves the key.

A token is sent until it brought the key in, and never again: the note on the disk (`Mark`) says
which token was used up. With a note, another token is tried only after the server refused the key.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from hardware.link.device_key import DeviceKey, Mark, digest, read_mark, write_mark
from realtime.wire.devices import (
    BootChallenge,
    BootProof,
    Enrol,
    Enrolled,
    boot_text,
    enrol_text,
)
from realtime.wire.envelope import Failure
from realtime.wire.terminal import (
    TERMINAL_PROTOCOL,
    Boot,
    BootAccepted,
    BootPending,
    ToTerminal,
)

log = logging.getLogger(__name__)

#: The code of a server's refusal that something has to be mended for.
REFUSED = "agent_refused"

BootAnswer = BootAccepted | BootPending | Failure
Ask = Callable[[Enrol | Boot | BootProof], Awaitable[ToTerminal]]


class WrongAnswer(Exception):
    """The server answered with a frame that has no place here."""


class Credentials:
    """This machine's key and, where one was given, its token."""

    def __init__(
        self, *, data_dir: Path, terminal_id: str, key: DeviceKey, token: str | None
    ) -> None:
        """Read from `data_dir` what was enrolled before."""
        self._data_dir = data_dir
        self._terminal_id = terminal_id
        self._key = key
        self._token = token
        self._mark = self._fitting(read_mark(data_dir))
        #: The server did not know the key of the note: a token that was never used may help.
        self._was_refused = False
        if self._is_used_up():
            log.info("the token is used up: its file may be removed")

    def __repr__(self) -> str:
        """Show who, without key and token."""
        return f"Credentials({self._terminal_id})"

    async def come_in(self, ask: Ask, boot: Boot, new_id: Callable[[], str]) -> BootAnswer:
        """Enrol if needed, boot, and answer the challenge; give the server's last answer.

        Raises:
            WrongAnswer: the server does not speak this protocol.
        """
        if self._token is not None and self._needs_enrolment():
            answer = await ask(self._enrolment(self._token, new_id()))
            if isinstance(answer, Failure):
                self._was_refused = False
                return answer
            if not isinstance(answer, Enrolled):
                raise WrongAnswer("the answer to an enrolment is of another kind")
            await self._note(digest(self._token))
            log.info("enrolled: the token is used up, its file may be removed")
        answer = await ask(boot)
        if isinstance(answer, BootChallenge):
            answer = await ask(self._proof(boot, answer))
        if isinstance(answer, Failure):
            self._was_refused = answer.code == REFUSED
        elif not isinstance(answer, BootAccepted | BootPending):
            raise WrongAnswer("the boot's answer is of another kind")
        elif self._mark is None:
            await self._note(None)
        return answer

    def _needs_enrolment(self) -> bool:
        return self._mark is None or (self._was_refused and not self._is_used_up())

    def _is_used_up(self) -> bool:
        if self._mark is None or self._token is None:
            return False
        return self._mark.token_digest == digest(self._token)

    def _enrolment(self, token: str, frame_id: str) -> Enrol:
        public = self._key.public_text
        return Enrol(
            id=frame_id,
            protocol=TERMINAL_PROTOCOL,
            terminal_id=self._terminal_id,
            token=token,
            public_key=public,
            signature=self._key.sign(enrol_text(self._terminal_id, token, public)),
        )

    def _proof(self, boot: Boot, challenge: BootChallenge) -> BootProof:
        text = boot_text(self._terminal_id, boot.boot_id, challenge.nonce)
        return BootProof(id=challenge.id, signature=self._key.sign(text))

    def _fitting(self, mark: Mark | None) -> Mark | None:
        if mark is None or mark.terminal_id != self._terminal_id:
            return None
        return mark if mark.fingerprint == self._key.fingerprint else None

    async def _note(self, token_digest: str | None) -> None:
        """Note the enrolment; without the note the same token enrols the same key once more."""
        self._was_refused = False
        mark = Mark(
            terminal_id=self._terminal_id,
            fingerprint=self._key.fingerprint,
            token_digest=token_digest,
        )
        self._mark = mark
        try:
            await asyncio.to_thread(write_mark, self._data_dir, mark)
        except OSError as error:
            log.error("enrolment not noted", extra={"why": str(error)})
