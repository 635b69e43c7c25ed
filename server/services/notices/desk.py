"""Why a person did or did not hear of something, for staff."""

from __future__ import annotations

from collections.abc import Sequence

from realtime.wire.notices import (
    ChannelRests,
    NoticePage,
    NoticesQuery,
    NoticeTryView,
    NoticeView,
)
from server.domain.ids import OrderId, PersonId
from server.domain.notices import StoredNotice, Try
from server.services.ports import Clock
from server.store.notice_rests import MongoNoticeRests
from server.store.notices import MongoNotices
from server.store.orders import MongoOrders
from server.store.people import MongoPeople


class NoticeDesk:
    """Shows notices with their tries."""

    def __init__(
        self,
        *,
        notices: MongoNotices,
        rests: MongoNoticeRests,
        people: MongoPeople,
        orders: MongoOrders,
        clock: Clock,
    ) -> None:
        self._notices = notices
        self._rests = rests
        self._people = people
        self._orders = orders
        self._clock = clock

    async def of_person(self, person: PersonId, asked: NoticesQuery) -> NoticePage:
        """List a person's, newest first.

        Raises:
            NotFound: there is no such person.
        """
        await self._people.get(person)
        found = await self._notices.of_person(person, asked.before, asked.limit)
        return await self._page(found, asked.limit)

    async def of_order(self, order: OrderId, asked: NoticesQuery) -> NoticePage:
        """List an order's, newest first: the customer's and the courier's.

        Raises:
            NotFound: there is no such order.
        """
        await self._orders.get(order)
        found = await self._notices.of_order(order, asked.before, asked.limit)
        return await self._page(found, asked.limit)

    async def _page(self, found: Sequence[StoredNotice], limit: int) -> NoticePage:
        resting = await self._rests.resting(self._clock())
        return NoticePage(
            notices=tuple(map(_view, found)),
            resting=tuple(
                ChannelRests(channel=channel.value, until=until)
                for channel, until in resting.items()
            ),
            next=found[-1].at if len(found) == limit else None,
        )


def _view(notice: StoredNotice) -> NoticeView:
    return NoticeView(
        notice_id=notice.id,
        person_id=notice.person,
        order_id=notice.order,
        kind=notice.kind,
        zh=notice.zh,
        at=notice.at,
        state=notice.state.value,
        plan=tuple(way.value for way in notice.plan),
        tries=tuple(map(_try_view, notice.attempts)),
    )


def _try_view(one: Try) -> NoticeTryView:
    return NoticeTryView(
        channel=one.channel.value,
        at=one.at,
        outcome=one.outcome.value,
        why=one.rule,
        ended_at=one.ended_at,
    )
