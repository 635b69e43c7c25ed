"""Texts to people about their orders: in their pages at once, and on their phones.

Each is written once a person and event; sending to phones is repeated a few times, and never
holds anything else up.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from realtime.wire.people import Notice
from server.domain.errors import ProviderFailed
from server.domain.ids import PersonId
from server.domain.orders import Order, OrderEvent
from server.providers.ports import PushProvider
from server.services.notice_texts import TITLE, Text, told_by
from server.services.one_by_one import one_by_one
from server.services.ports import Clock, PersonFeed
from server.store.notices import MongoNotices, StoredNotice

log = logging.getLogger(__name__)

#: When a text that did not go out is tried again, and how often at all.
RETRY_AFTER = timedelta(seconds=30)
MAX_TRIES = 5

BATCH = 50


class Notices:
    """Tell people."""

    def __init__(
        self,
        *,
        notices: MongoNotices,
        people: PersonFeed,
        push: PushProvider,
        clock: Clock,
    ) -> None:
        self._notices = notices
        self._people = people
        self._push = push
        self._clock = clock

    async def tell_of(self, order: Order, event: OrderEvent) -> None:
        """Write what an event tells people and push it to their pages; a repeat tells nobody.

        Raises:
            Unavailable: a page may not have heard; the phone will.
        """
        for person, text in told_by(order, event):
            notice = _notice(order, event, person, text)
            if await self._notices.insert(notice):
                wire = Notice(kind=event.step, zh=text.zh, en=text.en, order_id=order.id)
                await self._people.push(person, wire)

    async def tell_person(
        self, person: PersonId, *, kind: str, key: str, text: Text, at: datetime
    ) -> None:
        """Tell something that is about no order; the same key tells once.

        Raises:
            Unavailable: a page may not have heard; the phone will.
        """
        notice = StoredNotice(id=key, kind=kind, person=person, order=None, zh=text.zh, at=at)
        if await self._notices.insert(notice):
            await self._people.push(person, Notice(kind=kind, zh=text.zh, en=text.en))

    async def sweep(self) -> int:
        """Send to phones what did not go out yet; returns how many were tried."""
        now = self._clock()
        unsent = await self._notices.unsent(now - RETRY_AFTER, now, MAX_TRIES, BATCH)
        await one_by_one(unsent, self._send, name="notice")
        return len(unsent)

    async def _send(self, notice: StoredNotice) -> None:
        try:
            await self._push.push(notice.person, TITLE, notice.zh)
        except ProviderFailed as error:
            log.warning("notice not sent", extra={"notice": notice.id, "why": str(error)})
            await self._notices.count_try(notice.id)
        else:
            await self._notices.mark_sent(notice.id)


def _notice(order: Order, event: OrderEvent, person: PersonId, text: Text) -> StoredNotice:
    return StoredNotice(
        id=f"{order.id}:{event.version}:{person}",
        kind=event.step,
        person=person,
        order=order.id,
        zh=text.zh,
        at=event.at,
    )
