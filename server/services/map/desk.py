"""Who may look at the map, and the map's past hours; each look at people's past is recorded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from realtime.wire.map import (
    E5,
    MapConfigView,
    MapFindQuery,
    MapFound,
    MapFoundView,
    MapPastQuery,
    MapPastView,
    TilesView,
    TrackView,
)
from server.domain.errors import Forbidden, InvalidInput
from server.domain.people import Actor, Role
from server.domain.rules import Rules
from server.services.ports import Audit, Clock
from server.store.map_ground import MongoMapGround, Standing
from server.store.position_history import Box, MongoPositionHistory, Point

#: Who may see where couriers are.
MAP_STAFF = frozenset({Role.OPERATOR, Role.REVIEWER, Role.ADMIN})

#: What a record of the audit is about.
SUBJECT = "map:couriers"

#: Terminals of one search.
MOST_FOUND = 20

#: Points of one answer.
MOST_POINTS = 30_000


class MapDesk:
    """The map's counter."""

    def __init__(
        self,
        *,
        history: MongoPositionHistory,
        ground: MongoMapGround,
        audit: Audit,
        tiles: TilesView | None,
        rules: Rules,
        clock: Clock,
        most_points: int = MOST_POINTS,
    ) -> None:
        self._history = history
        self._ground = ground
        self._audit = audit
        self._tiles = tiles
        self._rules = rules
        self._clock = clock
        self._most_points = most_points

    async def config(self) -> MapConfigView:
        """Tell what a page needs to draw the map."""
        rules = self._rules
        first = await self._ground.find("", 1)
        return MapConfigView(
            start=_found(first[0]) if first else None,
            tiles=self._tiles,
            kept_seconds=rules.position_keep_seconds,
            stale_seconds=rules.position_fresh_seconds,
            tick_seconds=rules.map_tick_seconds,
            point_seconds=rules.position_point_seconds,
        )

    async def find(self, query: MapFindQuery) -> MapFoundView:
        """Find terminals by a part of their id or name."""
        found = await self._ground.find(query.find, MOST_FOUND)
        return MapFoundView(terminals=tuple(map(_found, found)))

    async def may_watch(self, actor: Actor, *, is_first: bool) -> None:
        """Check that somebody may see where couriers are; their first look is recorded.

        Raises:
            Forbidden: no role that works with the map.
        """
        if not actor.roles & MAP_STAFF:
            raise Forbidden(rule="map_staff")
        if is_first:
            await self._audit.record(
                actor=actor.person,
                action="watch_map",
                subject=SUBJECT,
                purpose="live map",
                at=self._clock(),
            )

    async def past(self, actor: Actor, query: MapPastQuery) -> MapPastView:
        """Show where couriers on duty were; recorded before it is read.

        Raises:
            InvalidInput: an area without a size, or a time that is not kept or not yet past.
        """
        now = self._clock()
        since, until = self._window(query, now)
        await self._audit.record(
            actor=actor.person,
            action="read_map_past",
            subject=SUBJECT,
            purpose=query.purpose,
            at=now,
        )
        box = Box(west=query.west, south=query.south, east=query.east, north=query.north)
        found = await self._history.between(
            since, until, box, step_seconds=query.step, limit=self._most_points + 1
        )
        if len(found) > self._most_points:
            until = max(found[-1].at, since + timedelta(seconds=1))
            found = [point for point in found if point.at < until]
        return MapPastView(since=since, until=until, step=query.step, tracks=_tracks(found, since))

    def _window(self, query: MapPastQuery, now: datetime) -> tuple[datetime, datetime]:
        if query.west >= query.east:
            raise InvalidInput(field="east", rule="east_of_west")
        if query.south >= query.north:
            raise InvalidInput(field="north", rule="north_of_south")
        if query.since >= now:
            raise InvalidInput(field="since", rule="before_now")
        until = min(query.since + timedelta(seconds=query.seconds), now)
        if until <= now - timedelta(seconds=self._rules.position_keep_seconds):
            raise InvalidInput(field="since", rule="still_kept")
        return query.since, until


def _found(standing: Standing) -> MapFound:
    place = standing.place
    return MapFound(terminal_id=standing.id, name=standing.name, lat=place.lat, lon=place.lon)


def _tracks(points: Sequence[Point], since: datetime) -> tuple[TrackView, ...]:
    found: dict[str, list[tuple[int, int, int]]] = {}
    for point in points:
        seconds = int((point.at - since).total_seconds())
        lat, lon = round(point.place.lat * E5), round(point.place.lon * E5)
        found.setdefault(point.courier, []).append((seconds, lat, lon))
    return tuple(
        TrackView(courier_id=courier, points=tuple(track)) for courier, track in found.items()
    )
