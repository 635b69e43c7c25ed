"""People who use the pages with their hands: a browser profile and a phone for each."""

from __future__ import annotations

import os
from pathlib import Path

from PIL import Image

from server.local.site import Site
from tests.e2e.chromium import Browser, Page, Person

DOOR_SECONDS = 60.0

#: A folder for pictures of every step, for whoever wants to look; none are taken without it.
SHOTS = os.environ.get("PAGES_SHOTS")

#: Signed in and connected, on a page built with Vue or an older plain one.
SIGNED_IN = """document.querySelector('.phone[data-link=live]') !== null
  || (document.getElementById('account')?.textContent.includes('****')
      && document.body.innerText.includes('实时'))"""

#: The texts on the sandbox phone that hold a code, newest first; notices may come between.
CODES = """[...document.querySelectorAll('#messages .text')]
  .filter((one) => /\\d{6}/.test(one.textContent))"""


class Hand:
    """One person: a browser profile, a phone number, a page of the sandbox phone."""

    def __init__(self, site: Site, person: Person, phone: str) -> None:
        self.site = site
        self.person = person
        self.phone = phone
        self.page: Page  # the platform's page, after `opens`
        self.handset: Page  # the sandbox phone, after `opens`
        self._shots = 0

    async def opens(self, path: str, *, width: int = 360, server: int = 0) -> None:
        """Open a page of the platform, and the sandbox phone beside it."""
        self.handset = await self.person.page(f"{self.site.sandbox_url}/phone/{self.phone}")
        self.page = await self.person.page(
            f"{self.site.server_urls[server]}{path}", width=width, height=740
        )

    async def logs_in(self) -> None:
        """Log in with the code that arrives on the phone."""
        page = self.page
        await page.fill("[name=phone]", self.phone)
        await page.fill("[name=code]", await self.gets_code(self.handset, "body"))
        await page.click("[name=agreement_version]")
        await page.click("登录 / 注册")
        await page.until(SIGNED_IN)

    async def gets_code(self, handset: Page, within: str) -> str:
        """Ask for a code on the page; gives the one that then arrives on a phone."""
        await handset.sees("已连接")
        older = await handset.js(f"{CODES}.length")
        await self.page.click("获取验证码", within=within)
        code: str = await handset.until(
            f"{CODES}.length > {older} && {CODES}[0].textContent.match(/\\d{{6}}/)[0]"
        )
        return code

    async def scans(self) -> Page:
        """Point the phone at the kiosk: the tab that opens."""
        await self.handset.click("[data-tab=scan]")
        await self.handset.click("#kiosk-0 a")
        return await self.person.opened("/v/")

    async def region(self, holder: str, *codes: str) -> None:
        """Choose province, city and district."""
        for at, code in enumerate(codes):
            which = f"document.querySelectorAll('{holder} select')[{at}]"
            await self.page.until(
                f"{which} && [...{which}.options].some(o => o.value === '{code}')"
            )
            await self.page.js(
                f"(() => {{ {which}.value = '{code}';"
                f" {which}.dispatchEvent(new Event('change', {{bubbles: true}})); }})()"
            )

    async def look(self, name: str, page: Page | None = None) -> None:
        """Take a picture, if pictures are wanted, and insist that nothing sticks out sideways."""
        shown = page or self.page
        assert await shown.too_wide() == []
        if SHOTS:
            self._shots += 1
            stem = f"{self.phone[-4:]}-{self._shots:02d}-{name}.png"
            await shown.screenshot(Path(SHOTS) / stem, whole=True)


async def hand(browser: Browser, site: Site, phone: str) -> Hand:
    """Make a person."""
    return Hand(site, await browser.person(), phone)


def photograph(path: Path) -> Path:
    """Make a photo to upload."""
    Image.new("RGB", (640, 480), "steelblue").save(path, "JPEG")
    return path


def unexpected(page: Page, *allowed: str) -> list[str]:
    """List what a page logged as an error, but for refusals that a test provoked."""
    return [error for error in page.errors if not any(text in error for text in allowed)]
