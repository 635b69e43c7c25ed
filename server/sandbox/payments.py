"""Payments as the wallets keep them: NOTPAY → SUCCESS → REFUND, or NOTPAY → CLOSED.

A number asked for again gives the same answer; with other contents it is refused. A payment is
seen by the wire that it came by, and by people's thumbs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from server.sandbox.clock import Clock, rfc3339
from server.sandbox.errors import Refused
from server.sandbox.notices import NoticeQueue
from server.sandbox.store import SandboxStore
from server.sandbox.wants import NewPayment, WireName

Row = dict[str, Any]


class Payments:
    """What was asked to be paid, and was paid."""

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

    def place(self, wanted: NewPayment) -> Row:
        """Take an order to pay; gives it as `told` does, whatever its state is by now.

        Raises:
            Refused: 409 `out_trade_no_used` for the same number with other contents.
        """
        self._close_expired(wanted.out_trade_no)
        with self._store.transaction():
            known = self._find(wanted.out_trade_no)
            if known is None:
                self._insert(wanted)
                known = self._any(wanted.out_trade_no)
        asked = (wanted.wire, wanted.way, wanted.payer, wanted.amount_fen)
        if (known["wire"], known["way"], known["payer"], known["amount_fen"]) != asked:
            raise Refused(409, "out_trade_no_used", "this number is of another payment")
        return self.told(known)

    def _insert(self, wanted: NewPayment) -> None:
        now = self._clock()
        if wanted.expires_at <= now:
            raise Refused(400, "bad_request", "the time to pay has passed")
        self._store.change(
            "INSERT INTO payments (out_trade_no, prepay_id, amount_fen, subject, notify_url,"
            " expires_at, created_at, state, wire, way, payer)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, 'NOTPAY', ?, ?, ?)",
            *(wanted.out_trade_no, f"pp{self._draw()}", wanted.amount_fen, wanted.subject),
            *(wanted.notify_url, wanted.expires_at, now, wanted.wire, wanted.way, wanted.payer),
        )

    def state_of(self, out_trade_no: str, wire: WireName | None = None) -> Row:
        """Tell how a payment stands; one past its time is closed by this look.

        `wire` None is a person's look: it sees the payments of all wires.

        Raises:
            Refused: 404 `no_such_order`.
        """
        self._close_expired(out_trade_no)
        return self.told(self._row(out_trade_no, wire))

    def close(self, out_trade_no: str, wire: WireName) -> Row:
        """Close an unpaid payment; closing again changes nothing.

        Raises:
            Refused: 404, or 409 `order_paid`.
        """
        self._store.change(
            "UPDATE payments SET state='CLOSED' WHERE out_trade_no=? AND wire=? AND state='NOTPAY'",
            *(out_trade_no, wire),
        )
        row = self._row(out_trade_no, wire)
        if row["state"] != "CLOSED":
            raise Refused(409, "order_paid", "it is paid: refund it")
        return self.told(row)

    def pay(self, out_trade_no: str) -> Row:
        """Pay, as the person's thumb does; a second tap changes nothing.

        Raises:
            Refused: 404, or 409 `order_closed`.
        """
        self._close_expired(out_trade_no)
        now = self._clock()
        with self._store.transaction():
            paid = self._store.change(
                "UPDATE payments SET state='SUCCESS', transaction_id=?, paid_at=?,"
                " scanned_at=coalesce(scanned_at, ?) WHERE out_trade_no=? AND state='NOTPAY'",
                *(f"tx{self._draw()}", now, now, out_trade_no),
            )
            row = self._any(out_trade_no)
            if paid:
                told = self.told(row)
                self._notices.add("payment", row["notify_url"], told, now, wire=row["wire"])
        if row["state"] == "CLOSED":
            raise Refused(409, "order_closed", "the payment was closed or its time is over")
        return self.told(row)

    def scan(self, out_trade_no: str) -> None:
        """Note that a person has the payment before them; for Alipay the trade begins here."""
        self._close_expired(out_trade_no)
        self._store.change(
            "UPDATE payments SET scanned_at=?"
            " WHERE out_trade_no=? AND scanned_at IS NULL AND state='NOTPAY'",
            *(self._clock(), out_trade_no),
        )

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
        return [self.told(row) for row in rows]

    def told(self, row: Row) -> Row:
        """Give a payment as callers and notices see it; what is not yet known is left out."""
        names = ("out_trade_no", "state", "amount_fen", "refunded_fen", "subject", "prepay_id")
        view: Row = {name: row[name] for name in (*names, "wire", "way")}
        view["scanned"] = row["scanned_at"] is not None
        view |= {
            "created_at": rfc3339(row["created_at"]),
            "expires_at": rfc3339(row["expires_at"]),
            "pay_url": f"{self._public_url}/pay/{row['prepay_id']}",
        }
        if row["payer"] is not None:
            view["payer"] = row["payer"]
        if row["paid_at"] is not None:
            view |= {"transaction_id": row["transaction_id"], "paid_at": rfc3339(row["paid_at"])}
        return view

    def _close_expired(self, out_trade_no: str) -> None:
        self._store.change(
            "UPDATE payments SET state='CLOSED'"
            " WHERE out_trade_no=? AND state='NOTPAY' AND expires_at <= ?",
            *(out_trade_no, self._clock()),
        )

    def _find(self, out_trade_no: str) -> Row | None:
        return self._store.one("SELECT * FROM payments WHERE out_trade_no=?", out_trade_no)

    def _any(self, out_trade_no: str) -> Row:
        return self._row(out_trade_no, None)

    def _row(self, out_trade_no: str, wire: WireName | None) -> Row:
        row = self._find(out_trade_no)
        if row is None or wire not in (None, row["wire"]):
            raise Refused(404, "no_such_order", "no payment has this number")
        return row
