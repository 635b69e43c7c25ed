"""Wiring of staff's map: the live one, its past, and who may look."""

from __future__ import annotations

from dataclasses import dataclass

from realtime.channels import STAFF
from realtime.map.feed import MapFeed, MapSettings
from realtime.wire.map import TilesView
from server.app.process import Process
from server.domain.rules import HOUR
from server.services.map.desk import MapDesk
from server.services.map.ground import MapGround
from server.services.map.history import PositionHistory
from server.settings_providers.tiles import TileSettings

#: How long a last position is on the map: as long as it is kept in Redis.
LIFE_SECONDS = float(HOUR)


@dataclass(frozen=True, slots=True, kw_only=True)
class MapRooms:
    """The map's services."""

    feed: MapFeed
    history: PositionHistory
    desk: MapDesk


def build_map(process: Process) -> MapRooms:
    """Build them; nothing runs yet."""
    bases, stores = process.bases, process.stores
    rules, clock = bases.settings.rules, bases.clock
    ground = MapGround(store=stores.map_ground, fleet=process.orders.doors.fleet.fleet)
    return MapRooms(
        feed=MapFeed(
            positions=process.orders.notices.positions,
            ground=ground.read,
            feeds=bases.feeds,
            channel=STAFF,
            clock=clock,
            settings=MapSettings(
                tick_seconds=rules.map_tick_seconds,
                ground_seconds=rules.map_ground_seconds,
                bytes_per_second=rules.map_bytes_per_second,
                couriers_in_cell=rules.map_couriers_in_cell,
                terminals_in_cell=rules.map_terminals_in_cell,
                life_seconds=LIFE_SECONDS,
            ),
        ),
        history=PositionHistory(points=stores.position_history, rules=rules, clock=clock),
        desk=MapDesk(
            history=stores.position_history,
            ground=stores.map_ground,
            audit=stores.audit,
            tiles=_tiles(bases.settings.tiles),
            rules=rules,
            clock=clock,
        ),
    )


def _tiles(tiles: TileSettings) -> TilesView | None:
    if not tiles.urls:
        return None
    return TilesView(
        urls=tiles.urls,
        attribution=tiles.attribution,
        datum=tiles.datum,
        most_zoom=tiles.most_zoom,
    )
