"""Cars at the outlet: checked in, late, without a booking, not come, turned away, served.

Every step is one transaction over the booking with its event, its seat and the record of who did
it. Outlet staff act at their own outlet only.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from realtime.wire.outlet_day import CheckIn, WalkIn
from server.domain.bookings import at_outlet
from server.domain.bookings.arrival_codes import Sign, booking_of
from server.domain.bookings.bookings import Booking
from server.domain.bookings.calendar import day_of
from server.domain.bookings.changes import BookingChange, By, Papers
from server.domain.bookings.details import checked_details, plate_of
from server.domain.bookings.states import BookingState
from server.domain.errors import (
    Conflict,
    IllegalTransition,
    InvalidInput,
    NotFound,
    StaleVersion,
    Unavailable,
)
from server.domain.ids import BookingId, OutletId, PersonId
from server.domain.people import SYSTEM, Actor
from server.domain.rules import Rules
from server.services.bookings.battery_photos import BatteryPhotos
from server.services.bookings.claimants import new_hold
from server.services.bookings.ports import BookingKicks, Line, Outlets, PaperPhotos
from server.services.bookings.rights import OutletRights
from server.services.bookings.seating import PresentSeats
from server.services.one_by_one import one_by_one
from server.services.ports import Audit, Clock
from server.store.bookings.batteries import MongoBatteries
from server.store.bookings.bookings import MongoBookings
from server.store.bookings.days import MongoDays
from server.store.bookings.seats import MongoSeats, SeatTaken
from server.store.documents import milliseconds
from server.store.transactions import Session, Transactions

#: Bookings put down as not come in one sweep.
SWEPT = 200

#: How often somebody else may be quicker for a place before the staff try again.
ROUNDS = 5

#: A vehicle's bookings that are looked through for today's.
LOOKED_AT = 50

#: States in which a car may still come, those first that are looked for first.
MAY_COME = (BookingState.BOOKED, BookingState.CHECKED_IN, BookingState.NO_SHOW)

Decide = Callable[[Booking], BookingChange]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivalStores:
    """What it reads and writes, and how several are written at once."""

    batteries: MongoBatteries
    bookings: MongoBookings
    days: MongoDays
    seats: MongoSeats
    transactions: Transactions
    audit: Audit


class Arrivals:
    """Check in, take walk-ins, turn away, finish, put down as not come."""

    def __init__(
        self,
        *,
        stores: ArrivalStores,
        outlets: Outlets,
        rights: OutletRights,
        places: PresentSeats,
        waitlist: Line,
        photos: PaperPhotos,
        battery_photos: BatteryPhotos,
        relay: BookingKicks,
        sign: Sign,
        clock: Clock,
        rules: Rules,
    ) -> None:
        self._batteries = stores.batteries
        self._bookings = stores.bookings
        self._days = stores.days
        self._seats = stores.seats
        self._transactions = stores.transactions
        self._audit = stores.audit
        self._outlets = outlets
        self._rights = rights
        self._places = places
        self._waitlist = waitlist
        self._photos = photos
        self._battery_photos = battery_photos
        self._relay = relay
        self._sign = sign
        self._clock = clock
        self._rules = rules

    async def check_in(self, actor: Actor, outlet: OutletId, asked: CheckIn) -> Booking:
        """Let a car in by its owner's code, its plate or the list; twice changes nothing.

        Who was put down as not come takes a place of the slot under way.

        Raises:
            Forbidden: not this member of staff's outlet. InvalidInput: the code or plate is
            none. NotFound: no such booking here today. Conflict: of another outlet or day.
            SlotFull: late, and no place is left. VehicleBooked, IllegalTransition.
        """
        await self._rights.require(actor, outlet)
        by = self._by(actor.person)
        booking = await self._asked_for(outlet, asked, by.at)

        async def body(session: Session) -> Booking:
            known = await self._bookings.get(booking, session)
            if known.outlet != outlet:
                raise Conflict(field="booking_id", rule="another_outlet")
            if known.state is BookingState.CHECKED_IN:
                return known
            change, sealed = await self._let_in(known, by, session)
            return await self._write(change, "check_in", by, session, sealed)

        return await self._run(body)

    async def walk_in(self, actor: Actor, outlet: OutletId, asked: WalkIn) -> Booking:
        """Take a car without a booking into the slot under way; the same request is the same.

        Raises:
            Forbidden: not this member of staff's outlet. NotFound: no such outlet.
            InvalidInput: a field. SlotFull, Conflict: no place now; details name the next free
            slot. VehicleBooked: check that booking in.
        """
        await self._rights.require(actor, outlet)
        details = checked_details(name=asked.name, phone=asked.phone, plate=asked.plate)
        booking = new_hold(actor.person, f"walk-in {outlet} {asked.request_id}").booking
        by = self._by(actor.person)

        async def body(session: Session) -> Booking:
            if (known := await self._bookings.find(booking, session)) is not None:
                return known
            here = await self._outlets.get(outlet, session)
            person = at_outlet.nobody(booking)
            seat = await self._places.take(here, booking, person, by.at, session)
            change = at_outlet.walk_in(booking, seat=seat, outlet=outlet, by=by)
            sealed = self._bookings.sealed_details(booking, details, day_of(seat.starts_at))
            await self._bookings.insert(change, session, sealed)
            await self._record(change, "walk_in", by, session)
            return change.after

        return await self._run(body)

    async def finish(self, actor: Actor, booking: BookingId) -> Booking:
        """End a booking that was served; twice changes nothing.

        Raises:
            NotFound, Forbidden, IllegalTransition. Conflict: no battery was recorded.
        """
        await self._require(actor, booking)
        by = self._by(actor.person)

        async def body(session: Session) -> Booking:
            known = await self._bookings.get(booking, session)
            if known.state is BookingState.DONE:
                return known
            change = at_outlet.finish(known, by)
            if not await self._batteries.version(booking, session):
                raise Conflict(field="booking_id", rule="battery_first")
            await self._photos.release(change.after, session)
            await self._battery_photos.release(booking, session)
            return await self._write(change, "finish_booking", by, session)

        return await self._run(body)

    async def reject(self, actor: Actor, booking: BookingId, reason: str) -> Booking:
        """Turn a car away, with the reason; twice changes nothing.

        Raises:
            NotFound, Forbidden, IllegalTransition. InvalidInput: no reason.
        """
        await self._require(actor, booking)
        by = self._by(actor.person)
        known = await self._bookings.get(booking)
        if known.state is BookingState.REJECTED:
            return known
        return await self._end(
            booking, lambda one: at_outlet.reject(one, by, reason), "reject_booking", by
        )

    async def missed(self, actor: Actor, booking: BookingId) -> Booking:
        """Put a booking down as not come; twice changes nothing.

        Raises:
            NotFound, Forbidden, IllegalTransition. Conflict: it may still come (`until`).
        """
        await self._require(actor, booking)
        known = await self._bookings.get(booking)
        if known.state is BookingState.NO_SHOW:
            return known
        by = self._by(actor.person)
        return await self._end(
            booking, lambda one: at_outlet.miss(one, by, self._rules), "no_show", by
        )

    async def sweep(self) -> int:
        """Put down who did not come in time; for the worker, safe in several at once."""
        until = self._clock() - timedelta(seconds=self._rules.no_show_seconds)
        late = await self._days.due_by_start(until, SWEPT)
        return await one_by_one(late, self._miss, name="no-show of")

    async def forget(self) -> int:
        """Delete the personal data of walk-ins that ended long enough ago."""
        before = self._clock() - timedelta(seconds=self._rules.walk_in_keep_seconds)
        handed = await self._batteries.forget_walk_ins(before)
        return handed + await self._days.forget_walk_ins(before)

    async def _miss(self, booking: BookingId) -> bool:
        by = self._by(SYSTEM)
        try:
            await self._end(
                booking, lambda one: at_outlet.miss(one, by, self._rules), "no_show", by
            )
        except (Conflict, IllegalTransition):
            return False  # came, moved or cancelled meanwhile
        return True

    async def _asked_for(self, outlet: OutletId, asked: CheckIn, now: datetime) -> BookingId:
        given = [one for one in (asked.code, asked.plate, asked.booking_id) if one is not None]
        if len(given) != 1:
            raise InvalidInput(field="code", rule="one_of_code_plate_booking_id")
        if asked.code is not None:
            return booking_of(asked.code, now, self._sign)
        if asked.plate is not None:
            return await self._by_plate(outlet, plate_of(asked.plate), now)
        return BookingId(asked.booking_id or "")

    async def _by_plate(self, outlet: OutletId, plate: str, now: datetime) -> BookingId:
        """Find today's booking of a vehicle; the one that is to come before one that was missed."""
        today = [
            one
            for one in await self._bookings.by_plate(plate, LOOKED_AT)
            if one.state in MAY_COME and day_of(one.seat.starts_at) == day_of(now)
        ]
        here = [one for one in today if one.outlet == outlet]
        if not here:
            if today:
                raise Conflict(field="plate", rule="another_outlet")
            raise NotFound(field="plate", rule="booked_today")
        return min(here, key=lambda one: MAY_COME.index(one.state)).id

    async def _let_in(
        self, known: Booking, by: By, session: Session
    ) -> tuple[BookingChange, dict[str, Any]]:
        if known.state is not BookingState.NO_SHOW:
            return at_outlet.check_in(known, by), {}
        at_outlet.require_today(known, by.at)
        here = await self._outlets.get(known.outlet, session)
        seat = await self._places.take(here, known.id, known.person, by.at, session)
        if known.id_photo and known.licence_photo and known.consent_version:
            papers = Papers(
                id_photo=known.id_photo,
                licence_photo=known.licence_photo,
                consent_version=known.consent_version,
            )
            await self._photos.attach(known.person, known.id, papers, session)
        sealed = await self._bookings.moved_day(known.id, day_of(seat.starts_at), session)
        return at_outlet.check_in(known, by, seat), sealed

    async def _end(self, booking: BookingId, decide: Decide, action: str, by: By) -> Booking:
        """Write a change after which the seat is free; the line gets it, if anybody still can."""
        offered: list[BookingId] = []

        async def body(session: Session) -> Booking:
            offered.clear()
            change = decide(await self._bookings.get(booking, session))
            ended = await self._write(change, action, by, session)
            await self._photos.release(ended, session)
            await self._battery_photos.release(booking, session)
            await self._seats.free(ended.seat, booking, session)
            if next_one := await self._waitlist.hand_on(ended.seat.slot, session):
                offered.append(next_one)
            return ended

        ended = await self._run(body)
        for one in offered:
            await self._relay.kick(one)
        return ended

    async def _run(self, body: Callable[[Session], Awaitable[Booking]]) -> Booking:
        for _ in range(ROUNDS):
            try:
                booking = await self._transactions.run(body)
            except SeatTaken:
                continue
            await self._relay.kick(booking.id)
            return booking
        raise Unavailable(part="seats")

    async def _write(
        self,
        change: BookingChange,
        action: str,
        by: By,
        session: Session,
        sealed: dict[str, Any] | None = None,
    ) -> Booking:
        if not await self._bookings.write(change, session, sealed):
            raise StaleVersion(field="booking_id", rule="current")  # cannot be, in one snapshot
        await self._record(change, action, by, session)
        return change.after

    async def _record(self, change: BookingChange, action: str, by: By, session: Session) -> None:
        await self._audit.record(
            actor=by.actor,
            action=action,
            subject=f"booking:{change.after.id}",
            purpose=change.after.reason or "outlet",
            at=by.at,
            session=session,
        )

    async def _require(self, actor: Actor, booking: BookingId) -> None:
        known = await self._bookings.get(booking)
        await self._rights.require(actor, known.outlet)

    def _by(self, person: PersonId) -> By:
        return By(actor=person, at=milliseconds(self._clock()))
