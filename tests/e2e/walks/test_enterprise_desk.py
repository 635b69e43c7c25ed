"""Staff at the desk: an enterprise, its page in versions, an outlet, its holiday, who is booked.

Two edit at once: what the other changed is told, and nothing typed is lost. Other hours tell
beforehand whom they leave outside.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Route

from server.domain.china import CHINA
from server.proof import town
from server.proof.people import JsonObject, Visitor
from tests.e2e.chromium import Browser, Page, chromium
from tests.e2e.pages import SHOTS, Hand, hand, photograph, unexpected
from tests.e2e.screens import session_of, signed_in
from tests.e2e.walks.city import City

pytestmark = [pytest.mark.slow, pytest.mark.timeout(570)]

KEEPER = "13900003300"
OWNER = "13900003301"

PROVINCE, TOWN, DISTRICT = "440000", "440300", town.REGION


async def look(page: Page, name: str) -> None:
    """See that nothing sticks out, on a tablet and a desk, and take pictures if wanted."""
    for width in (1024, 1440):
        await page.resize(width, 900)
        assert await page.too_wide() == []
        for dark in (False, True) if SHOTS else ():
            await page.darken(dark)
            looks = "dark" if dark else "light"
            path = Path(SHOTS or "") / f"enterprises-{name}-{width}-{looks}.png"
            await page.screenshot(path, whole=True)
        await page.darken(dark=False)


async def add_enterprise(keeper: Hand) -> str:
    """Add one: a missing district is said beside it. Answers its id."""
    page = keeper.page
    await page.click("[name=add-enterprise]")
    await page.fill("#enterprise-new [name=name]", "示例桌面企业")
    await page.click("添加企业", within="#enterprise-new")
    await page.sees("请选择省、市、区")
    await keeper.region("#enterprise-new [data-field=region]", PROVINCE, TOWN, DISTRICT)
    await page.click("添加企业", within="#enterprise-new")
    await page.sees("企业主页")
    return str(await page.js("location.pathname.split('/').pop()"))


async def no_list(route: Route) -> None:
    """Fail to read the list of versions, where saving one goes well."""
    await (route.abort() if route.request.method == "GET" else route.continue_())


async def write_page(page: Page, photo: Path) -> None:
    """Write three blocks, move one; a reload loses nothing; save and publish."""
    await page.click("[name=add-paragraph]")
    await page.fill("[data-block='0'] [name=text]", "<b>没有标记</b>")
    await page.click("[name=add-picture]")
    await page.give_file("[data-block='1'] [name=picture]", photo)
    await page.until("document.querySelector(\"[data-block='1'] img\")?.naturalWidth > 0")
    await page.click("[name=add-heading]")
    await page.fill("[data-block='2'] [name=text]", "关于桌面")
    await page.reload()
    await page.sees("这是您未保存的内容")
    await page.click("[name=save-page]")
    await page.sees("必填")  # the picture's words
    await page.fill("[data-block='1'] [name=text]", "车间")
    for at in (2, 1):
        await page.click(f"[data-block='{at}'] [name=up]")
    await look(page, "page")
    saved = re.compile(r"/v1/staff/enterprises/\w+/pages$")
    await page.tab.route(saved, no_list)
    await page.click("[name=save-page]")
    await page.sees("第 1 版已保存")
    await page.until("!!document.querySelector('#page-versions .list-error')")
    assert await page.js("document.querySelector('#page-desk form .field-error')") is None
    await page.tab.unroute(saved)
    await page.click("重试", within="#page-versions")
    await page.click("[name=publish-1]")
    await page.sees("公开中")


async def meet_another_writer(page: Page, path: str, other: Visitor) -> None:
    """Somebody saves a version meanwhile: told with what differs, and mine follows theirs."""
    theirs = [{"kind": "heading", "text": "别人的标题"}]
    await page.fill("[data-block='0'] [name=text]", "我的标题")
    await other.ask("POST", f"{path}/pages", {"base": 1, "blocks": theirs})
    await page.click("[name=save-page]")
    await page.sees("别人刚刚保存了第 2 版")
    await page.until("document.querySelector('[data-sign=removed]').innerText.includes('别人的')")
    await look(page, "stale")
    await page.click("[name=save-page]")
    await page.sees("第 3 版已保存")
    await page.click("比较", within="[data-version='3']")
    await page.sees("第 1 版 → 第 3 版")
    await page.click("[name=publish-3]")
    await page.until("document.querySelector(\"[data-version='3']\").innerText.includes('公开中')")
    await page.click("[name=publish-1]")  # rolled back
    await page.until("document.querySelector(\"[data-version='1']\").innerText.includes('公开中')")


async def add_outlet(keeper: Hand) -> str:
    """Add an outlet: exchanged numbers are told at once. Answers its id."""
    page, form = keeper.page, "#outlet-new"
    await page.click("[name=add-outlet]")
    fields = {"name": "示例桌面网点", "address": "示例路 12 号（虚构）", "phone": "0755-00000012"}
    for name, text in fields.items():
        await page.fill(f"{form} [name={name}]", text)
    await keeper.region(f"{form} [data-field=region]", PROVINCE, TOWN, DISTRICT)
    await page.fill(f"{form} [name=lat]", "114.06")
    await page.sees("经纬度是否写反")
    await page.fill(f"{form} [name=lat]", "22.54, 114.06")
    await page.until(f"document.querySelector('{form} [name=lon]').value === '114.06'")
    await page.fill(f"{form} [name=services]", "动力电池拆卸")
    await page.click("添加网点", within=form)
    await page.sees("营业时间与名额")
    return str(await page.js("location.pathname.split('/').pop()"))


async def give_hours(page: Page, holiday: str) -> None:
    """Write the week and a holiday; bad hours are said beside their day. Then show the outlet."""
    await page.fill("[name='week.0']", "9点到18点")
    await page.click("[name=save-hours]")
    await page.until("!!document.querySelector('.hours-day .field-error')")
    await page.fill("[name='week.0']", "09:00-12:00 14:00-18:00")
    await page.click("[name=copy-all]")
    await page.fill("[name=special-first]", holiday)
    await page.fill("[name=special-reason]", "示例放假")
    await page.click("[name=special-add]")
    await page.until(f"!!document.querySelector('[data-special=\"{holiday}\"]')")
    await page.click("[name=save-hours]")
    await page.sees("营业时间已保存")
    await page.click("公开显示，可预约")
    await page.click("[name=save-details]")
    await page.sees("网点已保存")


async def meet_another_editor(page: Page, path: str, other: Visitor) -> None:
    """Somebody changes the phone while I change the name: both are kept, theirs is told."""
    await page.fill("#outlet-details [name=name]", "示例桌面网点甲")
    now = await other.ask("GET", path)
    edit = {**now["details"], "phone": "0755-00000013", "version": now["version"], "active": True}
    await other.ask("PUT", f"{path}/details", edit)
    await page.click("[name=save-details]")
    await page.until("!!document.querySelector('#outlet-details [data-changed=phone]')")
    await look(page, "outlet-stale")
    await page.click("[name=save-details]")
    await page.until("document.querySelector('#outlet h1').innerText === '示例桌面网点甲'")
    details = (await other.ask("GET", path))["details"]
    assert (details["name"], details["phone"]) == ("示例桌面网点甲", "0755-00000013")


async def see_the_holiday(browser: Browser, owner: Visitor, url: str, holiday: str) -> None:
    """A car's owner finds the outlet closed on that day, and why."""
    person = await signed_in(browser, await session_of(owner), "customer")
    page = await person.page(url)
    await page.click(f"[data-day='{holiday}']")
    await page.sees("示例放假")
    assert await page.js("document.querySelectorAll('[data-slot]').length") == 0
    assert unexpected(page) == []
    await person.context.close()


async def book(owner: Visitor, path: str, day: str) -> JsonObject:
    """Take a place of a day."""
    told = await owner.ask("GET", f"{path}/slots?first={day}&days=1")
    slot = told["slots"][0]["slot_id"]
    return await owner.ask("POST", "/v1/bookings", {"slot_id": slot, "request_id": "desk-walk"})


async def close_a_booked_day(page: Page, day: str, booking: str) -> None:
    """See that one is coming, close the day all the same: told before, listed after."""
    cell = f"[data-day='{day}']"
    if not await page.js(f'!!document.querySelector("{cell}")'):
        await page.click("[name=month-after]")
    await page.until(f"document.querySelector(\"{cell}\")?.innerText.includes('1/7')")
    await page.click(cell)
    await page.fill("#day-panel [name=day-reason]", "示例停电")
    await page.click("[name=close-day]")
    await page.until(f"document.querySelector(\"{cell}\").innerText.includes('未保存')")
    await look(page, "outlet")
    await page.click("[name=save-hours]")
    await page.sees("1 个预约不再符合")
    await look(page, "told")
    await page.click("仍然保存")
    await page.until(f"!!document.querySelector('#outlet-outside [data-booking={booking}]')")
    await page.until(f"document.querySelector(\"{cell}\").innerText.includes('营业时间之外')")


async def hide(page: Page) -> None:
    """Hide the outlet, told what is booked."""
    await page.click("公开显示，可预约")
    await page.click("[name=save-details]")
    await page.sees("1 个未到店的预约")
    await page.click("隐藏", within=".ask")
    await page.sees("网点未公开")


async def test_staff_keep_an_enterprise_and_its_outlet(
    tmp_path: Path, browser_url: str, city: City
) -> None:
    async with city.whole() as site, chromium(browser_url) as browser:
        await town.add_staff(site, KEEPER)
        other = await town.staff_member(site)
        owner = Visitor(site.base_url, site.sandbox_url, OWNER)
        await owner.log_in()
        today = datetime.now(UTC).astimezone(CHINA).date()
        booked, holiday = (str(today + timedelta(days=days)) for days in (2, 3))

        keeper = await hand(browser, site, KEEPER)
        await keeper.opens("/staff/enterprises", width=1280)
        await keeper.logs_in()
        page = keeper.page
        enterprise = await add_enterprise(keeper)
        await write_page(page, photograph(tmp_path / "workshop.jpg"))
        path = f"/v1/staff/enterprises/{enterprise}"
        await meet_another_writer(page, path, other)
        public = await keeper.person.page(f"{site.base_url}/e/{enterprise}")
        await public.sees("<b>没有标记</b>")
        await public.until("document.querySelector('article img').naturalWidth > 0")
        assert await public.js("document.querySelector('article').children[0].innerText") == (
            "关于桌面"
        )
        outlet = await add_outlet(keeper)
        await give_hours(page, holiday)
        await meet_another_editor(page, f"/v1/staff/outlets/{outlet}", other)
        await see_the_holiday(browser, owner, f"{site.base_url}/book/slots/{outlet}", holiday)
        booking = (await book(owner, f"/v1/outlets/{outlet}", booked))["booking_id"]
        await page.click("刷新", within="#outlet-month")
        await close_a_booked_day(page, booked, booking)
        await hide(page)
        await page.click("[data-menu=enterprises]")
        await page.fill("#enterprise-search [name=q]", "桌面")
        await page.click("查找")
        await page.until(f"!!document.querySelector('[data-enterprise={enterprise}]')")
        await look(page, "list")
        await page.click("[data-menu=outlets]")
        await page.fill("#outlet-search [name=q]", "没有这样的")
        await page.click("查找")
        await page.sees("没有找到这样的网点")
        await page.fill("#outlet-search [name=q]", outlet.lower())
        await page.click("查找")
        await page.until(f"!!document.querySelector('[data-outlet={outlet}]')")
        assert await page.js("new URLSearchParams(location.search).get('text')") == outlet.lower()
        await look(page, "outlets")
        assert unexpected(page, "/v1/staff/", "/v1/staff") == []
        for one in (other, owner):
            one.close()
