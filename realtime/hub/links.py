"""Terminals' sockets of this process: the newest connection wins, one call at a time each way."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import msgspec

from realtime.hub.connection import Connection
from realtime.hub.frames import text_frame
from realtime.wire.cabinets import FramesTold, TellFrames
from realtime.wire.envelope import CloseCode, Failure
from realtime.wire.terminal import (
    CommandRefused,
    CommandTaken,
    Configure,
    KioskView,
    OpenDoor,
    WithdrawGrant,
)
from server.domain.errors import TerminalOffline, Unavailable
from server.domain.ids import TerminalId

#: Frames that wait for an answer.
Call = OpenDoor | WithdrawGrant | Configure | TellFrames

#: What a call gets: taken, refused, told, or a failure where the agent could not read it.
Answer = CommandTaken | CommandRefused | FramesTold | Failure


@dataclass(eq=False, slots=True, kw_only=True)
class TerminalLink:
    """One booted connection of one terminal; `epoch` is its fence."""

    terminal: TerminalId
    epoch: int
    connection: Connection = field(repr=False)
    #: The one call that waits for its answer.
    asked: tuple[str, asyncio.Future[Answer]] | None = None
    #: Held while a call is out.
    turn: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)
    #: The number of the newest picture that was handed to this connection.
    picture: int = -1


class TerminalLinks:
    """Finds a terminal's connection, and calls through it."""

    def __init__(self, *, answer_seconds: float) -> None:
        self._answer_seconds = answer_seconds
        self._links: dict[TerminalId, TerminalLink] = {}

    def __len__(self) -> int:
        return len(self._links)

    def get(self, terminal: TerminalId) -> TerminalLink | None:
        """Give the terminal's connection in this process."""
        return self._links.get(terminal)

    def enter(
        self, connection: Connection, *, terminal: TerminalId, epoch: int
    ) -> TerminalLink | None:
        """Take in a booted connection and close the one before it.

        Returns:
            None when a later connection is known already: this one was closed.
        """
        known = self._links.get(terminal)
        if known and known.epoch >= epoch:
            connection.close(CloseCode.REPLACED, "a newer connection exists")
            return None
        link = TerminalLink(terminal=terminal, epoch=epoch, connection=connection)
        self._links[terminal] = link
        if known:
            self._fail(known)
            known.connection.close(CloseCode.REPLACED, "a newer connection took over")
        return link

    def leave(self, link: TerminalLink) -> bool:
        """Forget a connection that ended; tell whether it still was the terminal's own."""
        self._fail(link)
        if self._links.get(link.terminal) is not link:
            return False
        del self._links[link.terminal]
        return True

    def fence(self, terminal: TerminalId, epoch: int) -> None:
        """Close this process's connection when a later one was made in another process."""
        known = self._links.get(terminal)
        if known and known.epoch < epoch:
            del self._links[terminal]
            self._fail(known)
            known.connection.close(CloseCode.REPLACED, "a newer connection took over")

    async def call(self, terminal: TerminalId, frame: Call) -> Answer:
        """Send a frame and wait for its answer; after another call, if one is out.

        Raises:
            TerminalOffline: not connected here, or gone before it answered. Whether the frame
                arrived is then not known: events will tell.
            Unavailable: no answer in time; the same holds.
        """
        link = self._links.get(terminal)
        if link is None:
            raise TerminalOffline
        try:
            async with asyncio.timeout(self._answer_seconds), link.turn:
                return await self._ask(link, frame)
        except TimeoutError as error:
            raise Unavailable(part="terminal") from error

    def push(self, terminal: TerminalId, frame: KioskView) -> bool:
        """Send a picture, which has no answer; of those that wait, only the newest.

        Processes draw at once and their pictures come in any order: one that a newer one has
        overtaken is dropped here, since in the outbox it would take the newer one's place.

        Returns:
            Whether the kiosk gets this picture or was handed a newer one.
        """
        link = self._links.get(terminal)
        if link is None:
            return False
        if frame.version <= link.picture:
            return link.connection.is_open
        link.picture = frame.version
        return link.connection.put(text_frame(msgspec.json.encode(frame)), "kiosk")

    def answered(self, link: TerminalLink, answer: Answer) -> bool:
        """Hand in an answer; False when nobody waits for it (any more)."""
        if link.asked is None or link.asked[0] != answer.id or link.asked[1].done():
            return False
        link.asked[1].set_result(answer)
        return True

    async def _ask(self, link: TerminalLink, frame: Call) -> Answer:
        if not link.connection.is_open:
            raise TerminalOffline
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        link.asked = (frame.id, future)
        try:
            if not link.connection.put(text_frame(msgspec.json.encode(frame))):
                raise TerminalOffline
            return await future
        finally:
            link.asked = None

    def _fail(self, link: TerminalLink) -> None:
        if link.asked and not link.asked[1].done():
            link.asked[1].set_exception(TerminalOffline())
