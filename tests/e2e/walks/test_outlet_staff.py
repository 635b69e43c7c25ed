"""Staff of an outlet at a desk: a car without a booking, its battery, the label, the end."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.local.site import SitePlan, running_site
from server.proof import example_outlets, town
from server.proof.example_outlets import OutletPlan, hours
from tests.e2e.chromium import Page, chromium
from tests.e2e.pages import SHOTS, hand, photograph, unexpected

pytestmark = [pytest.mark.slow, pytest.mark.timeout(570)]

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


async def look(page: Page, name: str) -> None:
    """See that nothing sticks out, on a desk and on a tablet, and take pictures if wanted."""
    for width in (768, 1280):
        await page.resize(width, 740)
        assert await page.too_wide() == []
        if SHOTS:
            await page.screenshot(Path(SHOTS) / f"day-{name}-{width}.png", whole=True)


async def take_in(page: Page) -> None:
    """Take a car in that has no booking."""
    await page.click("没有预约的车")
    await page.fill("[name=name]", "示例车主")
    await page.fill("[name=phone]", "13800000077")
    await page.fill("details [name=plate]", "粤B1234")
    await page.click("登记到店")
    await page.sees("请扫描到店码，或输入完整车牌")
    await page.fill("details [name=plate]", "粤BD12345")
    await page.click("登记到店")
    await page.sees("已登记到店")
    await page.sees("138****0077")


async def record(page: Page, photo: Path) -> None:
    """Record the battery with a photo; a bad code is said beside its field."""
    await page.click("登记电池")
    await page.fill("[name=model]", "NCM811 75kWh")
    await page.fill("[name=code]", "电池")
    await page.fill("[name=weight_grams]", "438.5")
    await page.click("添加照片")
    await page.give_file("[data-booking] input[type=file]", photo)
    await page.click("保存记录")
    await page.sees("4 到 40 位大写字母")
    await look(page, "battery")
    await page.fill("[name=code]", "08bpe1a00123abc5d0000017")
    await page.click("保存记录")
    await page.sees("已登记电池")


async def test_staff_work_an_outlets_day(tmp_path: Path, browser_url: str) -> None:
    plan = SitePlan(rules=town.LOCAL_RULES)
    async with running_site(tmp_path / "var", plan) as site, chromium(browser_url) as browser:
        staff = await town.staff_member(site)
        enterprise = await example_outlets.make_enterprise(
            staff, "示例到店企业", example_outlets.page(example_outlets.drawn_workshop("#0b5cad"))
        )
        await example_outlets.make_outlet(staff, enterprise, PLAN)
        staff.close()
        clerk = await hand(browser, site, town.STAFF_PHONE)
        await clerk.opens("/staff-classic#day", width=1280)
        await clerk.logs_in()
        page = clerk.page
        await page.sees("当前时段空位 2")
        await look(page, "empty")
        await take_in(page)
        await page.sees("当前时段空位 1")
        await record(page, photograph(tmp_path / "battery.jpg"))
        await page.click("打印标签")
        await page.sees("打开标签")
        await look(page, "recorded")
        await page.click("完成 Finish")
        await page.sees("已完成")
        await page.click("电池记录")
        await page.sees("历次记录")
        await look(page, "done")
        assert unexpected(page, "400", "409") == []
