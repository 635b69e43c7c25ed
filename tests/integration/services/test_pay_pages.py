"""Pay pages on real MongoDB and Redis: codes, ways, payers, and what the page tells."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from realtime.limits import Limits
from realtime.redis import connect
from server.domain.errors import Conflict, Limited, NotFound, WeChatOver
from server.domain.ids import PersonId
from server.domain.keys import Secret
from server.domain.payments import PayWay
from server.domain.wechat import WeChatAccount, WeChatAccountId, WeChatApp
from server.services.money.pay_codes import PayCodes
from server.services.money.pay_pages import MOST_PER_CODE, PayPages
from server.store.pay_codes import MongoPayCodes
from server.store.seal import BlindIndex
from tests import builders
from tests.integration.services.house import House, house

CUSTOMER = builders.CUSTOMER
BASE = "https://lanjian.test"


@dataclass
class TwoPeople:
    """Handles of two payers, each in a browser of its own."""

    known: dict[tuple[str, str | None], WeChatAccount] = field(default_factory=dict)

    async def look(self, handle: str, browser: str | None) -> WeChatAccount:
        found = self.known.get((handle, browser))
        if found is None:
            raise WeChatOver(field="handle", rule="fresh")
        return found


class TellsThePrepay:
    """Signs nothing, so that tests see what was to be signed."""

    def jsapi_parameters(self, prepay_id: str) -> dict[str, str]:
        return {"package": f"prepay_id={prepay_id}"}


@dataclass
class Till:
    h: House
    codes: PayCodes
    pages: PayPages

    async def code(self) -> str:
        order = await self.h.deposited()
        return (await self.codes.link_of(order.id, CUSTOMER)).code

    async def ask(self, code: str, way: PayWay, who: str = "anna"):
        handle = f"h-{who}" if way is PayWay.JSAPI else None
        return await self.pages.ask(code, way, handle, f"b-{who}", "203.0.113.7")


@asynccontextmanager
async def till(mongo_uri: str, name: str, redis_url: str) -> AsyncIterator[Till]:
    async with house(mongo_uri, name, redis_url) as h:
        store = MongoPayCodes(h.db)
        await store.ensure_indexes()
        people = TwoPeople()
        for who in ("anna", "bo"):
            people.known[f"h-{who}", f"b-{who}"] = WeChatAccount(
                id=WeChatAccountId(f"a-{who}"),
                app=WeChatApp.SERVICE,
                openid=f"o-{who}",
                created_at=h.now,
            )
        redis = connect(redis_url)
        given = {"codes": store, "orders": h.orders, "clock": h.clock}
        codes = PayCodes(base_url=BASE, rules=h.rules, draw=h.draw, **given)
        pages = PayPages(
            terminals=h.terminals,
            payments=h.payments,
            ways=tuple(PayWay),
            handles=people,
            signer=TellsThePrepay(),
            limits=Limits(redis, clock=h.clock),
            index=BlindIndex(Secret(name.ljust(32, "x")[:32].encode())),
            **given,
        )
        try:
            yield Till(h, codes, pages)
        finally:
            await redis.aclose()


async def test_a_code_is_shown_again_and_then_replaced(mongo_uri, mongo_db_name, redis_url):
    async with till(mongo_uri, mongo_db_name, redis_url) as t:
        order = await t.h.deposited()
        first = await t.codes.link_of(order.id, CUSTOMER)
        assert first.url == f"{BASE}/pay/{first.code}" and len(first.code) == 26
        assert order.id not in first.url and CUSTOMER not in first.url
        assert await t.codes.link_of(order.id, CUSTOMER) == first
        t.h.later(seconds=t.h.rules.payment_life_seconds * 0.6)
        longer = await t.codes.link_of(order.id, CUSTOMER)
        assert longer.code == first.code and longer.expires_at > first.expires_at
        t.h.later(seconds=t.h.rules.payment_life_seconds)
        assert (await t.pages.look(first.code)).state == "expired"
        over = await t.ask(first.code, PayWay.NATIVE)
        assert (over.state, over.amount_fen, over.payment) == ("expired", None, None)
        newer = await t.codes.link_of(order.id, CUSTOMER)
        assert newer.code != first.code
        assert (await t.pages.look(newer.code)).state == "waiting"
        with pytest.raises(NotFound):
            await t.codes.link_of(order.id, PersonId("somebody else"))
        with pytest.raises(NotFound):
            await t.pages.look("NONE")


async def test_the_page_tells_amount_size_and_terminal_and_asks_no_wallet(
    mongo_uri, mongo_db_name, redis_url
):
    async with till(mongo_uri, mongo_db_name, redis_url) as t:
        view = await t.pages.look(await t.code())
        assert (view.state, view.size, view.terminal_name) == ("waiting", "M", "南山一号柜")
        assert view.ways == tuple(way.value for way in PayWay)
        assert view.payment is None and not t.h.provider.payments


async def test_another_way_retires_the_one_before(mongo_uri, mongo_db_name, redis_url):
    async with till(mongo_uri, mongo_db_name, redis_url) as t:
        code = await t.code()
        twice = await asyncio.gather(*(t.ask(code, PayWay.NATIVE) for _ in range(2)))
        assert twice[0].payment.url == twice[1].payment.url
        assert twice[0].payment.qr.startswith("data:image/svg")
        (native,) = t.h.provider.payments
        other = await t.ask(code, PayWay.PRECREATE)
        assert other.payment.way == "alipay_precreate"
        assert t.h.provider.payments[native].state == "CLOSED"
        (paid,) = [number for number in t.h.provider.payments if number != native]
        t.h.provider.tap_pay(paid)
        assert (await t.pages.look_at_wallet(code)).state == "paying", "it was asked just now"
        t.h.later(seconds=5)
        seen = await t.pages.look_at_wallet(code)
        assert (seen.state, seen.ways, seen.payment) == ("paid", (), None)
        assert (await t.ask(code, PayWay.NATIVE)).state == "paid"


async def test_jsapi_is_of_one_payer_and_told_to_that_one_alone(
    mongo_uri, mongo_db_name, redis_url
):
    async with till(mongo_uri, mongo_db_name, redis_url) as t:
        code = await t.code()
        anna = await t.ask(code, PayWay.JSAPI)
        again = await t.ask(code, PayWay.JSAPI)
        assert anna.payment.jsapi is not None and again.payment.jsapi == anna.payment.jsapi
        assert (await t.pages.look(code)).payment.jsapi is None
        bo = await t.ask(code, PayWay.JSAPI, "bo")
        assert bo.payment.jsapi != anna.payment.jsapi
        states = sorted(seen.state for seen in t.h.provider.payments.values())
        assert states == ["CLOSED", "NOTPAY"]
        with pytest.raises(WeChatOver):
            await t.pages.ask(code, PayWay.JSAPI, "h-anna", "b-bo", "203.0.113.7")
        with pytest.raises(Conflict):
            await t.pages.ask(code, PayWay.JSAPI, None, "b-bo", "203.0.113.7")


async def test_a_code_is_asked_at_so_often(mongo_uri, mongo_db_name, redis_url):
    async with till(mongo_uri, mongo_db_name, redis_url) as t:
        code = await t.code()
        for _ in range(MOST_PER_CODE[0][0]):
            await t.ask(code, PayWay.NATIVE)
        with pytest.raises(Limited):
            await t.ask(code, PayWay.NATIVE)
        t.h.now += timedelta(seconds=61)
        assert (await t.ask(code, PayWay.NATIVE)).state == "paying"
