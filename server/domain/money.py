"""Where the money is: the customer's side and the courier's side of one order.

Parcels and money move on their own; `saga.py` joins them. Amounts are integer fen.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NewType

from server.domain.errors import IllegalTransition

Fen = NewType("Fen", int)

NO_FEN = Fen(0)


class Charge(StrEnum):
    """The customer's side."""

    UNPAID = "unpaid"
    PAID = "paid"
    REFUNDING = "refunding"  #: all of it was asked back, and is not all there yet
    REFUNDED = "refunded"  #: all of it


class Payout(StrEnum):
    """The courier's side."""

    NONE = "none"
    EARNED = "earned"  #: approved, in the ledger
    PAYABLE = "payable"  #: free to be paid out
    PAYING = "paying"  #: asked of the provider under one number
    AWAITING = "awaiting_confirmation"  #: the courier has to confirm at the provider
    PAID_OUT = "paid_out"


#: Steps of an order's events that tell of its courier's pay: none of its customer's business, nor
#: is when it comes.
STEPS_OF_PAY = frozenset(payout.value for payout in Payout)


CHARGE_TABLE: dict[Charge, frozenset[Charge]] = {
    Charge.UNPAID: frozenset({Charge.PAID}),
    Charge.PAID: frozenset({Charge.REFUNDING}),
    Charge.REFUNDING: frozenset({Charge.REFUNDED}),
    Charge.REFUNDED: frozenset(),
}

PAYOUT_TABLE: dict[Payout, frozenset[Payout]] = {
    Payout.NONE: frozenset({Payout.EARNED}),
    Payout.EARNED: frozenset({Payout.PAYABLE}),
    # Without a wallet's doing where the courier had the money already: a number that had ended
    # as not paid was paid after all.
    Payout.PAYABLE: frozenset({Payout.PAYING, Payout.PAID_OUT}),
    # A transfer that failed or was never confirmed is asked again under a new number.
    Payout.PAYING: frozenset({Payout.AWAITING, Payout.PAID_OUT, Payout.PAYABLE}),
    Payout.AWAITING: frozenset({Payout.PAID_OUT, Payout.PAYABLE}),
    # Staff's word that it was paid, and the wallet says that it was not.
    Payout.PAID_OUT: frozenset({Payout.PAYABLE}),
}


def charge_of_refunds(paid: Fen, asked: Fen, done: Fen) -> Charge:
    """Tell the charge of a paid order of which something was asked back and something is back.

    An order of which only a part goes back stays `paid`: the parcel travels on. It is
    `refunding` once all of it was asked back, and `refunded` once all of that is there.

    Raises:
        ValueError: more than was paid, or more back than was asked: a fault of ours.
    """
    if not 0 <= done <= asked <= paid:
        raise ValueError(f"{done} back of {asked} asked of {paid} paid")
    if asked < paid:
        return Charge.PAID
    return Charge.REFUNDED if done == paid else Charge.REFUNDING


def charge(state: Charge, after: Charge) -> Charge:
    """Give the next charge state.

    Raises:
        IllegalTransition: the table has no such step.
    """
    if after not in CHARGE_TABLE[state]:
        raise IllegalTransition(state=state.value, step=after.value)
    return after


def pay_out(state: Payout, after: Payout) -> Payout:
    """Give the next payout state.

    Raises:
        IllegalTransition: the table has no such step.
    """
    if after not in PAYOUT_TABLE[state]:
        raise IllegalTransition(state=state.value, step=after.value)
    return after
