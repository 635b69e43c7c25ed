"""What the platform needs of wallets (WeChat Pay, Alipay), whoever they are.

A wallet takes customers' money, gives it back, pays couriers, tells of all that in notices, and
once a day in a statement. Every method that asks it something raises `ProviderFailed`: rule
`no_answer` (what was asked may have happened), `bad_answer`, or the wallet's own code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, Protocol

from server.domain.payments import Payment, PayWay, Refund, Transfer, Wallet

PaidState = Literal["NOTPAY", "SUCCESS", "CLOSED", "REFUND"]
RefundedState = Literal["PROCESSING", "SUCCESS", "CLOSED", "ABNORMAL"]

#: WeChat's merchant transfer of 2025; Alipay's two outcomes are SUCCESS and FAIL.
TransferredState = Literal[
    "ACCEPTED",
    "PROCESSING",
    "WAIT_USER_CONFIRM",
    "TRANSFERING",
    "SUCCESS",
    "FAIL",
    "CANCELING",
    "CANCELLED",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class PayLink:
    """How a payer pays: a URL (a QR or a link), or a prepaid order that WeChat's page opens."""

    way: PayWay
    url: str | None = None
    prepay_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentSeen:
    """How a payment stands at the wallet."""

    out_trade_no: str
    state: PaidState
    amount_fen: int
    transaction_id: str | None = None
    paid_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundSeen:
    """How a refund stands at the wallet; ABNORMAL and CLOSED need staff."""

    out_refund_no: str
    amount_fen: int
    state: RefundedState


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferSeen:
    """How a transfer stands at the wallet; `package_info` opens the courier's confirmation."""

    out_bill_no: str
    amount_fen: int
    state: TransferredState
    package_info: str | None = None
    fail_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One verified, fresh notice: `notify_id` names it for ever, `nonce` this delivery.

    `wallet` is whose signature it has: another wallet's money is not for it to tell of.
    """

    notify_id: str
    nonce: str
    what: PaymentSeen | RefundSeen | TransferSeen
    wallet: Wallet | None  #: None of a reader whose signature stands for both wallets


@dataclass(frozen=True, slots=True, kw_only=True)
class Payee:
    """Whom a transfer pays: the wallet's id of the person, and the name where it is wanted."""

    account: str = field(repr=False)
    real_name: str | None = field(default=None, repr=False)
    is_open_id: bool = False  #: of Alipay: the account is an `open_id` of our app


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """One line of a wallet's daily bill; refunds and transfers are positive amounts too.

    Of one that is `unread` only the numbers say something: what it means nobody knows.
    """

    kind: Literal["payment", "refund", "transfer", "unread"]
    number: str  #: ours: out_trade_no, out_refund_no, out_bill_no
    transaction: str
    amount_fen: int
    fee_fen: int  #: what the wallet kept for itself; negative when it gave a fee back
    at: datetime


class PayProvider(Protocol):
    """Takes customers' money and gives it back."""

    async def ask(self, payment: Payment, payer: str | None = None) -> PayLink:
        """Open a payment in its way; the same number again answers the same.

        `payer` is the openid that WeChat's JSAPI wants.
        """

    async def seen(self, payment: Payment) -> PaymentSeen | None:
        """Tell how a payment stands; None when the wallet never heard of it."""

    async def close(self, payment: Payment) -> bool:
        """Close an unpaid payment; False when it is paid already."""

    async def refund(self, refund: Refund) -> RefundSeen:
        """Give a payment back, all or a part; the same number again gives nothing twice."""

    async def refund_seen(self, refund: Refund) -> RefundSeen | None:
        """Tell how a refund stands; None when the wallet never heard of it."""


class PayoutProvider(Protocol):
    """Pays couriers."""

    async def transfer(self, transfer: Transfer, payee: Payee) -> TransferSeen:
        """Ask for a transfer; the same number again pays nothing twice."""

    async def transfer_seen(self, transfer: Transfer) -> TransferSeen | None:
        """Tell how a transfer stands; None when the wallet never heard of it."""

    async def cancel(self, transfer: Transfer) -> TransferSeen:
        """Take a transfer back that is not confirmed; its state tells what came of it."""


class NoticeReader(Protocol):
    """Reads what a wallet calls back to tell, and says that it was taken."""

    def read(self, headers: Mapping[str, str], raw: bytes, now: datetime) -> Told | None:
        """Verify the raw bytes and decode them; None when the notice has no effect for us.

        Raises:
            BadNotice: rule `signature`, `fresh`, `well_formed`, `app` or `merchant`.
        """

    @property
    def taken(self) -> tuple[str, bytes]:
        """The content type and body that tell the wallet to stop repeating a notice."""


class StatementProvider(Protocol):
    """Gives the bill of a past day (Asia/Shanghai)."""

    async def statement(self, day: date) -> list[StatementLine]:
        """Fetch and read the day's bill.

        Raises:
            ProviderFailed: rule `not_ready` when it is not made yet.
        """
