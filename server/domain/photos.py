"""What photos are for: who may see each kind, and how long one outlives its need.

A photo is uploaded for nothing yet: its owner alone sees it, and it is deleted unless a form
takes it. The form's own transaction gives it a use (`Photos.use`): a purpose, and the thing that
it belongs to; another use is refused. From then on the purpose's row of `TABLE` says which staff
may read it. When the thing is over, the transaction that ends it says until when the photo is
needed (`Photos.release`, now unless told otherwise); a worker deletes it `keep` after that. What
nobody released is never deleted.

A new kind is a member of `PhotoPurpose`, a row of `TABLE`, and the field of `Rules` that the row
names. Staff who may see some things of a kind only (an outlet's staff their own outlet's
bookings) stay out of `readers`: the room that knows judges them and calls `Photos.show_for`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from server.domain.people import Role
from server.domain.rules import DAY, Rules


class PhotoPurpose(StrEnum):
    """What a photo shows, and so what it is for."""

    WAYBILL = "waybill"  #: a finished waybill, of an order
    REFUSAL = "refusal"  #: a parcel that a courier may not carry, of an order
    ID_CARD = "id_card"  #: a courier's papers, of an application
    BOOKING_PAPER = "booking_paper"  #: a car owner's ID card or vehicle licence, of a booking
    BATTERY = "battery"  #: a removed battery, of a booking
    COMPLAINT = "complaint"  #: what a customer or staff show of a parcel, of an order's complaint


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoUse:
    """What one photo serves. `subject` names a thing by kind and id, as in the audit trail."""

    purpose: PhotoPurpose
    subject: str  #: `order:LJ1`, `application:C1`


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoRule:
    """Who may read a kind of photo besides its owner, and how long it is kept."""

    readers: frozenset[Role]
    keep_seconds: Callable[[Rules], float]  #: from the end of its need
    by_link: bool = False  #: shown by links that are good once, even to its owner


TABLE: Mapping[PhotoPurpose, PhotoRule] = MappingProxyType(
    {
        PhotoPurpose.WAYBILL: PhotoRule(
            readers=frozenset({Role.REVIEWER, Role.OPERATOR, Role.FINANCE, Role.ADMIN}),
            keep_seconds=lambda rules: rules.waybill_photo_keep_seconds,
        ),
        PhotoPurpose.REFUSAL: PhotoRule(
            readers=frozenset({Role.REVIEWER, Role.OPERATOR, Role.ADMIN}),
            keep_seconds=lambda rules: rules.refusal_photo_keep_seconds,
        ),
        PhotoPurpose.ID_CARD: PhotoRule(
            readers=frozenset({Role.REVIEWER, Role.ADMIN}),
            keep_seconds=lambda rules: rules.certification_keep_seconds,
        ),
        PhotoPurpose.BOOKING_PAPER: PhotoRule(
            readers=frozenset(),
            keep_seconds=lambda rules: rules.papers_kept_days * DAY,
            by_link=True,
        ),
        PhotoPurpose.BATTERY: PhotoRule(
            readers=frozenset({Role.OPERATOR, Role.ADMIN}),
            keep_seconds=lambda rules: rules.battery_photo_keep_seconds,
        ),
        PhotoPurpose.COMPLAINT: PhotoRule(
            readers=frozenset({Role.OPERATOR, Role.REVIEWER, Role.ADMIN}),
            keep_seconds=lambda rules: rules.complaint_photo_keep_seconds,
        ),
    }
)


def may_read(roles: frozenset[Role], use: PhotoUse | None) -> bool:
    """Tell whether roles alone let somebody read another person's photo; an unused one, nobody."""
    return use is not None and bool(roles & TABLE[use.purpose].readers)


def is_by_link(use: PhotoUse | None) -> bool:
    """Tell whether a photo is shown by links only (`Photos.show_for`), even to its owner."""
    return use is not None and TABLE[use.purpose].by_link


def keep_seconds(purpose: PhotoPurpose | None, rules: Rules) -> float:
    """Give how long a photo is kept from the end of its need; None: uploaded and never used."""
    if purpose is None:
        return rules.unused_photo_keep_seconds
    return TABLE[purpose].keep_seconds(rules)
