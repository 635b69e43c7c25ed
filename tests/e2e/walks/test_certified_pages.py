"""Papers and reviews clicked through in real browsers: refused, mended, approved, renewed."""

import asyncio

import pytest

from server.proof import papers
from tests.e2e.chromium import chromium
from tests.e2e.pages import Hand, hand, photograph, unexpected
from tests.e2e.walks.desk import desk
from tests.e2e.walks.staff_steps import card_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(570)]

#: An order that was claimed before the courier was certified; it is long gone.
GONE = "LJ26112200000001"


async def fill(courier: Hand, photo, number: str) -> None:
    """Fill the form in, but for what is there already."""
    page = courier.page
    await page.fill("[name=real_name]", "王小明")
    await page.fill("[name=id_number]", number)
    await page.fill("[name=employer]", "某某速运")
    await page.fill("[name=staff_number]", "LJ-00042")
    await page.fill("[name=expires_on]", "2030-01-31")
    await page.give_file("#certification-form [type=file]", photo)


async def apply(courier: Hand, photo) -> None:
    """Mistype the number, mend it, lose the page in between."""
    page = courier.page
    await page.click("我要揽件")
    await page.sees("还没有认证")
    await page.js(f"location.assign('/courier#certification/{GONE}')")  # as notices lead there
    await page.sees("填写认证信息")
    await fill(courier, photo, papers.id_number(7)[:-1] + "A")
    await page.click("提交认证")
    await page.sees("身份证号为 18 位")
    await courier.look("wrong-number")
    await page.reload()
    await page.until("document.querySelector('[name=employer]')?.value === '某某速运'")
    await page.until("document.querySelector('[name=id_number]')?.value === ''")
    kept = await page.js("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert papers.id_number(7)[:-1] not in kept
    await fill(courier, photo, papers.id_number(7))
    await page.click("提交认证")
    await page.sees("客服正在核对")
    await courier.look("waits")


async def refuse(staff: Hand) -> None:
    page = staff.page
    await desk(staff, "certifications")
    await page.sees(papers.id_number(7))
    await page.until("document.querySelector('#certifications img.photo')?.naturalWidth > 0")
    await staff.look("papers")
    await page.click("不通过")
    await page.click(".ask [value=photo_unclear]")
    await page.fill(".ask [name=reason]", "请重拍人像面")
    await staff.look("refusing")
    await page.click("确定")
    await page.sees("都处理完了")


async def test_papers_are_refused_mended_and_approved(tmp_path, browser_url, city):
    photo = photograph(tmp_path / "id.jpg")
    async with city.quarter() as quarter, chromium(browser_url) as browser:
        courier = await hand(browser, quarter.site, quarter.couriers[0])
        staff = await hand(browser, quarter.site, quarter.staff)
        await asyncio.gather(
            courier.opens("/courier", width=390),
            staff.opens("/staff", width=1280, server=1),
        )
        await courier.logs_in()
        await staff.logs_in()
        await apply(courier, photo)
        await refuse(staff)
        page = courier.page
        await page.sees("请重拍人像面")  # heard live, no reload
        await page.sees("证件照片不清晰")
        await courier.look("refused")
        await fill(courier, photo, papers.id_number(7))
        await page.click("提交认证")
        await staff.page.sees(papers.id_number(7))
        await staff.page.click("通过认证")
        await staff.page.click("确定")
        await page.sees("有效期至 2030-01-31")
        await courier.look("certified")
        await page.click("回到订单")
        await page.sees("这个订单已不可抢")
        await courier.look("gone")
        await desk(staff, "couriers")
        card = await card_of(staff, courier, "certified")
        await staff.page.click("停用", within=card)
        await staff.page.fill(".ask [name=reason]", "客户投诉")
        await staff.page.click("确定")
        await page.js("location.assign('/courier#certification')")
        await page.sees("客户投诉")
        await courier.look("suspended")
        for one in (page, staff.page):
            assert unexpected(one, "400", "403") == []
