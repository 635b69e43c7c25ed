"""Routes of an outlet's day: its list, checking in, walk-ins, the removed battery."""

from __future__ import annotations

from handlers.access import PERSON, allow
from handlers.application import Route
from handlers.base import ApiHandler
from handlers.bookings.services import BookingServices
from realtime.wire.outlet_day import CheckIn, DayQuery, PurposeQuery, RecordBattery, WalkIn
from realtime.wire.requests import Reject
from server.domain.ids import BookingId, OutletId, PhotoId
from server.domain.people import Role

OUTLET = r"(?P<outlet>[A-Z0-9]{1,32})"
BOOKING = r"(?P<booking>[0-9A-Z]{2,40})"
PHOTO = r"(?P<photo>[A-Z0-9]{1,32})"


class DayRoom(ApiHandler):
    """The base of this room; the services refuse outlet staff what is not their own outlet's."""

    def initialize(self, services: BookingServices) -> None:
        """Take the services."""
        self._day = services.day
        self._arrivals = services.arrivals
        self._batteries = services.batteries


class DayHandler(DayRoom):
    """GET /v1/staff/outlets/{id}/day."""

    @allow(Role.OPERATOR, Role.OUTLET_STAFF)
    async def get(self, outlet: str) -> None:
        """`DayQuery` → `OutletDayView`: a day's bookings, masked; today without a day."""
        day = self.query(DayQuery).day
        self.answer(await self._day.show(self.actor, OutletId(outlet), day))


class CheckInHandler(DayRoom):
    """POST /v1/staff/outlets/{id}/check-in."""

    @allow(Role.OPERATOR, Role.OUTLET_STAFF)
    async def post(self, outlet: str) -> None:
        """`CheckIn` → `DayRow`: by the owner's code, the plate or the list; twice is once."""
        asked = self.body(CheckIn)
        came = await self._arrivals.check_in(self.actor, OutletId(outlet), asked)
        self.answer(await self._day.row(self.actor, came.id))


class WalkInsHandler(DayRoom):
    """POST /v1/staff/outlets/{id}/walk-ins."""

    @allow(Role.OPERATOR, Role.OUTLET_STAFF)
    async def post(self, outlet: str) -> None:
        """`WalkIn` → `DayRow`: a place of the slot under way; a full one names the next free."""
        asked = self.body(WalkIn)
        came = await self._arrivals.walk_in(self.actor, OutletId(outlet), asked)
        self.answer(await self._day.row(self.actor, came.id), status=201)


class RowHandler(DayRoom):
    """GET /v1/staff/bookings/{id}/row."""

    @allow(Role.OPERATOR, Role.OUTLET_STAFF)
    async def get(self, booking: str) -> None:
        """`DayRow`: one booking as the day's list shows it, masked."""
        self.answer(await self._day.row(self.actor, BookingId(booking)))


class PersonOfBookingHandler(DayRoom):
    """GET /v1/staff/bookings/{id}/person."""

    @allow(Role.OPERATOR, Role.OUTLET_STAFF)
    async def get(self, booking: str) -> None:
        """`PurposeQuery` → `PersonOfBooking`, in full; recorded."""
        purpose = self.query(PurposeQuery).purpose
        self.answer(await self._day.person(self.actor, BookingId(booking), purpose))


class NoShowHandler(DayRoom):
    """POST /v1/staff/bookings/{id}/no-show."""

    @allow(Role.OPERATOR, Role.OUTLET_STAFF)
    async def post(self, booking: str) -> None:
        """No body → `DayRow`: did not come; refused while it still may (details: until)."""
        missed = await self._arrivals.missed(self.actor, BookingId(booking))
        self.answer(await self._day.row(self.actor, missed.id))


class RejectHandler(DayRoom):
    """POST /v1/staff/bookings/{id}/reject."""

    @allow(Role.OPERATOR, Role.OUTLET_STAFF)
    async def post(self, booking: str) -> None:
        """`Reject` → `DayRow`: turned away, with the reason, which its owner is told."""
        asked = self.body(Reject)
        ended = await self._arrivals.reject(self.actor, BookingId(booking), asked.reason)
        self.answer(await self._day.row(self.actor, ended.id))


class FinishHandler(DayRoom):
    """POST /v1/staff/bookings/{id}/finish."""

    @allow(Role.OPERATOR, Role.OUTLET_STAFF)
    async def post(self, booking: str) -> None:
        """No body → `DayRow`: served; the battery has to be recorded before."""
        done = await self._arrivals.finish(self.actor, BookingId(booking))
        self.answer(await self._day.row(self.actor, done.id))


class BatteryHandler(DayRoom):
    """GET and POST /v1/staff/bookings/{id}/battery."""

    @allow(Role.OPERATOR, Role.OUTLET_STAFF)
    async def get(self, booking: str) -> None:
        """`BatteryVersions`, newest first; recorded, since whom it was handed to is in it."""
        self.answer(await self._batteries.versions(self.actor, BookingId(booking)))

    @allow(Role.OPERATOR, Role.OUTLET_STAFF)
    async def post(self, booking: str) -> None:
        """`RecordBattery` → `BatteryVersions`: the record, or a correction; all versions stay."""
        asked = self.body(RecordBattery)
        self.answer(await self._batteries.record(self.actor, BookingId(booking), asked))


class BatteryLabelHandler(DayRoom):
    """GET /v1/staff/bookings/{id}/battery.pdf."""

    @allow(Role.OPERATOR, Role.OUTLET_STAFF)
    async def get(self, booking: str) -> None:
        """→ application/pdf: the label of 150 x 100 mm, Code 128 and QR code."""
        pdf = await self._batteries.label(self.actor, BookingId(booking))
        self.answer_file(pdf, "application/pdf")


class BatteryPhotoHandler(DayRoom):
    """GET /v1/staff/bookings/{id}/battery/photos/{photo}."""

    @allow(Role.OPERATOR, Role.OUTLET_STAFF)
    async def get(self, booking: str, photo: str) -> None:
        """`PurposeQuery` → JPEG of one of the record's photos; recorded."""
        purpose = self.query(PurposeQuery).purpose
        content = await self._batteries.photo(
            self.actor, BookingId(booking), PhotoId(photo), purpose
        )
        self.answer_file(content, "image/jpeg")


class ArrivalHandler(DayRoom):
    """GET /v1/bookings/{id}/arrival."""

    @allow(PERSON)
    async def get(self, booking: str) -> None:
        """`ArrivalView`: the code that its owner shows at the outlet; good for minutes."""
        self.answer(await self._day.arrival(self.actor, BookingId(booking)))


def routes(services: BookingServices) -> list[Route]:
    """List this module's routes."""
    mine = {"services": services}
    outlet, one = rf"/v1/staff/outlets/{OUTLET}", rf"/v1/staff/bookings/{BOOKING}"
    return [
        (rf"{outlet}/day", DayHandler, mine),
        (rf"{outlet}/check-in", CheckInHandler, mine),
        (rf"{outlet}/walk-ins", WalkInsHandler, mine),
        (rf"{one}/row", RowHandler, mine),
        (rf"{one}/person", PersonOfBookingHandler, mine),
        (rf"{one}/no-show", NoShowHandler, mine),
        (rf"{one}/reject", RejectHandler, mine),
        (rf"{one}/finish", FinishHandler, mine),
        (rf"{one}/battery", BatteryHandler, mine),
        (rf"{one}/battery.pdf", BatteryLabelHandler, mine),
        (rf"{one}/battery/photos/{PHOTO}", BatteryPhotoHandler, mine),
        (rf"/v1/bookings/{BOOKING}/arrival", ArrivalHandler, mine),
    ]
