"""What WeChat tells the platform about people: events and messages, put into the notice queue."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Literal

from server.sandbox.clock import Clock
from server.sandbox.notices import NoticeQueue
from server.sandbox.store import SandboxStore

CONSOLE = "console"
CALLBACK_PATH = "/v1/callbacks/wechat"
Mode = Literal["plain", "aes", "both"]


class Pushes:
    """The account's console (where its callback is, and in which mode) and what goes there."""

    def __init__(
        self,
        *,
        store: SandboxStore,
        notices: NoticeQueue,
        clock: Clock,
        draw: Callable[[], str],
        callback_url: str,
    ) -> None:
        self._store = store
        self._notices = notices
        self._clock = clock
        self._draw = draw
        self._callback_url = callback_url

    def console(self) -> dict[str, str]:
        """Give the callback's URL and mode."""
        row = self._store.one("SELECT value FROM wx_kept WHERE name = ?", CONSOLE)
        kept: dict[str, str] = json.loads(row["value"]) if row else {}
        return {"url": self._callback_url, "mode": "aes"} | kept

    def set_console(self, url: str | None, mode: Mode | None) -> None:
        """Change them."""
        given = {"url": url, "mode": mode}
        now = self.console() | {name: value for name, value in given.items() if value}
        self._store.change(
            "INSERT INTO wx_kept VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2",
            *(CONSOLE, json.dumps(now)),
        )

    def event(self, openid: str, name: str, fields: dict[str, Any] | None = None) -> None:
        """Tell an event."""
        self._push(openid, {"MsgType": "event", "Event": name} | (fields or {}))

    def text(self, openid: str, text: str) -> None:
        """Tell a message that someone wrote."""
        number = str(int(self._draw()[:13], 16))
        self._push(openid, {"MsgType": "text", "Content": text, "MsgId": number})

    def _push(self, openid: str, fields: dict[str, Any]) -> None:
        now = self._clock()
        told = {"FromUserName": openid, "CreateTime": str(int(now))} | fields
        self._notices.add("wechat", self.console()["url"], told, now, wire="wechat")
