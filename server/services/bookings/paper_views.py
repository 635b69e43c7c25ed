"""What people and staff see of papers: both sets of fields, and what is wrong with each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
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

#: Texts of so many marks are masked but for their first.
SHORT = 4


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

    async def of_owner(self, booking: Booking, *, unlocked: bool) -> PapersView:
        """Show papers to their person: of twins only those within this booking.

        What came a while ago is masked unless `unlocked`: see `is_open`.
        """
        return await self._view(booking, for_staff=False, unlocked=unlocked)

    async def of_staff(self, booking: Booking) -> PapersView:
        """Show papers to who decides on them, photos used elsewhere included."""
        return await self._view(booking, for_staff=True, unlocked=True)

    def is_open(self, sheet: Sheet) -> bool:
        """Tell whether a paper's photo came so lately that its owner need not prove themselves.

        Whoever has just photographed a paper holds it in their hand: the form must show what was
        read, to be corrected. A session lives for days, on a phone that others may pick up: later
        it takes a code.
        """
        until = sheet.asked_at + timedelta(seconds=self._rules.papers_open_seconds)
        return self._clock() < until

    async def typed(self, booking: Booking) -> Typed | None:
        """Give what the form says that papers say too; None before there is a form."""
        try:
            details = await self._bookings.details(booking.id)
        except NotFound:
            return None
        return Typed(name=details.name, plate=details.plate)

    async def _view(self, booking: Booking, *, for_staff: bool, unlocked: bool) -> PapersView:
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
            sheets=tuple(
                _sheet(sheet, masked=not (unlocked or self.is_open(sheet))) for sheet in sheets
            ),
            findings_read=_findings([*of_photos, *as_read]),
            findings=_findings([*of_photos, *counting]),
            offered_vehicle=None if for_staff else await self._offered(booking, sheets, unlocked),
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

    async def _offered(
        self, booking: Booking, sheets: Sequence[Sheet], unlocked: bool
    ) -> OfferedVehicle | None:
        """Offer the licence's vehicle once the slot is booked, unless the person has it."""
        licence = next((one for one in sheets if one.kind is PaperKind.VEHICLE_LICENCE), None)
        if licence is None or not (unlocked or self.is_open(licence)):
            return None
        counts = licence.counts
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


def _sheet(sheet: Sheet, *, masked: bool) -> SheetView:
    show = _masked if masked else dict
    return SheetView(
        kind=sheet.kind.value,
        photo_id=sheet.photo,
        state=sheet.state.value,
        version=sheet.version,
        read=None if sheet.read is None else show(sheet.read),
        read_by=sheet.by,
        read_at=sheet.read_at,
        not_read=sheet.why_not,
        corrected=None if sheet.corrected is None else show(sheet.corrected),
        corrected_at=sheet.corrected_at,
        masked=masked,
    )


def _masked(fields: Mapping[str, str]) -> dict[str, str]:
    """Star out fields: the first mark stays, of long ones the last, too."""
    return {name: _stars(text) for name, text in fields.items()}


def _stars(text: str) -> str:
    last = text[-1] if len(text) > SHORT else ""
    return text[:1] + "*" * (len(text) - 1 - len(last)) + last


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
