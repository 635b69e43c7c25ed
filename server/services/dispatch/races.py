"""Receipts of the races: brought from Redis to where they last, and shown to staff."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from realtime.claims import Claims, ClaimsUnavailable, Receipts
from realtime.wire.work import AttemptView, RacesView, RaceView
from server.domain.errors import Unavailable
from server.domain.ids import OrderId, PersonId
from server.domain.orders import Order
from server.services.dispatch.judge import resource_of
from server.services.ports import Clock
from server.store.orders import MongoOrders
from server.store.races import Attempt, MongoRaces, Race, race_id

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Races:
    """Who raced for what."""

    def __init__(
        self, *, claims: Claims, races: MongoRaces, orders: MongoOrders, clock: Clock
    ) -> None:
        self._claims = claims
        self._races = races
        self._orders = orders
        self._clock = clock

    async def keep(self, order: Order) -> None:
        """Keep the receipts of an order's present race and of the one before; idempotent.

        Raises:
            Unavailable: Redis is away; they are kept later, or found partial.
        """
        version = order.offer.version if order.offer else 0
        for one in range(max(1, version - 1), version + 1):
            try:
                receipts = await self._claims.receipts(resource_of(order.id), one)
            except ClaimsUnavailable as error:
                raise Unavailable(part="redis") from error
            # Without attempts: nobody tried, or (partial) Redis has forgotten who did.
            if receipts.attempts or receipts.partial:
                await self._races.keep(_race(order.id, receipts, self._clock()))

    async def show(self, order: OrderId) -> RacesView:
        """Show staff every attempt at an order, race by race, with those of just now.

        Raises:
            NotFound: there is no such order. Unavailable: Redis is away.
        """
        await self.keep(await self._orders.get(order))
        races = await self._races.of(order)
        return RacesView(order_id=order, races=tuple(_race_view(race) for race in races))


def _race(order: OrderId, receipts: Receipts, now: datetime) -> Race:
    attempts = tuple(
        Attempt(
            arrival=attempt.arrival,
            courier=PersonId(attempt.claimant),
            request=attempt.request,
            at=EPOCH + timedelta(microseconds=attempt.arrived_us),
            answer=attempt.answer,
        )
        for attempt in receipts.attempts
    )
    return Race(
        id=race_id(order, receipts.version),
        order=order,
        version=receipts.version,
        partial=receipts.partial,
        cut=receipts.cut,
        attempts=attempts,
        kept_at=now,
    )


def _race_view(race: Race) -> RaceView:
    attempts = tuple(
        AttemptView(
            arrival=attempt.arrival,
            courier_id=attempt.courier,
            request_id=attempt.request,
            at=attempt.at,
            answer=attempt.answer,
        )
        for attempt in race.attempts
    )
    return RaceView(
        offer_version=race.version, partial=race.partial, cut=race.cut, attempts=attempts
    )
