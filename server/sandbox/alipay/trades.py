"""Trades: precreated, scanned, paid, closed, given back.

A precreated QR is no trade yet: until somebody scans it (opens its page), a query and a close
answer ACQ.TRADE_NOT_EXIST, and it can be paid until its time is over.
"""

from __future__ import annotations

from typing import Any

from server.sandbox.alipay.requests import GatewayRequest, refused
from server.sandbox.alipay.texts import beijing, fen, instant, yuan
from server.sandbox.errors import Refused
from server.sandbox.parts import Parts
from server.sandbox.wants import NewPayment, NewRefund, WireName

Row = dict[str, Any]
Fields = dict[str, Any]

WIRE: WireName = "alipay"

#: How long a QR lives that was given no time.
LIFE_SECONDS = 2 * 3600.0

MAX_AMOUNT_FEN = 100_000_000

NO_TRADE = "ACQ.TRADE_NOT_EXIST"

#: Our refusals in Alipay's words.
SAID = {
    "out_trade_no_used": "ACQ.CONTEXT_INCONSISTENT",
    "no_such_order": NO_TRADE,
    "not_paid": "ACQ.TRADE_STATUS_ERROR",
    "too_much": "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL",
    "out_refund_no_used": "ACQ.DISCORDANT_REPEAT_REQUEST",
}


class Trades:
    """Answers the methods of alipay.trade."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def precreate(self, request: GatewayRequest) -> Fields:
        """alipay.trade.precreate → {out_trade_no, qr_code}."""
        number = _number(request)
        wanted = NewPayment(
            out_trade_no=number,
            amount_fen=_amount(request, "total_amount"),
            subject=request.text("subject", most=256),
            notify_url=self._notify_url(request),
            expires_at=self._expires_at(request),
            wire=WIRE,
            way="precreate",
        )
        told = self._place(wanted)
        if told["state"] in ("SUCCESS", "REFUND"):
            raise refused("ACQ.TRADE_HAS_SUCCESS")
        if told["state"] == "CLOSED":
            raise refused("ACQ.TRADE_HAS_CLOSE")
        return {"out_trade_no": number, "qr_code": told["pay_url"]}

    def query(self, request: GatewayRequest) -> Fields:
        """alipay.trade.query."""
        row = self._trade(_number(request))
        paid = row["paid_at"] is not None
        amount = yuan(row["amount_fen"])
        told: Fields = {
            "buyer_logon_id": "138******00",
            "buyer_pay_amount": amount if paid else "0.00",
            "buyer_user_id": "2088102169481075",
            "invoice_amount": amount if paid else "0.00",
            "out_trade_no": row["out_trade_no"],
            "point_amount": "0.00",
            "receipt_amount": amount if paid else "0.00",
            "total_amount": amount,
            "trade_status": trade_status(row),
        }
        if paid:
            told["trade_no"] = row["transaction_id"]
            told["send_pay_date"] = beijing(row["paid_at"])
            told["fund_bill_list"] = [{"amount": amount, "fund_channel": "ALIPAYACCOUNT"}]
        return told

    def close(self, request: GatewayRequest) -> Fields:
        """alipay.trade.close → {out_trade_no}; only of a trade that waits for its payer."""
        row = self._trade(_number(request))
        if row["state"] != "NOTPAY":
            raise refused("ACQ.TRADE_STATUS_ERROR")
        number = row["out_trade_no"]
        with self._parts.store.transaction():
            closed = self._parts.payments.close(number, WIRE)
            url = row["notify_url"]
            self._parts.notices.add("payment", url, closed, self._parts.clock(), wire=WIRE)
        return {"out_trade_no": number}

    def refund(self, request: GatewayRequest) -> Fields:
        """alipay.trade.refund → {fund_change, refund_fee}: Y when money moved by this request."""
        row = self._trade(_number(request))
        amount_fen = _amount(request, "refund_amount")
        # Without a number of its own a refund has the trade's, and there can be only one.
        number = request.contents.get("out_request_no") or row["out_trade_no"]
        if not isinstance(number, str) or len(number) > 64:
            raise refused("ACQ.INVALID_PARAMETER", "out_request_no")
        wanted = NewRefund(
            out_refund_no=number,
            out_trade_no=row["out_trade_no"],
            amount_fen=amount_fen,
            reason=str(request.contents.get("refund_reason", ""))[:128],
            notify_url=row["notify_url"],
            wire=WIRE,
        )
        try:
            is_new = self._parts.refunds.place(wanted)["state"] == "PROCESSING"
        except Refused as refusal:
            raise refused(SAID.get(refusal.code, "ACQ.INVALID_PARAMETER")) from refusal
        told = self._parts.refunds.state_of(number, WIRE)
        moved = is_new and told["state"] == "SUCCESS"
        return {
            "out_trade_no": row["out_trade_no"],
            "trade_no": row["transaction_id"],
            "fund_change": "Y" if moved else "N",
            "refund_fee": yuan(told["refunded_fen"]),  # of all refunds of the trade so far
            "gmt_refund_pay": beijing(self._parts.clock()),
        }

    def refund_query(self, request: GatewayRequest) -> Fields:
        """alipay.trade.fastpay.refund.query; nothing but a yes when there is no such refund."""
        trade = self._trade(_number(request))
        number = request.text("out_request_no")
        try:
            row = self._parts.refunds.state_of(number, WIRE)
        except Refused:
            return {}
        if row["out_trade_no"] != trade["out_trade_no"]:
            return {}
        return {
            "out_trade_no": row["out_trade_no"],
            "trade_no": row["transaction_id"],
            "out_request_no": number,
            "total_amount": yuan(row["total_fen"]),
            "refund_amount": yuan(row["amount_fen"]),
            "refund_status": "REFUND_SUCCESS" if row["state"] == "SUCCESS" else "REFUND_FAIL",
        }

    def _place(self, wanted: NewPayment) -> Row:
        try:
            return self._parts.payments.place(wanted)
        except Refused as refusal:
            raise refused(SAID.get(refusal.code, "ACQ.INVALID_PARAMETER")) from refusal

    def _trade(self, number: str) -> Row:
        """Find a trade that somebody scanned; its times as unix seconds."""
        try:
            self._parts.payments.state_of(number, WIRE)  # closes what is past its time
        except Refused as refusal:
            raise refused(NO_TRADE) from refusal
        row = self._parts.store.one("SELECT * FROM payments WHERE out_trade_no=?", number)
        if row is None or row["scanned_at"] is None:
            raise refused(NO_TRADE)
        return row

    def _notify_url(self, request: GatewayRequest) -> str:
        try:
            self._parts.destinations.check(request.notify_url or "")
        except Refused as refusal:
            raise refused("ACQ.INVALID_PARAMETER", "notify_url") from refusal
        return request.notify_url or ""

    def _expires_at(self, request: GatewayRequest) -> float:
        text = request.contents.get("time_expire")
        if text is None:
            return self._parts.clock() + LIFE_SECONDS
        try:
            return instant(text)
        except (ValueError, TypeError):
            raise refused("ACQ.INVALID_PARAMETER", "time_expire") from None


def trade_status(row: Row) -> str:
    """Tell a payment's state in Alipay's words: closed is also what was given back in full."""
    if row["state"] == "NOTPAY":
        return "WAIT_BUYER_PAY"
    whole = row["refunded_fen"] >= row["amount_fen"]
    return "TRADE_CLOSED" if row["state"] == "CLOSED" or whole else "TRADE_SUCCESS"


def _number(request: GatewayRequest) -> str:
    return request.text("out_trade_no")


def _amount(request: GatewayRequest, name: str) -> int:
    try:
        amount_fen = fen(request.contents.get(name))
    except ValueError:
        raise refused("ACQ.INVALID_PARAMETER", name) from None
    if amount_fen > MAX_AMOUNT_FEN:
        raise refused("ACQ.TOTAL_FEE_EXCEED")
    return amount_fen
