"""What the doors of a terminal did, with the proof: for disputes."""

from __future__ import annotations

from datetime import UTC, datetime

from realtime.wire.fleet import HistoryQuery, HistoryView
from server.domain.errors import InvalidInput
from server.domain.ids import CommandId, TerminalId
from server.services.terminals.views import door_event_view
from server.store.commands import MongoCommands
from server.store.documents import Document
from server.store.door_events import MongoDoorEvents, Place
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
        before = _place(query.before)
        await self._terminals.get(terminal)
        events = await self._events.page(terminal, query.cell, before, query.limit)
        named = {CommandId(event["command"]) for event in events if event.get("command")}
        commands = await self._commands.named(terminal, named)
        more = len(events) == query.limit
        return HistoryView(
            events=tuple(door_event_view(one, commands.get(one["command"])) for one in events),
            next=_page(events[-1]) if more else None,
        )


def _page(event: Document) -> str:
    return f"{int(event['applied_at'].timestamp() * 1000)}.{event['number']}"


def _place(text: str) -> Place | None:
    """Read a page's end.

    Raises:
        InvalidInput: it is none.
    """
    if not text:
        return None
    at, _, number = text.partition(".")
    digits = at + number
    if not (digits.isascii() and at.isdigit() and number.isdigit()) or len(at) > 13:
        raise InvalidInput(field="before", rule="next_of_a_page")
    if len(number) > 16:
        raise InvalidInput(field="before", rule="next_of_a_page")
    return datetime.fromtimestamp(int(at) / 1000, UTC), int(number)
