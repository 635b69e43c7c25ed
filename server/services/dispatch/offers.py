"""The orders on offer: in a district, and around one courier."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from realtime.districts import district_of, districts_in_ring
from realtime.positions import PlaceAt
from realtime.wire.views import OfferView
from server.domain.geo import Place, metres_between
from server.domain.ids import District, PersonId, TerminalId
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
        self._by_district: dict[District, list[TerminalId]] = {}
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
        chosen = await self._duty.duty(courier)
        if chosen is None:
            return ()
        known = await self._whereabouts.get(courier)
        fresh = timedelta(seconds=place_seconds or self._rules.position_fresh_seconds)
        if known is None or self._clock() - known.at > fresh:
            return tuple(await self._in_districts(chosen))
        near = await self._in_districts(frozenset({district_of(known.place)}))
        return tuple(offer for offer in near if _metres(offer, known.place) <= offer.ring_metres)

    async def _in_districts(self, districts: frozenset[District]) -> list[OfferView]:
        by_district = await self._terminals_by_district()
        terminals = {one for district in districts for one in by_district.get(district, ())}
        if not terminals:
            return []
        orders = await self._search.on_offer(terminals, MOST_OFFERS)
        views = await self._views.offers(orders)
        return [view for view in views if districts & _touched(view)]

    async def _terminals_by_district(self) -> dict[District, list[TerminalId]]:
        now = self._clock()
        if self._read_at is None or now - self._read_at > TERMINALS_FRESH:
            terminals = await self._terminals.all()
            self._by_district = _index(terminals, self._rules.ring_metres[-1])
            self._read_at = now
        return self._by_district


def _index(terminals: Sequence[Terminal], metres: float) -> dict[District, list[TerminalId]]:
    """Map each district to the terminals whose widest ring touches it."""
    found: dict[District, list[TerminalId]] = {}
    for terminal in terminals:
        for district in districts_in_ring(terminal.place, metres):
            found.setdefault(district, []).append(terminal.id)
    return found


def _touched(offer: OfferView) -> frozenset[District]:
    return districts_in_ring(Place(lat=offer.lat, lon=offer.lon), offer.ring_metres)


def _metres(offer: OfferView, place: Place) -> float:
    return metres_between(Place(lat=offer.lat, lon=offer.lon), place)
