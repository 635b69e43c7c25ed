"""Sandbox people: who follows, what they may be sent, and what their chat shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from server.sandbox.clock import Clock, rfc3339
from server.sandbox.errors import Refused
from server.sandbox.store import SandboxStore
from server.sandbox.wechat.refusals import WeChatRefused, bad_openid

Row = dict[str, Any]

#: Customer messages: after a message of theirs, and after a click, a follow or a scan.
MESSAGE_SECONDS, MESSAGE_COUNT = 48 * 3600.0, 20
TOUCH_SECONDS, TOUCH_COUNT = 60.0, 3


class People:
    """People with a WeChat, each with one openid for the account and one for the mini program."""

    def __init__(self, *, store: SandboxStore, clock: Clock, draw: Callable[[], str]) -> None:
        self._store = store
        self._clock = clock
        self._draw = draw

    def add(
        self, nickname: str, phone: str | None, openid: str | None, real_name: str | None = None
    ) -> Row:
        """Make someone; the same openid again changes their names and phone."""
        openid = openid or f"oSandbox{self._draw()[:20]}"
        self._store.change(
            "INSERT INTO wx_people (openid, mini_openid, unionid, nickname, phone, made_at)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (openid)"
            " DO UPDATE SET nickname = excluded.nickname, phone = coalesce(?5, phone)",
            *(openid, f"mSandbox{self._draw()[:20]}", f"uSandbox{self._draw()[:20]}"),
            *(nickname, phone, self._clock()),
        )
        if real_name is not None:
            self._store.change(
                "INSERT OR REPLACE INTO wx_real_names VALUES (?, ?)", openid, real_name
            )
        return self.one(openid)

    def is_named(self, openid: str, real_name: str) -> bool:
        """Tell whether this may be somebody's real name; of whom none is known it may."""
        row = self._store.one("SELECT real_name FROM wx_real_names WHERE openid = ?", openid)
        return row is None or row["real_name"] == real_name

    def one(self, openid: str) -> Row:
        """Give someone as their page shows them.

        Raises:
            Refused: 404 `no_such_person`.
        """
        row = self._row(openid)
        if row is None:
            raise Refused(404, "no_such_person", "nobody has this openid")
        return {
            name: row[name] for name in ("openid", "mini_openid", "unionid", "nickname", "phone")
        } | {"follows": bool(row["follows"]), "blocks": bool(row["blocks"])}

    def all(self, limit: int) -> list[Row]:
        """List people, latest first."""
        rows = self._store.all(
            "SELECT openid FROM wx_people ORDER BY made_at DESC, rowid DESC LIMIT ?", limit
        )
        return [self.one(row["openid"]) for row in rows]

    def known(self, openid: str) -> Row:
        """Give someone whom a call of the platform names.

        Raises:
            WeChatRefused: 40003.
        """
        row = self._row(openid)
        if row is None:
            raise bad_openid()
        return row

    def known_mini(self, openid: str) -> Row:
        """Give someone by their mini program's openid.

        Raises:
            WeChatRefused: 40003.
        """
        row = self._store.one("SELECT * FROM wx_people WHERE mini_openid = ?", openid)
        if row is None:
            raise bad_openid()
        return row

    def follow(self, openid: str, *, follows: bool) -> bool:
        """Let them follow or leave; False when they did or had already."""
        return bool(
            self._store.change(
                "UPDATE wx_people SET follows = ?1 WHERE openid = ?2 AND follows <> ?1",
                *(int(follows), openid),
            )
        )

    def block(self, openid: str, *, blocks: bool) -> None:
        """Let them take no messages of the account."""
        self._store.change("UPDATE wx_people SET blocks=? WHERE openid=?", int(blocks), openid)

    def wrote(self, openid: str) -> None:
        """Open the long window for customer messages."""
        self._store.change(
            "UPDATE wx_people SET message_until = ?, message_left = ? WHERE openid = ?",
            *(self._clock() + MESSAGE_SECONDS, MESSAGE_COUNT, openid),
        )

    def touched(self, openid: str) -> None:
        """Open the short window for customer messages."""
        self._store.change(
            "UPDATE wx_people SET touch_until = ?, touch_left = ? WHERE openid = ?",
            *(self._clock() + TOUCH_SECONDS, TOUCH_COUNT, openid),
        )

    def spend_window(self, openid: str) -> None:
        """Count one customer message against an open window.

        Raises:
            WeChatRefused: 45015, none is open; 45047, used up.
        """
        now = self._clock()
        for name in ("touch", "message"):
            if self._store.change(
                f"UPDATE wx_people SET {name}_left = {name}_left - 1"
                f" WHERE openid = ? AND {name}_until > ? AND {name}_left > 0",
                *(openid, now),
            ):
                return
        row = self.known(openid)
        if max(row["touch_until"], row["message_until"]) > now:
            raise WeChatRefused(45047, "out of response count limit")
        raise WeChatRefused(45015, "response out of time limit or subscription is canceled")

    def say(
        self, openid: str, kind: str, text: str, *, title: str = "", url: str | None = None
    ) -> None:
        """Show something in their chat."""
        self._store.change(
            "INSERT INTO wx_chat (openid, kind, title, text, url, at) VALUES (?, ?, ?, ?, ?, ?)",
            *(openid, kind, title, text, url, self._clock()),
        )
        self._store.trim("wx_chat")

    def chat(self, openid: str, limit: int) -> list[Row]:
        """List their chat, newest first."""
        rows = self._store.all(
            "SELECT number, kind, title, text, url, at FROM wx_chat WHERE openid = ?"
            " ORDER BY number DESC LIMIT ?",
            *(openid, limit),
        )
        return [{**row, "at": rfc3339(row["at"])} for row in rows]

    def _row(self, openid: str) -> Row | None:
        return self._store.one("SELECT * FROM wx_people WHERE openid = ?", openid)
