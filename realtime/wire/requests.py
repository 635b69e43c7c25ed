r"""Bodies of the HTTP API: each struct decodes, documents and tests its route.

Unknown fields from people are refused; a provider's or newer agent's are ignored.
Limits here are the wire's (sizes, types); the business rules are the domain's. In patterns
`(?!\n)$` is the very end: `$` alone would let a last end of line pass.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from realtime.wire.moments import check_instant

#: Anything but control characters (a tab and ends of lines are none here) and marks that turn the
#: direction of writing: they show a reader something else than what is written.
PLAIN = (
    r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
    r"\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]*$"
)
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=PLAIN)]
Id = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Lat = Annotated[float, msgspec.Meta(ge=-90, le=90)]
Lon = Annotated[float, msgspec.Meta(ge=-180, le=180)]


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The root of bodies that people send."""


class SendCode(Body, frozen=True, kw_only=True):
    """POST /v1/codes."""

    phone: Text
    device: Id


class LogIn(Body, frozen=True, kw_only=True):
    """POST /v1/sessions."""

    phone: Text
    code: Annotated[str, msgspec.Meta(max_length=12)]
    device: Id
    agreement_version: Annotated[str, msgspec.Meta(max_length=32)] | None = None


class Refresh(Body, frozen=True, kw_only=True):
    """POST /v1/sessions/refresh."""

    refresh_token: Annotated[str, msgspec.Meta(min_length=1, max_length=256)]


class Recipient(Body, frozen=True, kw_only=True):
    """The recipient on a waybill."""

    name: Text
    phone: Text
    region: Annotated[str, msgspec.Meta(max_length=6)]
    address: Text


class PlaceOrder(Body, frozen=True, kw_only=True):
    """POST /v1/orders. `origin_region` is the terminal's or the customer's city.

    `price_fen` is the price that the customer saw: another price now is refused
    (`price_changed`, with the price now in its details), so nobody pays other than they saw.
    """

    sender_name: Text
    recipient: Recipient
    description: Text
    size: Literal["S", "M", "L"]
    origin_region: Annotated[str, msgspec.Meta(max_length=6)]
    price_fen: Annotated[int, msgspec.Meta(ge=0, le=100_000_000)]
    no_prohibited_goods: bool
    consent_version: Annotated[str, msgspec.Meta(max_length=32)]


class StartVisit(Body, frozen=True, kw_only=True):
    """POST /v1/visits: what the kiosk QR said after its prefix (`terminal.step.code`)."""

    code: Annotated[str, msgspec.Meta(min_length=1, max_length=160)]


class ChooseRole(Body, frozen=True, kw_only=True):
    """POST /v1/visits/{id}/role."""

    role: Literal["deposit", "pickup"]


class ChooseOrder(Body, frozen=True, kw_only=True):
    """POST /v1/visits/{id}/order: deposit it here, or open its door to take it."""

    order_id: Id


class BindCarrier(Body, frozen=True, kw_only=True):
    """POST /v1/orders/{id}/carrier: scanned or typed; opens the door when at the terminal."""

    carrier_waybill: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    carrier: Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2,16}$")] | None = None
    visit_id: Id


class RefuseParcel(Body, frozen=True, kw_only=True):
    """POST /v1/orders/{id}/refusal (验视): the parcel goes back into its cell."""

    reason: Text
    photo_id: Id


class UploadFinished(Body, frozen=True, kw_only=True):
    """POST /v1/orders/{id}/finished: the finished waybill."""

    carrier: Text
    number: Text
    sender: Text
    recipient: Text
    phone: Text
    address: Text
    weight_grams: Annotated[int, msgspec.Meta(ge=1, le=50_000)]
    postage_fen: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
    date: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(?!\n)$")]
    photo_id: Id


class ApproveWaybill(Body, frozen=True, kw_only=True):
    """POST /v1/reviews/{order}/approve: why, where the photo shows another number.

    `uploaded_at` is that of the waybill that was looked at; a verdict on an older one is refused.
    """

    reason: Text | None = None
    uploaded_at: Annotated[datetime, msgspec.Meta(tz=True)]

    def __post_init__(self) -> None:
        """Check what no annotation can say."""
        check_instant("uploaded_at", self.uploaded_at)


class SendBackWaybill(Body, frozen=True, kw_only=True):
    """POST /v1/reviews/{order}/reject; `other` needs a note. `uploaded_at` as in approving."""

    reason: Literal[
        "photo_unclear", "number_differs", "fields_differ", "wrong_parcel", "not_posted", "other"
    ]
    note: Text | None = None
    uploaded_at: Annotated[datetime, msgspec.Meta(tz=True)]

    def __post_init__(self) -> None:
        """Check what no annotation can say."""
        check_instant("uploaded_at", self.uploaded_at)


class Reject(Body, frozen=True, kw_only=True):
    """Staff acts that need a reason."""

    reason: Text


class SetDuty(Body, frozen=True, kw_only=True):
    """PUT /v1/courier/duty."""

    on: bool
    districts: Annotated[tuple[Id, ...], msgspec.Meta(max_length=16)] = ()


class ReportPlace(Body, frozen=True, kw_only=True):
    """PUT /v1/courier/position, for couriers without a socket."""

    lat: Lat
    lon: Lon
    at: Annotated[datetime, msgspec.Meta(tz=True)]

    def __post_init__(self) -> None:
        """Check what no annotation can say."""
        check_instant("at", self.at)


class ClaimOffer(Body, frozen=True, kw_only=True):
    """POST /v1/offers/{order}/claim."""

    offer_version: int
    request_id: Id


class Certify(Body, frozen=True, kw_only=True):
    """PUT /v1/couriers/{person}/certification (staff)."""

    state: Literal["certified", "suspended", "none"]
    reason: Text


class SetRoles(Body, frozen=True, kw_only=True):
    """PUT /v1/people/{person}/roles (admin); with `seen`, only if the person has those now."""

    roles: Annotated[tuple[str, ...], msgspec.Meta(max_length=8)]
    seen: Annotated[tuple[str, ...], msgspec.Meta(max_length=8)] | None = None


class CellPlan(Body, frozen=True, kw_only=True):
    """One cell of a terminal being registered."""

    cell: Annotated[int, msgspec.Meta(ge=1, le=999)]
    size: Literal["S", "M", "L"]


class RegisterTerminal(Body, frozen=True, kw_only=True):
    """POST /v1/terminals (operator): answers the token once."""

    terminal_id: Annotated[str, msgspec.Meta(pattern=r"^[A-Z0-9-]{2,32}(?!\n)$")]
    name: Text
    lat: Lat
    lon: Lon
    region: Annotated[str, msgspec.Meta(max_length=6)]
    cells: Annotated[tuple[CellPlan, ...], msgspec.Meta(min_length=1, max_length=300)]


class ReleaseGrant(Body, frozen=True, kw_only=True):
    """POST /v1/orders/{id}/grant/release (operator): which one, as the order's view told it."""

    grant_id: Id
    reason: Text


class TestCell(Body, frozen=True, kw_only=True):
    """POST /v1/terminals/{id}/cells/{cell}/test (operator)."""

    reason: Text


class RetireCell(Body, frozen=True, kw_only=True):
    """POST /v1/terminals/{id}/cells/{cell}/retire (operator): why it is not to be used."""

    reason: Text


class RestoreCell(Body, frozen=True, kw_only=True):
    """POST /v1/terminals/{id}/cells/{cell}/restore (operator): why without a test."""

    reason: Text


class StaffOpenDoor(Body, frozen=True, kw_only=True):
    """POST /v1/terminals/{id}/cells/{cell}/open (operator)."""

    reason: Text
