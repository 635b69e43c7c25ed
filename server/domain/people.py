"""Who uses the platform: persons, their roles, and who acts in an event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from server.domain.ids import PersonId, SessionId


class Role(StrEnum):
    """What a person may be; one person may be customer and courier, and staff of several kinds."""

    CUSTOMER = "customer"
    COURIER = "courier"
    OPERATOR = "operator"  #: staff: terminals, stuck orders
    REVIEWER = "reviewer"  #: staff (客服): finished waybills, certifications
    FINANCE = "finance"  #: staff: refunds, payouts, ledger
    OUTLET_STAFF = "outlet_staff"  #: staff: own outlet only
    ADMIN = "admin"  #: staff: everything, and roles


STAFF = frozenset({Role.OPERATOR, Role.REVIEWER, Role.FINANCE, Role.OUTLET_STAFF, Role.ADMIN})


class Certification(StrEnum):
    """How far a courier's certification is; its steps are in `certifications.py`."""

    NONE = "none"
    APPLIED = "applied"  #: asked for, staff have not decided
    CERTIFIED = "certified"
    REJECTED = "rejected"
    SUSPENDED = "suspended"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One account. The phone is kept sealed in the store; `masked_phone` is what pages show."""

    id: PersonId
    roles: frozenset[Role]
    masked_phone: str
    certification: Certification
    active_orders: int
    agreement_version: str
    agreed_at: datetime
    created_at: datetime
    chosen_districts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who asks: a person in a session, with the roles of the token."""

    person: PersonId
    session: SessionId
    roles: frozenset[Role]

    @property
    def is_staff(self) -> bool:
        """Tell whether any staff role is held."""
        return bool(self.roles & STAFF)


#: Who acts when no person does: timers, providers' notices, sensors.
SYSTEM = PersonId("system")
