"""Answers and queries about the fleet: terminals worst first, their history, alerts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from realtime.wire.cabinets import FrameLine, PortNumber
from realtime.wire.orders import Limit
from realtime.wire.requests import Body
from realtime.wire.views import View

Page = Annotated[str, msgspec.Meta(max_length=64)]


class FleetQuery(Body, frozen=True, kw_only=True):
    """GET /v1/staff/fleet?skip&limit."""

    skip: Annotated[int, msgspec.Meta(ge=0, le=100_000)] = 0
    limit: Limit = 50


class ReasonView(View, frozen=True, kw_only=True):
    """One thing that is wrong: its severity (higher is worse) and level, in words.

    `level` is `alarm`, `warning` or `notice`.
    """

    kind: str
    severity: int
    level: str
    zh: str
    en: str
    since: datetime | None = None
    cell: int | None = None


class PortView(View, frozen=True, kw_only=True):
    """A port by its agent's word; `error_percent` is of all exchanges since its start."""

    device: str
    protocol: str
    state: str
    reason: str | None
    exchanges: int
    silences: int
    dropped_bytes: int
    checksum_errors: int
    error_percent: int


class BoardView(View, frozen=True, kw_only=True):
    """A lock board by its agent's word."""

    device: str
    address: int
    is_answering: bool
    fault: str | None


class MachineView(View, frozen=True, kw_only=True):
    """A machine by its agent's last word, `at` which instant."""

    at: datetime
    ports: tuple[PortView, ...]
    boards: tuple[BoardView, ...]
    spooled: int
    disk_free_bytes: int | None
    disk_error: str | None
    clock_off_by_seconds: float | None
    uptime_seconds: float


class DoorsView(View, frozen=True, kw_only=True):
    """How a terminal's doors stand, and what befell them within 24 hours."""

    open: int
    left_open: tuple[int, ...]
    tampered: tuple[int, ...]  #: opened without a command, and still open
    stale: int
    unknown: int
    tampered_day: int
    jammed_day: int


class SizeView(View, frozen=True, kw_only=True):
    """The cells of one size."""

    free: int
    held: int
    occupied: int
    out_of_service: int
    not_ready: int  #: nobody's, but its door is open or not known


class FleetTerminalView(View, frozen=True, kw_only=True):
    """One terminal: how it does, and why it stands where it stands."""

    terminal_id: str
    name: str
    online: bool
    link_since: datetime | None  #: when it came, or when it was last known to be there
    agent_version: str | None
    agent_outdated: bool  #: another terminal has a newer one
    level: str  #: of its worst thing; `fine` when all is well
    worst: tuple[ReasonView, ...]
    doors: DoorsView
    cells: dict[str, SizeView]  #: by size
    out_of_service: tuple[int, ...]
    parcels: int
    overdue: int
    overdue_since: datetime | None
    live_grants: int
    machine: MachineView | None


class FleetView(View, frozen=True, kw_only=True):
    """GET /v1/staff/fleet: worst first; `levels` counts all terminals, not the page's."""

    at: datetime
    total: int
    levels: dict[str, int]
    newest_agent: str | None
    terminals: tuple[FleetTerminalView, ...]


class HistoryQuery(Body, frozen=True, kw_only=True):
    """GET /v1/staff/terminals/{id}/history?cell&before&limit: `before` is a page's `next`."""

    cell: Annotated[int, msgspec.Meta(ge=1, le=999)] | None = None
    before: Page = ""
    limit: Limit = 50


class DoorEventView(View, frozen=True, kw_only=True):
    """One fact about a door: what happened, by whose word, for which order.

    `at` is the agent's time, `applied_at` the server's. `evidence` is a frame's hex.
    """

    spool: str
    number: int
    cell: int
    kind: str
    state: str
    at: datetime
    applied_at: datetime
    source: str | None = None
    evidence: str | None = None
    item: bool | None = None
    reason: str | None = None
    command_id: str | None = None
    purpose: str | None = None
    asked_by: str | None = None
    order_id: str | None = None


class HistoryView(View, frozen=True, kw_only=True):
    """A terminal's doors, latest first; `next` is missing on the last page."""

    events: tuple[DoorEventView, ...]
    next: str | None = None


class FramesQuery(Body, frozen=True, kw_only=True):
    """GET /v1/staff/terminals/{id}/frames?port: `port` is an index of the layout's ports."""

    port: PortNumber = 0


class AskFrames(Body, frozen=True, kw_only=True):
    """POST /v1/staff/terminals/{id}/frames."""

    port: PortNumber = 0


class FramesAsked(View, frozen=True, kw_only=True):
    """The agent was asked; a fact `frames` with this request says that it has answered."""

    request: str
    asked_at: datetime


class FramesView(View, frozen=True, kw_only=True):
    """What an agent told last of a port's frames, the newest line last.

    `waits`: it was asked again since. `refusal` is why it told nothing.
    """

    terminal_id: str
    port: int
    device: str
    protocol: str
    request: str | None = None
    asked_at: datetime | None = None
    waits: bool = False
    told_at: datetime | None = None
    refusal: str | None = None
    lines: tuple[FrameLine, ...] = ()


class AlertsQuery(Body, frozen=True, kw_only=True):
    """GET /v1/staff/alerts?all&terminal_id&before&limit: without `all`, open or unseen ones."""

    all: bool = False
    terminal_id: Annotated[str, msgspec.Meta(max_length=32)] = ""
    before: Page = ""
    limit: Limit = 50


class AlertView(View, frozen=True, kw_only=True):
    """One alert; `lasted_zh` and `lasted_en` tell of one that ended, such as back online."""

    alert_id: str
    kind: str
    terminal_id: str
    cell: int | None
    severity: int
    level: str
    zh: str
    en: str
    since: datetime
    opened_at: datetime
    ended: datetime | None
    lasted_zh: str
    lasted_en: str
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    version: int


class AlertsView(View, frozen=True, kw_only=True):
    """GET /v1/staff/alerts: latest first; `pending` counts those open or unseen."""

    pending: int
    alerts: tuple[AlertView, ...]
    next: str | None = None
