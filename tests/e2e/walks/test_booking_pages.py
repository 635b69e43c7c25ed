"""A car owner with a phone: finds an outlet, holds a slot, fills the form, moves it, cancels."""

from __future__ import annotations

from pathlib import Path

import pytest

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

DRAFT = "Object.keys(sessionStorage).filter(key => key.startsWith('lanjian.draft')).length"

PHOTOS_SHOWN = (
    "[...document.querySelectorAll('.paper img')].filter(one => one.naturalWidth).length === 2"
)


async def look(page: Page, name: str) -> None:
    """See that nothing sticks out, on a desk and on a phone, and take pictures if wanted."""
    for width in (1280, 360):
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
    await page.sees("登录后预约")
    await owner.logs_in()
    await page.sees("选择时间")


async def hold(owner: Hand, other: Visitor) -> None:
    """See a place go while the page is open, then hold the one that is left."""
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
    await other.ask("POST", "/v1/bookings", {"slot_id": slot, "request_id": "other-person"})
    of_slot = f"document.querySelector('[data-slot=\"{slot}\"]')"
    await page.until(f"{of_slot}.textContent.includes('余 1')")
    await page.click(f"[data-slot='{slot}'] button")
    await page.sees("为您保留")
    await page.until("/\\d:\\d\\d/.test(document.querySelector('[role=timer]').textContent)")


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
        "import('/static/api.js').then(({Session}) => new Session('customer').ask("
        f"'POST', '/v1/me/vehicles', {{body: {{plate: '{plate}', model: '示例车型'}}}}))"
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
    await page.js("location.reload()")
    await page.until(f"document.querySelector('[name=name]')?.value === '{name}'")
    address = "[...document.querySelectorAll('[data-read=address]')].map(one => one.value)"
    await page.until(f"{address}.includes('示例市示例路 9 号')")
    await page.until(PHOTOS_SHOWN)
    await page.fill("[name=phone]", OWNER)
    await look(page, "form")


async def mend(owner: Hand) -> None:
    """Correct a paper after booking: the part that is open stays open."""
    page = owner.page
    await page.click("查看或更正证件")
    await page.until(PHOTOS_SHOWN)
    owned = "document.querySelector('[data-read=owner]')"
    await page.js(
        f"(() => {{ {owned}.value = '示例公司';"
        f" {owned}.dispatchEvent(new Event('change', {{bubbles: true}})); }})()"
    )
    await page.until(f"{owned}?.closest('label').classList.contains('changed')")


async def change(owner: Hand) -> None:
    """Move the booking, then cancel it."""
    page = owner.page
    await page.click("改期 Move")
    await page.until("document.querySelectorAll('[name=slot_id] option').length > 9")
    last = await page.js("[...document.querySelectorAll('[name=slot_id] option')].at(-1).value")
    await page.choose("[name=slot_id]", last)
    await page.click("确定改期")
    await page.sees("预约已改期")
    await page.click("取消预约")
    await page.fill("dialog [name=reason]", "改天再来")
    await page.click("确定")
    await page.until("document.querySelector('#booked .chip.cancelled') !== null")
    await look(page, "cancelled")


async def test_a_car_owner_books_with_a_phone(tmp_path: Path, browser_url: str, city: City) -> None:
    photos = take_photos(seed=1)
    card, licence = tmp_path / "id.jpg", tmp_path / "licence.webp"
    card.write_bytes(photos.id_jpeg)
    licence.write_bytes(photos.licence_webp)
    async with city.whole() as site, chromium(browser_url) as browser:
        await an_outlet(site)
        other = Visitor(site.base_url, site.sandbox_url, OTHER)
        await other.log_in()
        owner = await hand(browser, site, OWNER)
        await owner.opens("/e")
        await choose_outlet(owner)
        await keep_vehicle(owner, photos.licence.plate)
        await hold(owner, other)
        await hand_in(owner, card, licence)
        await fill(owner, photos.card.name)
        await owner.page.click("提交预约")
        await owner.page.sees("预约成功")
        await owner.page.sees("工作人员会在到店前核对证件")
        assert await owner.page.js(DRAFT) == 0
        await owner.page.click("到店码")
        await owner.page.until("document.querySelector('img.qr')?.naturalWidth > 0")
        await look(owner.page, "booked")
        await mend(owner)
        await change(owner)
        await owner.page.click("找网点")
        await owner.page.fill("[name=place]", f"{PLAN.place[0]}, {PLAN.place[1]}")
        await owner.page.click("查找")
        await owner.page.sees("0 m")
        await look(owner.page, "outlets")
        assert unexpected(owner.page) == []
        other.close()
