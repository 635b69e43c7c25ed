"""The judge of the race for slots: MongoDB's word on who has which seat (see realtime.claims).

A claimant is a new hold (named by its booking's id) or a move of a booking (named by the booking
and the version it was decided on). A win is one transaction over the seat's own document, the
booking with its event and the person's holds; a move frees the old seat in the same one. Whoever's
expired hold is overtaken is let go in it, too.

The version of a slot is its outlet's: whatever staff change (hours, capacity) is another version,
so that no record in Redis outlives the outlet that it was made of.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from realtime.claims import (
    Award,
    Awarded,
    Claim,
    ClaimantId,
    Closed,
    Held,
    Holder,
    JudgeUncertain,
    Lost,
    NotEligible,
    Open,
    RequestId,
    ResourceId,
    Truth,
)
from server.domain.bookings import changes
from server.domain.bookings.bookings import Booking, Seat
from server.domain.bookings.calendar import day_of, slot_of
from server.domain.bookings.changes import RAN_OUT, By
from server.domain.bookings.outlets import Outlet
from server.domain.bookings.seating import free_places, told_places
from server.domain.bookings.slots import KIND, Slot, read_slot_id
from server.domain.errors import Conflict, InvalidInput, NotFound, Unavailable
from server.domain.ids import BookingId, SlotId
from server.domain.people import SYSTEM
from server.domain.rules import Rules
from server.services.bookings.claimants import NewHold, read_claimant
from server.services.bookings.ports import BookingKicks, Line, Outlets
from server.services.ports import Clock
from server.store.bookings.bookings import MongoBookings
from server.store.bookings.holds import MongoHolds
from server.store.bookings.seats import Holding, MongoSeats, SeatTaken
from server.store.documents import milliseconds
from server.store.outages import mongo_outage_is_unavailable
from server.store.transactions import Session, Transactions

#: Why a claimant may not have a place.
FULL_HANDS = "too_many_booked"
OVER = "over"  #: the hold that it names has ended, or the booking was moved meanwhile


#: Holds and moves that one person may begin within 24 hours: choosing anew is free, keeping a slot
#: from others by holding it again and again is not.
MOST_HOLDS_A_DAY = 20

#: Cars of one account that are still to come, when another slot may be held: a small fleet's.
MOST_BOOKED = 20

#: Before every hold.
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def resource_of(slot: SlotId) -> ResourceId:
    """Name a slot in the claim engine.

    Raises:
        ValueError: it cannot be a slot's id.
    """
    return ResourceId(KIND, slot)


def version_of(outlet: Outlet) -> int:
    """Give the version under which an outlet's slots are raced for; 0 is no version there."""
    return outlet.version + 1


class SlotJudge:
    """Implements the claim engine's `Judge` for slots."""

    def __init__(
        self,
        *,
        outlets: Outlets,
        seats: MongoSeats,
        bookings: MongoBookings,
        holds: MongoHolds,
        waitlist: Line,
        transactions: Transactions,
        relay: BookingKicks,
        clock: Clock,
        rules: Rules,
        within_seconds: float,
    ) -> None:
        """Take collaborators; `within_seconds` is below the engine's `award_seconds`."""
        self._outlets = outlets
        self._seats = seats
        self._bookings = bookings
        self._holds = holds
        self._waitlist = waitlist
        self._transactions = transactions
        self._relay = relay
        self._clock = clock
        self._rules = rules
        self._within_seconds = within_seconds

    async def read(self, resource: ResourceId) -> Truth:
        """Read a slot's truth.

        Raises:
            JudgeUncertain: MongoDB did not answer.
        """
        try:
            with mongo_outage_is_unavailable():
                return await self._truth(SlotId(resource.name))
        except Unavailable as error:
            raise JudgeUncertain from error

    async def award(self, claim: Claim) -> Award:
        """Write the claim if its place is free; idempotent for its holder.

        Raises:
            JudgeUncertain: MongoDB did not answer; the claim may have been written.
        """
        touched: set[BookingId] = set()

        async def body(session: Session) -> Award:
            touched.clear()
            return await self._try(claim, touched, session)

        try:
            with mongo_outage_is_unavailable():
                try:
                    award = await self._transactions.run(body, within_seconds=self._within_seconds)
                except SeatTaken:
                    return Lost(await self._truth(SlotId(claim.resource.name)))
                except _Refused as refused:
                    award = refused.award
        except Unavailable as error:
            raise JudgeUncertain from error
        if isinstance(award, Awarded):
            for booking in touched:
                await self._relay.kick(booking)
        return award

    async def _truth(self, slot: SlotId) -> Truth:
        # The outlet first: what changes it meanwhile makes this an older version's truth.
        found = await self._slot(slot, None)
        if isinstance(found, Closed):
            return found
        outlet, value = found
        holdings = await self._seats.filling(value)
        return truth_of(outlet, value, holdings, await self._counting(slot, None))

    async def _slot(self, slot: SlotId, session: Session | None) -> tuple[Outlet, Slot] | Closed:
        try:
            outlet = await self._outlets.get(read_slot_id(slot)[0], session)
        except (InvalidInput, NotFound):
            return Closed(0)
        try:
            return outlet, slot_of(outlet, slot, self._now(), self._rules)
        except InvalidInput:
            return Closed(version_of(outlet))

    async def _try(self, claim: Claim, touched: set[BookingId], session: Session) -> Award:
        """Write the claim; what it answers without a write is nothing but an answer."""
        slot = SlotId(claim.resource.name)
        found = await self._slot(slot, session)
        if isinstance(found, Closed):
            return Lost(found)
        outlet, value = found
        now = self._now()
        holdings = await self._seats.filling(value, session)
        counting = await self._counting(slot, session)
        truth = truth_of(outlet, value, holdings, counting)
        named = (one for one in holdings if one.claimant == claim.claimant)
        mine = next((one for one in named if not one.beside), None)
        if mine is not None and mine.lives(now):
            return _again(truth, claim, mine)
        if mine is not None:
            return NotEligible(OVER, version_of(outlet))
        if claim.version != version_of(outlet) or claim.place not in _free(
            value, holdings, counting
        ):
            return Lost(truth)
        seat = Seat(slot=slot, place=claim.place, starts_at=value.starts_at, ends_at=value.ends_at)
        award = await self._write(claim, outlet, seat, now, touched, session)
        if isinstance(award, Awarded):
            await self._end_beside(holdings, now, touched, session)
        return award

    async def _end_beside(
        self, holdings: Sequence[Holding], now: datetime, touched: set[BookingId], session: Session
    ) -> None:
        """End holds of older hours that ran out: nobody may book one of them beside this claim."""
        for one in holdings:
            if one.beside and not one.lives(now):
                await self._let_go(one.booking, now, session)
                touched.add(one.booking)

    async def _write(
        self,
        claim: Claim,
        outlet: Outlet,
        seat: Seat,
        now: datetime,
        touched: set[BookingId],
        session: Session,
    ) -> Award:
        claimant = read_claimant(claim.claimant)
        known = await self._bookings.find(claimant.booking, session)
        until = None
        if isinstance(claimant, NewHold):
            if known is not None:
                return NotEligible(OVER, version_of(outlet))
            until = now + timedelta(seconds=self._rules.slot_hold_seconds)
        elif known is None or known.version != claimant.version:
            return NotEligible(OVER, version_of(outlet))
        holding = Holding(
            place=seat.place,
            booking=claimant.booking,
            claimant=claim.claimant,
            request=claim.request,
            since=now,
            until=until,
        )
        # The calendar stays as `outlet` says until this commits, or this runs again.
        await self._outlets.pin(outlet.id, f"{seat.slot}#{seat.place}", session)
        overtaken = await self._seats.claim(seat, outlet.id, holding, session)
        touched.add(claimant.booking)
        if overtaken is not None:
            await self._let_go(overtaken, now, session)
            touched.add(overtaken)
        if isinstance(claimant, NewHold):
            await self._begin(claimant, outlet, seat, now, session)
        elif known is not None:
            await self._move(known, outlet, seat, now, touched, session)
        return Awarded(now, until)

    async def _begin(
        self, claimant: NewHold, outlet: Outlet, seat: Seat, now: datetime, session: Session
    ) -> None:
        """Write the new booking and count it among its person's holds."""
        by = By(actor=claimant.person, at=now)
        change = changes.hold(
            claimant.booking, seat=seat, outlet=outlet.id, by=by, rules=self._rules
        )
        refused = await self._holds.add(
            claimant.person,
            claimant.booking,
            now + timedelta(seconds=self._rules.slot_hold_seconds),
            cap=self._rules.slot_holds_per_person,
            most_a_day=MOST_HOLDS_A_DAY,
            now=now,
            session=session,
        )
        if refused is not None:
            raise _Refused(NotEligible(refused.value, version_of(outlet)))
        # Holds of one person meet above, so that no two of them count the same bookings.
        if await self._bookings.count_booked(claimant.person, session) >= MOST_BOOKED:
            raise _Refused(NotEligible(FULL_HANDS, version_of(outlet)))
        await self._bookings.insert(change, session)

    async def _move(
        self,
        booking: Booking,
        outlet: Outlet,
        seat: Seat,
        now: datetime,
        touched: set[BookingId],
        session: Session,
    ) -> None:
        """Move a booking to the seat that is its own by now, and free the one it had."""
        refused = await self._holds.count_move(
            booking.person, most_a_day=MOST_HOLDS_A_DAY, now=now, session=session
        )
        if refused is not None:
            raise _Refused(NotEligible(refused.value, version_of(outlet)))
        left = await self._outlets.get(booking.outlet, session)
        by = By(actor=booking.person, at=now)
        try:
            change = changes.reschedule(booking, seat, by, left=left, to=outlet.id)
            day = await self._bookings.moved_day(booking.id, day_of(seat.starts_at), session)
            written = await self._bookings.write(change, session, day)
        except Conflict as refusal:
            raise _Refused(NotEligible(refusal.code, version_of(outlet))) from refusal
        if not written or not await self._seats.free(booking.seat, booking.id, session):
            raise _Refused(NotEligible(OVER, version_of(outlet)))
        if offered := await self._waitlist.hand_on(booking.seat.slot, session):
            touched.add(offered)

    async def _let_go(self, overtaken: BookingId, now: datetime, session: Session) -> None:
        """End the booking whose hold ran out, and whose seat this claim needs."""
        by = By(actor=SYSTEM, at=now)
        change = await self._bookings.change(
            overtaken, lambda booking: changes.let_go(booking, by, RAN_OUT), session
        )
        await self._holds.drop(change.after.person, overtaken, session)
        await self._seats.free(change.after.seat, overtaken, session)

    async def _counting(self, slot: SlotId, session: Session | None) -> datetime:
        """Give the instant at which a holder must live to count.

        While somebody waits in line, a hold that ran out counts until the worker ends it and
        hands its place on: whoever is quick must not come before the line.
        """
        is_wanted = await self._waitlist.is_wanted(slot, session)
        return LONG_AGO if is_wanted else self._now()

    def _now(self) -> datetime:
        return milliseconds(self._clock())


class _Refused(Exception):
    """Ends the transaction with an answer: what was written in it must not last."""

    def __init__(self, award: NotEligible) -> None:
        self.award = award
        super().__init__(award.reason)


def truth_of(outlet: Outlet, slot: Slot, holdings: Sequence[Holding], now: datetime) -> Truth:
    """Say what the race needs to know of a slot: its living holders, each at a place that counts.

    Holders of before the capacity was lowered count (`seating`); if there are more holders than
    places even so, all are told.
    """
    living = [one for one in holdings if one.lives(now)]
    told = told_places(slot.capacity, [one.place for one in living])
    holders = tuple(
        Holder(
            ClaimantId(one.claimant),
            one.since,
            told[one.place],
            one.until,
            RequestId(one.request),
        )
        for one in living
    )
    version = version_of(outlet)
    if len(holders) >= slot.capacity:
        return Held(version, holders, slot.capacity)
    return Open(version, slot.capacity, holders)


def _free(slot: Slot, holdings: Sequence[Holding], now: datetime) -> tuple[int, ...]:
    return free_places(slot.capacity, [one.place for one in holdings if one.lives(now)])


def _again(truth: Truth, claim: Claim, mine: Holding) -> Award:
    """Answer whoever has a place by this very claim."""
    if isinstance(truth, Closed) or truth.version != claim.version:
        return Lost(truth)
    told = {holder.claimant: holder for holder in truth.holders}[claim.claimant]
    if told.place != claim.place:
        return Lost(truth)
    return Awarded(mine.since, mine.until)
