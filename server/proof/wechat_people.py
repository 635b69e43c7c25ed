"""People as the proofs play them in WeChat: the sandbox's phone, the account's chat, its pages.

A `WeChatVisitor` has a WeChat of the sandbox's. It follows, scans and taps there; what the account
answers is read in its chat, and a link in an answer is followed as a browser would.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from server.proof.people import PATIENCE_SECONDS, Api, JsonObject, Visitor

#: How often a chat is looked at; another program writes it.
LOOK_SECONDS = 0.05

AGREED = "agreement_version"


class WeChatVisitor(Visitor):
    """One person with a phone that has WeChat."""

    def __init__(self, base_url: str, sandbox_url: str, phone: str) -> None:
        super().__init__(base_url, sandbox_url, phone)
        self.openid = ""
        self._cookie = ""

    async def be_in_wechat(self) -> None:
        """Have a WeChat; nothing of it is known to the platform yet."""
        body = {"nickname": "微信用户", "phone": self.phone}
        made = await self._sandbox.ask("POST", "/wechat/people", body)
        self.openid = str(made["openid"])

    async def tap(self, act: str, **fields: object) -> JsonObject:
        """Do something in WeChat: follow, scan, scan-url, menu-scan."""
        return await self._sandbox.ask("POST", f"/wechat/{self.openid}/{act}", fields)

    async def chat(self) -> list[JsonObject]:
        """Give what the account said, newest first."""
        told = await self._sandbox.ask("GET", f"/wechat/{self.openid}/chat")
        return [entry for entry in told["chat"] if entry["kind"] != "self"]

    async def told(self, wanted: Callable[[JsonObject], bool]) -> JsonObject:
        """Wait until the account said something."""
        seen: list[JsonObject] = []
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while True:
                    seen = await self.chat()
                    for entry in seen:
                        if wanted(entry):
                            return entry
                    await asyncio.sleep(LOOK_SECONDS)
        except TimeoutError:
            raise TimeoutError(f"WeChat never said so; it said {seen}") from None

    async def handle(self, path: str) -> str:
        """Go to WeChat and back, as a page of ours leads there; gives the handle."""
        begun = await self.call("POST", "/v1/wechat/begin", {"return_path": path})
        self._cookie = begun.headers["Set-Cookie"].partition(";")[0]
        url = re.search(r'"url": ?"([^"]+)"', begun.body.decode())
        if url is None:
            raise LookupError("no way to WeChat")
        asked = url.group(1).partition("#")[0] + f"&openid={self.openid}"
        outside = Api("")
        allowed = await outside.call("GET", asked, follow=False)
        back = urlsplit(allowed.headers["Location"])
        landed = await self.call(
            "GET", f"{back.path}?{back.query}", headers=self.browser, follow=False
        )
        outside.close()
        return parse_qs(urlsplit(landed.headers["Location"]).query)["wechat"][0]

    @property
    def browser(self) -> dict[str, str]:
        """Give the cookie that binds a handle to this browser."""
        return {"Cookie": self._cookie}

    async def log_in_by_wechat(self, path: str) -> bool:
        """Log in by WeChat; the first time with a phone's code. Tells whether it is linked now."""
        handle = await self.handle(path)
        rules = await self.ask("GET", "/v1/rules")
        body: JsonObject = {"handle": handle, "device": f"device-{self.phone}"}
        body[AGREED] = rules[AGREED]
        known = await self.ask("POST", "/v1/wechat/log-in", body, headers=self.browser)
        if not known["linked"]:
            code = await self.texted_code()
            body = {**body, "phone": self.phone, "code": code}
            known = await self.ask("POST", "/v1/wechat/link", body, headers=self.browser)
        self._take_session(known["logged_in"])
        return bool(known["linked"])
