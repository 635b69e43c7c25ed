"""Staff's live map in this process: one reading of Redis a tick, for all sockets that watch.

Positions are read as they changed since the tick before. Terminals, orders and doors come from the
store when staff's channel tells of any of them, all that is told meanwhile by one look, and every
few seconds for what no event tells. Nothing is read while nobody watches. A socket that has not
taken its last frame is left out of a tick and hears the rest in its latest form: nothing queues.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

import msgspec

from realtime.feeds import Entry, Feeds
from realtime.hub import Connection, text_frame
from realtime.map.grid import Viewport, place_of, spot_of
from realtime.map.layers import Layer, Mark, middle
from realtime.map.watching import Budget, Watching
from realtime.positions import SHARDS, PlaceAt, Positions
from realtime.tasks import Tasks, is_wanted
from realtime.wire.envelope import Position
from realtime.wire.map import E5, MapTerminal
from server.domain.errors import Unavailable
from server.domain.geo import Place
from server.domain.ids import PersonId
from server.domain.troubles import Level

log = logging.getLogger(__name__)

COURIERS = "couriers"
TERMINALS = "terminals"

#: Levels of terminals, worst last.
LEVELS = tuple(level.value for level in reversed(Level))

EMPTY = b'{"type":"map_changed"}'

#: Of all that staff hear, what changes nothing on the map, by its tag or its fact's kind.
APART = frozenset(
    {"notice", "booking_changed", "papers_read", "slot_count", "slots_changed"}
    | {"certifications", "complaint", "frames", "gauges", "open_failed", "pulse_test"}
    | {"statement"}
)

#: A look at the ground that takes long is made seldom: it rests so many times as long.
RESTS = 9.0

#: Marks of a first look.
NEVER: tuple[int, ...] = (0,) * SHARDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What stands still on the map, and what couriers carry."""

    terminals: Sequence[MapTerminal]
    carrying: Mapping[PersonId, int]


class _Told(msgspec.Struct, frozen=True):
    """What an event of staff's channel is about."""

    type: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MapSettings:
    """How often is looked and told, and how much."""

    tick_seconds: float
    ground_seconds: float
    bytes_per_second: float
    couriers_in_cell: int
    terminals_in_cell: int
    life_seconds: float


class MapFeed:
    """Shows sockets what is in their view, as it changes."""

    def __init__(
        self,
        *,
        positions: Positions,
        ground: Callable[[], Awaitable[Ground]],
        feeds: Feeds,
        channel: str,
        clock: Callable[[], datetime],
        settings: MapSettings,
    ) -> None:
        """Take what is looked at; `channel` is the feed that tells when the ground changes."""
        self._positions = positions
        self._read_ground = ground
        self._feeds = feeds
        self._channel = channel
        self._stirred = asyncio.Event()
        self._clock = clock
        self._settings = settings
        self._tasks = Tasks()
        self._loops: list[asyncio.Task[None]] = []
        self._turn = asyncio.Lock()
        self._watching: dict[Connection, Watching] = {}
        self._numbers = count(1)
        self._forget()

    @property
    def watchers(self) -> int:
        """Count the sockets that watch."""
        return len(self._watching)

    async def close(self) -> None:
        """Stop."""
        self._watching.clear()
        await self._tasks.close()

    async def watch(self, connection: Connection, viewport: Viewport) -> tuple[bool, bytes]:
        """Show a socket what is in view from now on.

        Returns:
            Whether what follows is all of it, and a `MapChanged`: answer before anything is
            awaited.

        Raises:
            Unavailable: Redis or the store did not answer; the former view goes on.
        """
        await self._ready()
        now = asyncio.get_running_loop().time()
        known = self._watching.get(connection)
        if known is None and connection.is_open:
            budget = Budget(self._settings.bytes_per_second, now)
            known = Watching(viewport, budget, numbered=frozenset({COURIERS}))
            self._watching[connection] = known
            return True, known.next(self._layers, now) or EMPTY
        if known is None:
            self.leave(connection)  # gone meanwhile
            return True, EMPTY
        known.viewport = viewport
        return False, known.next(self._layers, now) or EMPTY

    def leave(self, connection: Connection) -> None:
        """Show no more. Leaving twice changes nothing."""
        self._watching.pop(connection, None)
        if not self._watching and self._loops:
            self._feeds.unfollow(self._channel, self)
            for loop in self._loops:
                loop.cancel()
            self._loops.clear()

    # What staff's channel tells (`Listener`)

    def entry(self, entry: Entry) -> None:
        """Have the ground looked at soon, if the event is of anything on it."""
        told = msgspec.json.decode(entry.payload, type=_Told)
        if told.type not in APART and told.kind not in APART:
            self._stirred.set()

    def lost(self, channel: str, position: Position) -> None:
        """Have the ground looked at: something of it may have been missed."""
        self._stirred.set()

    # Reading

    async def _ready(self) -> None:
        """Have a picture of now; while nobody watched it was not kept."""
        async with self._turn:
            if self._loops:
                return
            self._forget()
            try:
                # First: what happens while the ground is read is told, and it is read again.
                await self._feeds.follow(self._channel, self)
                await self._look()
                self._put_ground(await self._read_ground())
            except BaseException:
                self._feeds.unfollow(self._channel, self)
                raise
            self._loops = [
                self._tasks.keep(self._tick_on, name="map-tick"),
                self._tasks.keep(self._ground_on, name="map-ground"),
            ]

    def _forget(self) -> None:
        settings = self._settings
        self._couriers = Layer(
            COURIERS, most_in_cell=settings.couriers_in_cell, summary=_couriers_here
        )
        self._terminals = Layer(
            TERMINALS, most_in_cell=settings.terminals_in_cell, summary=_terminals_here
        )
        self._layers = (self._terminals, self._couriers)
        self._marks = NEVER
        self._seen: dict[PersonId, PlaceAt] = {}
        self._carrying: Mapping[PersonId, int] = {}
        self._ground: dict[str, MapTerminal] = {}
        self._version = 0

    async def _tick_on(self) -> None:
        while is_wanted():
            await asyncio.sleep(self._settings.tick_seconds)
            if not self._watching:
                continue
            with suppress(Unavailable):  # positions grow old, which shows
                await self._look()
            self._tell()

    async def _ground_on(self) -> None:
        loop = asyncio.get_running_loop()
        took = 0.0
        while is_wanted():
            rest = min(
                max(self._settings.tick_seconds, took * RESTS), self._settings.ground_seconds
            )
            await asyncio.sleep(rest)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._settings.ground_seconds - rest):
                    await self._stirred.wait()
            self._stirred.clear()
            if self._watching:
                began = loop.time()
                self._put_ground(await self._read_ground())
                took = loop.time() - began

    async def _look(self) -> None:
        changed = await self._positions.changed(self._marks)
        self._marks = changed.marks
        self._version += 1
        oldest = self._clock() - timedelta(seconds=self._settings.life_seconds)
        for courier, known in changed.places.items():
            if known is None:
                self._seen.pop(courier, None)
                self._couriers.drop([courier])
            elif self._seen.get(courier) != known:
                self._seen[courier] = known
                self._place(courier, known)
        ended = [courier for courier, known in self._seen.items() if known.at <= oldest]
        for courier in ended:
            del self._seen[courier]
        self._couriers.drop(ended)

    def _place(self, courier: PersonId, known: PlaceAt, *, is_new: bool = False) -> None:
        before = self._couriers.get(courier)
        number = before.number if before else next(self._numbers)
        lat, lon = round(known.place.lat * E5), round(known.place.lon * E5)
        at = round(known.at.timestamp())
        carries = self._carrying.get(courier, 0)
        whole = (number, courier, lat, lon, at, carries)
        self._couriers.put(
            Mark(
                name=courier,
                number=number,
                spot=spot_of(known.place),
                version=self._version,
                made=before.made if before and not is_new else self._version,
                whole=msgspec.json.encode(whole),
                moved=b"[%d,%d,%d,%d]" % (number, lat, lon, at),
            )
        )

    def _put_ground(self, ground: Ground) -> None:
        self._version += 1
        carried = {**self._carrying, **ground.carrying}
        before, self._carrying = self._carrying, ground.carrying
        for courier in carried:
            known = self._seen.get(courier)
            if known and before.get(courier, 0) != ground.carrying.get(courier, 0):
                self._place(courier, known, is_new=True)
        now = {one.terminal_id: one for one in ground.terminals}
        self._terminals.drop(self._ground.keys() - now.keys())
        for name, terminal in now.items():
            if self._ground.get(name) != terminal:
                self._terminals.put(_terminal_mark(terminal, self._version))
        self._ground = now

    # Telling

    def _tell(self) -> None:
        now = asyncio.get_running_loop().time()
        for layer in self._layers:
            layer.keep_zooms({one.viewport.zoom for one in self._watching.values()})
        for connection, watching in list(self._watching.items()):
            if not connection.keeps_up:
                continue
            if frame := watching.next(self._layers, now):
                connection.put(text_frame(frame))


def _terminal_mark(terminal: MapTerminal, version: int) -> Mark:
    return Mark(
        name=terminal.terminal_id,
        number=0,
        spot=spot_of(Place(lat=terminal.lat, lon=terminal.lon)),
        version=version,
        made=version,
        whole=msgspec.json.encode(terminal),
    )


def _couriers_here(name: str, marks: Sequence[Mark]) -> bytes:
    return _cluster(name, marks, "", 0)


def _terminals_here(name: str, marks: Sequence[Mark]) -> bytes:
    terminals = [msgspec.json.decode(mark.whole, type=MapTerminal) for mark in marks]
    worst = max((one.level for one in terminals), key=LEVELS.index)
    return _cluster(name, marks, worst, sum(one.open_orders for one in terminals))


def _cluster(name: str, marks: Sequence[Mark], level: str, orders: int) -> bytes:
    """Tell of a cluster; its middle is rounded, so that it does not change with every step."""
    place = place_of(*middle(marks))
    _, zoom, _, _ = name.split(".")
    coarse = round(360 * E5 / (1 << int(zoom)) / 64) or 1
    lat, lon = (round(value * E5 / coarse) * coarse for value in (place.lat, place.lon))
    return msgspec.json.encode((name, lat, lon, len(marks), level, orders))
