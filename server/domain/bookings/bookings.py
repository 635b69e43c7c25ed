"""The booking: one car at one outlet in one slot, as a value, and the events of its life.

What is personal (name, phone, plate, papers) is sealed in the store and comes out only by a
recorded read; a `Booking` holds none of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from server.domain.bookings.states import BookingState, PapersState
from server.domain.ids import BookingId, OutletId, PersonId, PhotoId, SlotId


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingEvent:
    """One step of a booking; written with its change (rule 2)."""

    version: int
    step: str
    at: datetime
    actor: PersonId
    state: BookingState
    data: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """One claimed place of a slot."""

    slot: SlotId
    place: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """One booking."""

    id: BookingId
    person: PersonId  #: whose it is; a walk-in is nobody's
    outlet: OutletId
    seat: Seat
    state: BookingState
    papers: PapersState
    version: int
    created_at: datetime
    held_until: datetime | None = None  #: only while held
    held_longer: bool = False
    id_photo: PhotoId | None = None
    licence_photo: PhotoId | None = None
    papers_since: datetime | None = None  #: when staff were asked to decide, the last time
    papers_reason: str | None = None  #: why they were rejected
    consent_version: str | None = None  #: to the photos of the papers, apart from the agreement
    consent_at: datetime | None = None
    ended_at: datetime | None = None
    reason: str | None = None  #: why cancelled, rejected or let go
    walk_in: bool = False
    due_at: datetime | None = None  #: when the worker has to look at it next


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What the car's owner fills in; personal data, sealed at rest."""

    name: str
    phone: str
    plate: str
