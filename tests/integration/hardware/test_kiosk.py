"""The kiosk's server: page, socket, /state, who may ask, and what survives the link."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from realtime.wire.envelope import Failure
from realtime.wire.kiosk import code_is_of
from realtime.wire.terminal import KioskAction, KioskOrder, KioskStep, KioskView
from tests.integration.hardware.played_server import CONFIG, PlayedServer
from tests.integration.hardware.rig import Rig, http, kiosk_page, rig, running_agent
from tests.waiting import eventually

A, S = KioskAction, KioskStep
KEY = b"key-key-key-key"


def view(version: int, step: S, **more: Any) -> KioskView:
    fields = {"visit_id": "v1", "actions": ()} | more
    return KioskView(version=version, step=step, **fields)


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/", "text/html"), ("/kiosk.css", "text/css"), ("/kiosk.js", "text/javascript")],
)
async def test_the_page_is_served_with_a_strict_policy(
    tmp_path: Path, path: str, kind: str
) -> None:
    async with rig(tmp_path) as r:
        status, headers, body = await http(r.kiosk_url, path)
        assert status == 200
        assert headers["Content-Type"].startswith(kind)
        assert "script-src 'self'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert b"://" not in body.replace(b"ws://${location.host}", b"")


@pytest.mark.parametrize(
    "path", ["/nothing", "/../spool.sqlite", "/%2e%2e/agent.py", "/index.html"]
)
async def test_nothing_else_is_served(tmp_path: Path, path: str) -> None:
    async with rig(tmp_path) as r:
        assert (await http(r.kiosk_url, path))[0] == 404


async def test_only_loopback_names_and_the_page_s_own_origin_are_let_in(tmp_path: Path) -> None:
    async with rig(tmp_path, allow_origins=("http://127.0.0.1:9",)) as r:
        for path in ("/", "/state", "/socket"):
            status, _, _ = await http(r.kiosk_url, path, {"Host": "rebound.example"})
            assert status == 421
        ours, theirs = "http://127.0.0.1:9", "http://evil.example"
        _, headers, _ = await http(r.kiosk_url, "/state", {"Origin": ours})
        assert headers["Access-Control-Allow-Origin"] == ours
        for origin in (theirs, "null"):
            _, headers, _ = await http(r.kiosk_url, "/state", {"Origin": origin})
            assert "Access-Control-Allow-Origin" not in headers
        socket_url = r.kiosk_url.replace("http://", "ws://") + "socket"
        for origin in (theirs, ours):
            with pytest.raises(InvalidStatus, match="403"):
                async with connect(socket_url, origin=origin, proxy=None):  # type: ignore[arg-type]
                    pass


async def test_state_tells_the_qr_that_the_server_will_accept(tmp_path: Path) -> None:
    async with rig(tmp_path) as r:
        state = await r.until_state(link="up")
        prefix, _, path = state["qr_url"].rpartition("/")
        terminal, step, code = path.split(".")
        assert (prefix + "/", terminal) == (CONFIG.kiosk_url, "T-1")
        assert code_is_of(KEY, "T-1", int(step), code)
        assert abs(int(step) - datetime.now(UTC).timestamp() / 30) <= 1
        assert state["view"]["step"] == "welcome"
        assert [d["cell"] for d in state["doors"]] == list(range(1, 9))


async def test_the_qr_turns_with_each_step(tmp_path: Path) -> None:
    server = PlayedServer()
    fields = {name: getattr(CONFIG, name) for name in CONFIG.__struct_fields__}
    server.config = CONFIG.__class__(**{**fields, "kiosk_step_seconds": 1})
    async with rig(tmp_path, server=server) as r, kiosk_page(r.kiosk_url) as page:
        await eventually(lambda: len({s["qr"]["url"] for s in page.screens if s["qr"]}) >= 3)
        assert len({s["qr"]["image"] for s in page.screens if s["qr"]}) >= 3
        assert page.screen["qr"]["image"].startswith("data:image/svg+xml")


async def test_the_qr_keeps_turning_after_an_offline_restart(tmp_path: Path) -> None:
    async with rig(tmp_path) as r:
        await r.until_state(link="up")
    gone = PlayedServer()
    gone.port = 9  # discard: nobody listens there
    other = Rig(gone, r.cabinet)
    layout = '[[port]]\ndevice = "/dev/none"\n[[port.board]]\naddress = 1\nfirst_cell = 1\n'
    async with running_agent(other, tmp_path, layout, first_look_seconds=0.1):
        state = await other.until_state(link="down", name="一号柜")
        assert state["qr_url"].startswith(CONFIG.kiosk_url + "T-1.")


async def test_a_view_is_shown_and_a_press_reaches_the_server(tmp_path: Path) -> None:
    async with rig(tmp_path) as r, kiosk_page(r.kiosk_url) as page:
        orders = (KioskOrder(order_id="o1", label="…1234", size="S", cell=3),)
        shown = view(1, S.CHOOSE_ORDER, orders=orders, actions=(A.CHOOSE_ORDER, A.SCAN))
        await r.server.show(shown)
        screen = await page.shows("choose_order")
        assert screen["view"]["orders"][0]["label"] == "…1234"
        press = {"type": "input", "visit_id": "v1", "action": "choose_order", "value": "o1"}
        assert (await page.ask(press))["ok"]
        told = r.server.inputs[0]
        assert (told.visit_id, told.action, told.value) == ("v1", A.CHOOSE_ORDER, "o1")


async def test_a_press_for_another_visit_or_an_action_not_offered_is_stale(tmp_path: Path) -> None:
    async with rig(tmp_path) as r, kiosk_page(r.kiosk_url) as page:
        await r.server.show(view(1, S.PARCEL_INSIDE, actions=(A.CONFIRM_INSIDE,)))
        await page.shows("parcel_inside")
        for visit, action in (("v0", "confirm_inside"), ("v1", "open_again")):
            answer = await page.ask({"type": "input", "visit_id": visit, "action": action})
            assert (answer["ok"], answer["code"]) == (False, "stale")
        assert r.server.inputs == []


@pytest.mark.parametrize(
    "frame",
    [
        "not json",
        "{}",
        '{"type":"input"}',
        '{"type":"sing"}',
        '{"type":"want","role":"thief"}',
        '{"type":"want","role":"deposit","more":1}',
        '{"type":"input","visit_id":"v1","action":"scan","value":"' + "9" * 300 + '"}',
    ],
)
async def test_a_wrong_frame_of_the_page_is_told_and_the_socket_stays(
    tmp_path: Path, frame: str
) -> None:
    async with rig(tmp_path) as r, kiosk_page(r.kiosk_url) as page:
        assert (await page.ask(frame))["code"] == "bad_frame"
        assert (await page.ask({"type": "want", "role": "deposit"}))["ok"]


async def test_an_oversized_frame_of_the_page_is_not_read(tmp_path: Path) -> None:
    async with rig(tmp_path) as r:
        url = r.kiosk_url.replace("http://", "ws://") + "socket"
        async with connect(url, proxy=None) as socket:
            await socket.send("x" * 5000)
            with pytest.raises(ConnectionClosed):
                while True:
                    await socket.recv()
        await r.until_state(link="up")


async def test_a_refusal_of_the_server_is_shown_in_its_words(tmp_path: Path) -> None:
    server = PlayedServer()
    server.answers_inputs = lambda frame: Failure(
        id=frame.id, code="waybill_used", message="这张面单已被使用"
    )
    async with rig(tmp_path, server=server) as r, kiosk_page(r.kiosk_url) as page:
        await server.show(view(1, S.SCAN_CARRIER, actions=(A.SCAN,)))
        await page.shows("scan_carrier")
        scan = {"type": "input", "visit_id": "v1", "action": "scan", "value": "SF1234567890123"}
        answer = await page.ask(scan)
        assert (answer["ok"], answer["code"]) == (False, "waybill_used")
        assert answer["message"] == "这张面单已被使用"


async def test_a_press_while_offline_is_told_so_and_not_kept(tmp_path: Path) -> None:
    server = PlayedServer()
    async with rig(tmp_path, server=server) as r, kiosk_page(r.kiosk_url) as page:
        await server.show(view(1, S.PARCEL_INSIDE, actions=(A.CONFIRM_INSIDE,)))
        await page.shows("parcel_inside")
        assert server.socket is not None
        await server.socket.close(4501)
        await eventually(lambda: page.screen["link"] == "refused")
        press = {"type": "input", "visit_id": "v1", "action": "confirm_inside"}
        answer = await page.ask(press)
        assert answer["code"] == "offline"
        assert "离线" in answer["message"]
        assert server.inputs == []


async def test_older_views_are_passed_over_until_the_next_connection(tmp_path: Path) -> None:
    server = PlayedServer()
    async with rig(tmp_path, server=server) as r, kiosk_page(r.kiosk_url) as page:
        await server.show(view(5, S.DOOR_OPEN, cell=3))
        await page.shows("door_open")
        await server.show(view(4, S.DOOR_OPENING, cell=3))
        await server.show(view(6, S.PARCEL_INSIDE, cell=3))
        await page.shows("parcel_inside")
        assert "door_opening" not in [s["view"]["step"] for s in page.screens]
        assert server.socket is not None
        await server.socket.close(4000)
        await server.until_booted(2)
        await r.until_state(link="up")
        await server.show(view(1, S.DONE))
        await page.shows("done")


async def test_a_view_ends_at_its_time(tmp_path: Path) -> None:
    async with rig(tmp_path) as r, kiosk_page(r.kiosk_url) as page:
        pay = partial(view, pay_url="pay:1", amount_fen=1280)
        later = datetime.now(UTC) + timedelta(seconds=300)
        await r.server.show(pay(1, S.PAY, expires_at=later))
        screen = await page.shows("pay")
        assert screen["pay_image"].startswith("data:image/svg+xml")
        assert 0 < screen["expires_in_seconds"] <= 300.5
        soon = datetime.now(UTC) + timedelta(seconds=0.4)
        await r.server.show(pay(2, S.PAY, expires_at=soon))
        await page.shows("welcome")
        assert page.screen["pay_image"] is None


async def test_a_role_chosen_before_the_scan_is_sent_once_the_visit_asks(tmp_path: Path) -> None:
    async with rig(tmp_path) as r, kiosk_page(r.kiosk_url) as page:
        assert (await page.ask({"type": "want", "role": "pickup"}))["ok"]
        await eventually(lambda: page.screen["role_wanted"] == "pickup")
        await r.server.show(view(1, S.ON_PHONE))
        await r.server.show(view(2, S.CHOOSE_ROLE, actions=(A.CHOOSE_ROLE,)))
        await eventually(lambda: r.server.inputs)
        told = r.server.inputs[0]
        assert (told.action, told.value, told.visit_id) == (A.CHOOSE_ROLE, "pickup", "v1")
        await r.server.show(view(3, S.CHOOSE_ROLE, actions=(A.CHOOSE_ROLE,)))
        await eventually(lambda: page.screen["view"]["version"] == 3)
        wish = await page.ask({"type": "want", "role": "deposit"})
        assert wish["code"] == "visit_running"
        assert len(r.server.inputs) == 1


async def test_a_role_is_forgotten_when_the_visit_ends_or_it_is_taken_back(tmp_path: Path) -> None:
    async with rig(tmp_path) as r, kiosk_page(r.kiosk_url) as page:
        await page.ask({"type": "want", "role": "pickup"})
        await page.ask({"type": "want", "role": None})
        await eventually(lambda: page.screen["role_wanted"] is None)
        await page.ask({"type": "want", "role": "deposit"})
        await r.server.show(view(1, S.ON_PHONE))
        await page.shows("on_phone")
        await r.server.show(view(2, S.WELCOME, visit_id=None))
        await page.shows("welcome")
        assert page.screen["role_wanted"] is None


async def test_pages_come_and_go_and_are_bounded(tmp_path: Path) -> None:
    async with rig(tmp_path) as r:
        url = r.kiosk_url.replace("http://", "ws://") + "socket"
        sockets = [await connect(url, proxy=None) for _ in range(8)]
        with pytest.raises(InvalidStatus, match="503"):
            await connect(url, proxy=None)
        await asyncio.gather(*(socket.close() for socket in sockets))

        async def free() -> bool:
            try:
                async with connect(url, proxy=None) as socket:
                    return json.loads(await socket.recv())["type"] == "screen"
            except InvalidStatus:
                return False

        await eventually(free)
