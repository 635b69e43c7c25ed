"""What the platform does when money and parcel part ways: one table.

`docs/architecture.md` draws it; `tests/integration/services/test_compensations.py` plays every
case in every order of its events. Timers are the saga's, steps are those of orders' histories:
tests hold them against `saga.py` and against the texts that people get.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from server.domain.custody import Step
from server.domain.money import Charge, Payout


class Case(StrEnum):
    """How money and parcel can part ways."""

    STORED_UNPAID = "stored_unpaid"
    PAID_NOT_STORED = "paid_not_stored"
    PAID_TWICE = "paid_twice"
    PAID_AFTER_CANCEL = "paid_after_cancel"
    REFUNDED_WHILE_CLAIMED = "refunded_while_claimed"
    PAYOUT_FAILED = "payout_failed"
    PAYOUT_NEVER_CONFIRMED = "payout_never_confirmed"
    PAYOUT_PAID_LATE = "payout_paid_late"
    PAYOUT_DENIED = "payout_denied"


class Told(StrEnum):
    """Who hears of it."""

    CUSTOMER = "customer"
    COURIER = "courier"
    STAFF = "staff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compensation:
    """One row: what is wrong, how that is noticed, what is done, and who hears by which step."""

    case: Case
    wrong: str
    noticed: str
    done: str
    timers: tuple[str, ...] = ()
    hears: tuple[tuple[Told, str], ...] = ()


TABLE: tuple[Compensation, ...] = (
    Compensation(
        case=Case.STORED_UNPAID,
        wrong="the parcel lies in its cell and nobody pays",
        noticed="by its timers",
        done="remind three times, then staff call; a way to pay is closed at its wallet when its "
        "time is over and another is made when asked for; money for a closed one counts all the "
        "same",
        timers=("unpaid_first", "unpaid_second", "unpaid_third", "unpaid_staff"),
        hears=((Told.CUSTOMER, "reminded_unpaid"), (Told.STAFF, "unpaid_staff")),
    ),
    Compensation(
        case=Case.PAID_NOT_STORED,
        wrong="money comes for a parcel that its customer takes, or took, out again",
        noticed="by the wallet's notice, or by asking it, when the parcel is not in its cell to "
        "be offered",
        done="take the money in and offer nothing; give all that is left of it back once the "
        "parcel is out",
        timers=("paid_for_nothing",),
        hears=(
            (Told.CUSTOMER, Charge.REFUNDING.value),
            (Told.CUSTOMER, Charge.REFUNDED.value),
        ),
    ),
    Compensation(
        case=Case.PAID_TWICE,
        wrong="two ways to pay one order were both paid",
        noticed="when the second money is taken in, by notice or by asking, whichever it is",
        done="the first to be taken in pays the order; the other goes back in the same transaction",
        hears=((Told.CUSTOMER, "paid_twice"),),
    ),
    Compensation(
        case=Case.PAID_AFTER_CANCEL,
        wrong="money comes for an order that staff called off",
        noticed="by the wallet's notice, or by asking it, at any time after",
        done="take the money in and offer nothing; give it back once the parcel is out",
        timers=("paid_for_nothing",),
        hears=(
            (Told.CUSTOMER, Step.TAKE_BACK.value),
            (Told.CUSTOMER, Charge.REFUNDED.value),
        ),
    ),
    Compensation(
        case=Case.REFUNDED_WHILE_CLAIMED,
        wrong="all of the money goes back while a courier is on the way",
        noticed="by the refund itself, in its own transaction",
        done="a parcel still in its cell is turned back and the claim is over; one that was "
        "collected travels on, and the platform pays its courier all the same",
        hears=(
            (Told.COURIER, Step.TAKE_BACK.value),
            (Told.CUSTOMER, Step.TAKE_BACK.value),
            (Told.CUSTOMER, Charge.REFUNDED.value),
        ),
    ),
    Compensation(
        case=Case.PAYOUT_FAILED,
        wrong="a wallet says that a courier's pay failed for good",
        noticed="by its notice, or by asking it",
        done="the pay is owed again, and asked for under the next number: later each time, ten "
        "times at most, then staff look",
        hears=((Told.COURIER, Payout.AWAITING.value), (Told.STAFF, "payout_tries_used")),
    ),
    Compensation(
        case=Case.PAYOUT_NEVER_CONFIRMED,
        wrong="the courier does not confirm, and the wallet takes the transfer back after a day; "
        "or staff do",
        noticed="by its notice, or by asking it every ten minutes",
        done="as after a failure; staff may issue it anew at once, or hold it. A courier without "
        "a wallet hears so, and is paid when there is one",
        hears=(
            (Told.COURIER, Payout.AWAITING.value),
            (Told.COURIER, "payout_without_payee"),
            (Told.COURIER, "payout_without_name"),
        ),
    ),
    Compensation(
        case=Case.PAYOUT_PAID_LATE,
        wrong="a wallet pays a number that had ended as not paid: staff had said so when the "
        "wallet did not know it any more, or the wallet itself had",
        noticed="by its notice, or by its bill, at any time after",
        done="the courier owes it. The order's next try is set off against that in the same "
        "transaction; one under way is taken back, and the one after it set off. What was paid "
        "twice is kept from the courier's pay for other orders (set off) or borne by the platform "
        "(written off) as finance decide, and until then the courier's next payouts are held",
        hears=(
            (Told.STAFF, "payout_paid_late"),
            (Told.COURIER, Payout.PAID_OUT.value),
            (Told.COURIER, "payout_held_for_debt"),
        ),
    ),
    Compensation(
        case=Case.PAYOUT_DENIED,
        wrong="staff said that a payout was paid which its wallet did not know any more, and it "
        "was not",
        noticed="by the wallet's notice, or by staff, where the wallet's bill has none such",
        done="the pay is owed again, and the next try held until staff release it; what staff's "
        "word had taken from the wallet's account is in suspense",
        hears=((Told.STAFF, "payout_denied"),),
    ),
)
