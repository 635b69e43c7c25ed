"""What passes between an agent and its boards, asked for by staff and told by the agent.

Asking is written down, handed once to whoever holds the terminal, and never queued: a terminal
without a link is refused. The answer is a state change, told on staff's feed, so the asking
process may die. Of several questions the newest counts.
"""

from __future__ import annotations

import logging
from datetime import datetime

import msgspec

from realtime.wire.cabinets import CabinetLayout, FrameLine, FramesTold, PortPlace, TellFrames
from realtime.wire.fleet import FramesAsked, FramesView
from realtime.wire.people import Fact
from server.domain.errors import Conflict, NotFound, TerminalOffline, Unavailable
from server.domain.ids import Draw, PersonId, TerminalId
from server.services.ports import Audit, Clock, Routing, StaffFeed
from server.store.frame_logs import MongoFrameLogs
from server.store.terminals import MongoTerminals

log = logging.getLogger(__name__)

#: Drawn characters of a request, five bits each.
REQUEST_LENGTH = 16


class FrameLogs:
    """Asks for the frames of terminals' ports, and shows what was told."""

    def __init__(
        self,
        *,
        logs: MongoFrameLogs,
        terminals: MongoTerminals,
        routing: Routing,
        staff: StaffFeed,
        audit: Audit,
        clock: Clock,
        draw: Draw,
    ) -> None:
        self._logs = logs
        self._terminals = terminals
        self._routing = routing
        self._staff = staff
        self._audit = audit
        self._clock = clock
        self._draw = draw

    async def ask(self, actor: PersonId, terminal: TerminalId, port: int) -> FramesAsked:
        """Ask the agent what passed last on one of its ports, recorded first.

        Raises:
            NotFound: there is no such terminal, or it has no such port.
            Conflict: its agent is of before this, or has not told its layout yet.
            TerminalOffline: nobody holds the terminal; nothing was asked.
            Unavailable: nobody knows; it may have been asked.
        """
        place = await self._port(terminal, port)
        now = self._clock()
        await self._audit.record(
            actor=actor,
            action="read_frames",
            subject=f"terminal:{terminal}",
            purpose=f"port {port} {place.device}",
            at=now,
        )
        if not await self._routing.connected(terminal):
            raise TerminalOffline(terminal_id=terminal)
        request = self._draw(REQUEST_LENGTH)
        await self._logs.ask(terminal, port, request, actor, now)
        if not await self._routing.send(terminal, TellFrames(id=request, port=port)):
            raise TerminalOffline(terminal_id=terminal)
        return FramesAsked(request=request, asked_at=now)

    async def told(self, terminal: TerminalId, answer: FramesTold) -> None:
        """Keep what an agent told, and say on staff's feed that it is there.

        An answer to another than the newest question changes nothing.
        """
        kept = await self._logs.tell(
            terminal,
            answer.port,
            answer.id,
            lines=[_kept(line) for line in answer.lines],
            refusal=answer.refusal,
            now=self._clock(),
        )
        if kept is None:
            return
        data: dict[str, object] = {
            "terminal": terminal,
            "port": answer.port,
            "request": answer.id,
        }
        fact = Fact(key=f"frames:{terminal}:{answer.port}", kind="frames", data=data)
        try:
            await self._staff.push(fact)
        except Unavailable:
            log.warning("staff not told of frames", extra={"terminal": terminal})

    async def show(self, terminal: TerminalId, port: int) -> FramesView:
        """Show what was told last of a port; empty if nobody asked lately.

        Raises:
            NotFound: there is no such terminal, or it has no such port.
            Conflict: its agent has not told its layout.
        """
        place = await self._port(terminal, port)
        view = FramesView(
            terminal_id=terminal, port=port, device=place.device, protocol=place.protocol
        )
        found = await self._logs.find(terminal, port)
        if found is None:
            return view
        return msgspec.structs.replace(
            view,
            request=found.request,
            asked_at=found.asked_at,
            waits=found.told != found.request,
            told_at=found.told_at,
            refusal=found.refusal,
            lines=msgspec.convert(list(found.lines), tuple[FrameLine, ...]),
        )

    async def layout(self, terminal: TerminalId) -> CabinetLayout | None:
        """Give the cabinet as its agent told it last; None for an agent of before.

        Raises:
            NotFound: there is no such terminal.
        """
        kept = await self._terminals.layout(terminal)
        return None if kept is None else msgspec.convert(kept, CabinetLayout)

    async def _port(self, terminal: TerminalId, port: int) -> PortPlace:
        layout = await self.layout(terminal)
        if layout is None:
            raise Conflict(field="terminal_id", rule="agent_tells_frames")
        if port >= len(layout.ports):
            raise NotFound(field="port", rule="exists")
        return layout.ports[port]


def _kept(line: FrameLine) -> dict[str, object]:
    """Write a line as MongoDB keeps it."""
    kept: dict[str, object] = msgspec.to_builtins(line, builtin_types=(datetime,))
    return kept
