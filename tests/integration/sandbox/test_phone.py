"""The phone page's feed, whose phone it is, and scanning kiosks."""

import json
from pathlib import Path

import pytest
from tornado.httpclient import AsyncHTTPClient
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.simple_httpclient import HTTPStreamClosedError
from tornado.web import Application, RequestHandler

from tests.integration.sandbox.caller import Caller, payment, sandbox, transfer
from tests.waiting import eventually

SMS = {"phone": "13800000001", "text": "验证码 123456", "template": "code"}
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


async def test_a_feed_brings_what_arrives(tmp_path: Path):
    states: list[dict] = []

    def hear(chunk: bytes) -> None:
        states.extend(
            json.loads(line.removeprefix("data: "))
            for line in chunk.decode().splitlines()
            if line.startswith("data: ")
        )

    async with sandbox(tmp_path) as caller:
        client = AsyncHTTPClient(force_instance=True)
        feed = client.fetch(
            f"{caller.url}/phone/13800000001/events", streaming_callback=hear, request_timeout=30
        )
        await eventually(lambda: states)
        assert states[0]["messages"] == []
        await caller.signed("POST", "/sms", SMS)
        await eventually(lambda: states[-1]["messages"])
        await caller.signed("POST", "/pay/orders", payment())
        await eventually(lambda: states[-1]["payments"])
        await caller.send("POST", "/pay/orders/LJ-PAY-1/tap-pay")
        await eventually(lambda: states[-1]["payments"][0]["state"] == "SUCCESS")
    with pytest.raises(HTTPStreamClosedError):  # it ends with the sandbox, not before
        await feed
    client.close()


async def test_a_phone_shows_its_persons_transfers(tmp_path: Path):
    async with sandbox(tmp_path) as caller:
        await caller.signed("POST", "/transfers", transfer())
        everyone = (await caller.send("GET", "/phone/13800000001/state")).body
        assert len(everyone["transfers"]) == 1 and len(everyone["people"]) == 1
        await caller.send("POST", "/phone/13800000001/person", {"person": "person-2"})
        own = (await caller.send("GET", "/phone/13800000001/state")).body
        assert own["transfers"] == []


async def test_another_sites_page_may_not_tap(tmp_path: Path):
    async with sandbox(tmp_path) as caller:
        await caller.signed("POST", "/pay/orders", payment())
        headers = {"Origin": "http://elsewhere.example"}
        tap = await caller.send("POST", "/pay/orders/LJ-PAY-1/tap-pay", headers=headers)
        assert (tap.status, tap.code) == (403, "foreign_origin")
        headers = {"Origin": caller.url}
        tap = await caller.send("POST", "/pay/orders/LJ-PAY-1/tap-pay", headers=headers)
        assert tap.status == 200


async def location_of(caller: Caller, path: str) -> tuple[int, str | None]:
    """Ask for a path without following where it leads."""
    response = await AsyncHTTPClient().fetch(
        f"{caller.url}{path}", follow_redirects=False, raise_error=False
    )
    return response.code, response.headers.get("Location")


async def test_scanning_leads_to_what_the_kiosk_shows(tmp_path: Path):
    server = HTTPServer(Application([(r"/a/state", Kiosk), (r"/b/state", BrokenKiosk)]))
    sockets = bind_sockets(0, "127.0.0.1")
    server.add_sockets(sockets)
    base = f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
    kiosks = (f"{base}/a/", f"{base}/b", "http://127.0.0.1:1")
    async with sandbox(tmp_path, kiosks=kiosks) as caller:
        seen = (await caller.send("GET", "/kiosks")).body["kiosks"]
        assert [kiosk["online"] for kiosk in seen] == [True, False, False]
        assert seen[0]["name"] == "一号柜" and seen[0]["qr_url"] == SCANNED
        assert seen[0]["qr_image"].startswith("data:image/svg+xml")
        assert await location_of(caller, "/kiosks/0/scan") == (302, SCANNED)
        assert (await location_of(caller, "/kiosks/1/scan"))[0] == 502
        assert (await location_of(caller, "/kiosks/7/scan"))[0] == 404
    server.stop()
    await server.close_all_connections()


async def test_the_pages_are_served_and_hold_nothing_inline(tmp_path: Path):
    async with sandbox(tmp_path) as caller:
        for path in ("/", "/phone/13800000001", "/pay/pp1", "/confirm/tb1"):
            response = await AsyncHTTPClient().fetch(f"{caller.url}{path}")
            page = response.body.decode()
            assert page.startswith("<!doctype html>")
            assert "<style" not in page and "onclick" not in page
            assert "default-src 'self'" in response.headers["Content-Security-Policy"]
