"""WeChat's clients, built from the settings; None where an app is not configured."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from tornado.httpclient import AsyncHTTPClient

from realtime import redis as redis_clients
from realtime.kept_secrets import KeptSecrets
from server.domain.ids import Draw
from server.providers.http import provider_client
from server.providers.wechat.api import WeChatClient
from server.providers.wechat.callback import Callback
from server.providers.wechat.mini import MiniClient
from server.services.chance import draw
from server.settings import ProviderSettings, Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class WeChat:
    """The service account's client and callback, and the mini program's client."""

    client: WeChatClient | None
    callback: Callback | None
    mini: MiniClient | None


def build_wechat(
    settings: ProviderSettings,
    *,
    redis: redis_clients.Client,
    http: AsyncHTTPClient,
    clock: Callable[[], datetime],
    draw: Draw,
) -> WeChat:
    """Join what is configured; all processes share their tokens through Redis."""
    store = KeptSecrets(redis)
    client, callback, mini = None, None, None
    if settings.wechat is not None:
        client = WeChatClient(settings.wechat.app, store=store, http=http, clock=clock, draw=draw)
        callback = Callback(settings.wechat.callback, draw)
    if settings.mini is not None:
        mini = MiniClient(settings.mini, store=store, http=http, draw=draw)
    return WeChat(client=client, callback=callback, mini=mini)


@asynccontextmanager
async def wechat_alone(settings: Settings) -> AsyncIterator[WeChat]:
    """Build them for a command that needs nothing else of a process."""
    redis = redis_clients.connect(settings.redis.url)
    http = provider_client()
    try:
        yield build_wechat(
            settings.providers, redis=redis, http=http, clock=lambda: datetime.now(UTC), draw=draw
        )
    finally:
        http.close()
        await redis.aclose()
