"""WeChat's callback over HTTP: messages kept once, in time, answered; all else is counted."""

import asyncio
import hashlib
import time
from datetime import timedelta
from urllib.parse import parse_qs

import pytest

from realtime.positions import Positions
from server.app.wechat import build_wechat
from server.domain.wechat import WindowKind
from server.providers.wechat.callback import MAX_BYTES
from server.providers.wechat.menu import KEY_MY_ORDERS, KEY_SCAN_TERMINAL, wanted_menu
from server.services.wechat.conversation import Reply
from server.store.wechat_events import StoredEvent
from tests.integration.wechat.world import TERMINAL, World, world
from tests.waiting import eventually

ANNA = "13800000001"
CALLBACK = "/v1/callbacks/wechat"


def signed(town: World, *, age: int = 0, nonce: str = "n1", token: str | None = None) -> str:
    callback = town.settings.providers.wechat.callback
    stamp = str(int(time.time()) - age)
    text = "".join(sorted((token or callback.token, stamp, nonce)))
    signature = hashlib.sha1(text.encode()).hexdigest()
    return f"signature={signature}&timestamp={stamp}&nonce={nonce}"


def xml(town: World, openid: str, **fields: str) -> bytes:
    told = {
        "ToUserName": town.settings.providers.wechat.callback.original_id,
        "FromUserName": openid,
        "CreateTime": str(int(time.time())),
        "MsgType": "event",
        **fields,
    }
    inner = "".join(f"<{name}><![CDATA[{text}]]></{name}>" for name, text in told.items())
    return f"<xml>{inner}</xml>".encode()


async def push(town: World, query: str, body: bytes, kind: str = "text/xml"):
    return await town.http.fetch(
        f"{town.url}{CALLBACK}?{query}",
        method="POST",
        body=body,
        headers={"Content-Type": kind},
        raise_error=False,
    )


async def refusals(town: World) -> dict[str, int]:
    return {one.rule: one.count for one in await town.stores.refused_notices.since("2000")}


async def test_what_is_none_of_wechats_changes_nothing_and_is_counted(given):
    async with world(*given) as town:
        good = xml(town, "oSomebody1", Event="subscribe")
        entities = b'<!DOCTYPE x [<!ENTITY a "b">]>' + good.replace(b"subscribe", b"&a;")
        for query, body, kind, rule in (
            (signed(town, token="x"), good, "text/xml", "signature"),
            (signed(town, age=301), good, "text/xml", "fresh"),
            (signed(town, age=-400), good, "text/xml", "fresh"),
            (signed(town), b"<xml>" + b"x" * MAX_BYTES + b"</xml>", "text/xml", "size"),
            (signed(town), good, "application/json", "content_type"),
            (signed(town), good[:-9], "text/xml", "well_formed"),
            (signed(town), entities, "text/xml", "well_formed"),
            (signed(town), b"", "text/xml", "well_formed"),
            (signed(town) + "&nonce=n2", good, "text/xml", "well_formed"),
            (signed(town), good.replace(b"gh_", b"xx_"), "text/xml", "app"),
            ("", good, "text/xml", "well_formed"),
        ):
            before = (await refusals(town)).get(rule, 0)
            answer = await push(town, query, body, kind)
            assert answer.code in (400, 413, 415), (rule, answer.body)
            assert (await refusals(town)).get(rule, 0) == before + 1, rule
        assert await town.database.wechat_events.count_documents({}) == 0
        assert await town.database.wechat_accounts.count_documents({}) == 0


async def test_a_message_has_its_effect_once_and_a_nonce_one_message(given):
    async with world(*given) as town:
        body = xml(town, "oSomebody1", Event="CLICK", EventKey=KEY_MY_ORDERS)
        query = signed(town)
        answers = await asyncio.gather(*(push(town, query, body) for _ in range(4)))
        assert {answer.code for answer in answers} == {200}
        assert await town.database.wechat_events.count_documents({}) == 1
        account = (await town.database.wechat_accounts.find_one({}))["_id"]
        assert await town.stores.wechat_windows.spend_window(account, town.process.bases.clock())
        again = await push(town, signed(town, nonce="n2"), body)  # WeChat's next try
        assert "登录后查看订单".encode() in again.body  # answered again: the first was lost
        known = await town.stores.wechat_accounts.get(account)
        assert known.windows[WindowKind.TOUCH].used == 1
        forged = await push(town, query, xml(town, "oSomebody2", Event="unsubscribe"))
        assert (forged.code, (await refusals(town))["nonce"]) == (400, 1)
        echo = await town.http.fetch(f"{town.url}{CALLBACK}?{signed(town)}&echostr=hello1")
        assert echo.body == b"hello1"
        with pytest.raises(Exception, match="400"):
            await town.http.fetch(f"{town.url}{CALLBACK}?{signed(town, age=999)}&echostr=a")


async def test_what_people_do_is_known_afterwards(given):
    async with world(*given) as town:
        openid = await town.somebody(follows=True)
        stores = town.stores

        async def known():
            return await stores.wechat_accounts.get((await town.account(openid))["_id"])

        await eventually(lambda: town.database.wechat_events.count_documents({"done": True}))
        assert (await known()).followed
        template = (await town.look(f"/wechat/{openid}/chat"))["templates"][0]["template_id"]
        choice = {"template_id": template, "accept": True, "asked": True}
        await town.tap(f"/wechat/{openid}/subscribe", choice)
        await town.tap(f"/wechat/{openid}/text", {"text": "机密 secret"})

        async def counted() -> bool:
            now = await known()
            return now.credits == {template: 1} and WindowKind.MESSAGE in now.windows

        await eventually(counted)
        await town.tap(f"/wechat/{openid}/subscribe", {**choice, "accept": False, "asked": False})

        async def voided() -> bool:
            return (await known()).credits == {template: 0}

        await eventually(voided)
        await town.tap(f"/wechat/{openid}/unfollow")

        async def left() -> bool:
            return not (await known()).followed

        await eventually(left)
        kept = repr(await town.database.wechat_events.find().to_list(99))
        assert "机密" not in kept
        assert openid not in kept
        assert openid not in repr(await town.database.wechat_accounts.find().to_list(9))


async def test_not_followed_then_followed_leads_back_to_this_very_deposit(given):
    async with world(*given) as town:
        key, browser = await town.terminal(), town.browser()
        openid = await town.somebody()
        code, visit = await browser.post("/v1/visits", {"code": town.scanned(key)})
        assert code == 201
        asked = {"visit_id": visit["visit_id"]}
        code, scene = await browser.post("/v1/wechat/scene", asked)
        assert (code, scene["followed"]) == (200, False)
        assert scene["qr"].startswith("data:image/svg+xml")
        assert (await browser.post("/v1/wechat/scene", asked))[1] == scene
        await town.tap(f"/wechat/{openid}/follow", {"scene": f"visit:{visit['visit_id']}"})

        async def answered():
            return await town.replies(openid)

        (reply,) = await eventually(answered)
        assert reply["url"] == f"{town.url}/visit/{visit['visit_id']}"
        assert "手机号" in reply["title"]
        path = reply["url"].removeprefix(town.url)
        handle = await browser.handle(openid, path)
        told = (await browser.link(handle, ANNA))[1]
        browser.token = told["logged_in"]["access_token"]
        code, joined = await browser.post(f"/v1/visits/{visit['visit_id']}/join")
        assert (code, joined["next"]) == (200, "fill_waybill")
        assert (await browser.post("/v1/wechat/scene", asked))[1] == {
            "followed": True,
            "qr": None,
            "expires_at": None,
        }
        stranger = await town.somebody("13800000003")
        await town.linked("13800000003", stranger)
        await town.tap(f"/wechat/{stranger}/follow", {"scene": f"visit:{visit['visit_id']}"})

        async def refused():
            return await town.replies(stranger)

        (reply,) = await eventually(refused)
        assert (reply["title"], reply["url"]) == ("", None)  # not their visit: a text


async def test_the_menus_scan_and_my_orders_are_answered(given):
    async with world(*given) as town:
        key = await town.terminal()
        openid = await town.somebody(follows=True)
        _, person = await town.linked(ANNA, openid)
        bases = town.process.bases
        clients = build_wechat(
            town.settings.providers,
            redis=bases.redis,
            http=bases.http,
            clock=bases.clock,
            draw=bases.draw,
        )
        assert clients.client is not None
        await clients.client.put_menu(wanted_menu(town.url))

        async def scan(text: str, wanted: str, kind: str = "qrcode"):
            """Scan until the answer is of this scan: two in one second are one to WeChat's ids."""

            async def answered():
                body = {"key": KEY_SCAN_TERMINAL, "text": text, "kind": kind}
                await town.tap(f"/wechat/{openid}/menu-scan", body)
                replies = await town.replies(openid)
                return replies[0] if replies and wanted in repr(replies[0]) else None

            return await eventually(answered, every_seconds=0.3)

        reply = await scan(f"{town.url}/v/{town.scanned(key)}", "继续寄件")
        visit = await town.database.visits.find_one({})
        assert reply["url"] == f"{town.url}/visit/{visit['_id']}"
        assert (visit["terminal"], visit["person"]) == (TERMINAL, person)
        await town.certified(person)
        reply = await scan("SF1234567890123", "SF1234567890123", "barcode")
        assert reply["url"] == f"{town.url}/visit/{visit['_id']}"
        for strange in ("https://other.example/v/x", "weixin://wxpay/bizpayurl?pr=a"):
            assert (await scan(strange, "不是揽件终端"))["url"] is None
        assert (await scan(f"{town.url}/v/{TERMINAL}.1.old", "失效"))["url"] is None
        kept = repr(await town.database.wechat_events.find().to_list(99))
        assert "bizpayurl" not in kept


class SlowTalk:
    """Answers only when it is let go."""

    def __init__(self) -> None:
        self.go = asyncio.Event()

    async def answer(self, event: StoredEvent) -> Reply:
        await self.go.wait()
        return Reply(title="晚了", text="但是来了")


async def test_late_answers_come_by_themselves_and_left_messages_are_worked_once(given):
    async with world(*given) as town:
        openid, talk = await town.somebody(), SlowTalk()
        inbox = town.rooms.inbox
        assert inbox is not None
        await town.tap(f"/wechat/{openid}/follow")  # the sandbox knows the window too
        await eventually(lambda: town.database.wechat_events.count_documents({"done": True}))
        inbox._talk, inbox._reply_seconds = talk, 0.05
        query = {name: text[0] for name, text in parse_qs(signed(town)).items()}
        body = xml(town, openid, Event="CLICK", EventKey=KEY_MY_ORDERS)
        assert await inbox.receive(query, body) == b"success"
        repeated = {name: text[0] for name, text in parse_qs(signed(town, nonce="n2")).items()}
        assert await inbox.receive(repeated, body) == b"success"
        talk.go.set()

        async def sent():
            return [one for one in await town.replies(openid) if one["kind"] == "customer"]

        (message,) = await eventually(sent)
        assert "晚了" in message["text"]
        assert await inbox.receive(repeated, body) == b"success"  # never answered twice
        assert len(await sent()) == 1
        stores = town.stores  # and what a process left that died
        account = (await town.account(openid))["_id"]
        now = town.process.bases.clock()
        left = now - timedelta(seconds=30)
        event = StoredEvent(
            key="k1", account=account, kind="choice", fields=CHOICE, at=now - timedelta(seconds=30)
        )
        assert await stores.wechat_events.take(event, "n9", left)
        assert not await stores.wechat_events.take(event, "n9", now)
        await stores.wechat_windows.add_credits(account, {"t1": 1}, "k1")  # it died after this
        worked = await asyncio.gather(*(inbox.sweep() for _ in range(3)))
        assert sum(worked) == 1
        assert (await stores.wechat_accounts.get(account)).credits == {"t1": 1}
        assert await inbox.sweep() == 0


CHOICE = {"choices": [["t1", True]], "changed": False}


async def test_a_place_counts_for_a_courier_on_duty_behind_its_switch(given):
    async with world(*given, LANJIAN_WECHAT_LOCATION="1") as town:
        openid = await town.somebody(follows=True)
        anna, person = await town.linked(ANNA, openid)
        positions = Positions(town.process.bases.redis, clock=town.process.bases.clock)
        where = {"latitude": 22.5, "longitude": 114.1}

        async def told(count: int) -> bool:
            query = {"kind": "located", "done": True}
            return await town.database.wechat_events.count_documents(query) == count

        await town.tap(f"/wechat/{openid}/location", where)
        await eventually(lambda: told(1))
        await town.certified(person)
        assert await positions.get(person) is None  # neither courier nor on duty
        anna = (await town.logged_in(ANNA))[0]
        code, answer, _ = await anna.ask("PUT", "/v1/courier/duty", {"on": True})
        assert code == 200, answer
        moved = {"latitude": 22.6, "longitude": 114.2}

        async def taken():
            await town.tap(f"/wechat/{openid}/location", moved)
            return await positions.get(person)

        found = await eventually(taken, every_seconds=1.1)  # a second tells two events apart
        assert (found.place.lat, found.place.lon) == (22.6, 114.2)
        kept = repr(await town.database.wechat_events.find().to_list(99))
        assert "22.6" not in kept
