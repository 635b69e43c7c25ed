"""Staff of an outlet at the counter: a car without a booking, its battery, the label, the end.

And at the queue of papers: what was read, the photo once, rejected and handed in anew; then the
car comes, and its owner's code is scanned.
"""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pymongo import MongoClient

from server.local.site import Site
from server.proof import booking_acts, example_outlets, town
from server.proof.example_outlets import OutletPlan, hours
from server.proof.people import Visitor
from tests.e2e.chromium import Page, chromium
from tests.e2e.pages import SHOTS, Hand, hand, photograph, unexpected
from tests.e2e.walks.city import City

pytestmark = [pytest.mark.slow, pytest.mark.timeout(570)]

CLERK = "13900003200"
JUDGE = "13900003201"
OWNER = "13900003202"

PLAN = OutletPlan(
    name="示例·到店拆卸点",
    region=town.REGION,
    address="示例路 11 号（虚构）",
    place=town.CENTRE,
    phone="0755-00000011",
    services=("动力电池拆卸",),
    week=[hours((0, 24))] * 7,
    capacity=2,
)


async def an_outlet(site: Site) -> str:
    """Open an outlet; answers its id."""
    staff = await town.staff_member(site)
    page = example_outlets.page(example_outlets.drawn_workshop("#0b5cad"))
    enterprise = await example_outlets.make_enterprise(staff, "示例到店企业", page)
    outlet = await example_outlets.make_outlet(staff, enterprise, PLAN)
    staff.close()
    return outlet


async def look(page: Page, name: str, *widths: int) -> None:
    """See that nothing sticks out, on a phone, a tablet and a desk; take pictures if wanted."""
    for width in widths or (360, 768, 1280):
        await page.resize(width, 740)
        assert await page.too_wide() == []
        if SHOTS:
            await page.screenshot(Path(SHOTS) / f"outlet-{name}-{width}.png", whole=True)


async def turn_away_strangers(page: Page) -> None:
    """A plate that nobody booked, and a code that nobody signed, are refused beside the field."""
    await page.fill("[name=code]", "粤B9999")
    await page.click("[name=check-in]")
    await page.sees("或输入完整车牌")
    await page.fill("[name=code]", "粤BD99999")
    await page.click("[name=check-in]")
    await page.sees("今天没有这辆车的预约")
    await page.fill("[name=code]", "BABC123.1.0123456789abcdef")
    await page.click("[name=check-in]")
    await page.sees("到店码无效")


async def take_in(page: Page) -> None:
    """Take a car in that has no booking."""
    await page.click("没有预约的车")
    await page.fill("[name=name]", "示例车主")
    await page.fill("[name=phone]", "13800000077")
    await page.fill("#walk-in [name=plate]", "粤B1234")
    await page.click("登记到店")
    await page.sees("请扫描到店码，或输入完整车牌")
    await page.fill("#walk-in [name=plate]", "粤BD32001")
    await page.click("登记到店")
    await page.sees("已登记到店")
    await page.sees("138****0077")


async def record(page: Page, photo: Path) -> None:
    """Record the battery with a photo: a bad code is said beside it, a reload loses nothing."""
    await page.click("登记电池")
    await page.fill(".battery [name=model]", "NCM811 75kWh")
    await page.fill(".battery [name=code]", "电池")
    await page.fill(".battery [name=weight_grams]", "438.5")
    await page.give_file(".battery [name=battery_photo]", photo)
    await page.until("document.querySelector('.battery [data-photo] img')?.naturalWidth > 0")
    await page.click("保存记录")
    await page.sees("4 到 40 位大写字母")
    await look(page, "battery")
    await page.reload()
    await page.click("登记电池")
    await page.until("document.querySelector('.battery [name=model]')?.value === 'NCM811 75kWh'")
    await page.until("document.querySelector('.battery [data-photo] img')?.naturalWidth > 0")
    await page.fill(".battery [name=code]", "08bpe1a00123abc5d0000017")
    await page.fill(".battery [name=handed_to]", "示例回收公司")
    await page.click("保存记录")
    await page.until("document.querySelector('.battery').innerText.includes('请填写')")
    await page.click("现在", within=".battery")
    await page.tab.keyboard.press("Escape")  # a name is not kept: asked before it goes
    await page.sees("接收人还没有保存")
    await page.click("返回", within=".ask")
    await page.until("!document.querySelector('.ask')?.offsetParent")
    await page.click("保存记录")
    await page.sees("已登记电池")


async def test_staff_work_an_outlets_day(tmp_path: Path, browser_url: str, city: City) -> None:
    async with city.whole() as site, chromium(browser_url) as browser:
        outlet = await an_outlet(site)
        await town.add_staff(site, CLERK)
        clerk = await hand(browser, site, CLERK)
        await clerk.opens("/staff/day?outlet=NSTRANGE", width=1280)
        await clerk.logs_in()
        page = clerk.page
        await page.sees("没有编号为 NSTRANGE 的网点")  # and no other in its place
        assert await page.js("document.querySelector('[name=check-in]')") is None
        await page.goto(f"{site.base_url}/staff/day?outlet={outlet}")
        await page.sees("当前时段空位 2")
        await look(page, "empty")
        await turn_away_strangers(page)
        await take_in(page)
        await page.sees("当前时段空位 1")
        await page.until("document.querySelector('[data-count=\"checked_in:1\"]') !== null")
        await record(page, photograph(tmp_path / "battery.jpg"))
        await page.click("打印标签")
        await page.sees("打开标签")
        await look(page, "recorded")
        await page.click("[name=finish]")
        await page.until("document.querySelector('[data-booking] [data-state=done]') !== null")
        await page.click("姓名电话")
        await page.fill(".ask [name=reason]", "核对车主")
        await page.click("确定")
        await page.until("document.querySelector('[href=\"tel:13800000077\"]') !== null")
        await page.click("电池记录")
        await page.sees("历次记录")
        await page.until(
            "document.querySelector('.battery [name=code]').value === '08BPE1A00123ABC5D0000017'"
        )
        await page.sees("示例回收公司")
        await look(page, "done")
        assert unexpected(page, "400", "404", "409") == []


async def booked(site: Site) -> tuple[Visitor, str, str]:
    """Book a slot in some days with papers that show nothing; answers owner, id and outlet."""
    outlet = await an_outlet(site)
    owner = Visitor(site.base_url, site.sandbox_url, OWNER)
    await owner.log_in()
    slot = (await booking_acts.slots(owner, outlet, days=4))[-1]
    held = await booking_acts.hold(owner, slot["slot_id"])
    booking = await booking_acts.book_plainly(owner, held, "粤BD32002", random.Random(7))
    await booking_acts.papers_read(owner, booking)
    return owner, booking, outlet


async def mend(owner: Visitor, booking: str) -> None:
    """Correct the card's name, as its owner does."""
    papers = await owner.ask("GET", f"/v1/bookings/{booking}/papers")
    assert (papers["papers"], papers["reason"]) == ("rejected", "照片不清，请重拍")
    sheet = booking_acts.sheet(papers, "id_card")
    fixed = {"version": sheet["version"], "fields": {"name": "车主甲乙"}}
    await owner.ask("PUT", f"/v1/bookings/{booking}/papers/id_card", fixed)


def comes_now(site: Site, booking: str) -> None:
    """Let the booking's day and hour have come."""
    now = datetime.now(UTC)
    seat = {"seat.starts_at": now, "seat.ends_at": now + timedelta(hours=1)}
    with MongoClient[dict](site.environment["LANJIAN_MONGODB_URI"]) as client:
        told = client["lanjian"]["bookings"].update_one({"_id": booking}, {"$set": seat})
    assert told.matched_count == 1


async def arrives(clerk: Hand, owner: Visitor, booking: str, outlet: str) -> None:
    """The owner's code goes over a hand scanner, which types it at nothing: the list goes on."""
    page, row = clerk.page, f'#day [data-booking="{booking}"]'
    await asyncio.to_thread(comes_now, clerk.site, booking)
    await page.goto(f"{clerk.site.base_url}/staff/day?outlet={outlet}")
    await page.until(f"""document.querySelector('{row} [data-state=booked]') !== null""")
    code = (await owner.ask("GET", f"/v1/bookings/{booking}/arrival"))["code"]
    await page.js("document.activeElement.blur()")
    await page.tab.keyboard.type(code)
    await page.tab.keyboard.press("Enter")
    await page.until(f"""document.querySelector('{row} [data-state=checked_in]') !== null""")
    await page.until("document.querySelector('[data-count=\"checked_in:1\"]') !== null")
    await page.sees("已到店")
    assert await page.js("document.querySelector('[name=code]').value") == ""
    await look(page, "arrived", 360, 1280)
    assert (await owner.ask("GET", f"/v1/bookings/{booking}"))["state"] == "checked_in"


async def a_second_tab(clerk: Hand, line: str) -> Page:
    """Open the same case in another tab, about to be sent back for a reason that is typed."""
    page = await clerk.person.page(f"{clerk.site.base_url}/staff/papers", width=1280)
    await page.click(line)
    await page.click("查看证件")
    await page.click("[name=reject]")
    await page.click(".ask [value=other]")
    await page.fill(".ask [name=reason]", "另一个标签页的原因")
    return page


async def is_told_and_goes_on(page: Page, line: str) -> None:
    """The tab that comes too late is refused, keeps what was typed, and goes on."""
    await page.click("确定")
    await page.until("document.querySelector('.ask .field-error')?.innerText.length > 0")
    assert await page.js("document.querySelector('.ask [name=reason]').value") == (
        "另一个标签页的原因"
    )
    await page.click("返回")
    await page.sees("这份证件已被处理")
    await page.click("下一件 (J)")
    await page.until("!document.body.innerText.includes('这份证件已被处理')")
    assert await page.js(f"document.querySelector('{line}')") is None


async def test_staff_decide_on_papers(browser_url: str, city: City) -> None:
    async with city.whole() as site, chromium(browser_url) as browser:
        owner, booking, outlet = await booked(site)
        await town.add_staff(site, JUDGE)
        clerk = await hand(browser, site, JUDGE)
        await clerk.opens("/staff/papers", width=1280)
        await clerk.logs_in()
        page, line = clerk.page, f'#papers li[data-booking="{booking}"]'
        await page.click(line)
        await page.until(f"document.querySelector('[data-at-hand=\"{booking}\"]') !== null")
        assert not await page.js("document.body.innerText.includes('粤BD32002')")
        await page.click("查看证件")
        await page.sees("粤BD32002")
        await page.sees("没有识别到")
        await page.until("document.querySelector('#papers img.photo')?.naturalWidth > 0")
        await look(page, "papers", 768, 1280)
        await page.tab.keyboard.press("a")  # not before both photos were seen
        await page.sees("请先看过照片")
        await page.until("document.querySelector('[data-sheet=vehicle_licence]') !== null")
        await page.until("document.querySelector('#papers img.photo')?.naturalWidth > 0")
        await page.tab.keyboard.press("r")
        await page.click(".ask [value=other]")
        await page.fill(".ask [name=reason]", "照片不清，请重拍")
        await page.click("确定")
        await page.until(f"document.querySelector('{line}') === null")
        await mend(owner, booking)
        await page.click(line)  # heard live
        await page.click("查看证件")
        await page.until("document.querySelector('[data-field=name] b')?.innerText === '车主甲乙'")
        second = await a_second_tab(clerk, line)
        await page.tab.keyboard.press("r")
        await page.until("document.querySelector('.ask [name=reason]')?.value === ''")
        await page.click("返回", within=".ask")
        await page.click("[name=accept]")
        await page.sees("处不符，仍要通过")
        await page.click("确定")
        await page.until(f"document.querySelector('{line}') === null")
        await is_told_and_goes_on(second, line)
        papers = await owner.ask("GET", f"/v1/bookings/{booking}/papers")
        assert papers["papers"] == "accepted"
        await arrives(clerk, owner, booking, outlet)
        assert unexpected(page) == []
        assert unexpected(second, "409") == []
        await page.click("#account button")
        await page.click("退出登录")
        await second.sees("请用员工手机号登录")  # in both tabs
        owner.close()
