"""Texts from the wish for a code to the carrier's word, over the vendors' wire and our HTTP.

The sandbox's clock is the true one, and so is the rooms' in these tests: signatures have dates.
"""

import asyncio
import json
import logging
import re
from datetime import UTC, datetime, timedelta

import pytest
from tornado.httpclient import AsyncHTTPClient

from handlers import texts as texts_room
from server.domain.people import Role
from server.domain.rules import Rules
from server.providers.ports import Sms, SmsReceipt
from server.providers.sms_vendors.aliyun import AliyunSms
from server.providers.sms_vendors.config import AliyunSmsConfig
from server.providers.sms_vendors.failover import VendorSms
from server.providers.sms_vendors.tencent import TencentSms
from server.services.accounts.codes import Caller
from server.services.chance import draw
from server.services.notices.texts import Texts, TextStores
from server.store.refused_notices import MongoRefusedNotices
from server.store.texts import MongoTexts
from tests.integration.accounts.harness import Rooms
from tests.integration.sandbox.caller import sandbox
from tests.sms import REPORT_SECRET, config, ids
from tests.waiting import eventually

pytestmark = pytest.mark.gen_test

PHONE, BOSS = "13800000001", "13800000009"
REPORTS = f"/v1/callbacks/sms/aliyun/{REPORT_SECRET}"


class LateBoundWay:
    """A way whose vendors are known once their sandbox runs."""

    def __init__(self) -> None:
        self.way = None

    async def send(self, message: Sms, reference: str) -> SmsReceipt:
        return await self.way.send(message, reference)


def utc_now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def way() -> LateBoundWay:
    return LateBoundWay()


@pytest.fixture
def store(database) -> MongoTexts:
    return MongoTexts(database)


@pytest.fixture
def rooms(io_loop, database, redis, way, store) -> Rooms:
    rooms = Rooms(database, redis, clock=utc_now, rules=Rules(code_gap_seconds=0.001))
    rooms.texts = Texts(
        way=way,
        stores=TextStores(
            texts=store,
            refused=MongoRefusedNotices(database),
            numbers=rooms.people,
            audit=rooms.audit,
        ),
        report_secret=REPORT_SECRET,
        clock=utc_now,
        draw=draw,
    )
    rooms.accounts._codes._sms = rooms.texts
    io_loop.run_sync(rooms.ensure_indexes)
    io_loop.run_sync(store.ensure_indexes)
    io_loop.run_sync(rooms.alerts.ensure_indexes)
    return rooms


@pytest.fixture
def app(rooms):
    return rooms.app(*texts_room.routes(rooms.texts))


@pytest.fixture
def world(tmp_path, way, base_url):
    """Both vendors at a sandbox that reports to this server; a context, since tests are tasks."""

    class World:
        async def __aenter__(self):
            self.http = AsyncHTTPClient(force_instance=True)
            url = f"{base_url}/v1/callbacks/sms/{{vendor}}/{REPORT_SECRET}"
            self._sandbox = sandbox(tmp_path, keys=ids(), sms_report_url=url)
            self.caller = await self._sandbox.__aenter__()
            vendors = [
                AliyunSms(config=one, clock=utc_now, draw=draw, http=self.http)
                if isinstance(one, AliyunSmsConfig)
                else TencentSms(config=one, clock=utc_now, http=self.http)
                for one in config(self.caller.url).vendors
            ]
            way.way = VendorSms(vendors, clock=utc_now)
            return self

        async def __aexit__(self, *error):
            await self._sandbox.__aexit__(*error)
            self.http.close()

        async def fault(self, kind: str) -> None:
            body = {"kind": kind, "on": "sms", "times": 1}
            assert (await self.caller.send("POST", "/faults", body)).status == 200

        async def code(self) -> str:
            state = await self.caller.send("GET", f"/phone/{PHONE}/state")
            return state.body["messages"][0]["params"]["code"]

    return World()


async def staff(client, rooms) -> str:
    """Make somebody of staff and give their token."""
    person = await rooms.people.make(
        "PBOSS",
        phone=BOSS,
        roles=(Role.REVIEWER,),
        agreement_version=rooms.rules.agreement_version,
        now=utc_now(),
    )
    caller = Caller(address="127.0.0.1", device="d")
    opened = await rooms.accounts.enter(person.id, caller, agreement_version=None)
    client.access_token = opened.access_token
    return opened.access_token


async def asked(client) -> int:
    response = await client.ask("POST", "/v1/codes", {"phone": PHONE, "device": client.device})
    return response.code


async def texts(client) -> list[dict]:
    found = await client.call(
        "POST", "/v1/staff/texts/find", {"phone": PHONE, "purpose": "did not get a code"}
    )
    return found["texts"]


async def fates(client) -> list[tuple[str, str, str]]:
    return [(one["fate"], one["vendor"], one["why"]) for one in await texts(client)]


async def test_staff_see_what_became_of_each_text(rooms, client, world):
    async with world:
        await staff(client, rooms)

        async def seen(*wanted: tuple[str, str, str]) -> None:
            async def told() -> bool:
                return await fates(client) == list(wanted)

            try:
                await eventually(told)
            except AssertionError:
                assert await fates(client) == list(wanted)

        one = ("delivered", "aliyun", "DELIVERED")
        assert await asked(client) == 200
        await seen(one)
        await world.fault("fail")
        two = ("failed", "aliyun", "MOBILE_NOT_ON_SERVICE")
        assert await asked(client) == 200
        await seen(two, one)
        assert (await texts(client))[0]["why_words"].startswith("停机")
        await world.fault("quota")
        three = ("delivered", "tencent", "DELIVRD")
        assert await asked(client) == 200
        await seen(three, two, one)
        assert (await texts(client))[0]["tried"] == ["aliyun", "tencent"]
        await world.fault("500")
        four = ("unknown", "aliyun", "no_answer")
        assert await asked(client) == 502
        await seen(four, three, two, one)
        await world.fault("minute_quota")
        five = ("refused", "aliyun", "limit_minute")
        assert await asked(client) == 429
        await seen(five, four, three, two, one)
        page = await client.call("GET", "/v1/staff/texts?limit=2")
        assert [one["fate"] for one in page["texts"]] == ["refused", "unknown"]
        assert page["last_day"] == {"aliyun:sent": 2, "tencent:sent": 1} | {
            "aliyun:asked": 1,
            "aliyun:refused": 1,
        }


async def test_a_lost_answer_is_resolved_by_the_report(rooms, client, world):
    async with world:
        await staff(client, rooms)
        await world.fault("half_answer")
        assert await asked(client) == 502  # and yet it came:

        async def told() -> bool:
            return await fates(client) == [("delivered", "aliyun", "DELIVERED")]

        await eventually(told)


async def test_reports_count_once_in_any_order_and_delivery_stands(rooms, client, database):
    told = {"biz_id": "b1", "success": False, "err_code": "UNDELIV", "out_id": "T1"}
    for success in (False, False, True, False, True):
        body = [{**told, "success": success, "err_code": "DELIVERED" if success else "UNDELIV"}]
        assert (await client.call("POST", REPORTS, body))["code"] == 0
    (kept,) = await database["text_reports"].find({}).to_list(None)
    assert (kept["delivered"], kept["code"], kept["_id"]) == (True, "DELIVERED", "aliyun:b1")
    many = [{"sid": f"s{n}", "report_status": "SUCCESS", "mobile": PHONE} for n in range(40)]
    path = REPORTS.replace("aliyun", "tencent")
    await asyncio.gather(*(client.call("POST", path, many) for _ in range(3)))
    assert await database["text_reports"].count_documents({}) == 41
    assert PHONE not in json.dumps(
        [d async for d in database["text_reports"].find({})], default=str
    )


async def test_strangers_reports_are_refused_and_counted(rooms, client, database):
    good = json.dumps([{"biz_id": "b1", "success": True}]).encode()
    not_found = (404, "not_found", "path", "set_up")
    for path in ("/v1/callbacks/sms/aliyun/guess", "/v1/callbacks/sms/tencent/guess"):
        assert await client.refused("POST", path, good, raw=True) == not_found
    assert await client.refused("POST", REPORTS.replace("aliyun", "nobody"), good, raw=True) == (
        not_found
    )
    for bad in (b"{}", b"[1]", b"\xff", b"[" * 9000):
        status, code, _, rule = await client.refused("POST", REPORTS, bad, raw=True)
        assert (status, code, rule) == (400, "bad_notice", "malformed")
    huge = b"[" + b" " * (300 * 1024) + b"]"
    assert (await client.ask("POST", REPORTS, huge, raw=True)).code == 413
    assert await database["text_reports"].count_documents({}) == 0
    found = {one["_id"][11:]: one["count"] async for one in database["refused_notices"].find({})}
    assert found == {"sms_aliyun:secret": 1, "sms_tencent:secret": 1, "sms_aliyun:malformed": 4}


async def test_only_staff_see_texts_and_looking_is_recorded(rooms, client, database):
    asked_for = {"phone": PHONE, "purpose": "called us"}
    assert (await client.ask("GET", "/v1/staff/texts")).code == 401
    await staff(client, rooms)
    assert (await client.ask("POST", "/v1/staff/texts/find", {"phone": PHONE})).code == 400
    assert (await client.call("POST", "/v1/staff/texts/find", asked_for))["texts"] == []
    record = await database["audit"].find_one({"action": "texts_looked_at"})
    assert (record["actor"], record["purpose"]) == ("PBOSS", "called us")
    assert PHONE not in json.dumps(record, default=str)


async def test_above_the_sites_budget_nobody_gets_a_code_and_staff_are_alerted(
    io_loop, database, redis, client, rooms
):
    small = Rooms(database, redis, rules=Rules(codes_per_site_day=3))
    rooms.accounts._codes._budget = small.accounts._codes._budget
    rooms.accounts._codes._sms = small.phones
    for number in range(3):
        body = {"phone": f"1380000010{number}", "device": f"d{number}"}
        await client.call("POST", "/v1/codes", body)
    for number in range(3, 6):
        body = {"phone": f"1380000010{number}", "device": f"d{number}"}
        refused = await client.refused("POST", "/v1/codes", body)
        assert refused == (429, "limited", "site", "rate")
    assert len(small.phones.received) == 3
    (alert,) = await small.alerts.all_open()
    assert (alert.kind.value, alert.terminal) == ("codes_spent", "site")
    (untold,) = await small.alerts.untold(utc_now() + timedelta(minutes=1), 5, 9)
    assert untold.id == alert.id


async def test_no_phone_or_code_is_anywhere_in_the_clear(
    rooms, client, world, database, redis, caplog
):
    caplog.set_level(logging.DEBUG)
    async with world:
        for kind in (None, "quota", "minute_quota", "half_answer", "fail", "500"):
            if kind:
                await world.fault(kind)
            await asked(client)
        code = await world.code()
        kept = [
            repr(document)
            for name in await database.list_collection_names()
            async for document in database[name].find({})
        ]
        assert any("aliyun" in one for one in kept)
        for key in await redis.keys("*"):
            kept.append(f"{key!r} {await redis.dump(key)!r}")
        logs = [record.getMessage() for record in caplog.records if "sandbox" not in record.name]
        assert any("SMS vendor aliyun" in line for line in logs)
        shown = "\n".join([*kept, *logs])
        assert PHONE not in shown
        assert not re.search(rf"(?<![0-9A-Za-z]){code}(?![0-9A-Za-z])", shown)
