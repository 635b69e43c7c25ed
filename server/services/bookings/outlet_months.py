"""Outlets' calendars looked at ahead: a month's days, and what other hours would leave outside.

Nothing is written here. Staff see which day is open, how many cars it takes and how many come;
and before they save other hours, or hide an outlet, which bookings those would not give any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Protocol

from realtime.wire.outlets import (
    DaysQuery,
    Foresee,
    OutletDaysView,
    OutletDayTold,
    OutsideBooking,
    OutsideView,
)
from server.domain.bookings.bookings import Booking
from server.domain.bookings.calendar import (
    day_of,
    instant,
    outside,
    slots_of,
    spans_of,
    special_day,
)
from server.domain.bookings.edits import checked_calendar
from server.domain.bookings.outlets import Outlet
from server.domain.bookings.states import BookingState
from server.domain.ids import OutletId
from server.domain.people import Actor
from server.domain.rules import Rules
from server.services.bookings.outlet_views import span_bodies, with_calendar
from server.services.bookings.rights import OutletRights
from server.services.ports import Clock
from server.store.bookings.outlets import MongoOutlets

#: States of bookings whose cars are still to come.
COMING = (BookingState.HELD, BookingState.BOOKED)


class OutletBookings(Protocol):
    """The bookings of an outlet."""

    async def of_outlet(
        self, outlet: OutletId, since: datetime, until: datetime, states: Sequence[BookingState]
    ) -> list[Booking]:
        """List those whose slots begin in a stretch of time, by their start."""


class BookedDays(Protocol):
    """How many cars come on a day."""

    async def booked_by_day(
        self, outlet: OutletId, since: datetime, until: datetime, now: datetime
    ) -> dict[date, int]:
        """Count the bookings of each day in China that has any, holds that live included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthStores:
    """What it reads."""

    outlets: MongoOutlets
    bookings: OutletBookings
    days: BookedDays


class OutletMonths:
    """Look at an outlet's days."""

    def __init__(
        self, *, stores: MonthStores, rights: OutletRights, rules: Rules, clock: Clock
    ) -> None:
        self._outlets = stores.outlets
        self._bookings = stores.bookings
        self._days = stores.days
        self._rights = rights
        self._rules = rules
        self._clock = clock

    async def days(self, actor: Actor, outlet: OutletId, asked: DaysQuery) -> OutletDaysView:
        """Tell each day's hours, places and bookings; a hidden outlet's as if people saw it.

        Raises:
            Forbidden: it is not this member of staff's.
            NotFound: there is none.
        """
        await self._rights.require(actor, outlet)
        known, now = await self._outlets.get(outlet), self._clock()
        first = asked.first or day_of(now)
        days = [first + timedelta(days=number) for number in range(asked.days)]
        until = instant(days[-1] + timedelta(days=1), 0)
        booked = await self._days.booked_by_day(outlet, instant(first, 0), until, now)
        shown = replace(known, active=True)
        return OutletDaysView(
            outlet_id=outlet,
            version=known.version,
            today=day_of(now),
            last_day=day_of(now) + timedelta(days=self._rules.slot_days_ahead),
            days=tuple(_told(shown, day, booked.get(day, 0)) for day in days),
        )

    async def outside(self, actor: Actor, outlet: OutletId) -> OutsideView:
        """Name the bookings to come that the calendar does not give any more.

        Raises:
            Forbidden: it is not this member of staff's.
            NotFound: there is none.
        """
        await self._rights.require(actor, outlet)
        return await self._left_by(await self._outlets.get(outlet))

    async def foresee(self, actor: Actor, outlet: OutletId, asked: Foresee) -> OutsideView:
        """Name the bookings to come that such a calendar would not give; nothing is written.

        Raises:
            InvalidInput: a field breaks its rule.
            Forbidden: it is not this member of staff's.
            NotFound: there is none.
        """
        await self._rights.require(actor, outlet)
        known = with_calendar(await self._outlets.get(outlet), asked)
        foreseen = checked_calendar(known, today=day_of(self._clock()))
        return await self._left_by(replace(foreseen, active=asked.active))

    async def _left_by(self, known: Outlet) -> OutsideView:
        now = self._clock()
        until = now + timedelta(days=self._rules.slot_days_ahead + 1)
        coming = await self._bookings.of_outlet(known.id, now, until, COMING)
        left = frozenset(outside(known, [booking.seat for booking in coming]))
        return OutsideView(
            outlet_id=known.id,
            version=known.version,
            bookings=tuple(_outside(one) for one in coming if one.seat in left),
        )


def _told(outlet: Outlet, day: date, booked: int) -> OutletDayTold:
    special, slots = special_day(outlet, day), len(slots_of(outlet, day))
    return OutletDayTold(
        day=day,
        spans=span_bodies(spans_of(outlet, day)),
        reason=None if special is None else special.reason,
        slots=slots,
        places=slots * outlet.capacity,
        booked=booked,
    )


def _outside(booking: Booking) -> OutsideBooking:
    return OutsideBooking(
        booking_id=booking.id,
        slot_id=booking.seat.slot,
        place=booking.seat.place,
        starts_at=booking.seat.starts_at,
        ends_at=booking.seat.ends_at,
        state=booking.state.value,
    )
