"""Outlets, their calendars and slots on the wire: what people see, what staff edit.

Times of day are minutes after midnight in China, 1440 the midnight that ends the day; days are
`YYYY-MM-DD` there.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

import msgspec

from realtime.wire.enterprises import Region, Skip, Version
from realtime.wire.moments import check_instant
from realtime.wire.orders import Limit
from realtime.wire.requests import PLAIN, Body, Id, Lat, Lon, Text
from realtime.wire.views import View

Count = Annotated[int, msgspec.Meta(ge=-1_000_000_000, le=1_000_000_000)]
Phone = Annotated[str, msgspec.Meta(min_length=1, max_length=40, pattern=PLAIN)]

#: Days whose slots are told at once.
MOST_DAYS = 62


class SpanBody(Body, frozen=True, kw_only=True):
    """Open from `opens` to `closes`. Nights are two spans: one to 1440, one from 0."""

    opens: Count
    closes: Count


Spans = Annotated[tuple[SpanBody, ...], msgspec.Meta(max_length=24)]


class SpecialDayBody(Body, frozen=True, kw_only=True):
    """A day with other hours than its weekday's, or none; people see the reason."""

    day: date
    spans: Spans
    reason: Text


class OutletsQuery(Body, frozen=True, kw_only=True):
    """GET /v1/outlets?lat&lon&region&service&enterprise_id&open_now&limit."""

    lat: Lat | None = None
    lon: Lon | None = None
    region: Region = ""
    service: Annotated[str, msgspec.Meta(max_length=30, pattern=PLAIN)] = ""
    enterprise_id: Annotated[str, msgspec.Meta(max_length=32)] = ""
    open_now: bool = False
    limit: Limit = 20


class OpeningView(View, frozen=True, kw_only=True):
    """Open or closed now; `changes_at` is when that changes, missing where it does not.

    `reason` is why today's hours are not the weekday's.
    """

    is_open: bool
    changes_at: datetime | None
    reason: str | None


class OutletView(View, frozen=True, kw_only=True):
    """One outlet; `week` is Monday to Sunday, `special_days` are those to come."""

    outlet_id: str
    enterprise_id: str
    enterprise_name: str
    name: str
    region: str
    address: str
    lat: float
    lon: float
    phone: str
    services: tuple[str, ...]
    week: tuple[tuple[SpanBody, ...], ...]
    special_days: tuple[SpecialDayBody, ...]
    slot_minutes: int
    cancel_before_seconds: float
    opening: OpeningView
    distance_metres: int | None = None


class OutletsView(View, frozen=True, kw_only=True):
    """Outlets as of now, nearest first where a place was given, else by name."""

    at: datetime
    outlets: tuple[OutletView, ...]


class SlotsQuery(Body, frozen=True, kw_only=True):
    """GET /v1/outlets/{id}/slots?first&days: from today, if no day is given."""

    first: date | None = None
    days: Annotated[int, msgspec.Meta(ge=1, le=MOST_DAYS)] = 7


class SlotView(View, frozen=True, kw_only=True):
    """One slot that may be booked now, if a place is free."""

    slot_id: str
    starts_at: datetime
    ends_at: datetime
    capacity: int
    free: int


class SlotsView(View, frozen=True, kw_only=True):
    """An outlet's slots in order; `closed_days` are special days of the range without hours."""

    outlet_id: str
    slots: tuple[SlotView, ...]
    closed_days: tuple[SpecialDayBody, ...]


# Staff


class DetailsBody(Body, frozen=True, kw_only=True):
    """What an outlet is, apart from its calendar."""

    name: Text
    region: Region
    address: Text
    lat: Lat
    lon: Lon
    phone: Phone
    services: Annotated[tuple[Text, ...], msgspec.Meta(max_length=50)]


class CalendarBody(Body, frozen=True, kw_only=True):
    """When an outlet is open, and how many cars it takes in one slot."""

    week: Annotated[tuple[Spans, ...], msgspec.Meta(max_length=7)]
    special_days: Annotated[tuple[SpecialDayBody, ...], msgspec.Meta(max_length=366)] = ()
    capacity: Count
    slot_minutes: Count = 60
    cancel_before_seconds: Annotated[float, msgspec.Meta(ge=-1e9, le=1e9)] = 4 * 3600


class NewOutlet(DetailsBody, frozen=True, kw_only=True):
    """POST /v1/staff/outlets: people see it once it has hours and is made active."""

    enterprise_id: Id


class EditDetails(DetailsBody, frozen=True, kw_only=True):
    """PUT /v1/staff/outlets/{id}/details: all of it, and the version that it was edited from."""

    version: Version
    active: bool


class EditCalendar(CalendarBody, frozen=True, kw_only=True):
    """PUT /v1/staff/outlets/{id}/calendar: all of it, and the version that it was edited from."""

    version: Version


class Foresee(CalendarBody, frozen=True, kw_only=True):
    """POST /v1/staff/outlets/{id}/outside: a calendar that is thought of; not `active`: hidden."""

    active: bool = True


class DaysQuery(Body, frozen=True, kw_only=True):
    """GET /v1/staff/outlets/{id}/days?first&days: from today, if no day is given."""

    first: date | None = None
    days: Annotated[int, msgspec.Meta(ge=1, le=MOST_DAYS)] = 42

    def __post_init__(self) -> None:
        """Check what no annotation can say."""
        check_instant("first", self.first)


class StaffOutletsQuery(Body, frozen=True, kw_only=True):
    """GET /v1/staff/outlets?text&region&enterprise_id&skip&limit.

    `text` is part of a name, an address or an id; `region` a district, city or province.
    """

    text: Annotated[str, msgspec.Meta(max_length=60, pattern=PLAIN)] = ""
    region: Region = ""
    enterprise_id: Annotated[str, msgspec.Meta(max_length=32)] = ""
    skip: Skip = 0
    limit: Limit = 100


class StaffOutletView(View, frozen=True, kw_only=True):
    """One outlet as its staff edit it."""

    outlet_id: str
    enterprise_id: str
    active: bool
    version: int
    details: DetailsBody
    calendar: CalendarBody
    opening: OpeningView


class StaffOutletsView(View, frozen=True, kw_only=True):
    """The outlets that this member of staff may edit, by name; `next`: how many to skip."""

    outlets: tuple[StaffOutletView, ...]
    next: int | None = None


class OutletStaffView(View, frozen=True, kw_only=True):
    """Who of the outlet staff works at an outlet, and since when."""

    outlet_id: str
    people: dict[str, datetime]


class OutletDayTold(View, frozen=True, kw_only=True):
    """One day of an outlet: `reason` is why it has other hours than its weekday.

    `places` are those of all its slots; `booked` counts holds that live, too.
    """

    day: date
    spans: tuple[SpanBody, ...]
    reason: str | None
    slots: int
    places: int
    booked: int


class OutletDaysView(View, frozen=True, kw_only=True):
    """An outlet's days in order, a hidden one's as if people saw it.

    `last_day` is the last that people may book now.
    """

    outlet_id: str
    version: int  #: of the outlet
    today: date
    last_day: date
    days: tuple[OutletDayTold, ...]


class OutsideBooking(View, frozen=True, kw_only=True):
    """A booking whose slot or place the calendar does not give any more."""

    booking_id: str
    slot_id: str
    place: int
    starts_at: datetime
    ends_at: datetime
    state: str


class OutsideView(View, frozen=True, kw_only=True):
    """Bookings to come that lie outside the calendar, by their start: for staff to look at."""

    outlet_id: str
    version: int  #: of the outlet
    bookings: tuple[OutsideBooking, ...]
