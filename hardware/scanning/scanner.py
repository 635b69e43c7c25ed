"""A scanner on a serial line: bytes in, whole texts out.

A text is a line that ends with CR or LF (or both). What is too long, cut off by a pause or
not printable ASCII is dropped whole: a piece of a code must never pass for another code. The
scanner may be unplugged and come back at any time. What it read is never logged.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import NoReturn

from hardware.line.port import OnBytes, OnLost, OpenPort, PortError, open_port

log = logging.getLogger(__name__)

#: Longest text; no waybill and no grant is as long.
MOST_CHARACTERS = 512
#: A scanner sends its line in one go: what is older when the rest comes belongs to no text.
PAUSE_SECONDS = 1.0
#: Texts that may wait while one is dealt with; more are dropped, the person scans again.
MOST_WAITING = 4
#: Pause before the line is opened again: first, and at most.
REOPEN_SECONDS = (1.0, 30.0)
#: How long the closing of a line is waited for.
CLOSE_SECONDS = 1.0

#: `hardware.line.port.open_port`, or what stands in for it.
OpenLine = Callable[[str, int, OnBytes, OnLost], Awaitable[OpenPort]]


@dataclass(frozen=True, slots=True)
class ScannerSettings:
    """Where the scanner is."""

    device: str
    baud: int = 9600


class Lines:
    """Cuts what arrives into texts. Pure: bytes and instants in, texts out."""

    def __init__(self) -> None:
        self._partial = bytearray()
        #: The line is too long: the rest of it is passed over.
        self._is_over = False
        self._last_at = 0.0

    def feed(self, data: bytes, at: float) -> list[str]:
        """Take bytes that arrived at an instant (seconds); give the texts that they end."""
        if at - self._last_at > PAUSE_SECONDS:
            self.reset()
        self._last_at = at
        texts = []
        for byte in data:
            if byte in b"\r\n":
                text = self._end()
                if text:
                    texts.append(text)
            elif len(self._partial) < MOST_CHARACTERS:
                self._partial.append(byte)
            else:
                self._is_over = True
        return texts

    def reset(self) -> None:
        """Forget what no line's end has come for."""
        self._partial.clear()
        self._is_over = False

    def _end(self) -> str:
        line, is_over = bytes(self._partial), self._is_over
        self.reset()
        if is_over or not line.isascii():
            return ""
        text = line.decode("ascii").strip()
        return text if text.isprintable() else ""


class SerialScanner:
    """One scanner. `run` owns its line; cancel it to close."""

    def __init__(
        self,
        settings: ScannerSettings,
        on_text: Callable[[str], Awaitable[None]],
        open_line: OpenLine = open_port,
    ) -> None:
        """Give each text to `on_text`, one after another."""
        #: "ready", or why it is not.
        self.state = "opening"
        self._settings = settings
        self._on_text = on_text
        self._open_line = open_line
        self._lines = Lines()
        self._texts: asyncio.Queue[str] = asyncio.Queue(MOST_WAITING)
        self._lost = asyncio.Event()

    async def run(self) -> NoReturn:
        """Read texts, opening the line again whenever it is lost."""
        pause = REOPEN_SECONDS[0]
        while True:
            if await self._serve_once():
                pause = REOPEN_SECONDS[0]
            await asyncio.sleep(pause)
            pause = min(pause * 2, REOPEN_SECONDS[1])

    async def _serve_once(self) -> bool:
        """Serve the line until it is lost; tell whether it could be opened."""
        settings = self._settings
        self._lost.clear()
        self._lines.reset()
        try:
            line = await self._open_line(
                settings.device, settings.baud, self._received, self._lost.set
            )
        except PortError as error:
            if self.state != str(error):
                log.warning("scanner not opened", extra={"why": str(error)})
            self.state = str(error)
            return False
        log.info("scanner open", extra={"device": settings.device, "baud": settings.baud})
        self.state = "ready"
        try:
            await self._hand_over_until_lost()
        finally:
            self.state = f"{settings.device}: lost"
            await line.abort(CLOSE_SECONDS)
        log.warning("scanner lost", extra={"device": settings.device})
        return True

    async def _hand_over_until_lost(self) -> None:
        handing = asyncio.create_task(self._hand_over(), name="scanner texts")
        losing = asyncio.create_task(self._lost.wait(), name="scanner line")
        try:
            await asyncio.wait([handing, losing], return_when=asyncio.FIRST_COMPLETED)
            if handing.done():
                handing.result()  # its fault is told; it never ends by itself
        finally:
            handing.cancel()
            losing.cancel()
            await asyncio.gather(handing, losing, return_exceptions=True)

    async def _hand_over(self) -> NoReturn:
        while True:
            await self._on_text(await self._texts.get())

    def _received(self, data: bytes) -> None:
        for text in self._lines.feed(data, asyncio.get_running_loop().time()):
            try:
                self._texts.put_nowait(text)
            except asyncio.QueueFull:
                log.warning("scan dropped: too many wait")
