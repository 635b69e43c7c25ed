"""Winning and losing an order: the claim by a courier, the hand-back, the claim's expiry.

A courier's cap counts an order from the win until its finished waybill is uploaded, or until
the order goes back (hand-back, expiry, refusal, taken back through staff).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from realtime.claims import (
    Barred,
    ClaimantId,
    ClaimOutcome,
    Claims,
    ClaimsUnavailable,
    Closed,
    RequestId,
    Stale,
    Taken,
    Unavailable,
    Won,
    Yours,
)
from server.domain import errors, grants
from server.domain.changes import Change, Context, move
from server.domain.custody import Custody, Step, advance
from server.domain.ids import OrderId, PersonId
from server.domain.orders import Order
from server.domain.people import SYSTEM, Actor
from server.domain.rules import Rules
from server.services.dispatch.eligibility import Eligibility
from server.services.dispatch.judge import BY_STAFF, CAP_REACHED, NOT_CERTIFIED, resource_of
from server.services.ports import Clock, Relay
from server.store.couriers import MongoCouriers
from server.store.orders import MongoOrders
from server.store.transactions import Session, Transactions

#: Orders that a courier sees as won: until the money is on its way.
WON = frozenset(
    {
        Custody.CLAIMED,
        Custody.COLLECTING,
        Custody.COLLECTED,
        Custody.IN_REVIEW,
        Custody.RETURNING,
        Custody.DONE,
    }
)

#: Where an uncertified courier gets certified, and then comes back to the offer of an order.
CERTIFY_PAGE = "/courier#certification/{order}"

#: What an order number looks like; anything else never was one, and costs no look-up.
ORDER_NUMBER = re.compile(r"LJ\d{6}[0-9A-Z]{8}")
REQUEST = re.compile(r"[!-~]{1,64}")


class Withdrawals(Protocol):
    """Offline grants that stand in the way; `server.services.grants.grants.Grants`."""

    async def withdraw(
        self, order: Order, *, wish: Step | None, actor: PersonId = SYSTEM, waiting: bool = False
    ) -> bool:
        """Have a live grant withdrawn; True when none lives. Raises: Conflict: it was used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimWon:
    """The order as won; `repeated` when an earlier request had won it."""

    order: Order
    repeated: bool


class Dispatch:
    """Who carries which order."""

    def __init__(
        self,
        *,
        claims: Claims,
        orders: MongoOrders,
        couriers: MongoCouriers,
        transactions: Transactions,
        eligibility: Eligibility,
        withdrawals: Withdrawals,
        clock: Clock,
        rules: Rules,
        relay: Relay,
    ) -> None:
        self._claims = claims
        self._orders = orders
        self._couriers = couriers
        self._transactions = transactions
        self._eligibility = eligibility
        self._grants = withdrawals
        self._clock = clock
        self._rules = rules
        self._relay = relay

    async def claim(
        self, actor: Actor, order: OrderId, offer_version: int, request: str
    ) -> ClaimWon:
        """Claim an offer for the actor; the same request id may be sent again when unsure.

        Raises:
            NotCertified, CapReached, OrderTaken (earlier_seconds), OfferClosed, StaleVersion
            (offer_version), Barred, NotFound, InvalidInput; Unavailable: nothing is known.
        """
        if request.startswith(BY_STAFF):
            raise errors.InvalidInput(field="request_id", rule="plain_characters")
        return await self.claim_for(actor.person, order, offer_version, request)

    async def claim_for(
        self, courier: PersonId, order: OrderId, offer_version: int, request: str
    ) -> ClaimWon:
        """Claim an offer for a courier; see `claim`. The request says if staff do (`BY_STAFF`)."""
        _check(order, offer_version, request)
        await self._check_eligible(courier, order, offer_version)
        with self._eligibility.claiming(courier):
            outcome = await self._race(courier, order, offer_version, request)
        match outcome:
            case Won() | Yours():
                self._eligibility.won(courier)
                won = await self._orders.get(order)
                if won.pickup is None or won.pickup.courier != courier:
                    raise errors.StaleVersion(order_id=order)  # given back in the same instant
                return ClaimWon(order=won, repeated=isinstance(outcome, Yours))
            case Barred():
                self._eligibility.forget(courier)
            case _:
                raise refusal(outcome)
        raise not_certified(order) if outcome.reason == NOT_CERTIFIED else refusal(outcome)

    async def hand_back(self, actor: Actor, order: OrderId) -> Order:
        """Give a won order back to the race; possible until a carrier waybill is bound.

        With an offline grant that the terminal cannot be asked for now, the order stays claimed
        and the wish is kept: it goes back by itself when the agent has answered.

        Raises:
            NotFound: not this courier's. IllegalTransition: too late, or given back before.
            Conflict: the door was opened with the grant.
        """
        context = Context(actor=actor.person, at=self._clock(), rules=self._rules)

        def decide(current: Order) -> Change:
            if current.pickup is None or current.pickup.courier != actor.person:
                raise errors.NotFound(field="order_id", rule="won_by_you")
            return reopen(current, Step.HAND_BACK, context)

        known = await self._orders.get(order)
        if not grants.lives(known.grant):
            return await self._put_back(order, decide, actor.person)
        if known.pickup is None or known.pickup.courier != actor.person:
            raise errors.NotFound(field="order_id", rule="won_by_you")
        advance(known.custody, Step.HAND_BACK)
        if not await self._grants.withdraw(
            known, wish=Step.HAND_BACK, actor=actor.person, waiting=True
        ):
            return await self._orders.get(order)
        try:
            return await self._put_back(order, decide, actor.person)
        except (errors.NotFound, errors.IllegalTransition):
            return await self._orders.get(order)  # a worker was quicker to do as was wished

    async def hand_back_wished(self, order: OrderId) -> bool:
        """Give an order back whose courier wished so while its grant lived; False if done."""
        known = await self._orders.get(order)
        courier = known.pickup.courier if known.pickup else SYSTEM
        context = Context(actor=courier, at=self._clock(), rules=self._rules)

        def decide(current: Order) -> Change:
            if current.grant is None or current.grant.wish is not Step.HAND_BACK:
                raise errors.Conflict(order_id=order)
            return reopen(current, Step.HAND_BACK, context)

        return await self._done(order, decide)

    async def expire(self, order: OrderId) -> bool:
        """End a claim that was not used in time; False when it was, or has more time.

        A live offline grant is asked back first: the order stays claimed until that is answered.
        """
        now = self._clock()
        context = Context(actor=SYSTEM, at=now, rules=self._rules)

        def decide(current: Order) -> Change:
            if not _out_of_time(current, now):
                raise errors.Conflict(order_id=order)
            return reopen(current, Step.EXPIRE_CLAIM, context)

        known = await self._orders.get(order)
        if not _out_of_time(known, now):
            return False
        if not await self._grants.withdraw(known, wish=Step.EXPIRE_CLAIM):
            return False
        return await self._done(order, decide)

    async def _done(self, order: OrderId, decide: Callable[[Order], Change]) -> bool:
        try:
            await self._put_back(order, decide, None)
        except (errors.Conflict, errors.IllegalTransition):
            return False
        return True

    async def won_by(self, courier: PersonId) -> list[Order]:
        """List the orders that a courier won and that are not paid out or gone back."""
        return await self._orders.of_courier(courier, WON)

    async def _check_eligible(self, courier: PersonId, order: OrderId, version: int) -> None:
        try:
            await self._eligibility.check(courier)
        except (errors.CapReached, errors.NotCertified) as refused:
            # Whoever sends a won claim again hears of the win, whatever has changed since.
            held = await self._orders.get(order)
            offered = held.offer.version if held.offer else 0
            if held.pickup is None or (held.pickup.courier, offered) != (courier, version):
                if isinstance(refused, errors.NotCertified):
                    raise not_certified(order, refused.details.get("certification")) from None
                raise

    async def _put_back(
        self, order: OrderId, decide: Callable[[Order], Change], courier: PersonId | None
    ) -> Order:
        async def body(session: Session) -> Change:
            change = await self._orders.change(order, decide, session)
            await self._couriers.lay_down(order, change.before.version, session=session)
            return change

        change = await self._transactions.run(body)
        if change.before.pickup is not None:
            self._eligibility.forget(change.before.pickup.courier)
        await self._relay.kick(order)
        return change.after

    async def _race(
        self, courier: PersonId, order: OrderId, version: int, request: str
    ) -> ClaimOutcome:
        resource, claimant = resource_of(order), ClaimantId(courier)
        outcome = await self._claims.claim(resource, claimant, version, RequestId(request))
        if isinstance(outcome, Barred) and not outcome.reason:
            # Barred by an earlier claim; whoever is here passed the check since, so try anew.
            self._eligibility.forget(courier)
            await self._eligibility.check(courier, own_claims=1)
            try:
                await self._claims.lift(resource, claimant)
            except ClaimsUnavailable:
                return outcome
            outcome = await self._claims.claim(resource, claimant, version, RequestId(request))
        return outcome


def reopen(order: Order, step: Step, context: Context) -> Change:
    """Put a claimed order back on offer under a new version; its ring stays as wide as it was.

    Raises:
        IllegalTransition: it is not claimed.
    """
    courier = order.pickup.courier if order.pickup else None
    offer = order.offer
    if offer is not None:
        offer = replace(offer, version=offer.version + 1, opened_at=context.at)
    facts: dict[str, object] = {"courier": courier}
    return move(order, step, context, facts, offer=offer, pickup=None, grant=None)


def _out_of_time(order: Order, now: datetime) -> bool:
    pickup = order.pickup
    return order.custody is Custody.CLAIMED and pickup is not None and pickup.until <= now


def not_certified(order: OrderId, state: object = None) -> errors.NotCertified:
    """Lead to certification, and from there back to the offer."""
    return errors.NotCertified(certification=state, lead=CERTIFY_PAGE.format(order=order))


def refusal(outcome: ClaimOutcome) -> errors.DomainError:
    """Say in the domain's words why a claim was not won; never who won it."""
    match outcome:
        case Taken(earlier_seconds):
            return errors.OrderTaken(earlier_seconds=round(earlier_seconds, 3))
        case Stale(version):
            return errors.StaleVersion(field="offer_version", rule="current", offer_version=version)
        case Closed(0):
            return errors.NotFound(field="order_id", rule="exists")
        case Closed():
            return errors.OfferClosed()
        case Barred(reason):
            kinds = {CAP_REACHED: errors.CapReached, NOT_CERTIFIED: errors.NotCertified}
            return kinds.get(reason, errors.Barred)()
        case Unavailable(why):
            return errors.Unavailable(part=why.value)
    raise AssertionError(f"{outcome} is no refusal")


def _check(order: OrderId, offer_version: int, request: str) -> None:
    if not ORDER_NUMBER.fullmatch(order):
        raise errors.NotFound(field="order_id", rule="exists")
    if not 1 <= offer_version < 2**31:
        raise errors.InvalidInput(field="offer_version", rule="at_least_1")
    if not REQUEST.fullmatch(request):
        raise errors.InvalidInput(field="request_id", rule="plain_characters")
