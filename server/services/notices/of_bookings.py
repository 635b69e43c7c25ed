"""What owners of bookings hear: each step once, and reminders while the booking stands.

A notice names its booking and slot. Whether it is still true is asked again when it is about to
be sent: nobody is reminded of what was cancelled or moved meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from server.domain.booking_notices import (
    BOOKED,
    CANCELLED,
    CANCELLED_BY_STAFF,
    CHANGED,
    OF_SLOT,
    OFFERED,
    PAPERS_REJECTED,
    REJECTED,
    REMIND_DAY,
    REMIND_HOURS,
    TRUE_WHILE,
)
from server.domain.bookings.bookings import Booking, BookingEvent
from server.domain.bookings.outlets import Outlet
from server.domain.bookings.slots import read_slot_id
from server.domain.bookings.states import BookingStep, PapersState
from server.domain.china import CHINA
from server.domain.errors import NotFound
from server.domain.ids import BookingId, OutletId, SlotId
from server.domain.notice_kind import Hears
from server.domain.notice_kinds import KINDS
from server.domain.rules import Rules
from server.services.notices.notices import Notices
from server.services.notices.texts_of_steps import Text
from server.services.one_by_one import one_by_one
from server.services.ports import Clock
from server.store.bookings.bookings import MongoBookings
from server.store.bookings.days import MongoDays
from server.store.documents import milliseconds

#: Bookings reminded of in one sweep.
SWEPT = 200

#: Instead of a reason that staff typed, where none is given or it may not be said.
SEE = Text("请查看预约", "see your booking")

#: Steps that give a booking its slot.
SEATS = frozenset({BookingStep.BOOK.value, BookingStep.RESCHEDULE.value})


class Outlets(Protocol):
    """Outlets; `server.store.bookings.outlets.MongoOutlets`."""

    async def get(self, outlet: OutletId) -> Outlet:
        """Read one. Raises: NotFound."""


class BookingNotices:
    """Tells of steps, as the relay's `Follower`, and says what is still true."""

    def __init__(
        self, *, notices: Notices, bookings: MongoBookings, outlets: Outlets, clock: Clock
    ) -> None:
        self._notices = notices
        self._bookings = bookings
        self._outlets = outlets
        self._clock = clock

    async def follow(self, booking: Booking, event: BookingEvent) -> None:
        """Tell what one event is to the booking's owner; again tells nobody.

        Raises:
            Unavailable: it will be told again.
        """
        kind = kind_of_event(booking, event)
        if kind is None or booking.walk_in or not await self.still(kind, booking.id, _slot(event)):
            return
        words = {"reason": _reason(event), "until": _clock_time(booking.held_until)}
        slot = _slot(event) or booking.seat.slot
        await self.tell(booking, kind, f"{event.version}", slot, words, event.at)

    async def tell(
        self,
        booking: Booking,
        kind: str,
        which: str,
        slot: SlotId,
        words: Mapping[str, str],
        at: datetime,
    ) -> None:
        """Write a notice of a kind; `which` tells it from others of its booking and kind.

        Raises:
            Unavailable: a page may not have heard; the other channels will.
        """
        row = KINDS[kind, Hears.PERSON]
        place = await self._place(booking.outlet)
        zh, en = _when(slot)

        def text(zh_words: Mapping[str, str], en_words: Mapping[str, str]) -> Text:
            return Text(
                row.zh.format(when=zh, place=place, **zh_words),
                row.en.format(when=en, place=place, **en_words),
            )

        await self._notices.tell_person(
            booking.person,
            kind=kind,
            key=f"booking:{booking.id}:{kind}:{which}",
            text=text(words, words),
            pushed=text({**words, "reason": SEE.zh}, {**words, "reason": SEE.en}),
            at=at,
            booking=booking.id,
            slot=slot,
        )

    async def still(self, kind: str, booking: BookingId, slot: SlotId | None) -> bool:
        """Tell whether what a notice says of a booking and its slot is true now."""
        needed = TRUE_WHILE.get(kind)
        if needed is None:
            return True
        found = await self._bookings.find(booking)
        if found is None or found.state is not needed:
            return False
        if found.held_until is not None and found.held_until <= self._clock():
            return False
        if kind == PAPERS_REJECTED:
            return found.papers is PapersState.REJECTED
        return slot is None or kind not in OF_SLOT or found.seat.slot == slot

    async def place(self, slot: SlotId) -> str:
        """Name the outlet of a slot; empty when it is gone."""
        return await self._place(read_slot_id(slot)[0])

    async def _place(self, outlet: OutletId) -> str:
        try:
            return (await self._outlets.get(outlet)).name
        except NotFound:
            return ""


class Reminders:
    """Reminds owners of bookings to come; each reminder of each slot once."""

    def __init__(
        self,
        *,
        told: BookingNotices,
        bookings: MongoBookings,
        days: MongoDays,
        clock: Clock,
        rules: Rules,
    ) -> None:
        self._told = told
        self._bookings = bookings
        self._days = days
        self._clock = clock
        self._rules = rules

    async def sweep(self) -> int:
        """Remind who is due; for the worker, safe in several at once."""
        before = sorted(self._rules.booking_remind_seconds, reverse=True)
        now, count = milliseconds(self._clock()), 0
        for seconds, nearer in zip(before, [*before[1:], 0.0], strict=True):
            due = await self._days.to_remind(
                now + timedelta(seconds=nearer),
                now + timedelta(seconds=seconds),
                mark(seconds),
                SWEPT,
            )
            kind = REMIND_DAY if seconds == before[0] and len(before) > 1 else REMIND_HOURS
            work = partial(self._remind, kind=kind, seconds=seconds)
            count += await one_by_one(due, work, name="reminder of")
        return count

    async def _remind(self, booking: Booking, kind: str, seconds: float) -> bool:
        """Tell, then mark: who dies between tells again under the same key, which tells nobody."""
        slot = booking.seat.slot
        due_at = booking.seat.starts_at - timedelta(seconds=seconds)
        told = False
        if await self._since(booking.id) <= due_at and await self._told.still(
            kind, booking.id, slot
        ):
            which = f"{mark(seconds)}:{slot}"
            await self._told.tell(booking, kind, which, slot, {}, milliseconds(self._clock()))
            told = True
        await self._days.mark_reminded(booking, mark(seconds))
        return told

    async def _since(self, booking: BookingId) -> datetime:
        """Tell since when a booking has its slot: who books later than a reminder needs none."""
        events = await self._bookings.events(booking)
        return max(event.at for event in events if event.step in SEATS)


def mark(seconds: float) -> str:
    """Name a reminder by how long before the slot it is."""
    return f"s{round(seconds)}"


def kind_of_event(booking: Booking, event: BookingEvent) -> str | None:
    """Say what a step is to the booking's owner; None: nothing to tell."""
    match event.step:
        case BookingStep.HOLD if event.data.get("offered"):
            return OFFERED
        case BookingStep.BOOK:
            return BOOKED
        case BookingStep.RESCHEDULE:
            return CHANGED
        case BookingStep.CANCEL:
            return CANCELLED if event.actor == booking.person else CANCELLED_BY_STAFF
        case BookingStep.REJECT_PAPERS:
            return PAPERS_REJECTED
        case BookingStep.REJECT:
            return REJECTED
    return None


def _slot(event: BookingEvent) -> SlotId | None:
    """Give the slot that an event is about, where it says so; a cancelled one's is the freed."""
    slot = event.data.get("slot") or event.data.get("from_slot")
    return SlotId(slot) if isinstance(slot, str) else None


def _reason(event: BookingEvent) -> str:
    reason = event.data.get("reason")
    return reason if isinstance(reason, str) and reason else f"{SEE.zh} / {SEE.en}"


def _when(slot: SlotId) -> tuple[str, str]:
    at = read_slot_id(slot)[1].astimezone(CHINA)
    return (
        f"{at.month}月{at.day}日{at.hour:02d}:{at.minute:02d}",
        f"{at:%Y-%m-%d %H:%M}",
    )


def _clock_time(at: datetime | None) -> str:
    return "" if at is None else f"{at.astimezone(CHINA):%H:%M}"
