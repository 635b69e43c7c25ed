"""The durable queue of notices: what was written with its cause is sent until it is accepted.

A notice keeps its `notify_id` through all its deliveries; each delivery has a nonce and time of
its own, since a receiver only takes fresh ones. Deliveries of one notice never overlap.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from server.sandbox.bodies import Kind, Subject
from server.sandbox.faults import BEFORE_NOTICE, Faults
from server.sandbox.store import SandboxStore
from server.sandbox.wants import WireName

#: First wait after a failed delivery; doubles up to the longest. 20 tries take about 14 minutes.
FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 60.0
MAX_ATTEMPTS = 20

#: The fault of a notice that a later one overtakes; it is played by waiting.
OVERTAKEN: Kind = "reordered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One notice as it stands in the queue."""

    notify_id: str
    on: Subject
    wire: str  #: whose form it has (see `wires.py`)
    url: str
    resource: dict[str, Any]
    created_at: float
    attempts: int
    faults: tuple[Kind, ...]  #: still to be played: false notices before, duplicates after


def wait_seconds(attempts: int) -> float:
    """Tell how long to wait after so many failed attempts."""
    return min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2.0 ** (attempts - 1))


class NoticeQueue:
    """Notices on disk. `wake` is called when one more is due than before."""

    def __init__(
        self,
        *,
        store: SandboxStore,
        faults: Faults,
        draw: Callable[[], str],
        wake: Callable[[], None],
    ) -> None:
        self._store = store
        self._faults = faults
        self._draw = draw
        self._wake = wake

    def add(
        self, on: Subject, url: str, resource: dict[str, Any], now: float, *, wire: WireName
    ) -> None:
        """Queue a notice, in the caller's transaction, with the faults armed for it."""
        waits = self._faults.use_any(("late", "reordered"), on)
        wait = max((self._faults.wait_seconds(kind, on) for kind in waits), default=0.0)
        held: list[Kind] = [OVERTAKEN] if OVERTAKEN in waits else []
        played = [*held, *self._faults.use_any((*BEFORE_NOTICE, "duplicate"), on)]
        self._store.change(
            "INSERT INTO notices (notify_id, on_what, wire, url, resource, created_at, next_at,"
            " state, faults) VALUES (?, ?, ?, ?, ?, ?, ?, 'waiting', ?)",
            *(f"nt{self._draw()}", on, wire, url, json.dumps(resource), now),
            now + wait,
            json.dumps(played),
        )
        self._wake()

    def due(self, now: float, limit: int) -> list[Notice]:
        """List the notices that should be delivered now, longest due first."""
        rows = self._store.all(
            "SELECT * FROM notices WHERE state = 'waiting' AND next_at <= ?"
            " ORDER BY next_at, created_at LIMIT ?",
            *(now, limit),
        )
        return [_notice(row) for row in rows]

    def next_at(self, now: float) -> float | None:
        """Tell when the next notice that is not yet due will be."""
        row = self._store.one(
            "SELECT min(next_at) AS at FROM notices WHERE state = 'waiting' AND next_at > ?", now
        )
        return row["at"] if row else None

    def drop_fault(self, notice: Notice, fault: Kind) -> None:
        """Forget a fault that was played."""
        row = self._store.one("SELECT faults FROM notices WHERE notify_id=?", notice.notify_id)
        left = [kind for kind in json.loads(row["faults"] if row else "[]") if kind != fault]
        self._store.change(
            "UPDATE notices SET faults=? WHERE notify_id=?", json.dumps(left), notice.notify_id
        )

    def accept(self, notice: Notice, now: float) -> None:
        """Note that the receiver answered SUCCESS; what it has overtaken is due then."""
        self._store.change(
            "UPDATE notices SET state='accepted', attempts=attempts+1, last_seen='SUCCESS'"
            " WHERE notify_id=?",
            notice.notify_id,
        )
        self._store.change(
            "UPDATE notices SET next_at=? WHERE state='waiting' AND next_at>? AND attempts=0"
            " AND created_at<=? AND EXISTS"
            " (SELECT 1 FROM json_each(notices.faults) WHERE value=?)",
            *(now, now, notice.created_at, OVERTAKEN),
        )

    def postpone(
        self, notice: Notice, seen: str, now: float, *, max_attempts: int = MAX_ATTEMPTS
    ) -> None:
        """Note a failed delivery: again later, or never after the last attempt."""
        attempts = notice.attempts + 1
        state = "given_up" if attempts >= max_attempts else "waiting"
        self._store.change(
            "UPDATE notices SET state=?, attempts=?, last_seen=?, next_at=? WHERE notify_id=?",
            *(state, attempts, seen, now + wait_seconds(attempts), notice.notify_id),
        )

    def log(self, notice: Notice, fault: Kind | None, seen: str, now: float) -> None:
        """Keep what one delivery was answered, for tests and the curious."""
        self._store.change(
            "INSERT INTO deliveries (notify_id, at, fault, seen) VALUES (?, ?, ?, ?)",
            *(notice.notify_id, now, fault, seen),
        )
        self._store.trim("deliveries")

    def listed(self, limit: int = 100) -> list[dict[str, Any]]:
        """List the newest notices, each with its deliveries in order."""
        rows = self._store.all(
            'SELECT notify_id, on_what AS "on", url, attempts, state, last_seen, resource'
            " FROM notices ORDER BY created_at DESC, rowid DESC LIMIT ?",
            limit,
        )
        for row in rows:
            row["resource"] = json.loads(row["resource"])
            row["deliveries"] = self._store.all(
                "SELECT fault, seen FROM deliveries WHERE notify_id=? ORDER BY number",
                row["notify_id"],
            )
        return rows


def _notice(row: dict[str, Any]) -> Notice:
    return Notice(
        notify_id=row["notify_id"],
        on=row["on_what"],
        wire=row["wire"],
        url=row["url"],
        resource=json.loads(row["resource"]),
        created_at=row["created_at"],
        attempts=row["attempts"],
        faults=tuple(json.loads(row["faults"])),
    )
