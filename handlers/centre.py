"""Routes of the personal centre: own details, phone, vehicles, service line, export, erasure."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.access import ANYONE, PERSON, allow
from handlers.application import Route
from handlers.base import ApiHandler
from handlers.streaming import StreamingHandler
from realtime.wire.centre import (
    AddVehicle,
    AskNewPhoneCode,
    AskOwnCode,
    ChangePhone,
    ChangeVehicle,
    FindPerson,
    SetDetails,
    SetServiceLine,
    StaffChangePhone,
    WithCode,
)
from server.domain.ids import BookingId, PersonId, VehicleId
from server.domain.people import Role
from server.services.accounts.codes import Caller
from server.services.centre.addresses import Addresses
from server.services.centre.calendars import Calendars
from server.services.centre.details import Details
from server.services.centre.erasure import Erasures
from server.services.centre.exports import Exports
from server.services.centre.phones import Phones
from server.services.centre.service_line import ServiceLines
from server.services.centre.vehicles import Vehicles

PERSON_PATTERN = r"(?P<person>[A-Z0-9]{1,32})"
VEHICLE = r"(?P<vehicle>[A-Z0-9]{1,32})"
BOOKING = r"(?P<booking>[0-9A-Z]{2,40})"
CODE = r"(?P<code>[A-Z0-9]{1,64})"

CALENDAR = "text/calendar; charset=utf-8"

#: Of codes that staff ask for at their desk: limits by device count them together.
STAFF_DEVICE = "staff"


@dataclass(frozen=True, slots=True, kw_only=True)
class CentreServices:
    """What the handlers of this room call."""

    addresses: Addresses
    calendars: Calendars
    details: Details
    erasures: Erasures
    exports: Exports
    phones: Phones
    service_line: ServiceLines
    vehicles: Vehicles


class CentreRoom(ApiHandler):
    """The base of this room."""

    def initialize(self, centre: CentreServices) -> None:
        """Take the services."""
        self._centre = centre

    def caller(self, device: str) -> Caller:
        """Say where the request comes from, for the limits of codes."""
        return Caller(address=self.address, device=device)


class OwnCodesHandler(CentreRoom):
    """POST /v1/me/codes."""

    @allow(PERSON)
    async def post(self) -> None:
        """`AskOwnCode` → `CodeSent`: to the account's phone, good for that act only."""
        asked = self.body(AskOwnCode)
        caller = self.caller(asked.device)
        self.answer(await self._centre.details.send_code(self.actor, asked.purpose, caller))


class DetailsHandler(CentreRoom):
    """GET and PUT /v1/me/details."""

    @allow(PERSON)
    async def get(self) -> None:
        """→ `MyDetails`, masked."""
        self.answer(await self._centre.details.mine(self.actor.person))

    @allow(PERSON)
    async def put(self) -> None:
        """`SetDetails` → `MyDetails`."""
        self.answer(await self._centre.details.change(self.actor, self.body(SetDetails).name))


class FullDetailsHandler(CentreRoom):
    """POST /v1/me/details/full."""

    @allow(PERSON)
    async def post(self) -> None:
        """`WithCode` (of `look`) → `FullDetails`; recorded."""
        asked = self.body(WithCode)
        caller = self.caller(asked.device)
        self.answer(await self._centre.details.full(self.actor, asked.code, caller))


class NewPhoneCodeHandler(CentreRoom):
    """POST /v1/me/phone/code."""

    @allow(PERSON)
    async def post(self) -> None:
        """`AskNewPhoneCode` → `CodeSent`, the same for known and unknown numbers."""
        asked = self.body(AskNewPhoneCode)
        caller = self.caller(asked.device)
        self.answer(await self._centre.phones.send_new_code(asked.phone, caller))


class OwnPhoneHandler(CentreRoom):
    """PUT /v1/me/phone."""

    @allow(PERSON)
    async def put(self) -> None:
        """`ChangePhone` → {}; all log-ins end, both numbers are told. Recorded."""
        asked = self.body(ChangePhone)
        await self._centre.phones.change(self.actor, asked, self.caller(asked.device))


class StaffPhoneCodeHandler(CentreRoom):
    """POST /v1/people/{person}/phone/code."""

    @allow(Role.REVIEWER)
    async def post(self, person: str) -> None:
        """`AskNewPhoneCode` → `CodeSent`: to the number that the person shall have."""
        asked = self.body(AskNewPhoneCode)
        caller = self.caller(f"{STAFF_DEVICE} {self.actor.person} {person}")
        self.answer(await self._centre.phones.send_new_code(asked.phone, caller))


class StaffPhoneHandler(CentreRoom):
    """PUT /v1/people/{person}/phone."""

    @allow(Role.REVIEWER)
    async def put(self, person: str) -> None:
        """`StaffChangePhone` → `PersonView`, when the old number is lost. Recorded."""
        asked = self.body(StaffChangePhone)
        caller = self.caller(f"{STAFF_DEVICE} {self.actor.person}")
        self.answer(
            await self._centre.phones.change_for(self.actor, PersonId(person), asked, caller)
        )


class FindPersonHandler(CentreRoom):
    """POST /v1/staff/people/find."""

    @allow(Role.OPERATOR, Role.REVIEWER)
    async def post(self) -> None:
        """`FindPerson` → `PersonView`, masked; recorded."""
        self.answer(await self._centre.phones.find(self.actor, self.body(FindPerson)))


class VehiclesHandler(CentreRoom):
    """GET and POST /v1/me/vehicles."""

    @allow(PERSON)
    async def get(self) -> None:
        """→ `VehiclesView`, masked."""
        self.answer(await self._centre.vehicles.mine(self.actor.person))

    @allow(PERSON, idempotent=True)
    async def post(self) -> None:
        """`AddVehicle` → `VehicleView`; a plate that is there already gives what is there."""
        asked = self.body(AddVehicle)
        self.answer(await self._centre.vehicles.add(self.actor.person, asked), status=201)


class VehicleHandler(CentreRoom):
    """PUT and DELETE /v1/me/vehicles/{vehicle}."""

    @allow(PERSON)
    async def put(self, vehicle: str) -> None:
        """`ChangeVehicle` → `VehicleView`; what is null stays."""
        asked, name = self.body(ChangeVehicle), VehicleId(vehicle)
        self.answer(await self._centre.vehicles.change(self.actor.person, name, asked))

    @allow(PERSON)
    async def delete(self, vehicle: str) -> None:
        """Remove one → `VehiclesView`; bookings made with it stand."""
        name = VehicleId(vehicle)
        self.answer(await self._centre.vehicles.remove(self.actor.person, name))


class ServiceLineHandler(CentreRoom):
    """GET and PUT /v1/service-line."""

    @allow(ANYONE)
    async def get(self) -> None:
        """→ `ServiceLineView`: whom people call, and when."""
        self.answer(await self._centre.service_line.present())

    @allow(Role.REVIEWER)
    async def put(self) -> None:
        """`SetServiceLine` → `ServiceLineView`: the next version. Recorded."""
        self.answer(await self._centre.service_line.put(self.actor, self.body(SetServiceLine)))


class ServiceLineVersionsHandler(CentreRoom):
    """GET /v1/service-line/versions."""

    @allow(Role.REVIEWER)
    async def get(self) -> None:
        """→ `ServiceLineVersions`, newest first."""
        self.answer(await self._centre.service_line.versions())


class OwnExportHandler(CentreRoom):
    """GET and POST /v1/me/export."""

    @allow(PERSON)
    async def get(self) -> None:
        """→ `ExportView` of the newest."""
        self.answer(await self._centre.exports.mine(self.actor))

    @allow(PERSON)
    async def post(self) -> None:
        """`WithCode` (of `export`) → `ExportView`; one at a time. Recorded."""
        asked = self.body(WithCode)
        caller = self.caller(asked.device)
        self.answer(await self._centre.exports.ask(self.actor, asked.code, caller), status=201)


class ExportLinkHandler(CentreRoom):
    """POST /v1/me/export/link."""

    @allow(PERSON)
    async def post(self) -> None:
        """`WithCode` (of `export`) → `LinkView` to the ready file, the last void. Recorded."""
        asked = self.body(WithCode)
        caller = self.caller(asked.device)
        self.answer(await self._centre.exports.link(self.actor, asked.code, caller), status=201)


class ExportHandler(StreamingHandler):
    """GET /v1/exports/{code}."""

    def initialize(self, centre: CentreServices) -> None:
        """Take the services."""
        self._centre = centre

    @allow(ANYONE)
    async def get(self, code: str) -> None:
        """→ the ZIP of a link, as long as it is good; the code is the proof. Recorded."""
        content = await self._centre.exports.fetch(code)
        self.answer_stream(content, "application/zip", "lanjian-export.zip")


class OwnErasureHandler(CentreRoom):
    """GET and POST /v1/me/erasure."""

    @allow(PERSON)
    async def get(self) -> None:
        """→ `ErasureView`."""
        self.answer(await self._centre.erasures.mine(self.actor.person))

    @allow(PERSON)
    async def post(self) -> None:
        """`WithCode` (of `erase`) → `ErasureView`; all log-ins end, the next one undoes it."""
        asked = self.body(WithCode)
        caller = self.caller(asked.device)
        self.answer(await self._centre.erasures.ask(self.actor, asked.code, caller))


class CalendarHandler(CentreRoom):
    """GET /v1/bookings/{booking}/calendar."""

    @allow(PERSON)
    async def get(self, booking: str) -> None:
        """→ text/calendar of one own booking, as it is now."""
        file = await self._centre.calendars.file(self.actor.person, BookingId(booking))
        self.answer_file(file, CALENDAR)


class CalendarLinkHandler(CentreRoom):
    """POST /v1/bookings/{booking}/calendar-link."""

    @allow(PERSON)
    async def post(self, booking: str) -> None:
        """No body → `LinkView`: for calendar programs, which send no token."""
        link = await self._centre.calendars.link(self.actor.person, BookingId(booking))
        self.answer(link, status=201)


class LinkedCalendarHandler(CentreRoom):
    """GET /v1/calendars/{code}.ics."""

    @allow(ANYONE)
    async def get(self, code: str) -> None:
        """→ text/calendar of a link, as long as it is good; the code is the proof."""
        self.set_header("Content-Disposition", 'attachment; filename="booking.ics"')
        self.answer_file(await self._centre.calendars.by_link(code), CALENDAR)


def routes(centre: CentreServices) -> list[Route]:
    """List this room's routes."""
    given = {"centre": centre}
    return [
        (r"/v1/me/codes", OwnCodesHandler, given),
        (r"/v1/me/details", DetailsHandler, given),
        (r"/v1/me/details/full", FullDetailsHandler, given),
        (r"/v1/me/phone/code", NewPhoneCodeHandler, given),
        (r"/v1/me/phone", OwnPhoneHandler, given),
        (rf"/v1/people/{PERSON_PATTERN}/phone/code", StaffPhoneCodeHandler, given),
        (rf"/v1/people/{PERSON_PATTERN}/phone", StaffPhoneHandler, given),
        (r"/v1/staff/people/find", FindPersonHandler, given),
        (r"/v1/me/vehicles", VehiclesHandler, given),
        (rf"/v1/me/vehicles/{VEHICLE}", VehicleHandler, given),
        (r"/v1/service-line", ServiceLineHandler, given),
        (r"/v1/service-line/versions", ServiceLineVersionsHandler, given),
        (r"/v1/me/export", OwnExportHandler, given),
        (r"/v1/me/export/link", ExportLinkHandler, given),
        (rf"/v1/exports/{CODE}", ExportHandler, given),
        (r"/v1/me/erasure", OwnErasureHandler, given),
        (rf"/v1/bookings/{BOOKING}/calendar", CalendarHandler, given),
        (rf"/v1/bookings/{BOOKING}/calendar-link", CalendarLinkHandler, given),
        (rf"/v1/calendars/{CODE}\.ics", LinkedCalendarHandler, given),
    ]
