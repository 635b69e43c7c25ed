"""How staff get about their desk, in walks."""

from __future__ import annotations

from urllib.parse import urlsplit

from tests.e2e.pages import Hand


async def desk(staff: Hand, section: str) -> None:
    """Open a section by the menu; from elsewhere, by way of the desk's first page."""
    page = staff.page
    if not await page.js("location.pathname.match('^/staff(/|$)') !== null"):
        await page.goto(f"{await origin(staff)}/staff")
    await page.click(f'[data-menu="{section}"]')


async def origin(staff: Hand) -> str:
    """Tell which server the page is of."""
    found = urlsplit(await staff.page.js("location.href"))
    return f"{found.scheme}://{found.netloc}"
