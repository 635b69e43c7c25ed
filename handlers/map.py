"""Routes of staff's map; the live map itself is on the socket."""

from __future__ import annotations

from handlers.access import allow
from handlers.application import Route
from handlers.base import ApiHandler
from realtime.wire.map import MapFindQuery, MapPastQuery
from server.domain.people import Role
from server.services.map.desk import MapDesk


class MapHandlerBase(ApiHandler):
    """The base of this room."""

    def initialize(self, desk: MapDesk) -> None:
        """Take the service."""
        self._desk = desk


class MapHandler(MapHandlerBase):
    """GET /v1/staff/map."""

    @allow(Role.OPERATOR, Role.REVIEWER)
    async def get(self) -> None:
        """→ `MapConfigView`: where tiles come from, and the map's numbers."""
        self.answer(await self._desk.config())


class PastHandler(MapHandlerBase):
    """GET /v1/staff/map/past."""

    @allow(Role.OPERATOR, Role.REVIEWER)
    async def get(self) -> None:
        """`MapPastQuery` → `MapPastView`: where couriers on duty were; recorded."""
        self.answer(await self._desk.past(self.actor, self.query(MapPastQuery)))


class FindHandler(MapHandlerBase):
    """GET /v1/staff/map/terminals."""

    @allow(Role.OPERATOR, Role.REVIEWER)
    async def get(self) -> None:
        """`MapFindQuery` → `MapFoundView`: where terminals stand, by a part of id or name."""
        self.answer(await self._desk.find(self.query(MapFindQuery)))


def routes(desk: MapDesk) -> list[Route]:
    """List this room's routes."""
    mine = {"desk": desk}
    return [
        (r"/v1/staff/map", MapHandler, mine),
        (r"/v1/staff/map/past", PastHandler, mine),
        (r"/v1/staff/map/terminals", FindHandler, mine),
    ]
