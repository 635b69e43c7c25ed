"""An outlet's day for its staff: who comes, masked; whose a booking is, on record; live news.

What is published holds ids and states only: pages ask for names by themselves, and are asked who
they are each time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import segno

from realtime.wire.bookings import BookingChanged, BookingView
from realtime.wire.outlet_day import ArrivalView, DayRow, OutletDayView, PersonOfBooking
from server.domain.bookings.arrival_codes import STEP_SECONDS, Sign, arrival_code
from server.domain.bookings.bookings import Booking, BookingEvent, Details
from server.domain.bookings.calendar import day_of, instant
from server.domain.bookings.slots import read_slot_id
from server.domain.bookings.states import BookingState
from server.domain.centre import mask_plate
from server.domain.documents import mask_name, mask_phone
from server.domain.errors import NotFound
from server.domain.ids import BookingId, OutletId
from server.domain.people import Actor
from server.services.bookings.ports import Outlets
from server.services.bookings.rights import OutletRights
from server.services.bookings.seating import PresentSeats
from server.services.bookings.views import BookingViews
from server.services.ports import Audit, Clock
from server.store.bookings.batteries import MongoBatteries
from server.store.bookings.bookings import MongoBookings
from server.store.bookings.days import MongoDays

#: Minutes of a day.
DAY_MINUTES = 24 * 60

BORDER_MODULES = 2

#: Bookings of a day that are listed, the earliest first.
MOST_ROWS = 500

#: What a day's list shows.
LISTED = (
    BookingState.BOOKED,
    BookingState.CHECKED_IN,
    BookingState.DONE,
    BookingState.NO_SHOW,
    BookingState.REJECTED,
)

#: States in which a booking's owner has a code to show.
COMES = (BookingState.BOOKED, BookingState.NO_SHOW)

NOTHING = Details(name="", phone="", plate="")


class DayFeed(Protocol):
    """The outlets' channels of their days."""

    async def push(self, outlet: OutletId, event: BookingChanged) -> None:
        """Publish one event, in order. Raises: Unavailable."""


class Findings(Protocol):
    """What is wrong with papers."""

    async def counts(self, bookings: Sequence[Booking]) -> Mapping[BookingId, int]:
        """Count what staff should look at; who has nothing may be left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayStores:
    """What it reads."""

    bookings: MongoBookings
    days: MongoDays
    batteries: MongoBatteries
    audit: Audit


class OutletDay:
    """Show a day, and whose a booking is."""

    def __init__(
        self,
        *,
        stores: DayStores,
        outlets: Outlets,
        rights: OutletRights,
        places: PresentSeats,
        views: BookingViews,
        findings: Findings,
        sign: Sign,
        clock: Clock,
    ) -> None:
        self._bookings = stores.bookings
        self._days = stores.days
        self._batteries = stores.batteries
        self._audit = stores.audit
        self._outlets = outlets
        self._rights = rights
        self._places = places
        self._views = views
        self._findings = findings
        self._sign = sign
        self._clock = clock

    async def require(self, actor: Actor, outlet: OutletId) -> None:
        """Check that an outlet's day is this member of staff's to see.

        Raises:
            Forbidden: it is not.
        """
        await self._rights.require(actor, outlet)

    async def show(self, actor: Actor, outlet: OutletId, day: date | None) -> OutletDayView:
        """List a day's bookings by their start, masked.

        Raises:
            Forbidden: not this member of staff's outlet. NotFound: there is none.
        """
        await self._rights.require(actor, outlet)
        here = await self._outlets.get(outlet)
        now = self._clock()
        day = day or day_of(now)
        found = await self._of_day(outlet, day)
        return OutletDayView(
            outlet_id=outlet,
            day=day,
            server_time=now,
            rows=await self._rows(found),
            free_now=await self._places.free_now(here, now),
            is_whole=len(found) < MOST_ROWS,
        )

    async def views(self, outlet: OutletId) -> tuple[BookingView, ...]:
        """Give today's bookings without anybody's data; for the channel's snapshot.

        Raises:
            NotFound: there is no such outlet.
        """
        await self._outlets.get(outlet)
        return await self._views.many(await self._of_day(outlet, day_of(self._clock())))

    async def row(self, actor: Actor, booking: BookingId) -> DayRow:
        """Show one booking as the list does.

        Raises:
            NotFound: there is none. Forbidden: of another outlet.
        """
        known = await self._bookings.get(booking)
        await self._rights.require(actor, known.outlet)
        (row,) = await self._rows([known])
        return row

    async def person(self, actor: Actor, booking: BookingId, purpose: str) -> PersonOfBooking:
        """Show whose a booking is, in full; recorded before it is read.

        Raises:
            NotFound: no such booking, or no form yet. Forbidden: of another outlet.
        """
        known = await self._bookings.get(booking)
        await self._rights.require(actor, known.outlet)
        await self._audit.record(
            actor=actor.person,
            action="read_booking",
            subject=f"booking:{booking}",
            purpose=purpose,
            at=self._clock(),
        )
        details = await self._bookings.details(booking)
        return PersonOfBooking(
            booking_id=booking, name=details.name, phone=details.phone, plate=details.plate
        )

    async def arrival(self, actor: Actor, booking: BookingId) -> ArrivalView:
        """Give the code that a booking's owner shows at the outlet.

        Raises:
            NotFound: no such booking, another's, or none that a car comes for.
        """
        known = await self._bookings.get(booking)
        if known.person != actor.person or known.state not in COMES:
            raise NotFound(field="booking_id", rule="exists")
        now = self._clock()
        code, ends = arrival_code(booking, now, self._sign)
        step = now.timestamp() // STEP_SECONDS + 1
        picture = segno.make_qr(code, error="m").svg_data_uri(border=BORDER_MODULES)
        return ArrivalView(
            booking_id=booking,
            code=code,
            qr=str(picture),
            fetch_again_at=now.fromtimestamp(step * STEP_SECONDS, now.tzinfo),
            expires_at=ends,
        )

    async def _of_day(self, outlet: OutletId, day: date) -> list[Booking]:
        begins, ends = instant(day, 0), instant(day, DAY_MINUTES)
        return await self._bookings.of_outlet(outlet, begins, ends, LISTED, MOST_ROWS)

    async def _rows(self, found: Sequence[Booking]) -> tuple[DayRow, ...]:
        ids = [one.id for one in found]
        details = await self._days.details_of(ids)
        batteries = await self._batteries.latest_of(ids)
        findings = await self._findings.counts(found)
        return tuple(
            [
                _row(
                    await self._views.view(one),
                    details.get(one.id, NOTHING),
                    findings.get(one.id, 0),
                    batteries.get(one.id, 0),
                )
                for one in found
            ]
        )


class DayNews:
    """Tells outlets' pages of bookings as they change; a `Follower`."""

    def __init__(self, *, feed: DayFeed, views: BookingViews) -> None:
        self._feed = feed
        self._views = views

    async def follow(self, booking: Booking, event: BookingEvent) -> None:
        """Publish one event to the booking's outlet, and to the one that it left.

        Raises:
            Unavailable: it will be told again.
        """
        changed = BookingChanged(booking=await self._views.told(booking), step=event.step)
        for outlet in sorted({booking.outlet} | _left(event)):
            await self._feed.push(outlet, changed)


def _left(event: BookingEvent) -> set[OutletId]:
    slot = event.data.get("from_slot")
    return {read_slot_id(slot)[0]} if isinstance(slot, str) else set()


def _row(view: BookingView, details: Details, findings: int, battery: int) -> DayRow:
    return DayRow(
        booking=view,
        name=mask_name(details.name) if details.name else "",
        phone=mask_phone(details.phone) if details.phone else "",
        plate=mask_plate(details.plate) if details.plate else "",
        findings=findings,
        battery=battery,
    )
