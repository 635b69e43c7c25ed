"""One paper of a booking: its photo, what was read off it, and what the person made of that.

What was read is never changed; corrections lie beside it, and what counts is both together.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from enum import StrEnum

from server.domain.bookings import checks
from server.domain.bookings.papers import Finding, IdCard, PaperKind, VehicleLicence, Weight
from server.domain.errors import Conflict, InvalidInput
from server.domain.ids import BookingId, PersonId, PhotoId

#: A paper's fields by their names.
Fields = Mapping[str, str]

#: Characters of one corrected field; the longest on any paper is an address.
LONGEST = 120

#: Finding's field for what is wrong with the photo as a whole.
PHOTO = "photo"


class ReadState(StrEnum):
    """How far the reading of one photo is."""

    WAITING = "waiting"
    READING = "reading"  #: by a process, until its lease ends
    READ = "read"
    NOT_READ = "not_read"  #: nobody could; staff look at the photo itself


class PapersConsentMissing(Conflict):
    """No photo of a paper is taken before its person agreed to that (details: current)."""

    code = "papers_consent_missing"
    zh = "请先阅读并同意证件照片的使用说明"
    en = "Please read and agree to how photos of papers are used first."


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One paper of one booking. `read` and `corrected` are sealed at rest."""

    id: str
    booking: BookingId
    person: PersonId
    kind: PaperKind
    photo: PhotoId
    state: ReadState
    version: int
    asked_at: datetime
    attempt: int = 0
    photos: int = 1  #: how many were taken of it
    by: str | None = None  #: the recogniser's name
    read_at: datetime | None = None  #: or given up at
    why_not: str | None = None  #: a recogniser's rule
    read: Fields | None = None
    corrected: Fields | None = None
    corrected_at: datetime | None = None

    @property
    def counts(self) -> Fields | None:
        """Give what counts: corrections over what was read; None: neither is there."""
        if self.read is None and self.corrected is None:
            return None
        return {**(self.read or {}), **(self.corrected or {})}


def sheet_id(booking: BookingId, kind: PaperKind) -> str:
    """Name one paper of a booking."""
    return f"{booking}:{kind.value}"


def new_sheet(
    booking: BookingId, person: PersonId, kind: PaperKind, photo: PhotoId, at: datetime
) -> Sheet:
    """Make a paper whose photo is still to be read."""
    return Sheet(
        id=sheet_id(booking, kind),
        booking=booking,
        person=person,
        kind=kind,
        photo=photo,
        state=ReadState.WAITING,
        version=1,
        asked_at=at,
    )


NAMES: Mapping[PaperKind, tuple[str, ...]] = {
    PaperKind.ID_CARD: tuple(field.name for field in fields(IdCard)),
    PaperKind.VEHICLE_LICENCE: tuple(field.name for field in fields(VehicleLicence)),
}


def fields_of(paper: IdCard | VehicleLicence) -> Fields:
    """Give a paper's fields by name."""
    return asdict(paper)


def corrections(kind: PaperKind, given: Fields) -> Fields:
    """Bring what a person typed into the form in which papers are compared.

    Only what no paper can hold is refused; whether it is right, `checks` says. An empty text
    means that the paper does not have the field.

    Raises:
        InvalidInput: names `fields.NAME` and `known`, `length` or `one_line`.
    """
    if not given:
        raise InvalidInput(field="fields", rule="required")
    return {name: _corrected(kind, name, text) for name, text in given.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What the form says that papers say too."""

    name: str
    plate: str


def judge(
    sheets: Iterable[tuple[PaperKind, Fields | None]], typed: Typed | None, today: date
) -> list[Finding]:
    """Tell what is wrong with papers; `typed` is None before there is a form."""
    known = dict(sheets)
    card_fields, licence_fields = known.get(PaperKind.ID_CARD), known.get(PaperKind.VEHICLE_LICENCE)
    card = None if card_fields is None else IdCard(**card_fields)
    licence = None if licence_fields is None else VehicleLicence(**licence_fields)
    name = typed.name if typed is not None else (card.name if card else "")
    found = checks.check(card, licence, name, today)
    if typed is not None and licence is not None and licence.plate:
        plate = checks.plain_plate(licence.plate)
        if checks.is_plate(plate) and plate != typed.plate:
            kind, rule = PaperKind.VEHICLE_LICENCE, "plate_differs"
            found.append(Finding(paper=kind, field="plate", rule=rule, weight=Weight.FAIL))
    return found


def of_photo(kind: PaperKind, rule: str, weight: Weight = Weight.WARN) -> Finding:
    """Make a finding about a whole photo."""
    return Finding(paper=kind, field=PHOTO, rule=rule, weight=weight)


def is_same_photo(one: int, other: int) -> bool:
    """Tell whether two likenesses are of one picture, encoded or lit a little otherwise."""
    return (one ^ other).bit_count() <= NEAR_BITS


#: Of the 1024 bits of a likeness. Measured on drawn papers: one photo saved anew differs in up to
#: 14, scans of two people's cards of one layout in 15 and more, their photos in 90.
NEAR_BITS = 14


def _corrected(kind: PaperKind, name: str, text: str) -> str:
    if name not in NAMES[kind]:
        raise InvalidInput(field=f"fields.{name}"[:64], rule="known")
    normal = " ".join(unicodedata.normalize("NFKC", text).split())
    if len(normal) > LONGEST:
        raise InvalidInput(field=f"fields.{name}", rule="length")
    if any(unicodedata.category(mark).startswith("C") for mark in normal):
        raise InvalidInput(field=f"fields.{name}", rule="one_line")
    return _FORMS.get(name, str)(normal)


def _day(text: str) -> str:
    """Write a day as it is compared; what is none stays for the checks to tell."""
    found = re.fullmatch(
        r"([0-9]{4})[-./年]([0-9]{1,2})[-./月]([0-9]{1,2})日?", text.replace(" ", "")
    )
    if found is None:
        found = re.fullmatch(r"([0-9]{4})([0-9]{2})([0-9]{2})", text)
    return text if found is None else f"{found[1]}-{int(found[2]):02d}-{int(found[3]):02d}"


_FORMS: Mapping[str, Callable[[str], str]] = {
    "name": lambda text: re.sub(r"[•‧・.．](?=[\u3400-\u9fff])", "·", text),
    "ethnicity": lambda text: text.removesuffix("族") if len(text) > 1 else text,
    "number": checks.plain_number,
    "plate": checks.plain_plate,
    "vin": checks.plain_vin,
    "engine": lambda text: text.replace(" ", "").upper(),
    "birth": _day,
    "registered": _day,
    "issued": _day,
}
