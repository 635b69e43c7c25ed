"""The removed battery of a booking: what it is, how it was found, and whom it was handed to.

A record is never written over: a correction is a further version, and the highest counts.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from server.domain.bookings.edits import line
from server.domain.errors import InvalidInput
from server.domain.ids import BookingId, PersonId, PhotoId

MODEL_CHARACTERS = 60
NOTE_CHARACTERS = 200
TO_CHARACTERS = 60

MOST_PACKS = 50
MOST_GRAMS = 5_000_000
MOST_PHOTOS = 6

#: GB/T 34014 has 24 digits and capitals; makers' own serials differ. Never longer than a label.
CODE = re.compile(r"[0-9A-Z](?:[0-9A-Z-]{2,38})[0-9A-Z]")

#: How far a phone's clock may be before ours.
CLOCK_SLACK = timedelta(minutes=5)


class Condition(StrEnum):
    """How the battery was found; what is not `intact` is transported as damaged."""

    INTACT = "intact"
    DENTED = "dented"
    SWOLLEN = "swollen"
    LEAKING = "leaking"
    FLOODED = "flooded"
    BURNT = "burnt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """Whom a battery was given to, and when; the name is personal, sealed at rest."""

    to: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery:
    """One version of one booking's record."""

    booking: BookingId
    version: int  #: from 1, without holes
    model: str
    code: str
    count: int  #: packs of this code's set
    weight_grams: int  #: all of them together
    condition: Condition
    note: str
    photos: tuple[PhotoId, ...]
    handover: Handover | None
    by: PersonId
    at: datetime


def checked_battery(battery: Battery) -> Battery:
    """Give a record in its normal form.

    Raises:
        InvalidInput: a field breaks its rule.
    """
    if not 1 <= battery.count <= MOST_PACKS:
        raise InvalidInput(field="count", rule=f"1_to_{MOST_PACKS}")
    if not 1 <= battery.weight_grams <= MOST_GRAMS:
        raise InvalidInput(field="weight_grams", rule=f"1_to_{MOST_GRAMS}")
    if len(battery.photos) > MOST_PHOTOS or len(set(battery.photos)) != len(battery.photos):
        raise InvalidInput(field="photos", rule=f"{MOST_PHOTOS}_each_once")
    return Battery(
        booking=battery.booking,
        version=battery.version,
        model=line(battery.model, field="model", most=MODEL_CHARACTERS),
        code=battery_code(battery.code),
        count=battery.count,
        weight_grams=battery.weight_grams,
        condition=battery.condition,
        note=line(battery.note, field="note", most=NOTE_CHARACTERS) if battery.note.strip() else "",
        photos=battery.photos,
        handover=None if battery.handover is None else _handover(battery.handover, battery.at),
        by=battery.by,
        at=battery.at,
    )


def battery_code(text: str) -> str:
    """Bring a code into the form in which it is printed and compared: capitals, no blanks.

    Raises:
        InvalidInput: it is none.
    """
    code = re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).upper()
    if not code:
        raise InvalidInput(field="code", rule="required")
    if not CODE.fullmatch(code):
        raise InvalidInput(field="code", rule="battery_code")
    return code


def _handover(given: Handover, now: datetime) -> Handover:
    if given.at > now + CLOCK_SLACK:
        raise InvalidInput(field="handed_at", rule="not_in_future")
    return Handover(to=line(given.to, field="handed_to", most=TO_CHARACTERS), at=given.at)
