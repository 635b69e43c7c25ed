"""Faults on request: what goes wrong the next few times, counted, kept on disk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from server.sandbox.bodies import ArmFault, Kind, Subject
from server.sandbox.errors import Refused
from server.sandbox.store import SandboxStore

#: `500`: the request has no effect. `timeout`: it has, but the answer never comes.
OF_REQUESTS: tuple[Kind, ...] = ("500", "timeout")

#: Of the wallets' own wires: the request has its effect, the answer ends half-way, its
#: signature is of another key, or it says only that the wallet does not know.
OF_ANSWERS: tuple[Kind, ...] = ("half_answer", "bad_signature", "system_error")

#: Of the wallets' own wires: refused without effect, may be asked again later.
OF_LIMITS: tuple[Kind, ...] = ("rate_limited", "not_enough")

#: Of daily bills: one line is not there, of nobody's, by another amount or with another fee; or
#: the bill is not made yet, not what its hash says, or sent by half.
OF_STATEMENTS: tuple[Kind, ...] = (
    *("missing_line", "extra_line", "wrong_amount", "wrong_fee", "not_ready"),
    *("bad_hash", "half_file"),
)

#: Of WeChat's calls: the token is refused, the day's or the minute's quota is used up.
OF_WECHAT: tuple[Kind, ...] = ("bad_token", "quota", "minute_quota")

#: Of texts: the account's day or the number's minute is used up, the carrier does not deliver; and
#: of reports, which nobody signs: one of a text that was never sent, a late one, one that repeats.
OF_SMS: tuple[Kind, ...] = ("quota", "minute_quota", "fail", "forged", "late", "duplicate")

#: What becomes of things: a refund ends ABNORMAL; a transfer fails, nobody confirms it in time,
#: it goes through every state between, one more at each look, or it is not known when asked about.
OF_OUTCOMES: dict[Subject, tuple[Kind, ...]] = {
    "refund": ("abnormal",),
    "transfer": ("fail", "expired", "slow", "forgotten"),
}

#: Sent before the true notice: by another key, of another amount, from ten minutes ago, and the
#: wallet's own probe with a signature that must not hold.
BEFORE_NOTICE: tuple[Kind, ...] = ("forged", "wrong_amount", "old_timestamp", "probe")

#: `late`: the true notice waits. `reordered`: until one that came after it was taken, or so long.
#: `duplicate`: it comes again, to the byte and newly signed.
OF_NOTICES: tuple[Kind, ...] = (*BEFORE_NOTICE, "late", "reordered", "duplicate")


class Faults:
    """Armed faults; each occasion uses up one."""

    def __init__(self, store: SandboxStore) -> None:
        self._store = store

    def arm(self, body: ArmFault) -> None:
        """Add to what is armed already.

        Raises:
            Refused: 400 `no_such_fault`, this cannot happen to such a thing.
        """
        possible = _possible(body.on)
        if body.kind not in possible:
            raise Refused(400, "no_such_fault", f"{body.on} has only {possible}")
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

    def wait_seconds(self, kind: Kind, on: Subject) -> float:
        """Tell how long a `late` notice waits, and a `reordered` one that nothing overtakes."""
        row = self._store.one("SELECT seconds FROM faults WHERE kind=? AND on_what=?", kind, on)
        return float(row["seconds"]) if row else 0.0

    def listed(self) -> list[dict[str, Any]]:
        """List every fault ever armed, with how often it is still to come and was used."""
        return self._store.all(
            'SELECT kind, on_what AS "on", left, used, seconds FROM faults ORDER BY on_what, kind'
        )


def _possible(on: Subject) -> tuple[Kind, ...]:
    if on == "sms":
        return (*OF_REQUESTS, "half_answer", "system_error", *OF_LIMITS, *OF_SMS)
    if on == "wechat":
        pushes: tuple[Kind, ...] = ("forged", "old_timestamp", *OF_NOTICES[-3:])
        return (*OF_REQUESTS, "half_answer", *OF_WECHAT, *pushes)
    if on == "ocr":
        return (*OF_REQUESTS, "half_answer", "quota", "rate_limited")
    if on == "statement":
        return (*OF_REQUESTS, *OF_ANSWERS, *OF_LIMITS, *OF_STATEMENTS)
    return (*OF_REQUESTS, *OF_ANSWERS, *OF_LIMITS, *OF_NOTICES, *OF_OUTCOMES.get(on, ()))
