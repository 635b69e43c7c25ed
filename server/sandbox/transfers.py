"""Transfers to people: WAIT_USER_CONFIRM → SUCCESS when they confirm, FAIL when they decline."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from server.sandbox.bodies import PlaceTransfer
from server.sandbox.clock import Clock, rfc3339
from server.sandbox.errors import Refused
from server.sandbox.notices import NoticeQueue
from server.sandbox.store import SandboxStore

Row = dict[str, Any]


class Transfers:
    """What the platform wants to pay out, and what people did with it."""

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

    def place(self, body: PlaceTransfer) -> Row:
        """Take a transfer; its payee has to confirm it.

        Raises:
            Refused: 409 `out_bill_no_used` for the same number with another amount or payee.
        """
        with self._store.transaction():
            self._store.change(
                "INSERT OR IGNORE INTO transfers VALUES (?, ?, ?, ?, ?, ?, ?, 'WAIT_USER_CONFIRM')",
                *(body.out_bill_no, f"tb{self._draw()}", body.amount_fen, body.payee),
                *(body.remark, body.notify_url, self._clock()),
            )
            row = self._row(body.out_bill_no)
        if (row["amount_fen"], row["payee"]) != (body.amount_fen, body.payee):
            raise Refused(409, "out_bill_no_used", "this number is of another transfer")
        return self._told(row)

    def state_of(self, out_bill_no: str) -> Row:
        """Tell how a transfer stands.

        Raises:
            Refused: 404 `no_such_transfer`.
        """
        return self._told(self._row(out_bill_no))

    def settle(self, out_bill_no: str, state: str) -> Row:
        """Confirm (`SUCCESS`) or decline (`FAIL`); a second tap changes nothing.

        Raises:
            Refused: 404 `no_such_transfer`, 409 `transfer_settled` the other way.
        """
        now = self._clock()
        with self._store.transaction():
            settled = self._store.change(
                "UPDATE transfers SET state=? WHERE out_bill_no=? AND state='WAIT_USER_CONFIRM'",
                *(state, out_bill_no),
            )
            row = self._row(out_bill_no)
            if settled:
                self._notices.add("transfer", row["notify_url"], _resource(row), now)
        if row["state"] != state:
            raise Refused(409, "transfer_settled", f"the transfer is {row['state']}")
        return self._told(row)

    def number_of(self, transfer_bill_no: str) -> str:
        """Give the caller's number from ours.

        Raises:
            Refused: 404 `no_such_transfer`.
        """
        row = self._store.one(
            "SELECT out_bill_no FROM transfers WHERE transfer_bill_no=?", transfer_bill_no
        )
        if row is None:
            raise Refused(404, "no_such_transfer", "no transfer has this id")
        return str(row["out_bill_no"])

    def recent(self, payee: str | None, limit: int) -> list[Row]:
        """List the newest transfers, of one payee or of all."""
        rows = self._store.all(
            "SELECT * FROM transfers WHERE ?1 IS NULL OR payee = ?1"
            " ORDER BY created_at DESC, rowid DESC LIMIT ?2",
            *(payee, limit),
        )
        return [self._told(row) for row in rows]

    def _row(self, out_bill_no: str) -> Row:
        row = self._store.one("SELECT * FROM transfers WHERE out_bill_no=?", out_bill_no)
        if row is None:
            raise Refused(404, "no_such_transfer", "no transfer has this number")
        return row

    def _told(self, row: Row) -> Row:
        return {
            **_resource(row),
            "payee": row["payee"],
            "remark": row["remark"],
            "created_at": rfc3339(row["created_at"]),
            "confirm_url": f"{self._public_url}/confirm/{row['transfer_bill_no']}",
        }


def _resource(row: Row) -> Row:
    names = ("out_bill_no", "transfer_bill_no", "amount_fen", "state")
    return {name: row[name] for name in names}
