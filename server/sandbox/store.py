"""The sandbox's facts on disk: one SQLite file that a kill -9 cannot make forget.

What was answered was committed first (write-ahead log, synchronous FULL). One process opens the
file. Calls block the loop for the time of one fsync: fit for a stand-in, not for a service.
Times are unix seconds as floats, amounts integer fen.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from server.sandbox.alipay.schema import ALIPAY_SCHEMA
from server.sandbox.errors import Refused
from server.sandbox.ocr.schema import OCR_SCHEMA
from server.sandbox.sms.schema import SMS_SCHEMA
from server.sandbox.wechat.schema import WECHAT_SCHEMA

SCHEMA = """
CREATE TABLE IF NOT EXISTS nonces (nonce TEXT PRIMARY KEY, seen_at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS nonces_by_age ON nonces (seen_at);

CREATE TABLE IF NOT EXISTS messages (
    message_id TEXT PRIMARY KEY, phone TEXT NOT NULL, text TEXT NOT NULL,
    template TEXT NOT NULL, params TEXT NOT NULL, at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS messages_by_phone ON messages (phone, at);

CREATE TABLE IF NOT EXISTS phones (phone TEXT PRIMARY KEY, person TEXT, seen_at REAL NOT NULL);

CREATE TABLE IF NOT EXISTS payments (
    out_trade_no TEXT PRIMARY KEY, prepay_id TEXT NOT NULL UNIQUE, amount_fen INTEGER NOT NULL,
    subject TEXT NOT NULL, notify_url TEXT NOT NULL, expires_at REAL NOT NULL,
    created_at REAL NOT NULL, state TEXT NOT NULL, transaction_id TEXT, paid_at REAL,
    wire TEXT NOT NULL DEFAULT 'wechatpay', way TEXT NOT NULL DEFAULT 'native', payer TEXT,
    refunded_fen INTEGER NOT NULL DEFAULT 0, scanned_at REAL);
CREATE INDEX IF NOT EXISTS payments_by_age ON payments (created_at);

CREATE TABLE IF NOT EXISTS refunds (
    out_refund_no TEXT PRIMARY KEY, refund_id TEXT NOT NULL UNIQUE,
    out_trade_no TEXT NOT NULL REFERENCES payments, amount_fen INTEGER NOT NULL,
    total_fen INTEGER NOT NULL, reason TEXT NOT NULL, created_at REAL NOT NULL,
    state TEXT NOT NULL, wire TEXT NOT NULL DEFAULT 'wechatpay');
CREATE INDEX IF NOT EXISTS refunds_by_payment ON refunds (out_trade_no);

CREATE TABLE IF NOT EXISTS transfers (
    out_bill_no TEXT PRIMARY KEY, transfer_bill_no TEXT NOT NULL UNIQUE,
    amount_fen INTEGER NOT NULL, payee TEXT NOT NULL, remark TEXT NOT NULL,
    notify_url TEXT NOT NULL, created_at REAL NOT NULL, state TEXT NOT NULL,
    wire TEXT NOT NULL DEFAULT 'wechatpay', package_info TEXT, named INTEGER NOT NULL DEFAULT 0,
    confirm_before REAL, updated_at REAL, fail_reason TEXT, slow INTEGER NOT NULL DEFAULT 0,
    at_once INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS transfers_by_age ON transfers (created_at);

CREATE TABLE IF NOT EXISTS wechatpay_bills (token TEXT PRIMARY KEY, content BLOB NOT NULL);

CREATE TABLE IF NOT EXISTS notices (
    notify_id TEXT PRIMARY KEY, on_what TEXT NOT NULL,
    wire TEXT NOT NULL DEFAULT 'wechatpay', url TEXT NOT NULL, resource TEXT NOT NULL,
    created_at REAL NOT NULL, next_at REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL, last_seen TEXT, faults TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS notices_due ON notices (state, next_at);

CREATE TABLE IF NOT EXISTS deliveries (
    number INTEGER PRIMARY KEY AUTOINCREMENT, notify_id TEXT NOT NULL, at REAL NOT NULL,
    fault TEXT, seen TEXT NOT NULL);

CREATE TABLE IF NOT EXISTS faults (
    kind TEXT NOT NULL, on_what TEXT NOT NULL, left INTEGER NOT NULL, used INTEGER NOT NULL,
    seconds REAL NOT NULL, PRIMARY KEY (kind, on_what));
"""

#: The first sandbox had a wire of its own, which nobody speaks any more: its things stay to be
#: looked at, its notices end.
RETIRED = "UPDATE notices SET state='given_up' WHERE wire='signed' AND state='waiting'"

#: A nonce is remembered for longer than a request with it can be fresh.
NONCE_LIFE_SECONDS = 900

#: Kept of each log-like table; older rows go.
KEPT = {
    "wx_chat": 20_000,
    "messages": 20_000,
    "sms_sends": 20_000,
    "ocr_asked": 1_000,
    "deliveries": 5_000,
    "wechatpay_bills": 50,
}


class SandboxStore:
    """One open SQLite file and its transactions."""

    def __init__(self, path: Path, *, durable: bool = True) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        sync = "FULL" if durable else "OFF"
        for pragma in ("journal_mode=WAL", f"synchronous={sync}", "foreign_keys=ON"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.executescript(SCHEMA + WECHAT_SCHEMA + SMS_SCHEMA + ALIPAY_SCHEMA + OCR_SCHEMA)
        _add_missing_columns(self._db)
        self._db.execute(RETIRED)

    def close(self) -> None:
        """Close the file; nothing is pending, since every answer was committed."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit all that the block does, or nothing of it."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def change(self, sql: str, *values: object) -> int:
        """Run one statement and tell how many rows it changed."""
        return self._db.execute(sql, values).rowcount

    def one(self, sql: str, *values: object) -> dict[str, Any] | None:
        """Give the first row."""
        row = self._db.execute(sql, values).fetchone()
        return dict(row) if row is not None else None

    def all(self, sql: str, *values: object) -> list[dict[str, Any]]:
        """Give all rows."""
        return [dict(row) for row in self._db.execute(sql, values).fetchall()]

    def trim(self, table: str) -> None:
        """Drop the oldest rows of a log-like table over its bound."""
        self._db.execute(
            f"DELETE FROM {table} WHERE rowid <= (SELECT max(rowid) - ? FROM {table})",
            (KEPT[table],),
        )

    def spend_nonce(self, nonce: str, now: float) -> None:
        """Note a nonce as used.

        Raises:
            Refused: 401 `nonce_used`, it was seen before.
        """
        self.change("DELETE FROM nonces WHERE seen_at < ?", now - NONCE_LIFE_SECONDS)
        if not self.change("INSERT OR IGNORE INTO nonces VALUES (?, ?)", nonce, now):
            raise Refused(401, "nonce_used", "this nonce was used before")


def _add_missing_columns(db: sqlite3.Connection) -> None:
    """Bring a file of an earlier version up to SCHEMA: new columns are nullable or default."""
    model = sqlite3.connect(":memory:")
    model.executescript(SCHEMA)
    tables = [row[0] for row in model.execute("SELECT name FROM sqlite_master WHERE type='table'")]
    for table in tables:
        known = {row[1] for row in db.execute(f"PRAGMA table_info({table})")}
        for _, name, kind, required, default, _ in model.execute(f"PRAGMA table_info({table})"):
            if name not in known:
                rule = f"NOT NULL DEFAULT {default}" if required else ""
                db.execute(f"ALTER TABLE {table} ADD COLUMN {name} {kind} {rule}")
    model.close()
