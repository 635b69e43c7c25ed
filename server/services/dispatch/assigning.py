"""Staff give an order to a courier, or take it from one: through the same race and the same judge.

An order on offer is claimed for the courier like any claim, so that of staff and fifty couriers
exactly one has it. A claimed one is taken from its courier and given to another in one
transaction, the judge's own part included: there is no moment in which nobody has it, and where
the other may not have it nothing changes at all.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Protocol

from realtime.claims import (
    Awarded,
    ClaimantId,
    Claims,
    ClaimsUnavailable,
    JudgeUncertain,
    RequestId,
)
from realtime.claims.values import Claim
from server.domain import errors
from server.domain.changes import Change, Context
from server.domain.custody import Custody, Step
from server.domain.ids import Draw, OrderId, PersonId
from server.domain.orders import Order
from server.domain.people import Actor
from server.domain.rules import Rules
from server.services.dispatch.dispatch import Dispatch, not_certified, reopen
from server.services.dispatch.eligibility import Eligibility
from server.services.dispatch.judge import BY_STAFF, OrderJudge, resource_of
from server.services.ports import Clock, People, Relay
from server.store.audit import MongoAudit
from server.store.couriers import MongoCouriers
from server.store.orders import MongoOrders
from server.store.transactions import Session, Transactions

#: Tells one staff's act from another of the same person.
TURN_CHARACTERS = 12


class Withdrawals(Protocol):
    """Offline grants that stand in the way; `server.services.grants.grants.Grants`."""

    async def take_back(self, order: Order) -> Order:
        """Give the order without a live grant. Raises: TerminalOffline, Conflict."""


class Assigning:
    """Staff's hand in who carries which order."""

    def __init__(
        self,
        *,
        orders: MongoOrders,
        couriers: MongoCouriers,
        people: People,
        transactions: Transactions,
        dispatch: Dispatch,
        judge: OrderJudge,
        claims: Claims,
        eligibility: Eligibility,
        withdrawals: Withdrawals,
        audit: MongoAudit,
        relay: Relay,
        rules: Rules,
        clock: Clock,
        draw: Draw,
    ) -> None:
        self._orders = orders
        self._couriers = couriers
        self._people = people
        self._transactions = transactions
        self._dispatch = dispatch
        self._judge = judge
        self._claims = claims
        self._eligibility = eligibility
        self._grants = withdrawals
        self._audit = audit
        self._relay = relay
        self._rules = rules
        self._clock = clock
        self._draw = draw

    async def assign(
        self,
        actor: Actor,
        order: OrderId,
        courier: PersonId,
        offer_version: int,
        words: str,
        *,
        held_by: str | None = None,
    ) -> Order:
        """Give an order that is on offer, or claimed by somebody else, to a courier; recorded.

        `offer_version` is what staff looked at, and `held_by` who had it then, empty for nobody: a
        claim is won under its offer's version, which alone does not tell them apart.

        Raises:
            NotFound: no such order, or no such courier. Forbidden: to oneself.
            InvalidInput: no reason.
            NotCertified, CapReached, Barred: why the courier may not have it.
            OrderTaken, OfferClosed, StaleVersion: somebody was quicker, or it went on.
            Conflict: neither on offer nor claimed; theirs already; or an offline grant for its
                door was used. TerminalOffline: such a grant cannot be asked back now.
        """
        words = _words(words)
        if courier == actor.person:
            raise errors.Forbidden(field="courier_id", rule="not_to_yourself")
        known = await self._orders.get(order)
        await self._require_person(courier)
        _require(known, courier)
        if held_by is not None and held_by != (_holder(known) or ""):
            raise errors.StaleVersion(field="held_by", rule="current")
        await self._record(actor, "assign_order", order, words, courier)
        request = f"{BY_STAFF}{actor.person}:{self._draw(TURN_CHARACTERS)}"
        if known.custody is Custody.OPEN:
            won = await self._dispatch.claim_for(courier, order, offer_version, request)
            return won.order
        return await self._hand_over(actor, known, courier, offer_version, request)

    async def unassign(self, actor: Actor, order: OrderId, offer_version: int, words: str) -> Order:
        """Take a claimed order from its courier: it is on offer again, to everybody; recorded.

        Raises:
            NotFound: no such order. InvalidInput: no reason. StaleVersion: another claim by now.
            Conflict: not claimed, or an offline grant for its door was used.
            TerminalOffline: such a grant cannot be asked back now.
        """
        words = _words(words)
        known = await self._orders.get(order)
        _require_claim(known, offer_version)
        await self._record(actor, "unassign_order", order, words, _holder(known))
        await self._grants.take_back(known)
        context = self._context(actor)

        async def body(session: Session) -> Change:
            return await self._taken(order, offer_version, context, session)

        change = await self._transactions.run(body)
        self._forget(change)
        await self._relay.kick(order)
        return change.after

    async def _hand_over(
        self, actor: Actor, known: Order, courier: PersonId, offer_version: int, request: str
    ) -> Order:
        """Take a claim from its courier and win the order for another, all or nothing."""
        _require_claim(known, offer_version)
        await self._eligibility.check(courier)
        await self._grants.take_back(known)
        context, order = self._context(actor), known.id
        claim = Claim(
            resource_of(order), ClaimantId(courier), offer_version + 1, RequestId(request)
        )

        async def body(session: Session) -> Change:
            change = await self._taken(order, offer_version, context, session)
            award = await self._judge.award_in(claim, session)
            if award is None:
                raise _NotTheirs
            if not isinstance(award, Awarded):
                raise errors.StaleVersion(order_id=order)
            return change

        try:
            change = await self._transactions.run(body)
        except _NotTheirs:
            raise await self._refusal(order, courier) from None
        self._forget(change)
        self._eligibility.forget(courier)
        # Without it the record names who had it until the next opening; nobody can win by that.
        with suppress(ClaimsUnavailable, JudgeUncertain, TimeoutError):
            await self._claims.refresh(resource_of(order))
        await self._relay.kick(order)
        return await self._orders.get(order)

    async def _taken(
        self, order: OrderId, offer_version: int, context: Context, session: Session
    ) -> Change:
        def decide(current: Order) -> Change:
            _require_claim(current, offer_version)
            return reopen(current, Step.UNASSIGN, context)

        change = await self._orders.change(order, decide, session)
        await self._couriers.lay_down(order, change.before.version, session=session)
        return change

    async def _refusal(self, order: OrderId, courier: PersonId) -> errors.DomainError:
        """Say why the judge would not give it to the courier."""
        self._eligibility.forget(courier)
        now = self._clock()
        standing = await self._couriers.standing(courier)
        if not standing.is_certified(now):
            return not_certified(order, standing.at(now).value)
        return errors.CapReached(cap=self._rules.courier_cap, carrying=standing.carrying)

    async def _require_person(self, courier: PersonId) -> None:
        try:
            await self._people.get(courier)
        except errors.NotFound:
            raise errors.NotFound(field="courier_id", rule="exists") from None

    async def _record(
        self, actor: Actor, action: str, order: OrderId, words: str, courier: PersonId | None
    ) -> None:
        await self._audit.record(
            actor=actor.person,
            action=action,
            subject=f"order:{order}",
            purpose=words,
            at=self._clock(),
            details={"courier": courier} if courier else None,
        )

    def _forget(self, change: Change) -> None:
        courier = _holder(change.before)
        if courier is not None:
            self._eligibility.forget(courier)

    def _context(self, actor: Actor) -> Context:
        return Context(actor=actor.person, at=self._clock(), rules=self._rules)


class _NotTheirs(Exception):
    """The judge will not let this courier have it; nothing was written."""


def _words(text: str) -> str:
    words = text.strip()
    if not words:
        raise errors.InvalidInput(field="reason", rule="required")
    return words


def _holder(order: Order) -> PersonId | None:
    return order.pickup.courier if order.pickup else None


def _require(order: Order, courier: PersonId) -> None:
    if order.custody not in (Custody.OPEN, Custody.CLAIMED):
        raise errors.Conflict(field="order_id", rule="open_or_claimed", custody=order.custody.value)
    if _holder(order) == courier:
        raise errors.Conflict(field="courier_id", rule="holds_it")


def _require_claim(order: Order, offer_version: int) -> None:
    if order.custody is not Custody.CLAIMED or order.offer is None:
        raise errors.Conflict(field="order_id", rule="claimed", custody=order.custody.value)
    if order.offer.version != offer_version:
        raise errors.StaleVersion(
            field="offer_version", rule="current", offer_version=order.offer.version
        )
