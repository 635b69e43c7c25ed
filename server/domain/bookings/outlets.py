"""Enterprises and their outlets (网点): where they are, when open, how many cars at once.

Times of day are minutes after midnight in China, which has one zone and no summer time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from server.domain.geo import Place
from server.domain.ids import EnterpriseId, OutletId

DAY_MINUTES = 24 * 60
HOUR = 3600.0


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Open from `opens` up to `closes`, minutes of one day; 0 <= opens < closes <= 1440."""

    opens: int
    closes: int


#: The opening hours of Monday to Sunday; a day without spans is closed.
Week = tuple[tuple[Span, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecialDay:
    """One day that differs from its weekday: a holiday, or extra hours; why, for people."""

    day: date
    spans: tuple[Span, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Enterprise:
    """One enterprise; its page is kept apart, version by version."""

    id: EnterpriseId
    name: str
    region: str  #: six-digit code of its seat's district
    active: bool
    page_version: int  #: of the page that people see; 0 for none yet
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """One outlet, as people may see it and as slots are generated from it."""

    id: OutletId
    enterprise: EnterpriseId
    name: str
    region: str
    address: str
    place: Place
    phone: str
    services: tuple[str, ...]
    week: Week
    special_days: tuple[SpecialDay, ...] = ()
    capacity: int = 1  #: bookings in one slot
    slot_minutes: int = 60
    cancel_before_seconds: float = 4 * HOUR
    active: bool = True
    version: int = 0
