"""What staff do with money, and couriers with where it goes, on their pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.e2e.pages import DOOR_SECONDS, Hand
from tests.e2e.walks.desk import desk


def payouts(order: str, state: str) -> str:
    """Count an order's payouts of a state on staff's page."""
    rows = f'#staff-payouts [data-payout*="{order}"][data-state={state}]'
    return f"document.querySelectorAll('{rows}').length"


async def decide(staff: Hand, order: str, act: str) -> None:
    """Press a button of an order's payout and say why."""
    row = f'#staff-payouts [data-payout*="{order}"]'
    await staff.page.click(f"{row} [data-act={act}]")
    await staff.page.sees("金额 ¥")
    await staff.page.fill(".ask [name=reason]", "核对收款人")
    await staff.page.click(".ask-acts [type=submit]")
    await staff.page.until("!document.querySelector('.ask')?.offsetParent")


async def until_shown(staff: Hand, expression: str) -> None:
    """Read the panel again until it shows what wallets and workers did meanwhile."""
    await staff.page.until(
        "(document.querySelector('#reload-payouts, #reload-refunds').click(),"
        f" new Promise((done) => setTimeout(done, 300)).then(() => {expression}))",
        DOOR_SECONDS,
    )


async def hold_and_release(staff: Hand, courier: Hand, order: str) -> None:
    """See a payout wait for its courier, issue it anew, take it back, and let the next one go."""
    await courier.handset.click("[data-tab=wallet]")
    await courier.handset.sees("确认收款", DOOR_SECONDS)
    await desk(staff, "payouts")
    await until_shown(staff, f"{payouts(order, 'awaiting_confirmation')} === 1")
    await staff.look("payout-waits")
    await decide(staff, order, "reissue")
    waits = (
        f"{payouts(order, 'awaiting_confirmation')} === 1 && {payouts(order, 'cancelled')} === 1"
    )
    await until_shown(staff, waits)
    await decide(staff, order, "cancel")
    await until_shown(
        staff, f"{payouts(order, 'held')} === 1 && {payouts(order, 'cancelled')} === 2"
    )
    await staff.look("payout-held")
    await link_alipay(courier)
    await release_and_pay_all(staff, order)
    await until_shown(staff, f"{payouts(order, 'done')} === 1 && {payouts(order, 'held')} === 0")
    await staff.look("payout-paid")


async def release_and_pay_all(staff: Hand, order: str) -> None:
    """Let a payout go, and pay all that wait; the worker, who would pay it, stands still."""
    page, worker = staff.page, staff.site.worker
    worker.pause()
    try:
        await decide(staff, order, "release")
        await until_shown(staff, f"{payouts(order, 'payable')} === 1")
        await page.click("#pay-all")
        await page.sees("超过的留到次日")
        await page.fill(".ask [name=reason]", "周五统一打款")
        await staff.look("pay-all")
        await page.click(".ask-acts [type=submit]")
        await page.until("!document.querySelector('.ask')?.offsetParent")
        await until_shown(staff, f"{payouts(order, 'payable')} === 0")
    finally:
        worker.resume()


async def link_alipay(courier: Hand) -> None:
    """Let Alipay say who this is, and be paid there."""
    page = courier.page
    await page.click("[href='/courier/earnings']")
    await page.sees("暂停打款")
    await courier.look("earnings-held")
    await page.click("绑定支付宝")
    await page.fill("[name=nickname]", "小明")  # the stand-in has to know who holds the phone
    await page.click("新用户")
    await courier.look("alipay")
    await page.click("小明")
    paid_there = "[data-wallet=alipay] .van-tag--primary"
    await page.until(f"document.querySelector('{paid_there}') !== null")
    assert await page.js("location.search") == ""
    await courier.look("payees")


async def invoice(customer: Hand, staff: Hand, order: str) -> None:
    """Ask for an invoice, correct it once it was refused, have it issued."""
    page = customer.page
    await page.goto(f"{customer.site.base_url}/customer/orders/{order}")
    await page.click("申请发票")
    await page.fill("#invoice-form [name=title]", "李雷雷")
    await page.fill("#invoice-form [name=email]", "lilei@example.com")
    await page.click("提交", within="#invoice-form")
    await page.until(told_of_invoice("requested"))
    await decide_invoice(staff, order, "退回", "抬头写错")
    await page.until(told_of_invoice("refused"))  # heard live
    await page.sees("抬头写错")
    await customer.look("invoice-refused")
    await page.click("修改发票信息")
    await page.fill("#invoice-form [name=title]", "<b>李雷</b>")
    await page.click("提交", within="#invoice-form")
    await page.until(told_of_invoice("requested"))
    await decide_invoice(staff, order, "已开具", "发票号 00000001")
    issued = f"""document.querySelector('#invoices [data-invoice="{order}"]')?.innerText"""
    await staff.page.choose("[name=invoice-state]", "issued")
    await staff.page.until(f"{issued}?.includes('发票号 00000001')")
    assert "<b>李雷</b>" in await staff.page.js(issued)  # as text
    await page.until(told_of_invoice("issued"))
    await page.sees("发票号 00000001")
    await customer.look("invoice-issued")


def told_of_invoice(state: str) -> str:
    return f"document.querySelector('.invoice .chip.{state}') !== null"


async def decide_invoice(staff: Hand, order: str, button: str, words: str) -> None:
    """Press a button of an invoice that was asked for, and say something to it."""
    page, row = staff.page, f'#invoices [data-invoice="{order}"]'
    await desk(staff, "finance")
    await page.choose("[name=invoice-state]", "issued")  # read anew, wherever the page was
    await page.choose("[name=invoice-state]", "requested")
    await page.click(button, within=row)
    await page.fill(".ask [name=reason]", words)
    await staff.look("invoice")
    await page.click(".ask-acts [type=submit]")
    await page.until("!document.querySelector('.ask')?.offsetParent")
    await page.until(f"""document.querySelector('{row}') === null""")


async def give_back(staff: Hand, order: str) -> None:
    """Give a part of an order's money back, and see it in the panel."""
    page = staff.page
    await desk(staff, "refunds")
    await page.click("退一个订单")
    await page.fill("#refund-order [name=order]", order)
    await page.click("#refund-order [type=submit]")
    await page.fill("#refund [name=amount]", "2.50")
    await page.choose("#refund [name=why]", "damaged")
    await page.fill("#refund [name=note]", "外包装破损")
    await staff.look("refunding")
    await page.click("#refund [type=submit]")
    await page.until("document.getElementById('refund') === null")
    done = f'#refunds [data-refund*="{order}"][data-state=done]'
    await until_shown(staff, f"document.querySelectorAll('{done}').length === 1")
    await page.sees("¥2.50")
    await staff.look("refunded")


async def plan_prices(staff: Hand) -> None:
    """Write a list of prices to come, lose the page in between, see its shares, take it back."""
    page = staff.page
    await desk(staff, "prices")
    await page.sees("平台初始价目")
    await page.click("[data-act=edit]")
    await page.fill("[name='S.same_city']", "九元")
    await page.sees("请填金额")
    await page.fill("[name='S.same_city']", "９.5")
    await page.sees("揽件员得 ¥7.20 → ¥8.55")
    await page.reload()
    await page.until("document.querySelector(\"[name='S.same_city']\")?.value === '９.5'")
    await page.click("[name=when][value=later]")
    day = (datetime.now(UTC) + timedelta(days=30)).strftime("%Y-%m-%dT08:00")
    await page.fill("[name=at]", day)
    await page.until("!document.querySelector('#prices-editor [type=submit]').disabled")
    await staff.look("prices")
    await page.click("#prices-editor [type=submit]")
    await page.fill(".ask [name=reason]", "油价上涨")
    await page.click(".ask-acts [type=submit]")
    await page.until("document.querySelector('#prices-waiting [data-act=withdraw]') !== null")
    await page.click("[data-act=withdraw]")
    await page.fill(".ask [name=reason]", "写错了")
    await page.click(".ask-acts [type=submit]")
    await page.until("document.querySelector('#prices-waiting') === null")
    await page.click("#prices-history [data-version='2']")
    await page.sees("写错了")
    await page.until("document.querySelectorAll('#prices-shown .differs').length === 1")
    await staff.look("prices-past")


async def look_at_messages(staff: Hand, phone: str) -> None:
    """See what went out to phones, one phone's by a reason, and that nobody knocked."""
    page = staff.page
    await desk(staff, "messages")
    await page.until("document.querySelectorAll('#texts [data-text]').length > 1")
    everybody = await page.js("document.querySelectorAll('#texts [data-text]').length")
    await page.sees("登录验证码")
    await page.sees("两周内没有被拒绝的回调")
    await page.fill("#texts-form [name=phone]", phone)
    await page.fill("#texts-form [name=purpose]", "收不到验证码")
    await page.click("查这个号码")
    await page.until(
        "document.querySelectorAll('#texts [data-text]').length > 0 &&"
        f" document.querySelectorAll('#texts [data-text]').length < {everybody}"
    )
    await staff.look("messages")
