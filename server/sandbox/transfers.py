"""Transfers to people, through the states of WeChat's merchant transfer of 2025.

ACCEPTED → PROCESSING → WAIT_USER_CONFIRM → TRANSFERING → SUCCESS; FAIL when the person declines
or lets the time pass; CANCELING → CANCELLED by the platform before the person confirms. As a
rule a transfer waits at once and ends at once; the `slow` fault shows every state between, one
more at each look.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from server.sandbox.clock import Clock, rfc3339
from server.sandbox.errors import Refused
from server.sandbox.faults import Faults
from server.sandbox.notices import NoticeQueue
from server.sandbox.store import SandboxStore
from server.sandbox.wants import NewTransfer, WireName

Row = dict[str, Any]

#: What a look at a slow transfer moves on.
NEXT = {
    "ACCEPTED": "PROCESSING",
    "PROCESSING": "WAIT_USER_CONFIRM",
    "TRANSFERING": "SUCCESS",
    "CANCELING": "CANCELLED",
}
FINAL = ("SUCCESS", "FAIL", "CANCELLED")
UNCONFIRMED = ("ACCEPTED", "PROCESSING", "WAIT_USER_CONFIRM")

# [MEM] The vendor's words for why a transfer failed.
DECLINED = "MERCHANT_REJECT"
OVERDUE = "OVERDUE_CLOSE"
BROKEN = "PAYEE_ACCOUNT_ABNORMAL"


class Transfers:
    """What the platform wants to pay out, and what people did with it."""

    def __init__(
        self,
        *,
        store: SandboxStore,
        notices: NoticeQueue,
        faults: Faults,
        clock: Clock,
        draw: Callable[[], str],
        public_url: str,
        confirm_seconds: float,
    ) -> None:
        self._store = store
        self._notices = notices
        self._faults = faults
        self._clock = clock
        self._draw = draw
        self._public_url = public_url
        self._confirm_seconds = confirm_seconds

    def place(self, wanted: NewTransfer) -> Row:
        """Take a transfer; as a rule its payee has to confirm it.

        Raises:
            Refused: 409 `out_bill_no_used` for the same number with another amount or payee.
        """
        with self._store.transaction():
            known = self._find(wanted.out_bill_no)
            if known is None:
                self._insert(wanted)
                known = self._any(wanted.out_bill_no)
        asked = (wanted.wire, wanted.amount_fen, wanted.payee)
        if (known["wire"], known["amount_fen"], known["payee"]) != asked:
            raise Refused(409, "out_bill_no_used", "this number is of another transfer")
        return self._told(known)

    def _insert(self, wanted: NewTransfer) -> None:
        now = self._clock()
        slow = self._faults.use("slow", "transfer")
        fails = BROKEN if self._faults.use("fail", "transfer") else wanted.fails
        expires = now if self._faults.use("expired", "transfer") else now + self._confirm_seconds
        state = "ACCEPTED" if slow else "SUCCESS" if wanted.at_once else "WAIT_USER_CONFIRM"
        self._store.change(
            "INSERT INTO transfers (out_bill_no, transfer_bill_no, amount_fen, payee, remark,"
            " notify_url, created_at, state, wire, package_info, named, confirm_before,"
            " updated_at, slow, at_once) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            *(wanted.out_bill_no, f"tb{self._draw()}", wanted.amount_fen, wanted.payee),
            *(wanted.remark, wanted.notify_url or "", now, state, wanted.wire),
            *(f"pk{self._draw()}", wanted.named, expires, now, slow, wanted.at_once),
        )
        if fails:
            self._move(wanted.out_bill_no, (state,), "FAIL", reason=fails)
        elif state == "SUCCESS":
            self._notify(wanted.out_bill_no)

    def state_of(self, out_bill_no: str, wire: WireName | None = None) -> Row:
        """Tell how a transfer stands; `wire` None is a person's look, which moves nothing on.

        Raises:
            Refused: 404 `no_such_transfer`.
        """
        self.expire_due()
        row = self._row(out_bill_no, wire)
        if wire is not None and self._faults.use("forgotten", "transfer"):
            raise Refused(404, "no_such_transfer", "this one is not known for the moment")
        if wire is not None and row["slow"] and row["state"] in NEXT:
            after = NEXT[row["state"]]
            if row["at_once"] and after == "WAIT_USER_CONFIRM":
                after = "SUCCESS"
            with self._store.transaction():
                self._move(out_bill_no, (row["state"],), after)
        return self._told(self._row(out_bill_no, wire))

    def settle(self, out_bill_no: str, state: str) -> Row:
        """Confirm (`SUCCESS`) or decline (`FAIL`); a second tap changes nothing.

        Raises:
            Refused: 404 `no_such_transfer`, 409 `transfer_settled` the other way.
        """
        self.expire_due()
        with self._store.transaction():
            slow = self._any(out_bill_no)["slow"]
            goal = "TRANSFERING" if slow and state == "SUCCESS" else state
            reason = DECLINED if state == "FAIL" else None
            self._move(out_bill_no, ("WAIT_USER_CONFIRM",), goal, reason=reason)
            row = self._any(out_bill_no)
        if row["state"] not in (goal, state):
            raise Refused(409, "transfer_settled", f"the transfer is {row['state']}")
        return self._told(row)

    def cancel(self, out_bill_no: str, wire: WireName) -> Row:
        """Take back what the person has not confirmed; a new cancelling is told as CANCELING.

        Raises:
            Refused: 404 `no_such_transfer`, 409 `transfer_settled`.
        """
        self.expire_due()
        with self._store.transaction():
            slow = self._row(out_bill_no, wire)["slow"]
            goal = "CANCELING" if slow else "CANCELLED"
            moved = self._move(out_bill_no, UNCONFIRMED, goal)
            row = self._any(out_bill_no)
        if row["state"] not in ("CANCELING", "CANCELLED"):
            raise Refused(409, "transfer_settled", f"the transfer is {row['state']}")
        return {**self._told(row), **({"state": "CANCELING"} if moved else {})}

    def expire_due(self) -> None:
        """Fail what nobody confirmed in time."""
        self._expire("confirm_before <= ?", self._clock())

    def expire(self, out_bill_no: str) -> Row:
        """Let a transfer's time be over now.

        Raises:
            Refused: 404 `no_such_transfer`.
        """
        self._expire("out_bill_no = ?", out_bill_no)
        return self._told(self._any(out_bill_no))

    def _expire(self, which: str, value: object) -> None:
        due = self._store.all(
            "SELECT out_bill_no FROM transfers"
            f" WHERE state IN ('ACCEPTED', 'PROCESSING', 'WAIT_USER_CONFIRM') AND {which}",
            value,
        )
        for row in due:
            with self._store.transaction():
                self._move(row["out_bill_no"], UNCONFIRMED, "FAIL", reason=OVERDUE)

    def number_of(self, reference: str) -> str:
        """Give the caller's number from ours, or from a `package_info`.

        Raises:
            Refused: 404 `no_such_transfer`.
        """
        row = self._store.one(
            "SELECT out_bill_no FROM transfers WHERE transfer_bill_no=?1 OR package_info=?1",
            reference,
        )
        if row is None:
            raise Refused(404, "no_such_transfer", "no transfer has this id")
        return str(row["out_bill_no"])

    def recent(self, payee: str | None, limit: int) -> list[Row]:
        """List the newest transfers, of one payee or of all."""
        self.expire_due()
        rows = self._store.all(
            "SELECT * FROM transfers WHERE ?1 IS NULL OR payee = ?1"
            " ORDER BY created_at DESC, rowid DESC LIMIT ?2",
            *(payee, limit),
        )
        return [self._told(row) for row in rows]

    def _move(
        self, out_bill_no: str, before: tuple[str, ...], after: str, *, reason: str | None = None
    ) -> bool:
        """Move on within the caller's transaction, with its notice if that is the end."""
        moved = self._store.change(
            "UPDATE transfers SET state=?, fail_reason=?, updated_at=? WHERE out_bill_no=?"
            f" AND state IN ({', '.join('?' * len(before))})",
            *(after, reason, self._clock(), out_bill_no, *before),
        )
        if moved and after in FINAL:
            self._notify(out_bill_no)
        return bool(moved)

    def _notify(self, out_bill_no: str) -> None:
        row = self._any(out_bill_no)
        if row["notify_url"]:
            told = self._told(row)
            self._notices.add("transfer", row["notify_url"], told, self._clock(), wire=row["wire"])

    def _find(self, out_bill_no: str) -> Row | None:
        return self._store.one("SELECT * FROM transfers WHERE out_bill_no=?", out_bill_no)

    def _any(self, out_bill_no: str) -> Row:
        return self._row(out_bill_no, None)

    def _row(self, out_bill_no: str, wire: WireName | None) -> Row:
        row = self._find(out_bill_no)
        if row is None or wire not in (None, row["wire"]):
            raise Refused(404, "no_such_transfer", "no transfer has this number")
        return row

    def _told(self, row: Row) -> Row:
        names = ("out_bill_no", "transfer_bill_no", "amount_fen", "state", "payee", "remark")
        return {
            **{name: row[name] for name in (*names, "wire", "package_info", "fail_reason")},
            "named": bool(row["named"]),
            "created_at": rfc3339(row["created_at"]),
            "updated_at": rfc3339(row["updated_at"] or row["created_at"]),
            "confirm_url": f"{self._public_url}/confirm/{row['transfer_bill_no']}",
        }
