"""How an order changes: one function per kind of change, each giving the new value and its event.

A change is decided here, purely, and written by the store in one conditional write whose
filter holds the version (and so the state) that the decision was made on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from server.domain import custody as custody_table
from server.domain import grants, money, saga
from server.domain.custody import Step
from server.domain.errors import Conflict
from server.domain.ids import PersonId
from server.domain.money import Charge, Payout
from server.domain.orders import Order, OrderEvent
from server.domain.rules import Rules
from server.domain.terminals import Purpose

#: A live offline grant forbids the change: it has to be settled first.
GRANT_LIVES = "grant_lives"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One decided change: what was, what will be, and the event that tells of it."""

    before: Order
    after: Order
    event: OrderEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Who changes the order, when, and under which rules."""

    actor: PersonId
    at: datetime
    rules: Rules


def _change(
    order: Order, after: Order, step: str, context: Context, data: dict[str, object] | None
) -> Change:
    _guard(order, after)
    after = replace(after, version=order.version + 1)
    after = replace(after, due_at=saga.due_at(after, context.rules))
    event = OrderEvent(
        version=after.version,
        step=step,
        at=context.at,
        actor=context.actor,
        custody=after.custody,
        charge=after.charge,
        data=data or {},
    )
    return Change(before=order, after=after, event=event)


def _guard(before: Order, after: Order) -> None:
    """Keep holder, cell and command of an order whose offline grant lives.

    Raises:
        Conflict: the change would take from under the grant what it opens.
    """
    grant, place = before.grant, after.placement
    if grant is None or not grants.lives(grant):
        return
    if after.grant is None or after.grant.id != grant.id:
        raise Conflict(order_id=before.id, rule=GRANT_LIVES)
    if not grants.lives(after.grant):
        return  # settled with this very change
    at_cell = place is not None and (place.terminal, place.cell) == (grant.terminal, grant.cell)
    same_open = place is not None and place.command in (None, grant.id)
    carrier = after.pickup.courier if after.pickup else None
    holder = carrier if grant.purpose is Purpose.COLLECT else after.customer
    in_phase = after.custody in grants.HELD_IN[grant.purpose]
    if not (at_cell and same_open and in_phase and holder == grant.holder):
        raise Conflict(order_id=before.id, rule=GRANT_LIVES)


def move(
    order: Order,
    step: Step,
    context: Context,
    data: dict[str, object] | None = None,
    **fields: Any,
) -> Change:
    """Move the parcel one step and set `fields` with it.

    Raises:
        IllegalTransition: the custody table has no such step from here.
    """
    state = custody_table.advance(order.custody, step)
    after = replace(order, custody=state, **fields)
    if state is not order.custody:
        after = replace(after, custody_since=context.at, fired=())
    return _change(order, after, step.value, context, data)


def charge(
    order: Order,
    to: Charge,
    context: Context,
    data: dict[str, object] | None = None,
    **fields: Any,
) -> Change:
    """Move the customer's money.

    Raises:
        IllegalTransition: the charge table has no such step.
    """
    after = replace(order, charge=money.charge(order.charge, to), **fields)
    return _change(order, after, to.value, context, data)


def pay_out(
    order: Order, to: Payout, context: Context, data: dict[str, object] | None = None
) -> Change:
    """Move the courier's money.

    Raises:
        IllegalTransition: the payout table has no such step.
    """
    after = replace(order, payout=money.pay_out(order.payout, to))
    return _change(order, after, to.value, context, data)


def note(
    order: Order, kind: str, context: Context, data: dict[str, object] | None = None, **fields: Any
) -> Change:
    """Record a fact that moves neither parcel nor money: a door step, a timer that fired."""
    return _change(order, replace(order, **fields), kind, context, data)


def then(first: Change, second: Change) -> Change:
    """Join two changes into one write that carries the second's event as the visible one.

    Used where parcel and money move in the same instant (paid, so open).
    """
    return Change(before=first.before, after=second.after, event=second.event)
