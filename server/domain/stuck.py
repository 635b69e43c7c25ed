"""What hangs: orders whose saga waits longer than it should, and what staff can do about it.

`of_order` reads it off the saga's own table: a timer that told staff and after which nothing
happened, a claim out of time, a pickup that did not end, a timer that no worker carried out.
`FIXES` names for each kind the acts that help; `services/orders/stuck.py` says where they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from server.domain.orders import Order
from server.domain.rules import Rules
from server.domain.saga import Action, passed

#: A timer that should have acted by now and did not: no worker runs, or it fails each time.
LATE = timedelta(minutes=5)

#: Money that a wallet has had no answer on for so long.
MONEY_LATE = timedelta(days=1)


class Kind(StrEnum):
    """What hangs, by the saga's timer where one tells of it."""

    UNCONFIRMED = "unconfirmed_staff"
    UNPAID = "unpaid_staff"
    NO_TAKER = "no_taker_staff"
    NOT_COLLECTED = "claim_expires"
    GRANT = "grant_waits"
    PICKUP = "pickup_concludes"
    UPLOAD = "upload_late"
    NOT_TAKEN_BACK = "not_taken_back"
    REVIEW = "review_late"
    DOOR = "door_jammed"
    TIMER = "timer_late"  #: nobody carried a timer out
    REFUND = "refund_stuck"
    PAYOUT = "payout_stuck"
    DEBT = "payout_paid_late"
    SUSPENSE = "suspense_open"


class Fix(StrEnum):
    """An act that helps."""

    CANCEL = "cancel"
    ASSIGN = "assign"
    UNASSIGN = "unassign"
    RELEASE_GRANT = "release_grant"
    OPEN_DOOR = "open_door"
    ACT = "act"  #: carry the due timers out now
    REVIEW = "review"  #: at its page
    RETRY_REFUND = "retry_refund"
    SETTLE_REFUND = "settle_refund"
    RELEASE_PAYOUT = "release_payout"
    CANCEL_PAYOUT = "cancel_payout"
    REISSUE_PAYOUT = "reissue_payout"
    SETTLE_PAYOUT = "settle_payout"
    SET_OFF = "set_off"
    WRITE_OFF = "write_off"
    CLOSE_SUSPENSE = "close_suspense"
    FINANCE = "finance"  #: at its page: a difference of a bill


FIXES: Mapping[Kind, tuple[Fix, ...]] = MappingProxyType(
    {
        Kind.UNCONFIRMED: (Fix.OPEN_DOOR, Fix.CANCEL),
        Kind.UNPAID: (Fix.CANCEL,),
        Kind.NO_TAKER: (Fix.ASSIGN, Fix.CANCEL),
        Kind.NOT_COLLECTED: (Fix.ASSIGN, Fix.UNASSIGN, Fix.ACT),
        Kind.GRANT: (Fix.RELEASE_GRANT,),
        Kind.PICKUP: (Fix.OPEN_DOOR, Fix.CANCEL),
        Kind.UPLOAD: (),
        Kind.NOT_TAKEN_BACK: (Fix.OPEN_DOOR,),
        Kind.REVIEW: (Fix.REVIEW,),
        Kind.DOOR: (Fix.OPEN_DOOR, Fix.CANCEL),
        Kind.TIMER: (Fix.ACT,),
        Kind.REFUND: (Fix.RETRY_REFUND, Fix.SETTLE_REFUND),
        Kind.PAYOUT: (),  # by the state of the payout, see `payout_fixes`
        Kind.DEBT: (Fix.SET_OFF, Fix.WRITE_OFF),
        Kind.SUSPENSE: (Fix.CLOSE_SUSPENSE,),
    }
)

#: Timers that staff are told by, or whose passing without effect is itself the trouble.
_TELLING = frozenset({Action.TELL_STAFF, Action.CONCLUDE_PICKUP, Action.EXPIRE_CLAIM})

#: Timers that are remembered under their own name once they acted.
_ONCE = frozenset({Action.REMIND_UNPAID, Action.WIDEN_RING, Action.END_HOLD})

#: What a timer does the moment it is due: late at once if it did not.
_AT_ONCE = frozenset({Action.HAND_BACK, Action.REFUND, Action.NO_TAKER})


@dataclass(frozen=True, slots=True)
class Hanging:
    """One thing that hangs, and since when."""

    kind: Kind
    since: datetime


def of_order(order: Order, rules: Rules, now: datetime) -> Iterator[Hanging]:
    """List what hangs in an order, each kind once."""
    late: datetime | None = None
    for at, timer in passed(order, rules, now):
        if timer.action in _TELLING:
            yield Hanging(Kind(timer.name), at)
        waits = timer.action in _AT_ONCE or (
            timer.action in _ONCE and timer.name not in order.fired
        )
        if waits and at + LATE <= now:
            late = at if late is None else min(late, at)
    if late is not None:
        yield Hanging(Kind.TIMER, late)
