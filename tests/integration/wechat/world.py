"""A whole server on real databases beside the sandbox's WeChat, and people with phones."""

import json
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from motor.motor_asyncio import AsyncIOMotorDatabase
from tornado.httpclient import AsyncHTTPClient, HTTPRequest, HTTPResponse

from realtime.wire.kiosk import kiosk_code, kiosk_step
from server.app.platform import Platform
from server.app.process import Process, built
from server.app.stores import Stores
from server.app.wechat_rooms import WeChatRooms, build_wechat_rooms
from server.domain.geo import Place
from server.domain.ids import PersonId, TerminalId
from server.domain.people import Certification, Role
from server.domain.rules import Rules
from server.domain.terminals import Terminal
from server.domain.wechat import WeChatApp
from server.local.directory import free_port
from server.local.provider_keys import KEYS_FILE, provider_environment
from server.sandbox.app import running
from server.sandbox.draw import draw_id
from server.sandbox.keys import load
from server.sandbox.parts import Settings as SandboxSettings
from server.services.terminals.keys import TerminalKeys
from server.settings import Settings, new_secrets
from server.store.terminals import TerminalSecrets

TERMINAL = "T-WX-1"
AGREED = Rules().agreement_version


@dataclass(kw_only=True)
class Browser:
    """Somebody's browser: keeps the cookie, follows nothing by itself."""

    world: "World"
    cookie: str | None = None
    token: str | None = None

    async def ask(
        self, method: str, path: str, body: Any = None, **more: Any
    ) -> tuple[int, Any, HTTPResponse]:
        headers = {"Content-Type": "application/json"}
        if self.cookie:
            headers["Cookie"] = self.cookie
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        response = await self.world.http.fetch(
            HTTPRequest(
                self.world.url + path,
                method=method,
                headers=headers | more.pop("headers", {}),
                body=None if body is None else json.dumps(body),
                follow_redirects=False,
                allow_nonstandard_methods=True,
            ),
            raise_error=False,
        )
        if given := response.headers.get("Set-Cookie"):
            self.cookie = given.partition(";")[0]
        try:
            told = json.loads(response.body or b"null")
        except ValueError:
            told = None
        return response.code, told, response

    async def post(self, path: str, body: Any = None) -> tuple[int, Any]:
        code, told, _ = await self.ask("POST", path, body or {})
        return code, told

    async def begin(self, path: str = "/customer#orders") -> str:
        """Leave for WeChat; give the URL."""
        code, told = await self.post("/v1/wechat/begin", {"return_path": path})
        assert code == 200, told
        return told["url"]

    async def allow(self, url: str, openid: str) -> str:
        """Let WeChat lead on as somebody; give where it leads to."""
        asked = url.partition("#")[0] + f"&openid={openid}"
        answer = await self.world.http.fetch(asked, follow_redirects=False, raise_error=False)
        assert answer.code == 302, answer.body
        return answer.headers["Location"]

    async def back(self, location: str) -> str:
        """Come back from WeChat; give the page's path that we lead to."""
        code, _, answer = await self.ask("GET", location.removeprefix(self.world.url))
        assert code == 302, answer.body
        return answer.headers["Location"]

    async def handle(self, openid: str, path: str = "/customer#orders") -> str:
        """Go to WeChat and back; give the handle."""
        landed = await self.back(await self.allow(await self.begin(path), openid))
        return parse_qs(urlsplit(landed).query)["wechat"][0]

    async def enter(self, handle: str, **more: Any) -> tuple[int, Any]:
        body = {"handle": handle, "device": "d1", **more}
        return await self.post("/v1/wechat/log-in", body)

    async def link(self, handle: str, phone: str, **more: Any) -> tuple[int, Any]:
        """Log in by SMS code beside a handle."""
        await self.post("/v1/codes", {"phone": phone, "device": "d1"})
        body = {
            "handle": handle,
            "phone": phone,
            "code": await self.world.code(phone),
            "device": "d1",
            "agreement_version": AGREED,
        }
        return await self.post("/v1/wechat/link", body | more)


@dataclass(kw_only=True)
class World:
    """The server, the sandbox, the databases."""

    url: str
    sandbox: str
    http: AsyncHTTPClient
    database: AsyncIOMotorDatabase
    settings: Settings
    rooms: WeChatRooms  #: of a second process, as a worker has them
    process: Process

    @property
    def stores(self) -> Stores:
        return self.process.stores

    def browser(self) -> Browser:
        return Browser(world=self)

    async def tap(self, path: str, body: Any = None) -> dict[str, Any]:
        """Do something as a person of the sandbox."""
        response = await self.http.fetch(
            self.sandbox + path, method="POST", body=json.dumps(body or {}), raise_error=False
        )
        assert response.code == 200, response.body
        return json.loads(response.body)

    async def look(self, path: str) -> Any:
        return json.loads((await self.http.fetch(self.sandbox + path)).body)

    async def somebody(self, phone: str = "13800000001", *, follows: bool = False) -> str:
        made = await self.tap("/wechat/people", {"nickname": "测试", "phone": phone})
        if follows:
            await self.tap(f"/wechat/{made['openid']}/follow")
        return str(made["openid"])

    async def code(self, phone: str) -> str:
        state = await self.look(f"/phone/{phone}/state")
        return str(state["messages"][0]["text"].split("验证码 ")[1][:6])

    async def replies(self, openid: str) -> list[dict[str, Any]]:
        """Give what the account said in somebody's chat, newest first."""
        chat = (await self.look(f"/wechat/{openid}/chat"))["chat"]
        return [entry for entry in chat if entry["kind"] != "self"]

    async def logged_in(self, phone: str) -> tuple[Browser, str]:
        """Log somebody in by SMS code alone."""
        browser = self.browser()
        await browser.post("/v1/codes", {"phone": phone, "device": "d1"})
        code, told = await browser.post(
            "/v1/sessions",
            {
                "phone": phone,
                "code": await self.code(phone),
                "device": "d1",
                "agreement_version": AGREED,
            },
        )
        assert code == 201, told
        browser.token = told["access_token"]
        return browser, told["person"]["person_id"]

    async def linked(self, phone: str, openid: str) -> tuple[Browser, str]:
        """Log somebody in by SMS code and link their WeChat."""
        browser = self.browser()
        code, told = await browser.link(await browser.handle(openid), phone)
        assert (code, told["linked"]) == (201, True), told
        browser.token = told["logged_in"]["access_token"]
        return browser, told["logged_in"]["person"]["person_id"]

    async def certified(self, person: str) -> None:
        await self.stores.people.add_role(PersonId(person), Role.COURIER)
        certified = {"certification": Certification.CERTIFIED.value}
        await self.database.people.update_one({"_id": person}, {"$set": certified})

    async def account(self, openid: str) -> dict[str, Any]:
        account = self.stores.wechat_accounts.id_of(WeChatApp.SERVICE, openid)
        found = await self.database.wechat_accounts.find_one({"_id": account})
        assert found is not None
        return found

    async def terminal(self) -> bytes:
        """Have a terminal, as staff would; give the key of its codes."""
        key, terminal = b"k" * 32, TerminalId(TERMINAL)
        keys = TerminalKeys(terminals=self.stores.terminals, seal=self.process.bases.seal)
        await self.stores.terminals.insert(
            Terminal(
                id=terminal, name="一号柜", place=Place(lat=22.54, lon=114.05), region="440305"
            ),
            TerminalSecrets(
                token_digest="0" * 64,
                token_expires_at=datetime.now(UTC),
                kiosk_key=keys.sealed(terminal, key),
            ),
        )
        return key

    def scanned(self, key: bytes) -> str:
        """Say what the kiosk's QR says now, without its prefix."""
        step = kiosk_step(datetime.now(UTC).timestamp(), 30)
        return f"{TERMINAL}.{step}.{kiosk_code(key, TERMINAL, step)}"


def _environment(provider_folder, mongo_uri, database, redis_url, url, sandbox) -> dict[str, str]:
    return {
        **new_secrets(),
        **provider_environment(provider_folder, sandbox),
        "LANJIAN_MONGODB_URI": mongo_uri,
        "LANJIAN_DATABASE": database,
        "LANJIAN_REDIS_URL": redis_url,
        "LANJIAN_BASE_URL": url,
        "LANJIAN_PORT": url.rsplit(":", 1)[1],
        "LANJIAN_SANDBOX": "1",
        "LANJIAN_DRAIN_SECONDS": "1",
        "LANJIAN_WECHAT_CALLBACK_MODE": "both",
        "LANJIAN_CODE_GAP_SECONDS": "0.001",
        "LANJIAN_WEB_DIST": os.environ.get("LANJIAN_WEB_DIST", ""),
    }


@asynccontextmanager
async def world(
    tmp_path: Path,
    provider_folder: Path,
    mongo_uri: str,
    database: str,
    redis_url: str,
    **more: str,
) -> AsyncIterator[World]:
    """Run them all in this process."""
    url = f"http://127.0.0.1:{free_port()}"
    keys = load(provider_folder / KEYS_FILE)
    phones = SandboxSettings(data=tmp_path, public_url="", notify_prefixes=[url], keys=keys)
    http = AsyncHTTPClient(force_instance=True, max_clients=50)
    try:
        async with running(phones, port=0, clock=time.time, draw=draw_id) as port:
            sandbox = f"http://127.0.0.1:{port}"
            given = _environment(provider_folder, mongo_uri, database, redis_url, url, sandbox)
            settings = Settings.from_env(given | more)
            async with built(settings, role="serve") as process:
                platform = Platform(process)
                await platform.start()
                try:
                    yield World(
                        url=url,
                        sandbox=sandbox,
                        http=http,
                        database=process.bases.database,
                        settings=settings,
                        rooms=build_wechat_rooms(process, None),
                        process=process,
                    )
                finally:
                    await platform.stop()
    finally:
        http.close()
