"""The whole journey of a parcel, clicked through in real browsers on a whole site."""

from pathlib import Path

import pytest

from tests.e2e.chromium import chromium
from tests.e2e.pages import DOOR_SECONDS, photograph
from tests.e2e.walks.city import City
from tests.e2e.walks.money_desk import (
    give_back,
    hold_and_release,
    invoice,
    look_at_messages,
    plan_prices,
)
from tests.e2e.walks.parcel_steps import (
    collect,
    deposit,
    deposit_at_the_kiosk,
    everybody,
    fill_waybill,
    get_paid,
    may_claim,
    quiet,
    race,
    refuse,
    start_work,
    take_back,
    upload,
)
from tests.e2e.walks.staff_steps import approve, certify, look_round

pytestmark = [pytest.mark.slow, pytest.mark.timeout(570)]


async def test_a_parcel_is_clicked_from_waybill_to_payout(
    browser_url: str, tmp_path: Path, city: City
) -> None:
    async with city.quarter() as quarter, chromium(browser_url) as browser:
        people = await everybody(browser, quarter, couriers=3)
        customer, staff, *couriers = people
        passer_by = await browser.person()
        kiosk = await passer_by.page(quarter.kiosk_url, width=1080, height=1920)
        await customer.look("empty")
        await fill_waybill(customer)
        for courier in couriers:
            await start_work(courier, quarter.where)
        await certify(staff, couriers)
        for courier in couriers:
            await may_claim(courier)
        await deposit_at_the_kiosk(customer, kiosk)
        winner = await race(couriers)
        order = await winner.page.until(
            "document.querySelector('#work [data-order]').dataset.order"
        )
        await collect(winner)
        await upload(winner, tmp_path / "photo.jpg")
        await approve(staff, order)
        await customer.page.sees("已完成")
        await look_round(staff, quarter.terminal)
        await hold_and_release(staff, winner, order)
        await get_paid(winner)
        await invoice(customer, staff, order)
        await give_back(staff, order)
        await plan_prices(staff)
        await look_at_messages(staff, quarter.customer)
        await quiet(kiosk)
        for person in people:
            await quiet(person.page)
            await quiet(person.handset)


async def test_parcels_come_back_by_cancelling_and_by_refusal(
    browser_url: str, tmp_path: Path, city: City
) -> None:
    async with city.quarter() as quarter, chromium(browser_url) as browser:
        people = await everybody(browser, quarter, couriers=1)
        customer, staff, courier = people
        await fill_waybill(customer)
        second = await customer.person.page(f"{quarter.site.base_url}/customer/")
        await second.sees("待存件")
        await customer.page.click("取消订单")
        await customer.page.click("确认")
        await customer.page.sees("已取消")
        await second.sees("已取消")  # the other tab hears of it
        await second.tab.close()

        await fill_waybill(customer)
        await deposit(customer)
        await take_back(customer)

        await start_work(courier, quarter.where)
        await certify(staff, [courier])
        await may_claim(courier)
        await fill_waybill(customer)
        await deposit(customer)
        await courier.page.click("#offers .offer button", DOOR_SECONDS)
        await courier.page.sees("取件期限")
        await courier.page.click("退回订单")
        await courier.page.click("确认", within=".van-dialog")
        await courier.page.click("[href='/courier/offers']")
        await courier.page.click("#offers .offer button", DOOR_SECONDS)
        await courier.page.sees("取件期限")
        await refuse(courier, photograph(tmp_path / "photo.jpg"))
        await customer.page.sees("请到终端扫码取回", DOOR_SECONDS)
        await customer.look("to-take-back")
        await take_back(customer)
        await customer.page.until(
            "document.querySelectorAll('#orders .chip.refunded').length === 2"
        )
        for person in people:
            await quiet(person.page)
