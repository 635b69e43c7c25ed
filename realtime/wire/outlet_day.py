"""An outlet's day on the wire: who comes, checking in, walk-ins, and the removed battery."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec

from realtime.wire.bookings import BookingView, WishId
from realtime.wire.moments import check_instant
from realtime.wire.requests import Body, Id, Text

ArrivalCode = Annotated[str, msgspec.Meta(min_length=1, max_length=96)]


class DayQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """GET /v1/staff/outlets/{id}/day; without a day it is today in China."""

    day: date | None = None


class PurposeQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why somebody looks; it is recorded."""

    purpose: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] = "look"


class CheckIn(Body, frozen=True, kw_only=True):
    """POST /v1/staff/outlets/{id}/check-in: exactly one of the three."""

    code: ArrivalCode | None = None
    plate: Text | None = None
    booking_id: Id | None = None


class WalkIn(Body, frozen=True, kw_only=True):
    """POST /v1/staff/outlets/{id}/walk-ins: a car without a booking."""

    name: Text
    phone: Text
    plate: Text
    request_id: WishId


class RecordBattery(Body, frozen=True, kw_only=True):
    """POST /v1/staff/bookings/{id}/battery; `version` is of the record it corrects, 0: the first.

    Weight is of all packs together, in grams; the hand-over has both of its fields or none.
    """

    version: Annotated[int, msgspec.Meta(ge=0)]
    model: Text
    code: Text
    count: int
    weight_grams: int
    condition: Literal["intact", "dented", "swollen", "leaking", "flooded", "burnt"]
    note: Annotated[str, msgspec.Meta(max_length=200)] = ""
    photos: Annotated[tuple[Id, ...], msgspec.Meta(max_length=6)] = ()
    handed_to: Text | None = None
    handed_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None

    def __post_init__(self) -> None:
        """Check what no annotation can say."""
        check_instant("handed_at", self.handed_at)


class ArrivalView(msgspec.Struct, frozen=True, kw_only=True):
    """The code that its owner shows at the outlet, as text and as a picture; fetch a new one soon.

    `qr` is a data URI of an SVG.
    """

    booking_id: str
    code: str
    qr: str
    fetch_again_at: datetime
    expires_at: datetime


class DayRow(msgspec.Struct, frozen=True, kw_only=True):
    """One booking of a day; name, phone and plate are masked."""

    booking: BookingView
    name: str
    phone: str
    plate: str
    findings: int = 0
    battery: int = 0  #: the version of the battery's record; 0: none


class OutletDayView(msgspec.Struct, frozen=True, kw_only=True):
    """An outlet's bookings of a day, by their start; `free_now` is of the slot under way."""

    outlet_id: str
    day: date
    server_time: datetime
    rows: tuple[DayRow, ...]
    free_now: int | None = None
    is_whole: bool = True  #: a very large day is listed from its beginning


class PersonOfBooking(msgspec.Struct, frozen=True, kw_only=True):
    """Whose booking it is, in full; the read was recorded."""

    booking_id: str
    name: str
    phone: str
    plate: str


class BatteryView(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a battery's record."""

    version: int
    model: str
    code: str
    count: int
    weight_grams: int
    condition: str
    note: str
    photos: tuple[str, ...]
    by: str
    at: datetime
    handed_to: str | None = None
    handed_at: datetime | None = None


class BatteryVersions(msgspec.Struct, frozen=True, kw_only=True):
    """A battery's record, newest version first."""

    booking_id: str
    versions: tuple[BatteryView, ...]
