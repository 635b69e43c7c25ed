"""The customer's pages in a real browser: address book, waybill, two people on one device."""

import msgspec
import pytest

from realtime.wire.prices import PriceListsQuery, PublishPrices
from server.app.desk import build_price_desk
from server.domain.ids import PersonId, SessionId
from server.domain.people import Actor
from tests.e2e.chromium import Browser, Page, chromium
from tests.e2e.pages import unexpected
from tests.integration.wechat.world import World, world
from tests.waiting import eventually

pytestmark = pytest.mark.slow

ANNA, BO, CAROL = "13800000001", "13800000002", "13800000003"
#: A browser whose owner lets pages keep nothing: every look at its stores fails.
REFUSES = """for (const store of ["localStorage", "sessionStorage", "indexedDB"]) {
  const get = () => { throw new DOMException("refused", "SecurityError"); };
  Object.defineProperty(globalThis, store, { get });
}"""
DRAFTS = "Object.keys(localStorage).filter(key => key.startsWith('lanjian.draft.'))"
PASTED = "李雷 +86 139 0000 7100 北京朝阳区 建国路 88 号"
NAME, STREET = '[name="recipient.name"]', '[name="recipient.address"]'


@pytest.fixture
def given(tmp_path, provider_folder, mongo_uri, mongo_db_name, redis_url):
    return tmp_path, provider_folder, mongo_uri, mongo_db_name, redis_url


async def log_in(town, page: Page, phone: str) -> None:
    await page.fill("[name=phone]", phone)
    await page.click("获取验证码")

    async def arrived():
        return (await town.look(f"/phone/{phone}/state"))["messages"]

    await eventually(arrived)
    await page.fill("[name=code]", await town.code(phone))
    await page.click("[name=agreement_version]")
    await page.click("登录 / 注册")


async def value(page: Page, selector: str) -> str:
    return await page.js(f"document.querySelector({selector!r})?.value")


async def fill_the_book(page: Page) -> None:
    """Two recipients, one pasted as a whole and one mended afterwards."""
    await page.click("地址簿")
    await page.sees("地址簿还是空的")
    await page.click("新增地址")
    await page.fill("[name=pasted]", f"{PASTED} 518000")
    await page.click("识别")
    await page.sees("没有用到：518000")
    assert await value(page, "[name=phone]") == "13900007100"
    await page.reload()
    await page.click("新增地址")
    await page.until("document.querySelector('[name=address]')?.value === '建国路 88 号'")
    await page.click("保存")
    await page.sees("139****7100")
    assert "建国路 88" not in await page.js("document.body.innerText")
    await page.click("新增地址")
    await page.fill("[name=pasted]", "朝阳区长安街1号 1390000")
    await page.click("识别")
    await page.sees("有多个同名地区")
    await page.click("取消")
    await page.click("修改")
    await page.fill("[name=name]", "李磊磊")
    await page.reload()
    await page.click("修改")
    await page.until("document.querySelector('[name=name]')?.value === '李磊磊'")
    await page.click("保存")
    await page.sees("李**")


async def raise_prices(town: World) -> None:
    """Publish a list in which all cost a tenth more."""
    desk = build_price_desk(town.process)
    present = (await desk.page(PriceListsQuery())).in_force
    dearer = {
        size: {zone: fen * 11 // 10 for zone, fen in row.items()}
        for size, row in present.prices_fen.items()
    }
    asked = {"prices_fen": dearer, "fee_percent": 10, "version": 1, "reason": "油价上涨"}
    finance = Actor(person=PersonId("P0"), session=SessionId("S0"), roles=frozenset())
    await desk.publish(finance, msgspec.convert(asked, PublishPrices))


async def send_one(town: World, page: Page) -> None:
    """Choose from the book, lose the page in between, see the price and another one, place."""
    await page.click("[data-tab=send]")
    await page.fill("[name=sender_name]", "韩梅梅")
    await page.click("从地址簿选择")
    await page.click(".address-picker .choice")
    await page.until(f"document.querySelector('{NAME}').value === '李磊磊'")
    await page.fill("[name=description]", "<b>书</b>")
    await page.click("提交面单")
    await page.sees("请选择省、市、区")
    assert await page.too_wide() == []
    await page.reload()
    await page.until(f"document.querySelector('{NAME}')?.value === '李磊磊'")
    assert await value(page, STREET) == "建国路 88 号"
    assert await value(page, "[name=description]") == "<b>书</b>"
    for at, code in enumerate(("440000", "440300", "440304")):
        select = f"document.querySelectorAll('[data-origin] select')[{at}]"
        await page.until(f"[...({select}?.options ?? [])].some((o) => o.value === '{code}')")
        await page.js(f"{select}.value = '{code}', {select}.dispatchEvent(new Event('change'))")
    await page.sees("跨省")
    await page.click("[name=no_prohibited_goods]")
    await page.click("[name=consent]")
    await page.sees("¥14.00")
    await raise_prices(town)
    await page.click("提交面单")
    await page.sees("价格刚刚由 ¥14.00 调整为 ¥15.40")
    assert await value(page, "[name=description]") == "<b>书</b>"
    await page.click("按新价格提交")
    await page.sees("待存件")
    await page.sees("¥15.40")


async def look_closer(page: Page) -> None:
    """The order alone: its story, its waybill in full as text, cancelled there."""
    await page.click("详情")
    await page.sees("下单")
    await page.click("查看完整面单")
    await page.sees("<b>书</b>")
    await page.sees("建国路 88 号")
    await page.click("取消订单")
    await page.click("确认")
    await page.until("document.querySelector('#order .chip.cancelled') !== null")
    await page.click(".van-nav-bar__left")
    await page.until("document.querySelector('#orders .chip.cancelled') !== null")


async def leave_with_a_form_half_filled(page: Page) -> None:
    """A log-out names what was typed and not sent, and takes it along; another's stays."""
    older = await page.js(f"{DRAFTS}.length")
    await page.click("[data-tab=send]")
    await page.fill("[name=sender_name]", "韩梅梅")
    await page.until(f"{DRAFTS}.length === {older + 1}")
    await page.click("账号")
    await page.click("退出登录")
    await page.sees("还没有发送：填了一半的面单")
    await page.click("取消", within=".van-dialog")
    await page.until("document.querySelector('.van-dialog').style.display === 'none'")
    assert await page.js(f"{DRAFTS}.length") == older + 1
    await page.click("退出登录")
    await page.click("删除并退出")
    await page.sees("获取验证码")
    assert await page.js(f"{DRAFTS}.length") == older


async def use_a_browser_that_keeps_nothing(town: World, browser: Browser) -> None:
    """All works for as long as the page lives."""
    person = await browser.person()
    await person.context.add_init_script(REFUSES)
    page = await person.page(f"{town.url}/customer", width=320, height=640)
    await log_in(town, page, CAROL)
    await page.sees("还没有订单")
    await page.click("English")
    await page.sees("No orders yet")
    await page.click("[data-tab=send]")
    await page.fill("[name=sender_name]", "韩梅梅")
    await page.click("[data-tab=orders]")
    await page.click("[data-tab=send]")
    assert await value(page, "[name=sender_name]") == "韩梅梅"
    others = {"/": "寄件", "/courier": "揽件员登录", "/book": "登录后预约", "/me": "登录后查看"}
    for path, text in others.items():  # with the log-in, which this browser cannot carry over
        await page.goto(f"{town.url}{path}")
        await page.sees(text)
    assert unexpected(page) == []


async def test_a_customer_keeps_addresses_and_two_people_share_a_device(given, browser_url):
    async with world(*given) as town, chromium(browser_url) as browser:
        await town.terminal()
        person = await browser.person()
        page = await person.page(f"{town.url}/login", width=320, height=640)
        await page.fill("[name=phone]", ANNA)
        await page.reload()
        await page.until(f"document.querySelector('[name=phone]')?.value === '{ANNA}'")
        await log_in(town, page, ANNA)
        await page.until("location.pathname === '/'")
        await page.sees("138****0001")
        await page.goto(f"{town.url}/customer#account")
        await page.until("location.pathname === '/customer/account'")
        await fill_the_book(page)
        assert await page.too_wide() == []
        await send_one(town, page)
        await look_closer(page)
        await page.click("[data-tab=terminals]")
        await page.fill("[name=place]", "somewhere")
        await page.click("查找")
        await page.sees("请输入“纬度, 经度”")
        await page.click(".by-terminal summary")
        there = "document.querySelector('[name=terminal] option:nth-child(2)')?.value"
        await page.choose("[name=terminal]", await page.until(there))
        await page.sees("空格口")
        assert await value(page, "[name=place]") != "somewhere"
        assert await page.too_wide() == []
        await page.click("English")
        await page.sees("Free cells")
        await page.click("中文")
        # Another person logs in on the courier's page: both are on this device now.
        other = await person.page(f"{town.url}/courier", width=320, height=640)
        await other.click("[name=agreement_version]")
        await other.click("[name=agreement_version]")
        await log_in(town, other, BO)
        await other.sees("我要揽件")
        await page.goto(f"{town.url}/customer")
        await page.until("document.querySelector('#orders .chip.cancelled') !== null")
        await page.click("账号")
        await page.click("138****0002")
        await page.sees("还没有订单")
        await leave_with_a_form_half_filled(page)
        assert unexpected(page, "/v1/orders") == []  # refused once, for its price
        await use_a_browser_that_keeps_nothing(town, browser)
