"""A sandbox with WeChat, our clients against it, and a platform that takes its pushes."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tornado.httpclient import AsyncHTTPClient
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from realtime.kept_secrets import KeptSecrets
from realtime.redis import connect
from server.domain.errors import BadNotice
from server.local.provider_keys import KEYS_FILE
from server.providers.wechat.api import WeChatClient
from server.providers.wechat.callback import Callback
from server.providers.wechat.config import AppConfig, CallbackConfig
from server.providers.wechat.events import Incoming
from server.providers.wechat.mini import MiniClient
from server.sandbox.app import running
from server.sandbox.draw import draw_id
from server.sandbox.keys import SandboxKeys, load
from server.sandbox.parts import Settings


def draw(count: int) -> str:
    return secrets.token_hex(count)[:count]


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(kw_only=True)
class Platform:
    """Takes WeChat's pushes with our own callback; may refuse, or answer."""

    callback: Callback
    url: str = ""
    taken: list[Incoming] = field(default_factory=list)
    refused: list[str | None] = field(default_factory=list)
    reply_with: str | None = None
    fail_with: list[int] = field(default_factory=list)

    @property
    def events(self) -> list[Any]:
        return [incoming.event for incoming in self.taken]


class _Push(RequestHandler):
    def initialize(self, platform: Platform) -> None:
        self.platform = platform

    def post(self) -> None:
        ours = self.platform
        query = {name: self.get_query_argument(name) for name in self.request.query_arguments}
        try:
            incoming = ours.callback.read(query, self.request.body, now())
        except BadNotice as refused:
            ours.refused.append(refused.rule)
            self.set_status(403)
            return
        ours.taken.append(incoming)
        if ours.fail_with:
            self.set_status(ours.fail_with.pop(0))
        elif ours.reply_with is not None:
            self.finish(ours.callback.reply_text(incoming, ours.reply_with, now()))
        else:
            self.finish("success")


@dataclass(kw_only=True)
class World:
    """The sandbox and our side of it."""

    url: str
    keys: SandboxKeys
    http: AsyncHTTPClient
    store: KeptSecrets
    platform: Platform

    def client(self, **changes: Any) -> WeChatClient:
        app = AppConfig(
            **{
                "app_id": self.keys.wechat_app_id,
                "secret": self.keys.wechat_app_secret,
                "api_url": self.url,
                "mp_url": self.url,
                "open_url": self.url,
                **changes,
            }
        )
        return WeChatClient(app, store=self.store, http=self.http, clock=now, draw=draw)

    def mini(self) -> MiniClient:
        app = AppConfig(
            app_id=self.keys.mini_app_id, secret=self.keys.mini_app_secret, api_url=self.url
        )
        return MiniClient(app, store=self.store, http=self.http, draw=draw)

    async def tap(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Do something as a person of the sandbox."""
        response = await self.http.fetch(
            self.url + path, method="POST", body=json.dumps(body or {}), raise_error=False
        )
        assert response.code == 200, response.body
        return json.loads(response.body)

    async def look(self, path: str) -> dict[str, Any]:
        return json.loads((await self.http.fetch(self.url + path)).body)

    async def person(self, *, follows: bool = True, phone: str = "13800000001") -> str:
        made = await self.tap("/wechat/people", {"nickname": "测试", "phone": phone})
        if follows:
            await self.tap(f"/wechat/{made['openid']}/follow")
        return made["openid"]

    async def chat(self, openid: str) -> list[dict[str, Any]]:
        """Give the chat without what the person did, newest first."""
        told = await self.look(f"/wechat/{openid}/chat")
        return [entry for entry in told["chat"] if entry["kind"] != "self"]

    async def fault(self, kind: str, times: int = 1) -> None:
        await self.tap("/faults", {"kind": kind, "on": "wechat", "times": times})

    async def stable_tokens(self) -> int:
        """Tell how many stable tokens WeChat ever made."""
        return (await self.look("/wechat/console"))["stable_tokens"]


@asynccontextmanager
async def wechat_world(
    data: Path, provider_folder: Path, redis_url: str, *, mode: str = "aes", clock: Any = time.time
) -> AsyncIterator[World]:
    """Run a sandbox and a platform in this process."""
    keys = load(provider_folder / KEYS_FILE)
    config = CallbackConfig(
        app_id=keys.wechat_app_id,
        original_id=keys.wechat_original_id,
        token=keys.wechat_token,
        aes_key=keys.wechat_aes_key,
        mode="both",
    )
    platform = Platform(callback=Callback(config, draw))
    routes = [("/v1/callbacks/wechat", _Push, {"platform": platform})]
    server = HTTPServer(Application(routes, log_function=lambda handler: None))
    sockets = bind_sockets(0, "127.0.0.1")
    server.add_sockets(sockets)
    platform.url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
    settings = Settings(data=data, public_url="", notify_prefixes=[platform.url], keys=keys)
    http = AsyncHTTPClient(force_instance=True, max_clients=200)
    redis = connect(redis_url)
    try:
        async with running(settings, port=0, clock=clock, draw=draw_id) as port:
            world = World(
                url=f"http://127.0.0.1:{port}",
                keys=keys,
                http=http,
                store=KeptSecrets(redis),
                platform=platform,
            )
            await world.tap("/wechat/console", {"mode": mode})
            yield world
    finally:
        http.close()
        await redis.aclose()
        server.stop()
        await server.close_all_connections()
