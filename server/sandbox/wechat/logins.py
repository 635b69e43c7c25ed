"""Codes of log-ins and of the phone button: single use, five minutes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from server.sandbox.clock import Clock
from server.sandbox.store import SandboxStore
from server.sandbox.wechat.people import People
from server.sandbox.wechat.refusals import WeChatRefused, bad_code, used_code

Row = dict[str, Any]

CODE_SECONDS = 300.0
CodeKind = Literal["oauth", "mini", "phone"]


class Logins:
    """Hands out codes to people's phones and redeems them for the platform."""

    def __init__(
        self,
        *,
        store: SandboxStore,
        people: People,
        clock: Clock,
        draw: Callable[[], str],
        mini_app_id: str,
    ) -> None:
        self._store = store
        self._people = people
        self._clock = clock
        self._draw = draw
        self._mini_app_id = mini_app_id

    def code(self, kind: CodeKind, openid: str, scope: str = "") -> str:
        """Make a code for someone."""
        code = f"{kind}{self._draw()}"
        self._store.change(
            "INSERT INTO wx_codes VALUES (?, ?, ?, ?, ?, 0)",
            *(code, kind, openid, scope, self._clock()),
        )
        return code

    def oauth(self, code: str) -> Row:
        """Redeem an H5 log-in's code.

        Raises:
            WeChatRefused: 40029 or 40163.
        """
        row = self._redeemed("oauth", code)
        person = self._people.known(row["openid"])
        told = {
            "access_token": f"sandbox_web_{row['openid']}",
            "expires_in": 7200,
            "refresh_token": f"sandbox_refresh_{self._draw()}",
            "openid": person["openid"],
            "scope": row["scope"],
        }
        if row["scope"] == "snsapi_userinfo":
            told["unionid"] = person["unionid"]
        return told

    def user_info(self, web_token: str, openid: str) -> Row:
        """Tell about someone who allowed it.

        Raises:
            WeChatRefused: 40001 or 40003.
        """
        if web_token != f"sandbox_web_{openid}":
            raise WeChatRefused(40001, "invalid credential")
        person = self._people.known(openid)
        return {name: person[name] for name in ("openid", "nickname", "unionid")} | {
            "sex": 0,
            "headimgurl": "",
            "privilege": [],
        }

    def session(self, js_code: str) -> Row:
        """Redeem a mini program's log-in code.

        Raises:
            WeChatRefused: 40029 or 40163.
        """
        person = self._people.known(self._redeemed("mini", js_code)["openid"])
        return {
            "openid": person["mini_openid"],
            "session_key": f"sandbox{self._draw()}",
            "unionid": person["unionid"],
        }

    def phone(self, code: str) -> Row:
        """Redeem the phone button's code.

        Raises:
            WeChatRefused: 40029.
        """
        person = self._people.known(self._redeemed("phone", code, used=bad_code())["openid"])
        watermark = {"timestamp": int(self._clock()), "appid": self._mini_app_id}
        return {
            "phone_info": {
                "phoneNumber": person["phone"] or "",
                "purePhoneNumber": person["phone"] or "",
                "countryCode": "86",
                "watermark": watermark,
            }
        }

    def _redeemed(self, kind: CodeKind, code: str, *, used: WeChatRefused | None = None) -> Row:
        row = self._store.one("SELECT * FROM wx_codes WHERE code = ? AND kind = ?", code, kind)
        if row is None or row["made_at"] + CODE_SECONDS < self._clock():
            raise bad_code()
        if not self._store.change("UPDATE wx_codes SET used = 1 WHERE code = ? AND NOT used", code):
            raise used or used_code()
        return row
