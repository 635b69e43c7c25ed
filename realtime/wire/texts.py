"""Staff's routes about texts sent to phones: what is asked, and how they are shown."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from realtime.wire.moments import check_instant
from realtime.wire.orders import Limit
from realtime.wire.requests import Body, Text
from realtime.wire.views import View

Before = Annotated[datetime, msgspec.Meta(tz=True)] | None


class TextsQuery(Body, frozen=True, kw_only=True):
    """GET /v1/staff/texts: ?before&limit, newest first."""

    before: Before = None
    limit: Limit = 50

    def __post_init__(self) -> None:
        """Check what no annotation can say."""
        check_instant("before", self.before)


class FindTexts(Body, frozen=True, kw_only=True):
    """POST /v1/staff/texts/find: one phone's; why one looks is recorded."""

    phone: Text
    purpose: Text
    before: Before = None
    limit: Limit = 50

    def __post_init__(self) -> None:
        """Check what no annotation can say."""
        check_instant("before", self.before)


class TextView(View, frozen=True, kw_only=True):
    """One text, without its phone and words.

    `fate` is `sent` (taken by a vendor), `delivered`, `failed` (the carrier says why),
    `refused` (by all vendors that were `tried`), or `unknown` (no answer came, and no report).
    """

    text_id: str
    template: str
    at: datetime
    fate: str
    vendor: str
    serial: str
    why: str
    why_words: str
    tried: tuple[str, ...]
    reported_at: datetime | None = None


class TextPage(View, frozen=True, kw_only=True):
    """Texts, newest first; `last_day` counts all of the last 24 hours by `vendor:state`."""

    texts: tuple[TextView, ...]
    last_day: dict[str, int]
    next: datetime | None = None
