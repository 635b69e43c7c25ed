"""Refunds as the wallets keep them: several may be of one payment, together at most its sum."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from server.sandbox.clock import Clock, rfc3339
from server.sandbox.errors import Refused
from server.sandbox.faults import Faults
from server.sandbox.notices import NoticeQueue
from server.sandbox.store import SandboxStore
from server.sandbox.wants import NewRefund, WireName

Row = dict[str, Any]


class Refunds:
    """What was asked back of payments."""

    def __init__(
        self,
        *,
        store: SandboxStore,
        notices: NoticeQueue,
        faults: Faults,
        clock: Clock,
        draw: Callable[[], str],
    ) -> None:
        self._store = store
        self._notices = notices
        self._faults = faults
        self._clock = clock
        self._draw = draw

    def place(self, wanted: NewRefund) -> Row:
        """Give money back; the outcome follows as a notice, so a new one is told as PROCESSING.

        Raises:
            Refused: 404; 409 `not_paid`, `out_refund_no_used` or `too_much`; 400 for the total.
        """
        with self._store.transaction():
            known = self._find(wanted.out_refund_no)
            if known is None:
                return {**self._insert(wanted), "state": "PROCESSING"}
        asked = (wanted.wire, wanted.out_trade_no, wanted.amount_fen)
        if (known["wire"], known["out_trade_no"], known["amount_fen"]) != asked:
            raise Refused(409, "out_refund_no_used", "this number is of another refund")
        return told(known)

    def _insert(self, wanted: NewRefund) -> Row:
        payment = self._payment(wanted)
        _check(wanted, payment)
        now = self._clock()
        state = "ABNORMAL" if self._faults.use("abnormal", "refund") else "SUCCESS"
        self._store.change(
            "INSERT INTO refunds (out_refund_no, refund_id, out_trade_no, amount_fen, total_fen,"
            " reason, created_at, state, wire) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            *(wanted.out_refund_no, f"rf{self._draw()}", wanted.out_trade_no, wanted.amount_fen),
            *(payment["amount_fen"], wanted.reason, now, state, wanted.wire),
        )
        # An abnormal one keeps its part of the sum: it goes on once somebody mends it.
        self._store.change(
            "UPDATE payments SET state='REFUND', refunded_fen = refunded_fen + ?"
            " WHERE out_trade_no=?",
            *(wanted.amount_fen, wanted.out_trade_no),
        )
        row = told(self._row(wanted.out_refund_no, wanted.wire))
        if wanted.notify_url is not None:
            self._notices.add("refund", wanted.notify_url, row, now, wire=wanted.wire)
        return row

    def _payment(self, wanted: NewRefund) -> Row:
        row = self._store.one("SELECT * FROM payments WHERE out_trade_no=?", wanted.out_trade_no)
        if row is None or row["wire"] != wanted.wire:
            raise Refused(404, "no_such_order", "no payment has this number")
        return row

    def state_of(self, out_refund_no: str, wire: WireName) -> Row:
        """Tell how a refund stands.

        Raises:
            Refused: 404 `no_such_refund`.
        """
        return told(self._row(out_refund_no, wire))

    def _find(self, out_refund_no: str) -> Row | None:
        return self._store.one(
            "SELECT refunds.*, transaction_id, payer, refunded_fen FROM refunds"
            " JOIN payments USING (out_trade_no) WHERE out_refund_no=?",
            out_refund_no,
        )

    def _row(self, out_refund_no: str, wire: WireName) -> Row:
        row = self._find(out_refund_no)
        if row is None or row["wire"] != wire:
            raise Refused(404, "no_such_refund", "no refund has this number")
        return row


def _check(wanted: NewRefund, payment: Row) -> None:
    if payment["state"] not in ("SUCCESS", "REFUND"):
        raise Refused(409, "not_paid", "there is nothing to give back")
    if wanted.total_fen not in (None, payment["amount_fen"]):
        raise Refused(400, "bad_request", "total_fen is not what was paid")
    if payment["refunded_fen"] + wanted.amount_fen > payment["amount_fen"]:
        raise Refused(409, "too_much", "more than was paid")


def told(row: Row) -> Row:
    """Give a refund as callers and notices see it."""
    names = ("refund_id", "out_refund_no", "out_trade_no", "transaction_id", "payer")
    amounts = ("amount_fen", "total_fen", "refunded_fen")
    view: Row = {name: row[name] for name in (*names, *amounts, "state")}
    return {**view, "created_at": rfc3339(row["created_at"])}
