"""Bodies and answers of the personal centre: details, phone, vehicles, export, erasure."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from realtime.wire.requests import Body, Id, Text
from realtime.wire.views import View

Code = Annotated[str, msgspec.Meta(max_length=12)]


class AskOwnCode(Body, frozen=True, kw_only=True):
    """POST /v1/me/codes: a code to the account's phone, good for this act only."""

    purpose: Literal["look", "change_phone", "export", "erase"]
    device: Id


class SetDetails(Body, frozen=True, kw_only=True):
    """PUT /v1/me/details."""

    name: Text


class WithCode(Body, frozen=True, kw_only=True):
    """A code of an act's own purpose: `look`, `export` or `erase`.

    POST /v1/me/details/full and /v1/bookings/{id}/papers/unlock; /v1/me/export and its link;
    /v1/me/erasure.
    """

    code: Code
    device: Id


class AskNewPhoneCode(Body, frozen=True, kw_only=True):
    """POST /v1/me/phone/code: a code to the number that the account shall have."""

    phone: Text
    device: Id


class ChangePhone(Body, frozen=True, kw_only=True):
    """PUT /v1/me/phone: `old_code` came to the number now, `new_code` to the new one."""

    phone: Text
    old_code: Code
    new_code: Code
    device: Id


class StaffChangePhone(Body, frozen=True, kw_only=True):
    """PUT /v1/people/{person}/phone: `code` is what the person read out from the new number."""

    phone: Text
    code: Code
    reason: Text


class FindPerson(Body, frozen=True, kw_only=True):
    """POST /v1/staff/people/find: a POST, since no phone stands in a URL."""

    phone: Text
    reason: Text


class AddVehicle(Body, frozen=True, kw_only=True):
    """POST /v1/me/vehicles."""

    plate: Text
    model: Text
    vin: Annotated[str, msgspec.Meta(max_length=40)] = ""


class ChangeVehicle(Body, frozen=True, kw_only=True):
    """PUT /v1/me/vehicles/{id}: what is null stays as it is; an empty VIN is taken out."""

    version: int
    plate: Text | None = None
    model: Text | None = None
    vin: Annotated[str, msgspec.Meta(max_length=40)] | None = None


class SetServiceLine(Body, frozen=True, kw_only=True):
    """PUT /v1/service-line: `version` is the one that it follows, 0 for the first."""

    version: int
    phone: Text
    hours_zh: Text
    hours_en: Text


class ErasureView(View, frozen=True, kw_only=True):
    """How an account is on its way out. `undone`: by the log-in after `asked_at`."""

    state: Literal["none", "waiting", "undone", "running", "done"]
    asked_at: datetime | None = None
    due_at: datetime | None = None


class MyDetails(View, frozen=True, kw_only=True):
    """GET /v1/me/details: masked."""

    person_id: str
    masked_name: str | None
    masked_phone: str
    agreement_version: str
    agreed_at: datetime
    created_at: datetime
    erasure: ErasureView


class VehicleView(View, frozen=True, kw_only=True):
    """One vehicle, masked."""

    vehicle_id: str
    masked_plate: str
    model: str
    masked_vin: str | None
    version: int


class VehiclesView(View, frozen=True, kw_only=True):
    """GET /v1/me/vehicles."""

    vehicles: tuple[VehicleView, ...]
    most: int


class FullVehicle(View, frozen=True, kw_only=True):
    """One vehicle in full."""

    vehicle_id: str
    plate: str
    model: str
    vin: str | None


class FullDetails(View, frozen=True, kw_only=True):
    """POST /v1/me/details/full: in full; recorded."""

    name: str | None
    phone: str
    vehicles: tuple[FullVehicle, ...]


class ServiceLineView(View, frozen=True, kw_only=True):
    """GET /v1/service-line: version 0 and no phone before staff wrote the first."""

    version: int
    phone: str | None
    shown: str | None  #: the number as people read it
    hours_zh: str
    hours_en: str
    at: datetime | None


class ServiceLineVersion(ServiceLineView, frozen=True, kw_only=True):
    """One of GET /v1/service-line/versions."""

    by: str


class ServiceLineVersions(View, frozen=True, kw_only=True):
    """GET /v1/service-line/versions, newest first."""

    versions: tuple[ServiceLineVersion, ...]


class ExportView(View, frozen=True, kw_only=True):
    """GET and POST /v1/me/export."""

    state: Literal["none", "asked", "making", "ready", "failed", "over"]
    asked_at: datetime | None = None
    expires_at: datetime | None = None
    size: int = 0


class LinkView(View, frozen=True, kw_only=True):
    """A path that is good without a token, for a while."""

    path: str
    expires_at: datetime
