"""By which one channel people hear, on real databases and the sandbox's WeChat: refusals, unknown
outcomes, two workers, a worker that dies."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from server.app.wechat import build_wechat
from server.domain.ids import OrderId, PersonId
from server.domain.notice_kind import Hears
from server.domain.notice_kinds import KINDS
from server.domain.notices import Channel, State, StoredNotice, Try
from server.domain.wechat import LinkChange, LinkNews
from server.providers.wechat import applying
from server.providers.wechat.api import WeChatClient
from tests import builders
from tests.integration.wechat.world import World, world
from tests.waiting import eventually

ANNA, BO = "13800000001", "13800000002"
ORDER = OrderId("LJ261122TESTTEST")


@dataclass
class Town:
    """A world whose WeChat people are told things."""

    w: World
    client: WeChatClient
    count: int = 0

    @property
    def rooms(self) -> Any:
        return self.w.process.orders.notices

    async def person(self, phone: str = ANNA, *, follows: bool = True) -> tuple[str, PersonId]:
        """Have somebody whose WeChat is linked; their windows are closed."""
        openid = await self.w.somebody(phone, follows=follows)
        if follows:
            await self._known_as(openid, followed=True)
        _, person = await self.w.linked(phone, openid)
        await self.w.database.notices.delete_many({})  # of the link itself
        await self.set(openid, windows={})
        return openid, PersonId(person)

    async def set(self, openid: str, **fields: Any) -> None:
        """Make us believe something of somebody that WeChat may know better."""
        account = await self.w.account(openid)
        await self.w.database.wechat_accounts.update_one({"_id": account["_id"]}, {"$set": fields})

    async def _known_as(self, openid: str, *, followed: bool) -> None:
        async def known() -> bool:
            found = await self.w.database.wechat_accounts.find_one({})
            return found is not None and (await self.w.account(openid))["followed"] is followed

        await eventually(known)

    async def left(self, openid: str) -> None:
        """Let somebody leave the account without our hearing of it."""
        await self.w.tap(f"/wechat/{openid}/unfollow")
        await self._known_as(openid, followed=False)
        await self.set(openid, followed=True)

    async def credit(self, openid: str, title: str, count: int) -> str:
        """Let somebody accept subscriptions; give the template."""
        template = next(
            one.template_id for one in await self.client.subscriptions() if one.title == title
        )
        for _ in range(count):
            await self.w.tap(f"/wechat/{openid}/subscribe", {"template_id": template})

        async def counted() -> bool:
            return (await self.w.account(openid)).get("credits", {}).get(template) == count

        await eventually(counted)
        return template

    async def credits(self, openid: str) -> list[int]:
        return list((await self.w.account(openid)).get("credits", {}).values())

    async def write(self, person: PersonId, event: str = "refunded", **fields: Any) -> StoredNotice:
        """Write a notice of a customer's order, not yet sent."""
        self.count += 1
        kind = KINDS[event, Hears.CUSTOMER]
        notice = StoredNotice(
            id=f"{ORDER}:{self.count}:{person}",
            kind=event,
            hears=Hears.CUSTOMER,
            person=person,
            order=ORDER,
            zh=kind.zh,
            en=kind.en,
            at=fields.pop("at", datetime.now(UTC)),
            state=State.WAITING,
            amount_fen=2000,
        )
        assert await self.rooms.notices._notices.insert(notice)
        return notice

    async def tell(self, person: PersonId, event: str = "refunded", **fields: Any) -> StoredNotice:
        """Write a notice and send it; give what became of it."""
        notice = await self.write(person, event, **fields)
        await self.rooms.delivery.sweep()
        return await self.now(notice)

    async def now(self, notice: StoredNotice) -> StoredNotice:
        found = await self.w.stores.notices.get(notice.id)
        assert found is not None
        return found

    async def comes_to(self, notice: StoredNotice, state: State, tried: int = 0) -> StoredNotice:
        """Read outcomes until a notice is there, as the worker does."""

        async def there() -> bool:
            await self.rooms.delivery.read_outcomes()
            await self.rooms.delivery.sweep()
            now = await self.now(notice)
            return now.state is state and len(now.attempts) >= tried

        await eventually(there)
        return await self.now(notice)

    async def fault(self, kind: str, times: int = 1) -> None:
        await self.w.tap("/faults", {"kind": kind, "on": "wechat", "times": times})

    async def texts(self, phone: str) -> list[str]:
        told = (await self.w.look(f"/phone/{phone}/state"))["messages"]
        return [one["text"] for one in told if "验证码" not in one["text"]]

    async def chat(self, openid: str) -> list[tuple[str, str]]:
        """Give the account's own messages, oldest first: how, and what."""
        said = [one for one in await self.w.replies(openid) if one["kind"] != "reply"]
        return [(one["kind"], f"{one['title']} {one['text']}") for one in reversed(said)]


@asynccontextmanager
async def town(given, *, templates: bool = True, **more: str):
    async with world(*given, **more) as w:
        bases = w.process.bases
        client = build_wechat(
            w.settings.providers,
            redis=bases.redis,
            http=bases.http,
            clock=bases.clock,
            draw=bases.draw,
        ).client
        if templates:
            given_ids = w.settings.providers.wechat.short_ids
            await applying.apply(client, await applying.plan(client, w.url, given_ids))
        yield Town(w, client)


def tries(notice: StoredNotice) -> list[tuple[str, str, str | None]]:
    return [(one.channel.value, one.outcome.value, one.rule) for one in notice.attempts]


async def test_a_follower_hears_by_template_once_and_the_word_of_its_delivery_closes_it(given):
    async with town(given) as t:
        openid, person = await t.person()
        notice = await t.write(person)
        # Two workers hold the same notice, and a third comes by: one of them sends.
        delivery = t.rooms.delivery
        await asyncio.gather(*(delivery.deliver(notice) for _ in range(4)), delivery.sweep())
        told = await t.comes_to(notice, State.DELIVERED)
        assert tries(told) == [("template", "delivered", None)]
        ((how, what),) = await t.chat(openid)
        assert how == "template" and "20.00元" in what and ORDER in what
        assert ANNA not in what and "138" not in what
        assert not await t.texts(ANNA)
        assert await t.rooms.delivery.sweep() == 0


async def test_who_blocks_the_account_or_has_left_it_hears_by_the_next_way(given):
    async with town(given) as t:
        openid, person = await t.person()
        await t.w.tap(f"/wechat/{openid}/block")
        notice = await t.write(person)
        await t.rooms.delivery.sweep()
        blocked = await t.comes_to(notice, State.SENT, tried=2)
        assert tries(blocked) == [("template", "blocked", None), ("sms", "sent", None)]
        assert len(await t.texts(ANNA)) == 1
        assert await t.chat(openid) == []
        # Of what is no text message, only the page tells.
        quiet = await t.comes_to(await t.write(person, "collected"), State.PAGE)
        assert quiet.plan == (Channel.PAGE,)

        openid, person = await t.person(BO)
        await t.left(openid)
        gone = await t.tell(person)
        assert tries(gone) == [("template", "refused", "unfollowed"), ("sms", "sent", None)]
        assert (await t.w.account(openid))["followed"] is False
        assert await t.texts(BO) == ["【揽件】寄件 TEST：已退款。请打开揽件页面查看。"]


async def test_credits_are_spent_on_what_is_useful_given_back_and_believed_to_be_none(given):
    async with town(given) as t:
        openid, person = await t.person(follows=False)
        await t.credit(openid, "寄件状态通知", 1)
        claimed = await t.tell(person, "claimed")
        assert claimed.state is State.PAGE and tries(claimed) == []
        assert await t.credits(openid) == [1], "the last one is for what is more useful"
        await t.fault("quota")
        vital = await t.tell(person, "no_taker")
        assert tries(vital) == [("subscription", "refused", "day_quota"), ("sms", "sent", None)]
        assert await t.credits(openid) == [1], "given back: it was not sent"
        resting = await t.tell(person, "no_taker")
        assert tries(resting) == [("sms", "sent", None)], "the channel rests until tomorrow"
        (until,) = (await t.w.stores.notice_rests.resting(datetime.now(UTC))).values()
        assert timedelta(0) < until - datetime.now(UTC) <= timedelta(days=1, minutes=1)
        await t.w.database.notice_rests.delete_many({})
        sent = await t.comes_to(await t.write(person, "no_taker"), State.DELIVERED)
        assert tries(sent) == [("subscription", "delivered", None)]
        assert await t.credits(openid) == [0]
        template = next(iter((await t.w.account(openid))["credits"]))
        await t.set(openid, credits={template: 5})  # WeChat knows better
        refused = await t.tell(person, "no_taker")
        assert tries(refused)[0] == ("subscription", "refused", "refused")
        assert await t.credits(openid) == [0]


async def test_a_customer_message_goes_inside_the_window_and_its_end_is_believed(given):
    async with town(given, templates=False) as t:
        openid, person = await t.person()
        open_window = {"message": {"at": datetime.now(UTC), "used": 0}}
        await t.set(openid, windows=open_window)
        for _ in range(3):  # what following has opened at WeChat
            told = await t.tell(person, "collected")
            assert tries(told) == [("customer_message", "sent", None)]
        assert "取走" in (await t.chat(openid))[0][1]
        over = await t.tell(person, "collected")
        assert tries(over) == [("customer_message", "refused", "count_over")]
        assert over.state is State.PAGE
        reach = await t.w.stores.wechat_accounts.reach(person, datetime.now(UTC))
        assert reach.service.customer_messages == 0
        assert tries(await t.tell(person, "collected")) == []


async def test_an_unknown_outcome_is_shown_and_not_repeated(given):
    async with town(given) as t:
        openid, person = await t.person()
        await t.rooms.delivery._ways.books.find(Channel.TEMPLATE, "money")
        await t.fault("half_answer")
        lost = await t.tell(person)
        assert (lost.state, tries(lost)) == (
            State.UNKNOWN,
            [("template", "unknown", "no_answer")],
        )
        # A worker died between writing its try and sending: that is unknown too.
        notice = await t.write(person)
        plan = (Channel.TEMPLATE, Channel.PAGE)
        attempt = Try(channel=Channel.TEMPLATE, at=datetime.now(UTC) - timedelta(seconds=91))
        assert await t.w.stores.notices.begin(notice, attempt, plan)
        assert await t.w.stores.notices.begin(notice, attempt, plan) is None
        said = len(await t.chat(openid))
        for _ in range(3):
            await t.rooms.delivery.sweep()
        died = await t.now(notice)
        assert (died.state, tries(died)) == (
            State.UNKNOWN,
            [("template", "unknown", "process_died")],
        )
        assert len(await t.chat(openid)) == said and not await t.texts(ANNA)


async def test_what_says_later_is_asked_again_and_old_news_is_not_told(given):
    async with town(given) as t:
        openid, person = await t.person()
        await t.rooms.delivery._ways.books.find(Channel.TEMPLATE, "money")
        await t.fault("minute_quota")
        busy = await t.tell(person)
        assert (busy.state, tries(busy)) == (
            State.WAITING,
            [("template", "refused", "minute_quota")],
        )
        assert await t.rooms.delivery.sweep() == 0, "not before its time"
        await t.w.database.notices.update_one(
            {"_id": busy.id}, {"$set": {"due_at": datetime.now(UTC)}}
        )
        await t.comes_to(busy, State.DELIVERED)
        assert len(await t.chat(openid)) == 1
        late = await t.tell(person, at=datetime.now(UTC) - timedelta(days=1, seconds=1))
        assert (late.state, tries(late)) == (State.LATE, [])


async def test_texts_to_one_person_end_and_an_open_page_is_enough_for_small_things(given):
    async with town(given, LANJIAN_NOTICE_TEXTS_PER_DAY="2") as t:
        _, person = await t.person(follows=False)
        states = [(await t.tell(person)).state for _ in range(3)]
        assert states == [State.SENT, State.SENT, State.PAGE]
        openid, person = await t.person(BO)
        t.rooms.pages._people = lambda: [person]
        await t.rooms.pages.beat()
        assert (await t.tell(person, "opened")).state is State.PAGE
        assert (await t.tell(person, "refunded")).state is State.SENT
        assert [how for how, _ in await t.chat(openid)] == ["template"]


async def test_whose_wechat_moved_away_hears_by_text_and_staff_see_why(given):
    async with town(given) as t:
        _, person = await t.person(follows=False)
        news = LinkNews(id="N1", person=person, change=LinkChange.MOVED_AWAY, at=datetime.now(UTC))
        for _ in range(2):  # told twice is told once
            await t.rooms.notices.tell_of_link(news)
        await t.rooms.delivery.sweep()
        assert await t.texts(ANNA) == ["【揽件】微信绑定：已移走。请打开揽件页面查看。"]
        await t.w.database.notices.delete_many({})
        await t.tell(person)
        await t.tell(person, "collected")
        staff, staff_id = await t.w.logged_in("13800000009")
        path = f"/v1/staff/people/{person}/notices"
        assert (await staff.ask("GET", path))[0] == 403
        await t.w.database.people.update_one({"_id": staff_id}, {"$set": {"roles": ["reviewer"]}})
        staff, _ = await t.w.logged_in("13800000009")
        code, told, _ = await staff.ask("GET", path)
        assert code == 200, told
        quiet, loud = told["notices"]
        assert (quiet["state"], quiet["plan"], quiet["tries"]) == ("page", ["page"], [])
        assert (loud["state"], loud["plan"]) == ("sent", ["sms", "page"])
        assert [(one["channel"], one["outcome"]) for one in loud["tries"]] == [("sms", "sent")]
        assert ANNA not in repr(told) and "openid" not in repr(told)
        missing = await staff.ask("GET", f"/v1/staff/orders/{ORDER}/notices")
        assert missing[0] == 404
        order = builders.order(id=ORDER)
        await t.w.stores.orders.insert(order, builders.placed_event(order), {})
        _, of_order, _ = await staff.ask("GET", f"/v1/staff/orders/{ORDER}/notices?limit=1")
        assert len(of_order["notices"]) == 1 and of_order["next"]
