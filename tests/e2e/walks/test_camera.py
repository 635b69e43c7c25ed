"""Live cameras: a terminal's QR, a waybill's bars and a paper, seen and read while they are held.

In a browser of its own, since the others' open no camera; so it is one walk.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
import segno
from PIL import Image

from server.proof import acts, booking_acts, town
from server.proof.people import Api, Visitor
from tests.e2e.chromium import Browser, Page, Program, chromium
from tests.e2e.film import Film
from tests.e2e.pages import DOOR_SECONDS, SHOTS, unexpected
from tests.e2e.screens import session_of, signed_in
from tests.e2e.walks.city import City, Quarter
from tests.e2e.walks.test_outlet_staff import an_outlet

pytestmark = [pytest.mark.slow, pytest.mark.timeout(570)]

NUMBER = "SF5566778899001"  # of this walk alone: a number is bound once on the site

BLANK = Image.new("L", (400, 252), 240)

LOOKS = "document.querySelector('.sight')?.dataset.stage === 'looking'"

LIGHT_IS_OUT = (
    "[...document.querySelectorAll('video')].every((one) =>"
    " (one.srcObject?.getTracks() ?? []).every((track) => track.readyState === 'ended'))"
)


@pytest.fixture
def film(tmp_path: Path) -> Film:
    return Film(tmp_path / "film.y4m")


@pytest.fixture
def camera_url(tmp_path: Path, film: Film) -> Iterator[str]:
    program = Program(tmp_path, film.path)
    yield program.url()
    program.stop()


def qr(text: str) -> Image.Image:
    """Draw a QR as a screen shows it."""
    file = io.BytesIO()
    segno.make_qr(text, error="m").save(file, kind="png", scale=6, border=4)
    return Image.open(file)


def bars(number: str) -> Image.Image:
    """Draw a carrier's label."""
    return Image.open(io.BytesIO(acts.waybill_photo(number)))


async def look(page: Page, name: str) -> None:
    assert await page.too_wide() == []
    if SHOTS:
        await page.screenshot(Path(SHOTS) / f"camera-{name}.png")


async def sees_codes(page: Page, button: str = "扫一扫") -> None:
    """Open the scanner, and wait until it reads what the camera gives."""
    assert await page.js("'BarcodeDetector' in window") is False  # ZXing has to do it
    await page.click(button)
    await page.until(LOOKS, DOOR_SECONDS)


async def deposits(page: Page, film: Film, quarter: Quarter, customer: Visitor) -> str:
    """Scan the kiosk, after a label that is of no use there; gives the order, paid and on offer."""
    site, kiosk = quarter.site, Api(quarter.kiosk_url)
    order = str((await town.place(customer))["order_id"])
    await page.goto(f"{site.base_url}/customer")
    await sees_codes(page)
    film.show(bars(NUMBER))
    await page.sees("不是终端的二维码")
    await look(page, "label")
    film.show(qr(await acts.kiosk_url(kiosk)))
    kiosk.close()
    await page.click("存这件", DOOR_SECONDS)
    await page.click("是，已放入", DOOR_SECONDS)
    await page.sees("请支付", DOOR_SECONDS)
    await acts.pay(site.sandbox_url, customer, order)
    await acts.order_where(customer, order, custody="open")
    return order


async def collects(browser: Browser, film: Film, quarter: Quarter, order: str) -> None:
    """Scan the kiosk and the carrier's waybill, whose number is bound as it was read."""
    site, kiosk = quarter.site, Api(quarter.kiosk_url)
    staff = Visitor(site.base_url, site.sandbox_url, quarter.staff)
    await staff.log_in()
    courier = await town.courier(site, int(quarter.couriers[0][-4:]), staff)
    session = await session_of(courier)
    claim = {"offer_version": 1, "request_id": "camera"}
    await courier.ask("POST", f"/v1/offers/{order}/claim", claim)
    page = await (await signed_in(browser, session, "courier")).page(
        f"{site.base_url}/courier/jobs"
    )
    film.show(BLANK)  # the terminal, once the scanner looks: it leads away at once
    await sees_codes(page, "扫终端二维码取件")
    film.show(qr(await acts.kiosk_url(kiosk)))
    await page.click("揽件", DOOR_SECONDS)
    film.show(bars(NUMBER))
    await page.click("取这件")
    await page.click("扫一扫")
    await page.until(f"document.querySelector('[name=carrier_waybill]').value === '{NUMBER}'")
    await look(page, "bound")
    await page.click("绑定并开门")
    await page.sees("包裹取出来了吗", DOOR_SECONDS)
    bound = await acts.order_where(courier, order, custody="collecting")
    assert bound["carrier_waybill"] == NUMBER
    assert unexpected(page) == []
    for one in (kiosk, staff, courier):
        one.close()


async def photographs_a_paper(page: Page, film: Film, quarter: Quarter, owner: Visitor) -> None:
    """Take the photo of the ID card with the form's own camera: it is sent, and shown."""
    outlet = await an_outlet(quarter.site)
    slot = (await booking_acts.slots(owner, outlet, days=4))[-1]
    held = await booking_acts.hold(owner, slot["slot_id"])
    await booking_acts.consent(owner)
    await page.goto(f"{quarter.site.base_url}/book/form/{held['booking_id']}")
    film.show(BLANK)
    await page.click("拍照", within="[data-kind=id_card]")
    await page.until(LOOKS, DOOR_SECONDS)
    await look(page, "paper")
    await page.click(".paper-camera [class*=primary]")
    await page.until(
        "document.querySelector('[data-kind=id_card] img.photo')?.naturalWidth === 640"
    )
    await page.until(LIGHT_IS_OUT)
    await look(page, "paper-sent")


async def test_cameras_read_codes_and_take_photos(camera_url: str, film: Film, city: City) -> None:
    async with city.quarter() as quarter, chromium(camera_url) as browser:
        site = quarter.site
        customer = Visitor(site.base_url, site.sandbox_url, quarter.customer)
        session = await session_of(customer)
        page = await (await signed_in(browser, session, "customer")).page()
        order = await deposits(page, film, quarter, customer)
        await photographs_a_paper(page, film, quarter, customer)
        assert unexpected(page) == []
        customer.close()
        await page.tab.close()
        await collects(browser, film, quarter, order)
