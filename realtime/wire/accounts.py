"""Answers about accounts, sessions and photos (bodies are in `requests.py`)."""

from __future__ import annotations

from datetime import datetime

from realtime.wire.views import PersonView, View


class CodeSent(View, frozen=True, kw_only=True):
    """POST /v1/codes: the same whether or not the number is known."""

    ok: bool = True
    resend_after_seconds: float


class LoggedIn(View, frozen=True, kw_only=True):
    """POST /v1/sessions and /v1/sessions/refresh. The refresh token is used once."""

    access_token: str
    access_expires_at: datetime
    refresh_token: str
    person: PersonView


class PeopleView(View, frozen=True, kw_only=True):
    """GET /v1/couriers and /v1/staff/people; `next` is where the next page begins."""

    people: tuple[PersonView, ...]
    next: str | None = None


class PhotoTaken(View, frozen=True, kw_only=True):
    """POST /v1/photos."""

    photo_id: str
