"""Dealings with the payment provider: payments, refunds and payouts, each under a number of ours.

The number is written before the provider is asked under it, so an answer that is lost can be
asked for again. A number means one amount of one order for ever.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from server.domain.errors import BadNotice
from server.domain.ids import OrderId, PaymentId, PayoutId, PersonId, RefundId
from server.domain.money import NO_FEN, Fen
from server.domain.people import SYSTEM


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

    ASKED = "asked"  #: outcome unknown: only ever asked again under the same number
    STUCK = "stuck"  #: the wallet could not give it back: staff ask again, or settle it by hand
    DONE = "done"
    BY_HAND = "by_hand"  #: staff gave the money back past the wallet


class RefundReason(StrEnum):
    """Why money goes back; staff's own words stand beside it, in the note."""

    PARCEL_NOT_SENT = "parcel_not_sent"  #: the saga's: cancelled or taken back
    PAID_TWICE = "paid_twice"  #: the second of two payments
    DAMAGED = "damaged"
    LOST = "lost"
    LATE = "late"
    OVERCHARGED = "overcharged"
    GOODWILL = "goodwill"
    OTHER = "other"


#: What staff may give as a reason; the others are the platform's own.
STAFF_REASONS = frozenset(RefundReason) - {RefundReason.PARCEL_NOT_SENT, RefundReason.PAID_TWICE}


class TransferState(StrEnum):
    """How far one payout to a courier is; `AFTER` in `transfers.py` has the wallet's own words."""

    PAYABLE = "payable"  #: nothing was asked of the wallet yet
    HELD = "held"  #: the same, until staff release it
    ASKED = "asked"  #: outcome unknown: only ever asked again under the same number
    AWAITING = "awaiting_confirmation"  #: the courier has to confirm at the wallet
    SENDING = "sending"  #: confirmed, and not there yet
    CANCELING = "canceling"  #: being taken back; the courier may still have been faster
    DONE = "done"
    FAILED = "failed"  #: for good; the next try has another number
    CANCELLED = "cancelled"  #: taken back, or never confirmed; the next try has another number
    PAID_LATE = "paid_late"  #: paid after it had ended as one of these two: the courier owes it
    SET_OFF = "set_off"  #: never asked for: kept for what its courier owed


class Waits(StrEnum):
    """Why a payout is not asked for yet."""

    PAYEE = "payee"  #: no wallet of the courier's is known: the courier has to link one
    NAME = "name"  #: the wallet wants the real name, and no papers of the courier's have it
    DAY_CAP = "day_cap"  #: the courier's payouts of a day are at their limit
    AFTER_FAILURE = "after_failure"
    STAFF = "staff"  #: staff hold it
    TRIES = "tries"  #: it failed so often that staff have to look
    OWES = "owes"  #: its courier was paid twice for another order, and staff have to decide


#: The wallet's word of a payout that it once took, or may have, and does not know any more.
UNHEARD = "unheard"


class Afterwards(StrEnum):
    """What follows a payout that staff took back, or that was paid late."""

    HOLD = "hold"  #: the next try waits until staff release it
    REISSUE = "reissue"  #: the next try is asked for at once
    SET_OFF = "set_off"  #: what is owed of it is kept from the courier's pay that comes next


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One way to pay an order once; `id` is its number at the wallet."""

    id: PaymentId
    order: OrderId
    customer: PersonId
    amount_fen: Fen
    state: PaymentState
    created_at: datetime
    expires_at: datetime
    way: PayWay = PayWay.NATIVE
    pay_url: str | None = None  #: None until the wallet answered, and where a page pays
    prepay_id: str | None = None  #: what a page in WeChat pays by
    payer: str | None = None  #: who alone may pay by it: the id of a WeChat account of ours
    transaction: str | None = None  #: the provider's number of the money
    paid_at: datetime | None = None
    refunded_fen: Fen = NO_FEN  #: asked back of it so far; never more than was paid
    refunds: int = 0

    @property
    def asked(self) -> bool:
        """Tell whether the wallet has said how to pay."""
        return self.pay_url is not None or self.prepay_id is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """Who pays by JSAPI: the openid for the wallet, and what stands for it here."""

    account: str
    openid: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """A payment on its way back, all or a part of it; `id` is its number at the wallet."""

    id: RefundId
    payment: PaymentId
    order: OrderId
    customer: PersonId
    amount_fen: Fen
    reason: RefundReason
    state: RefundState
    asked_at: datetime
    total_fen: Fen = NO_FEN  #: what the payment was: wallets want to hear it
    wallet: Wallet = Wallet.WECHAT
    asked_by: PersonId = SYSTEM
    note: str = ""  #: staff's words
    trouble: str | None = None  #: the wallet's word, while it is stuck
    refused: bool = False  #: the wallet certainly did not take it, when it was last asked
    ended_at: datetime | None = None


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
    wallet: Wallet = Wallet.WECHAT  #: settled when it is asked for
    waits: Waits | None = None  #: why it is not asked for, while it is not
    day: str | None = None  #: the day (Asia/Shanghai) whose limit it counts against
    asked_at: datetime | None = None
    package_info: str | None = None  #: opens the courier's confirmation; a URL or WeChat's own
    taken: bool = False  #: the wallet once said that it has it
    trouble: str | None = None  #: the wallet's word on what is wrong
    afterwards: Afterwards | None = None  #: staff want it back; it may be too late for that
    back_since: datetime | None = None  #: since when they do
    ended_at: datetime | None = None
    owed_fen: Fen = NO_FEN  #: of one paid late, what its courier still owes
    written_off_fen: Fen = NO_FEN  #: of one paid late, what the platform bears
    by_hand: bool = False  #: done by staff's word alone
    denied_at: datetime | None = None  #: since when that is known to have been wrong


def check_wallet(ours: Wallet, told: Wallet | None) -> None:
    """Check that a wallet tells of its own money; None is nobody's word but our own.

    Raises:
        BadNotice: rule `wallet`.
    """
    if told not in (None, ours):
        raise BadNotice(field="wallet", rule="wallet")


def refund_id(payment: PaymentId, number: int) -> RefundId:
    """Name one refund of a payment: letters and digits only, as wallets want it."""
    return RefundId(f"R{payment}N{number}")


def payout_id(order: OrderId, attempt: int) -> PayoutId:
    """Name one try to pay for an order: letters and digits only, as the provider wants it."""
    return PayoutId(f"T{order}N{attempt}")
