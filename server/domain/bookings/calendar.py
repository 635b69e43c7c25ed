"""What an outlet's hours make: its slots, and whether it is open; values in, values out.

China has one time zone and no summer time, so a minute of a day is one instant. A slot lies
within one span of one day: it never crosses the span's end, nor midnight. A day's slots depend on
that day's hours alone, so an edit of one day leaves the names of all other days' slots.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from server.domain.bookings.bookings import Seat
from server.domain.bookings.outlets import Outlet, Span, SpecialDay
from server.domain.bookings.slots import Slot, read_slot_id, slot_id
from server.domain.china import CHINA
from server.domain.errors import InvalidInput
from server.domain.rules import Rules

#: How far the next opening is looked for; who opens later than that has no next opening.
LOOK_DAYS = 90

#: An outlet that does not close within so many days never closes.
ALWAYS_DAYS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Whether an outlet is open at an instant, and when that changes.

    `changes_at` is the end of the hours under way, or the next opening; None: it is always
    open, or opens on no day that is known. `special` is the day's own entry, if it has one.
    """

    is_open: bool
    changes_at: datetime | None
    special: SpecialDay | None


def day_of(at: datetime) -> date:
    """Give the day in China."""
    return at.astimezone(CHINA).date()


def instant(day: date, minute: int) -> datetime:
    """Give the instant of a minute of a day in China; 1440 is the next day's midnight."""
    return (datetime.combine(day, time(), CHINA) + timedelta(minutes=minute)).astimezone(UTC)


def special_day(outlet: Outlet, day: date) -> SpecialDay | None:
    """Find the day's own entry."""
    return next((one for one in outlet.special_days if one.day == day), None)


def spans_of(outlet: Outlet, day: date) -> tuple[Span, ...]:
    """Give the hours of a day: its own if it is special, else its weekday's; none if inactive."""
    if not outlet.active:
        return ()
    special = special_day(outlet, day)
    return outlet.week[day.weekday()] if special is None else special.spans


def slots_of(outlet: Outlet, day: date) -> tuple[Slot, ...]:
    """Give all slots of a day, in order, whatever the time is; what is left of a span is lost."""
    return tuple(
        Slot(
            outlet=outlet.id,
            starts_at=instant(day, start),
            ends_at=instant(day, start + outlet.slot_minutes),
            capacity=outlet.capacity,
        )
        for span in spans_of(outlet, day)
        for start in range(span.opens, span.closes - outlet.slot_minutes + 1, outlet.slot_minutes)
    )


def bookable_slots(
    outlet: Outlet, now: datetime, rules: Rules, *, first: date | None = None, days: int
) -> tuple[Slot, ...]:
    """Give the slots that may be booked now, of so many days from `first` (today)."""
    today = day_of(now)
    last = today + timedelta(days=rules.slot_days_ahead)
    start = max(today, first or today)
    wanted = min(days, (last - start).days + 1)
    soonest = now + timedelta(seconds=rules.slot_before_seconds)
    return tuple(
        slot
        for number in range(wanted)
        for slot in slots_of(outlet, start + timedelta(days=number))
        if slot.starts_at >= soonest
    )


def slot_of(
    outlet: Outlet, slot: str, now: datetime, rules: Rules, *, field: str = "slot_id"
) -> Slot:
    """Give the one slot of this name, if it may be booked now.

    Raises:
        InvalidInput: it began (`past`) or begins within the notice that is needed (`too_soon`),
            lies further ahead than may be booked (`too_far`), at a time when the outlet is not
            open (`closed`), or is no slot of this outlet (`slot`).
    """
    named, starts_at = read_slot_id(slot, field=field)
    if named != outlet.id:
        raise InvalidInput(field=field, rule="slot")
    if starts_at <= now:
        raise InvalidInput(field=field, rule="past")
    if starts_at < now + timedelta(seconds=rules.slot_before_seconds):
        raise InvalidInput(
            field=field, rule="too_soon", before_seconds=round(rules.slot_before_seconds)
        )
    beyond = instant(day_of(now) + timedelta(days=rules.slot_days_ahead + 1), 0)
    if starts_at >= beyond:
        raise InvalidInput(field=field, rule="too_far", days_ahead=rules.slot_days_ahead)
    return _slot_at(outlet, starts_at, field)


def _slot_at(outlet: Outlet, starts_at: datetime, field: str) -> Slot:
    day = day_of(starts_at)
    for slot in slots_of(outlet, day):
        if slot.starts_at == starts_at:
            return slot
    if any(begins <= starts_at < ends for begins, ends in _hours(outlet, day)):
        raise InvalidInput(field=field, rule="slot")
    special = special_day(outlet, day)
    why = {"reason": special.reason} if special is not None and not special.spans else {}
    raise InvalidInput(field=field, rule="closed", **why)


def opening(outlet: Outlet, now: datetime) -> Opening:
    """Tell whether the outlet is open, and until when or when again; hours that touch are one."""
    today = day_of(now)
    special = special_day(outlet, today)
    for begins, ends in _open_times(outlet, today - timedelta(days=1), LOOK_DAYS):
        if ends <= now:
            continue
        if begins > now:
            return Opening(is_open=False, changes_at=begins, special=special)
        never = ends - now > timedelta(days=ALWAYS_DAYS)
        return Opening(is_open=True, changes_at=None if never else ends, special=special)
    return Opening(is_open=False, changes_at=None, special=special)


def outside(outlet: Outlet, seats: Iterable[Seat]) -> tuple[Seat, ...]:
    """Name the taken seats that the calendar does not give any more, in the order given.

    Staff may shorten hours or have fewer places while seats are taken. Nobody loses a seat by
    that: these are the ones that staff have to look at.
    """
    return tuple(seat for seat in seats if not _gives(outlet, seat))


def _gives(outlet: Outlet, seat: Seat) -> bool:
    return any(
        slot_id(outlet.id, slot.starts_at) == seat.slot
        and slot.ends_at == seat.ends_at
        and seat.place < slot.capacity
        for slot in slots_of(outlet, day_of(seat.starts_at))
    )


def _hours(outlet: Outlet, day: date) -> Iterator[tuple[datetime, datetime]]:
    for span in spans_of(outlet, day):
        yield instant(day, span.opens), instant(day, span.closes)


def _open_times(outlet: Outlet, first: date, days: int) -> Iterator[tuple[datetime, datetime]]:
    """Walk the times when it is open, those that touch joined, over midnight too."""
    began: datetime | None = None
    ended: datetime | None = None
    for number in range(days):
        for begins, ends in _hours(outlet, first + timedelta(days=number)):
            if ended == begins:
                ended = ends
                continue
            if began is not None and ended is not None:
                yield began, ended
            began, ended = begins, ends
    if began is not None and ended is not None:
        yield began, ended
