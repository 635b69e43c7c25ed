"""Staff themselves: what waits for them, and the record of what they did and read."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from realtime.wire.moments import check_instant
from realtime.wire.orders import Limit, Position
from realtime.wire.requests import Body
from realtime.wire.views import View

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
Name = Annotated[str, msgspec.Meta(max_length=200)]


class QueueView(View, frozen=True, kw_only=True):
    """How much waits in one queue, up to a bound, and since when the oldest does."""

    name: str
    waiting: int
    oldest: datetime | None = None


class QueuesView(View, frozen=True, kw_only=True):
    """GET /v1/staff/queues: those that the reader's roles include."""

    queues: tuple[QueueView, ...]


class AuditQuery(Body, frozen=True, kw_only=True):
    """GET /v1/staff/audit: all that are given have to hold.

    `person` did it, or it was done to them; `subject` is a kind and an id, as `order:LJ1`, and
    `terminal:T-1` includes its cells. `since` and `until` are instants, the last one excluded.
    """

    person: Name = ""
    subject: Name = ""
    action: Name = ""
    since: Instant | None = None
    until: Instant | None = None
    before: Position = ""
    limit: Limit = 50

    def __post_init__(self) -> None:
        """Refuse instants without a zone, or out of the calendar's sane part."""
        for name in ("since", "until"):
            check_instant(name, getattr(self, name))


class AuditEntry(View, frozen=True, kw_only=True):
    """One record: who did or read what, when, why; ids and staff's words only.

    `phone` is the actor's, masked; None of the system's own acts and of accounts that are gone.
    """

    entry_id: str
    actor: str
    action: str
    subject: str
    purpose: str
    at: datetime
    phone: str | None = None
    details: dict[str, str] = {}


class AuditPage(View, frozen=True, kw_only=True):
    """A page of the record, newest first. `actions`: every kind of act that ever was recorded."""

    entries: tuple[AuditEntry, ...]
    next: str | None = None
    actions: tuple[str, ...] = ()
