"""What an order's history says of its courier's pay: each step written with what it tells of."""

from __future__ import annotations

from server.domain.changes import Context, note, pay_out
from server.domain.money import Payout
from server.domain.orders import Order
from server.domain.payments import Transfer
from server.domain.people import SYSTEM
from server.domain.rules import Rules
from server.services.ports import Clock
from server.store.orders import MongoOrders
from server.store.transactions import Session


class PayoutSteps:
    """Writes them."""

    def __init__(self, *, orders: MongoOrders, clock: Clock, rules: Rules) -> None:
        self._orders = orders
        self._clock = clock
        self._rules = rules

    async def move(self, transfer: Transfer, to: Payout, session: Session) -> Order:
        """Move the courier's money on the order.

        Raises:
            IllegalTransition: the payout table has no such step.
        """
        context, data = self._context(), _data(transfer)
        change = await self._orders.change(
            transfer.order, lambda order: pay_out(order, to, context, data), session
        )
        return change.after

    async def tell(self, transfer: Transfer, step: str, session: Session) -> Order:
        """Note a fact that moves nothing, for somebody to hear of."""
        context, data = self._context(), _data(transfer)
        change = await self._orders.change(
            transfer.order, lambda order: note(order, step, context, data), session
        )
        return change.after

    def _context(self) -> Context:
        return Context(actor=SYSTEM, at=self._clock(), rules=self._rules)


def _data(transfer: Transfer) -> dict[str, object]:
    return {"payout": transfer.id}
