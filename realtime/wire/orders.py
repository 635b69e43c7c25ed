"""Answers and queries about orders, prices and terminals (bodies are in `requests.py`)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from realtime.wire.cabinets import CabinetLayout
from realtime.wire.moments import check_instant
from realtime.wire.requests import PLAIN, Body, Lat, Lon
from realtime.wire.views import CellView, OrderView, TerminalView, View

Region = Annotated[str, msgspec.Meta(max_length=6)]
Limit = Annotated[int, msgspec.Meta(ge=1, le=100)]

#: Where a page of a list begins: what the `next` of the page before gave, or an instant.
Position = Annotated[str, msgspec.Meta(max_length=120)]


class PriceQuery(Body, frozen=True, kw_only=True):
    """GET /v1/price?size&origin_region&region."""

    size: Literal["S", "M", "L"]
    origin_region: Region
    region: Region


class PriceView(View, frozen=True, kw_only=True):
    """What a parcel costs now; fixed once the waybill is placed with this very price."""

    size: str
    zone: str
    price_fen: int
    price_version: int  #: of the list that says so


class RulesView(View, frozen=True, kw_only=True):
    """GET /v1/rules: the public numbers."""

    prices_fen: dict[str, dict[str, int]]  #: by size, then zone: what is in force now
    price_version: int
    size_limits_cm: dict[str, tuple[int, int, int]]
    agreement_version: str
    consent_version: str
    regions: tuple[str, ...]  #: where terminals stand
    cell_hold_seconds: float
    payment_life_seconds: float
    visit_seconds: float
    pickup_within_seconds: float


class PageQuery(Body, frozen=True, kw_only=True):
    """GET /v1/orders?before&limit: older than `before`, which a page's `next` gives."""

    before: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    limit: Limit = 20

    def __post_init__(self) -> None:
        """Check what no annotation can say."""
        check_instant("before", self.before)


class OrderPage(View, frozen=True, kw_only=True):
    """Own orders, newest first; `next` is missing on the last page."""

    orders: tuple[OrderView, ...]
    next: datetime | None = None


class NearQuery(Body, frozen=True, kw_only=True):
    """GET /v1/terminals?lat&lon&region&limit; without a place, all by id.

    `region` keeps to a province, city or district, by its six-digit code.
    """

    lat: Lat | None = None
    lon: Lon | None = None
    region: Region | None = None
    limit: Limit = 20


class TerminalsView(View, frozen=True, kw_only=True):
    """Terminals, nearest first."""

    terminals: tuple[TerminalView, ...]


class TerminalRegistered(View, frozen=True, kw_only=True):
    """POST /v1/terminals: the only time that the one-time token is told."""

    terminal_id: str
    token: str
    token_expires_at: datetime


class TokenDrawn(View, frozen=True, kw_only=True):
    """POST /v1/staff/terminals/{id}/token: the only time that the one-time token is told."""

    terminal_id: str
    token: str
    expires_at: datetime


class AgentView(View, frozen=True, kw_only=True):
    """What proves a terminal's agent: its key's fingerprint, a token that waits to be used."""

    fingerprint: str | None = None
    enrolled_at: datetime | None = None
    token_expires_at: datetime | None = None


class TerminalDetail(View, frozen=True, kw_only=True):
    """GET /v1/terminals/{id}, for staff."""

    terminal: TerminalView
    cells: tuple[CellView, ...]
    agent: AgentView = AgentView()
    layout: CabinetLayout | None = None  #: as its agent told it; none of before told it


class DoorAsked(View, frozen=True, kw_only=True):
    """POST /v1/terminals/{id}/cells/{cell}/open."""

    command_id: str


class CancelOrder(Body, frozen=True, kw_only=True):
    """POST /v1/orders/{id}/cancel: staff say why; a customer need not."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=PLAIN)] | None = None
