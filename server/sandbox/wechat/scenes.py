"""QRs that carry a scene, and the account's menu."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import segno

from server.sandbox.clock import Clock
from server.sandbox.store import SandboxStore
from server.sandbox.wechat.refusals import WeChatRefused

Row = dict[str, Any]

MAX_SECONDS = 30 * 24 * 3600
MENU = "menu"


class Scenes:
    """Tickets of scene QRs."""

    def __init__(
        self, *, store: SandboxStore, clock: Clock, draw: Callable[[], str], public_url: str
    ) -> None:
        self._store = store
        self._clock = clock
        self._draw = draw
        self._public_url = public_url

    def create(self, scene: str, seconds: int) -> Row:
        """Make one.

        Raises:
            WeChatRefused: 40053, the scene or its life is out of bounds.
        """
        if not 1 <= len(scene) <= 64 or not 1 <= seconds <= MAX_SECONDS:
            raise WeChatRefused(40053, "invalid action info")
        ticket = f"gQSandbox{self._draw()}=="
        url = f"{self._public_url}/q/{self._draw()}"
        self._store.change(
            "INSERT INTO wx_scenes VALUES (?, ?, ?, ?)",
            *(ticket, url, scene, self._clock() + seconds),
        )
        return {"ticket": ticket, "expire_seconds": seconds, "url": url}

    def picture(self, ticket: str) -> bytes | None:
        """Draw a ticket's QR; None when it is unknown or over."""
        row = self._store.one("SELECT * FROM wx_scenes WHERE ticket = ?", ticket)
        if row is None or row["expires_at"] <= self._clock():
            return None
        drawn = io.BytesIO()
        segno.make_qr(row["url"], error="m").save(drawn, kind="png", scale=8)
        return drawn.getvalue()

    def scene_of(self, url: str) -> tuple[str, str] | None:
        """Tell which scene and ticket a scanned QR is, if it is one of these and lives."""
        row = self._store.one("SELECT * FROM wx_scenes WHERE url = ?", url)
        if row is None or row["expires_at"] <= self._clock():
            return None
        return row["scene"], row["ticket"]

    def ticket_of(self, scene: str) -> str:
        """Give the latest ticket of a scene, empty if nobody made one."""
        row = self._store.one(
            "SELECT ticket FROM wx_scenes WHERE scene = ? ORDER BY rowid DESC LIMIT 1", scene
        )
        return str(row["ticket"]) if row else ""


class Menu:
    """The account's menu as it was put."""

    def __init__(self, store: SandboxStore) -> None:
        self._store = store

    def put(self, buttons: list[Row]) -> None:
        """Replace it.

        Raises:
            WeChatRefused: 40016, 40017, 40018, 40019 or 40020.
        """
        if not 1 <= len(buttons) <= 3:
            raise WeChatRefused(40016, "invalid button size")
        for button in buttons:
            _check(button, 16)
            inner = button.get("sub_button") or []
            if len(inner) > 5:
                raise WeChatRefused(40023, "invalid sub button size")
            for one in inner:
                _check(one, 60)
        self._store.change(
            "INSERT INTO wx_kept VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2",
            *(MENU, json.dumps(buttons, ensure_ascii=False)),
        )

    def delete(self) -> None:
        """Take it away."""
        self._store.change("DELETE FROM wx_kept WHERE name = ?", MENU)

    def get(self) -> Row:
        """Give it.

        Raises:
            WeChatRefused: 46003, there is none.
        """
        row = self._store.one("SELECT value FROM wx_kept WHERE name = ?", MENU)
        if row is None:
            raise WeChatRefused(46003, "menu no exist")
        return {"menu": {"button": json.loads(row["value"])}}

    def button(self, key: str) -> Row | None:
        """Find the button that has a key or URL."""
        try:
            buttons = self.get()["menu"]["button"]
        except WeChatRefused:
            return None
        flat = [one for button in buttons for one in [button, *(button.get("sub_button") or [])]]
        return next((one for one in flat if key in (one.get("key"), one.get("url"))), None)


def _check(button: Row, longest_name: int) -> None:
    name = button.get("name")
    if not isinstance(name, str) or not 1 <= len(name.encode()) <= longest_name:
        raise WeChatRefused(40018, "invalid button name size")
    if button.get("sub_button"):
        return
    kind = button.get("type")
    if kind == "view":
        url = button.get("url")
        if not isinstance(url, str) or not 1 <= len(url.encode()) <= 1024:
            raise WeChatRefused(40020, "invalid button url size")
    elif kind in ("click", "scancode_push", "scancode_waitmsg"):
        key = button.get("key")
        if not isinstance(key, str) or not 1 <= len(key.encode()) <= 128:
            raise WeChatRefused(40019, "invalid button key size")
    else:
        raise WeChatRefused(40015, "invalid button type")
