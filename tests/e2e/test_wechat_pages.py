"""Pages inside WeChat, in a real browser: the scan's log-in and back, links, what scans say."""

import json
from pathlib import Path

import pytest
import segno

from server.proof.acts import waybill_photo
from tests.e2e.chromium import Page, Person, chromium
from tests.e2e.pages import photograph, unexpected
from tests.integration.wechat.world import world
from tests.waiting import eventually

pytestmark = pytest.mark.slow

ANNA, BO = "13800000001", "13800000002"
IN_WECHAT = (
    "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0"
    " Chrome/120 Mobile Safari/537.36 MicroMessenger/8.0.50 NetType/4G Language/zh_CN"
)


@pytest.fixture
def given(tmp_path, provider_folder, mongo_uri, mongo_db_name, redis_url):
    return tmp_path, provider_folder, mongo_uri, mongo_db_name, redis_url


async def in_wechat(person: Person, url: str) -> Page:
    page = await person.page()
    await page.call("Network.setUserAgentOverride", userAgent=IN_WECHAT)
    await page.goto(url)
    return page


async def bind_phone(town, page: Page, phone: str) -> None:
    """Log in with the code that arrives, in a form that WeChat's log-in led to."""
    await page.sees("第一次用微信登录")
    await page.fill("[name=phone]", phone)
    await page.click("获取验证码")

    async def arrived():
        return (await town.look(f"/phone/{phone}/state"))["messages"]

    await eventually(arrived)
    await page.fill("[name=code]", await town.code(phone))
    await page.click("[name=agreement_version]")
    await page.click("登录 / 注册")


async def test_a_scan_in_wechat_logs_in_binds_and_comes_back_to_the_deposit(given, browser_url):
    async with world(*given) as town, chromium(browser_url) as browser:
        key = await town.terminal()
        await town.tap("/wechat/people", {"nickname": "安娜", "phone": ANNA})
        anna = await browser.person()
        page = await in_wechat(anna, f"{town.url}/v/{town.scanned(key)}")
        await page.click("安娜")  # WeChat asks nobody; its stand-in has to know who holds the phone
        await page.until("location.pathname.startsWith('/visit/') && !location.search")
        await bind_phone(town, page, ANNA)
        await page.sees("先填一张面单")
        await page.sees("长按识别二维码关注")
        visit = await town.database.visits.find_one({})
        assert await page.js("location.pathname") == f"/visit/{visit['_id']}"
        assert await page.too_wide() == []
        # A new tab, as WeChat opens one from its chat: nothing to type any more.
        other = await in_wechat(await browser.person(), f"{town.url}/visit/{visit['_id']}")
        await other.sees("没有找到")  # without a log-in it is nobody else's
        again = await in_wechat(await browser.person(), f"{town.url}/customer")
        await again.click("安娜")  # the page asks WeChat by itself, once
        await again.until("document.querySelector('.phone[data-link=live]') !== null")
        await again.goto(f"{town.url}/customer#account")
        await again.click("微信绑定")
        await again.click("解绑")
        await again.click(".van-dialog__confirm")
        await again.sees("绑定这个微信")
        await again.click("绑定这个微信")
        await again.click("安娜")
        await again.sees("微信已绑定")


def qr_photo(path: Path, text: str) -> Path:
    """Make a picture of a QR, with some white around it, as a phone would have taken it."""
    segno.make_qr(text, error="m").save(str(path), scale=6, border=6)
    return path


async def test_a_photo_is_scanned_without_the_browsers_own_detector(given, browser_url, tmp_path):
    async with world(*given) as town, chromium(browser_url) as browser:
        key = await town.terminal()
        page = await (await browser.person()).page(f"{town.url}/v/T-1.1.over")
        await page.click("扫一扫")
        await page.sees("选照片")
        assert await page.js("'BarcodeDetector' in window") is False  # ZXing has to do it
        # Nobody is there to allow it, or there is none: browsers differ in which of the two.
        await page.until("/没有相机权限|相机没有打开/.test(document.body.innerText)")
        nothing = photograph(tmp_path / "nothing.jpg")
        await page.give_file("[name=scan_photo]", nothing)
        await page.sees("照片里没有认出")
        label = tmp_path / "label.jpg"
        label.write_bytes(waybill_photo("SF1234567890123"))
        await page.give_file("[name=scan_photo]", label)
        await page.sees("不是终端的二维码")  # a Code 128 was read, and is no use here
        await page.fill("[name=scan_text]", "https://other.example/v/T-1.1.over")
        await page.click("确认")
        await page.until("document.querySelector('.scanner .wrong') !== null")
        kiosk = f"{town.url}/v/{town.scanned(key)}"
        await page.give_file("[name=scan_photo]", qr_photo(tmp_path / "kiosk.png", kiosk))
        await page.until(f"location.href === {json.dumps(kiosk)}")
        await page.sees("获取验证码")
        assert unexpected(page, "409 (Conflict)", "400 (Bad Request)") == []
