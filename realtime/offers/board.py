"""Which courier of this process sees which offer now: values in, changes out, no I/O.

A courier whose position is fresh sees the offers whose ring reaches that position; one whose
position is old sees those whose ring touches a chosen district. An offer is known by its
order and version: a higher version replaces, a lower one is ignored, and within a version a
ring only widens. Closing goes to everybody who was shown the offer.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from realtime.districts import district_of, districts_in_ring
from realtime.wire.views import OfferView
from server.domain.geo import Place, metres_between
from server.domain.ids import District, OrderId, PersonId

#: Closed offers that are remembered, so that a snapshot made before cannot bring them back.
MOST_CLOSED = 20_000

Member = TypeVar("Member", PersonId, OrderId)


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """Where a courier is taken to be: the last position, and what was chosen in its stead."""

    place: Place | None = None
    at: datetime | None = None
    chosen: frozenset[District] = frozenset()

    def is_fresh(self, now: datetime, fresh_seconds: float) -> bool:
        """Tell whether the position still counts."""
        return self.at is not None and now - self.at <= timedelta(seconds=fresh_seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An offer appears, or its newer version does."""

    courier: PersonId
    offer: OfferView


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """An offer vanishes."""

    courier: PersonId
    order: OrderId
    version: int


Change = Shown | Hidden


@dataclass(slots=True, kw_only=True)
class _Offer:
    view: OfferView
    place: Place
    districts: frozenset[District]
    touched: int  #: the board's count when an event last spoke of it
    shown_to: set[PersonId] = field(default_factory=set)


@dataclass(slots=True, kw_only=True)
class _Courier:
    where: Whereabouts
    place: Place | None = None  #: set while the position is fresh
    districts: frozenset[District] = frozenset()  #: where offers are looked for
    sees: set[OrderId] = field(default_factory=set)


class OfferBoard:
    """Open offers and couriers on duty, both found by district."""

    def __init__(self, *, fresh_seconds: float) -> None:
        self._fresh_seconds = fresh_seconds
        self._offers: dict[OrderId, _Offer] = {}
        self._offers_by_district: dict[District, set[OrderId]] = {}
        self._couriers: dict[PersonId, _Courier] = {}
        self._couriers_by_district: dict[District, set[PersonId]] = {}
        # The highest version of an order known to be off the feed.
        self._closed: OrderedDict[OrderId, int] = OrderedDict()
        self._count = 0

    @property
    def districts(self) -> frozenset[District]:
        """List the districts that some courier looks for offers in."""
        return frozenset(self._couriers_by_district)

    @property
    def count(self) -> int:
        """Count the events so far; what a snapshot is compared with (`replace`)."""
        return self._count

    def whereabouts(self, courier: PersonId) -> Whereabouts | None:
        """Give where a courier on duty is taken to be; None when not on the board."""
        known = self._couriers.get(courier)
        return known.where if known else None

    def looks_in(self, courier: PersonId) -> frozenset[District]:
        """List the districts that a courier looks for offers in."""
        known = self._couriers.get(courier)
        return known.districts if known else frozenset()

    def seen_by(self, courier: PersonId) -> list[OfferView]:
        """List what a courier sees now, the newest first."""
        known = self._couriers.get(courier)
        views = [self._offers[order].view for order in known.sees] if known else []
        return sorted(views, key=lambda view: (view.opened_at, view.order_id), reverse=True)

    def opened(self, view: OfferView) -> list[Change]:
        """Take in an offer that was opened or whose ring widened."""
        self._count += 1
        return self._open(view)

    def closed(self, order: OrderId, version: int) -> list[Change]:
        """Take an offer off, for good in this version."""
        self._count += 1
        if version > self._closed.get(order, -1):
            self._closed[order] = version
            self._closed.move_to_end(order)
            if len(self._closed) > MOST_CLOSED:
                self._closed.popitem(last=False)
        known = self._offers.get(order)
        if known is None or known.view.offer_version > version:
            return []
        return self._drop(order)

    def replace(
        self, district: District, views: Iterable[OfferView], *, since: int
    ) -> list[Change]:
        """Take in a snapshot of a district that was begun when `count` was `since`.

        Offers that events have spoken of since then are newer than the snapshot and stay.
        """
        changes: list[Change] = []
        listed = set()
        for view in views:
            listed.add(OrderId(view.order_id))
            changes += self._open(view)
        for order in list(self._offers_by_district.get(district, ())):
            if order not in listed and self._offers[order].touched <= since:
                changes += self._drop(order)
        return changes

    def forget(self, district: District) -> None:
        """Drop the offers that no followed district tells of any more."""
        for order in list(self._offers_by_district.get(district, ())):
            if not self._offers[order].districts & self._couriers_by_district.keys():
                self._drop(order)

    def placed(self, courier: PersonId, where: Whereabouts, now: datetime) -> list[Change]:
        """Put a courier on the board, or move one who is there."""
        known = self._couriers.get(courier)
        if known is None:
            known = self._couriers[courier] = _Courier(where=where)
        known.where = where
        known.place = where.place if where.is_fresh(now, self._fresh_seconds) else None
        self._index(courier, known, {district_of(known.place)} if known.place else where.chosen)
        return self._look_again(courier, known)

    def removed(self, courier: PersonId) -> list[Change]:
        """Take a courier off the board."""
        known = self._couriers.pop(courier, None)
        if known is None:
            return []
        self._index(courier, known, ())
        changes: list[Change] = [self._hide(courier, self._offers[order]) for order in known.sees]
        return changes

    def aged(self, now: datetime) -> list[Change]:
        """Let positions grow old; call it every few seconds."""
        changes: list[Change] = []
        for courier, known in list(self._couriers.items()):
            if known.place and not known.where.is_fresh(now, self._fresh_seconds):
                changes += self.placed(courier, known.where, now)
        return changes

    def _open(self, view: OfferView) -> list[Change]:
        order = OrderId(view.order_id)
        known = self._offers.get(order)
        if view.offer_version <= self._closed.get(order, -1) or (known and _is_older(view, known)):
            return []
        if known and known.view == view:
            known.touched = self._count
            return []
        place = Place(lat=view.lat, lon=view.lon)
        districts = districts_in_ring(place, view.ring_metres)
        if known:
            self._unindex(order, known)
        shown_to = known.shown_to if known else set()
        offer = _Offer(
            view=view, place=place, districts=districts, touched=self._count, shown_to=shown_to
        )
        self._offers[order] = offer
        for district in districts:
            self._offers_by_district.setdefault(district, set()).add(order)
        return self._show_round(offer, is_new=known is None or _is_newer(view, known))

    def _show_round(self, offer: _Offer, *, is_new: bool) -> list[Change]:
        changes: list[Change] = []
        near = {
            courier
            for district in offer.districts
            for courier in self._couriers_by_district.get(district, ())
            if self._reaches(offer, self._couriers[courier])
        }
        for courier in offer.shown_to - near:  # a new version starts with its smallest ring
            self._couriers[courier].sees.discard(OrderId(offer.view.order_id))
            changes.append(self._hide(courier, offer))
        for courier in near if is_new else near - offer.shown_to:
            changes.append(self._show(courier, offer))
        return changes

    def _drop(self, order: OrderId) -> list[Change]:
        offer = self._offers.pop(order)
        self._unindex(order, offer)
        changes: list[Change] = []
        for courier in list(offer.shown_to):
            self._couriers[courier].sees.discard(order)
            changes.append(self._hide(courier, offer))
        return changes

    def _look_again(self, courier: PersonId, known: _Courier) -> list[Change]:
        changes: list[Change] = []
        candidates = {
            order
            for district in known.districts
            for order in self._offers_by_district.get(district, ())
        }
        sees = {order for order in candidates if self._reaches(self._offers[order], known)}
        for order in known.sees - sees:
            changes.append(self._hide(courier, self._offers[order]))
        known.sees &= sees
        for order in sees - known.sees:
            changes.append(self._show(courier, self._offers[order]))
        return changes

    def _reaches(self, offer: _Offer, courier: _Courier) -> bool:
        if courier.place:
            return metres_between(offer.place, courier.place) <= offer.view.ring_metres
        return bool(offer.districts & courier.districts)

    def _show(self, courier: PersonId, offer: _Offer) -> Shown:
        offer.shown_to.add(courier)
        self._couriers[courier].sees.add(OrderId(offer.view.order_id))
        return Shown(courier=courier, offer=offer.view)

    def _hide(self, courier: PersonId, offer: _Offer) -> Hidden:
        offer.shown_to.discard(courier)
        view = offer.view
        return Hidden(courier=courier, order=OrderId(view.order_id), version=view.offer_version)

    def _index(self, courier: PersonId, known: _Courier, districts: Iterable[District]) -> None:
        wanted = frozenset(districts)
        for district in known.districts - wanted:
            _discard(self._couriers_by_district, district, courier)
        for district in wanted - known.districts:
            self._couriers_by_district.setdefault(district, set()).add(courier)
        known.districts = wanted

    def _unindex(self, order: OrderId, offer: _Offer) -> None:
        for district in offer.districts:
            _discard(self._offers_by_district, district, order)


def _is_older(view: OfferView, known: _Offer) -> bool:
    return (view.offer_version, view.ring_metres) < (
        known.view.offer_version,
        known.view.ring_metres,
    )


def _is_newer(view: OfferView, known: _Offer) -> bool:
    return view.offer_version > known.view.offer_version


def _discard(index: dict[District, set[Member]], district: District, member: Member) -> None:
    members = index[district]
    members.discard(member)
    if not members:
        del index[district]
