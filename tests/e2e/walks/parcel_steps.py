"""What customers and couriers click on the way of a parcel, each step with what they then see."""

import asyncio
from pathlib import Path

from server.proof.acts import waybill_photo
from tests.e2e.chromium import Browser, Page
from tests.e2e.pages import DOOR_SECONDS, Hand, hand, unexpected
from tests.e2e.walks.city import Quarter

#: The kiosk's thanks go by themselves, maybe before anybody looks for them.
WATCH_FOR_DONE = """new MutationObserver(() => {
  window.wasDone ||= document.getElementById('main').innerText.includes('已完成');
}).observe(document.getElementById('main'), {childList: true, subtree: true}) ?? true"""

#: How many photos this browser keeps over a reload.
KEPT_PHOTOS = """new Promise((go) => {
  const asked = indexedDB.open('lanjian.papers', 1);
  asked.onupgradeneeded = () => asked.transaction.abort();
  asked.onerror = () => go(0);
  asked.onsuccess = () => {
    const counted = asked.result.transaction('photos').objectStore('photos').count();
    counted.onsuccess = () => { asked.result.close(); go(counted.result); };
  };
})"""

#: All press at once; an offer that somebody has won meanwhile may be gone already.
PRESS_CLAIM = """(window.pressed = document.querySelector('#offers .offer button')) === null
  ? false : (window.pressed.click(), true)"""
ANSWERED_OR_GONE = """document.querySelector('#answers .answer')?.parentElement.textContent
  || (window.pressed === null && 'gone')"""


async def fill_waybill(customer: Hand) -> None:
    """Fill in the form; the first try has a phone that is none."""
    page = customer.page
    await page.click("[data-tab=send]")
    await page.fill("[name=sender_name]", "韩梅梅")
    await page.fill('[name="recipient.name"]', "李雷")
    await page.fill('[name="recipient.phone"]', "1380000")
    await page.fill('[name="recipient.address"]', "朝阳路 1 号院 2 号楼")
    await customer.region("[data-region]", "110000", "110100", "110105")
    await customer.region("[data-origin]", "440000", "440300", "440304")
    await page.fill("[name=description]", "<b>一本书</b>")
    await page.click("[name=size][value=M]")
    await page.sees("¥20.00")
    await customer.look("waybill")
    await page.click("[name=no_prohibited_goods]")
    await page.click("[name=consent]")
    await page.click("提交面单")
    await page.sees("请填写 11 位手机号")
    await customer.look("waybill-error")
    assert await page.js("document.querySelector('[name=sender_name]').value") == "韩梅梅"
    await page.fill('[name="recipient.phone"]', "13900007100")
    await page.click("提交面单")
    await page.sees("待存件")
    await customer.look("placed")


async def deposit(customer: Hand) -> None:
    """Scan, choose the waybill, put it in, pay."""
    visit = await customer.scans()
    await visit.click("存这件")
    await visit.sees("包裹放进去了吗", DOOR_SECONDS)
    await customer.look("inside", visit)
    await visit.click("是，已放入")
    await pay(customer, visit)


async def deposit_at_the_kiosk(customer: Hand, kiosk: Page) -> None:
    """The same on a bad line, the phone reloaded halfway, the last word said at the kiosk."""
    await kiosk.sees("微信扫码")
    visit = await customer.scans()
    await visit.slow_down(bytes_per_second=50_000, latency_ms=400)
    await kiosk.sees("请选择要寄的包裹", DOOR_SECONDS)
    await visit.click("存这件")
    await visit.sees("包裹放进去了吗", DOOR_SECONDS)
    await kiosk.sees("包裹放进去了吗", DOOR_SECONDS)
    cell = await visit.js("document.querySelector('.cell b').textContent")
    assert cell in await kiosk.js("document.getElementById('main').innerText")
    await kiosk.js(WATCH_FOR_DONE)
    await visit.reload()
    await visit.sees("包裹放进去了吗", DOOR_SECONDS)
    await kiosk.click("放好了")
    await pay(customer, visit)
    await kiosk.until("window.wasDone", DOOR_SECONDS)
    shown = await kiosk.js("document.documentElement.outerHTML")
    assert "李雷" not in shown and "13900007100" not in shown


async def pay(customer: Hand, visit: Page) -> None:
    """Pay by Alipay, in the tab that opens."""
    await visit.sees("请支付", DOOR_SECONDS)
    await customer.look("pay", visit)
    await visit.click("支付宝支付")
    await visit.click("打开支付宝支付")
    bill = await customer.person.opened("/pay/")
    await bill.sees("¥20.00")
    await bill.click("支付 Pay")
    await bill.sees("已支付")
    await visit.sees("完成了", DOOR_SECONDS)
    await customer.look("deposited", visit)
    await customer.page.sees("待接单", DOOR_SECONDS)
    assert unexpected(visit) == []


async def start_work(courier: Hand, where: str, *, joins: bool = True) -> None:
    """Ask to be a courier, go on duty at the terminal."""
    if joins:
        await courier.page.click("我要揽件")
        await courier.page.sees("还没有认证")
    await courier.page.click("位置")
    await courier.page.fill("[name=place]", where)
    await courier.page.click("使用这个位置")
    await courier.page.click("上班接单")
    await courier.page.sees("位置已上报")
    await courier.page.click("位置")


async def may_claim(courier: Hand) -> None:
    """See without a reload that the certification came through."""
    await courier.page.until("document.getElementById('not-certified') === null", DOOR_SECONDS)


async def race(couriers: list[Hand]) -> Hand:
    """Claim at the same moment: one wins, and each of the others is told."""
    for courier in couriers:
        await courier.page.sees("抢单", DOOR_SECONDS)
        await courier.look("offer")
        assert "李雷" not in await courier.page.js("document.documentElement.outerHTML")
    await asyncio.gather(*(courier.page.js(PRESS_CLAIM) for courier in couriers))
    texts = [await courier.page.until(ANSWERED_OR_GONE) for courier in couriers]
    won = [at for at, text in enumerate(texts) if "抢到了" in text]
    assert len(won) == 1, texts
    winner = couriers[won[0]]
    # Whoever's page lost the offer before the press was not in the race.
    losers = [text for at, text in enumerate(texts) if at != won[0] and text != "gone"]
    assert all("晚了" in text for text in losers), texts
    for loser in couriers:
        if loser is not winner:
            await loser.look("lost")
            await loser.page.until("document.querySelector('#offers .offer') === null")
    return winner


async def collect(winner: Hand) -> None:
    """Print the label, read the waybill, scan, bind, take it out; a second tab follows."""
    page = winner.page
    second = await winner.person.page(f"{winner.site.base_url}/courier/jobs")
    await second.sees("取件期限")
    await page.sees("取件期限")
    await page.click("打印标签")
    await page.sees("打开标签")
    await page.click("完整面单")
    await page.sees("朝阳路 1 号院 2 号楼")
    await page.sees("<b>一本书</b>")  # as text: it never became markup
    await winner.look("won")
    visit = await winner.scans()
    await visit.click("揽件")
    await visit.click("取这件")
    await visit.fill("[name=carrier_waybill]", "sf 1234 5678 90")
    await winner.look("bind", visit)
    await visit.click("绑定并开门")
    await visit.sees("包裹取出来了吗", DOOR_SECONDS)
    await winner.look("out", visit)
    await visit.click("是，已取出")
    await visit.sees("完成了", DOOR_SECONDS)
    await page.sees("已取件", DOOR_SECONDS)
    await second.sees("已取件", DOOR_SECONDS)
    assert unexpected(second) == []
    await second.tab.close()


async def upload(winner: Hand, photo: Path) -> None:
    """Fill in the finished waybill from the order's own."""
    page = winner.page
    await page.click("上传完成的面单")
    await page.click("从面单填入")
    await page.until("document.querySelector('[name=recipient]').value === '李雷'")
    await page.fill("[name=carrier]", "顺丰")
    await page.fill("[name=weight]", "850")
    await page.fill("[name=postage]", "12.5")
    await asyncio.to_thread(photo.write_bytes, waybill_photo("SF1234567890"))
    await page.give_file("#work [type=file]", photo)
    await winner.look("finished-form")
    await page.click("上传面单", within="#work form")
    await page.sees("审核中", DOOR_SECONDS)


async def get_paid(winner: Hand) -> None:
    """See the pay in the earnings."""
    await winner.page.click("[href='/courier/jobs']")
    await winner.page.click("[href='/courier/earnings']")
    await winner.page.until("document.querySelector('#payouts').textContent.includes('已到账')")
    paid = "document.querySelector('#payouts li').textContent"
    assert "支付宝" in await winner.page.js(paid)
    await winner.look("earnings")


async def quiet(page: Page) -> None:
    """Insist that a page threw and logged nothing but refusals that were provoked."""
    assert unexpected(page, "400 (Bad Request)", "409 (Conflict)") == []


async def take_back(customer: Hand) -> None:
    """Scan and take the parcel out; the money comes back."""
    visit = await customer.scans()
    await visit.click("取回")
    asked = await visit.until(
        "document.querySelector('.van-dialog') ? 'sure'"
        " : document.querySelector('[data-step=door]') && 'opens'"
    )
    if asked == "sure":
        await visit.click("确认", within=".van-dialog")
    await visit.sees("包裹取出来了吗", DOOR_SECONDS)
    await customer.look("taken-back", visit)
    await visit.click("是，已取出")
    await visit.sees("完成了", DOOR_SECONDS)
    await customer.page.sees("已退款", DOOR_SECONDS)


async def refuse(courier: Hand, photo: Path) -> None:
    """Open the parcel's door, do not like what is inside, put it back."""
    visit = await courier.scans()
    await visit.click("揽件")
    await visit.click("取这件")
    await visit.fill("[name=carrier_waybill]", "YT9988776655")
    await visit.click("绑定并开门")
    await visit.sees("包裹取出来了吗", DOOR_SECONDS)
    await visit.click("验视不合格")
    await visit.fill("[name=reason]", "液体，没有包装好")
    await visit.give_file("[type=file]", photo)
    is_shown = "document.querySelector('.refusal img')?.naturalWidth > 0"
    await visit.until(f"{is_shown} && await {KEPT_PHOTOS} === 1", DOOR_SECONDS)
    await visit.reload()
    await visit.until(is_shown, DOOR_SECONDS)
    assert await visit.js("document.querySelector('.refusal [name=reason]').value"), "kept as well"
    await courier.look("refuse", visit)
    await visit.click("拒收并放回")
    await visit.sees("完成了", DOOR_SECONDS)
    await courier.look("refused", visit)


async def everybody(browser: Browser, quarter: Quarter, couriers: int) -> tuple[Hand, ...]:
    """Log in a customer, staff and couriers, each with a browser of their own."""
    site = quarter.site
    customer = await hand(browser, site, quarter.customer)
    staff = await hand(browser, site, quarter.staff)
    others = [await hand(browser, site, phone) for phone in quarter.couriers[:couriers]]
    await customer.opens("/customer")
    # The QR leads to the first server, so whoever scans is logged in there.
    await staff.opens("/staff", width=1000, server=1)
    for courier in others:
        await courier.opens("/courier")
    people = (customer, staff, *others)
    for person in people:
        await person.logs_in()
    return people
