"""What the doors of a terminal did, with the proof: for disputes."""

from __future__ import annotations

from realtime.wire.fleet import HistoryQuery, HistoryView
from server.domain.ids import CommandId, TerminalId
from server.services.doors.places import page_end, read_page_end
from server.services.terminals.views import door_event_view
from server.store.commands import MongoCommands
from server.store.door_events import MongoDoorEvents
from server.store.terminals import MongoTerminals


class DoorHistory:
    """Reads door events and the commands that they belong to."""

    def __init__(
        self, *, terminals: MongoTerminals, events: MongoDoorEvents, commands: MongoCommands
    ) -> None:
        self._terminals = terminals
        self._events = events
        self._commands = commands

    async def show(self, terminal: TerminalId, query: HistoryQuery) -> HistoryView:
        """Show a page of a terminal's door events, latest first.

        Raises:
            NotFound: there is no such terminal.
            InvalidInput: `before` is no page's end.
        """
        before = read_page_end(query.before)
        await self._terminals.get(terminal)
        events = await self._events.page(terminal, query.cell, before, query.limit)
        named = {CommandId(event["command"]) for event in events if event.get("command")}
        commands = await self._commands.named(terminal, named)
        more = len(events) == query.limit
        return HistoryView(
            events=tuple(door_event_view(one, commands.get(one["command"])) for one in events),
            next=page_end(events[-1]) if more else None,
        )
