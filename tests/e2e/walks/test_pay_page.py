"""The page behind the kiosk's payment QR: in a browser, in WeChat, in Alipay."""

from pathlib import Path
from typing import Any

import pytest

from server.proof import acts, town
from server.proof.people import Api, Visitor
from tests.e2e.chromium import Page, Person, chromium
from tests.e2e.pages import SHOTS, unexpected
from tests.e2e.walks.city import City
from tests.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(570)]


MOBILE = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/120 Mobile Safari/537.36"
IN_WECHAT = f"{MOBILE} MicroMessenger/8.0.50 NetType/4G Language/zh_CN"
IN_ALIPAY = f"{MOBILE} AliApp(AP/10.5.90) AlipayClient/10.5.90 Language/zh-Hans"

#: What WeChat would bring into the page; the test is its user's thumb.
FAKE_BRIDGE = """
window.fakeBridge = {calls: [], answer(word) { this.calls.at(-1).told({err_msg: word}); }};
window.WeixinJSBridge = {
  invoke(name, parameters, told) { fakeBridge.calls.push({name, parameters, told}); },
};
"""


async def shown_by(kiosk: Api, customer: Visitor) -> str:
    """Deposit a parcel; the URL in the QR that the kiosk shows then."""
    order = await town.place(customer)
    await acts.deposit(kiosk, customer, str(order["order_id"]))
    return str((await kiosk_shows(kiosk, "pay"))["pay_url"])


async def kiosk_shows(kiosk: Api, step: str) -> dict[str, Any]:
    async def shown() -> dict[str, Any]:
        view = (await kiosk.ask("GET", "/state"))["view"]
        assert view["step"] == step
        return dict(view)

    return await eventually(shown)


async def page_in(person: Person, agent: str, url: str) -> Page:
    page = await person.page(width=320, height=640)
    await page.call("Network.setUserAgentOverride", userAgent=agent)
    await page.tab.add_init_script(FAKE_BRIDGE)
    await page.goto(url)
    return page


async def look(page: Page, name: str) -> None:
    assert await page.too_wide() == []
    if SHOTS:
        await page.screenshot(Path(SHOTS) / f"pay-{name}.png", whole=True)


async def pay_in_wechat(sandbox: Api, person: Person, url: str) -> Page:
    """Be known by WeChat, close its sheet once, then pay in it."""
    page = await page_in(person, IN_WECHAT, url)
    await page.click("安娜")  # WeChat asks nobody; its stand-in has to know who holds the phone
    await page.until("window.fakeBridge?.calls.length === 1")
    assert await page.js("location.href") == url  # the handle is out of the address
    await page.js("fakeBridge.answer('get_brand_wcpay_request:cancel')")
    await look(page, "wechat")
    await page.click("微信支付")
    await page.until("fakeBridge.calls.length === 2")
    asked = await page.js("fakeBridge.calls.map((call) => call.parameters.package)")
    assert asked[0] == asked[1]  # a second tap is the same payment
    parameters = await page.js("fakeBridge.calls[1].parameters")
    bill = await sandbox.ask("POST", "/wallet/jsapi", parameters)
    assert (bill["way"], bill["amount_fen"]) == ("jsapi", 2000)
    await sandbox.ask("POST", f"/pay/orders/{bill['out_trade_no']}/tap-pay", {})
    await page.js("fakeBridge.answer('get_brand_wcpay_request:ok')")
    await page.sees("已支付")
    await look(page, "wechat-paid")
    return page


async def pay_in_alipay(person: Person, url: str) -> Page:
    """Be led on at once; come back to a page that knows that it is paid."""
    page = await page_in(person, IN_ALIPAY, url)
    await page.until("location.pathname.startsWith('/pay/pp')")
    await page.sees("¥20.00")
    await page.click("支付 Pay")
    await page.sees("已支付")
    await page.goto(url)
    await page.sees("已支付，谢谢")
    return page


async def test_one_qr_is_paid_wherever_it_is_opened(browser_url: str, city: City) -> None:
    async with city.quarter() as quarter, chromium(browser_url) as browser:
        site, kiosk = quarter.site, Api(quarter.kiosk_url)
        customer = Visitor(site.base_url, site.sandbox_url, quarter.customer)
        await customer.log_in()
        sandbox = Api(site.sandbox_url)
        await sandbox.ask("POST", "/wechat/people", {"nickname": "安娜", "phone": "13800000001"})
        url = await shown_by(kiosk, customer)

        beside = await page_in(await browser.person(), MOBILE, url)
        await beside.sees("支付宝支付")
        await look(beside, "browser")
        await beside.click("支付宝支付")
        await beside.sees("打开支付宝支付")
        await look(beside, "browser-alipay")
        await beside.click("微信扫码支付")
        await beside.until("document.querySelector('img.qr')?.alt.includes('微信')")
        await look(beside, "browser-wechat")
        paid = await pay_in_wechat(sandbox, await browser.person(), url)
        await beside.sees("已支付")
        await kiosk_shows(kiosk, "done")

        other = await pay_in_alipay(await browser.person(), await shown_by(kiosk, customer))
        await beside.goto(url[:-4] + "NONE")
        await beside.sees("这里没有要支付的")
        await look(beside, "gone")
        for page in (paid, other):
            assert unexpected(page) == []
        for api in (kiosk, customer, sandbox):
            api.close()
