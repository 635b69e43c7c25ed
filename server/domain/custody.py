"""Where the parcel is: the one table of custody transitions.

Everything that affects custody's steps lives in this file. `docs/architecture.md` draws it
from `TABLE`. A step that is not in the table raises and changes nothing.
"""

from __future__ import annotations

from enum import StrEnum

from server.domain.errors import IllegalTransition


class Custody(StrEnum):
    """Who has the parcel and what happens next."""

    PLACED = "placed"  #: the waybill is filled; the customer has the parcel
    DEPOSITING = "depositing"  #: a cell is held for it; the door is asked, open, or unconfirmed
    DEPOSITED = "deposited"  #: inside, confirmed by the customer; not paid
    OPEN = "open"  #: paid and offered to couriers
    CLAIMED = "claimed"  #: one courier won it
    COLLECTING = "collecting"  #: carrier waybill bound, the winner is at the door
    COLLECTED = "collected"  #: the courier has it
    IN_REVIEW = "in_review"  #: the finished waybill waits for staff
    DONE = "done"
    CANCELLED = "cancelled"
    RETURNING = "returning"  #: in the cell for the customer to take back
    RETURNED = "returned"


class Step(StrEnum):
    """What happened to an order; the stable names of its events."""

    PLACE = "placed"
    HOLD_CELL = "cell_held"
    CHANGE_CELL = "cell_changed"
    ABANDON = "deposit_abandoned"
    CONFIRM_INSIDE = "deposited"
    OFFER = "opened"
    WIDEN = "ring_widened"
    CLAIM = "claimed"
    ASSIGN = "assigned"  #: by staff, to one courier, through the same race and judge
    HAND_BACK = "handed_back"
    UNASSIGN = "unassigned"  #: taken from its courier by staff
    EXPIRE_CLAIM = "claim_expired"
    BIND = "carrier_bound"
    OPEN_OFFLINE = "opened_offline"  #: by a grant, as the agent told after the link was back
    COLLECT = "collected"
    REFUSE = "refused_by_courier"
    UPLOAD = "uploaded"
    APPROVE = "approved"
    REJECT = "rejected"
    CANCEL = "cancelled"
    TAKE_BACK = "take_back"
    NO_TAKER = "no_taker"
    TAKE_OUT = "returned"


TABLE: dict[Custody, dict[Step, Custody]] = {
    Custody.PLACED: {
        Step.HOLD_CELL: Custody.DEPOSITING,
        Step.CANCEL: Custody.CANCELLED,
    },
    Custody.DEPOSITING: {
        Step.CHANGE_CELL: Custody.DEPOSITING,
        Step.ABANDON: Custody.PLACED,
        Step.CONFIRM_INSIDE: Custody.DEPOSITED,
    },
    Custody.DEPOSITED: {
        Step.OFFER: Custody.OPEN,
        Step.TAKE_BACK: Custody.RETURNING,
    },
    Custody.OPEN: {
        Step.WIDEN: Custody.OPEN,
        Step.CLAIM: Custody.CLAIMED,
        Step.ASSIGN: Custody.CLAIMED,
        Step.TAKE_BACK: Custody.RETURNING,
        Step.NO_TAKER: Custody.RETURNING,
    },
    Custody.CLAIMED: {
        Step.HAND_BACK: Custody.OPEN,
        Step.UNASSIGN: Custody.OPEN,
        Step.EXPIRE_CLAIM: Custody.OPEN,
        Step.BIND: Custody.COLLECTING,
        Step.OPEN_OFFLINE: Custody.COLLECTING,
        Step.TAKE_BACK: Custody.RETURNING,  # by staff only, see services
    },
    Custody.COLLECTING: {
        Step.COLLECT: Custody.COLLECTED,
        Step.REFUSE: Custody.RETURNING,
        Step.TAKE_BACK: Custody.RETURNING,  # by staff only, while its door never opened
    },
    Custody.COLLECTED: {Step.UPLOAD: Custody.IN_REVIEW},
    Custody.IN_REVIEW: {
        Step.APPROVE: Custody.DONE,
        Step.REJECT: Custody.COLLECTED,
    },
    Custody.DONE: {},
    Custody.CANCELLED: {},
    Custody.RETURNING: {Step.TAKE_OUT: Custody.RETURNED},
    Custody.RETURNED: {},
}

#: The first state of every order.
START = Custody.PLACED


def advance(state: Custody, step: Step) -> Custody:
    """Give the state after a step.

    Raises:
        IllegalTransition: the table has no such step from here.
    """
    after = TABLE[state].get(step)
    if after is None:
        raise IllegalTransition(state=state.value, step=step.value)
    return after


def ended(state: Custody) -> bool:
    """Tell whether nothing can happen to the parcel any more."""
    return not TABLE[state]
