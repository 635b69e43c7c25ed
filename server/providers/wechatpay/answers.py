"""WeChat Pay's own JSON, as far as we read it: what answers and opened notices hold."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from server.providers.money_ports import (
    PaidState,
    PaymentSeen,
    RefundedState,
    RefundSeen,
    TransferredState,
    TransferSeen,
)

Number = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Fen = Annotated[int, msgspec.Meta(ge=0, le=100_000_000)]
Instant = Annotated[datetime, msgspec.Meta(tz=True)]
Currency = Annotated[str, msgspec.Meta(pattern="^CNY$")]

#: `trade_state` in our words: whoever is typing a password, or failed to, has not paid.
PAID_STATES: dict[str, PaidState] = {
    "NOTPAY": "NOTPAY",
    "USERPAYING": "NOTPAY",
    "PAYERROR": "NOTPAY",
    "SUCCESS": "SUCCESS",
    "REFUND": "REFUND",
    "CLOSED": "CLOSED",
    "REVOKED": "CLOSED",
}


class Total(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked of the payer; what the payer gave may be less, by the wallet's coupons."""

    total: Fen
    currency: Currency = "CNY"


class Transaction(msgspec.Struct, frozen=True, kw_only=True):
    """A payment, as queries and notices tell of it."""

    appid: str
    mchid: str
    out_trade_no: Number
    trade_state: str
    amount: Total | None = None  #: an unpaid one may come without
    transaction_id: Number | None = None
    success_time: Instant | None = None

    def seen(self, unpaid_fen: int | None = None) -> PaymentSeen | None:
        """Give it in our words; None when it says too little, or a state that nobody knows."""
        state = PAID_STATES.get(self.trade_state)
        unpaid = state in ("NOTPAY", "CLOSED")
        amount = self.amount.total if self.amount else unpaid_fen if unpaid else None
        if state is None or amount is None or not (unpaid or self.transaction_id):
            return None
        return PaymentSeen(
            out_trade_no=self.out_trade_no,
            state=state,
            amount_fen=amount,
            transaction_id=self.transaction_id,
            paid_at=self.success_time,
        )


class RefundAmount(msgspec.Struct, frozen=True, kw_only=True):
    """What goes back."""

    refund: Fen
    total: Fen
    currency: Currency = "CNY"


class RefundAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A refund, as the wallet answers."""

    out_refund_no: Number
    out_trade_no: Number
    status: RefundedState
    amount: RefundAmount

    def seen(self) -> RefundSeen:
        """Give it in our words."""
        return RefundSeen(
            out_refund_no=self.out_refund_no, amount_fen=self.amount.refund, state=self.status
        )


class RefundNotice(msgspec.Struct, frozen=True, kw_only=True):
    """A refund, as notices tell of it."""

    mchid: str
    out_refund_no: Number
    out_trade_no: Number
    refund_status: RefundedState
    amount: RefundAmount

    def seen(self) -> RefundSeen:
        """Give it in our words."""
        return RefundSeen(
            out_refund_no=self.out_refund_no,
            amount_fen=self.amount.refund,
            state=self.refund_status,
        )


class TransferTaken(msgspec.Struct, frozen=True, kw_only=True):
    """A transfer, as asking for one or cancelling one is answered: without its amount."""

    out_bill_no: Number
    transfer_bill_no: Number
    state: TransferredState
    package_info: Annotated[str, msgspec.Meta(max_length=4096)] | None = None
    fail_reason: str | None = None


class TransferBill(msgspec.Struct, frozen=True, kw_only=True):
    """A transfer, as queries and notices tell of it; a query does not give `package_info`."""

    mch_id: str | None = None
    mchid: str | None = None  #: both spellings are seen
    out_bill_no: Number
    state: TransferredState
    transfer_amount: Fen
    package_info: Annotated[str, msgspec.Meta(max_length=4096)] | None = None
    fail_reason: str | None = None

    @property
    def merchant(self) -> str | None:
        """Whose money it is."""
        return self.mch_id or self.mchid

    def seen(self) -> TransferSeen:
        """Give it in our words."""
        return TransferSeen(
            out_bill_no=self.out_bill_no,
            amount_fen=self.transfer_amount,
            state=self.state,
            package_info=self.package_info or None,
            fail_reason=self.fail_reason or None,
        )
