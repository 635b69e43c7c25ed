"""What a sensed door means for the order whose parcel is behind it: pure decisions.

Each takes the order and the command that the sensor's word belongs to; a command that is no
longer the order's last one means nothing to it.
"""

from __future__ import annotations

from dataclasses import replace

from server.domain.changes import Change, Context, move, note
from server.domain.custody import Custody, Step
from server.domain.errors import Conflict
from server.domain.ids import CommandId
from server.domain.orders import Order, OrderEvent, Placement
from server.domain.terminals import ALIVE, Command
from server.services.orders.views import IN_CELL

DOOR_ASKED = "door_asked"
DOOR_OPENED = "door_sensed_open"
DOOR_CLOSED = "door_sensed_closed"
DOOR_FAILED = "door_failed"
DOOR_LEFT_OPEN = "door_left_open"  #: by the customer, as far as anybody knows
DOOR_LEFT_OPEN_COLLECTING = "door_left_open_collecting"  #: by the courier
DOOR_LEFT_OPEN_LONG = "door_left_open_long"
STAFF_OPENED_DOOR = "staff_opened_door"

#: Mark in `Order.fired`: the courier's window to open again is over.
WINDOW_OVER = "pickup_concludes"


def unchanged(order: Order, context: Context) -> Change:
    """Decide that nothing changes; the store writes nothing for it."""
    nothing = OrderEvent(
        version=order.version,
        step="unchanged",
        at=context.at,
        actor=context.actor,
        custody=order.custody,
        charge=order.charge,
    )
    return Change(before=order, after=order, event=nothing)


def armed(placement: Placement, command: CommandId, *, opens: int) -> Placement:
    """Put a new command in a placement: nothing is sensed of it yet."""
    used = placement.used or placement.opened
    return replace(
        placement,
        command=command,
        opened=False,
        closed=False,
        opens=opens,
        used=used,
        item=None,
        doubted=False,
    )


def disarmed(placement: Placement) -> Placement:
    """Leave the cell as the next phase finds it: no command, nothing sensed."""
    return replace(
        placement,
        command=None,
        opened=False,
        closed=False,
        opens=0,
        used=False,
        held_until=None,
        item=None,
        doubted=False,
    )


def on_opened(order: Order, command: CommandId, context: Context) -> Change:
    """The order's door was sensed open."""
    placement = _behind(order, command)
    if placement is None or (placement.opened and not placement.closed):
        return unchanged(order, context)
    opened = replace(placement, opened=True, closed=False, item=None, doubted=False)
    return note(order, DOOR_OPENED, context, _facts(placement), placement=opened)


def on_closed(
    order: Order, command: CommandId, context: Context, item: bool | None = None
) -> Change:
    """The order's door was sensed closed after it was sensed open.

    `item` is what the cell's own sensor says of a parcel inside, where it has one.
    A refused parcel is back with that; everything else waits for the person's word, unless
    the courier's window is over already.
    """
    placement = _behind(order, command)
    if placement is None or not placement.opened or placement.closed:
        return unchanged(order, context)
    facts = _facts(placement)
    if order.custody is Custody.COLLECTING and order.pickup is not None:
        if order.pickup.refusal is not None:
            return move(order, Step.REFUSE, context, facts, placement=disarmed(placement))
        if WINDOW_OVER in order.fired:
            return move(order, Step.COLLECT, context, facts, placement=disarmed(placement))
    shut = replace(placement, closed=True, item=item)
    return note(order, DOOR_CLOSED, context, {**facts, **sensed_inside(shut)}, placement=shut)


def on_failed(order: Order, command: CommandId, reason: str, context: Context) -> Change:
    """The order's door was given up: jammed, refused, uncertain or unheard of.

    What an earlier command of this phase did then stands: the door was opened and closed, and
    the person may say so. A refusal waits for a door that did open: the parcel is still out.
    """
    placement = _behind(order, command)
    if placement is None or placement.opened:
        return unchanged(order, context)
    facts = {**_facts(placement), "reason": reason}
    refused = order.custody is Custody.COLLECTING and order.pickup and order.pickup.refusal
    stands = placement.used and not refused
    still = replace(placement, opened=stands, closed=stands)
    return note(order, DOOR_FAILED, context, facts, placement=still)


def on_left_open(order: Order, command: CommandId, step: str, context: Context) -> Change:
    """The order's door stands open too long."""
    placement = _behind(order, command)
    if placement is None or placement.closed:
        return unchanged(order, context)
    if step == DOOR_LEFT_OPEN and order.custody is Custody.COLLECTING:
        step = DOOR_LEFT_OPEN_COLLECTING
    return note(order, step, context, _facts(placement))


def check_settled(order: Order, last: Command | None, context: Context) -> Placement:
    """Give the placement of an order whose door may be asked to open now.

    Raises:
        Conflict: no cell, the door stands open, or an earlier command may still open it.
    """
    placement = order.placement
    if placement is None or order.custody not in IN_CELL:
        raise Conflict(field="order_id", rule="in_a_cell", custody=order.custody.value)
    if placement.command != (last.id if last else None):
        raise Conflict(rule="door_is_moving")  # another command came since `last` was read
    if placement.opened and not placement.closed:
        raise Conflict(rule="close_the_door_first")
    if last is not None and last.state in ALIVE and context.at < last.sense_by:
        raise Conflict(rule="door_is_opening")
    return placement


def check_shut(order: Order) -> Placement:
    """Give the placement of an order whose door was sensed open and then closed.

    Raises:
        Conflict: it was not.
    """
    placement = order.placement
    if placement is None or not placement.opened:
        raise Conflict(rule="door_sensed_open")
    if not placement.closed:
        raise Conflict(rule="close_the_door_first")
    return placement


def check_empty(placement: Placement) -> None:
    """Refuse to leave a cell in which its own sensor sees something; staff may all the same.

    Raises:
        Conflict: something lies inside.
    """
    if placement.closed and placement.item:
        raise Conflict(rule="something_inside")


def sensed_inside(placement: Placement) -> dict[str, object]:
    """Give what the cell's own sensor said, as facts of an event; none where there is none."""
    return {} if placement.item is None else {"item": placement.item}


def _behind(order: Order, command: CommandId) -> Placement | None:
    placement = order.placement
    if placement is None or placement.command != command or order.custody not in IN_CELL:
        return None
    return placement


def _facts(placement: Placement) -> dict[str, object]:
    return {
        "terminal": placement.terminal,
        "cell": placement.cell,
        "command": placement.command,
    }
