"""What becomes of an order with its offline grant: pure decisions.

Each takes the order as it is and the grant that somebody's word is about; a word about another
grant than the order's present one changes nothing.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from server.domain import grants, saga
from server.domain.changes import Change, Context, move, note
from server.domain.custody import Custody, Step
from server.domain.errors import Conflict
from server.domain.grants import Grant, GrantState
from server.domain.ids import CommandId, PersonId
from server.domain.orders import Order
from server.services.deposit.reactions import armed, unchanged

GRANT_WANTED = "grant_wanted"  #: asked back, for the sake of a step that waits for it
GRANT_WITHDRAWN = "grant_withdrawn"
GRANT_EXPIRED = "grant_expired"
GRANT_SPENT = "grant_spent"  #: used at the terminal; what came of it is still to be told
GRANT_USED = "grant_used"
GRANT_FORGOTTEN = "grant_forgotten"  #: its agent cannot say whether it was used: staff decide
GRANT_RELEASED = "grant_released"  #: by staff, without the agent's word
OPENED_AFTER_RELEASE = "opened_after_release"  #: the door was opened by a grant that had ended

#: The rule that is broken by going on with an order whose grant was used without our knowledge.
SPENT_RULE = "opened_offline"


def wanted(order: Order, grant: CommandId, wish: Step, context: Context) -> Change:
    """Somebody wants a step that the live grant does not allow."""
    had = _live(order, grant)
    if had is None or had.spent or had.wish is wish:
        return unchanged(order, context)
    asked = grants.want(had, wish, context.at)
    return note(order, GRANT_WANTED, context, {"grant": grant, "for": wish.value}, grant=asked)


def withdrawn(order: Order, grant: CommandId, context: Context) -> Change:
    """The agent says that the grant was not used and never will be."""
    had = _live(order, grant)
    if had is None:
        return unchanged(order, context)
    late = context.at > had.deadline
    to = GrantState.EXPIRED if late else GrantState.WITHDRAWN
    step = GRANT_EXPIRED if late else GRANT_WITHDRAWN
    return note(order, step, context, {"grant": grant}, grant=grants.settle(had, to))


def spent(order: Order, grant: CommandId, context: Context) -> Change:
    """The agent says that the grant was used, and its events have not come yet: wait for them."""
    had = _live(order, grant)
    if had is None or had.spent:
        return unchanged(order, context)
    told = replace(had, spent=True, wish=None, wanted_at=had.wanted_at or context.at)
    return note(order, GRANT_SPENT, context, {"grant": grant}, grant=told)


def forgotten(order: Order, grant: CommandId, context: Context) -> Change:
    """The agent knows nothing of the grant, and its disk is newer: it may have been used.

    The order stays as it is, and staff are told why: only their word goes on from here.
    """
    had = _live(order, grant)
    if had is None or had.spent or is_forgotten(order, grant):
        return unchanged(order, context)
    waiting = replace(had, wanted_at=had.wanted_at or context.at)
    fired = (*order.fired, _forgotten_mark(grant))
    return note(order, GRANT_FORGOTTEN, context, {"grant": grant}, grant=waiting, fired=fired)


def is_forgotten(order: Order, grant: CommandId) -> bool:
    """Tell whether the agent said that it cannot know what became of a grant."""
    return _forgotten_mark(grant) in order.fired


def _forgotten_mark(grant: CommandId) -> str:
    return f"{GRANT_FORGOTTEN}:{grant}"


def used(order: Order, grant: CommandId, context: Context) -> Change:
    """Numbered events told what the open came to."""
    had = _live(order, grant)
    if had is None:
        return unchanged(order, context)
    ended = grants.settle(had, GrantState.USED)
    return note(order, GRANT_USED, context, {"grant": grant}, grant=ended)


def used_with(change: Change, grant: CommandId, context: Context) -> Change:
    """Do as `used` in the same write as what a door's sensor changes."""
    had = _live(change.after, grant)
    if had is None:
        return change
    if change.before is change.after:
        return used(change.before, grant, context)
    after = replace(change.after, grant=grants.settle(had, GrantState.USED))
    return replace(change, after=replace(after, due_at=saga.due_at(after, context.rules)))


def released(order: Order, known: Grant, context: Context) -> Change:
    """Staff take the grant for ended without the agent's word; what waited for it goes on.

    `known` is the grant as it was before its agent was asked once more: an answer that ended it
    meanwhile is as good.

    Raises:
        Conflict: the agent has said meanwhile that it was used.
    """
    had = _live(order, known.id)
    if had is None:
        return unchanged(order, context)
    if had.spent and not known.spent:
        raise Conflict(order_id=order.id, rule=SPENT_RULE)
    ended = grants.settle(had, GrantState.WITHDRAWN)
    return note(order, GRANT_RELEASED, context, {"grant": ended.id}, grant=ended)


def heard(
    order: Order,
    command: CommandId,
    at: datetime,
    *,
    tried: bool,
    released: bool,
    context: Context,
) -> Change:
    """The open that a grant stands for was begun at the terminal, at the agent's instant.

    A claimed order is being collected from then on, as if it had been asked online; the time to
    open again counts from now, since the courier hears of it now. `released` tells that staff
    had begun to take the grant for ended; until the order says so, it holds.
    """
    had = order.grant
    mine = had is not None and had.id == command
    ended = mine and had is not None and had.state in (GrantState.WITHDRAWN, GrantState.EXPIRED)
    if ended or (released and not mine):
        # A mere intent may have been refused and the grant then withdrawn: nothing opened.
        return _after_release(order, command, context) if tried else unchanged(order, context)
    if had is None or not mine:
        return unchanged(order, context)  # of a phase that is over, and told of then
    place, pickup = order.placement, order.pickup
    if order.custody is not Custody.CLAIMED or place is None or pickup is None:
        return unchanged(order, context)
    then = replace(context, at=max(pickup.claimed_at, min(at, context.at)))
    facts: dict[str, object] = {"cell": place.cell, "command": command}
    moved = move(
        order,
        Step.OPEN_OFFLINE,
        then,
        facts,
        placement=armed(place, command, opens=1),
        grant=grants.keep(had),
    )
    after = replace(moved.after, custody_since=context.at)
    return replace(moved, after=replace(after, due_at=saga.due_at(after, context.rules)))


def _after_release(order: Order, command: CommandId, context: Context) -> Change:
    """A grant that had ended opened the door all the same: staff look what became of it."""
    mark = f"{OPENED_AFTER_RELEASE}:{command}"
    if mark in order.fired:
        return unchanged(order, context)
    facts: dict[str, object] = {"command": command}
    return note(order, OPENED_AFTER_RELEASE, context, facts, fired=(*order.fired, mark))


def _live(order: Order, grant: CommandId) -> Grant | None:
    had = order.grant
    return had if had is not None and had.id == grant and grants.lives(had) else None


def require_live(order: Order, grant: CommandId) -> Grant:
    """Refuse what is asked of a grant that is not the order's live one: its page is stale.

    Raises:
        Conflict: it lives no more, or another one does.
    """
    had = _live(order, grant)
    if had is None:
        another = grants.lives(order.grant)
        raise Conflict(order_id=order.id, rule="another_grant" if another else "no_live_grant")
    return had


def require_usable(order: Order, command: CommandId) -> None:
    """Refuse to ask online for what a grant stands for, unless the grant still may be used.

    Raises:
        Conflict: it ended meanwhile, or was used at the terminal.
    """
    had = order.grant
    if had is None or had.id != command:
        return
    if not grants.lives(had):
        raise Conflict(order_id=order.id, rule="grant_ended")
    if had.spent:
        raise Conflict(order_id=order.id, rule=SPENT_RULE)


def as_if_withdrawn(order: Order) -> Order:
    """Give the order as it would be without its live grant, to try a change out on it."""
    if order.grant is None or not grants.lives(order.grant):
        return order
    return replace(order, grant=grants.settle(order.grant, GrantState.WITHDRAWN))


def holder_of(order: Order) -> PersonId | None:
    """Tell who may see the order's live grant."""
    return order.grant.holder if order.grant is not None and grants.lives(order.grant) else None
