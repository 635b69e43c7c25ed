"""A courier and a customer where there is no network: their pages, the cabinet's scanner, doors."""

import asyncio
import io
import json

import pytest
import zxingcpp
from PIL import Image
from pymongo import MongoClient
from websockets.asyncio.client import connect

from realtime.wire.grants import read_grant_text
from server.local.site import Site
from server.proof.people import Api
from tests.e2e.chromium import Page, chromium
from tests.e2e.pages import DOOR_SECONDS, Hand, unexpected
from tests.e2e.walks.city import City, Quarter
from tests.e2e.walks.parcel_steps import (
    deposit,
    everybody,
    fill_waybill,
    may_claim,
    start_work,
)
from tests.e2e.walks.staff_steps import certify
from tests.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(570)]

CODE = "出示离线码"

#: What browsers log when there is no network, and when a socket is refused.
NO_NETWORK = ("ERR_CONNECTION_REFUSED", "ERR_INTERNET_DISCONNECTED", "WebSocket connection")


async def network_ends(site: Site) -> None:
    """Take all servers away: neither phones nor the cabinet reach anything."""
    for server in site.servers:
        await asyncio.to_thread(server.kill)


async def network_returns(site: Site) -> None:
    for number in range(len(site.servers)):
        await site.start_server(number)


async def code_on(page: Page) -> str:
    """Read the picture as a scanner does: off the screen."""
    shown = "document.querySelector('.offline-code img')"
    await page.until(f"{shown}?.complete && {shown}.naturalWidth > 0")
    code = page.tab.locator(".offline-code img").first

    async def read() -> str:
        picture = Image.open(io.BytesIO(await code.screenshot())).convert("L")
        larger = picture.resize((picture.width * 3, picture.height * 3), Image.Resampling.NEAREST)
        found = zxingcpp.read_barcodes(larger)
        assert len(found) == 1, "the code is not whole on the screen yet"
        return found[0].text

    return await eventually(read)


def pulses(site: Site, command: str) -> int:
    """Count what the cabinet has told of an unlock that its board answered."""
    query = {"command": command, "kind": "pulsed"}
    with MongoClient[dict](site.environment["LANJIAN_MONGODB_URI"]) as client:
        return client["lanjian"]["door_events"].count_documents(query)


async def kiosk_scans(kiosk_url: str, text: str) -> dict:
    """Hold a code to the cabinet's scanner; gives what its page is answered."""
    async with connect(kiosk_url.replace("http", "ws") + "/socket", proxy=None) as page:
        await page.send(json.dumps({"type": "scan", "value": text, "visit_id": None}))
        while True:
            answer = json.loads(await page.recv())
            if answer["type"] == "answer":
                return answer


async def offline_kiosk(kiosk_url: str) -> None:
    """Wait until the cabinet knows that it has no link."""
    kiosk = Api(kiosk_url)

    async def is_so() -> bool:
        return (await kiosk.ask("GET", "/state"))["takes_grants"]

    try:
        await eventually(is_so)
    finally:
        kiosk.close()


async def kept(page: Page, files: int = 20) -> None:
    """Wait until the worker has taken the pages' files."""
    await page.until(
        "(async () => { const names = await caches.keys();"
        " const held = names[0] ? await (await caches.open(names[0])).keys() : [];"
        f" return navigator.serviceWorker.controller !== null && held.length > {files}; }})()",
        DOOR_SECONDS,
    )


async def win(courier: Hand) -> None:
    await courier.page.click("#offers .offer button", DOOR_SECONDS)
    await courier.page.sees("取件期限")
    await courier.page.sees(CODE, DOOR_SECONDS)
    await courier.look("won-with-code")


async def collects_in_the_basement(courier: Hand, quarter: Quarter) -> None:
    """Open the page anew without a network, show the code, take the parcel out."""
    page, site, kiosk_url = courier.page, quarter.site, quarter.kiosk_url
    await kept(page)
    await network_ends(site)
    await offline_kiosk(kiosk_url)
    await page.reload()
    await page.sees("离线：显示的是之前的内容", DOOR_SECONDS)
    await page.click("[href='/courier/jobs']")
    await courier.look("basement")
    await page.click(CODE)
    text = await code_on(page)
    assert text.startswith("LJG1:")
    await courier.look("code")
    answer = await kiosk_scans(kiosk_url, text)
    assert answer.get("ok"), answer
    await kiosk_scans(kiosk_url, text)  # scanners tell a code more than once
    await page.click("关闭", within=".van-popup")
    await network_returns(site)
    await page.sees("是，已取出", 60)
    await courier.look("told")
    await page.click("是，已取出")
    await page.sees("已取件", DOOR_SECONDS)
    await page.until(f"!document.body.innerText.includes('{CODE}')")
    assert pulses(site, read_grant_text(text)[0].grant_id) == 1


async def deposits_at_a_silent_cabinet(customer: Hand, quarter: Quarter) -> None:
    """Ask for a door of a cabinet that hangs: the code is on the phone while it opens."""
    await fill_waybill(customer)
    visit = await customer.scans()
    await visit.sees("存这件")
    cabinet = quarter.site.cabinets[quarter.terminal]
    cabinet.pause()
    try:
        await visit.click("存这件")
        await visit.sees("正在开门", DOOR_SECONDS)
        await visit.click(CODE, DOOR_SECONDS)
        assert (await code_on(visit)).startswith("LJG1:")
        await customer.look("deposit-code", visit)
        await visit.click("关闭", within=".van-popup")
        await customer.page.sees(CODE, DOOR_SECONDS)
        await customer.look("deposit-orders")
        await network_ends(quarter.site)
        for page, name in ((visit, "deposit-basement"), (customer.page, "orders-basement")):
            await page.reload()
            await page.click(CODE, DOOR_SECONDS)
            assert (await code_on(page)).startswith("LJG1:")
            await customer.look(name, page)
    finally:
        cabinet.resume()


async def test_doors_are_opened_by_codes_where_there_is_no_network(
    browser_url: str, city: City
) -> None:
    async with city.quarter() as quarter, chromium(browser_url, keeps_pages=True) as browser:
        customer, staff, courier = await everybody(browser, quarter, couriers=1)
        await start_work(courier, quarter.where)
        await certify(staff, [courier])
        await may_claim(courier)
        await fill_waybill(customer)
        await deposit(customer)
        await win(courier)
        await collects_in_the_basement(courier, quarter)
        await customer.page.sees("已取件", DOOR_SECONDS)
        await deposits_at_a_silent_cabinet(customer, quarter)
        for person in (customer, courier):
            assert unexpected(person.page, *NO_NETWORK, "400 (Bad Request)") == []
