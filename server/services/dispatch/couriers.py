"""What a courier does outside of a visit: duty, place, claims, won orders, earnings."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from realtime.districts import is_district
from realtime.wire.requests import UploadFinished
from realtime.wire.views import OrderView
from realtime.wire.work import (
    ClaimWonView,
    EarningsView,
    FeedCheckView,
    FinishedView,
    OffersView,
    PayoutView,
    WonOrdersView,
)
from server.domain.certifications import ENDED
from server.domain.errors import Conflict, Forbidden, InvalidInput
from server.domain.geo import Place
from server.domain.ids import District, OrderId, PersonId
from server.domain.payments import Transfer, TransferState
from server.domain.people import Actor, Certification, Role
from server.domain.transfers import RESTING
from server.services.dispatch.dispatch import Dispatch
from server.services.dispatch.feed_check import FeedCheck
from server.services.dispatch.offers import Offers
from server.services.money.settlement import Settlement
from server.services.orders.views import OrderViews, Viewer
from server.services.review.finished import finished_view
from server.services.review.review import Review

#: What couriers read of a payout; the words of the order's own payout where there are any.
PAYOUT_WORDS = {
    TransferState.PAYABLE: "payable",
    TransferState.HELD: "held",
    TransferState.ASKED: "paying",
    TransferState.AWAITING: "awaiting_confirmation",
    TransferState.SENDING: "paying",
    TransferState.CANCELING: "paying",
    TransferState.DONE: "paid_out",
    TransferState.FAILED: "failed",
    TransferState.CANCELLED: "cancelled",
    TransferState.PAID_LATE: "paid_out",
    TransferState.SET_OFF: "set_off",
}


class Duty(Protocol):
    """Duty and places as the feeds know them; `realtime.offers.OfferFeed`."""

    async def set_duty(
        self, courier: PersonId, *, on: bool, chosen: Iterable[District] = ()
    ) -> None:
        """Go on or off duty everywhere. Raises: Unavailable."""

    async def report(self, courier: PersonId, place: Place, at: datetime) -> bool:
        """Take a place; False when off duty. Raises: Unavailable."""


class History(Protocol):
    """Where couriers on duty were; `server.services.map.history.PositionHistory`."""

    def note(self, courier: PersonId, place: Place, at: datetime) -> None:
        """Take a position of a courier on duty."""


class Certifications(Protocol):
    """Certifications as they count now; see `server.services.certification`."""

    async def certification(self, person: PersonId) -> Certification:
        """Tell how far a courier's certification is."""


class Couriers:
    """The courier's counter."""

    def __init__(
        self,
        *,
        dispatch: Dispatch,
        offers: Offers,
        review: Review,
        settlement: Settlement,
        views: OrderViews,
        duty: Duty,
        history: History,
        certifications: Certifications,
        feed_check: FeedCheck,
    ) -> None:
        self._dispatch = dispatch
        self._offers = offers
        self._review = review
        self._settlement = settlement
        self._views = views
        self._duty = duty
        self._history = history
        self._certifications = certifications
        self._feed_check = feed_check

    async def may_see_offers(self, actor: Actor) -> None:
        """Check that the person is a courier, certified or not yet, not suspended nor run out.

        Raises:
            Forbidden: did not ask to be one, or is suspended, or the certification has run out.
        """
        _check_courier(actor)
        state = await self._certifications.certification(actor.person)
        if state in ENDED:
            raise Forbidden(rule=f"not_{state.value}")

    async def set_duty(self, actor: Actor, *, on: bool, districts: Iterable[District]) -> None:
        """Go on duty, with districts to stand in for an old position, or off duty.

        Raises:
            Forbidden: no courier, suspended, or run out. InvalidInput: no district.
            Unavailable: do it again.
        """
        _check_courier(actor)
        if on:
            await self.may_see_offers(actor)
        chosen = list(districts)
        for at, district in enumerate(chosen):
            if not is_district(district):
                raise InvalidInput(field=f"districts[{at}]", rule="geohash_of_5")
        await self._duty.set_duty(actor.person, on=on, chosen=chosen if on else ())

    async def report_position(self, actor: Actor, place: Place, at: datetime) -> None:
        """Take the courier's place; the latest wins.

        Raises:
            Forbidden: no courier. Conflict: off duty. Unavailable: send it again.
        """
        _check_courier(actor)
        if not await self._duty.report(actor.person, place, at):
            raise Conflict(rule="on_duty")
        self._history.note(actor.person, place, at)

    async def offers(self, actor: Actor) -> OffersView:
        """List what is in reach.

        Raises:
            Forbidden: no courier.
        """
        await self.may_see_offers(actor)
        return OffersView(offers=await self._offers.around(actor.person))

    async def feed_check(self, actor: Actor) -> FeedCheckView:
        """Say why the feed is as it is, to whom it shows nothing as well.

        Raises:
            Forbidden: no courier. Unavailable: ask again.
        """
        _check_courier(actor)
        return await self._feed_check.of(actor.person)

    async def claim(
        self, actor: Actor, order: OrderId, offer_version: int, request: str
    ) -> ClaimWonView:
        """Claim an offer; see `Dispatch.claim` for the refusals."""
        won = await self._dispatch.claim(actor, order, offer_version, request)
        view = await self._views.one(won.order, Viewer.WINNER)
        return ClaimWonView(order=view, repeated=won.repeated)

    async def won(self, actor: Actor) -> WonOrdersView:
        """List the orders that the person won."""
        orders = await self._dispatch.won_by(actor.person)
        return WonOrdersView(orders=await self._views.many(orders, Viewer.WINNER))

    async def hand_back(self, actor: Actor, order: OrderId) -> OrderView:
        """Give a won order back; see `Dispatch.hand_back`. Shows what its next winner will see."""
        handed = await self._dispatch.hand_back(actor, order)
        return await self._views.one(handed, Viewer.WINNER)

    async def upload(self, actor: Actor, order: OrderId, body: UploadFinished) -> OrderView:
        """Hand the finished waybill in; see `Review.upload`."""
        uploaded = await self._review.upload(actor, order, body)
        return await self._views.one(uploaded, Viewer.WINNER, timeline=True)

    async def handed_in(self, actor: Actor, order: OrderId) -> FinishedView:
        """Give back what was handed in, to mend it; see `Review.handed_in`."""
        return finished_view(await self._review.handed_in(actor, order))

    async def earnings(self, actor: Actor) -> EarningsView:
        """Sum up the courier's money."""
        earned = await self._settlement.earnings(actor.person)
        return EarningsView(
            pending_fen=earned.pending_fen,
            available_fen=earned.available_fen,
            paid_fen=earned.paid_fen,
            payouts=tuple(_payout_view(transfer) for transfer in earned.payouts),
        )


def _check_courier(actor: Actor) -> None:
    if Role.COURIER not in actor.roles:
        raise Forbidden(rule="courier")


def _payout_view(transfer: Transfer) -> PayoutView:
    resting = transfer.state in RESTING
    return PayoutView(
        payout_id=transfer.id,
        order_id=transfer.order,
        amount_fen=transfer.amount_fen,
        state=PAYOUT_WORDS[transfer.state],
        asked_at=transfer.created_at,
        waits=transfer.waits.value if transfer.waits and resting else None,
        not_before=transfer.not_before if resting else None,
        wallet=None if resting else transfer.wallet.value,
    )
