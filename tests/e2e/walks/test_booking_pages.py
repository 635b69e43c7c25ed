"""A car owner with a phone: finds an outlet, holds a slot, fills the form, moves it, cancels."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorClient

from server.local.site import Site
from server.proof import example_outlets, town
from server.proof.booking_acts import READ_SECONDS, take_photos
from server.proof.example_outlets import OutletPlan, hours
from server.proof.people import Visitor
from tests.e2e.chromium import Page, chromium
from tests.e2e.pages import SHOTS, Hand, hand, unexpected
from tests.e2e.walks.city import City

pytestmark = [pytest.mark.slow, pytest.mark.timeout(570)]

OWNER = "13900003100"
OTHER = "13900003101"
WAITING = "13900003102"
THIRD = "13900003103"
NEW_PHONE = "13900003104"

PLAN = OutletPlan(
    name="示例·页面拆卸点",
    region=town.REGION,
    address="示例路 10 号（虚构）",
    place=town.CENTRE,
    phone="0755-00000010",
    services=("动力电池拆卸",),
    week=[hours((0, 24))] * 7,
    capacity=2,
)

HEADING = "document.querySelector('#booked header strong').textContent"

DRAFT = "Object.keys(sessionStorage).filter(key => key.startsWith('lanjian.draft')).length"

PHOTOS_SHOWN = (
    "[...document.querySelectorAll('.paper img')].filter(one => one.naturalWidth).length === 2"
)


async def look(page: Page, name: str) -> None:
    """See that nothing sticks out, on a desk and on phones, and take pictures if wanted."""
    for width in (1280, 320, 360):
        await page.resize(width, 740)
        assert await page.too_wide() == []
        if SHOTS:
            await page.screenshot(Path(SHOTS) / f"book-{name}-{width}.png", whole=True)


async def an_outlet(site: Site) -> str:
    """Open an outlet, of an enterprise with a page; answers its id."""
    staff = await town.staff_member(site)
    page = example_outlets.page(example_outlets.drawn_workshop("#0b5cad"))
    enterprise = await example_outlets.make_enterprise(staff, "示例页面企业", page)
    outlet = await example_outlets.make_outlet(staff, enterprise, PLAN)
    staff.close()
    return outlet


async def choose_outlet(owner: Hand) -> None:
    """Go from an enterprise's page to its outlet's slots, logging in on the way."""
    page = owner.page
    await page.click("示例页面企业")
    await page.sees("关于我们")
    await look(page, "enterprise")
    await page.click("预约 Book")
    await page.until("location.pathname.startsWith('/book/slots/')")
    await page.sees("登录后预约")
    await owner.logs_in()
    await page.sees("选择时间")


async def hold(owner: Hand, other: Visitor) -> tuple[str, str]:
    """See a place go while the page is open, then hold the one that is left.

    Answers the slot, and the other person's booking of it.
    """
    page = owner.page
    # Not today, whose cut-off may have passed.
    await page.until("document.querySelectorAll('[data-day]').length > 2")
    day = await page.js("document.querySelectorAll('[data-day]')[2].dataset.day")
    await page.click(f"[data-day='{day}']")
    slot = await page.until(
        f"document.querySelector('[data-day=\"{day}\"][aria-pressed=true]') &&"
        " document.querySelector('[data-slot]').dataset.slot"
    )
    await page.sees("余 2")
    await look(page, "slots")
    others = await other.ask(
        "POST", "/v1/bookings", {"slot_id": slot, "request_id": "other-person"}
    )
    of_slot = f"document.querySelector('[data-slot=\"{slot}\"]')"
    await page.until(f"{of_slot}.textContent.includes('余 1')")
    await page.click(f"[data-slot='{slot}'] button")
    await page.sees("为您保留")
    await page.until("/\\d:\\d\\d/.test(document.querySelector('[role=timer]').textContent)")
    return slot, others["booking_id"]


async def hand_in(owner: Hand, card: Path, licence: Path) -> None:
    """Agree, send both photos, correct what was read."""
    page = owner.page
    await page.sees("先勾选同意")
    await page.click("[name=consent]")
    await page.until("!document.querySelector('[data-field=id_photo]').disabled")
    await page.give_file("[data-field=id_photo]", card)
    await page.give_file("[data-field=licence_photo]", licence)
    await page.until("document.querySelectorAll('[data-read]').length === 16", READ_SECONDS)
    await page.until(PHOTOS_SHOWN)
    address = "document.querySelector('.paper [data-read=address]')"
    await page.js(
        f"(() => {{ {address}.value = '示例市示例路 9 号';"
        f" {address}.dispatchEvent(new Event('change', {{bubbles: true}})); }})()"
    )
    await page.until(f"{address}.closest('label').classList.contains('changed')")


async def keep_vehicle(owner: Hand, plate: str) -> None:
    """Add a vehicle, as the personal centre does."""
    added = await owner.page.js(
        "fetch('/v1/me/vehicles', {method: 'POST', headers: {'Content-Type': 'application/json',"
        " Authorization: 'Bearer ' + Object.values(JSON.parse(localStorage['lanjian.sessions']))[0]"
        f".access_token}}, body: JSON.stringify({{plate: '{plate}', model: '示例车型'}})}})"
        ".then((answer) => answer.json())"
    )
    assert "vehicle_id" in added


async def fill(owner: Hand, name: str) -> None:
    """Fill the form; a wrong phone is said beside it, and a reload loses nothing."""
    page = owner.page
    await page.until(f"document.querySelector('[name=name]').value === '{name}'")  # as read
    plate = "document.querySelector('[name=plate]').offsetParent"
    await page.until(f"{plate} === null")  # of the vehicle that is chosen
    await page.choose("[name=vehicle_id]", "")
    await page.until(f"{plate} !== null")
    mine = await page.js("document.querySelector('[name=vehicle_id] option').value")
    await page.choose("[name=vehicle_id]", mine)
    await page.fill("[name=phone]", "1380000")
    await page.click("提交预约")
    await page.sees("请填写 11 位手机号")
    await look(page, "error")
    await page.reload()
    await page.until(f"document.querySelector('[name=name]')?.value === '{name}'")
    address = "[...document.querySelectorAll('[data-read=address]')].map(one => one.value)"
    await page.until(f"{address}.includes('示例市示例路 9 号')")
    await page.until(PHOTOS_SHOWN)
    await page.fill("[name=phone]", OWNER)
    await look(page, "form")


async def arrival_code(page: Page) -> None:
    """Show the code for the outlet, and close it."""
    await page.click("到店码")
    await page.until("document.querySelector('img.qr')?.naturalWidth > 0")
    await look(page, "code")
    await page.click(".arrival .van-popup__close-icon")
    await page.until("document.querySelector('.van-overlay')?.offsetParent == null")


async def reject(staff: Visitor, booking: str) -> None:
    """Turn the papers back, as staff do."""
    path = f"/v1/staff/papers/{booking}"
    version = (await staff.ask("GET", path))["booking"]["version"]
    told = {"accept": False, "version": version, "reason": "所有人看不清"}
    await staff.ask("POST", f"{path}/decide", told)


async def mend(owner: Hand, staff: Visitor) -> None:
    """Correct papers that staff turned back: the page opens them by itself, and says why."""
    page = owner.page
    await reject(staff, await page.js("location.pathname.split('/').at(-1)"))
    await page.sees("证件需要更正")
    await page.sees("所有人看不清")
    await page.until(PHOTOS_SHOWN)
    await look(page, "rejected")
    owned = "document.querySelector('[data-read=owner]')"
    await page.js(
        f"(() => {{ {owned}.value = '示例公司';"
        f" {owned}.dispatchEvent(new Event('change', {{bubbles: true}})); }})()"
    )
    await page.until(f"{owned}?.closest('label').classList.contains('changed')")
    await page.sees("工作人员会在到店前核对证件")


async def change(owner: Hand) -> None:
    """Move the booking, then cancel it."""
    page = owner.page
    held = await page.js(HEADING)
    await page.click("改期")
    await page.until("document.querySelectorAll('[name=day] option').length > 9")
    last = await page.js("[...document.querySelectorAll('[name=day] option')].at(-1).value")
    await page.choose("[name=day]", last)
    await page.until("document.querySelector('[name=slot_id]')?.value")
    await look(page, "move")
    await page.click("确定改期")
    await page.until(f"{HEADING} !== {json.dumps(held)}")
    await page.click("取消预约")
    await page.fill("[name=reason]", "改天再来")
    await page.click("确定取消")
    await page.until("document.querySelector('#booked .chip.cancelled') !== null")
    await look(page, "cancelled")


async def wait_in_line(second: Hand, slot: str, other: Visitor, others: str) -> None:
    """In a second browser: the slot is full; a place that is given up is offered there.

    Its time runs out, which is said, and there is a way on.
    """
    third = Visitor(second.site.base_url, second.site.sandbox_url, THIRD)
    await third.log_in()
    await third.ask("POST", "/v1/bookings", {"slot_id": slot, "request_id": "third-person"})
    third.close()
    await second.opens(f"/book#slots/{slot.partition('@')[0]}")  # as older messages have it
    await second.logs_in()
    page = second.page
    of_slot = f"[data-slot='{slot}']"
    await page.until("document.querySelectorAll('[data-day]').length > 2")
    await page.js("document.querySelectorAll('[data-day]')[2].click()")
    await page.until(f"document.querySelector(\"{of_slot}\")?.textContent.includes('约满')")
    await page.click("有空通知我", within=of_slot)
    await page.sees("候补第 1 位")
    await look(page, "in-line")
    await other.ask("POST", f"/v1/bookings/{others}/give-up")
    await page.sees("为您保留着")
    await page.click("继续填写")
    await page.until("/\\d:\\d\\d/.test(document.querySelector('[role=timer]')?.textContent)")
    await run_out(second.site, await page.js("location.pathname.split('/').at(-1)"))
    await page.sees("保留时间已过")
    await look(page, "ran-out")
    await page.click("重新选时间")
    await page.sees("选择时间")
    await second.page.goto(f"{second.site.base_url}/me/bookings")
    await page.sees("已取消")
    for part in ("资料", "车辆", "微信", "数据"):
        await page.click(part, within=".parts")
        await page.until("document.querySelector('.van-skeleton') === null")
        await look(page, f"me-{part}")
    assert unexpected(page) == []


async def change_phone(owner: Hand) -> None:
    """Move to another phone by codes to both: the new one logs in then, the old one is free."""
    site, page = owner.site, owner.page
    await page.goto(f"{site.base_url}/me/")
    await page.click("更换手机号")
    await page.fill("#details [name=phone]", "1380000")
    await page.click("获取验证码", within="[data-code=new]")
    await page.sees("请填写 11 位新手机号")
    await page.fill("#details [name=phone]", NEW_PHONE)
    other = await owner.person.page(f"{site.sandbox_url}/phone/{NEW_PHONE}")
    for which, handset in (("old", owner.handset), ("new", other)):
        code = await owner.gets_code(handset, f"[data-code={which}]")
        await page.fill(f"[data-code={which}] input", code)
    await look(page, "change-phone")
    await page.click("更换", within="#details .van-form:has([data-code=old])")
    await page.sees("手机号已更换")
    await page.until("document.querySelector('[name=agreement_version]') !== null")
    owner.phone, owner.handset = NEW_PHONE, other
    await owner.logs_in()
    await page.sees("139****3104")
    await look(page, "changed-phone")
    await page.click("预约", within=".parts")
    await page.sees("已取消")  # the bookings came along
    stranger = Visitor(site.base_url, site.sandbox_url, OWNER)
    await stranger.log_in()
    assert (await stranger.ask("GET", "/v1/bookings"))["bookings"] == []
    stranger.close()


async def run_out(site: Site, booking: str) -> None:
    """Let a hold's time be over: the worker ends it as it ends all that ran out."""
    client: Any = AsyncIOMotorClient(site.environment["LANJIAN_MONGODB_URI"])
    database = client.get_default_database("lanjian")
    past = datetime.now(UTC) - timedelta(seconds=1)
    over = {"$set": {"held_until": past, "due_at": past}}
    for collection, name in (("booking_seats", "booking"), ("bookings", "_id")):
        told = await database[collection].update_one({name: booking}, over)
        assert told.matched_count == 1, collection
    client.close()


async def test_a_car_owner_books_with_a_phone(tmp_path: Path, browser_url: str, city: City) -> None:
    photos = take_photos(seed=1)
    card, licence = tmp_path / "id.heic", tmp_path / "licence.webp"
    card.write_bytes(photos.id_heic)
    licence.write_bytes(photos.licence_webp)
    async with city.whole() as site, chromium(browser_url) as browser:
        await an_outlet(site)
        staff = await town.staff_member(site)
        other = Visitor(site.base_url, site.sandbox_url, OTHER)
        await other.log_in()
        owner = await hand(browser, site, OWNER)
        await owner.opens("/e")
        await choose_outlet(owner)
        await keep_vehicle(owner, photos.licence.plate)
        slot, others = await hold(owner, other)
        await hand_in(owner, card, licence)
        await fill(owner, photos.card.name)
        await owner.page.click("提交预约")
        await owner.page.sees("预约成功")
        await owner.page.sees("工作人员会在到店前核对证件")
        assert await owner.page.js(DRAFT) == 0
        await look(owner.page, "booked")
        await arrival_code(owner.page)
        await mend(owner, staff)
        await change(owner)
        await wait_in_line(await hand(browser, site, WAITING), slot, other, others)
        await owner.page.click("找网点")
        await owner.page.fill("[name=place]", f"{PLAN.place[0]}, {PLAN.place[1]}")
        await owner.page.click("查找")
        await owner.page.sees("0 m")
        await look(owner.page, "outlets")
        await change_phone(owner)
        assert unexpected(owner.page, "401 (Unauthorized)") == []
        other.close()
        staff.close()
