"""Who reads photos of papers, joined from the settings and what is installed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from realtime.kept_secrets import KeptSecrets
from server.app.bases import Bases
from server.providers.ocr.aliyun import AliyunRecogniser
from server.providers.ocr.chain import RecogniserChain
from server.providers.ocr.config import OcrConfig, Which
from server.providers.ocr.local import LocalRecogniser, is_installed
from server.providers.ocr.wechat import WeChatRecogniser
from server.providers.ocr_ports import Recogniser
from server.providers.wechat.account import Account


def _order(config: OcrConfig) -> tuple[Which, ...]:
    if config.order is not None:
        return config.order
    return ("local",) if is_installed() else ()


@asynccontextmanager
async def recognition(bases: Bases) -> AsyncIterator[RecogniserChain]:
    """Give all that are configured; the local one's process ends with the block."""
    config = bases.settings.providers.ocr
    local = LocalRecogniser(config.local)
    made: dict[str, Recogniser] = {"local": local}
    wechat = bases.settings.providers.wechat
    if wechat is not None:
        store = KeptSecrets(bases.redis)
        account = Account(wechat.app, store=store, http=bases.http, draw=bases.draw)
        made["wechat"] = WeChatRecogniser(account)
    if config.aliyun is not None:
        made["aliyun"] = AliyunRecogniser(
            config.aliyun, clock=bases.clock, draw=bases.draw, http=bases.http
        )
    order = _order(config)
    try:
        if config.at_start and "local" in order:
            await local.start()
        yield RecogniserChain([made[name] for name in order], clock=bases.clock)
    finally:
        await local.close()
