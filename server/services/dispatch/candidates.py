"""Whom staff may give an order: certified couriers, with what speaks against each."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from realtime.positions import PlaceAt
from realtime.wire.desk import CandidatesView, CandidateView
from server.domain.errors import NotFound
from server.domain.geo import Place, metres_between
from server.domain.ids import OrderId, TerminalId
from server.domain.orders import Order
from server.domain.people import Certification, Person
from server.domain.rules import Rules
from server.services.dispatch.offers import DutyBook, Whereabouts
from server.services.ports import Clock
from server.store.couriers import MongoCouriers
from server.store.orders import MongoOrders
from server.store.people import MongoPeople
from server.store.terminals import MongoTerminals

#: Couriers looked at; in a service area with more, staff find theirs by phone.
MOST = 200


class Candidates:
    """Couriers for one order."""

    def __init__(
        self,
        *,
        orders: MongoOrders,
        people: MongoPeople,
        couriers: MongoCouriers,
        terminals: MongoTerminals,
        duty: DutyBook,
        whereabouts: Whereabouts,
        rules: Rules,
        clock: Clock,
    ) -> None:
        self._orders = orders
        self._people = people
        self._couriers = couriers
        self._terminals = terminals
        self._duty = duty
        self._whereabouts = whereabouts
        self._rules = rules
        self._clock = clock

    async def of(self, order: OrderId) -> CandidatesView:
        """List couriers: those who may have it first, of these those on duty, of these the nearest.

        Raises:
            NotFound: no such order. Unavailable: Redis did not answer.
        """
        known = await self._orders.get(order)
        place = await self._place(known)
        people = await self._people.couriers(Certification.CERTIFIED, MOST)
        views = await asyncio.gather(*(self._view(person, known, place) for person, _ in people))
        return CandidatesView(order_id=order, couriers=tuple(sorted(views, key=_rank)))

    async def _view(self, person: Person, order: Order, place: Place | None) -> CandidateView:
        standing = await self._couriers.standing(person.id)
        duty = await self._duty.duty(person.id)
        seen = await self._whereabouts.get(person.id) if duty is not None else None
        if seen is not None and not self._believed(seen):
            seen = None
        why_not = None
        if order.pickup is not None and order.pickup.courier == person.id:
            why_not = "holds_it"
        elif not standing.is_certified(self._clock()):
            why_not = "not_certified"
        elif standing.carrying >= self._rules.courier_cap:
            why_not = "cap_reached"
        return CandidateView(
            courier_id=person.id,
            masked_phone=person.masked_phone,
            on_duty=duty is not None,
            carrying=standing.carrying,
            cap=self._rules.courier_cap,
            metres=round(metres_between(place, seen.place)) if place and seen else None,
            seen_at=seen.at if seen else None,
            why_not=why_not,
        )

    def _believed(self, seen: PlaceAt) -> bool:
        fresh = timedelta(seconds=self._rules.position_fresh_seconds)
        return self._clock() - seen.at <= fresh

    async def _place(self, order: Order) -> Place | None:
        if order.placement is None:
            return None
        try:
            return (await self._terminals.get(TerminalId(order.placement.terminal))).place
        except NotFound:
            return None


def _rank(view: CandidateView) -> tuple[bool, bool, float, int, str]:
    metres = float("inf") if view.metres is None else view.metres
    return (view.why_not is not None, not view.on_duty, metres, view.carrying, view.courier_id)
