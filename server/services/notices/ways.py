"""The ways to people: what each person can receive now, and one message by one of them.

Whatever a message costs (a credit, a place in a window, one of the day's texts) is had before it
is sent, in one conditional write. Credits and places in windows are given back when it certainly
was not sent; a text's place stays with its notice.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from server.domain.errors import NotFound, ProviderFailed, Unavailable
from server.domain.ids import PersonId
from server.domain.notices import Can, Channel, Lesson, Mark, StoredNotice, Topic, Wants
from server.domain.rules import DAY, Rules
from server.domain.wechat import ReachedBy, Slot, WeChatAccountId
from server.providers.ports import SmsSender
from server.providers.wechat.ports import MiniApi, WeChatApi
from server.providers.wechat.templates import FoundTemplate, TemplateName, book
from server.services.notices.words import Message
from server.store.notice_texts import MongoNoticeTexts
from server.store.notices import MongoNotices
from server.store.wechat_accounts import MongoWeChatAccounts
from server.store.wechat_windows import MongoWeChatWindows

log = logging.getLogger(__name__)

#: How long an account's list of templates is believed, when it is whole and when it is not.
LISTED_FOR = timedelta(minutes=10)
LACKING_FOR = timedelta(seconds=20)

#: WeChat drops a repetition of the same message number to the same person within ten minutes.
CLIENT_ID_LENGTH = 32

Book = Mapping[TemplateName, FoundTemplate]


class NothingLeft(Exception):
    """What the message costs was gone when it was to be had."""


class OpenPages(Protocol):
    """Who has a page open; `realtime.open_pages.OpenPages`."""

    async def is_open(self, person: PersonId) -> bool:
        """Tell whether a living socket of the person is known. Raises: Unavailable."""


class Phones(Protocol):
    """Accounts' phones; `server.store.people.MongoPeople`."""

    async def phone(self, person: PersonId) -> str:
        """Open a phone, to send to it."""


@dataclass(slots=True)
class _Listed:
    book: Book
    until: datetime


class TemplateBooks:
    """Which templates the account and the mini program have now, remembered for a while."""

    def __init__(
        self, *, service: WeChatApi | None, mini: MiniApi | None, clock: Callable[[], datetime]
    ) -> None:
        self._service = service
        self._mini = mini
        self._clock = clock
        self._listed: dict[Channel, _Listed] = {}

    async def find(self, channel: Channel, topic: Topic) -> FoundTemplate | None:
        """Find a topic's template; None where there is none.

        Raises:
            ProviderFailed, Unavailable: WeChat does not list them now.
        """
        known = self._listed.get(channel)
        if known is None or known.until <= self._clock():
            known = await self._list(channel)
        return known.book.get(topic)

    def forget(self, channel: Channel) -> None:
        """List anew next time: WeChat did not know one of these."""
        self._listed.pop(channel, None)

    async def _list(self, channel: Channel) -> _Listed:
        listed: Book = {}
        if channel is Channel.TEMPLATE and self._service is not None:
            listed = book(await self._service.templates())
        elif channel is Channel.SUBSCRIPTION and self._service is not None:
            listed = book(await self._service.subscriptions())
        elif channel is Channel.MINI and self._mini is not None:
            listed = book(await self._mini.subscriptions())
        known = _Listed(listed, self._clock() + (LISTED_FOR if listed else LACKING_FOR))
        self._listed[channel] = known
        return known


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one person can receive now of one topic, and by what."""

    can: Can
    service: ReachedBy | None
    mini: ReachedBy | None
    templates: Mapping[Channel, FoundTemplate]

    def account(self, channel: Channel) -> ReachedBy | None:
        """Give the WeChat account that a channel goes to."""
        if channel in (Channel.SMS, Channel.PAGE):
            return None
        return self.mini if channel is Channel.MINI else self.service


class NoticeWays:
    """Looks and sends."""

    def __init__(
        self,
        *,
        service: WeChatApi | None,
        mini: MiniApi | None,
        sms: SmsSender,
        accounts: MongoWeChatAccounts,
        windows: MongoWeChatWindows,
        notices: MongoNotices,
        texts: MongoNoticeTexts,
        phones: Phones,
        pages: OpenPages,
        rules: Rules,
        clock: Callable[[], datetime],
    ) -> None:
        self._service = service
        self._mini = mini
        self._sms = sms
        self._accounts = accounts
        self._windows = windows
        self._notices = notices
        self._texts = texts
        self._phones = phones
        self._pages = pages
        self._rules = rules
        self._clock = clock
        self.books = TemplateBooks(service=service, mini=mini, clock=clock)

    async def look(self, person: PersonId, wants: Wants, *, patient: bool) -> Look:
        """Say what a person can receive now.

        Raises:
            ProviderFailed, Unavailable: WeChat's templates are not to be had now; without
                patience there are none then.
        """
        reach = await self._accounts.reach(person, self._clock())
        service = reach.service if self._service is not None else None
        mini = reach.mini if self._mini is not None else None
        templates = await self._templates(service, mini, wants.topic, patient=patient)
        return Look(
            can=Can(
                page_open=await self._is_open(person),
                template=Channel.TEMPLATE in templates,
                credits=_credits(service, templates.get(Channel.SUBSCRIPTION)),
                mini_credits=_credits(mini, templates.get(Channel.MINI)),
                customer=service.customer_messages if service is not None else 0,
                texts=await self._texts_left(person) if wants.sms else 0,
            ),
            service=service,
            mini=mini,
            templates=templates,
        )

    async def send(
        self, channel: Channel, notice: StoredNotice, message: Message, look: Look, wants: Wants
    ) -> str | None:
        """Send by one channel, once; give the message's number, where there is one.

        Raises:
            NothingLeft: what it costs is gone; nothing was sent.
            ProviderFailed: refused, or nobody knows (`is_unknown`). Unavailable: not sent.
        """
        if channel is Channel.SMS:
            await self._text(notice, message, wants)
            return None
        reached = look.account(channel)
        if reached is None or (self._service is None and channel is not Channel.MINI):
            raise NothingLeft
        if channel is Channel.CUSTOMER:
            await self._customer(reached, message)
            return None
        template = look.templates[channel]
        data = template.filled(message.data)
        if channel is Channel.TEMPLATE and self._service is not None:
            return await self._service.send_template(
                reached.openid,
                template.template_id,
                data,
                url=message.url,
                client_msg_id=client_id(notice.id),
            )
        await self._subscription(channel, reached, template.template_id, data, message, wants)
        return None

    async def learn(self, lesson: Lesson, channel: Channel, rule: str | None, look: Look) -> None:
        """Keep what a refusal taught about the person, or about our templates."""
        reached = look.account(channel)
        if rule == "template":
            self.books.forget(channel)
        if reached is None:
            return
        if lesson.mark is Mark.UNFOLLOWED:
            await self._windows.unfollow(reached.account, self._clock())
        elif lesson.mark is Mark.NO_CREDIT and channel in look.templates:
            template = look.templates[channel]
            await self._windows.void_credits(reached.account, template.template_id)

    async def _templates(
        self, service: ReachedBy | None, mini: ReachedBy | None, topic: Topic, *, patient: bool
    ) -> dict[Channel, FoundTemplate]:
        """Find the templates that this person's accounts could take."""
        wanted: list[Channel] = []
        if service is not None and service.followed:
            wanted.append(Channel.TEMPLATE)
        if service is not None and service.credits:
            wanted.append(Channel.SUBSCRIPTION)
        if mini is not None and mini.credits:
            wanted.append(Channel.MINI)
        found: dict[Channel, FoundTemplate] = {}
        for channel in wanted:
            try:
                template = await self.books.find(channel, topic)
            except (ProviderFailed, Unavailable):
                if patient:
                    raise
                continue
            if template is not None:
                found[channel] = template
        return found

    async def _is_open(self, person: PersonId) -> bool:
        try:
            return await self._pages.is_open(person)
        except Unavailable:
            return False

    async def _texts_left(self, person: PersonId) -> int:
        since = self._clock() - timedelta(seconds=DAY)
        sent = await self._notices.texts_since(person, since)
        return max(0, self._rules.notice_texts_per_day - sent)

    async def _text(self, notice: StoredNotice, message: Message, wants: Wants) -> None:
        try:
            phone = await self._phones.phone(notice.person)
        except NotFound:
            raise NothingLeft from None
        now = self._clock()
        most = self._rules.notice_texts_per_day - wants.kept_texts
        since = now - timedelta(seconds=DAY)
        if not await self._texts.take(notice.person, notice.id, most=most, since=since, now=now):
            raise NothingLeft
        await self._sms.send(message.sms(phone))

    async def _customer(self, reached: ReachedBy, message: Message) -> None:
        slot = await self._windows.spend_window(reached.account, self._clock())
        if slot is None or self._service is None:
            raise NothingLeft
        try:
            await self._service.send_text(reached.openid, message.text)
        except Unavailable as failure:
            await self._after_customer(reached.account, slot, failure)
            raise

    async def _after_customer(
        self, account: WeChatAccountId, slot: Slot, failure: Unavailable
    ) -> None:
        rule = failure.rule if isinstance(failure, ProviderFailed) else None
        if rule in ("window_over", "count_over"):
            await self._windows.close_window(account, slot)
        elif is_certain(failure):
            await self._windows.return_window(account, slot)

    async def _subscription(
        self,
        channel: Channel,
        reached: ReachedBy,
        template_id: str,
        data: Mapping[str, str],
        message: Message,
        wants: Wants,
    ) -> None:
        sender = self._mini if channel is Channel.MINI else self._service
        if sender is None or not await self._windows.spend_credit(
            reached.account, template_id, keep=wants.reserve
        ):
            raise NothingLeft
        page = None if channel is Channel.MINI else message.url
        try:
            await sender.send_subscription(reached.openid, template_id, data, page=page)
        except Unavailable as failure:
            if is_certain(failure) and failure.rule != "refused":
                await self._windows.return_credit(reached.account, template_id)
            raise


def is_certain(failure: Unavailable) -> bool:
    """Tell whether the message certainly was not sent."""
    return failure.rule not in ("no_answer", "bad_answer")


def client_id(notice: str) -> str:
    """Give a notice's number for WeChat: its own, the same in every try."""
    return hashlib.sha256(notice.encode()).hexdigest()[:CLIENT_ID_LENGTH]


def _credits(reached: ReachedBy | None, template: FoundTemplate | None) -> int:
    if reached is None or template is None:
        return 0
    return reached.credits.get(template.template_id, 0)
