"""Routes of one's bookings: hold a slot, fill the form, move it, cancel it."""

from __future__ import annotations

from handlers.access import PERSON, allow
from handlers.application import Route
from handlers.base import ApiHandler
from handlers.bookings.services import BookingServices
from realtime.wire.bookings import (
    BookingsQuery,
    BookSlot,
    CancelBooking,
    HoldSlot,
    Reschedule,
    WaitForSlot,
)
from realtime.wire.requests import Reject
from server.domain.ids import BookingId, SlotId
from server.domain.people import Role

BOOKING = r"(?P<booking>[0-9A-Z]{2,40})"


class OwnBookingsRoom(ApiHandler):
    """The base of this room."""

    def initialize(self, services: BookingServices) -> None:
        """Take the services."""
        self._bookings = services.own


class BookingsHandler(OwnBookingsRoom):
    """POST and GET /v1/bookings."""

    @allow(PERSON)
    async def post(self) -> None:
        """`HoldSlot` → `BookingView`: the slot is held; the same `request_id` is the same hold."""
        self.answer(await self._bookings.hold(self.actor, self.body(HoldSlot)), status=201)

    @allow(PERSON)
    async def get(self) -> None:
        """`BookingsQuery` → `BookingPage`: own bookings, newest first."""
        asked = self.query(BookingsQuery)
        self.answer(await self._bookings.mine(self.actor, before=asked.before, limit=asked.limit))


class BookingHandler(OwnBookingsRoom):
    """GET /v1/bookings/{id}."""

    @allow(PERSON)
    async def get(self, booking: str) -> None:
        """`BookingView`, for its owner."""
        self.answer(await self._bookings.show(self.actor, BookingId(booking)))


class LongerHandler(OwnBookingsRoom):
    """POST /v1/bookings/{id}/longer."""

    @allow(PERSON)
    async def post(self, booking: str) -> None:
        """No body → `BookingView`: the hold lasts longer, once."""
        self.answer(await self._bookings.longer(self.actor, BookingId(booking)))


class GiveUpHandler(OwnBookingsRoom):
    """POST /v1/bookings/{id}/give-up."""

    @allow(PERSON)
    async def post(self, booking: str) -> None:
        """No body → `BookingView`: the hold is over, the slot is free."""
        self.answer(await self._bookings.give_up(self.actor, BookingId(booking)))


class BookHandler(OwnBookingsRoom):
    """POST /v1/bookings/{id}/book."""

    @allow(PERSON)
    async def post(self, booking: str) -> None:
        """`BookSlot` → `BookingView`: the form; the hold becomes a booking."""
        form = self.body(BookSlot)
        self.answer(await self._bookings.book(self.actor, BookingId(booking), form))


class RescheduleHandler(OwnBookingsRoom):
    """POST /v1/bookings/{id}/reschedule."""

    @allow(PERSON)
    async def post(self, booking: str) -> None:
        """`Reschedule` → `BookingView`: the new slot is claimed before the old one is free."""
        asked = self.body(Reschedule)
        self.answer(await self._bookings.reschedule(self.actor, BookingId(booking), asked))


class CancelHandler(OwnBookingsRoom):
    """POST /v1/bookings/{id}/cancel."""

    @allow(PERSON)
    async def post(self, booking: str) -> None:
        """`CancelBooking` (or no body) → `BookingView`; until the outlet's cut-off."""
        asked = self.body(CancelBooking) if self.raw_body() else CancelBooking()
        self.answer(await self._bookings.cancel(self.actor, BookingId(booking), asked.reason))


class StaffCancelHandler(OwnBookingsRoom):
    """POST /v1/staff/bookings/{id}/cancel."""

    @allow(Role.OPERATOR, Role.OUTLET_STAFF)
    async def post(self, booking: str) -> None:
        """`Reject` → `BookingView`: at any time, with the reason; outlet staff their outlet's."""
        asked = self.body(Reject)
        self.answer(
            await self._bookings.cancel_by_staff(self.actor, BookingId(booking), asked.reason)
        )


class WaitlistRoom(ApiHandler):
    """The base of the line's handlers."""

    def initialize(self, services: BookingServices) -> None:
        """Take the services."""
        self._waitlist = services.waitlist


class WaitlistHandler(WaitlistRoom):
    """GET and POST /v1/waitlist."""

    @allow(PERSON)
    async def get(self) -> None:
        """`WaitsView`: what one waits for, and how many are before."""
        self.answer(await self._waitlist.mine(self.actor))

    @allow(PERSON)
    async def post(self) -> None:
        """`WaitForSlot` → `WaitsView`: in line for a full slot; an offer is a held booking."""
        asked = self.body(WaitForSlot)
        self.answer(await self._waitlist.join(self.actor, SlotId(asked.slot_id)))


class LeaveWaitlistHandler(WaitlistRoom):
    """POST /v1/waitlist/leave."""

    @allow(PERSON)
    async def post(self) -> None:
        """`WaitForSlot` → `WaitsView`: wait no more."""
        asked = self.body(WaitForSlot)
        self.answer(await self._waitlist.leave(self.actor, SlotId(asked.slot_id)))


def routes(services: BookingServices) -> list[Route]:
    """List this room's routes."""
    mine = {"services": services}
    return [
        (r"/v1/bookings", BookingsHandler, mine),
        (rf"/v1/bookings/{BOOKING}", BookingHandler, mine),
        (rf"/v1/bookings/{BOOKING}/longer", LongerHandler, mine),
        (rf"/v1/bookings/{BOOKING}/give-up", GiveUpHandler, mine),
        (rf"/v1/bookings/{BOOKING}/book", BookHandler, mine),
        (rf"/v1/bookings/{BOOKING}/reschedule", RescheduleHandler, mine),
        (rf"/v1/bookings/{BOOKING}/cancel", CancelHandler, mine),
        (rf"/v1/staff/bookings/{BOOKING}/cancel", StaffCancelHandler, mine),
        (r"/v1/waitlist", WaitlistHandler, mine),
        (r"/v1/waitlist/leave", LeaveWaitlistHandler, mine),
    ]
