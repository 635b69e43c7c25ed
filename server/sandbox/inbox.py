"""What arrives on phones: SMS by number, and which person a phone belongs to."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from server.sandbox.bodies import SendSms
from server.sandbox.clock import Clock, rfc3339
from server.sandbox.store import SandboxStore

Row = dict[str, Any]


class Inbox:
    """Messages received, newest first wherever they are listed."""

    def __init__(self, *, store: SandboxStore, clock: Clock, draw: Callable[[], str]) -> None:
        self._store = store
        self._clock = clock
        self._draw = draw

    def receive_sms(self, body: SendSms) -> None:
        """Keep one SMS."""
        with self._store.transaction():
            self._store.change(
                "INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?)",
                *(f"sm{self._draw()}", body.phone, body.text, body.template),
                *(json.dumps(body.params), self._clock()),
            )
            self._store.trim("messages")

    def messages(self, phone: str, limit: int) -> list[Row]:
        """List one number's SMS."""
        rows = self._store.all(
            "SELECT * FROM messages WHERE phone=? ORDER BY at DESC, rowid DESC LIMIT ?",
            *(phone, limit),
        )
        return [
            {**row, "params": json.loads(row["params"]), "at": rfc3339(row["at"])} for row in rows
        ]

    def bind(self, phone: str, person: str | None) -> None:
        """Remember whose transfers a phone shows; None shows everyone's."""
        self._store.change(
            "INSERT INTO phones VALUES (?, ?, ?) ON CONFLICT (phone)"
            " DO UPDATE SET person=excluded.person, seen_at=excluded.seen_at",
            *(phone, person, self._clock()),
        )

    def person_of(self, phone: str) -> str | None:
        """Tell whose phone it is, if that was ever said."""
        row = self._store.one("SELECT person FROM phones WHERE phone=?", phone)
        return row["person"] if row else None

    def phones(self, limit: int) -> list[str]:
        """List numbers that got an SMS, latest first."""
        rows = self._store.all(
            "SELECT phone, max(at) AS latest FROM messages GROUP BY phone"
            " ORDER BY latest DESC LIMIT ?",
            limit,
        )
        return [row["phone"] for row in rows]

    def people(self, limit: int) -> list[str]:
        """List people who got a transfer."""
        rows = self._store.all(
            "SELECT DISTINCT payee AS person FROM transfers ORDER BY 1 LIMIT ?", limit
        )
        return [row["person"] for row in rows]
