"""Access tokens and JS tickets: the rules of `stable_token`, of `token`, and of their ends.

Normal mode gives the same token while it lives, and a new one in its last five minutes, when both
work; force mode ends the old one at once, 20 times a day and 30 seconds apart [WeChat's page of
getStableAccessToken; the codes of a force that comes too soon are from memory].
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from typing import Any

from server.sandbox.clock import Clock
from server.sandbox.store import SandboxStore
from server.sandbox.wechat.refusals import WeChatRefused, expired_token, invalid_token

LIFE_SECONDS = 7200
OVERLAP_SECONDS = 300
FORCED_A_DAY = 20
FORCED_APART_SECONDS = 30
DAY_SECONDS = 86_400

Row = dict[str, Any]


class Tokens:
    """Tokens of both apps."""

    def __init__(
        self,
        *,
        store: SandboxStore,
        secrets: Mapping[str, str],
        clock: Clock,
        draw: Callable[[], str],
    ) -> None:
        self._store = store
        self._secrets = secrets
        self._clock = clock
        self._draw = draw

    def check_secret(self, app_id: str, secret: str) -> None:
        """Let the app's owner pass.

        Raises:
            WeChatRefused: 40013 or 40125.
        """
        wanted = self._secrets.get(app_id)
        if wanted is None:
            raise WeChatRefused(40013, "invalid appid")
        if not hmac.compare_digest(wanted.encode(), secret.encode()):
            raise WeChatRefused(40125, "invalid appsecret")

    def stable(self, app_id: str, *, force: bool) -> Row:
        """Give the app's stable token."""
        now = self._clock()
        newest = self._newest(app_id, "stable")
        if force:
            self._check_ration(app_id, now)
            self._end_all(app_id, "stable", now)
        elif newest is not None and newest["expires_at"] - now > OVERLAP_SECONDS:
            return {
                "access_token": newest["token"],
                "expires_in": round(newest["expires_at"] - now),
            }
        return self._made(app_id, "stable", now, forced=force)

    def old(self, app_id: str) -> Row:
        """Give a token of the older kind; the one before lives five minutes more."""
        now = self._clock()
        self._store.change(
            "UPDATE wx_tokens SET expires_at = min(expires_at, ?)"
            " WHERE app_id = ? AND kind = 'old'",
            *(now + OVERLAP_SECONDS, app_id),
        )
        return self._made(app_id, "old", now, forced=False)

    def app_of(self, token: str) -> str:
        """Tell whose token it is.

        Raises:
            WeChatRefused: 40001 or 42001.
        """
        row = self._store.one("SELECT * FROM wx_tokens WHERE token = ?", token)
        if row is None:
            raise invalid_token()
        if row["expires_at"] <= self._clock():
            raise expired_token()
        return str(row["app_id"])

    def end_all(self) -> None:
        """Let every token be over now, as if its time had passed."""
        self._store.change("UPDATE wx_tokens SET expires_at = ?", self._clock())

    def ticket(self, app_id: str) -> Row:
        """Give the app's JS ticket."""
        now = self._clock()
        newest = self._newest(app_id, "ticket")
        if newest is not None and newest["expires_at"] > now:
            return {"ticket": newest["token"], "expires_in": round(newest["expires_at"] - now)}
        made = self._made(app_id, "ticket", now, forced=False)
        return {"ticket": made["access_token"], "expires_in": made["expires_in"]}

    def count(self, kind: str) -> int:
        """Tell how many tokens of a kind were ever made."""
        row = self._store.one("SELECT count(*) AS n FROM wx_tokens WHERE kind = ?", kind)
        return int(row["n"]) if row else 0

    def _newest(self, app_id: str, kind: str) -> Row | None:
        return self._store.one(
            "SELECT * FROM wx_tokens WHERE app_id = ? AND kind = ? ORDER BY made_at DESC,"
            " rowid DESC LIMIT 1",
            *(app_id, kind),
        )

    def _made(self, app_id: str, kind: str, now: float, *, forced: bool) -> Row:
        token = f"sandbox_{kind}_{self._draw()}{self._draw()}"
        self._store.change(
            "INSERT INTO wx_tokens VALUES (?, ?, ?, ?, ?, ?)",
            *(token, app_id, kind, now, now + LIFE_SECONDS, int(forced)),
        )
        return {"access_token": token, "expires_in": LIFE_SECONDS}

    def _end_all(self, app_id: str, kind: str, now: float) -> None:
        self._store.change(
            "UPDATE wx_tokens SET expires_at = min(expires_at, ?) WHERE app_id = ? AND kind = ?",
            *(now, app_id, kind),
        )

    def _check_ration(self, app_id: str, now: float) -> None:
        row = self._store.one(
            "SELECT count(*) AS n, max(made_at) AS latest FROM wx_tokens"
            " WHERE app_id = ? AND kind = 'stable' AND forced AND made_at > ?",
            *(app_id, now - DAY_SECONDS),
        ) or {"n": 0, "latest": None}
        if row["n"] >= FORCED_A_DAY:
            raise WeChatRefused(45009, "reach max api daily quota limit")
        if row["latest"] is not None and now - row["latest"] < FORCED_APART_SECONDS:
            raise WeChatRefused(45011, "api minute-quota reach limit, must slower")
