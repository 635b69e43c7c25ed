"""Recognition on this machine: RapidOCR in one process beside the server, nothing leaves the house.

The process starts with the first photo (or at `start`), reads one photo at a time, and ends when
idle. Photos wait in a bounded row; one that takes too long ends the process, not the server.
"""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec

import msgspec

from server.domain.bookings.papers import PaperKind
from server.domain.errors import ProviderFailed
from server.providers.ocr.config import LocalConfig
from server.providers.ocr.fields import Paper, fields_of
from server.providers.ocr.wire import HEAD, KINDS, LENGTH, MOST_ANSWER_BYTES, Answer

#: What the process gets of our environment: no setting of ours, no secret.
ENVIRONMENT = ("HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "PYTHONPATH", "TMPDIR")

#: The program that reads; see `child.py`.
READER = (sys.executable, "-m", "server.providers.ocr.child")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A paper and what reading it took."""

    paper: Paper
    seconds: float
    peak_bytes: int


def is_installed() -> bool:
    """Tell whether the extra `ocr` is there; loads nothing."""
    return find_spec("rapidocr") is not None and find_spec("onnxruntime") is not None


class LocalRecogniser:
    """Implements `Recogniser`."""

    name = "local"

    def __init__(self, config: LocalConfig, *, command: Sequence[str] = READER) -> None:
        """Take the bounds, and the program that reads (it is told the idle seconds)."""
        self._config = config
        self._command = (*command, str(config.idle_seconds))
        self._process: Process | None = None
        self._turn = asyncio.Lock()
        self._here = 0  #: photos that wait or are read
        self._is_closed = False

    async def read(self, kind: PaperKind, photo: bytes) -> Paper:
        """Read one paper; see `Recogniser`.

        Raises:
            ProviderFailed: rule `not_installed`; `busy`, too many wait; `no_answer`, it took too
                long; `broken`, the process ended; `photo`, it is no JPEG.
        """
        return (await self.measured(kind, photo)).paper

    async def measured(self, kind: PaperKind, photo: bytes) -> Measured:
        """Read one paper, and tell what it took.

        Raises:
            ProviderFailed: see `read`.
        """
        if not is_installed():
            raise ProviderFailed(rule="not_installed")
        if self._here >= self._config.waiting:
            raise ProviderFailed(rule="busy")
        self._here += 1
        try:
            async with asyncio.timeout(self._config.seconds), self._turn:
                answer = await self._asked(kind, photo)
        except TimeoutError:
            raise ProviderFailed(rule="no_answer") from None
        finally:
            self._here -= 1
        if answer.rule:
            raise ProviderFailed(rule=answer.rule)
        paper = fields_of(kind, answer.fields)
        return Measured(paper=paper, seconds=answer.seconds, peak_bytes=answer.peak_bytes)

    async def start(self) -> None:
        """Load the models now, so that the first photo waits no longer than others."""
        if is_installed():
            async with self._turn:
                await self._running()

    async def close(self) -> None:
        """End the process for good, the photo in it too."""
        self._is_closed = True
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()
        async with self._turn:
            await self._end()

    async def _asked(self, kind: PaperKind, photo: bytes) -> Answer:
        """Ask the process; what breaks off the exchange ends it, or answers would be mixed up."""
        try:
            was_running = self._process is not None
            answer = await self._exchange(kind, photo)
            if answer is None and was_running:  # it went idle between two photos
                answer = await self._exchange(kind, photo)
            if answer is None:
                raise ProviderFailed(rule="broken")
            return answer
        except BaseException:
            await self._end()
            raise

    async def _exchange(self, kind: PaperKind, photo: bytes) -> Answer | None:
        """Send a photo and take the answer; None when the process is gone."""
        process = await self._running()
        assert process.stdin is not None and process.stdout is not None  # PIPE below
        try:
            process.stdin.write(HEAD.pack(KINDS.index(kind), len(photo)) + photo)
            await process.stdin.drain()
            (length,) = LENGTH.unpack(await process.stdout.readexactly(LENGTH.size))
            if length > MOST_ANSWER_BYTES:
                raise ProviderFailed(rule="broken")
            return msgspec.json.decode(await process.stdout.readexactly(length), type=Answer)
        except (ConnectionError, asyncio.IncompleteReadError):
            await self._end()
            return None
        except msgspec.MsgspecError:
            raise ProviderFailed(rule="broken") from None

    async def _running(self) -> Process:
        """Give the process, started if there is none."""
        if self._process is not None and self._process.returncode is None:
            return self._process
        await self._end()
        if self._is_closed:
            raise ProviderFailed(rule="broken")
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=PIPE,
            stdout=PIPE,
            env={name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
            | {"OMP_NUM_THREADS": "1"},
        )
        return self._process

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.kill()
        assert process.stdin is not None  # PIPE above
        process.stdin.close()
        await process.wait()
        with suppress(ConnectionError):
            await process.stdin.wait_closed()
