"""Routes of couriers: duty, place, offers, claims, won orders, finished waybills, earnings."""

from __future__ import annotations

from handlers.access import PERSON, allow
from handlers.application import Route
from handlers.base import ApiHandler
from handlers.payments import ORDER
from realtime.wire.requests import ClaimOffer, ReportPlace, SetDuty, UploadFinished
from realtime.wire.work import DutyView
from server.domain.geo import Place
from server.domain.ids import District, OrderId
from server.services.dispatch.couriers import Couriers


class CourierHandler(ApiHandler):
    """The base of this room."""

    def initialize(self, couriers: Couriers) -> None:
        """Take the service; it refuses who is no courier."""
        self._couriers = couriers


class DutyHandler(CourierHandler):
    """PUT /v1/courier/duty."""

    @allow(PERSON)
    async def put(self) -> None:
        """`SetDuty` → `DutyView`."""
        wanted = self.body(SetDuty)
        districts = [District(name) for name in wanted.districts]
        await self._couriers.set_duty(self.actor, on=wanted.on, districts=districts)
        self.answer(DutyView(on=wanted.on, districts=wanted.districts if wanted.on else ()))


class PositionHandler(CourierHandler):
    """PUT /v1/courier/position."""

    @allow(PERSON)
    async def put(self) -> None:
        """`ReportPlace` → {}; for couriers without a socket."""
        told = self.body(ReportPlace)
        place = Place(lat=told.lat, lon=told.lon)
        await self._couriers.report_position(self.actor, place, told.at)


class OffersHandler(CourierHandler):
    """GET /v1/courier/offers."""

    @allow(PERSON)
    async def get(self) -> None:
        """`OffersView`: what is in reach now."""
        self.answer(await self._couriers.offers(self.actor))


class FeedCheckHandler(CourierHandler):
    """GET /v1/courier/feed-check."""

    @allow(PERSON)
    async def get(self) -> None:
        """`FeedCheckView`: why the feed is empty, if it is."""
        self.answer(await self._couriers.feed_check(self.actor))


class ClaimHandler(CourierHandler):
    """POST /v1/offers/{order}/claim."""

    @allow(PERSON)
    async def post(self, order: str) -> None:
        """`ClaimOffer` → `ClaimWonView`; the same request id may be sent again when unsure."""
        wanted = self.body(ClaimOffer)
        won = await self._couriers.claim(
            self.actor, OrderId(order), wanted.offer_version, wanted.request_id
        )
        self.answer(won)


class WonOrdersHandler(CourierHandler):
    """GET /v1/courier/orders."""

    @allow(PERSON)
    async def get(self) -> None:
        """`WonOrdersView`."""
        self.answer(await self._couriers.won(self.actor))


class HandBackHandler(CourierHandler):
    """POST /v1/orders/{id}/hand-back."""

    @allow(PERSON, idempotent=True)
    async def post(self, order: str) -> None:
        """No body → `OrderView`."""
        self.answer(await self._couriers.hand_back(self.actor, OrderId(order)))


class FinishedHandler(CourierHandler):
    """GET and POST /v1/orders/{id}/finished."""

    @allow(PERSON)
    async def get(self, order: str) -> None:
        """`FinishedView` of a waybill that came back from review, to mend it; recorded."""
        self.answer(await self._couriers.handed_in(self.actor, OrderId(order)))

    @allow(PERSON, idempotent=True)
    async def post(self, order: str) -> None:
        """`UploadFinished` → `OrderView`."""
        body = self.body(UploadFinished)
        self.answer(await self._couriers.upload(self.actor, OrderId(order), body))


class EarningsHandler(CourierHandler):
    """GET /v1/courier/earnings."""

    @allow(PERSON)
    async def get(self) -> None:
        """`EarningsView`."""
        self.answer(await self._couriers.earnings(self.actor))


def routes(couriers: Couriers) -> list[Route]:
    """List this room's routes."""
    services = {"couriers": couriers}
    return [
        (r"/v1/courier/duty", DutyHandler, services),
        (r"/v1/courier/position", PositionHandler, services),
        (r"/v1/courier/offers", OffersHandler, services),
        (r"/v1/courier/feed-check", FeedCheckHandler, services),
        (r"/v1/courier/orders", WonOrdersHandler, services),
        (r"/v1/courier/earnings", EarningsHandler, services),
        (rf"/v1/offers/{ORDER}/claim", ClaimHandler, services),
        (rf"/v1/orders/{ORDER}/hand-back", HandBackHandler, services),
        (rf"/v1/orders/{ORDER}/finished", FinishedHandler, services),
    ]
