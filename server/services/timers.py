"""The saga's timers carried out: what the platform does on its own when time has passed.

Two workers do a thing once: each action is a conditional write on what it was decided on, and
a one-time timer is remembered with its effect, in the same write.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from server.domain.changes import Change, Context, move, note
from server.domain.custody import Step
from server.domain.errors import Conflict
from server.domain.ids import OrderId
from server.domain.notice_kinds import REMINDED
from server.domain.orders import Order
from server.domain.people import SYSTEM
from server.domain.rules import Rules
from server.domain.saga import Action, Timer, due
from server.services.dispatch.dispatch import Dispatch
from server.services.money.refunds import Refunds
from server.services.one_by_one import one_by_one
from server.services.orders.relay import STAFF_TOLD
from server.services.ports import Clock, Relay
from server.store.orders import MongoOrders

BATCH = 100

#: Which ring each widening timer opens.
RING_OF = {"ring_second": 1, "ring_third": 2}


class Holds(Protocol):
    """The deposit side: what happens when a held cell's time is over."""

    async def end_hold(self, order: OrderId) -> bool:
        """End the hold or ask the customer; idempotent, remembers the timer itself."""


class Windows(Protocol):
    """The pickup side: what happens when the courier's time at the open cell is over."""

    async def conclude(self, order: OrderId) -> bool:
        """Conclude the pickup or tell staff; idempotent, remembers the timer itself."""


class Timers:
    """Carries out what is due."""

    def __init__(
        self,
        *,
        orders: MongoOrders,
        dispatch: Dispatch,
        refunds: Refunds,
        holds: Holds,
        windows: Windows,
        clock: Clock,
        rules: Rules,
        relay: Relay,
    ) -> None:
        self._orders = orders
        self._dispatch = dispatch
        self._refunds = refunds
        self._holds = holds
        self._windows = windows
        self._clock = clock
        self._rules = rules
        self._relay = relay

    async def sweep(self) -> int:
        """Act on orders whose timers are due; returns how many were looked at."""
        ripe = await self._orders.due(self._clock(), BATCH)
        await one_by_one(ripe, self.act, name="timer of")
        return len(ripe)

    async def act(self, order: OrderId) -> None:
        """Carry out what is due for one order, the earliest first; idempotent."""
        known = await self._orders.get(order)
        for timer in due(known, self._rules, self._clock()):
            await self._carry_out(order, timer)

    async def _carry_out(self, order: OrderId, timer: Timer) -> None:
        match timer.action:
            case Action.END_HOLD:
                await self._holds.end_hold(order)
            case Action.CONCLUDE_PICKUP:
                await self._windows.conclude(order)
            case Action.HAND_BACK:
                await self._dispatch.hand_back_wished(order)
            case Action.EXPIRE_CLAIM:
                await self._dispatch.expire(order)
            case Action.REFUND:
                await self._refunds.refund_order(order)
            case Action.REMIND_UNPAID | Action.TELL_STAFF | Action.WIDEN_RING | Action.NO_TAKER:
                await self._write(order, timer)

    async def _write(self, order: OrderId, timer: Timer) -> None:
        now = self._clock()
        context = Context(actor=SYSTEM, at=now, rules=self._rules)

        def decide(current: Order) -> Change:
            if timer not in due(current, self._rules, now):
                raise Conflict(order_id=order, rule="due")
            return fire(current, timer, context)

        try:
            await self._orders.change(order, decide)
        except Conflict:
            return  # another worker was first, or the order has moved on
        await self._relay.kick(order)


def fire(order: Order, timer: Timer, context: Context) -> Change:
    """Decide what a due timer changes on its order alone."""
    fired = (*order.fired, timer.name)
    data: dict[str, object] = {"timer": timer.name}
    match timer.action:
        case Action.NO_TAKER:
            return move(order, Step.NO_TAKER, context, data)
        case Action.WIDEN_RING:
            return _widen(order, timer, context)
        case Action.REMIND_UNPAID:
            return note(order, REMINDED, context, data, fired=fired)
        case _:
            return note(order, STAFF_TOLD, context, data, fired=fired)


def _widen(order: Order, timer: Timer, context: Context) -> Change:
    """Widen to the timer's ring; an order that came back may be offered as wide already."""
    fired = (*order.fired, timer.name)
    ring = min(RING_OF[timer.name], len(context.rules.ring_metres) - 1)
    if order.offer is None or order.offer.ring >= ring:
        return note(order, "ring_kept", context, fired=fired)
    offer = replace(order.offer, ring=ring)
    return move(order, Step.WIDEN, context, {"ring": ring}, offer=offer, fired=fired)
