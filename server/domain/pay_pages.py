"""The page at which anyone may pay an order, and the code in its URL. Pure.

A code is drawn, and stands for one deposit of one order. Who has it sees the amount, the size and
the terminal, and may pay: nothing of it says whose parcel it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from server.domain.custody import Custody
from server.domain.ids import OrderId
from server.domain.money import Charge
from server.domain.orders import Order
from server.domain.payments import Payment, PaymentState

PayCodeId = NewType("PayCodeId", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class PayCode:
    """One code; it is good for longer each time that its customer or kiosk is shown it."""

    id: PayCodeId
    order: OrderId
    deposited_at: datetime  #: names the deposit: an order may be put in, taken out and put in anew
    expires_at: datetime


class PageState(StrEnum):
    """What a pay page has to say."""

    WAITING = "waiting"  #: nobody is paying
    PAYING = "paying"  #: a way to pay was made, here or elsewhere, and is not paid yet
    PAID = "paid"
    EXPIRED = "expired"  #: the code; the order may still be paid by another one
    GONE = "gone"  #: nothing is to be paid for this deposit any more, nor was it


def is_payable(order: Order) -> bool:
    """Tell whether an order lies in its cell, unpaid."""
    return order.custody is Custody.DEPOSITED and order.charge is Charge.UNPAID


def page_state(code: PayCode, order: Order, payment: Payment | None, now: datetime) -> PageState:
    """Tell how things stand; paid is told even when the code is over."""
    if order.charge is not Charge.UNPAID:
        return PageState.PAID if order.charge is Charge.PAID else PageState.GONE
    if not is_payable(order) or order.custody_since != code.deposited_at:
        return PageState.GONE
    if code.expires_at <= now:
        return PageState.EXPIRED
    return PageState.WAITING if payment is None else _of_payment(payment, now)


def _of_payment(payment: Payment, now: datetime) -> PageState:
    running = payment.state is PaymentState.PENDING and payment.asked and now < payment.expires_at
    return PageState.PAYING if running else PageState.WAITING
