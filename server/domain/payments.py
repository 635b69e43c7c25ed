"""Dealings with the payment provider: payments, refunds and payouts, each under a number of ours.

The number is written before the provider is asked under it, so an answer that is lost can be
asked for again. A number means one amount of one order for ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from server.domain.ids import OrderId, PaymentId, PayoutId, PersonId, RefundId
from server.domain.money import Fen


class Wallet(StrEnum):
    """Where a person's money is."""

    WECHAT = "wechat"
    ALIPAY = "alipay"


class PayWay(StrEnum):
    """How a payment is paid; each is an order of its own at the wallet."""

    NATIVE = "wechat_native"  #: a QR that WeChat scans
    JSAPI = "wechat_jsapi"  #: within a page opened in WeChat
    PRECREATE = "alipay_precreate"  #: a QR, or a link within Alipay

    @property
    def wallet(self) -> Wallet:
        """Whose it is."""
        return Wallet.ALIPAY if self is PayWay.PRECREATE else Wallet.WECHAT


class PaymentState(StrEnum):
    """How far a payment is; money may still come for a closed one."""

    PENDING = "pending"
    PAID = "paid"
    CLOSED = "closed"  #: its time is over, or a newer one took its place


class RefundState(StrEnum):
    """How far a refund is."""

    ASKED = "asked"
    DONE = "done"


class TransferState(StrEnum):
    """How far one payout to a courier is."""

    PAYABLE = "payable"  #: nothing was asked of the provider yet
    ASKED = "asked"  #: outcome unknown: only ever asked again under the same number
    AWAITING = "awaiting_confirmation"  #: the courier has to confirm at the provider
    DONE = "done"
    FAILED = "failed"  #: for good; the next try has another number


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One QR to pay an order by; `id` is its number at the provider."""

    id: PaymentId
    order: OrderId
    customer: PersonId
    amount_fen: Fen
    state: PaymentState
    created_at: datetime
    expires_at: datetime
    way: PayWay = PayWay.NATIVE
    pay_url: str | None = None  #: None until the provider answered
    transaction: str | None = None  #: the provider's number of the money
    paid_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """All of one payment on its way back; `id` is its number at the provider."""

    id: RefundId
    payment: PaymentId
    order: OrderId
    customer: PersonId
    amount_fen: Fen
    reason: str  #: a stable word, not a text of a person's
    state: RefundState
    asked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """One try to pay a courier for one order; `id` is its number at the provider."""

    id: PayoutId
    order: OrderId
    courier: PersonId
    amount_fen: Fen
    state: TransferState
    attempt: int
    created_at: datetime
    not_before: datetime  #: a try after a failed one waits
    confirm_url: str | None = None
    ended_at: datetime | None = None


def refund_id(payment: PaymentId) -> RefundId:
    """Name the one refund that a payment can have."""
    return RefundId(f"R{payment}")


def payout_id(order: OrderId, attempt: int) -> PayoutId:
    """Name one try to pay for an order: letters and digits only, as the provider wants it."""
    return PayoutId(f"T{order}N{attempt}")
