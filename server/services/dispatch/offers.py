"""The orders on offer: in a district, and around one courier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from realtime.districts import district_of, districts_in_ring
from realtime.positions import PlaceAt
from realtime.wire.views import OfferView
from server.domain.geo import Place, metres_between
from server.domain.ids import District, PersonId
from server.domain.rules import Rules
from server.domain.terminals import Terminal
from server.services.orders.views import OrderViews
from server.services.ports import Clock
from server.store.order_search import MongoOrderSearch
from server.store.outages import mongo_outage_is_unavailable
from server.store.terminals import MongoTerminals

#: Offers given at once; a district with more than this has other worries.
MOST_OFFERS = 500

#: How long the map of terminals is believed; offers at a newer one arrive live all the same.
TERMINALS_FRESH = timedelta(seconds=5)


class DutyBook(Protocol):
    """Which couriers are on duty; `realtime.presence.Presence`."""

    async def duty(self, courier: PersonId) -> frozenset[District] | None:
        """Give the chosen districts of a courier on duty; None when off duty."""


class Whereabouts(Protocol):
    """Where couriers are; `realtime.positions.Positions`."""

    async def get(self, courier: PersonId) -> PlaceAt | None:
        """Give the latest position."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Where offers are looked for: around a fresh position, else in the chosen districts."""

    districts: frozenset[District]
    place: Place | None = None  #: set while the position counts
    known_at: datetime | None = None  #: of the last position, old ones too

    def holds(self, offer: OfferView) -> bool:
        """Tell whether an offer of these districts is in reach."""
        return self.place is None or _metres(offer, self.place) <= offer.ring_metres


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What decides how many offers a courier has; `reach` is None off duty."""

    reach: Reach | None = None
    terminals: tuple[Terminal, ...] = ()  #: whose widest ring comes as far
    offers: int = 0
    beyond: int = 0  #: offers of those districts whose ring has not come as far yet


class Offers:
    """What may be claimed, and where."""

    def __init__(
        self,
        *,
        search: MongoOrderSearch,
        terminals: MongoTerminals,
        views: OrderViews,
        duty: DutyBook,
        whereabouts: Whereabouts,
        clock: Clock,
        rules: Rules,
    ) -> None:
        self._search = search
        self._terminals = terminals
        self._views = views
        self._duty = duty
        self._whereabouts = whereabouts
        self._clock = clock
        self._rules = rules
        self._by_district: dict[District, list[Terminal]] = {}
        self._read_at: datetime | None = None

    async def in_district(self, district: District) -> Sequence[OfferView]:
        """List the offers whose ring touches a district, newest first.

        Raises:
            Unavailable: MongoDB did not answer.
        """
        with mongo_outage_is_unavailable():
            return await self._in_districts(frozenset({district}))

    async def around(
        self, courier: PersonId, *, place_seconds: float | None = None
    ) -> tuple[OfferView, ...]:
        """List the offers in a courier's reach, newest first; none off duty.

        A position that is too old does not count: the chosen districts stand in for it. It is
        too old after `place_seconds`, or after what the rules say of a live page.
        """
        reach = await self._reach(courier, place_seconds or self._rules.position_fresh_seconds)
        if reach is None:
            return ()
        found = await self._in_districts(reach.districts)
        return tuple(offer for offer in found if reach.holds(offer))

    async def surroundings(self, courier: PersonId) -> Surroundings:
        """Say what decides how many offers are around a courier with a live page.

        Raises:
            Unavailable: Redis or MongoDB did not answer.
        """
        with mongo_outage_is_unavailable():
            reach = await self._reach(courier, self._rules.position_fresh_seconds)
            if reach is None:
                return Surroundings()
            found = await self._in_districts(reach.districts)
            terminals = await self._terminals_of(reach)
        held = sum(map(reach.holds, found))
        return Surroundings(reach=reach, terminals=terminals, offers=held, beyond=len(found) - held)

    async def _reach(self, courier: PersonId, fresh_seconds: float) -> Reach | None:
        chosen = await self._duty.duty(courier)
        if chosen is None:
            return None
        known = await self._whereabouts.get(courier)
        if known is None or self._clock() - known.at > timedelta(seconds=fresh_seconds):
            return Reach(districts=chosen, known_at=known.at if known else None)
        here = frozenset({district_of(known.place)})
        return Reach(districts=here, place=known.place, known_at=known.at)

    async def _terminals_of(self, reach: Reach) -> tuple[Terminal, ...]:
        by_district = await self._terminals_by_district()
        widest = self._rules.ring_metres[-1]
        near = {
            one.id: one
            for district in reach.districts
            for one in by_district.get(district, ())
            if reach.place is None or metres_between(one.place, reach.place) <= widest
        }
        return tuple(near.values())

    async def _in_districts(self, districts: frozenset[District]) -> list[OfferView]:
        by_district = await self._terminals_by_district()
        terminals = {one.id for district in districts for one in by_district.get(district, ())}
        if not terminals:
            return []
        orders = await self._search.on_offer(terminals, MOST_OFFERS)
        views = await self._views.offers(orders)
        return [view for view in views if districts & _touched(view)]

    async def _terminals_by_district(self) -> dict[District, list[Terminal]]:
        now = self._clock()
        if self._read_at is None or now - self._read_at > TERMINALS_FRESH:
            terminals = await self._terminals.all()
            self._by_district = _index(terminals, self._rules.ring_metres[-1])
            self._read_at = now
        return self._by_district


def _index(terminals: Sequence[Terminal], metres: float) -> dict[District, list[Terminal]]:
    """Map each district to the terminals whose widest ring touches it."""
    found: dict[District, list[Terminal]] = {}
    for terminal in terminals:
        for district in districts_in_ring(terminal.place, metres):
            found.setdefault(district, []).append(terminal)
    return found


def _touched(offer: OfferView) -> frozenset[District]:
    return districts_in_ring(Place(lat=offer.lat, lon=offer.lon), offer.ring_metres)


def _metres(offer: OfferView, place: Place) -> float:
    return metres_between(Place(lat=offer.lat, lon=offer.lon), place)
