"""A courier's own page: why the feed is empty, a claim, and an upload that survives a dead zone."""

import asyncio
import json
from pathlib import Path

import pytest
from pymongo import MongoClient

from server.proof import acts, town
from server.proof.people import Api, JsonObject, Visitor
from tests.e2e.chromium import Page, chromium
from tests.e2e.pages import DOOR_SECONDS, Hand, hand, unexpected
from tests.e2e.walks.city import City, Quarter
from tests.e2e.walks.parcel_steps import start_work
from tests.e2e.walks.test_offline_codes import kept

pytestmark = [pytest.mark.slow, pytest.mark.timeout(570)]

NUMBER = "SF2468013579"  # of this walk alone: a number is bound once on the site

#: What browsers log where there is no network.
NO_NETWORK = ("ERR_INTERNET_DISCONNECTED", "WebSocket connection", "Failed to load resource")


class Helpers:
    """Who works over the API while the courier is looked at: staff, a customer, the cabinet."""

    def __init__(self, quarter: Quarter) -> None:
        site = quarter.site
        self._site = site
        self._kiosk = Api(quarter.kiosk_url)
        self._staff = Visitor(site.base_url, site.sandbox_url, quarter.staff)
        self._customer = Visitor(site.base_url, site.sandbox_url, quarter.customer)

    async def log_in(self) -> None:
        await self._staff.log_in()
        await self._customer.log_in()

    async def certify(self, person: str) -> None:
        path = f"/v1/couriers/{person}/certification"
        await self._staff.ask("PUT", path, {"state": "certified", "reason": "证件齐全"})

    async def offer(self) -> str:
        """Send a parcel: gives its order, which is on offer."""
        placed = await town.place(self._customer)
        order = str(placed["order_id"])
        await acts.deposit(self._kiosk, self._customer, order)
        await acts.pay(self._site.sandbox_url, self._customer, order)
        await acts.order_where(self._customer, order, custody="open")
        return order

    async def collect(self, courier: Page, order: str) -> None:
        """Take the parcel out, as the visit's page would."""
        person = Visitor(self._site.base_url, self._site.sandbox_url, "")
        person.token = (await session_of(courier))["access_token"]
        await acts.pick_up(self._kiosk, person, order, NUMBER)
        person.close()

    def close(self) -> None:
        for one in (self._kiosk, self._staff, self._customer):
            one.close()


async def session_of(page: Page) -> JsonObject:
    """Read who is signed in."""
    (session,) = json.loads(await page.js("localStorage['lanjian.sessions']")).values()
    return session


async def verdict(page: Page, name: str, wanted: str) -> None:
    await page.until(
        f"document.querySelector('[data-check={name}]')?.dataset.verdict === '{wanted}'"
    )


async def learns_why(courier: Hand) -> None:
    """Ask why nothing is there: what is in the way is named, and what to do."""
    page = courier.page
    await page.click("为什么没有订单？")
    await verdict(page, "certified", "yes")
    await verdict(page, "socket", "yes")
    await verdict(page, "duty", "no")
    await page.sees("先处理：上班")
    await courier.look("why-off-duty")
    await page.click("去处理", within="[data-check=duty]")


async def stands_there_too(second: Page, where: str) -> None:
    """See in another tab that the courier went on duty, and which place was typed."""
    await second.until("document.getElementById('duty').innerText.includes('下班')")
    await second.click("位置")
    place = ", ".join(f"{float(part):.5f}" for part in where.split(", "))
    await second.until(f"document.querySelector('[name=place]').value === '{place}'")


async def claims(courier: Hand, second: Page, order: str) -> None:
    """Claim in two tabs at once: both say won; the card is among the jobs with its deadline."""
    page, tabs = courier.page, (courier.page, second)
    button = f"document.querySelector('[data-order={order}] button')"
    for tab in tabs:
        await tab.until(f"{button} !== null", DOOR_SECONDS)
    press = f"(it => it !== null && (it.click(), true))({button})"
    pressed = await asyncio.gather(*(tab.js(press) for tab in tabs))
    for tab, was_there in zip(tabs, pressed, strict=True):
        # Whose offer went before it could be pressed hears of the job all the same.
        await tab.until("document.querySelector('.tabs .van-badge')?.innerText === '1'")
        if was_there:
            await tab.until("document.querySelector('#answers .answer.won') !== null")
        assert await tab.js("document.querySelector('#answers .answer.gone, .answer.no') === null")
    await page.sees("取件期限")
    await page.click("导航")
    await page.until("document.querySelector('[data-map=amap]')?.href.includes('uri.amap.com')")
    await courier.look("ways")
    await page.js("document.querySelector('.van-action-sheet__close').click()")


async def writes(courier: Hand, photo: Path) -> None:
    """Fill in the finished waybill, and lose the page before it is handed in."""
    page = courier.page
    await page.sees("已取件", DOOR_SECONDS)
    await page.click("上传完成的面单")
    await page.click("从面单填入")
    await page.until("document.querySelector('[name=recipient]')?.value === '收件丙丁'")
    await page.fill("[name=carrier]", "顺丰")
    await page.fill("[name=weight]", "850")
    await page.give_file("#work [type=file]", photo)
    await page.until("document.querySelector('#work .preview')?.naturalWidth > 0")
    await page.js("document.querySelector('[name=carrier]').blur()")
    await page.until(
        "(async () => { const open = indexedDB.open('lanjian.uploads');"
        " await new Promise((done) => { open.onsuccess = done; });"
        " const all = open.result.transaction('uploads').objectStore('uploads').getAll();"
        " await new Promise((done) => { all.onsuccess = done; }); open.result.close();"
        " return all.result[0]?.typed.weight === '850' && all.result[0].photo !== null; })()"
    )
    await page.reload()
    await page.until("document.querySelector('[name=weight]')?.value === '850'", DOOR_SECONDS)
    await page.until("document.querySelector('#work .preview')?.naturalWidth > 0")
    await page.click("上传面单", within="#work form")
    await page.sees("请填写")  # the postage
    await courier.look("finished-form")


async def sends_in_a_dead_zone(courier: Hand) -> None:
    """Hand it in without a network, reload there, come back into one."""
    page = courier.page
    await kept(page, files=10)
    await page.fill("[name=postage]", "12.5")
    await courier.person.offline()
    await page.click("上传面单", within="#work form")
    await page.sees("没有网络，联网后自动上传")
    await courier.look("dead-zone")
    await page.reload()
    await page.sees("没有网络，联网后自动上传", DOOR_SECONDS)
    await page.until("document.querySelector('#work .preview')?.naturalWidth > 0")
    other = await courier.person.page(await page.js("location.href"))
    await other.sees("没有网络，联网后自动上传", DOOR_SECONDS)
    await courier.person.offline(False)
    for tab in (page, other):
        await tab.sees("等待审核", DOOR_SECONDS)
        await tab.until("!document.body.innerText.includes('上传完成的面单')")
        assert unexpected(tab, *NO_NETWORK) == []


def sent(quarter: Quarter, order: str, person: str) -> tuple[int, int]:
    """Count what came to the server: uploads of the order, photos of the courier."""
    with MongoClient[dict](quarter.site.environment["LANJIAN_MONGODB_URI"]) as client:
        database = client["lanjian"]
        (found,) = database["orders"].find({"_id": order})
        steps = [event["step"] for event in found["events"]]
        photos = database["photos.files"].count_documents({"metadata.owner": person})
        return steps.count("uploaded"), photos


async def test_an_upload_survives_a_dead_zone_and_is_sent_once(
    browser_url: str, tmp_path: Path, city: City
) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(acts.waybill_photo(NUMBER))
    async with city.quarter() as quarter, chromium(browser_url, keeps_pages=True) as browser:
        helpers = Helpers(quarter)
        courier = await hand(browser, quarter.site, quarter.couriers[0])
        try:
            await helpers.log_in()
            await courier.opens("/courier")
            await courier.logs_in()
            await courier.page.click("我要揽件")
            await courier.page.sees("还没有认证")
            person = str((await session_of(courier.page))["person"]["person_id"])
            await helpers.certify(person)
            await courier.page.until("document.getElementById('not-certified') === null")
            await learns_why(courier)
            second = await courier.person.page(f"{quarter.site.base_url}/courier/offers")
            await second.sees("上班接单")
            await start_work(courier, quarter.where, joins=False)
            await stands_there_too(second, quarter.where)
            order = await helpers.offer()
            await claims(courier, second, order)
            assert unexpected(second) == []
            await second.tab.close()
            await helpers.collect(courier.page, order)
            await writes(courier, photo)
            await sends_in_a_dead_zone(courier)
        finally:
            helpers.close()
        assert sent(quarter, order, person) == (1, 1)
