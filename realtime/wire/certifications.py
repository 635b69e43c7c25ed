"""Bodies and answers about couriers' certification."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from realtime.wire.requests import Body, Id, Text
from realtime.wire.views import PersonView, View

#: Why an application may be refused; `server/domain/certifications.py` has the same list.
Rejection = Literal[
    "photo_unclear",
    "name_differs",
    "number_differs",
    "employer_unconfirmed",
    "papers_expired",
    "not_an_id",
    "other",
]


class ApplyForCertification(Body, frozen=True, kw_only=True):
    """POST /v1/certification."""

    real_name: Text
    id_number: Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
    employer: Text
    staff_number: Text
    expires_on: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(?!\n)$")]
    photo_id: Id


class FindCouriers(Body, frozen=True, kw_only=True):
    """POST /v1/couriers/find: a POST, since no name or phone stands in a URL.

    `text`: the last four digits of a phone or all eleven, the beginning of an id (`P` and at
    least three characters more), or a whole real name.
    """

    text: Text


class CourierView(View, frozen=True, kw_only=True):
    """GET /v1/couriers/{person}: the name is of the papers they were last certified by, masked.

    It is null for one who never handed any in: staff may certify on papers checked otherwise.
    """

    person: PersonView
    masked_name: str | None


class RefuseApplication(Body, frozen=True, kw_only=True):
    """POST /v1/certifications/{application}/reject; `other` needs a note."""

    reason: Rejection
    note: Text | None = None


class ApplicationView(View, frozen=True, kw_only=True):
    """One's own last application, masked; a note is the reviewer's word to the applicant."""

    application_id: str
    state: str
    masked_name: str
    masked_id_number: str
    employer: str
    masked_staff_number: str
    expires_at: datetime
    applied_at: datetime
    reason: str | None = None
    note: str | None = None


class CertificationView(View, frozen=True, kw_only=True):
    """GET /v1/certification: `reason` is of a rejection (a code) or a suspension (words)."""

    state: str
    may_apply: bool
    until: datetime | None = None
    reason: str | None = None
    application: ApplicationView | None = None


class PapersView(View, frozen=True, kw_only=True):
    """One application as its reviewer sees it; unmasked, recorded.

    `holder` is the other account that the ID number certifies: such a one cannot be approved.
    """

    application_id: str
    person_id: str
    masked_phone: str
    certification: str
    real_name: str
    id_number: str
    employer: str
    staff_number: str
    photo_id: str
    expires_at: datetime
    applied_at: datetime
    holder: str | None = None


class ApplicationsView(View, frozen=True, kw_only=True):
    """GET /v1/certifications: longest waiting first."""

    applications: tuple[PapersView, ...]
