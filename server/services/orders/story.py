"""All that is known of an order in one line of time: for whoever has to explain it.

What happened to it, what its doors did and by what proof, what the books say, who was told and
how that went, what staff did and who read it. Ids, numbers and staff's own words only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from realtime.wire.desk import StoryEntry, StoryView
from server.domain.ids import OrderId
from server.domain.ledger import Posting
from server.domain.notices import StoredNotice
from server.domain.orders import OrderEvent
from server.domain.terminals import Command
from server.store.audit import MongoAudit
from server.store.commands import MongoCommands
from server.store.documents import Document
from server.store.door_events import MongoDoorEvents
from server.store.ledger import MongoLedger
from server.store.notices import MongoNotices
from server.store.orders import MAX_EVENTS, MongoOrders

#: Most of each source in one story.
MOST = 300

#: Entries of one instant: what was done before what came of it.
SOURCES = ("command", "door", "event", "posting", "notice", "record")


class Stories:
    """Reads what every room has of an order."""

    def __init__(
        self,
        *,
        orders: MongoOrders,
        commands: MongoCommands,
        doors: MongoDoorEvents,
        ledger: MongoLedger,
        notices: MongoNotices,
        audit: MongoAudit,
    ) -> None:
        self._orders = orders
        self._commands = commands
        self._doors = doors
        self._ledger = ledger
        self._notices = notices
        self._audit = audit

    async def tell(self, order: OrderId) -> StoryView:
        """Tell everything, oldest first; of each source the newest `MOST`.

        Raises:
            NotFound: there is no such order.
        """
        events = await self._orders.events(order)
        commands = await self._commands.of_order(order, MOST)
        doors = await self._doors.of_commands([one.id for one in commands], MOST)
        postings = await self._ledger.of_order(order)
        notices = await self._notices.of_order(order, None, MOST)
        records = await self._audit.of(f"order:{order}", MOST)
        sizes = {
            "event": len(events) >= MAX_EVENTS,
            "command": len(commands) >= MOST,
            "door": len(doors) >= MOST,
            "notice": len(notices) >= MOST,
            "record": len(records) >= MOST,
        }
        entries = [
            *map(_event, events),
            *map(_command, commands),
            *map(_door, doors),
            *map(_posting, postings),
            *_notices(notices),
            *map(_record, records),
        ]
        entries.sort(key=lambda one: (one.at, SOURCES.index(one.source), one.version or 0))
        return StoryView(
            order_id=order,
            entries=tuple(entries),
            cut=tuple(name for name, full in sizes.items() if full),
        )


def _event(event: OrderEvent) -> StoryEntry:
    return StoryEntry(
        at=event.at,
        source="event",
        what=event.step,
        by=event.actor,
        version=event.version,
        details={
            "custody": event.custody.value,
            "charge": event.charge.value,
            **{name: _plain(value) for name, value in event.data.items()},
        },
    )


def _command(command: Command) -> StoryEntry:
    return StoryEntry(
        at=command.asked_at,
        source="command",
        what=command.state.value,
        by=command.actor,
        details={
            "command": command.id,
            "purpose": command.purpose.value,
            "terminal": command.terminal,
            "cell": command.cell,
            "reason": command.reason,
            "failure": command.failure,
        },
    )


def _door(event: Document) -> StoryEntry:
    told = ("cell", "command", "state", "source", "evidence", "item", "reason")
    return StoryEntry(
        at=event["at"],
        source="door",
        what=event["kind"],
        details={
            "terminal": event["terminal"],
            **{name: _plain(event.get(name)) for name in told},
        },
    )


def _posting(posting: Posting) -> StoryEntry:
    kind, _, number = posting.key.partition(":")
    return StoryEntry(
        at=posting.at,
        source="posting",
        what=kind,
        details={"number": number, **{line.account: line.fen for line in posting.lines}},
    )


def _notices(notices: Iterable[StoredNotice]) -> Iterator[StoryEntry]:
    for notice in notices:
        ways = ", ".join(f"{one.channel.value}: {one.outcome.value}" for one in notice.attempts)
        yield StoryEntry(
            at=notice.at,
            source="notice",
            what=notice.kind,
            details={
                "person": notice.person,
                "hears": str(notice.hears),
                "state": notice.state.value,
                "tries": ways or None,
            },
        )


def _record(record: Document) -> StoryEntry:
    return StoryEntry(
        at=record["at"],
        source="record",
        what=record["action"],
        by=record["actor"],
        details={"purpose": record["purpose"], **record.get("details", {})},
    )


def _plain(value: object) -> str | int | bool | None:
    """Write what a client can show; nothing else is in events."""
    if value is None or isinstance(value, str | int | bool):
        return value
    return str(value)
