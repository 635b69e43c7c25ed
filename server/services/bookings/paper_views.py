"""What people and staff see of papers: both sets of fields, and what is wrong with each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from realtime.wire.papers import FindingView, OfferedVehicle, PapersView, SheetView
from server.domain.bookings.bookings import Booking
from server.domain.bookings.calendar import day_of
from server.domain.bookings.checks import is_plate, plain_plate, plain_vin
from server.domain.bookings.finding_texts import words_of
from server.domain.bookings.papers import Finding, PaperKind, Weight
from server.domain.bookings.readings import ReadState, Sheet, Typed, judge, of_photo
from server.domain.bookings.states import BookingState
from server.domain.centre import Vehicle
from server.domain.errors import NotFound
from server.domain.ids import PersonId
from server.domain.rules import Rules
from server.services.ports import Clock
from server.store.bookings.bookings import MongoBookings
from server.store.bookings.paper_consents import MongoPaperConsents
from server.store.bookings.papers import MongoPapers, Twin


class OwnVehicles(Protocol):
    """People's vehicles."""

    async def of(self, person: PersonId) -> list[Vehicle]:
        """List a person's."""


class PaperViews:
    """Make views of papers; callers record that they are read."""

    def __init__(
        self,
        *,
        papers: MongoPapers,
        bookings: MongoBookings,
        consents: MongoPaperConsents,
        vehicles: OwnVehicles,
        clock: Clock,
        rules: Rules,
    ) -> None:
        self._papers = papers
        self._bookings = bookings
        self._consents = consents
        self._vehicles = vehicles
        self._clock = clock
        self._rules = rules

    async def of_owner(self, booking: Booking) -> PapersView:
        """Show papers to their person: of twins only those within this booking."""
        return await self._view(booking, for_staff=False)

    async def of_staff(self, booking: Booking) -> PapersView:
        """Show papers to who decides on them, photos used elsewhere included."""
        return await self._view(booking, for_staff=True)

    async def typed(self, booking: Booking) -> Typed | None:
        """Give what the form says that papers say too; None before there is a form."""
        try:
            details = await self._bookings.details(booking.id)
        except NotFound:
            return None
        return Typed(name=details.name, plate=details.plate)

    async def _view(self, booking: Booking, *, for_staff: bool) -> PapersView:
        sheets = await self._papers.of(booking.id)
        version = self._rules.papers_consent_version
        typed, today = await self.typed(booking), day_of(self._clock())
        of_photos = [finding for sheet in sheets for finding in await self._photo(sheet, for_staff)]
        as_read = judge([(sheet.kind, sheet.read) for sheet in sheets], typed, today)
        counting = judge([(sheet.kind, sheet.counts) for sheet in sheets], typed, today)
        return PapersView(
            booking_id=booking.id,
            version=booking.version,
            papers=booking.papers.value,
            reason=booking.papers_reason,
            consent_version=version,
            agreed_at=await self._agreed(booking, version),
            sheets=tuple(_sheet(sheet) for sheet in sheets),
            findings_read=_findings([*of_photos, *as_read]),
            findings=_findings([*of_photos, *counting]),
            offered_vehicle=None if for_staff else await self._offered(booking, sheets),
        )

    async def _agreed(self, booking: Booking, version: str) -> datetime | None:
        return await self._consents.agreed_at(booking.person, version)

    async def _photo(self, sheet: Sheet, for_staff: bool) -> list[Finding]:
        """Tell what is wrong with a photo as a whole."""
        found = []
        if sheet.state is ReadState.NOT_READ and sheet.corrected is None:
            found.append(of_photo(sheet.kind, "not_read", Weight.FAIL))
        twins = await self._papers.twins(sheet, None if for_staff else sheet.booking)
        rules = {_rule(sheet, twin) for twin in twins}
        return found + [of_photo(sheet.kind, rule) for rule in sorted(rules)]

    async def _offered(self, booking: Booking, sheets: Sequence[Sheet]) -> OfferedVehicle | None:
        """Offer the licence's vehicle once the slot is booked, unless the person has it."""
        licence = next((one for one in sheets if one.kind is PaperKind.VEHICLE_LICENCE), None)
        counts = None if licence is None else licence.counts
        if counts is None or booking.state is BookingState.HELD:
            return None
        plate = plain_plate(counts.get("plate", ""))
        if not is_plate(plate):
            return None
        if any(own.plate == plate for own in await self._vehicles.of(booking.person)):
            return None
        vin = plain_vin(counts.get("vin", ""))
        return OfferedVehicle(plate=plate, model=counts.get("model", ""), vin=vin)


def _rule(sheet: Sheet, twin: Twin) -> str:
    if twin.booking == sheet.booking:
        return "both_papers"
    return "used_before" if twin.person == sheet.person else "of_another_person"


def _sheet(sheet: Sheet) -> SheetView:
    return SheetView(
        kind=sheet.kind.value,
        photo_id=sheet.photo,
        state=sheet.state.value,
        version=sheet.version,
        read=None if sheet.read is None else dict(sheet.read),
        read_by=sheet.by,
        read_at=sheet.read_at,
        not_read=sheet.why_not,
        corrected=None if sheet.corrected is None else dict(sheet.corrected),
        corrected_at=sheet.corrected_at,
    )


def _findings(found: Sequence[Finding]) -> tuple[FindingView, ...]:
    return tuple(
        FindingView(
            kind=one.paper.value,
            field=one.field,
            rule=one.rule,
            weight=one.weight.value,
            zh=words_of(one)[0],
            en=words_of(one)[1],
        )
        for one in found
    )
