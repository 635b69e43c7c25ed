"""Papers of bookings on the wire: consent, photos, what was read, corrections, staff's decision."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from realtime.wire.bookings import BookingView
from realtime.wire.requests import PLAIN, Body, Text

#: A field's text may be empty: the paper does not have it.
FieldText = Annotated[str, msgspec.Meta(max_length=200, pattern=PLAIN)]
FieldName = Annotated[str, msgspec.Meta(min_length=1, max_length=32)]


class ConsentToPapers(Body, frozen=True, kw_only=True):
    """POST /v1/papers-consent: the version whose text was shown."""

    consent_version: Annotated[str, msgspec.Meta(min_length=1, max_length=32)]


class PapersConsentView(msgspec.Struct, frozen=True, kw_only=True):
    """The consent to photos of papers that counts now, and when the person gave it."""

    consent_version: str
    agreed_at: datetime | None = None


class CorrectPaper(Body, frozen=True, kw_only=True):
    """PUT /v1/bookings/{id}/papers/{kind}; `version` is of the sheet that the page shows."""

    version: Annotated[int, msgspec.Meta(ge=1)]
    fields: Annotated[dict[FieldName, FieldText], msgspec.Meta(min_length=1, max_length=16)]


class FindingView(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with a field of a paper, or with its whole photo (`photo`).

    `weight` is `fail` (correct it, or staff decide) or `warn` (goes through).
    """

    kind: str
    field: str
    rule: str
    weight: str
    zh: str
    en: str


class SheetView(msgspec.Struct, frozen=True, kw_only=True):
    """One paper: `read` is what `read_by` read, `corrected` what the person made of it.

    `masked`: the photo came a while ago, and its owner sees all but a few marks starred out until
    they give a code (POST /v1/bookings/{id}/papers/unlock).
    """

    kind: str
    photo_id: str
    state: str
    version: int
    read: dict[str, str] | None = None
    read_by: str | None = None
    read_at: datetime | None = None
    not_read: str | None = None
    corrected: dict[str, str] | None = None
    corrected_at: datetime | None = None
    masked: bool = False


class OfferedVehicle(msgspec.Struct, frozen=True, kw_only=True):
    """The licence's vehicle, which is not among the person's own yet: `AddVehicle` takes it."""

    plate: str
    model: str
    vin: str


class PapersView(msgspec.Struct, frozen=True, kw_only=True):
    """A booking's papers, for their owner or for staff who decide, and on record.

    `findings_read` are of what was read, `findings` of that with the corrections.
    """

    booking_id: str
    version: int
    papers: str
    consent_version: str
    reason: str | None = None
    agreed_at: datetime | None = None
    sheets: tuple[SheetView, ...] = ()
    findings_read: tuple[FindingView, ...] = ()
    findings: tuple[FindingView, ...] = ()
    offered_vehicle: OfferedVehicle | None = None


class PaperLinkView(msgspec.Struct, frozen=True, kw_only=True):
    """Where to look at a photo, once."""

    path: str
    expires_at: datetime


class PapersQueueQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """GET /v1/staff/papers."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50


class PapersWaiting(msgspec.Struct, frozen=True, kw_only=True):
    """A booking whose papers wait; nothing personal in it."""

    booking: BookingView
    waits_since: datetime
    decide_until: datetime


class PapersQueue(msgspec.Struct, frozen=True, kw_only=True):
    """What waits: the soonest slot first, of one slot whoever waits longest."""

    cases: tuple[PapersWaiting, ...]
    more: bool


class PapersCaseQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """GET /v1/staff/papers/{booking}: why staff look, for the record."""

    purpose: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] = "decide"


class PapersCase(msgspec.Struct, frozen=True, kw_only=True):
    """All that staff decide on; `name` and `plate` are the form's."""

    booking: BookingView
    name: str | None
    plate: str | None
    papers: PapersView
    decide_until: datetime


class DecidePapers(Body, frozen=True, kw_only=True):
    """POST /v1/staff/papers/{booking}/decide; a rejection needs its reason."""

    accept: bool
    version: Annotated[int, msgspec.Meta(ge=1)]
    reason: Text | None = None


class PapersRead(msgspec.Struct, frozen=True, kw_only=True, tag="papers_read"):
    """Reading a photo has ended: fetch the papers again. Nothing personal is pushed."""

    booking_id: str
    kind: str
    state: str
