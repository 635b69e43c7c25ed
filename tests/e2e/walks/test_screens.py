"""Every page, opened by whom it is for: it fits, logs no error, and can be read by all.

With PAGES_SHOTS it keeps pictures of each and of some more, light and dark, in Chinese and English,
phones 360 and 320 pixels wide (`make screenshots`).
"""

from __future__ import annotations

from itertools import product

import pytest

from server.proof import example_outlets, town
from server.proof.people import JsonObject, Visitor
from tests.e2e.chromium import Browser, Page, chromium
from tests.e2e.pages import unexpected
from tests.e2e.screens import (
    NARROW,
    SHOTS,
    Screen,
    axe,
    desk,
    phone,
    picture,
    session_of,
    signed_in,
    unsaid,
)
from tests.e2e.walks.city import City, Quarter

#: Narrower screens are phones.
WIDE = 500

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

PHONES = (
    phone("home", "/", who=""),
    phone("home-in", "/"),
    phone("login", "/login", who=""),
    phone("pay-unknown", "/pay/NONE", who="", face="pay"),
    phone("customer-out", "/customer", who=""),
    phone("customer-orders", "/customer/"),
    phone("customer-send", "/customer/send"),
    phone("customer-terminals", "/customer/terminals"),
    phone("customer-account", "/customer/account"),
    phone("customer-addresses", "/customer/addresses"),
    phone("customer-order", "/customer/orders/{order}"),
    phone("customer-help", "/customer/help"),
    phone("courier-new", "/courier/offers", face="courier"),
    phone("courier-offers", "/courier/offers", face="courier", who="courier"),
    phone("courier-jobs", "/courier/jobs", face="courier", who="courier"),
    phone("courier-earnings", "/courier/earnings", face="courier", who="courier"),
    phone("courier-me", "/courier/me", face="courier", who="courier"),
    phone("courier-certification", "/courier/certification", face="courier"),
    phone("courier-why", "/courier/why", face="courier", who="courier"),
    phone("book", "/book/"),
    phone("me", "/me/"),
    phone("me-vehicles", "/me/vehicles"),
    phone("me-bookings", "/me/bookings"),
    phone("me-wechat", "/me/wechat"),
    phone("me-data", "/me/data"),
)

DESKS = (
    Screen(name="desk-out", path="/staff/", face="staff", who="", sizes=((1440, 900), (360, 740))),
    desk("desk", "/"),
    desk("desk-map", "/map"),
    desk("desk-orders", "/orders"),
    desk("desk-order", "/orders/{order}"),
    desk("desk-replay", "/orders/{order}/replay"),
    desk("desk-stuck", "/stuck"),
    desk("desk-reviews", "/reviews"),
    desk("desk-certifications", "/certifications"),
    desk("desk-papers", "/papers"),
    desk("desk-day", "/day"),
    desk("desk-couriers", "/couriers"),
    desk("desk-people", "/people"),
    desk("desk-audit", "/audit"),
    desk("desk-prices", "/prices"),
    desk("desk-messages", "/messages"),
    desk("desk-service", "/service"),
    desk("desk-enterprises", "/enterprises"),
    desk("desk-enterprise", "/enterprises/{enterprise}"),
    desk("desk-outlets", "/outlets"),
    desk("desk-outlet", "/outlets/{outlet}"),
    desk("desk-terminal-replay", "/terminals/{terminal}/replay"),
)


#: Opened by other walks; here they are for their pictures only.
PICTURED_PHONES = (
    phone("enterprises", "/e", who=""),
    phone("enterprise-page", "/e/{enterprise}", who=""),
    phone("no-enterprise", "/e/NONE", who=""),
    phone("no-page", "/no-such-page", who=""),
    phone("agreement", "/agreement", who=""),
    phone("terms", "/static/terms.html", who=""),
    phone("visit-unknown", "/v/none", face="visit"),
)

PICTURED_DESKS = (
    desk("desk-complaints", "/complaints"),
    desk("desk-terminals", "/terminals"),
    desk("desk-terminal", "/terminals/{terminal}"),
    desk("desk-alerts", "/alerts"),
    desk("desk-refunds", "/refunds"),
    desk("desk-payouts", "/payouts"),
    desk("desk-finance", "/finance"),
    desk("desk-no-page", "/no-such-page"),
)

#: What pages of things that do not exist log; others may log nothing else than the first of them.
REFUSED = {
    "pay-unknown": "/pay/NONE",
    "no-enterprise": "/e/NONE",
    "no-page": "/no-such-page",
    "desk-no-page": "/no-such-page",
    "visit-unknown": "/v1/visits",
}

#: Each page is pictured in both languages; one is enough for what is judged.
LANGUAGES = ("zh", "en") if SHOTS else ("zh",)


#: Colours that fade into others are judged when they have.
STILL = "!document.getAnimations().some((one) => one instanceof CSSTransition)"


#: A page without one is turned by its styles alone.
HAS_NO_SCRIPT = "!document.querySelector('script[type=module]')"


async def people(quarter: Quarter) -> tuple[dict[str, JsonObject], dict[str, str]]:
    """Make who looks, and an order to look at: sessions, and what paths name."""
    site = quarter.site
    staff, customer = (
        Visitor(site.base_url, site.sandbox_url, number)
        for number in (quarter.staff, quarter.customer)
    )
    sessions = {"staff": await session_of(staff), "customer": await session_of(customer)}
    courier = await town.courier(site, int(quarter.couriers[0][-4:]), staff)
    sessions["courier"] = await session_of(courier)
    order = await town.place(customer)
    draft = example_outlets.page(example_outlets.drawn_workshop("#087f3f"))
    enterprise = await example_outlets.make_enterprise(staff, "示例各页企业", draft)
    outlet = await example_outlets.make_outlet(staff, enterprise, example_outlets.FUTIAN)
    for one in (staff, customer, courier):
        one.close()
    names = {"order": order["order_id"], "terminal": quarter.terminal}
    return sessions, {**names, "enterprise": enterprise, "outlet": outlet}


async def looked_at(page: Page, screen: Screen, url: str) -> list[str]:
    """Open a page in each of its sizes, light and dark: what is wrong with it."""
    wrong: list[str] = []
    is_phone = screen.sizes[0][0] < WIDE
    sizes = (*screen.sizes, NARROW) if SHOTS and is_phone else screen.sizes
    for language, size in product(LANGUAGES, sizes):
        await page.resize(*size)
        await page.goto(url)
        if SHOTS:
            await page.js(f"localStorage.setItem('lanjian.language', '{language}')")
            await page.goto(url)
        await page.until(f"!!document.querySelector({screen.shows!r})")
        await page.settled()
        await page.until("!document.querySelector('[aria-busy=true], .van-skeleton')")
        wrong += await page.too_wide()
        wrong += await unsaid(page)
        for dark in (False, True):
            await page.darken(dark)
            turned = f"document.documentElement.classList.contains('dark') === {str(dark).lower()}"
            await page.until(f"({HAS_NO_SCRIPT} || {turned}) && {STILL}")
            wrong += [
                f"{'dark' if dark else 'light'}: {one}"
                for one in await axe(page, colours_only=dark)
            ]
            await picture(page, f"{screen.name}-{language}", size, dark=dark)
        await page.darken(dark=False)
    refused = REFUSED.get(screen.name, "/pay/NONE")
    return [f"{screen.name}: {one}" for one in (*wrong, *unexpected(page, refused))]


async def walked(browser: Browser, quarter: Quarter, screens: tuple[Screen, ...]) -> list[str]:
    """Look at each; one person opens all pages of an account, as people do."""
    sessions, names = await people(quarter)
    wrong: list[str] = []
    pages: dict[tuple[str, str], Page] = {}
    for screen in screens:
        who = (screen.who, screen.face)
        if who not in pages:
            person = await signed_in(browser, sessions.get(screen.who), screen.face)
            pages[who] = await person.page()
        page = pages[who]
        page.errors.clear()
        url = quarter.site.base_url + screen.path.format(**names)
        wrong += await looked_at(page, screen, url)
        if screen.sizes[0][0] < WIDE and not SHOTS:
            await page.resize(*NARROW)
            wrong += [f"{screen.name}: at 320: {one}" for one in await page.too_wide()]
        await page.goto("about:blank")
    return wrong


def none(wrong: list[str]) -> None:
    """Insist that nothing is wrong, and tell all of it otherwise."""
    if wrong:
        pytest.fail("\n".join(wrong))


async def test_phone_pages_fit_log_nothing_and_can_be_read(city: City, browser_url: str) -> None:
    async with city.quarter() as quarter, chromium(browser_url) as browser:
        none(await walked(browser, quarter, PHONES + (PICTURED_PHONES if SHOTS else ())))


async def test_the_desk_fits_logs_nothing_and_can_be_read(city: City, browser_url: str) -> None:
    async with city.quarter() as quarter, chromium(browser_url) as browser:
        none(await walked(browser, quarter, DESKS + (PICTURED_DESKS if SHOTS else ())))
