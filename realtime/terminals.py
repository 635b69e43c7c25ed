"""The way to a terminal, whichever process holds its socket, and the fence between processes."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress

import msgspec

from realtime.hub.links import Answer, Call, TerminalLink, TerminalLinks
from realtime.inbox import Inbox
from realtime.tasks import Tasks
from realtime.wire.cabinets import TellFrames
from realtime.wire.terminal import Configure, KioskView, OpenDoor, WithdrawGrant
from server.domain.errors import TerminalOffline, Unavailable
from server.domain.ids import TerminalId

log = logging.getLogger(__name__)

ForTerminal = OpenDoor | WithdrawGrant | Configure | TellFrames | KioskView

#: Calls that wait for one terminal's answer or turn. Doors are opened one by one by people.
MOST_CALLS = 16


class SendToTerminal(
    msgspec.Struct, frozen=True, kw_only=True, tag="send_to_terminal", tag_field="type"
):
    """Asks the process that holds a terminal's socket to send a frame."""

    terminal: str
    frame: ForTerminal


class TerminalMoved(
    msgspec.Struct, frozen=True, kw_only=True, tag="terminal_moved", tag_field="type"
):
    """Tells the process that held a terminal's socket that a later connection exists."""

    terminal: str
    epoch: int


class TerminalRouting:
    """Sends frames to terminals. What came of a command is told by the agent's events."""

    def __init__(self, *, links: TerminalLinks, inbox: Inbox) -> None:
        self._links = links
        self._inbox = inbox
        self._tasks = Tasks()
        self._calls: dict[TerminalId, int] = {}

    async def close(self) -> None:
        """Give up the calls that are out."""
        await self._tasks.close()

    async def connected(self, terminal: TerminalId) -> bool:
        """Tell whether some living process holds the terminal's socket now.

        Raises:
            Unavailable: Redis did not answer.
        """
        if self._links.get(terminal):
            return True
        holder = await self._inbox.holder(terminal)
        return holder is not None and holder != self._inbox.process

    async def connected_of(self, terminals: Sequence[TerminalId]) -> frozenset[TerminalId]:
        """Tell which of these terminals some living process holds; as `connected`, for many.

        Raises:
            Unavailable: Redis did not answer.
        """
        mine = self._inbox.process
        held = await self._inbox.holders(terminals)
        here = {terminal for terminal in terminals if self._links.get(terminal)}
        return frozenset(here | {terminal for terminal, by in held.items() if by != mine})

    async def send(self, terminal: TerminalId, frame: ForTerminal) -> bool:
        """Hand a frame to the process that holds the socket; False when nobody does.

        Does not wait for the agent: it may be called from within the agent's own call.

        Raises:
            Unavailable: Redis did not answer; the frame may have been handed on.
        """
        if self.send_here(terminal, frame):
            return True
        holder = await self._inbox.holder(terminal)
        if holder is None or holder == self._inbox.process:
            return False
        message = SendToTerminal(terminal=terminal, frame=frame)
        return await self._inbox.send(holder, msgspec.json.encode(message))

    def send_here(self, terminal: TerminalId, frame: ForTerminal) -> bool:
        """Send a frame if the socket is in this process; tell whether it is."""
        if self._links.get(terminal) is None:
            return False
        if isinstance(frame, KioskView):
            return self._links.push(terminal, frame)
        if self._calls.get(terminal, 0) >= MOST_CALLS:
            log.warning("too many calls wait", extra={"terminal": terminal})
            return False
        self._calls[terminal] = self._calls.get(terminal, 0) + 1
        self._tasks.start(self._call(terminal, frame), name=f"call-{terminal}")
        return True

    async def entered(self, link: TerminalLink) -> None:
        """Note the socket of a booted terminal for all processes, and close an earlier one's.

        Raises:
            Unavailable: Redis did not answer; the next beat notes it.
        """
        earlier = await self._inbox.holder(link.terminal)
        if not await self._inbox.hold(link.terminal, link.epoch):
            return  # a later connection exists; its process closes this one
        if earlier is not None and earlier != self._inbox.process:
            moved = TerminalMoved(terminal=link.terminal, epoch=link.epoch)
            await self._inbox.send(earlier, msgspec.json.encode(moved))

    async def fence(self, terminal: TerminalId, epoch: int) -> None:
        """Close the terminal's connections from before this epoch, in whichever process.

        With Redis down another process's stays open; what its agent says is refused by epoch.
        """
        self._links.fence(terminal, epoch)
        with suppress(Unavailable):
            holder = await self._inbox.holder(terminal)
            if holder is not None and holder != self._inbox.process:
                moved = TerminalMoved(terminal=terminal, epoch=epoch)
                await self._inbox.send(holder, msgspec.json.encode(moved))

    async def left(self, terminal: TerminalId, epoch: int) -> None:
        """Take the note of an ended connection away; a later connection's stays."""
        with suppress(Unavailable):  # it ends by itself
            await self._inbox.release(terminal, epoch)

    def moved(self, moved: TerminalMoved) -> None:
        """Close this process's connection that was replaced in another."""
        self._links.fence(TerminalId(moved.terminal), moved.epoch)

    async def _call(self, terminal: TerminalId, frame: Call) -> None:
        answer: Answer | None = None
        try:
            answer = await self._links.call(terminal, frame)
        except (TerminalOffline, Unavailable) as error:
            # Whether it arrived is not known; its deadline and the agent's events decide.
            log.warning("terminal did not answer", extra={"terminal": terminal, "why": error.code})
        finally:
            self._calls[terminal] -= 1
            if not self._calls[terminal]:
                del self._calls[terminal]
        log.debug("terminal answered", extra={"terminal": terminal, "answer": type(answer)})
