"""Sending notices: each by the first channel of its plan that takes it, and never twice.

The try is written before it is made. A refusal that says for certain that nothing was sent leads
to the next channel; whatever else happens ends the telling: an unknown outcome is shown as such
and not repeated, and a try whose process died is unknown after a while. What WeChat tells later
of a message closes its try, or leads on when it was not delivered.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from server.domain.china import CHINA
from server.domain.errors import NotFound, ProviderFailed, Unavailable
from server.domain.ids import BookingId, PersonId, SlotId, TerminalId
from server.domain.notice_kind import Kind
from server.domain.notice_kinds import kind_of, wants_of
from server.domain.notices import (
    NONE_LEFT,
    REPEATED,
    Channel,
    Outcome,
    State,
    StoredNotice,
    Try,
    lesson_of,
    plan_of,
    refused_by,
)
from server.domain.terminals import Terminal
from server.services.notices.ways import Look, NothingLeft, NoticeWays, is_certain
from server.services.notices.words import Message, message_of
from server.services.one_by_one import one_by_one
from server.store.notice_rests import MongoNoticeRests
from server.store.notices import Ending, MongoNotices
from server.store.wechat_deliveries import Delivery, MongoWeChatDeliveries

log = logging.getLogger(__name__)

BATCH = 50

#: A waiting notice that a worker took up and left is taken up again after this.
TAKEN_FOR = timedelta(seconds=30)

#: No provider is waited for so long: whoever made a try that old is gone.
FORSAKEN_AFTER = timedelta(seconds=90)

#: How long a channel that says "later" is left alone, doubling; and one that refuses everybody.
AGAIN_AFTER = timedelta(seconds=30)
RESTS_FOR = timedelta(minutes=5)

#: How long a notice waits for WeChat's list of templates before it does without.
PATIENCE = timedelta(minutes=3)

#: What WeChat tells of a message that nobody knows is kept so long for whoever sends it now.
UNREAD_FOR = timedelta(minutes=10)

#: How much earlier than our own clock WeChat's may say that a message was delivered.
CLOCK_SLACK = timedelta(seconds=5)


class Terminals(Protocol):
    """Cabinets; `server.store.terminals.MongoTerminals`."""

    async def get(self, terminal: TerminalId) -> Terminal:
        """Read one. Raises: NotFound."""


class NearOffers(Protocol):
    """What is still to be had near a courier; see `dispatch.nearby_offers`."""

    async def still(self, courier: PersonId, offers: tuple[str, ...]) -> tuple[int, str]:
        """Say how many of these a courier may still claim, and where the newest is."""


class BookingNews(Protocol):
    """What holds of bookings now; `notices.of_bookings.BookingNotices`."""

    async def still(self, kind: str, booking: BookingId, slot: SlotId | None) -> bool:
        """Tell whether what a notice says is true now."""

    async def place(self, slot: SlotId) -> str:
        """Name a slot's outlet."""


class NoticeDelivery:
    """Sends what waits."""

    def __init__(
        self,
        *,
        notices: MongoNotices,
        rests: MongoNoticeRests,
        deliveries: MongoWeChatDeliveries,
        ways: NoticeWays,
        terminals: Terminals,
        near: NearOffers,
        bookings: BookingNews,
        base_url: str,
        clock: Callable[[], datetime],
    ) -> None:
        self._notices = notices
        self._rests = rests
        self._deliveries = deliveries
        self._ways = ways
        self._terminals = terminals
        self._near = near
        self._bookings = bookings
        self._base_url = base_url
        self._clock = clock

    async def sweep(self) -> int:
        """Send what waits, and end what was left; returns how many were taken up."""
        now = self._clock()
        await self.end_forsaken()
        waiting = await self._notices.waiting(now - TAKEN_FOR, now, BATCH)
        await one_by_one(waiting, self.deliver, name="notice")
        return len(waiting)

    async def end_forsaken(self) -> int:
        """Call unknown what a dead process tried: it may have been sent."""
        now = self._clock()
        left = await self._notices.forsaken(now - FORSAKEN_AFTER, BATCH)
        ending = Ending(outcome=Outcome.UNKNOWN, state=State.UNKNOWN, rule="process_died")
        for notice in left:
            await self._notices.end(notice, ending, now)
        return len(left)

    async def read_outcomes(self) -> int:
        """Put what WeChat told of messages beside them; returns how much was read."""
        unread = await self._deliveries.unread(BATCH * 4)
        return await one_by_one(unread, self._read, name="outcome of a notice")

    async def deliver(self, notice: StoredNotice) -> None:
        """Try the channels of a waiting notice until one takes it, or it has to wait."""
        current: StoredNotice | None = notice
        while current is not None and current.state is State.WAITING:
            current = await self._step(current)

    async def _step(self, notice: StoredNotice) -> StoredNotice | None:
        """Make one try; give the notice as it stands then, None when it waits or is over."""
        kind = kind_of(notice.kind, notice.hears)
        if kind is None:
            await self._notices.rest(notice, State.PAGE, (Channel.PAGE,))
            return None
        if self._clock() - notice.at > timedelta(seconds=kind.fresh_seconds):
            await self._notices.rest(notice, State.LATE, notice.plan)
            return None
        message = await self._message(notice, kind)
        if message is None:
            await self._notices.rest(notice, State.GONE, notice.plan)
            return None
        patient = self._clock() - notice.at < PATIENCE
        look = await self._ways.look(notice.person, wants_of(kind), patient=patient)
        resting = await self._rests.resting(self._clock())
        refused = refused_by(notice.attempts) | frozenset(resting)
        plan = plan_of(wants_of(kind), look.can, refused)
        if plan[0] is Channel.PAGE:
            await self._notices.rest(notice, State.PAGE, plan)
            return None
        begun = await self._notices.begin(notice, self._attempt(plan[0], look), plan)
        if begun is None:
            return None
        ending = await self._try(begun, kind, message, look)
        ended = await self._notices.end(begun, ending, self._clock())
        return ended if ending.due_at <= self._clock() else None

    def _attempt(self, channel: Channel, look: Look) -> Try:
        reached, template = look.account(channel), look.templates.get(channel)
        return Try(
            channel=channel,
            at=self._clock(),
            account=None if reached is None else reached.account,
            template_id=None if template is None else template.template_id,
        )

    async def _try(self, notice: StoredNotice, kind: Kind, message: Message, look: Look) -> Ending:
        channel = notice.attempts[-1].channel
        try:
            msgid = await self._ways.send(channel, notice, message, look, wants_of(kind))
        except NothingLeft:
            return Ending(outcome=Outcome.REFUSED, state=State.WAITING, rule=NONE_LEFT)
        except Unavailable as failure:
            return await self._failed(notice, look, failure)
        return Ending(outcome=Outcome.SENT, state=State.SENT, msgid=msgid)

    async def _failed(self, notice: StoredNotice, look: Look, failure: Unavailable) -> Ending:
        """Say what follows from a failure: the next channel, a wait, or the end."""
        channel = notice.attempts[-1].channel
        rule = failure.rule if isinstance(failure, ProviderFailed) else "unavailable"
        log.warning("notice not sent", extra={"notice": notice.id, "by": channel, "why": rule})
        if not is_certain(failure):
            return Ending(outcome=Outcome.UNKNOWN, state=State.UNKNOWN, rule=rule)
        if rule == REPEATED:
            return Ending(outcome=Outcome.SENT, state=State.SENT, rule=rule)
        earlier = sum(one.channel is channel for one in notice.attempts[:-1])
        lesson = lesson_of(rule, earlier)
        await self._ways.learn(lesson, channel, rule, look)
        if lesson.rests is not None and rule is not None:
            await self._rests.rest(channel, self._until(lesson.rests), rule)
        due = self._clock() + AGAIN_AFTER * 2**earlier if lesson.again else self._clock()
        return Ending(outcome=Outcome.REFUSED, state=State.WAITING, rule=rule, due_at=due)

    def _until(self, rests: str) -> datetime:
        now = self._clock()
        if rests != "day":
            return now + RESTS_FOR
        midnight = now.astimezone(CHINA).replace(hour=0, minute=1, second=0)
        return (midnight + timedelta(days=1)).astimezone(UTC)

    async def _message(self, notice: StoredNotice, kind: Kind) -> Message | None:
        """Write it out; None when what it tells of is gone."""
        place = ""
        if notice.offers:
            count, place = await self._near.still(notice.person, notice.offers)
            if count == 0:
                return None
            notice = told_of_offers(notice, kind, count, place)
        elif notice.booking is not None:
            if not await self._bookings.still(notice.kind, notice.booking, notice.slot):
                return None
            place = await self._bookings.place(notice.slot) if notice.slot else ""
        elif notice.terminal is not None:
            place = await self._place(notice.terminal)
        return message_of(notice, kind, self._base_url, place)

    async def _place(self, terminal: TerminalId) -> str:
        try:
            return (await self._terminals.get(terminal)).name
        except NotFound:
            return ""

    async def _read(self, delivery: Delivery) -> bool:
        notice = await self._of(delivery)
        if notice is None:
            if self._clock() - delivery.at > UNREAD_FOR:
                await self._deliveries.read(delivery)
            return False
        last = notice.attempts[-1]
        if last.msgid in (None, delivery.msgid):
            await self._told(notice, delivery)
        await self._deliveries.read(delivery)
        return True

    async def _of(self, delivery: Delivery) -> StoredNotice | None:
        found = await self._notices.by_message(delivery.account, delivery.msgid)
        if found is not None or delivery.template_id is None:
            return found
        since, until = delivery.at - UNREAD_FOR, delivery.at + CLOCK_SLACK
        return await self._notices.by_template(delivery.account, delivery.template_id, since, until)

    async def _told(self, notice: StoredNotice, delivery: Delivery) -> None:
        """Close the try; what was not delivered goes out by the next channel."""
        outcome = Outcome(delivery.outcome)
        delivered = outcome is Outcome.DELIVERED
        state = State.DELIVERED if delivered else State.WAITING
        rule = None if delivery.code in (None, 0) else f"code_{delivery.code}"
        await self._notices.told_later(notice, outcome, state, delivery.msgid, rule)


def told_of_offers(notice: StoredNotice, kind: Kind, count: int, place: str) -> StoredNotice:
    """Write the words of a notice of offers anew: how many there are now."""
    return replace(
        notice,
        zh=kind.zh.format(count=count, place=place),
        en=kind.en.format(count=count, place=place),
    )
