"""Staff look at a booking's papers: what was read, the photo once, rejected and then accepted."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from server.local.site import Site, SitePlan, running_site
from server.proof import booking_acts, example_outlets, town
from server.proof.people import Visitor
from tests.e2e.chromium import chromium
from tests.e2e.pages import hand, unexpected
from tests.e2e.test_outlet_day import PLAN

pytestmark = [pytest.mark.slow, pytest.mark.timeout(570)]


async def booked(site: Site) -> tuple[Visitor, str]:
    """An outlet, and a slot in two days booked with papers that show nothing."""
    staff = await town.staff_member(site)
    page = example_outlets.page(example_outlets.drawn_workshop("#0b5cad"))
    enterprise = await example_outlets.make_enterprise(staff, "示例到店企业", page)
    outlet = await example_outlets.make_outlet(staff, enterprise, PLAN)
    staff.close()
    owner = Visitor(site.base_url, site.sandbox_url, "13800000078")
    await owner.log_in()
    slot = (await booking_acts.slots(owner, outlet, days=4))[-1]
    held = await booking_acts.hold(owner, slot["slot_id"])
    booking = await booking_acts.book_plainly(owner, held, "粤BD12345", random.Random(7))
    await booking_acts.papers_read(owner, booking)
    return owner, booking


async def test_staff_decide_on_papers(tmp_path: Path, browser_url: str) -> None:
    plan = SitePlan(rules=town.LOCAL_RULES)
    async with running_site(tmp_path / "var", plan) as site, chromium(browser_url) as browser:
        owner, booking = await booked(site)
        clerk = await hand(browser, site, town.STAFF_PHONE)
        await clerk.opens("/staff-classic#papers", width=1280)
        await clerk.logs_in()
        page = clerk.page
        await page.sees(booking)
        await page.click("查看证件")
        await page.sees("粤BD12345")
        await page.sees("没有识别到")
        await page.click("看照片")
        await page.until("document.querySelector('#papers img')?.naturalWidth > 0")
        assert await page.too_wide() == []
        await page.click("退回 Reject")
        await page.fill("dialog [name=reason]", "照片不清，请重拍")
        await page.click("确定")
        await page.sees("没有待核对的证件")
        papers = await owner.ask("GET", f"/v1/bookings/{booking}/papers")
        assert (papers["papers"], papers["reason"]) == ("rejected", "照片不清，请重拍")
        sheet = booking_acts.sheet(papers, "id_card")
        fixed = {"version": sheet["version"], "fields": {"name": "车主甲乙"}}
        await owner.ask("PUT", f"/v1/bookings/{booking}/papers/id_card", fixed)
        await page.sees(booking)
        assert unexpected(page) == []
        owner.close()
