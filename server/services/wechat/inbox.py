"""WeChat's messages as they come in: judged, kept, acknowledged, worked, answered.

WeChat waits five seconds and sends a message up to three times. It hears `success` once the
message is in MongoDB; the work is done at once by this process, and by a worker if this process
dies. The conversation's answer goes into the response if it is ready within `REPLY_SECONDS`,
else as a customer message; one of the two, never both.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

from realtime.tasks import Tasks
from server.domain.errors import BadNotice, ProviderFailed, Unavailable
from server.domain.wechat import WeChatApp
from server.providers.wechat.callback import Callback
from server.providers.wechat.events import Article, Incoming, Located
from server.providers.wechat.ports import WeChatMessages, is_unknown
from server.services.one_by_one import one_by_one
from server.services.wechat.conversation import Reply
from server.services.wechat.work import ANSWERED, WeChatWork, reduced
from server.store.outages import mongo_outage_is_unavailable
from server.store.refused_notices import MongoRefusedNotices
from server.store.wechat_accounts import MongoWeChatAccounts
from server.store.wechat_events import MongoWeChatEvents, StoredEvent
from server.store.wechat_windows import MongoWeChatWindows

log = logging.getLogger(__name__)

SUCCESS = b"success"

#: The name under which refusals are counted (`refused_notices`).
CALLBACK = "wechat"

#: How long a message may take to be kept; WeChat's own patience is five seconds.
KEEP_SECONDS = 2.5

#: How long its answer is waited for; together they leave the way back a second.
REPLY_SECONDS = 1.5

#: What one sweep of a worker takes up.
BATCH = 50


class Talk(Protocol):
    """The scan conversation; `server.services.wechat.conversation.Conversation`."""

    async def answer(self, event: StoredEvent) -> Reply:
        """Say what a person is answered. Raises: Unavailable."""


class WeChatInbox:
    """Take messages in."""

    def __init__(
        self,
        *,
        callback: Callback,
        accounts: MongoWeChatAccounts,
        events: MongoWeChatEvents,
        windows: MongoWeChatWindows,
        refused: MongoRefusedNotices,
        work: WeChatWork,
        talk: Talk,
        messages: WeChatMessages,
        base_url: str,
        keeps_places: bool,
        tasks: Tasks,
        clock: Callable[[], datetime],
        reply_seconds: float = REPLY_SECONDS,
    ) -> None:
        self._callback = callback
        self._accounts = accounts
        self._events = events
        self._windows = windows
        self._refused = refused
        self._work = work
        self._talk = talk
        self._messages = messages
        self._base_url = base_url
        self._keeps_places = keeps_places
        self._clock = clock
        self._reply_seconds = reply_seconds
        self._tasks = tasks

    async def echo(self, query: Mapping[str, str]) -> str:
        """Prove to WeChat's console that this URL is ours.

        Raises:
            BadNotice: not WeChat's; counted.
        """
        try:
            return self._callback.echo(query, self._clock())
        except BadNotice as error:
            await self._count(error)
            raise

    async def receive(self, query: Mapping[str, str], raw: bytes) -> bytes:
        """Take a message in; gives the body that ends WeChat's tries.

        Raises:
            BadNotice: forged, stale, replayed, malformed; nothing changes, and it is counted.
            Unavailable: not kept; WeChat sends it again.
        """
        now = self._clock()
        try:
            incoming = self._callback.read(query, raw, now)
            event, is_first = await self._keep(incoming, now)
        except BadNotice as error:
            await self._count(error)
            raise
        if not is_first:
            reply = await self._kept_reply(event)
        else:
            reply = await self._begin(event, incoming)
        if reply is None or not await self._events.answer(event.key, "passive"):
            return SUCCESS
        return self._rendered(incoming, reply)

    async def count_refusal(self, rule: str) -> None:
        """Count what was refused before it could be read."""
        await self._refused.count(CALLBACK, rule, self._clock())

    async def sweep(self) -> int:
        """Work what a dead process left; returns how many were taken up."""
        left = await self._events.undone(self._clock(), BATCH)
        await one_by_one(left, self._work_left, name="wechat event")
        return len(left)

    async def _keep(self, incoming: Incoming, now: datetime) -> tuple[StoredEvent, bool]:
        try:
            async with asyncio.timeout(KEEP_SECONDS):
                with mongo_outage_is_unavailable():
                    account = await self._accounts.meet(WeChatApp.SERVICE, incoming.openid, now)
                    event = reduced(incoming, account.id, now, base_url=self._base_url)
                    return event, await self._events.take(event, incoming.nonce, now)
        except TimeoutError:
            raise Unavailable(part="mongo") from None

    async def _begin(self, event: StoredEvent, incoming: Incoming) -> Reply | None:
        """Work a message now; give its answer if it has one and is quick."""
        answered: asyncio.Future[Reply | None] = asyncio.get_running_loop().create_future()
        self._tasks.start(self._work_now(event, incoming, answered), name="wechat-event")
        if event.kind not in ANSWERED:
            return None
        try:
            return await asyncio.wait_for(answered, self._reply_seconds)
        except TimeoutError:
            return None

    async def _work_now(
        self, event: StoredEvent, incoming: Incoming, answered: asyncio.Future[Reply | None]
    ) -> None:
        reply: Reply | None = None
        try:
            reply = await self._done(event)
        finally:
            is_late = answered.cancelled()  # the response is gone, with `success`
            if not answered.done():
                answered.set_result(reply)
        if is_late and reply is not None:
            await self._send(event, reply)
        if self._keeps_places and isinstance(incoming.event, Located):
            await self._work.place(event.account, incoming.event, event.at)

    async def _work_left(self, event: StoredEvent) -> None:
        await self._events.count_try(event.key)
        reply = await self._done(event)
        if reply is not None:
            await self._send(event, reply)

    async def _done(self, event: StoredEvent) -> Reply | None:
        """Let a message have its effect, find its answer, and keep that it is done."""
        await self._work.apply(event)
        reply = await self._talk.answer(event) if event.kind in ANSWERED else None
        await self._events.mark_done(event.key, None if reply is None else reply.as_fields())
        return reply

    async def _kept_reply(self, event: StoredEvent) -> Reply | None:
        """Give the answer to a repetition: WeChat did not get it, if it had one."""
        fields = await self._events.reply_to(event.key)
        return None if fields is None else Reply(**fields)

    async def _send(self, event: StoredEvent, reply: Reply) -> None:
        """Send an answer as a message of its own, at most once, if there is a window for it."""
        account = await self._accounts.get(event.account)
        if account is None or not await self._events.answer(event.key, "customer"):
            return
        slot = await self._windows.spend_window(account.id, self._clock())
        if slot is None:
            log.info("an answer came too late for its window")
            return
        try:
            await self._messages.send_text(account.openid, reply.as_message())
        except ProviderFailed as failure:
            log.warning("an answer was not sent", extra={"why": failure.rule})
            if failure.rule in ("window_over", "count_over"):
                await self._windows.close_window(account.id, slot)
            elif not is_unknown(failure):
                await self._windows.return_window(account.id, slot)

    def _rendered(self, incoming: Incoming, reply: Reply) -> bytes:
        now = self._clock()
        if reply.url is None:
            return self._callback.reply_text(incoming, f"{reply.title}\n{reply.text}", now)
        card = Article(title=reply.title, description=reply.text, url=reply.url)
        return self._callback.reply_news(incoming, card, now)

    async def _count(self, error: BadNotice) -> None:
        """Count a refusal by its reason; nothing of the message is logged."""
        log.warning("a message to WeChat's callback was refused", extra={"why": error.rule})
        await self.count_refusal(error.rule or "unknown")
