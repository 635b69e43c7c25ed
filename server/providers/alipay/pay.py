"""Payments by precreated QR and their refunds.

Alipay makes the trade only when somebody scans: until then a query and a close answer that there
is none, although the QR can be paid. So a QR ends by the time that it was given (`time_expire`),
and money that comes after a close is taken in and given back like any other.

`alipay.trade.cancel` is never used: of a trade that was paid in the meantime it gives the money
back without a word of ours, and the ledger would know nothing of that refund.
"""

from __future__ import annotations

import re

import msgspec

from server.domain.errors import ProviderFailed
from server.domain.payments import Payment, PayWay, Refund
from server.providers.alipay.client import AlipayClient, fitting, read_as
from server.providers.alipay.texts import fen_of, instant_of, time_text, yuan_text
from server.providers.money_ports import (
    PaidState,
    PayLink,
    PaymentSeen,
    RefundedState,
    RefundSeen,
)

#: What stands beside the amount on the payer's phone.
SUBJECT = "揽件 寄件费 Lanjian parcel"

NO_TRADE = "ACQ.TRADE_NOT_EXIST"

#: A close is refused with one of these when the trade does not wait for its payer.
NOT_WAITING = frozenset(
    {
        "ACQ.TRADE_STATUS_ERROR",
        "ACQ.REASON_TRADE_STATUS_INVALID",
        "ACQ.REASON_ILLEGAL_STATUS",
    }
)

_NUMBER = re.compile(r"[\x21-\x7e]{1,64}")
_URL = re.compile(r"https?://[\x21-\x7e]{4,500}")

_REFUNDED: dict[str | None, RefundedState] = {
    None: "SUCCESS",  # as it was told before there was a state: what is found is given back
    "REFUND_SUCCESS": "SUCCESS",
    "REFUND_PROCESSING": "PROCESSING",
    "REFUND_FAIL": "ABNORMAL",
}


class _Precreated(msgspec.Struct, frozen=True):
    out_trade_no: str
    qr_code: str


class _Trade(msgspec.Struct, frozen=True):
    out_trade_no: str
    trade_status: str
    total_amount: str
    trade_no: str | None = None
    send_pay_date: str | None = None
    trans_currency: str = "CNY"


class _Closed(msgspec.Struct, frozen=True):
    out_trade_no: str | None = None


class _Refunded(msgspec.Struct, frozen=True):
    # `refund_fee` is the sum of all refunds of the trade so far, not of this one: not read.
    out_trade_no: str
    fund_change: str | None = None


class _RefundFound(msgspec.Struct, frozen=True):
    out_trade_no: str | None = None
    out_request_no: str | None = None
    refund_amount: str | None = None
    refund_status: str | None = None


class AlipayPay:
    """Implements `PayProvider` for the way PRECREATE."""

    def __init__(self, *, client: AlipayClient, notify_url: str) -> None:
        self._client = client
        self._notify_url = notify_url

    async def ask(self, payment: Payment, payer: str | None = None) -> PayLink:
        """Open a payment and give the URL to pay at; a new one may be given for the same number.

        Raises:
            ProviderFailed: refused (`ACQ.TRADE_HAS_SUCCESS`: paid already), or no answer.
            ValueError: the payment is of another wallet.
        """
        if payment.way is not PayWay.PRECREATE:
            raise ValueError(f"{payment.way} is not Alipay's")
        contents = {
            "out_trade_no": payment.id,
            "total_amount": yuan_text(payment.amount_fen),
            "subject": SUBJECT,
            "time_expire": time_text(payment.expires_at),
        }
        told = await self._client.ask(
            "alipay.trade.precreate", contents, _Precreated, notify_url=self._notify_url
        )
        fitting(told.out_trade_no == payment.id)
        fitting(_URL.fullmatch(told.qr_code) is not None)
        return PayLink(way=PayWay.PRECREATE, url=told.qr_code)

    async def seen(self, payment: Payment) -> PaymentSeen | None:
        """Tell how a payment stands; one whose QR nobody scanned yet is NOTPAY.

        None when Alipay knows no trade and never gave us a QR. It may still be paid, if the
        answer with its QR was lost.

        Raises:
            ProviderFailed: no answer.
        """
        contents = {"out_trade_no": payment.id}
        try:
            told = await self._client.ask("alipay.trade.query", contents, _Trade)
        except ProviderFailed as error:
            if error.rule != NO_TRADE:
                raise
            return None if payment.pay_url is None else _unscanned(payment)
        fitting((told.out_trade_no, told.trans_currency) == (payment.id, "CNY"))
        paid_at = read_as(instant_of, told.send_pay_date) if told.send_pay_date else None
        state = _paid_state(told)
        fitting(state in ("NOTPAY", "CLOSED") or bool(_NUMBER.fullmatch(told.trade_no or "")))
        return PaymentSeen(
            out_trade_no=payment.id,
            state=state,
            amount_fen=read_as(fen_of, told.total_amount),
            transaction_id=told.trade_no,
            paid_at=paid_at,
        )

    async def close(self, payment: Payment) -> bool:
        """Close an unpaid payment; False when it is paid already.

        True of a QR that nobody scanned is no promise: Alipay has nothing to close, and the QR
        can be paid until its time is over.

        Raises:
            ProviderFailed: no answer.
        """
        contents = {"out_trade_no": payment.id}
        try:
            told = await self._client.ask("alipay.trade.close", contents, _Closed)
        except ProviderFailed as error:
            if error.rule == NO_TRADE:
                return True
            if error.rule not in NOT_WAITING:
                raise
            seen = await self.seen(payment)
            if seen is None or seen.state == "NOTPAY":
                raise
            return seen.state == "CLOSED"
        fitting(told.out_trade_no in (None, payment.id))
        return True

    async def refund(self, refund: Refund) -> RefundSeen:
        """Give a payment back, all or a part, under the refund's own number.

        Raises:
            ProviderFailed: refused, or no answer; the money may be on its way then.
        """
        contents = {
            "out_trade_no": refund.payment,
            "out_request_no": refund.id,
            "refund_amount": yuan_text(refund.amount_fen),
            "refund_reason": refund.reason,
        }
        told = await self._client.ask("alipay.trade.refund", contents, _Refunded)
        fitting(told.out_trade_no == refund.payment)
        if told.fund_change == "Y":
            return _refund_seen(refund, refund.amount_fen, "SUCCESS")
        # Nothing moved by this request: it was done before, or is not done yet.
        seen = await self.refund_seen(refund)
        return seen or _refund_seen(refund, refund.amount_fen, "PROCESSING")

    async def refund_seen(self, refund: Refund) -> RefundSeen | None:
        """Tell how a refund stands; None when Alipay never heard of it.

        Raises:
            ProviderFailed: no answer.
        """
        contents = {"out_trade_no": refund.payment, "out_request_no": refund.id}
        try:
            told = await self._client.ask(
                "alipay.trade.fastpay.refund.query", contents, _RefundFound
            )
        except ProviderFailed as error:
            if error.rule != NO_TRADE:
                raise
            return None
        if told.out_request_no is None or told.refund_amount is None:
            return None  # 10000 says only that the question was answered
        fitting(told.out_request_no == refund.id and told.out_trade_no == refund.payment)
        fitting(told.refund_status in _REFUNDED)
        amount_fen = read_as(fen_of, told.refund_amount)
        return _refund_seen(refund, amount_fen, _REFUNDED[told.refund_status])


def _unscanned(payment: Payment) -> PaymentSeen:
    return PaymentSeen(out_trade_no=payment.id, state="NOTPAY", amount_fen=payment.amount_fen)


def _refund_seen(refund: Refund, amount_fen: int, state: RefundedState) -> RefundSeen:
    return RefundSeen(out_refund_no=refund.id, amount_fen=amount_fen, state=state)


def _paid_state(trade: _Trade) -> PaidState:
    """Read Alipay's state: TRADE_CLOSED is one never paid, or one given back in full.

    [MEM] Only a trade that was paid has its `send_pay_date`.
    """
    match trade.trade_status:
        case "WAIT_BUYER_PAY":
            return "NOTPAY"
        case "TRADE_SUCCESS" | "TRADE_FINISHED":
            return "SUCCESS"
        case "TRADE_CLOSED":
            return "REFUND" if trade.send_pay_date else "CLOSED"
    raise ProviderFailed(rule="bad_answer")
