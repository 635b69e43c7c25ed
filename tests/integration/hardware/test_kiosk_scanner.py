"""Scanners that type into the kiosk's page, in a real browser: told from people, never shown."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from realtime.wire.envelope import Failure
from realtime.wire.terminal import KioskAction, KioskStep, KioskView
from tests.e2e.chromium import Page, chromium
from tests.integration.hardware.grants import config, signed
from tests.integration.hardware.played_server import PlayedServer
from tests.integration.hardware.rig import Rig, rig
from tests.waiting import eventually

pytestmark = pytest.mark.slow

A, S = KioskAction, KioskStep
SIZES = [(1080, 1920), (1024, 768)]
GOING = Failure(code="going_away", message="服务器暂停 Server away")
WAYBILL = "SF1234567890123"
#: Presses keys with instants of the test's own; notes which ones the page kept for itself.
PRESS = """
window.press = (keys) => keys.map((k) => {
  const target = document.activeElement || document.body;
  const event = new KeyboardEvent("keydown", { bubbles: true, cancelable: true, ...k });
  Object.defineProperty(event, "timeStamp", { value: k.at });
  return target.dispatchEvent(event);
}).filter((wentOn) => !wentOn).length
"""


@asynccontextmanager
async def kiosk(
    browser_url: str, tmp_path: Path, size: tuple[int, int] = SIZES[1]
) -> AsyncIterator[tuple[Rig, Page]]:
    server = PlayedServer()
    server.config = config()
    async with rig(tmp_path, server=server) as r, chromium(browser_url) as browser:
        person = await browser.person()
        page = await person.page(r.kiosk_url, width=size[0], height=size[1])
        await page.sees("在线 Online")
        await page.js(PRESS)
        yield r, page
        assert page.errors == []


async def cut(r: Rig, page: Page) -> None:
    r.server.boot_answer = lambda _boot: (GOING, 4000)
    assert r.server.socket is not None
    await r.server.socket.close(4000)
    await page.sees("终端离线")


async def asks_for_a_waybill(r: Rig, page: Page) -> None:
    view = KioskView(version=1, step=S.SCAN_CARRIER, visit_id="v1", actions=(A.SCAN,))
    await r.server.show(view)
    await page.until("document.activeElement.id === 'scan'")


def keys(text: str, gap: float = 5.0, **more: Any) -> list[dict[str, Any]]:
    """Give the keydowns of a text and its Enter, so many ms apart."""
    pressed = [{"key": key} for key in text] + [{"key": "Enter", "code": "Enter"}]
    return [{"at": 1000 + n * gap, **key, **more} for n, key in enumerate(pressed)]


def hidden_keys(text: str) -> list[dict[str, Any]]:
    """Give the same as an input method leaves it: the keys' places, not their characters."""
    pressed = []
    for character in text:
        code = {":": "Semicolon"}.get(character) or (
            f"Digit{character}" if character.isdigit() else f"Key{character.upper()}"
        )
        is_shifted = character.isupper() or character == ":"
        pressed.append({"key": "Process", "code": code, "shiftKey": is_shifted})
    pressed.append({"key": "Process", "code": "Enter"})
    return [{"at": 1000 + 5 * n, **key} for n, key in enumerate(pressed)]


async def press(page: Page, pressed: list[dict[str, Any]]) -> int:
    return int(await page.js(f"window.press({json.dumps(pressed)})"))


async def key_by_key(page: Page, text: str) -> None:
    """Press real keys; a capital is pressed with Shift, as scanners do."""
    for key in [*text, "\r"]:
        name = "Enter" if key == "\r" else key
        down = {"type": "keyDown", "key": name, "text": key}
        if key == "\r":
            down |= {"code": "Enter", "windowsVirtualKeyCode": 13}
        await page.call("Input.dispatchKeyEvent", **down)
        await page.call("Input.dispatchKeyEvent", type="keyUp", key=name)


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_offline_a_typed_code_opens_the_door_and_every_screen_fits(
    browser_url: str, tmp_path: Path, size: tuple[int, int]
) -> None:
    async with kiosk(browser_url, tmp_path, size) as (r, page):
        await r.server.answer_to(await r.server.configure(config(open_within_seconds=3.0)))
        await cut(r, page)
        await page.sees("可出示离线码揽件或寄件")
        await page.sees("Show your offline code")
        await fits(page)
        await press(page, keys(signed("g1")))
        await page.sees("门已打开")
        await page.sees("请取出包裹，然后关好门")
        await fits(page)
        r.cabinet.doors.move(3, False)
        await page.sees("联网后自动上报")
        await fits(page)
        r.cabinet.doors.jammed.add(5)
        await press(page, keys(signed("g2", 5)))
        await page.sees("门没有打开")
        await fits(page)
        await press(page, keys(signed("g3", deadline=1)))
        await page.sees("离线码已过期")
        await page.until("document.getElementById('toast').hidden")
        await fits(page)
        assert (r.pulses(3), r.pulses(5)) == (1, 1)


async def fits(page: Page) -> None:
    assert await page.too_wide() == []
    overflow = "(m => m.scrollHeight - m.clientHeight)(document.getElementById('main'))"
    assert await page.js(overflow) <= 1


async def test_a_code_is_never_drawn_even_into_a_field(browser_url: str, tmp_path: Path) -> None:
    async with kiosk(browser_url, tmp_path) as (r, page):
        await asks_for_a_waybill(r, page)
        await page.js(
            "window.seen = []; document.getElementById('scan')"
            ".addEventListener('input', (e) => window.seen.push(e.target.value))"
        )
        await key_by_key(page, signed("g1"))
        await page.sees("请用手机开门")
        assert await page.js("Math.max(0, ...window.seen.map((v) => v.length))") <= 3
        assert await page.js("document.getElementById('scan').value") == ""
        assert "LJG" not in await page.js("document.documentElement.outerHTML")
        assert r.server.inputs == []


async def test_a_waybill_is_handed_over_whole_and_the_field_stays_clean(
    browser_url: str, tmp_path: Path
) -> None:
    async with kiosk(browser_url, tmp_path) as (r, page):
        await asks_for_a_waybill(r, page)
        assert await press(page, keys(WAYBILL)) == 1, "the Enter alone is kept from the page"
        await eventually(lambda: r.server.inputs)
        told = r.server.inputs[0]
        assert (told.visit_id, told.action, told.value) == ("v1", A.SCAN, WAYBILL)
        assert await page.js("document.getElementById('scan').value") == ""


async def test_a_scan_that_stalled_is_sent_whole_by_the_field(
    browser_url: str, tmp_path: Path
) -> None:
    async with kiosk(browser_url, tmp_path) as (r, page):
        await asks_for_a_waybill(r, page)
        await page.fill("#scan", WAYBILL[:8])  # what came before the stall
        await page.call("Input.insertText", text=WAYBILL[8:])
        assert await press(page, keys(WAYBILL[8:])) == 0, "the field keeps its Enter"
        await key_by_key(page, "")
        await eventually(lambda: r.server.inputs)
        assert r.server.inputs[0].value == WAYBILL


async def test_an_input_method_hides_nothing(browser_url: str, tmp_path: Path) -> None:
    async with kiosk(browser_url, tmp_path) as (r, page):
        await asks_for_a_waybill(r, page)
        first, *others = hidden_keys(WAYBILL)
        await press(page, [first])
        await page.call(
            "Input.imeSetComposition", text="shunfeng", selectionStart=8, selectionEnd=8
        )
        assert await page.js("document.getElementById('scan').value") == "shunfeng"
        await press(page, others)
        await eventually(lambda: r.server.inputs)
        assert r.server.inputs[0].value == WAYBILL
        assert await page.js("document.getElementById('scan').value") == ""
        full_width = "".join(chr(ord(c) + 0xFEE0) for c in WAYBILL)
        await press(page, keys(full_width))
        await eventually(lambda: len(r.server.inputs) == 2)
        assert r.server.inputs[1].value == WAYBILL
        await r.server.show(KioskView(version=2, step=S.WELCOME))
        await page.sees("Scan with WeChat")
        await cut(r, page)
        await press(page, hidden_keys(signed("g1")))
        await page.sees("门已打开")


async def test_a_person_s_typing_is_no_scan(browser_url: str, tmp_path: Path) -> None:
    async with kiosk(browser_url, tmp_path) as (_r, page):
        typed: list[tuple[float, dict[str, Any]]] = [
            (60.0, {}),
            (150.0, {}),
            (5.0, {"repeat": True}),
            (5.0, {"ctrlKey": True}),
        ]
        for gap, more in typed:
            assert await press(page, keys(WAYBILL, gap, **more)) == 0
        assert await press(page, keys("SF123", 5.0)) == 0, "too short"
        assert await press(page, [{"key": "Enter", "code": "Enter", "at": 9000}]) == 0
        await press(page, keys(WAYBILL))
        await page.sees("请先用微信扫屏幕上的码")
        notice = "{...screenNow, notice: {number: 1, message: '看这里 Look here'}}"
        await page.js(f"show({notice})")
        await page.sees("看这里 Look here")
        await page.js("document.getElementById('toast').hidden = true")
        await page.js(f"show({notice})")
        assert await page.js("document.getElementById('toast').hidden"), "said once"


async def test_odd_scanners_are_understood(browser_url: str, tmp_path: Path) -> None:
    async with kiosk(browser_url, tmp_path) as (r, page):
        await cut(r, page)
        line_feed = keys(signed("g3", 3))
        line_feed[-1] |= {"key": "j", "code": "KeyJ", "ctrlKey": True}
        scans = {
            1: keys(signed("g1", 1).lower(), shiftKey=True, modifierCapsLock=True),
            2: keys(signed("g2", 2), 300.0),
            3: line_feed,
            4: keys("]Q1" + signed("g4", 4)),
        }
        for cell, pressed in scans.items():
            await press(page, pressed)
            await page.until(f"document.querySelector('.cell')?.textContent === '{cell}号格口'")
            await page.sees("门已打开")
            r.cabinet.doors.move(cell, False)
            await page.sees("联网后自动上报")
        await press(page, keys("LJG1:" + "A" * 5000))
        await page.sees("看不懂这个离线码")


async def test_the_closing_enter_presses_no_button(browser_url: str, tmp_path: Path) -> None:
    async with kiosk(browser_url, tmp_path) as (r, page):
        await page.js("[...document.querySelectorAll('main button')][0].focus()")
        await press(page, keys(WAYBILL))
        await page.sees("请先用微信扫屏幕上的码")
        assert (await r.state())["role_wanted"] is None
        assert await page.js("document.activeElement.tagName") == "BUTTON"
        await key_by_key(page, "SF1")
        await r.until_state(role_wanted="deposit")
