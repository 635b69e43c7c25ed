"""Faults on request: what goes wrong the next few times, counted, kept on disk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from server.sandbox.bodies import ArmFault, Kind, Subject
from server.sandbox.errors import Refused
from server.sandbox.store import SandboxStore

#: `500`: the request has no effect. `timeout`: it has, but the answer never comes.
OF_REQUESTS: tuple[Kind, ...] = ("500", "timeout")

#: Sent before the true notice: by another key, of another amount, from ten minutes ago.
BEFORE_NOTICE: tuple[Kind, ...] = ("forged", "wrong_amount", "old_timestamp")

#: `late`: the true notice waits. `duplicate`: it comes again, to the byte and newly signed.
OF_NOTICES: tuple[Kind, ...] = (*BEFORE_NOTICE, "late", "duplicate")


class Faults:
    """Armed faults; each occasion uses up one."""

    def __init__(self, store: SandboxStore) -> None:
        self._store = store

    def arm(self, body: ArmFault) -> None:
        """Add to what is armed already.

        Raises:
            Refused: 400 `no_such_fault`, SMS has no notices that could go wrong.
        """
        if body.on == "sms" and body.kind not in OF_REQUESTS:
            raise Refused(400, "no_such_fault", f"sms has no notices: only {OF_REQUESTS}")
        self._store.change(
            "INSERT INTO faults VALUES (?, ?, ?, 0, ?) ON CONFLICT (kind, on_what)"
            " DO UPDATE SET left = left + excluded.left, seconds = excluded.seconds",
            *(body.kind, body.on, body.times, body.seconds),
        )

    def disarm(self) -> None:
        """Let everything go right again; the counts of used ones stay."""
        self._store.change("UPDATE faults SET left = 0")

    def use(self, kind: Kind, on: Subject) -> bool:
        """Tell whether this occasion goes wrong, and count it."""
        return bool(
            self._store.change(
                "UPDATE faults SET left = left - 1, used = used + 1"
                " WHERE kind = ? AND on_what = ? AND left > 0",
                *(kind, on),
            )
        )

    def use_any(self, kinds: Sequence[Kind], on: Subject) -> list[Kind]:
        """Use up one of each of these kinds that is armed."""
        return [kind for kind in kinds if self.use(kind, on)]

    def lateness_seconds(self, on: Subject) -> float:
        """Tell how late a `late` notice is."""
        row = self._store.one("SELECT seconds FROM faults WHERE kind='late' AND on_what=?", on)
        return float(row["seconds"]) if row else 0.0

    def listed(self) -> list[dict[str, Any]]:
        """List every fault ever armed, with how often it is still to come and was used."""
        return self._store.all(
            'SELECT kind, on_what AS "on", left, used, seconds FROM faults ORDER BY on_what, kind'
        )
