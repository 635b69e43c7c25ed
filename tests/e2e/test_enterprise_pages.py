"""Enterprises and outlets in a browser whose scripts are off: found, read, called."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.chromium import Page, chromium
from tests.e2e.pages import SHOTS
from tests.integration.outlets.serving import OPERATOR, Desk, desk
from tests.integration.outlets.test_enterprises import picture

TEXT = "document.body.innerText"


async def look(page: Page, name: str) -> None:
    """See that nothing sticks out, on a phone and on a desk, and take pictures if wanted."""
    for width in (360, 1280):
        await page.resize(width, 740)
        assert await page.too_wide() == []
        if SHOTS:
            await page.screenshot(Path(SHOTS) / f"enterprise-{name}-{width}.png", whole=True)


async def link(page: Page, path: str) -> str:
    """Find a link's address. The page's hands need its scripts, so nothing is clicked here."""
    return str(await page.js(f"document.querySelector('main [href=\"{path}\"]').href"))


async def search(page: Page, name: str) -> None:
    """Type a name and press Enter: the browser itself sends the form."""
    await page.js("document.querySelector('[name=name]').focus()")
    await page.call("Input.insertText", text=name)
    for kind in ("keyDown", "keyUp"):
        await page.call("Input.dispatchKeyEvent", type=kind, key="Enter", text="\r", code="Enter")


async def an_enterprise(d: Desk) -> str:
    """Publish a page with every kind of block, and an outlet with a holiday."""
    one = await d.enterprise("绿能拆解")
    taken = await d.ask(
        "POST", "/v1/staff/pictures", picture(), who=OPERATOR, Content_Type="image/png"
    )
    blocks = [
        {"kind": "heading", "text": "关于我们"},
        {"kind": "paragraph", "text": "<b>没有标记</b>\n第二行"},
        {"kind": "list", "items": ["身份证", "行驶证"]},
        {"kind": "picture", "picture": taken.body["picture"], "text": "车间"},
    ]
    path = f"/v1/staff/enterprises/{one}"
    await d.done("POST", f"{path}/pages", {"base": 0, "blocks": blocks}, who=OPERATOR)
    await d.done("PUT", f"{path}/page", {"number": 1, "version": 1}, who=OPERATOR)
    holiday = {"day": "2026-10-01", "spans": [], "reason": "国庆节"}
    await d.outlet(one, calendar={"special_days": [holiday]})
    return one


async def test_enterprises_are_found_and_read_without_scripts(
    mongo_uri, mongo_db_name, browser_url
):
    async with desk(mongo_uri, mongo_db_name) as d, chromium(browser_url) as browser:
        green = await an_enterprise(d)
        await d.enterprise("南方再生", "440106")
        page = await (await browser.person()).page()
        await page.call("Emulation.setScriptExecutionDisabled", value=True)
        await page.goto(d.caller.url)
        await page.goto(await link(page, "/e"))
        await page.sees("南方再生")
        await look(page, "search")
        await search(page, "绿能")
        await page.until("location.search.includes('name=%')")
        assert "南方再生" not in await page.js(TEXT)
        await page.goto(await link(page, f"/e/{green}"))
        await page.sees("关于我们")
        assert "<b>没有标记</b>" in await page.js(TEXT)
        assert await page.js("document.scripts.length") == 0
        await page.until("[...document.images].every(one => one.naturalWidth === 1600)")
        for words in ("休息中，09:00 开门", "每天", "10月1日", "国庆节", "动力电池拆卸"):
            assert words in await page.js(TEXT)
        assert await page.js("document.querySelector('[href^=tel]').href") == "tel:075522223333"
        await look(page, "page")
        await page.call(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": "dark"}],
        )
        await look(page, "dark")
        await page.goto(f"{d.caller.url}/e/NOSUCH")
        await page.sees("没有找到")
        await look(page, "missing")
