"""The staff map in a real browser: who rides is seen, in its list as well, and in the past."""

import json
from datetime import UTC, datetime

import pytest

from server.proof.people import Visitor
from tests.e2e.chromium import chromium
from tests.e2e.pages import hand, unexpected
from tests.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(570)]


def row(kind: str, text: str) -> str:
    """Find a row of one of the lists beside the map."""
    rows = f"[...document.querySelectorAll('[data-list={kind}] li')]"
    return f"{rows}.find(one => one.innerText.includes({json.dumps(text)}))"


async def on_duty(site, phone: str, place) -> Visitor:
    """Make a courier who is on duty at a place."""
    courier = Visitor(site.base_url, site.sandbox_url, phone)
    await courier.log_in()
    await courier.ask("POST", "/v1/courier")
    await courier.renew()
    await courier.ask("PUT", "/v1/courier/duty", {"on": True, "districts": []})
    await at(courier, place)
    return courier


async def at(courier: Visitor, place) -> None:
    """Be heard of at a place."""
    lat, lon = place
    body = {"lat": lat, "lon": lon, "at": datetime.now(UTC).isoformat()}
    await courier.ask("PUT", "/v1/courier/position", body)


async def slide(page, end: str) -> None:
    """Drag the past's slider to one end."""
    await page.js(
        "(() => {const one = document.querySelector('[name=moment]');"
        f"one.value = one.{end}; one.dispatchEvent(new Event('input', {{bubbles: true}}))}})()"
    )


async def test_staff_see_who_rides_and_where_they_were(browser_url, city):
    async with city.quarter() as quarter, chromium(browser_url) as browser:
        lat, lon = quarter.place
        courier = await on_duty(quarter.site, quarter.couriers[0], (lat + 0.002, lon))
        staff = await hand(browser, quarter.site, quarter.staff)
        await staff.opens("/staff/map", width=1280)
        page = staff.page
        start = json.dumps({"lat": lat, "lon": lon, "zoom": 15})
        await page.js(f"localStorage.setItem('lanjian.map.start', {json.dumps(start)})")
        await staff.logs_in()
        await page.until("!!" + row("couriers", courier.person_id))
        await page.until("!!" + row("terminals", quarter.terminal))
        await page.until("Number(document.querySelector('canvas.map-things').dataset.frames) > 0")
        await staff.look("map")

        # Chosen in the list, by the keyboard; the way on leads to the terminal's own page.
        await page.js(f"{row('terminals', quarter.terminal)}.querySelector('button').focus()")
        await page.tab.keyboard.press("Enter")
        chosen = f"#map-chosen[data-chosen='{quarter.terminal}']"
        await page.until(f'!!document.querySelector("{chosen}")')
        await page.until(f"""!!document.querySelector("{chosen} a[href$='{quarter.terminal}']")""")

        # A courier is named as lists name people: masked.
        await page.js(f"{row('couriers', courier.person_id)}.querySelector('button').click()")
        await page.until("!!document.querySelector('#map-rider')")
        await page.sees(f"{quarter.couriers[0][:3]}****{quarter.couriers[0][-4:]}")

        # Rides on, out of view, and is told gone; in another view there again.
        await at(courier, (lat + 0.3, lon))
        await page.until(f"!{row('couriers', courier.person_id)}")
        await page.fill("#map-find", quarter.terminal)
        await page.tab.keyboard.press("Enter")
        await at(courier, (lat - 0.002, lon))
        await page.until("!!" + row("couriers", courier.person_id))

        # The past, with a purpose: clearly another time, the same courier, and back.
        await page.click("[name=past]")
        await page.fill(".el-dialog [name=reason]", "核对一次投诉")
        await page.click("查看", within=".el-dialog")
        await page.sees("这是过去")

        async def seen() -> bool:
            for _ in range(12):
                await page.js("document.querySelector('.past-bar [name=ahead]').click()")
            return bool(await page.js(f"!!{row('couriers', courier.person_id)}"))

        await eventually(seen, every_seconds=0.5)
        await staff.look("past")

        # The slider: to the first hour that is kept, when nobody rode, and to the last moment.
        await slide(page, "min")
        await page.until(f"!{row('couriers', courier.person_id)}")
        await page.sees("这个时间和范围内没有记录")
        await slide(page, "max")
        await page.until("!!" + row("couriers", courier.person_id))
        await page.click("回到现在")
        await page.until("!!" + row("terminals", quarter.terminal))
        assert unexpected(page) == []

        # Off duty is off the map.
        await courier.ask("PUT", "/v1/courier/duty", {"on": False, "districts": []})
        await page.until(f"!{row('couriers', courier.person_id)}")
        courier.close()
