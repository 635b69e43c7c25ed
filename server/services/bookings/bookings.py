"""A booking's life for its owner: held, held longer, given up, booked, moved, cancelled.

Every step is one transaction over the booking with its event, its seat and what counts it; what
is refused changes nothing. The relay tells whoever follows it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from realtime.wire.bookings import BookSlot
from server.domain.bookings import changes
from server.domain.bookings.bookings import Booking
from server.domain.bookings.calendar import day_of
from server.domain.bookings.changes import GIVEN_UP, RAN_OUT, BookingChange, By, Papers
from server.domain.bookings.details import checked_details
from server.domain.bookings.slots import read_slot_id
from server.domain.bookings.states import BookingState, BookingStep
from server.domain.errors import (
    DomainError,
    HoldOver,
    IllegalTransition,
    InvalidInput,
    NotFound,
    StaleVersion,
    Unavailable,
)
from server.domain.ids import BookingId, PersonId, PhotoId, SlotId
from server.domain.people import SYSTEM, Actor
from server.domain.rules import Rules
from server.services.bookings.claimants import Move, new_hold
from server.services.bookings.ports import BookingKicks, Line, Outlets, PaperPhotos
from server.services.bookings.racing import SlotRace
from server.services.one_by_one import one_by_one
from server.services.ports import Clock
from server.store.bookings.bookings import MongoBookings
from server.store.bookings.holds import MongoHolds
from server.store.bookings.seats import MongoSeats
from server.store.documents import milliseconds
from server.store.transactions import Session, Transactions

#: Holds ended in one sweep.
SWEPT = 200

Decide = Callable[[Booking], BookingChange]


class Bookings:
    """Hold, book, move and cancel."""

    def __init__(
        self,
        *,
        race: SlotRace,
        outlets: Outlets,
        bookings: MongoBookings,
        seats: MongoSeats,
        holds: MongoHolds,
        waitlist: Line,
        transactions: Transactions,
        photos: PaperPhotos,
        relay: BookingKicks,
        clock: Clock,
        rules: Rules,
    ) -> None:
        self._race = race
        self._outlets = outlets
        self._bookings = bookings
        self._seats = seats
        self._holds = holds
        self._waitlist = waitlist
        self._transactions = transactions
        self._photos = photos
        self._relay = relay
        self._clock = clock
        self._rules = rules

    async def hold(self, actor: Actor, slot: SlotId, request: str) -> Booking:
        """Claim a place of a slot while the form is filled; the same request is the same hold.

        Raises:
            See `SlotRace.claim`. HoldOver: this very hold has ended.
        """
        wish = new_hold(actor.person, request)
        read_slot_id(slot)
        try:
            await self._race.claim(slot, wish, request)
        except Unavailable:
            raise
        except DomainError:
            # Whoever asks again hears of the hold, whatever has become of its slot since.
            if (known := await self._bookings.find(wish.booking)) is None:
                raise
            return self._living(known, slot)
        return self._living(await self._bookings.get(wish.booking), slot)

    async def hold_longer(self, actor: Actor, booking: BookingId) -> Booking:
        """Prolong a hold once, while photos upload.

        Raises:
            NotFound: not this person's. HoldOver, HeldLonger, IllegalTransition.
        """
        by = self._by(actor.person)

        async def body(session: Session) -> BookingChange:
            change = await self._bookings.change(
                booking, _own(actor, lambda one: changes.hold_longer(one, by, self._rules)), session
            )
            until = change.after.held_until
            await self._require_seat(change.after, until, session)
            if until is not None:
                await self._holds.prolong(actor.person, booking, until, session)
            return change

        return await self._done(body)

    async def give_up(self, actor: Actor, booking: BookingId) -> Booking:
        """End a hold; twice changes nothing.

        Raises:
            NotFound: not this person's. IllegalTransition: it is booked, so it is cancelled.
        """
        known = await self.own(actor, booking)
        if known.state is BookingState.CANCELLED:
            return known
        by = self._by(actor.person)
        return await self._ended(
            booking, _own(actor, lambda one: changes.let_go(one, by, GIVEN_UP))
        )

    async def book(self, actor: Actor, booking: BookingId, form: BookSlot) -> Booking:
        """Make a hold a booking; the same form again changes nothing.

        Raises:
            NotFound: not this person's. InvalidInput: a field of the form. HoldOver: the time
            ran out. VehicleBooked: the vehicle has another booking that day.
        """
        details = checked_details(name=form.name, phone=form.phone, plate=form.plate)
        papers = self._papers(form)
        by = self._by(actor.person)
        known = await self.own(actor, booking)
        if _is_booked_with(known, papers):
            return known

        async def body(session: Session) -> BookingChange:
            current = await self._bookings.get(booking, session)
            change = _own(actor, lambda one: changes.book(one, by, papers))(current)
            sealed = self._bookings.sealed_details(booking, details, day_of(current.seat.starts_at))
            await self._write(change, session, sealed)
            await self._require_seat(change.after, None, session)
            await self._holds.drop(actor.person, booking, session)
            await self._photos.attach(actor.person, booking, papers, session)
            await self._waitlist.has_booked(actor.person, current.seat.slot, session)
            return change

        return await self._done(body)

    async def reschedule(
        self, actor: Actor, booking: BookingId, slot: SlotId, version: int, request: str
    ) -> Booking:
        """Move a booking to another slot: the new seat is claimed before the old one is free.

        Raises:
            See `SlotRace.claim`. NotFound: not this person's. StaleVersion: it changed since
            `version`. TooLate: the cut-off has passed. InvalidInput: the slot that it has.
        """
        known = await self.own(actor, booking)
        if known.version == version + 1 and known.seat.slot == slot:
            return known  # asked again
        left = await self._outlets.get(known.outlet)
        changes.require_rescheduling(known, self._clock(), left)
        if known.version != version:
            raise StaleVersion(field="version", rule="current", version=known.version)
        if known.seat.slot == slot:
            raise InvalidInput(field="slot_id", rule="another_slot")
        await self._race.claim(slot, Move(booking, version), request)
        moved = await self._bookings.get(booking)
        if moved.seat.slot != slot:
            raise StaleVersion(field="version", rule="current", version=moved.version)
        return moved

    async def cancel(self, actor: Actor, booking: BookingId, reason: str | None = None) -> Booking:
        """Cancel one's booking, until the outlet's cut-off; twice changes nothing.

        Raises:
            NotFound: not this person's. TooLate. IllegalTransition.
        """
        known = await self.own(actor, booking)
        if known.state is BookingState.CANCELLED:
            return known
        outlet = await self._outlets.get(known.outlet)
        by = self._by(actor.person)

        def decide(current: Booking) -> BookingChange:
            change = changes.end(current, BookingStep.CANCEL, by, reason)
            changes.require_in_time(current, by.at, outlet)
            return change

        return await self._ended(booking, _own(actor, decide))

    async def cancel_by_staff(self, actor: Actor, booking: BookingId, reason: str) -> Booking:
        """Cancel anybody's booking, or end a hold, at any time; the caller knows that staff may.

        Raises:
            NotFound, IllegalTransition. InvalidInput: no reason.
        """
        if not reason.strip():
            raise InvalidInput(field="reason", rule="required")
        by = self._by(actor.person)

        def decide(current: Booking) -> BookingChange:
            held = current.state is BookingState.HELD
            step = BookingStep.LET_GO if held else BookingStep.CANCEL
            return changes.end(current, step, by, reason)

        return await self._ended(booking, decide)

    async def own(self, actor: Actor, booking: BookingId) -> Booking:
        """Read one of the person's bookings.

        Raises:
            NotFound: there is none, or it is another's.
        """
        return _require_own(actor, await self._bookings.get(booking))

    async def mine(
        self, actor: Actor, *, before: datetime | None = None, limit: int = 20
    ) -> list[Booking]:
        """List the person's bookings, newest first."""
        return await self._bookings.of_person(actor.person, before=before, limit=limit)

    async def expire(self) -> int:
        """End holds whose time ran out; for the worker, safe in several at once."""
        over = await self._bookings.ran_out(self._clock(), SWEPT)
        return await one_by_one(over, self.end_hold, name="hold of")

    async def end_hold(self, booking: BookingId) -> bool:
        """End a hold if its time ran out; False if it has time, or is none any more."""
        by = self._by(SYSTEM)
        try:
            await self._ended(booking, lambda one: changes.let_go(one, by, RAN_OUT))
        except (HoldOver, IllegalTransition):
            return False  # prolonged, booked or overtaken meanwhile
        return True

    async def _ended(self, booking: BookingId, decide: Decide) -> Booking:
        """Write a change after which the seat is free."""

        offered: list[BookingId] = []

        async def body(session: Session) -> BookingChange:
            offered.clear()
            change = await self._bookings.change(booking, decide, session)
            seat = change.after.seat
            await self._holds.drop(change.after.person, booking, session)
            await self._photos.release(change.after, session)
            await self._seats.free(seat, booking, session)
            if next_one := await self._waitlist.hand_on(seat.slot, session):
                offered.append(next_one)
            return change

        ended = await self._done(body)
        for one in offered:
            await self._relay.kick(one)
        return ended

    async def _done(self, body: Callable[[Session], Any]) -> Booking:
        change: BookingChange = await self._transactions.run(body)
        await self._relay.kick(change.after.id)
        return change.after

    async def _write(self, change: BookingChange, session: Session, sealed: Any) -> None:
        if not await self._bookings.write(change, session, sealed):
            raise StaleVersion(field="booking_id", rule="current")  # cannot be, in one snapshot

    async def _require_seat(
        self, booking: Booking, until: datetime | None, session: Session
    ) -> None:
        if not await self._seats.settle(booking.seat, booking.id, until, session):
            raise HoldOver(field="booking_id", rule="held")

    def _papers(self, form: BookSlot) -> Papers:
        if form.consent_version != self._rules.papers_consent_version:
            raise InvalidInput(
                field="consent_version",
                rule="current_version",
                current=self._rules.papers_consent_version,
            )
        if form.id_photo == form.licence_photo:
            raise InvalidInput(field="licence_photo", rule="another_photo")
        return Papers(
            id_photo=PhotoId(form.id_photo),
            licence_photo=PhotoId(form.licence_photo),
            consent_version=form.consent_version,
        )

    def _living(self, known: Booking, slot: SlotId) -> Booking:
        """Check that a hold which was asked for again still stands, and is of that slot."""
        if known.seat.slot != slot and known.state is BookingState.HELD:
            raise InvalidInput(field="request_id", rule="used_before")
        gone = known.state is BookingState.CANCELLED
        if gone or (known.held_until is not None and known.held_until <= self._clock()):
            raise HoldOver(field="request_id", rule="held")
        return known

    def _by(self, person: PersonId) -> By:
        return By(actor=person, at=milliseconds(self._clock()))


def _own(actor: Actor, decide: Decide) -> Decide:
    return lambda booking: decide(_require_own(actor, booking))


def _require_own(actor: Actor, booking: Booking) -> Booking:
    if booking.person != actor.person:
        raise NotFound(field="booking_id", rule="exists")
    return booking


def _is_booked_with(booking: Booking, papers: Papers) -> bool:
    photos = (booking.id_photo, booking.licence_photo)
    return booking.state is BookingState.BOOKED and photos == (
        papers.id_photo,
        papers.licence_photo,
    )
