"""Payments and refunds as the provider keeps them.

NOTPAY → SUCCESS → REFUND, or NOTPAY → CLOSED (by the caller, or by time). A number asked for
again gives the same answer; with other contents it is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from server.sandbox.bodies import PlacePayment, PlaceRefund
from server.sandbox.clock import Clock, rfc3339
from server.sandbox.errors import Refused
from server.sandbox.notices import NoticeQueue
from server.sandbox.store import SandboxStore

Row = dict[str, Any]


class Payments:
    """What was asked to be paid, was paid, and was refunded."""

    def __init__(
        self,
        *,
        store: SandboxStore,
        notices: NoticeQueue,
        clock: Clock,
        draw: Callable[[], str],
        public_url: str,
    ) -> None:
        self._store = store
        self._notices = notices
        self._clock = clock
        self._draw = draw
        self._public_url = public_url

    def place(self, body: PlacePayment) -> Row:
        """Take an order to pay.

        Raises:
            Refused: 409 `out_trade_no_used` for the same number with another amount.
        """
        with self._store.transaction():
            known = self._find(body.out_trade_no)
            if known is None:
                self._insert(body)
                known = self._row(body.out_trade_no)
        if known["amount_fen"] != body.amount_fen:
            raise Refused(409, "out_trade_no_used", "this number has another amount")
        prepay_id = known["prepay_id"]
        return {"prepay_id": prepay_id, "pay_url": f"{self._public_url}/pay/{prepay_id}"}

    def _insert(self, body: PlacePayment) -> None:
        now = self._clock()
        if body.expires_at.timestamp() <= now:
            raise Refused(400, "bad_request", "expires_at has passed")
        self._store.change(
            "INSERT INTO payments VALUES (?, ?, ?, ?, ?, ?, ?, 'NOTPAY', NULL, NULL)",
            *(body.out_trade_no, f"pp{self._draw()}", body.amount_fen, body.subject),
            *(body.notify_url, body.expires_at.timestamp(), now),
        )

    def state_of(self, out_trade_no: str) -> Row:
        """Tell how a payment stands; one past its time is closed by this look.

        Raises:
            Refused: 404 `no_such_order`.
        """
        self._close_expired(out_trade_no)
        return told(self._row(out_trade_no))

    def close(self, out_trade_no: str) -> Row:
        """Close an unpaid payment; closing again changes nothing.

        Raises:
            Refused: 404, or 409 `order_paid`.
        """
        self._store.change(
            "UPDATE payments SET state='CLOSED' WHERE out_trade_no=? AND state='NOTPAY'",
            out_trade_no,
        )
        row = self._row(out_trade_no)
        if row["state"] != "CLOSED":
            raise Refused(409, "order_paid", "it is paid: refund it")
        return {"state": row["state"]}

    def pay(self, out_trade_no: str) -> Row:
        """Pay, as the person's thumb does; a second tap changes nothing.

        Raises:
            Refused: 404, or 409 `order_closed`.
        """
        self._close_expired(out_trade_no)
        now = self._clock()
        with self._store.transaction():
            paid = self._store.change(
                "UPDATE payments SET state='SUCCESS', transaction_id=?, paid_at=?"
                " WHERE out_trade_no=? AND state='NOTPAY'",
                *(f"tx{self._draw()}", now, out_trade_no),
            )
            row = self._row(out_trade_no)
            if paid:
                self._notices.add("payment", row["notify_url"], told(row), now)
        if row["state"] == "CLOSED":
            raise Refused(409, "order_closed", "the payment was closed or its time is over")
        return told(row)

    def refund(self, body: PlaceRefund) -> Row:
        """Give money back, at most what was paid; the outcome follows as a notice.

        Raises:
            Refused: 404; 409 `not_paid`, `out_refund_no_used` or `too_much`; 400 for the total.
        """
        with self._store.transaction():
            known = self._find_refund(body.out_refund_no)
            if known is None:
                return self._refund_anew(body)
        if (known["out_trade_no"], known["amount_fen"]) != (body.out_trade_no, body.amount_fen):
            raise Refused(409, "out_refund_no_used", "this number is of another refund")
        return {"refund_id": known["refund_id"], "state": known["state"]}

    def _refund_anew(self, body: PlaceRefund) -> Row:
        payment = self._row(body.out_trade_no)
        self._check_refund(body, payment)
        now = self._clock()
        refund_id = f"rf{self._draw()}"
        self._store.change(
            "INSERT INTO refunds VALUES (?, ?, ?, ?, ?, ?, ?, 'SUCCESS')",
            *(body.out_refund_no, refund_id, body.out_trade_no, body.amount_fen),
            *(body.total_fen, body.reason, now),
        )
        self._store.change(
            "UPDATE payments SET state='REFUND' WHERE out_trade_no=?", body.out_trade_no
        )
        resource = {
            "out_refund_no": body.out_refund_no,
            "out_trade_no": body.out_trade_no,
            "amount_fen": body.amount_fen,
            "state": "SUCCESS",
        }
        self._notices.add("refund", body.notify_url, resource, now)
        return {"refund_id": refund_id, "state": "PROCESSING"}

    def _check_refund(self, body: PlaceRefund, payment: Row) -> None:
        if payment["state"] not in ("SUCCESS", "REFUND"):
            raise Refused(409, "not_paid", "there is nothing to give back")
        if payment["amount_fen"] != body.total_fen:
            raise Refused(400, "bad_request", "total_fen is not what was paid")
        row = self._store.one(
            "SELECT coalesce(sum(amount_fen), 0) AS given FROM refunds WHERE out_trade_no=?",
            body.out_trade_no,
        )
        given = row["given"] if row else 0
        if given + body.amount_fen > payment["amount_fen"]:
            raise Refused(409, "too_much", "more than was paid")

    def state_of_refund(self, out_refund_no: str) -> Row:
        """Tell how a refund stands.

        Raises:
            Refused: 404 `no_such_refund`.
        """
        row = self._find_refund(out_refund_no)
        if row is None:
            raise Refused(404, "no_such_refund", "no refund has this number")
        return {
            name: row[name]
            for name in ("refund_id", "out_refund_no", "out_trade_no", "amount_fen", "state")
        }

    def number_of(self, prepay_id: str) -> str:
        """Give the payment's number from the id in its QR.

        Raises:
            Refused: 404 `no_such_order`.
        """
        row = self._store.one("SELECT out_trade_no FROM payments WHERE prepay_id=?", prepay_id)
        if row is None:
            raise Refused(404, "no_such_order", "no payment has this id")
        return str(row["out_trade_no"])

    def recent(self, limit: int) -> list[Row]:
        """List the newest payments, with those past their time shown as closed."""
        rows = self._store.all(
            "SELECT * FROM payments ORDER BY created_at DESC, rowid DESC LIMIT ?", limit
        )
        now = self._clock()
        for row in rows:
            if row["state"] == "NOTPAY" and row["expires_at"] <= now:
                row["state"] = "CLOSED"
        return [told(row) for row in rows]

    def _close_expired(self, out_trade_no: str) -> None:
        self._store.change(
            "UPDATE payments SET state='CLOSED'"
            " WHERE out_trade_no=? AND state='NOTPAY' AND expires_at <= ?",
            *(out_trade_no, self._clock()),
        )

    def _find(self, out_trade_no: str) -> Row | None:
        return self._store.one("SELECT * FROM payments WHERE out_trade_no=?", out_trade_no)

    def _row(self, out_trade_no: str) -> Row:
        row = self._find(out_trade_no)
        if row is None:
            raise Refused(404, "no_such_order", "no payment has this number")
        return row

    def _find_refund(self, out_refund_no: str) -> Row | None:
        return self._store.one("SELECT * FROM refunds WHERE out_refund_no=?", out_refund_no)


def told(row: Row) -> Row:
    """Give a payment as callers and notices see it; what is not yet known is left out."""
    view: Row = {
        "out_trade_no": row["out_trade_no"],
        "state": row["state"],
        "amount_fen": row["amount_fen"],
        "subject": row["subject"],
        "created_at": rfc3339(row["created_at"]),
        "expires_at": rfc3339(row["expires_at"]),
    }
    if row["paid_at"] is not None:
        view |= {"transaction_id": row["transaction_id"], "paid_at": rfc3339(row["paid_at"])}
    return view
