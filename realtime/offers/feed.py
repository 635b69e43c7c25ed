"""The offer board of this process, kept true by district feeds, and its couriers' sockets."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime

import msgspec

from realtime.districts import district_of
from realtime.feeds import Entry, Feeds
from realtime.hub import Connection, text_frame
from realtime.inbox import Inbox
from realtime.offers.asleep import AsleepCouriers
from realtime.offers.board import Change, OfferBoard, Shown, Whereabouts
from realtime.positions import Positions
from realtime.presence import Presence
from realtime.tasks import Tasks, pause_seconds
from realtime.wire.envelope import Position
from realtime.wire.people import OfferGone, OfferOpened
from realtime.wire.views import OfferView
from server.domain.errors import Unavailable
from server.domain.geo import Place
from server.domain.ids import District, OrderId, PersonId

log = logging.getLogger(__name__)

#: What the wire calls the channel.
NAME = "offers"

#: How often positions are looked at for having grown old, seconds.
AGE_SECONDS = 5.0

#: How long who went on duty is called in the districts they chose; duty itself may end before.
DUTY_SECONDS = 24 * 3600.0

#: Longest wait for the districts of a courier who opens the page, seconds.
READY_SECONDS = 5.0

#: Reads the open offers whose ring touches a district from the store.
OpenOffers = Callable[[District], Awaitable[Sequence[OfferView]]]

Event = OfferOpened | OfferGone


class CourierMoved(
    msgspec.Struct, frozen=True, kw_only=True, tag="courier_moved", tag_field="type"
):
    """Tells the processes that hold a courier's sockets to look at duty and position again."""

    courier: str


def district_channel(district: District) -> str:
    """Name the feed of a district."""
    return f"district:{district}"


def opened_payload(offer: OfferView) -> bytes:
    """Encode what is published to every district that an offer's ring touches."""
    return msgspec.json.encode(OfferOpened(offer=offer))


def gone_payload(order: OrderId, version: int) -> bytes:
    """Encode what is published to every district that was offered an order."""
    return msgspec.json.encode(OfferGone(order_id=order, offer_version=version))


class OfferFeed:
    """Shows each courier on duty with a socket here the offers in reach, as they change."""

    def __init__(
        self,
        *,
        feeds: Feeds,
        presence: Presence,
        positions: Positions,
        inbox: Inbox,
        open_offers: OpenOffers,
        clock: Callable[[], datetime],
        fresh_seconds: float,
        epoch: str,
        asleep: AsleepCouriers | None = None,
        asleep_seconds: float = 0.0,
    ) -> None:
        """Take collaborators. `epoch` is new for each start of a process: digits only.

        `asleep` learns where to call couriers whose page sleeps, and for `asleep_seconds` from
        their last place.
        """
        self._feeds = feeds
        self._presence = presence
        self._positions = positions
        self._inbox = inbox
        self._open_offers = open_offers
        self._clock = clock
        self._epoch = epoch
        self._asleep = asleep
        self._asleep_seconds = asleep_seconds
        self._board = OfferBoard(fresh_seconds=fresh_seconds)
        self._offset = 0
        self._tasks = Tasks()
        self._connections: dict[PersonId, set[Connection]] = {}
        # Districts whose offers are on the board, or on their way there.
        self._loads: dict[District, asyncio.Task[None]] = {}

    def start(self) -> None:
        """Begin to look at time; needs the running loop."""
        self._tasks.keep(self._age, name="offers-age")
        self._tasks.keep(self._beat, name="offers-beat")

    async def close(self) -> None:
        """Stop."""
        await self._tasks.close()
        for district in list(self._loads):
            self._feeds.unfollow(district_channel(district), self)
        self._loads.clear()

    @property
    def position(self) -> Position:
        """Say where this process's feed stands.

        Nobody resumes from it: it only tells one push from the next, and who comes back
        with it gets a snapshot, which is smaller and truer than the events missed.
        """
        return Position(epoch=self._epoch, offset=self._offset)

    async def set_duty(
        self, courier: PersonId, *, on: bool, chosen: Iterable[District] = ()
    ) -> None:
        """Go on or off duty, in whatever process the courier's sockets are.

        Raises:
            Unavailable: Redis did not answer; doing it again does no harm.
        """
        if on:
            await self._presence.begin_duty(courier, chosen)
            if self._asleep is not None:
                await self._asleep.enlist(courier, chosen, seconds=DUTY_SECONDS)
        else:
            await self._presence.end_duty(courier)
            await self._positions.forget(courier)
        await self._look_again_everywhere(courier)

    async def report(self, courier: PersonId, place: Place, at: datetime) -> bool:
        """Take a courier's position; False when off duty, when it is not kept.

        Raises:
            Unavailable: Redis did not answer; sending it again does no harm.
        """
        if await self._presence.duty(courier) is None:
            return False
        if self._asleep is not None:
            here = [district_of(place)]
            await self._asleep.enlist(courier, here, seconds=self._asleep_seconds)
        if await self._positions.put(courier, place, at):
            await self._look_again_everywhere(courier)
        return True

    async def join(self, courier: PersonId, connection: Connection) -> list[OfferView]:
        """Show offers to a courier's socket from now on; give what is in reach already.

        The snapshot is whole at the instant this returns: answer before anything is awaited.

        Raises:
            Unavailable: Redis or the store did not answer; nothing was joined.
        """
        await self.look_again(courier, also=True)
        try:
            await self._ready(courier)
        except BaseException:
            self._forget_if_alone(courier)
            raise
        with suppress(Unavailable):  # the next beat makes up for it
            await self._presence.beat([courier])
        self._connections.setdefault(courier, set()).add(connection)
        return self._board.seen_by(courier)

    def leave(self, courier: PersonId, connection: Connection) -> None:
        """Show no more. Leaving twice changes nothing."""
        connections = self._connections.get(courier, set())
        connections.discard(connection)
        if not connections:
            self._connections.pop(courier, None)
            if self._board.whereabouts(courier):
                self._tasks.start(self._say_left(courier), name="courier-left")
            self._forget_if_alone(courier)

    async def look_again(self, courier: PersonId, *, also: bool = False) -> None:
        """Read a courier's duty and position, when a socket of theirs is here (or `also`).

        Raises:
            Unavailable: Redis did not answer.
        """
        if courier not in self._connections and not also:
            return
        chosen = await self._presence.duty(courier)
        if chosen is None:
            self._send(self._board.removed(courier))
        else:
            known = await self._positions.get(courier)
            where = Whereabouts(
                place=known.place if known else None, at=known.at if known else None, chosen=chosen
            )
            self._send(self._board.placed(courier, where, self._clock()))
        self._follow_what_is_needed()

    def entry(self, entry: Entry) -> None:
        """Take an offer's event from a district."""
        event = msgspec.json.decode(entry.payload, type=Event)
        if isinstance(event, OfferOpened):
            self._send(self._board.opened(event.offer))
        elif isinstance(event, OfferGone):
            self._send(self._board.closed(OrderId(event.order_id), event.offer_version))

    def lost(self, channel: str, position: Position) -> None:
        """Read a district from the store again, since an event may be missing."""
        district = District(channel.removeprefix("district:"))
        if district in self._loads:
            self._loads[district].cancel()
            self._load(district)

    async def _look_again_everywhere(self, courier: PersonId) -> None:
        await self.look_again(courier)
        others = await self._presence.processes(courier) - {self._inbox.process}
        message = msgspec.json.encode(CourierMoved(courier=courier))
        for process in others:
            await self._inbox.send(process, message)

    def _follow_what_is_needed(self) -> None:
        needed = self._board.districts
        for district in needed - self._loads.keys():
            self._load(district)
        for district in self._loads.keys() - needed:
            self._loads.pop(district).cancel()
            self._feeds.unfollow(district_channel(district), self)
            self._board.forget(district)

    def _load(self, district: District) -> None:
        async def read() -> None:
            await self._read_district(district)

        # Kept, not started: a fault while reading must not leave the district unread for good.
        self._loads[district] = self._tasks.keep(read, name=f"offers-{district}")

    async def _read_district(self, district: District) -> None:
        failures = 0
        while True:
            try:
                # Position first, then snapshot: events after it go to the board at once.
                await self._feeds.follow(district_channel(district), self)
                if district not in self._loads:  # left while it was being followed
                    self._feeds.unfollow(district_channel(district), self)
                    return
                since = self._board.count
                views = await self._open_offers(district)
            except Unavailable:
                failures += 1
                await asyncio.sleep(pause_seconds(failures))
            else:
                self._send(self._board.replace(district, views, since=since))
                return

    async def _ready(self, courier: PersonId) -> None:
        """Wait until every district that a courier looks in has been read."""
        waiting = [self._loads[one] for one in self._board.looks_in(courier) if one in self._loads]
        if not waiting:
            return
        _, pending = await asyncio.wait(waiting, timeout=READY_SECONDS)
        if pending:
            raise Unavailable(part="offers")

    def _forget_if_alone(self, courier: PersonId) -> None:
        if courier not in self._connections:
            self._board.removed(courier)
            self._follow_what_is_needed()

    async def _say_left(self, courier: PersonId) -> None:
        with suppress(Unavailable):  # it ends by itself
            await self._presence.leave(courier)

    def _send(self, changes: Sequence[Change]) -> None:
        """Push changes; an offer is encoded once for all who see it appear."""
        frames: dict[tuple[bool, str, int], bytes] = {}
        for change in changes:
            if isinstance(change, Shown):
                key = (True, change.offer.order_id, change.offer.offer_version)
            else:
                key = (False, change.order, change.version)
            if key not in frames:
                frames[key] = self._frame(change)
            for connection in list(self._connections.get(change.courier, ())):
                connection.put(frames[key])

    def _frame(self, change: Change) -> bytes:
        if isinstance(change, Shown):
            payload = opened_payload(change.offer)
        else:
            payload = gone_payload(change.order, change.version)
        self._offset += 1
        return text_frame(
            b'{"type":"push","channel":"%b","epoch":"%b","offset":%d,"event":%b}'
            % (NAME.encode(), self._epoch.encode(), self._offset, payload)
        )

    async def _age(self) -> None:
        while True:
            await asyncio.sleep(AGE_SECONDS)
            self._send(self._board.aged(self._clock()))
            self._follow_what_is_needed()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._presence.beat_seconds)
            here = [one for one in self._connections if self._board.whereabouts(one)]
            with suppress(Unavailable):
                await self._presence.beat(here)
