"""Routes of outlets and their slots: found by anyone, edited by their staff."""

from __future__ import annotations

from handlers.access import ANYONE, allow
from handlers.application import Route
from handlers.base import ApiHandler
from handlers.bookings.services import BookingServices
from realtime.wire.outlets import (
    DaysQuery,
    EditCalendar,
    EditDetails,
    Foresee,
    NewOutlet,
    OutletsQuery,
    SlotsQuery,
    StaffOutletsQuery,
)
from server.domain.ids import OutletId, PersonId
from server.domain.people import Role

OUTLET = r"(?P<outlet>[A-Z0-9]{1,32})"
PERSON_ID = r"(?P<person>[A-Z0-9]{1,32})"

#: A calendar with a year of special days.
CALENDAR_BYTES = 256 * 1024


class OutletsRoom(ApiHandler):
    """The base of this room; the desk refuses outlet staff what is not their own outlet's."""

    def initialize(self, services: BookingServices) -> None:
        """Take the services."""
        self._outlets = services.outlets
        self._desk = services.outlet_desk
        self._months = services.outlet_months


class OutletsHandler(OutletsRoom):
    """GET /v1/outlets."""

    @allow(ANYONE)
    async def get(self) -> None:
        """`OutletsQuery` → `OutletsView`: nearest first."""
        self.answer(await self._outlets.find(self.query(OutletsQuery)))


class OutletHandler(OutletsRoom):
    """GET /v1/outlets/{id}."""

    @allow(ANYONE)
    async def get(self, outlet: str) -> None:
        """`OutletView`."""
        self.answer(await self._outlets.show(OutletId(outlet)))


class SlotsHandler(OutletsRoom):
    """GET /v1/outlets/{id}/slots."""

    @allow(ANYONE)
    async def get(self, outlet: str) -> None:
        """`SlotsQuery` → `SlotsView`: what may be booked now."""
        self.answer(await self._outlets.slots(OutletId(outlet), self.query(SlotsQuery)))


class StaffOutletsHandler(OutletsRoom):
    """GET and POST /v1/staff/outlets."""

    @allow(Role.OPERATOR, Role.OUTLET_STAFF)
    async def get(self) -> None:
        """`StaffOutletsQuery` → `StaffOutletsView`: one's own, hidden ones too."""
        self.answer(await self._desk.list(self.actor, self.query(StaffOutletsQuery)))

    @allow(Role.OPERATOR, idempotent=True)
    async def post(self) -> None:
        """`NewOutlet` → `StaffOutletView`: hidden until it is made active; recorded."""
        self.answer(await self._desk.create(self.actor, self.body(NewOutlet)), status=201)


class StaffOutletHandler(OutletsRoom):
    """GET /v1/staff/outlets/{id}."""

    @allow(Role.OPERATOR, Role.OUTLET_STAFF)
    async def get(self, outlet: str) -> None:
        """`StaffOutletView`."""
        self.answer(await self._desk.show(self.actor, OutletId(outlet)))


class DetailsHandler(OutletsRoom):
    """PUT /v1/staff/outlets/{id}/details."""

    @allow(Role.OPERATOR)
    async def put(self, outlet: str) -> None:
        """`EditDetails` → `StaffOutletView`; recorded."""
        asked = self.body(EditDetails)
        self.answer(await self._desk.edit_details(self.actor, OutletId(outlet), asked))


class CalendarHandler(OutletsRoom):
    """PUT /v1/staff/outlets/{id}/calendar."""

    @allow(Role.OPERATOR, Role.OUTLET_STAFF, body_bytes=CALENDAR_BYTES)
    async def put(self, outlet: str) -> None:
        """`EditCalendar` → `StaffOutletView`; recorded. Nothing booked is taken away."""
        asked = self.body(EditCalendar)
        self.answer(await self._desk.edit_calendar(self.actor, OutletId(outlet), asked))


class DaysHandler(OutletsRoom):
    """GET /v1/staff/outlets/{id}/days."""

    @allow(Role.OPERATOR, Role.OUTLET_STAFF)
    async def get(self, outlet: str) -> None:
        """`DaysQuery` → `OutletDaysView`: which day is open, how many it takes and has."""
        asked = self.query(DaysQuery)
        self.answer(await self._months.days(self.actor, OutletId(outlet), asked))


class OutsideHandler(OutletsRoom):
    """GET and POST /v1/staff/outlets/{id}/outside."""

    @allow(Role.OPERATOR, Role.OUTLET_STAFF)
    async def get(self, outlet: str) -> None:
        """`OutsideView`: bookings to come that the calendar does not give any more."""
        self.answer(await self._months.outside(self.actor, OutletId(outlet)))

    @allow(Role.OPERATOR, Role.OUTLET_STAFF, body_bytes=CALENDAR_BYTES)
    async def post(self, outlet: str) -> None:
        """`Foresee` → `OutsideView`: those that such a calendar would not give; writes nothing."""
        asked = self.body(Foresee)
        self.answer(await self._months.foresee(self.actor, OutletId(outlet), asked))


class OutletStaffHandler(OutletsRoom):
    """GET /v1/staff/outlets/{id}/staff."""

    @allow(Role.ADMIN)
    async def get(self, outlet: str) -> None:
        """`OutletStaffView`."""
        self.answer(await self._desk.staff_of(OutletId(outlet)))


class LinkHandler(OutletsRoom):
    """PUT and DELETE /v1/staff/outlets/{id}/staff/{person}."""

    @allow(Role.ADMIN)
    async def put(self, outlet: str, person: str) -> None:
        """No body → `OutletStaffView`: works there from now on, as outlet staff; recorded."""
        linked = await self._desk.link(self.actor, OutletId(outlet), PersonId(person))
        self.answer(linked)

    @allow(Role.ADMIN)
    async def delete(self, outlet: str, person: str) -> None:
        """No body → `OutletStaffView`: works there no more; recorded."""
        left = await self._desk.unlink(self.actor, OutletId(outlet), PersonId(person))
        self.answer(left)


def routes(services: BookingServices) -> list[Route]:
    """List this module's routes."""
    mine = {"services": services}
    one = rf"/v1/staff/outlets/{OUTLET}"
    return [
        (r"/v1/outlets", OutletsHandler, mine),
        (rf"/v1/outlets/{OUTLET}", OutletHandler, mine),
        (rf"/v1/outlets/{OUTLET}/slots", SlotsHandler, mine),
        (r"/v1/staff/outlets", StaffOutletsHandler, mine),
        (one, StaffOutletHandler, mine),
        (rf"{one}/details", DetailsHandler, mine),
        (rf"{one}/calendar", CalendarHandler, mine),
        (rf"{one}/days", DaysHandler, mine),
        (rf"{one}/outside", OutsideHandler, mine),
        (rf"{one}/staff", OutletStaffHandler, mine),
        (rf"{one}/staff/{PERSON_ID}", LinkHandler, mine),
    ]
