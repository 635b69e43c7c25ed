"""The judge of the race for orders: MongoDB's word on who holds which (see realtime.claims).

A win is one transaction: the order moves from open to claimed under the offer's version, and
counts against the courier's cap. Everything else is read off the order.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from realtime.claims import (
    Award,
    Awarded,
    Claim,
    ClaimantId,
    Closed,
    Held,
    Holder,
    JudgeUncertain,
    Lost,
    NotEligible,
    Open,
    RequestId,
    ResourceId,
    Truth,
)
from server.domain.changes import Change, Context, move, note
from server.domain.custody import Custody, Step
from server.domain.errors import NotFound, StaleVersion, Unavailable
from server.domain.grants import Grant
from server.domain.ids import OrderId, PersonId
from server.domain.orders import Order, Pickup
from server.domain.people import SYSTEM
from server.domain.rules import Rules
from server.services.ports import Clock, Relay
from server.store.couriers import MongoCouriers
from server.store.orders import MongoOrders
from server.store.outages import mongo_outage_is_unavailable
from server.store.transactions import Session, Transactions

#: The kind of resource that orders are in the claim engine.
KIND = "order"

#: An order that stayed open but got a new offer version, since its winner was not eligible.
RENEWED = "offer_renewed"

#: Reasons for which a courier may not have an order.
NOT_CERTIFIED = "not_certified"
CAP_REACHED = "cap_reached"

HELD = frozenset(
    {
        Custody.CLAIMED,
        Custody.COLLECTING,
        Custody.COLLECTED,
        Custody.IN_REVIEW,
        Custody.DONE,
    }
)


def resource_of(order: OrderId) -> ResourceId:
    """Name an order in the claim engine.

    Raises:
        ValueError: it cannot be an order's id.
    """
    return ResourceId(KIND, order)


def truth_of(order: Order) -> Truth:
    """Say what the race needs to know of an order."""
    version = order.offer.version if order.offer else 0
    if order.custody is Custody.OPEN:
        return Open(version)
    if order.custody in HELD and order.pickup is not None:
        return Held(version, (_holder(order.pickup),))
    return Closed(version)


def _holder(pickup: Pickup) -> Holder:
    request = RequestId(pickup.request) if pickup.request else None
    return Holder(ClaimantId(pickup.courier), pickup.claimed_at, request=request)


#: How a claim's request begins that staff make for a courier: `staff:WHO:NUMBER`. Couriers' own
#: requests never do (see `Dispatch.claim`).
BY_STAFF = "staff:"


def assigned_by(claim: Claim) -> PersonId | None:
    """Tell which member of staff makes a claim for its courier; None of a courier's own."""
    if not claim.request.startswith(BY_STAFF):
        return None
    return PersonId(claim.request.removeprefix(BY_STAFF).partition(":")[0])


class Issue(Protocol):
    """Offline grants for winners; `server.services.grants.issue.GrantIssue`."""

    async def for_win(
        self, order: Order, courier: PersonId, at: datetime, until: datetime, session: Session
    ) -> Grant | None:
        """Make a grant and write its command within the win's transaction; None for none."""


class OrderJudge:
    """Implements the claim engine's `Judge` for orders."""

    def __init__(
        self,
        *,
        orders: MongoOrders,
        couriers: MongoCouriers,
        transactions: Transactions,
        issue: Issue,
        clock: Clock,
        rules: Rules,
        relay: Relay,
        within_seconds: float,
    ) -> None:
        """Take collaborators; `within_seconds` is below the engine's `award_seconds`."""
        self._orders = orders
        self._couriers = couriers
        self._transactions = transactions
        self._issue = issue
        self._clock = clock
        self._rules = rules
        self._relay = relay
        self._within_seconds = within_seconds

    async def read(self, resource: ResourceId) -> Truth:
        """Read an order's truth.

        Raises:
            JudgeUncertain: MongoDB did not answer.
        """
        try:
            with mongo_outage_is_unavailable():
                return truth_of(await self._orders.get(OrderId(resource.name)))
        except NotFound:
            return Closed(0)
        except Unavailable as error:
            raise JudgeUncertain from error

    async def award(self, claim: Claim) -> Award:
        """Write the claim if its order is open at its version; idempotent for its holder.

        Raises:
            JudgeUncertain: MongoDB did not answer; the claim may have been written.
        """
        try:
            with mongo_outage_is_unavailable():
                return await self._award(claim)
        except Unavailable as error:
            raise JudgeUncertain from error

    async def _award(self, claim: Claim) -> Award:
        async def body(session: Session) -> Award | None:
            return await self.award_in(claim, session)

        try:
            award = await self._transactions.run(body, within_seconds=self._within_seconds)
        except NotFound:
            return Lost(Closed(0))
        if award is None:
            award = await self._refuse(claim)
        if not isinstance(award, Lost):
            await self._relay.kick(OrderId(claim.resource.name))
        return award

    async def award_in(self, claim: Claim, session: Session) -> Award | None:
        """Write the claim in a transaction; None, writing nothing, if its courier may not have it.

        The caller kicks the relay after the commit.

        Raises:
            NotFound: there is no such order.
        """
        order = await self._orders.get(OrderId(claim.resource.name), session)
        courier = PersonId(claim.claimant)
        version = order.offer.version if order.offer else 0
        if version == claim.version and order.custody in HELD:
            pickup = order.pickup
            if pickup is not None and pickup.courier == courier:
                return Awarded(pickup.claimed_at)
        if version != claim.version or order.custody is not Custody.OPEN:
            return Lost(truth_of(order))
        change = await self._claimed(order, courier, claim, session)
        counted = await self._couriers.take_on(
            courier,
            order.id,
            change.after.version,
            cap=self._rules.courier_cap,
            now=change.event.at,
            session=session,
        )
        if not counted:
            return None
        if not await self._orders.write(change, session):
            raise StaleVersion(order_id=order.id)
        return Awarded(change.event.at)

    async def _claimed(
        self, order: Order, courier: PersonId, claim: Claim, session: Session
    ) -> Change:
        now = self._clock()
        until = now + timedelta(seconds=self._rules.pickup_within_seconds)
        grant = await self._issue.for_win(order, courier, now, until, session)
        pickup = Pickup(courier=courier, claimed_at=now, until=until, request=claim.request)
        staff = assigned_by(claim)
        context = Context(actor=staff or courier, at=now, rules=self._rules)
        data: dict[str, object] = {"offer_version": claim.version}
        if grant is not None:
            data["grant"] = grant.id
        step = Step.CLAIM if staff is None else Step.ASSIGN
        if staff is not None:
            data["to"] = courier
        return move(order, step, context, data, pickup=pickup, grant=grant)

    async def _refuse(self, claim: Claim) -> Award:
        """Put the order on offer under a new version, so that nothing of this race counts."""
        now = self._clock()
        standing = await self._couriers.standing(PersonId(claim.claimant))
        reason = CAP_REACHED if standing.is_certified(now) else NOT_CERTIFIED
        context = Context(actor=SYSTEM, at=now, rules=self._rules)

        def renew(order: Order) -> Change:
            if order.offer is None or not is_open_at(order, claim.version):
                raise _Gone(order)
            offer = replace(order.offer, version=order.offer.version + 1)
            return note(order, RENEWED, context, {"reason": reason}, offer=offer)

        try:
            change = await self._orders.change(OrderId(claim.resource.name), renew)
        except _Gone as gone:
            return Lost(truth_of(gone.order))
        except StaleVersion as error:
            raise JudgeUncertain from error
        offer = change.after.offer
        return NotEligible(reason, offer.version if offer else 0)


def is_open_at(order: Order, version: int) -> bool:
    """Tell whether an order is on offer under this very version."""
    return (
        order.custody is Custody.OPEN
        and order.offer is not None
        and (order.offer.version == version)
    )


class _Gone(Exception):
    """The order is not open at the claim's version any more."""

    def __init__(self, order: Order) -> None:
        self.order = order
        super().__init__(order.id)
