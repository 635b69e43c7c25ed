"""Bookings of slots on the wire: what their owners ask, and what they and open pages see."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from realtime.wire.moments import check_instant
from realtime.wire.requests import PLAIN, Body, Id, Text

SlotName = Annotated[str, msgspec.Meta(min_length=1, max_length=96)]
#: Chosen by the page; the same again is the same wish and gets the same outcome.
WishId = Annotated[str, msgspec.Meta(pattern=r"^[!-~]{8,64}(?!\n)$")]


class HoldSlot(Body, frozen=True, kw_only=True):
    """POST /v1/bookings: claim a place of a slot while the form is filled."""

    slot_id: SlotName
    request_id: WishId


class BookSlot(Body, frozen=True, kw_only=True):
    """POST /v1/bookings/{id}/book: the form. `consent_version` is of the consent to the photos.

    `vehicle_id` is one of the person's own vehicles; without it the plate is typed.
    """

    name: Text
    phone: Text
    plate: Annotated[str, msgspec.Meta(max_length=200, pattern=PLAIN)] = ""
    vehicle_id: Annotated[str, msgspec.Meta(max_length=32)] = ""
    id_photo: Id
    licence_photo: Id
    consent_version: Annotated[str, msgspec.Meta(min_length=1, max_length=32)]


class Reschedule(Body, frozen=True, kw_only=True):
    """POST /v1/bookings/{id}/reschedule; `version` is of the booking that the page shows."""

    slot_id: SlotName
    version: Annotated[int, msgspec.Meta(ge=1)]
    request_id: WishId


class CancelBooking(Body, frozen=True, kw_only=True):
    """POST /v1/bookings/{id}/cancel; staff must say why."""

    reason: Text | None = None


class WaitForSlot(Body, frozen=True, kw_only=True):
    """POST /v1/waitlist, and /v1/waitlist/leave."""

    slot_id: SlotName


class BookingsQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """GET /v1/bookings."""

    before: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=50)] = 20

    def __post_init__(self) -> None:
        """Check what no annotation can say."""
        check_instant("before", self.before)


class BookingView(msgspec.Struct, frozen=True, kw_only=True):
    """One booking, nothing personal in it; a hold counts down from `server_time`.

    `change_until` is the outlet's cut-off: until then its owner may reschedule and cancel.
    """

    booking_id: str
    outlet_id: str
    slot_id: str
    starts_at: datetime
    ends_at: datetime
    state: str
    papers: str
    version: int
    created_at: datetime
    server_time: datetime
    change_until: datetime
    held_until: datetime | None = None
    held_longer: bool = False
    ended_at: datetime | None = None
    reason: str | None = None
    walk_in: bool = False


class BookingPage(msgspec.Struct, frozen=True, kw_only=True):
    """A person's bookings, newest first; `next` goes into `before`."""

    bookings: tuple[BookingView, ...]
    next: datetime | None = None


class WaitView(msgspec.Struct, frozen=True, kw_only=True):
    """One's place in the line for a full slot; who is offered a place gets a held booking."""

    slot_id: str
    starts_at: datetime
    since: datetime
    ahead: int


class WaitsView(msgspec.Struct, frozen=True, kw_only=True):
    """What a person waits for, the soonest first."""

    waits: tuple[WaitView, ...]


class BookingChanged(msgspec.Struct, frozen=True, kw_only=True, tag="booking_changed"):
    """A booking changed; older versions than one already seen are ignored.

    Its `reason` is never told here: fetch it.
    """

    booking: BookingView
    step: str


class SlotsChanged(msgspec.Struct, frozen=True, kw_only=True, tag="slots_changed"):
    """Staff changed the outlet's hours or places: fetch its slots again."""

    outlet_id: str


class SlotCount(msgspec.Struct, frozen=True, kw_only=True, tag="slot_count"):
    """How many places of a slot are free; of each slot only the latest counts."""

    slot_id: str
    free: int
    capacity: int
