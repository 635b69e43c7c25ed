"""Staff's live map: frames on `/v1/socket`, and the map's settings and past hours over HTTP.

`WatchMap` names what is in view and is answered by `MapWatched`, which holds all of it as far as
the socket's bytes allow; `MapChanged` follows with what is new, gone or moved, at most one a tick.
Another `WatchMap` replaces the view; its answer holds only the difference, unless it says `whole`.

Positions are short, since thousands of them move: degrees are multiplied by 100,000 and rounded
(about a metre), instants are whole seconds since 1970. `n` is a courier's number on this socket's
process, good until the next answer that is whole.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from realtime.wire.envelope import Request, RequestId
from realtime.wire.moments import check_instant
from realtime.wire.requests import Body, Lat, Lon, Text
from realtime.wire.views import View

#: What degrees are multiplied by.
E5 = 100_000

#: Widths of a cell of the map's clusters, pixels; `zoom` is that of a map with tiles of 256.
CELL_PIXELS = 64

Zoom = Annotated[int, msgspec.Meta(ge=2, le=20)]

#: n, courier, latitude, longitude, at, orders won and not yet handed in.
MapCourier = tuple[int, str, int, int, int, int]

#: n, latitude, longitude, at.
MapMove = tuple[int, int, int, int]

#: Name, latitude, longitude, how many couriers or terminals are in it, the worst level among them
#: (as a terminal's; "" for couriers), open orders.
MapCluster = tuple[str, int, int, int, str, int]


class WatchMap(Request, frozen=True, kw_only=True, tag="watch_map", tag_field="type"):
    """Watch what lies between these degrees; replaces what was watched before."""

    west: Lon
    south: Lat
    east: Lon
    north: Lat
    zoom: Zoom


class UnwatchMap(Request, frozen=True, kw_only=True, tag="unwatch_map", tag_field="type"):
    """Watch the map no more."""


class MapOrder(View, frozen=True, kw_only=True):
    """An order without a taker."""

    order_id: str
    size: str
    pay_fen: int
    since: datetime


class MapTerminal(View, frozen=True, kw_only=True):
    """A terminal: `level` is of its worst thing, or `fine`; orders are the oldest ones."""

    terminal_id: str
    name: str
    lat: float
    lon: float
    region: str
    online: bool
    since: datetime | None  #: online since, or last heard of
    level: str
    worst_zh: str
    worst_en: str
    free: dict[str, int]  #: free cells by size
    open_doors: tuple[int, ...]
    parcels: int
    open_orders: int
    orders: tuple[MapOrder, ...]


class MapChanged(msgspec.Struct, frozen=True, kw_only=True, tag="map_changed", tag_field="type"):
    """What is new, moved, or gone from view. Lists that are empty are left out."""

    couriers: tuple[MapCourier, ...] = ()
    moves: tuple[MapMove, ...] = ()
    gone: tuple[int, ...] = ()
    clusters: tuple[MapCluster, ...] = ()
    terminals: tuple[MapTerminal, ...] = ()
    #: Names of clusters and ids of terminals that are shown no more.
    cleared: tuple[str, ...] = ()


class MapWatched(msgspec.Struct, frozen=True, kw_only=True, tag="map_watched", tag_field="type"):
    """The answer to `WatchMap`; `whole`: replace all that is shown."""

    id: RequestId
    whole: bool
    server_time: datetime
    changes: MapChanged


class TilesView(View, frozen=True, kw_only=True):
    """Where the map's tiles come from; `datum` is `wgs84` or `gcj02`."""

    urls: tuple[str, ...]  #: templates of {z}, {x} and {y}, from the lowest layer up
    attribution: str
    datum: str
    most_zoom: int


class MapFound(View, frozen=True, kw_only=True):
    """A terminal that was looked for."""

    terminal_id: str
    name: str
    lat: float
    lon: float


class MapConfigView(View, frozen=True, kw_only=True):
    """GET /v1/staff/map."""

    start: MapFound | None  #: where a page that was never used begins
    tiles: TilesView | None
    kept_seconds: float  #: how long positions are kept
    stale_seconds: float  #: a position that is older looks stale
    tick_seconds: float
    point_seconds: float  #: between two points of a courier's past


class MapFindQuery(Body, frozen=True, kw_only=True):
    """GET /v1/staff/map/terminals?find: a part of a terminal's id or name."""

    find: Text


class MapFoundView(View, frozen=True, kw_only=True):
    """GET /v1/staff/map/terminals: the first ones by id."""

    terminals: tuple[MapFound, ...]


class MapPastQuery(Body, frozen=True, kw_only=True):
    """GET /v1/staff/map/past?since&seconds&step&west&south&east&north&purpose."""

    since: Annotated[datetime, msgspec.Meta(tz=True)]
    seconds: Annotated[int, msgspec.Meta(ge=1, le=3600)] = 600
    step: Annotated[int, msgspec.Meta(ge=5, le=600)] = 15
    west: Lon
    south: Lat
    east: Lon
    north: Lat
    purpose: Text

    def __post_init__(self) -> None:
        """Check what no annotation can say."""
        check_instant("since", self.since)


class TrackView(View, frozen=True, kw_only=True):
    """One courier's points: seconds after `since`, latitude, longitude; oldest first."""

    courier_id: str
    points: tuple[tuple[int, int, int], ...]


class MapPastView(View, frozen=True, kw_only=True):
    """Where couriers on duty were from `since` to `until`.

    `until` is before the end that was asked for where there was more than fits: ask on from there.
    """

    since: datetime
    until: datetime
    step: int
    tracks: tuple[TrackView, ...]
