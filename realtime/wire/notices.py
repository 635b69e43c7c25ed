"""What staff see of notices: why a person did or did not hear. No openid, phone or name."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from realtime.wire.moments import check_instant
from realtime.wire.requests import Body
from realtime.wire.views import View


class NoticesQuery(Body, frozen=True, kw_only=True):
    """GET /v1/staff/people/{id}/notices and /v1/staff/orders/{id}/notices."""

    before: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 30

    def __post_init__(self) -> None:
        """Check what no annotation can say."""
        if self.before is not None:
            check_instant("before", self.before)


class NoticeTryView(View, frozen=True, kw_only=True):
    """One try by one channel."""

    channel: str
    at: datetime
    outcome: str
    why: str | None = None  #: the provider's refusal in our words
    ended_at: datetime | None = None


class NoticeView(View, frozen=True, kw_only=True):
    """One notice: which channels it may go by (the last plan made), and what became of it."""

    notice_id: str
    person_id: str
    order_id: str | None
    kind: str
    zh: str
    at: datetime
    state: str
    plan: tuple[str, ...]
    tries: tuple[NoticeTryView, ...]


class ChannelRests(View, frozen=True, kw_only=True):
    """A channel that takes nothing of anybody now."""

    channel: str
    until: datetime


class NoticePage(View, frozen=True, kw_only=True):
    """Notices, newest first."""

    notices: tuple[NoticeView, ...]
    resting: tuple[ChannelRests, ...] = ()
    next: datetime | None = None  #: as `before`, for older ones
