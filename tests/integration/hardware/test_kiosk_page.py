"""The kiosk page in a real browser: every step drawn, pressed, scanned, and cut off."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from realtime.wire.envelope import Failure
from realtime.wire.terminal import KioskAction, KioskOrder, KioskStep, KioskView
from tests.e2e.chromium import Page, chromium
from tests.e2e.pages import SHOTS
from tests.integration.hardware.played_server import PlayedServer
from tests.integration.hardware.rig import Rig, rig
from tests.waiting import eventually

pytestmark = pytest.mark.slow

A, S = KioskAction, KioskStep
SIZES = [(1080, 1920), (1280, 800), (1024, 768)]
GOING = Failure(code="going_away", message="马上回来 / Back soon")
COLUMNS = """
[[column]]
cells = [1, 2, 3, 4]
heights = [1, 1, 1, 2]
[[column]]
cells = [5, 6, 0, 7, 8]
"""
ORDERS = tuple(
    KioskOrder(order_id=f"o{n}", label=f"尾号 {1230 + n}", size="SML"[n % 3], cell=n + 1)
    for n in range(4)
)
SCREENS: dict[S, tuple[dict[str, Any], list[str]]] = {
    S.WELCOME: ({"visit_id": None}, ["微信扫码", "Scan with WeChat", "寄件", "揽件"]),
    S.ON_PHONE: (
        {"message": "请在手机上登录 / Please log in on your phone"},
        ["请在手机上登录", "Please log in on your phone", "退出"],
    ),
    S.CHOOSE_ROLE: ({"actions": (A.CHOOSE_ROLE, A.LEAVE)}, ["您要寄件还是揽件", "Collect"]),
    S.CHOOSE_ORDER: (
        {"orders": ORDERS, "actions": (A.CHOOSE_ORDER, A.SCAN, A.LEAVE)},
        ["请选择订单", "尾号 1230", "4 号", "请对准扫码枪"],
    ),
    S.SCAN_CARRIER: ({"cell": 7, "actions": (A.SCAN, A.LEAVE)}, ["请扫描快递面单", "7", "号格口"]),
    S.DOOR_OPENING: ({"cell": 12}, ["正在开门", "12"]),
    S.DOOR_OPEN: (
        {"cell": 12, "message": "请放入包裹并关好门 / Put the parcel in and close the door"},
        ["门已打开", "请放入包裹并关好门", "Put the parcel in"],
    ),
    S.PARCEL_INSIDE: (
        {"cell": 12, "actions": (A.CONFIRM_INSIDE, A.OPEN_AGAIN, A.ANOTHER_CELL, A.LEAVE)},
        ["包裹放好了吗", "放好了", "再次开门", "换一个格口"],
    ),
    S.PARCEL_TAKEN: ({"cell": 12, "actions": (A.CONFIRM_TAKEN,)}, ["取出了", "Yes, I have it"]),
    S.DOOR_JAMMED: (
        {"cell": 12, "actions": (A.ANOTHER_CELL, A.LEAVE)},
        ["门没有打开", "换一个格口"],
    ),
    S.PAY: ({"pay_url": "https://pay.example/1", "amount_fen": 1205}, ["请扫码付款", "¥12.05"]),
    S.DONE: ({"actions": (A.LEAVE,)}, ["完成，谢谢", "Done"]),
    S.FAILED: ({"message": "订单已取消，请联系客服", "actions": (A.LEAVE,)}, ["订单已取消"]),
}


def view(version: int, step: S, **more: Any) -> KioskView:
    ends = datetime.now(UTC) + timedelta(minutes=5)
    fields = {"visit_id": "v1", "actions": (A.LEAVE,), "expires_at": ends} | more
    return KioskView(version=version, step=step, **fields)


@asynccontextmanager
async def kiosk(
    browser_url: str,
    tmp_path: Path,
    server: PlayedServer | None = None,
    size: tuple[int, int] = SIZES[0],
    columns: str = "",
) -> AsyncIterator[tuple[Rig, Page]]:
    async with (
        rig(tmp_path, server=server, extra_toml=columns) as r,
        chromium(browser_url) as browser,
    ):
        person = await browser.person()
        page = await person.page(r.kiosk_url, width=size[0], height=size[1])
        await page.sees("在线 Online")
        yield r, page


def test_every_step_has_its_screen() -> None:
    assert set(SCREENS) == set(S)


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_every_step_is_drawn_and_fits(
    browser_url: str, tmp_path: Path, size: tuple[int, int]
) -> None:
    async with kiosk(browser_url, tmp_path, size=size, columns=COLUMNS) as (r, page):
        for version, (step, (more, texts)) in enumerate(SCREENS.items(), 1):
            if more.get("cell"):
                more = more | {"cell": 7, "role": "pickup"}
                texts = [text.replace("12", "7") for text in texts]
            await r.server.show(view(version, step, **more))
            await page.until(f"document.getElementById('main').className === '{step}'")
            for text in texts:
                await page.sees(text)
            assert await page.too_wide() == [], step
            overflow = "(m => m.scrollHeight - m.clientHeight)(document.getElementById('main'))"
            assert await page.js(overflow) <= 1, (step, size)
            assert "/ " not in await page.js("document.querySelector('h2').textContent")
            drawn = await page.js("document.querySelectorAll('.cabinet .wanted').length")
            assert drawn == (1 if more.get("cell") else len(more.get("orders", ()))), step
            if SHOTS:
                await page.screenshot(Path(SHOTS) / f"kiosk-{size[0]}-{step}.png")
        assert page.errors == []


async def test_the_door_is_drawn_where_the_configuration_says(
    browser_url: str, tmp_path: Path
) -> None:
    async with kiosk(browser_url, tmp_path, columns=COLUMNS) as (r, page):
        await r.server.show(view(1, S.DOOR_OPEN, cell=7))
        await page.sees("左起第 2 列，从上往下第 3 个")  # below the place that has no door
        boxes = await page.js(
            "Object.fromEntries([...document.querySelectorAll('.cabinet g')].map((door) =>"
            " [door.textContent, door.firstChild.getBoundingClientRect().toJSON()]))"
        )
        assert len(boxes) == 8
        assert boxes["7"]["left"] > boxes["3"]["right"]
        assert boxes["7"]["top"] > boxes["6"]["bottom"] + boxes["6"]["height"] * 0.9
        assert boxes["4"]["height"] > boxes["3"]["height"] * 1.8
        wanted = await page.js("document.querySelector('.cabinet .wanted').textContent")
        assert wanted == "7"


async def test_a_guessed_layout_is_not_drawn(browser_url: str, tmp_path: Path) -> None:
    async with kiosk(browser_url, tmp_path) as (r, page):
        await r.server.show(view(1, S.DOOR_OPEN, cell=7))
        await page.sees("门已打开")
        await page.until("cabinet !== null && !cabinet.is_drawn")
        assert await page.js("document.querySelector('.cabinet')") is None


async def test_a_couriers_won_orders_are_listed_masked(browser_url: str, tmp_path: Path) -> None:
    async with kiosk(browser_url, tmp_path, columns=COLUMNS) as (r, page):
        until = datetime(2026, 5, 1, 4, 30, tzinfo=UTC)
        orders = (
            KioskOrder(order_id="o1", label="尾号 7K2A", size="M", cell=2, until=until),
            KioskOrder(order_id="o2", label="尾号 9Q4B", size="S", cell=6, until=until),
        )
        actions = (A.CHOOSE_ORDER, A.SCAN, A.LEAVE)
        shown = view(1, S.CHOOSE_ORDER, role="pickup", orders=orders, actions=actions)
        await r.server.show(shown)
        await page.sees("尾号 7K2A")
        await page.sees("12:30 前取")
        await page.sees("中件 · 2 号")
        marked = (
            "[...document.querySelectorAll('.cabinet .wanted')].map((door) => door.textContent)"
        )
        assert await page.js(marked) == ["2", "6"]
        await page.js("document.getElementById('language').click()")
        await page.sees("No. …7K2A")
        await page.click("7K2A")
        await eventually(lambda: r.server.inputs)
        assert (r.server.inputs[0].action, r.server.inputs[0].value) == (A.CHOOSE_ORDER, "o1")
        assert page.errors == []


async def test_the_language_goes_with_its_person(browser_url: str, tmp_path: Path) -> None:
    large = "document.querySelector('h2').textContent"
    async with kiosk(browser_url, tmp_path) as (r, page):
        await page.js("document.getElementById('language').click()")
        await page.until(f"{large} === 'Scan with WeChat to send or collect'")
        await r.server.show(view(1, S.DOOR_OPENING, message="正在开门 / The door is opening"))
        await page.until(f"{large} === 'The door is opening'")
        assert await page.js("document.documentElement.lang") == "en"
        await r.server.show(view(2, S.WELCOME, visit_id=None))
        await page.until(f"{large} === '微信扫码，寄件或揽件'")


def silent_for(seconds: float) -> str:
    return f"idle.since = idle.now() - {seconds}; tick()"


async def test_who_went_away_leaves_no_screen_that_opens_doors(
    browser_url: str, tmp_path: Path
) -> None:
    async with kiosk(browser_url, tmp_path) as (r, page):
        actions = (A.CHOOSE_ORDER, A.LEAVE)
        await r.server.show(view(1, S.CHOOSE_ORDER, orders=ORDERS, actions=actions))
        await page.sees("尾号 1230")
        await page.js(silent_for(61))
        await page.sees("您还在吗")
        await page.click("我还在")
        await page.until("document.getElementById('still-here').hidden")
        assert r.server.inputs == []
        await page.js(silent_for(76))
        await eventually(lambda: r.server.inputs)
        assert r.server.inputs[0].action is A.LEAVE


async def test_what_opens_nothing_makes_room_and_comes_back(
    browser_url: str, tmp_path: Path
) -> None:
    async with kiosk(browser_url, tmp_path) as (r, page):
        await r.server.show(view(1, S.ON_PHONE, message="请在手机上登录 / Please log in"))
        await page.sees("请在手机上登录")
        await page.js(silent_for(50))
        await page.sees("秒后返回首页")
        await page.js(silent_for(61))
        await page.until("document.getElementById('main').className === 'welcome'")
        await page.until("document.getElementById('qr') !== null")
        assert r.server.inputs == []  # the visit goes on at the phone
        await r.server.show(view(2, S.DOOR_OPENING, cell=3))
        await page.sees("正在开门")
        await page.js(silent_for(3600))  # a door is never left by silence
        assert await page.js("document.getElementById('main').className") == "door_opening"
        assert page.errors == []


LEFT_BY_SILENCE = {S.CHOOSE_ROLE, S.CHOOSE_ORDER, S.SCAN_CARRIER, S.DOOR_JAMMED}
RESTED_FROM = {S.ON_PHONE, S.PAY, S.DONE, S.FAILED}


async def test_silence_ends_every_step_but_those_of_a_door(
    browser_url: str, tmp_path: Path
) -> None:
    shown = "document.getElementById('main').className"
    left: list[A] = []
    async with kiosk(browser_url, tmp_path) as (r, page):
        for version, (step, (more, _)) in enumerate(SCREENS.items(), 1):
            await r.server.show(view(version, step, **more))
            await page.until(f"{shown} === '{step}'")
            await page.js(silent_for(3600))
            if step in LEFT_BY_SILENCE:
                left.append(A.LEAVE)
                await eventually(lambda: len(r.server.inputs) >= len(left))
            else:
                assert await page.js(shown) == ("welcome" if step in RESTED_FROM else step)
            assert [one.action for one in r.server.inputs] == left, step
        # Inputs come in order: with this one, all that the steps before it sent are there.
        await r.server.show(view(version + 1, S.CHOOSE_ROLE))
        await page.until(f"{shown} === '{S.CHOOSE_ROLE}'")
        await page.js(silent_for(3600))
        await eventually(lambda: len(r.server.inputs) > len(left))
        assert [one.action for one in r.server.inputs] == [*left, A.LEAVE]
        assert page.errors == []


async def test_silence_and_languages_do_not_need_the_link(browser_url: str, tmp_path: Path) -> None:
    async with kiosk(browser_url, tmp_path) as (r, page):
        actions = (A.CHOOSE_ORDER, A.LEAVE)
        await r.server.show(view(1, S.CHOOSE_ORDER, orders=ORDERS, actions=actions))
        await page.sees("尾号 1230")
        assert r.server.socket is not None
        r.server.boot_answer = lambda _boot: (GOING, 4000)  # for good
        await r.server.socket.close(4000)
        await page.sees("暂时不能开门")
        await page.js("document.getElementById('language').click()")
        await page.until("document.querySelector('h2').textContent === 'Please choose an order'")
        await page.js(silent_for(76))  # nobody can be told, yet the next one finds the start
        await page.until("document.getElementById('main').className === 'welcome'")
        assert r.server.inputs == []


async def test_buttons_reach_the_server(browser_url: str, tmp_path: Path) -> None:
    async with kiosk(browser_url, tmp_path) as (r, page):
        presses = [
            (S.CHOOSE_ROLE, (A.CHOOSE_ROLE,), "揽件", (A.CHOOSE_ROLE, "pickup")),
            (S.CHOOSE_ORDER, (A.CHOOSE_ORDER,), "尾号 1231", (A.CHOOSE_ORDER, "o1")),
            (S.CHOOSE_ORDER, (A.OPEN_AGAIN,), "开门", (A.OPEN_AGAIN, None)),
            (S.PARCEL_INSIDE, (A.CONFIRM_INSIDE,), "放好了", (A.CONFIRM_INSIDE, None)),
            (S.PARCEL_INSIDE, (A.OPEN_AGAIN,), "再次开门", (A.OPEN_AGAIN, None)),
            (S.DOOR_JAMMED, (A.ANOTHER_CELL,), "换一个格口", (A.ANOTHER_CELL, None)),
            (S.PARCEL_TAKEN, (A.CONFIRM_TAKEN,), "取出了", (A.CONFIRM_TAKEN, None)),
            (S.DONE, (A.LEAVE,), "退出", (A.LEAVE, None)),
        ]
        for number, (step, actions, label, wanted) in enumerate(presses, 1):
            await r.server.show(view(number, step, actions=actions, orders=ORDERS))
            await page.until(f"screenNow && screenNow.view.version === {number}")
            await page.click(label)
            await eventually(lambda number=number: len(r.server.inputs) == number)
            told = r.server.inputs[-1]
            assert (told.action, told.value) == wanted
        assert page.errors == []


async def test_a_scanner_needs_no_focus_and_ends_with_enter(
    browser_url: str, tmp_path: Path
) -> None:
    async with kiosk(browser_url, tmp_path) as (r, page):
        await r.server.show(view(1, S.SCAN_CARRIER, actions=(A.SCAN,)))
        await page.until("document.activeElement.id === 'scan'")
        await page.js("document.activeElement.blur()")
        for key in "SF1234567890123":
            await page.call("Input.dispatchKeyEvent", type="keyDown", text=key, key=key)
            await page.call("Input.dispatchKeyEvent", type="keyUp", key=key)
        await page.call(
            "Input.dispatchKeyEvent", type="keyDown", key="Enter", text="\r",
            windowsVirtualKeyCode=13,
        )  # fmt: skip
        await eventually(lambda: r.server.inputs)
        assert (r.server.inputs[0].action, r.server.inputs[0].value) == (A.SCAN, "SF1234567890123")


async def test_what_was_typed_survives_a_turn_of_the_qr_and_a_tick(
    browser_url: str, tmp_path: Path
) -> None:
    async with kiosk(browser_url, tmp_path) as (r, page):
        await r.server.show(view(1, S.SCAN_CARRIER, actions=(A.SCAN,)))
        await page.fill("#scan", "SF123")
        await page.js("show({...screenNow, qr: {...screenNow.qr, image: 'data:,'}})")
        assert await page.js("document.getElementById('scan').value") == "SF123"


async def test_a_refusal_is_shown_in_its_words(browser_url: str, tmp_path: Path) -> None:
    server = PlayedServer()
    server.answers_inputs = lambda frame: Failure(
        id=frame.id, code="waybill_used", message="这张面单已被使用"
    )
    async with kiosk(browser_url, tmp_path, server) as (r, page):
        await r.server.show(view(1, S.SCAN_CARRIER, actions=(A.SCAN,)))
        await page.fill("#scan", "SF1")
        await page.click("确定")
        await page.sees("这张面单已被使用")


async def test_a_refusal_says_what_the_person_at_the_screen_can_mend(
    browser_url: str, tmp_path: Path
) -> None:
    server = PlayedServer()
    server.answers_inputs = lambda frame: Failure(
        id=frame.id, code="invalid_input", message="填写有误 / Not right", rule="not_a_link"
    )
    async with kiosk(browser_url, tmp_path, server) as (r, page):
        await r.server.show(view(1, S.SCAN_CARRIER, actions=(A.SCAN,)))
        await page.fill("#scan", "https://example.invalid/w/1")
        await page.click("确定")
        await page.sees("请扫面单上的条形码")
        assert not await page.js(
            "document.getElementById('toast').textContent.includes('填写有误')"
        )


async def test_the_role_is_marked_on_the_welcome_and_taken_back(
    browser_url: str, tmp_path: Path
) -> None:
    async with kiosk(browser_url, tmp_path) as (r, page):
        await page.click("揽件")
        await page.sees("已选揽件，请扫码")
        await r.until_state(role_wanted="pickup")
        await page.click("揽件")
        await r.until_state(role_wanted=None)


async def test_offline_is_said_and_nothing_can_be_pressed(browser_url: str, tmp_path: Path) -> None:
    async with kiosk(browser_url, tmp_path) as (r, page):
        await r.server.show(view(1, S.PARCEL_INSIDE, actions=(A.CONFIRM_INSIDE,)))
        await page.sees("放好了")
        assert r.server.socket is not None
        await r.server.socket.close(4003)
        await page.sees("暂时不能开门")
        await page.until("[...document.querySelectorAll('main button')].every(b => b.disabled)")
        assert page.errors == []


async def test_text_from_outside_is_never_markup(browser_url: str, tmp_path: Path) -> None:
    async with kiosk(browser_url, tmp_path) as (r, page):
        evil = "<img src=x onerror=alert(1)>"
        order = KioskOrder(order_id="o", label=evil, size=evil)
        await r.server.show(view(1, S.CHOOSE_ORDER, message=evil, orders=(order,)))
        await page.sees(evil)
        assert await page.js("document.querySelectorAll('main img').length") == 0
        assert page.errors == []
