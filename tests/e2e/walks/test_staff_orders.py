"""The desk's orders in a real browser: found, given away, taken back, complained of, replayed."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from server.proof import acts, town
from server.proof.people import Api, Visitor
from server.settings import Settings
from server.store.connection import connect
from tests.e2e.chromium import Page, chromium
from tests.e2e.pages import SHOTS, Hand, hand, photograph, unexpected
from tests.e2e.screens import session_of, signed_in
from tests.e2e.walks.city import City, Quarter
from tests.e2e.walks.desk import desk

pytestmark = [pytest.mark.slow, pytest.mark.timeout(570)]


async def paid_order(quarter: Quarter) -> tuple[Visitor, str]:
    """Have the customer place an order, put it into its cell and pay it."""
    site = quarter.site
    customer = Visitor(site.base_url, site.sandbox_url, quarter.customer)
    await customer.log_in()
    placed = await town.place(customer)
    order = str(placed["order_id"])
    kiosk = Api(quarter.kiosk_url)
    try:
        await acts.deposit(kiosk, customer, order)
    finally:
        kiosk.close()
    await acts.pay(site.sandbox_url, customer, order)
    await acts.order_where(customer, order, custody="open")
    return customer, order


async def certified(quarter: Quarter, keeper: Visitor, phone: str) -> Visitor:
    """Log a courier in and have them certified."""
    person = Visitor(quarter.site.base_url, quarter.site.sandbox_url, phone)
    await person.log_in()
    await person.ask("POST", "/v1/courier")
    path = f"/v1/couriers/{person.person_id}/certification"
    await keeper.ask("PUT", path, {"state": "certified", "reason": "walk"})
    await person.renew()
    return person


async def find(staff: Hand, order: str) -> Page:
    """Look the order up by its number, and open it from the list by the keyboard."""
    page = staff.page
    await desk(staff, "orders")
    await page.until("document.querySelectorAll('[data-page=orders] [data-order]').length > 0")
    await page.fill("[data-page=orders] [name=q]", order)
    await page.click("[data-page=orders] .order-search [type=submit]")
    await page.until("location.search.includes('q=')")
    found = f"document.querySelector('[data-order=\"{order}\"]')"
    await page.until(f"document.querySelectorAll('[data-order]').length === 1 && {found} !== null")
    await page.js(f"{found}.focus()")
    await page.tab.keyboard.press("Enter")
    return page


async def give(page: Page, courier: Visitor) -> None:
    """Give the order that is shown to a courier."""
    await page.click("[data-fix=assign]")
    await page.click(f"[data-courier='{courier.person_id}']")
    await page.fill("#assign [name=reason]", "客户来电催取")
    await page.click("#assign [type=submit]")


async def holds(courier: Visitor, order: str) -> bool:
    """Tell whether an order is among a courier's."""
    won = await courier.ask("GET", "/v1/courier/orders")
    return order in [one["order_id"] for one in won["orders"]]


async def custody(page: Page, state: str) -> None:
    """Wait until the order's page shows it so."""
    shown = "document.querySelector('[data-page=order]')?.dataset.custody"
    await page.until(f"{shown} === '{state}'")


async def give_and_take(page: Page, order: str, first: Visitor, second: Visitor) -> None:
    """Claimed by one while staff choose, taken over for another, then given to everybody."""
    await page.click("[data-fix=assign]")
    await page.click(f"[data-courier='{second.person_id}']")
    await page.fill("#assign [name=reason]", "客户来电催取")
    await first.ask("POST", f"/v1/offers/{order}/claim", {"offer_version": 1, "request_id": "r1"})
    await custody(page, "claimed")  # heard live, under the dialog
    await page.click("#assign [type=submit]")
    await page.until("document.querySelector('#assign .field-error')?.textContent.length > 0")
    assert await holds(first, order), "the winner keeps it"
    await page.tab.keyboard.press("Escape")
    await page.until("!document.querySelector('#assign')?.offsetParent")
    await give(page, second)
    await page.until("!document.querySelector('#assign')?.offsetParent")
    assert await holds(second, order) and not await holds(first, order)
    await page.until("document.querySelector('[data-page=order]').dataset.offerVersion === '2'")
    await custody(page, "claimed")
    await page.click("[data-fix=unassign]")
    await page.fill(".ask [name=reason]", "揽件员临时有事")
    await page.click(".ask [type=submit]")
    await custody(page, "open")


async def look_back(staff: Hand, quarter: Quarter, order: str) -> None:
    """Move the sliders over the order's past, and over its terminal's doors."""
    page, base = staff.page, quarter.site.base_url
    await page.goto(f"{base}/staff/orders/{order}/replay")
    await page.until("document.querySelector('#moment')?.dataset.step === 'unassigned'")
    await page.click("[name=previous]")  # an offline code may have been taken back in between
    await page.until(
        "document.querySelector('#moment').dataset.step === 'assigned'"
        " || (document.querySelector('[name=previous]').click(), false)"
    )
    await page.until("location.search.includes('version=')")
    await staff.look("replay")
    await page.goto(f"{base}/staff/terminals/{quarter.terminal}/replay")
    await page.until("document.querySelectorAll('.doors-then [data-cell]').length > 0")
    await staff.look("terminal-replay")


async def complain(staff: Hand, customer: Visitor, shown: Page, order: str, photo: Path) -> None:
    """Have the customer complain; answer with a photo on the desk, give money back, settle.

    The customer's own page has the order open meanwhile.
    """
    page = staff.page
    await desk(staff, "complaints")
    await page.until("document.querySelector('[data-page=complaints]') !== null")
    raw = acts.waybill_photo("SF1234567890")
    taken = await customer.ask("POST", "/v1/photos", raw=raw, content_type="image/jpeg")
    await shown.goto(f"{staff.site.base_url}/customer/orders/{order}")
    await shown.until("document.querySelector('#complaint [name=complain]') !== null")
    body = {"text": "外包装<b>破损</b>", "kind": "damaged", "photos": [taken["photo_id"]]}
    await customer.ask("PUT", f"/v1/orders/{order}/complaint", body)
    await page.click(f"[data-complaint='{order}']")  # heard live, no reload
    await page.sees("外包装<b>破损</b>")  # as text
    await page.until("document.querySelector('.thread-photos img')?.naturalWidth > 0")
    await page.give_file("[name=answer-photo]", photo)
    await page.until("document.querySelectorAll('.answer-photos [data-photo]').length === 1")
    await page.fill("[name=answer]", "抱歉，已为您登记")
    await staff.look("complaint")
    await give_back(staff, order)
    await page.click("[name=settle]")
    await page.until("document.querySelector('.thread [data-side=staff]') !== null")
    told = (await customer.ask("GET", f"/v1/orders/{order}/complaint"))["complaint"]
    assert [one["text"] for one in told["messages"]] == ["外包装<b>破损</b>", "抱歉，已为您登记"]
    assert [len(one["photos"]) for one in told["messages"]] == [1, 1]
    assert told["state"] == "settled"


async def give_back(staff: Hand, order: str) -> None:
    """Give money back from within the thread: order and reason stand there already."""
    page = staff.page
    await page.click("[name=refund]", within=f"[data-thread='{order}']")
    await page.until("document.querySelector('#refund [name=why]')?.value === 'damaged'")
    await page.sees(f"退款 · {order}")
    await page.fill("#refund [name=amount]", "2.50")
    await page.fill("#refund [name=note]", "外包装破损")
    await staff.look("complaint-refund")
    await page.click("#refund [type=submit]")
    await page.until("document.getElementById('refund') === null")
    await page.until("document.querySelector('.thread [data-side=refund]') !== null")


async def sees_answer(page: Page) -> None:
    """See as the customer, live, what was answered and given back."""
    await page.sees("抱歉，已为您登记")
    await page.sees("已退 ¥2.50")
    await page.until("document.querySelector('#complaint [data-side=refund]') !== null")
    await page.sees("退款 ¥2.50")
    assert await page.too_wide() == []
    if SHOTS:
        await page.screenshot(Path(SHOTS) / "complaint-customer.png", whole=True)
    assert unexpected(page) == []


async def waits_long(quarter: Quarter, order: str) -> None:
    """Let the order have been on offer for longer than it should."""
    settings = Settings.from_env(quarter.site.environment)
    client = connect(settings.mongo.uri)
    since = {"custody_since": datetime.now(UTC) - timedelta(hours=1)}
    await client[settings.mongo.database]["orders"].update_one({"_id": order}, {"$set": since})
    client.close()


async def unstick(staff: Hand, order: str) -> None:
    """Find the order among what hangs, and end it with the button that is offered."""
    page = staff.page
    await desk(staff, "stuck")
    row = f"[data-stuck=no_taker_staff][data-order='{order}']"
    await page.until(f'document.querySelector("{row}") !== null')
    await staff.look("stuck")
    await page.click("[data-fix=cancel]", within=row)
    await page.fill(".ask [name=reason]", "无人揽收，退回客户")
    await page.click(".ask [type=submit]")
    await page.until(f'document.querySelector("{row}") === null')


async def service_a_cell(staff: Hand, quarter: Quarter) -> None:
    """Take a cell out of service, bring it back by its test pulse; again, and untested."""
    page, panel = staff.page, ".cell-panel[data-cell='3']"
    await page.goto(f"{quarter.site.base_url}/staff/terminals/{quarter.terminal}?cell=3")

    async def does(button: str, use: str) -> None:
        await page.click(button, within=panel)
        await page.fill(".ask [name=reason]", "换锁")
        await page.click(".ask-acts [type=submit]")
        await page.until(f"""document.querySelector("{panel} [data-state={use}]") !== null""")

    await does("停用", "out_of_service")
    await does("测试开门", "free")
    await page.until(f"""document.querySelector("{panel} [data-test=passed]") !== null""")
    await staff.look("cell-tested")
    await does("停用", "out_of_service")
    await does("不测试直接恢复", "free")


async def test_orders_are_found_given_away_and_looked_back_at(
    browser_url: str, tmp_path: Path, city: City
) -> None:
    async with city.quarter() as quarter, chromium(browser_url) as browser:
        customer, order = await paid_order(quarter)
        keeper = Visitor(quarter.site.base_url, quarter.site.sandbox_url, quarter.keeper_phone)
        await keeper.log_in()
        couriers = [await certified(quarter, keeper, phone) for phone in quarter.couriers[:2]]
        staff = await hand(browser, quarter.site, quarter.staff)
        await staff.opens("/staff", width=1280)
        await staff.logs_in()
        page = await find(staff, order)
        await custody(page, "open")
        await page.until("document.querySelector('#story [data-what=deposited]') !== null")
        await staff.look("order")
        await give_and_take(page, order, *couriers)
        await staff.look("taken-back")
        await look_back(staff, quarter, order)
        await service_a_cell(staff, quarter)
        photo = await asyncio.to_thread(photograph, tmp_path / "photo.jpg")
        session = await session_of(customer)
        shown = await (await signed_in(browser, session, "customer")).page()
        await complain(staff, customer, shown, order, photo)
        await sees_answer(shown)
        await waits_long(quarter, order)
        await unstick(staff, order)
        await acts.order_where(customer, order, custody="returning")
        assert unexpected(page, "409 (Conflict)") == []
        for person in (customer, keeper, *couriers):
            person.close()
