"""Staff's routes of prices: lists in force, to come and past; a new one, its preview, its end."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from realtime.wire.moments import check_instant
from realtime.wire.requests import Body, Text
from realtime.wire.views import View

#: Any sum that might be typed; what is sane says the domain.
Sum = Annotated[int, msgspec.Meta(ge=0, le=100_000_000)]
Percent = Annotated[int, msgspec.Meta(ge=-1_000, le=1_000)]
Version = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]
At = Annotated[datetime, msgspec.Meta(tz=True)]

#: By size (`S`, `M`, `L`), then zone (`same_city`, `same_province`, `other`).
PricesFen = dict[str, dict[str, int]]


class ZonePrices(Body, frozen=True, kw_only=True):
    """What one size costs, fen, by how far it goes."""

    same_city: Sum
    same_province: Sum
    other: Sum


class SizePrices(Body, frozen=True, kw_only=True):
    """A whole table, by size."""

    S: ZonePrices
    M: ZonePrices
    L: ZonePrices


class PreviewPrices(Body, frozen=True, kw_only=True):
    """POST /v1/staff/prices/preview: compared with what is in force at `from_at`, else now."""

    prices_fen: SizePrices
    fee_percent: Percent
    from_at: At | None = None

    def __post_init__(self) -> None:
        """Check what no annotation can say."""
        check_instant("from_at", self.from_at)


class PublishPrices(PreviewPrices, frozen=True, kw_only=True):
    """POST /v1/staff/prices: `version` is the newest that staff saw; without `from_at`, at once."""

    version: Version
    reason: Text


class WithdrawPrices(Body, frozen=True, kw_only=True):
    """POST /v1/staff/prices/{number}/withdraw."""

    reason: Text


class PriceListsQuery(Body, frozen=True, kw_only=True):
    """GET /v1/staff/prices?before&limit: versions below `before`, which a page's `next` gives."""

    before: Version | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20


class WithdrawalView(View, frozen=True, kw_only=True):
    """Who took a list back before its day."""

    by: str
    at: datetime
    reason: str


class PriceListView(View, frozen=True, kw_only=True):
    """One version. The first is the platform's own: in force since ever, written by nobody."""

    version: int
    state: Literal["waiting", "in_force", "past", "withdrawn"]
    prices_fen: PricesFen
    pays_fen: PricesFen  #: the courier's part of each
    fee_percent: int  #: the platform's part
    from_at: datetime | None
    reason: str
    by: str | None
    at: datetime | None
    withdrawn: WithdrawalView | None = None


class PriceListPage(View, frozen=True, kw_only=True):
    """Versions, newest first; beside them what counts now and what waits, soonest first."""

    newest: int
    in_force: PriceListView
    waiting: tuple[PriceListView, ...]
    lists: tuple[PriceListView, ...]
    next: int | None = None


class PriceDifference(View, frozen=True, kw_only=True):
    """One kind of parcel: what its customer pays and its courier gets, before and after."""

    size: str
    zone: str
    price_before_fen: int
    price_fen: int
    pay_before_fen: int
    pay_fen: int


class PriceOddity(View, frozen=True, kw_only=True):
    """This parcel would cost less than that one, which is smaller or goes less far."""

    size: str
    zone: str
    than_size: str
    than_zone: str


class PricePreview(View, frozen=True, kw_only=True):
    """What a table would change: against which version, and what looks odd in it."""

    against: int
    differences: tuple[PriceDifference, ...]
    oddities: tuple[PriceOddity, ...]
