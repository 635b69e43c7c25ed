"""What the live map shows besides moving couriers: terminals with orders and doors."""

from __future__ import annotations

from realtime.map.feed import Ground
from realtime.wire.fleet import FleetTerminalView
from realtime.wire.map import MapOrder, MapTerminal
from server.domain.ids import TerminalId
from server.services.terminals.fleet import Fleet
from server.store.map_ground import MongoMapGround, OpenOrders, Standing
from server.store.outages import mongo_outage_is_unavailable

NO_ORDERS = OpenOrders(count=0, oldest=())


class MapGround:
    """Looks over everything that stands still."""

    def __init__(self, *, store: MongoMapGround, fleet: Fleet) -> None:
        self._store = store
        self._fleet = fleet

    async def read(self) -> Ground:
        """Read it by a fixed number of looks, however much there is.

        Raises:
            Unavailable: MongoDB did not answer.
        """
        with mongo_outage_is_unavailable():
            places = await self._store.places()
            orders = await self._store.open_orders()
            doors = await self._store.open_doors()
            views = await self._fleet.views()
            return Ground(
                terminals=tuple(
                    _terminal(
                        view,
                        places[terminal],
                        orders.get(terminal, NO_ORDERS),
                        doors.get(terminal, ()),
                    )
                    for view in views
                    if (terminal := TerminalId(view.terminal_id)) in places
                ),
                carrying=await self._store.carrying(),
            )


def _terminal(
    view: FleetTerminalView, stands: Standing, orders: OpenOrders, doors: tuple[int, ...]
) -> MapTerminal:
    worst = view.worst[0] if view.worst else None
    return MapTerminal(
        terminal_id=view.terminal_id,
        name=view.name,
        lat=stands.place.lat,
        lon=stands.place.lon,
        region=stands.region,
        online=view.online,
        since=view.link_since,
        level=view.level,
        worst_zh=worst.zh if worst else "",
        worst_en=worst.en if worst else "",
        free={size: counts.free for size, counts in view.cells.items()},
        open_doors=doors,
        parcels=view.parcels,
        open_orders=orders.count,
        orders=tuple(
            MapOrder(order_id=one.id, size=one.size, pay_fen=one.pay_fen, since=one.since)
            for one in orders.oldest
        ),
    )
