"""The saga of an order: custody x money x time -> what the platform does on its own.

`TIMERS` is the whole table as data; `docs/architecture.md` draws it. A timer counts from
`custody_since` unless its row says otherwise; a one-time timer is remembered in `Order.fired`,
which every change of custody empties. The worker asks `due` and carries the action out by a
conditional write, so two workers do it once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from server.domain import grants
from server.domain.custody import Custody, Step
from server.domain.money import Charge
from server.domain.orders import Order
from server.domain.rules import Rules


class Action(StrEnum):
    """What the platform does when a timer is due."""

    END_HOLD = "end_hold"  #: free the cell if its door never opened, else ask the customer
    REMIND_UNPAID = "remind_unpaid"
    TELL_STAFF = "tell_staff"
    WIDEN_RING = "widen_ring"
    NO_TAKER = "no_taker"  #: take-back and full refund
    EXPIRE_CLAIM = "expire_claim"
    HAND_BACK = "hand_back"  #: as the courier wished while the terminal was away
    CONCLUDE_PICKUP = "conclude_pickup"  #: door closed and the open-again window is over
    REFUND = "refund"  #: money is held for a parcel that will not travel


class When(StrEnum):
    """How an order's offline grant has to stand; what waits for one waits for its terminal."""

    ALWAYS = ""
    NOT_WAITING = "unless its grant is asked back"  #: it goes on when the grant is settled
    WAITING = "since its grant was asked back"  #: counts from then
    WISHED_BACK = "handed back while its grant lived, which is settled now"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """One row: in this custody (and charge), after so long, do this once."""

    name: str
    custody: frozenset[Custody]
    charge: frozenset[Charge]
    after_seconds: Callable[[Rules], float]
    action: Action
    when: When = When.ALWAYS


ANY = frozenset(Charge)
UNPAID = frozenset({Charge.UNPAID})
PAID = frozenset({Charge.PAID})


def _row(
    name: str,
    custody: Custody | frozenset[Custody],
    charge: frozenset[Charge],
    after_seconds: Callable[[Rules], float],
    action: Action,
    when: When = When.ALWAYS,
) -> Timer:
    states = custody if isinstance(custody, frozenset) else frozenset({custody})
    return Timer(
        name=name,
        custody=states,
        charge=charge,
        after_seconds=after_seconds,
        action=action,
        when=when,
    )


TIMERS: tuple[Timer, ...] = (
    _row(
        "hold_ends",
        Custody.DEPOSITING,
        ANY,
        lambda r: r.cell_hold_seconds,
        Action.END_HOLD,
        When.NOT_WAITING,
    ),
    _row(
        "unconfirmed_staff",
        Custody.DEPOSITING,
        ANY,
        lambda r: r.unpaid_staff_seconds,
        Action.TELL_STAFF,
    ),
    _row(
        "unpaid_first",
        Custody.DEPOSITED,
        UNPAID,
        lambda r: r.unpaid_reminder_seconds[0],
        Action.REMIND_UNPAID,
    ),
    _row(
        "unpaid_second",
        Custody.DEPOSITED,
        UNPAID,
        lambda r: r.unpaid_reminder_seconds[1],
        Action.REMIND_UNPAID,
    ),
    _row(
        "unpaid_third",
        Custody.DEPOSITED,
        UNPAID,
        lambda r: r.unpaid_reminder_seconds[2],
        Action.REMIND_UNPAID,
    ),
    _row(
        "unpaid_staff",
        Custody.DEPOSITED,
        UNPAID,
        lambda r: r.unpaid_staff_seconds,
        Action.TELL_STAFF,
    ),
    _row("ring_second", Custody.OPEN, ANY, lambda r: r.ring_after_seconds[1], Action.WIDEN_RING),
    _row("ring_third", Custody.OPEN, ANY, lambda r: r.ring_after_seconds[2], Action.WIDEN_RING),
    _row(
        "no_taker_staff", Custody.OPEN, ANY, lambda r: r.no_taker_staff_seconds, Action.TELL_STAFF
    ),
    _row("no_taker", Custody.OPEN, ANY, lambda r: r.no_taker_return_seconds, Action.NO_TAKER),
    _row(
        "claim_expires",
        Custody.CLAIMED,
        ANY,
        lambda r: r.pickup_within_seconds,
        Action.EXPIRE_CLAIM,
        When.NOT_WAITING,
    ),
    _row(
        "hand_back_waited",
        Custody.CLAIMED,
        ANY,
        lambda r: 0.0,
        Action.HAND_BACK,
        When.WISHED_BACK,
    ),
    # Its terminal is away, or spent the grant and did not say on what: the order stays as it is.
    _row(
        "grant_waits",
        frozenset({Custody.DEPOSITING, Custody.CLAIMED, Custody.COLLECTING}),
        ANY,
        lambda r: r.grant_waits_staff_seconds,
        Action.TELL_STAFF,
        When.WAITING,
    ),
    _row(
        "pickup_concludes",
        Custody.COLLECTING,
        ANY,
        lambda r: r.open_again_seconds,
        Action.CONCLUDE_PICKUP,
    ),
    _row(
        "upload_late",
        Custody.COLLECTED,
        ANY,
        lambda r: r.review_target_seconds,
        Action.TELL_STAFF,
    ),
    _row(
        "not_taken_back",
        Custody.RETURNING,
        ANY,
        lambda r: r.unpaid_staff_seconds,
        Action.TELL_STAFF,
    ),
    _row(
        "review_late",
        Custody.IN_REVIEW,
        ANY,
        lambda r: r.review_target_seconds,
        Action.TELL_STAFF,
    ),
    # Paid although the parcel never came or went back: the money follows, at once.
    _row(
        "paid_for_nothing",
        frozenset({Custody.CANCELLED, Custody.RETURNED}),
        PAID,
        lambda r: 0.0,
        Action.REFUND,
    ),
)


def _counts_from(order: Order, when: When) -> datetime | None:
    """Tell from when a row counts; None where it does not hold."""
    grant = order.grant
    waiting = grants.waits(grant)
    match when:
        case When.WAITING:
            return grant.wanted_at if grant is not None and waiting else None
        case When.NOT_WAITING:
            return None if waiting else order.custody_since
        case When.WISHED_BACK:
            wished = grant is not None and grant.wish is Step.HAND_BACK and not grants.lives(grant)
            return order.custody_since if wished else None
        case When.ALWAYS:
            return order.custody_since


def pending(order: Order, rules: Rules) -> Iterator[tuple[datetime, Timer]]:
    """List the timers that still have to act in the order's present state, with their instants."""
    for timer in TIMERS:
        applies = order.custody in timer.custody and order.charge in timer.charge
        if not applies or timer.name in order.fired:
            continue
        since = _counts_from(order, timer.when)
        if since is not None:
            yield since + timedelta(seconds=timer.after_seconds(rules)), timer


def passed(order: Order, rules: Rules, now: datetime) -> Iterator[tuple[datetime, Timer]]:
    """List the timers whose time is over in the order's present state, whether they acted or not.

    What is over and changed nothing is what the order hangs on: see `stuck.py`.
    """
    for timer in TIMERS:
        if order.custody not in timer.custody or order.charge not in timer.charge:
            continue
        since = _counts_from(order, timer.when)
        at = None if since is None else since + timedelta(seconds=timer.after_seconds(rules))
        if at is not None and at <= now:
            yield at, timer


def due_at(order: Order, rules: Rules) -> datetime | None:
    """Tell when the order's next timer acts, or None."""
    return min((at for at, _ in pending(order, rules)), default=None)


def due(order: Order, rules: Rules, now: datetime) -> tuple[Timer, ...]:
    """List the timers that are due, earliest first."""
    ripe = sorted((at, timer.name, timer) for at, timer in pending(order, rules) if at <= now)
    return tuple(timer for _, _, timer in ripe)
