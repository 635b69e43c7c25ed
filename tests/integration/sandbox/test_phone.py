"""The phone page's feed, whose phone it is, and scanning kiosks."""

import json
from pathlib import Path

import pytest
from tornado.httpclient import AsyncHTTPClient
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.simple_httpclient import HTTPStreamClosedError
from tornado.web import Application, RequestHandler

from server.local.provider_keys import KEYS_FILE, provider_environment
from server.providers.money_ports import Payee
from server.providers.ports import Sms
from server.providers.sms_vendors.aliyun import AliyunSms
from server.providers.sms_vendors.config import AliyunSmsConfig
from server.sandbox.keys import load
from server.services.chance import draw
from server.settings_providers import sms
from server.settings_reader import Reader
from tests.integration.providers.wechatpay_site import OPENID, now, payment, site, transfer
from tests.integration.sandbox.caller import Caller, sandbox
from tests.waiting import eventually

PHONE = "/phone/13800000001"
SMS = Sms(
    phone="13800000001",
    template="login_code",
    params={"code": "123456", "minutes": "5"},
    text="【揽件】验证码 123456",
)
SCANNED = "http://127.0.0.1:8000/v/T1.99.abcdefghijklmnop"


class Kiosk(RequestHandler):
    """A kiosk's state, as an agent tells it."""

    def get(self) -> None:
        view = {"step": "welcome"}
        self.finish({"terminal_id": "T1", "name": "一号柜", "view": view, "qr_url": SCANNED})


class BrokenKiosk(RequestHandler):
    """Something else on the kiosk's port."""

    def get(self) -> None:
        self.finish("[1, 2")


async def text(folder: Path, url: str) -> None:
    """Send the phone an SMS, as a local site does."""
    found = sms.read(Reader(provider_environment(folder, url)), sandbox=True)
    assert found is not None
    vendor = next(one for one in found.vendors if isinstance(one, AliyunSmsConfig))
    http = AsyncHTTPClient(force_instance=True)
    await AliyunSms(config=vendor, clock=now, draw=draw, http=http).send(SMS, "T1")
    http.close()


async def test_a_feed_brings_what_arrives(tmp_path: Path, provider_folder: Path):
    states: list[dict] = []

    def hear(chunk: bytes) -> None:
        states.extend(
            json.loads(line.removeprefix("data: "))
            for line in chunk.decode().splitlines()
            if line.startswith("data: ")
        )

    async with site(tmp_path, provider_folder) as one:
        client = AsyncHTTPClient(force_instance=True)
        feed = client.fetch(
            f"{one.people.url}{PHONE}/events", streaming_callback=hear, request_timeout=60
        )
        await eventually(lambda: states)
        assert states[0]["messages"] == []
        await text(provider_folder, one.people.url)
        await eventually(lambda: states[-1]["messages"])
        await one.pay.ask(payment())
        await eventually(lambda: states[-1]["payments"])
        assert await one.tap("/pay/orders/LJP0001/tap-pay") == 200
        await eventually(lambda: states[-1]["payments"][0]["state"] == "SUCCESS")
    with pytest.raises(HTTPStreamClosedError):  # it ends with the sandbox, not before
        await feed
    client.close()


async def test_texts_are_listed_newest_first(tmp_path: Path, provider_folder: Path):
    async with sandbox(tmp_path, keys=load(provider_folder / KEYS_FILE)) as caller:
        for _ in range(2):
            await text(provider_folder, caller.url)
        messages = (await caller.send("GET", "/inbox?phone=13800000001")).body["messages"]
        assert len(messages) == 2 and messages[0]["at"] >= messages[1]["at"]
        assert messages[0]["params"]["code"] == "123456"
        assert (await caller.send("GET", "/inbox?phone=13800000002")).body == {"messages": []}


async def test_a_phone_shows_its_persons_transfers(tmp_path: Path, provider_folder: Path):
    async with site(tmp_path, provider_folder) as one:
        await one.payout.transfer(transfer(), Payee(account=OPENID))
        everyone = (await one.people.send("GET", f"{PHONE}/state")).body
        assert len(everyone["transfers"]) == 1 and len(everyone["people"]) == 1
        await one.people.send("POST", f"{PHONE}/person", {"person": "person-2"})
        own = (await one.people.send("GET", f"{PHONE}/state")).body
        assert own["transfers"] == []


async def test_the_pages_of_bills_lead_to_what_they_ask_for(tmp_path: Path, provider_folder: Path):
    async with site(tmp_path, provider_folder) as one:
        link = await one.pay.ask(payment())
        assert link.url is not None
        asked = await one.people.send("GET", f"/bills/pay/{link.url.rsplit('/', 1)[-1]}")
        assert (asked.body["amount_fen"], asked.body["scanned"]) == (1200, True)
        await one.payout.transfer(transfer(), Payee(account=OPENID))
        (shown,) = (await one.people.send("GET", f"{PHONE}/state")).body["transfers"]
        bill = shown["confirm_url"].rsplit("/", 1)[-1]
        asked = await one.people.send("GET", f"/bills/confirm/{bill}")
        assert asked.body["amount_fen"] == 1080
        assert await one.tap("/transfers/TLJ1N1/tap-decline") == 200
        late = await one.people.send("POST", "/transfers/TLJ1N1/tap-confirm")
        assert (late.status, late.code) == (409, "transfer_settled")
        for path in ("/bills/pay/none", "/bills/confirm/none"):
            assert (await one.people.send("GET", path)).status == 404
        for path in ("/pay/orders/NONE-1/tap-pay", "/transfers/NONE-1/tap-confirm"):
            assert await one.tap(path) == 404


async def test_another_sites_page_may_not_tap(tmp_path: Path, provider_folder: Path):
    async with site(tmp_path, provider_folder) as one:
        await one.pay.ask(payment())
        path = "/pay/orders/LJP0001/tap-pay"
        for origin, status in (("http://elsewhere.example", 403), (one.people.url, 200)):
            tap = await one.people.send("POST", path, headers={"Origin": origin})
            assert tap.status == status


async def location_of(caller: Caller, path: str) -> tuple[int, str | None]:
    """Ask for a path without following where it leads."""
    response = await AsyncHTTPClient().fetch(
        f"{caller.url}{path}", follow_redirects=False, raise_error=False
    )
    return response.code, response.headers.get("Location")


async def test_scanning_leads_to_what_the_kiosk_shows(tmp_path: Path, provider_folder: Path):
    server = HTTPServer(Application([(r"/a/state", Kiosk), (r"/b/state", BrokenKiosk)]))
    sockets = bind_sockets(0, "127.0.0.1")
    server.add_sockets(sockets)
    base = f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
    kiosks = (f"{base}/a/", f"{base}/b", "http://127.0.0.1:1")
    keys = load(provider_folder / KEYS_FILE)
    async with sandbox(tmp_path, keys=keys, kiosks=kiosks) as caller:
        seen = (await caller.send("GET", "/kiosks")).body["kiosks"]
        assert [kiosk["online"] for kiosk in seen] == [True, False, False]
        assert seen[0]["name"] == "一号柜" and seen[0]["qr_url"] == SCANNED
        assert seen[0]["qr_image"].startswith("data:image/svg+xml")
        assert await location_of(caller, "/kiosks/0/scan") == (302, SCANNED)
        assert (await location_of(caller, "/kiosks/1/scan"))[0] == 502
        assert (await location_of(caller, "/kiosks/7/scan"))[0] == 404
    server.stop()
    await server.close_all_connections()


async def test_the_pages_are_served_and_hold_nothing_inline(tmp_path: Path, provider_folder: Path):
    async with sandbox(tmp_path, keys=load(provider_folder / KEYS_FILE)) as caller:
        for path in ("/", "/phone/13800000001", "/pay/pp1", "/confirm/tb1"):
            response = await AsyncHTTPClient().fetch(f"{caller.url}{path}")
            page = response.body.decode()
            assert page.startswith("<!doctype html>")
            assert "<style" not in page and "onclick" not in page
            assert "default-src 'self'" in response.headers["Content-Security-Policy"]
