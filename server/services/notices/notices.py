"""One service tells people: in their pages at once, and by the one channel that reaches them now.

A notice is written once a person and event; `notice_delivery.py` sends it, and nothing here
waits for that.
"""

from __future__ import annotations

from datetime import datetime

from realtime.wire.people import Notice
from server.domain.ids import BookingId, PersonId, SlotId
from server.domain.notice_kind import Hears, Kind
from server.domain.notice_kinds import KINDS
from server.domain.notices import State, StoredNotice
from server.domain.orders import Order, OrderEvent
from server.domain.payees import AlipayNews
from server.domain.wechat import LinkNews
from server.services.notices.texts_of_steps import Text, told_by
from server.services.ports import PersonFeed
from server.store.notices import MongoNotices

#: Who of a person's roles hears what is about no order; a kind has one row of these.
ABOUT_THEMSELVES = (Hears.PERSON, Hears.COURIER)


class Notices:
    """Tell people."""

    def __init__(self, *, notices: MongoNotices, people: PersonFeed) -> None:
        self._notices = notices
        self._people = people

    async def tell_of(self, order: Order, event: OrderEvent) -> None:
        """Write what an event tells people and push it to their pages; a repeat tells nobody.

        Raises:
            Unavailable: a page may not have heard; the other channels will.
        """
        for person, kind in told_by(order, event):
            notice = _notice(order, event, person, kind)
            if await self._notices.insert(notice):
                wire = Notice(kind=event.step, zh=kind.zh, en=kind.en, order_id=order.id)
                await self._people.push(person, wire)

    async def tell_person(
        self,
        person: PersonId,
        *,
        kind: str,
        key: str,
        text: Text,
        at: datetime,
        pushed: Text | None = None,
        booking: BookingId | None = None,
        slot: SlotId | None = None,
    ) -> None:
        """Tell something that is about no order; the same key tells once.

        `pushed` is what open pages hear where the text holds what somebody typed: pushes go
        through Redis, which is to hold nothing personal; the page fetches the rest.
        With `booking` it is sent only while that is as the kind and `slot` say.

        Raises:
            Unavailable: a page may not have heard; the other channels will.
        """
        hears = next((who for who in ABOUT_THEMSELVES if (kind, who) in KINDS), None)
        notice = StoredNotice(
            id=key,
            kind=kind,
            hears=hears or Hears.PERSON,
            person=person,
            order=None,
            zh=text.zh,
            en=text.en,
            at=at,
            state=State.PAGE if hears is None else State.WAITING,
            booking=booking,
            slot=slot,
        )
        if await self._notices.insert(notice):
            heard = pushed or text
            await self._people.push(person, Notice(kind=kind, zh=heard.zh, en=heard.en))

    async def tell_of_link(self, news: LinkNews) -> None:
        """Tell what became of a WeChat's link, by its number once.

        Raises:
            Unavailable: a page may not have heard; the other channels will.
        """
        await self._tell_of_change(news.person, news.change.value, f"link:{news.id}", news.at)

    async def tell_of_alipay(self, news: AlipayNews) -> None:
        """Tell what became of an Alipay's link, by its number once.

        Raises:
            Unavailable: a page may not have heard; the other channels will.
        """
        await self._tell_of_change(news.person, news.change.value, f"alipay:{news.id}", news.at)

    async def _tell_of_change(self, person: PersonId, kind: str, key: str, at: datetime) -> None:
        row = KINDS[kind, Hears.PERSON]
        await self.tell_person(person, kind=kind, key=key, text=Text(row.zh, row.en), at=at)


def _notice(order: Order, event: OrderEvent, person: PersonId, kind: Kind) -> StoredNotice:
    return StoredNotice(
        id=f"{order.id}:{event.version}:{person}",
        kind=event.step,
        hears=kind.hears,
        person=person,
        order=order.id,
        zh=kind.zh,
        en=kind.en,
        at=event.at,
        state=State.WAITING,
        terminal=order.placement.terminal if order.placement else None,
        amount_fen=_amount(order, event, kind),
    )


def _amount(order: Order, event: OrderEvent, kind: Kind) -> int | None:
    told = event.data.get("amount_fen")
    if kind.topic == "payout":
        return int(order.pay_fen)
    if kind.topic != "money":
        return None
    return told if isinstance(told, int) else int(order.price_fen)
