"""Orders from the customer's side: price, waybill, history, cancelling."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from realtime.wire.orders import OrderPage, PriceView
from realtime.wire.requests import PlaceOrder
from realtime.wire.views import OrderView
from server.domain import grants
from server.domain.changes import Change, Context, move, then
from server.domain.custody import START, Custody, Step
from server.domain.documents import region
from server.domain.errors import Conflict, Forbidden, InvalidInput
from server.domain.ids import Draw, OrderId, PersonId, order_id
from server.domain.money import Charge, Payout
from server.domain.orders import Consent, Order, OrderEvent, Waybill, check_waybill
from server.domain.people import Actor, Role
from server.domain.price_lists import PriceChanged, PriceList, price_of
from server.domain.prices import Size, Zone, zone_between
from server.domain.rules import Rules
from server.domain.terminals import Command
from server.services.deposit.cells import Cells
from server.services.deposit.deposit import require_closed
from server.services.deposit.reactions import check_empty, check_settled, disarmed
from server.services.doors.doors import Doors
from server.services.grants.grants import Grants
from server.services.grants.steps import as_if_withdrawn
from server.services.orders.price_lists import PriceLists
from server.services.orders.views import OrderViews, Viewer, viewer_of
from server.services.orders.waybills import Waybills
from server.services.ports import Audit, Clock, Relay
from server.store.cells import MongoCells
from server.store.documents import milliseconds
from server.store.orders import MongoOrders

#: Staff who may cancel what a courier has won already.
CANCELLERS = frozenset({Role.OPERATOR, Role.REVIEWER, Role.ADMIN})

#: From these a parcel goes back through its door; a claimed one by staff's word only.
TO_TAKE_BACK = frozenset({Custody.DEPOSITED, Custody.OPEN, Custody.CLAIMED})


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStores:
    """The collections that orders are read from and written to."""

    orders: MongoOrders
    cells: MongoCells


class Orders:
    """Place, show and cancel orders."""

    def __init__(
        self,
        *,
        stores: OrderStores,
        prices: PriceLists,
        waybills: Waybills,
        views: OrderViews,
        cells: Cells,
        doors: Doors,
        withdrawals: Grants,
        relay: Relay,
        audit: Audit,
        rules: Rules,
        clock: Clock,
        draw: Draw,
    ) -> None:
        self._orders = stores.orders
        self._cell_store = stores.cells
        self._prices = prices
        self._waybills = waybills
        self._views = views
        self._cells = cells
        self._doors = doors
        self._grants = withdrawals
        self._relay = relay
        self._audit = audit
        self._rules = rules
        self._clock = clock
        self._draw = draw

    async def price(self, size: str, origin: str, destination: str) -> PriceView:
        """Price a parcel by the list in force.

        Raises:
            InvalidInput: no region codes.
        """
        zone = _zone(origin, destination, field="region")
        prices = await self._prices.present()
        price = price_of(prices, Size(size), zone)
        return PriceView(
            size=size, zone=zone.value, price_fen=price.price_fen, price_version=prices.version
        )

    async def place(self, customer: PersonId, asked: PlaceOrder) -> OrderView:
        """Take a waybill; its price and the courier's pay are fixed from now on.

        Raises:
            InvalidInput: names the first field that breaks its rule; nothing is kept.
            PriceChanged: it costs other than what the customer saw; nothing is kept.
        """
        waybill = check_waybill(_waybill(asked))
        consent = self._consent(asked)
        order = self._new(customer, asked, waybill, consent, await self._prices.certain())
        event = OrderEvent(
            version=order.version,
            step=Step.PLACE.value,
            at=order.created_at,
            actor=customer,
            custody=order.custody,
            charge=order.charge,
        )
        await self._orders.insert(order, event, self._waybills.sealed(order.id, waybill))
        await self._relay.kick(order.id)
        return await self._views.one(order, Viewer.CUSTOMER, timeline=True)

    async def mine(
        self, customer: PersonId, *, before: datetime | None = None, limit: int = 20
    ) -> OrderPage:
        """List a customer's orders, newest first, a page at a time."""
        found = await self._orders.of_customer(customer, before=before, limit=limit + 1)
        page = found[:limit]
        more = page[-1].created_at if len(found) > limit else None
        return OrderPage(orders=await self._views.many(page, Viewer.CUSTOMER), next=more)

    async def get(self, actor: Actor, order: OrderId) -> OrderView:
        """Show one order with its history.

        Raises:
            NotFound: none of this person's business.
        """
        known = await self._orders.get(order)
        viewer = viewer_of(known, actor.person, actor.roles)
        return await self._views.one(known, viewer, timeline=True)

    async def cancel(self, actor: Actor, order: OrderId, reason: str | None) -> OrderView:
        """Cancel an order; a parcel in a cell is then to be taken out, and the refund follows.

        Free for the customer until it is claimed; then through staff, with a reason, recorded.

        Raises:
            NotFound, Forbidden: not this person's to cancel.
            Conflict: claimed, collected or over; or the door has to be closed first.
            TerminalOffline: an offline grant for its door cannot be withdrawn now.
        """
        known = await self._orders.get(order)
        viewer = viewer_of(known, actor.person, actor.roles)
        await self._check_may_cancel(actor, known, viewer, reason)
        context = Context(actor=actor.person, at=self._clock(), rules=self._rules)
        if known.custody is Custody.DEPOSITING:
            await require_closed(self._cell_store, known, context)
        by_staff = viewer is Viewer.STAFF
        last = await self._doors.last(known)
        if grants.lives(known.grant):
            # What would be refused all the same withdraws nothing.
            _cancelled(as_if_withdrawn(known), last, context, by_staff=by_staff)
            known = await self._grants.take_back(known)
            last = await self._doors.last(known)
        change = await self._orders.change(
            order, lambda now: _cancelled(now, last, context, by_staff=by_staff)
        )
        await self._cells.follow(change)
        await self._relay.kick(order)
        return await self._views.one(change.after, viewer, timeline=True)

    async def _check_may_cancel(
        self, actor: Actor, order: Order, viewer: Viewer, reason: str | None
    ) -> None:
        if viewer is Viewer.CUSTOMER:
            return
        if viewer is Viewer.WINNER or not actor.roles & CANCELLERS:
            raise Forbidden(field="order_id", rule="customer_or_staff")
        if not reason or not reason.strip():
            raise InvalidInput(field="reason", rule="required")
        await self._audit.record(
            actor=actor.person,
            action="cancel_order",
            subject=f"order:{order.id}",
            purpose=reason.strip(),
            at=self._clock(),
        )

    def _consent(self, asked: PlaceOrder) -> Consent:
        if not asked.no_prohibited_goods:
            raise InvalidInput(field="no_prohibited_goods", rule="must_be_true")
        if asked.consent_version != self._rules.consent_version:
            raise InvalidInput(field="consent_version", rule="current_version")
        return Consent(
            locker_version=asked.consent_version, no_prohibited_goods=True, at=self._now()
        )

    def _new(
        self,
        customer: PersonId,
        asked: PlaceOrder,
        waybill: Waybill,
        consent: Consent,
        prices: PriceList,
    ) -> Order:
        now, size = self._now(), Size(asked.size)
        zone = _zone(asked.origin_region, waybill.region, field="recipient.region")
        price = price_of(prices, size, zone)
        if asked.price_fen != price.price_fen:
            raise PriceChanged(
                field="price_fen",
                rule="price_now",
                price_fen=price.price_fen,
                price_version=prices.version,
                zone=zone.value,
            )
        return Order(
            id=order_id(now, self._draw),
            version=1,
            customer=customer,
            custody=START,
            custody_since=now,
            charge=Charge.UNPAID,
            payout=Payout.NONE,
            size=size,
            zone=zone,
            origin_region=asked.origin_region,
            destination_region=waybill.region,
            price_fen=price.price_fen,
            fee_fen=price.fee_fen,
            pay_fen=price.pay_fen,
            consent=consent,
            created_at=now,
            price_version=prices.version,
        )

    def _now(self) -> datetime:
        return milliseconds(self._clock())


def _zone(origin: str, destination: str, *, field: str) -> Zone:
    return zone_between(region(origin, field="origin_region"), region(destination, field=field))


def _waybill(asked: PlaceOrder) -> Waybill:
    return Waybill(
        sender_name=asked.sender_name,
        recipient_name=asked.recipient.name,
        recipient_phone=asked.recipient.phone,
        region=asked.recipient.region,
        address=asked.recipient.address,
        description=asked.description,
    )


def _cancelled(order: Order, last: Command | None, context: Context, *, by_staff: bool) -> Change:
    facts: dict[str, object] = {"by_staff": by_staff}
    if order.custody is Custody.DEPOSITING:
        place = check_settled(order, last, context)
        if not by_staff:
            check_empty(place)
        left = move(order, Step.ABANDON, context, facts, placement=None)
        return then(left, move(left.after, Step.CANCEL, context, facts))
    if order.custody in TO_TAKE_BACK and order.placement is not None:
        if order.custody is Custody.CLAIMED and not by_staff:
            raise Conflict(field="order_id", rule="claimed_through_staff")
        back = disarmed(order.placement)
        return move(order, Step.TAKE_BACK, context, facts, placement=back)
    if order.custody is Custody.COLLECTING:
        return _called_off(order, last, context, facts, by_staff=by_staff)
    return move(order, Step.CANCEL, context, facts)


def _called_off(
    order: Order,
    last: Command | None,
    context: Context,
    facts: dict[str, object],
    *,
    by_staff: bool,
) -> Change:
    """Turn back a pickup whose door never opened: the parcel is certainly still inside."""
    if not by_staff:
        raise Conflict(field="order_id", rule="claimed_through_staff")
    place = check_settled(order, last, context)
    if place.opened or place.used:
        raise Conflict(field="order_id", rule="door_was_opened")
    return move(order, Step.TAKE_BACK, context, facts, placement=disarmed(place))
