"""Every page as one table, and how one is looked at: width, errors, accessibility, pictures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import web
from server.proof.people import JsonObject, Visitor
from tests.e2e.chromium import Browser, Page, Person
from tests.e2e.pages import SHOTS

PHONE, NARROW, DESKTOP = (360, 740), (320, 640), (1440, 900)

#: What axe-core judges: the levels A and AA of WCAG 2.1.
AXE_RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa")

#: Vant and Element Plus draw these themselves; what is excepted, and why, is in docs/decisions.
AXE = Path(web.__file__).parent / "node_modules" / "axe-core" / "axe.min.js"


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """One page: how it is reached, as whom, and what shows that it is there."""

    name: str
    path: str
    face: str = "customer"  #: whose account it uses; see web/src/api/session.ts
    sizes: Sequence[tuple[int, int]] = (PHONE,)
    shows: str = "#app main, main"  #: a selector of what has to be there
    who: str = "customer"  #: "" for nobody, else a key of the people who were made


def phone(name: str, path: str, **given: str) -> Screen:
    """List a page for phones."""
    return Screen(name=name, path=path, **given)


def desk(name: str, path: str) -> Screen:
    """List a page of the staff desk."""
    return Screen(name=name, path=f"/staff{path}", face="staff", who="staff", sizes=(DESKTOP,))


async def session_of(visitor: Visitor) -> JsonObject:
    """Give the session of who is logged in, or logs in now, to a browser."""
    if not visitor.token:
        await visitor.log_in()
    body = {"refresh_token": visitor.refresh_token}
    return await visitor.ask("POST", "/v1/sessions/refresh", body)


async def signed_in(browser: Browser, session: JsonObject | None, face: str) -> Person:
    """Make a browser profile in which somebody is signed in already."""
    person = await browser.person()
    if session:
        who = session["person"]["person_id"]
        kept = {"lanjian.sessions": json.dumps({who: session}), f"lanjian.account.{face}": who}
        await person.context.add_init_script(
            "if (location.protocol.startsWith('http'))"
            f" for (const [key, value] of Object.entries({json.dumps(kept)}))"
            " if (!localStorage.getItem(key)) localStorage.setItem(key, value);"
        )
    return person


@cache
def axe_source() -> str:
    """Read axe-core."""
    return AXE.read_text()


async def axe(page: Page, *, colours_only: bool = False) -> list[str]:
    """Name what a screen reader or weak eyes would stumble over: rule, place, and what is said.

    A page that turned dark is the same but for its colours, so `colours_only` judges those again.
    """
    if not await page.js("'axe' in window"):
        await page.js(axe_source() + "; 0")
    rules = f"axe.getRules({json.dumps(AXE_RULES)})"
    if colours_only:
        rules += ".filter((rule) => rule.tags.includes('cat.color'))"
    asked = f"{{runOnly: {rules}.map((rule) => rule.ruleId), resultTypes: ['violations']}}"
    found = await page.js(f"axe.run(document, {asked}).then((told) => told.violations)")
    return [
        f"{rule['id']}: {' '.join(map(str, node['target']))}: {node['html'][:120]}"
        f" {node.get('failureSummary', '')[:300]}"
        for rule in found
        for node in rule["nodes"]
    ]


#: Finds texts that nobody wrote: vue-i18n shows the key of one that it lacks.
UNSAID = """(() => {
  const key = /^[a-z][a-z_]*(\\.[a-z_0-9]+)+$/;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const said = [];
  while (walker.nextNode()) said.push(walker.currentNode.data.trim());
  for (const name of ['aria-label', 'placeholder', 'title', 'alt'])
    for (const it of document.querySelectorAll(`[${name}]`)) said.push(it.getAttribute(name));
  return [...new Set(said.filter((text) => key.test(text)))];
})()"""


async def unsaid(page: Page) -> list[str]:
    """Name the keys of texts that are missing."""
    return [f"no text: {key}" for key in await page.js(UNSAID)]


async def picture(page: Page, name: str, size: tuple[int, int], *, dark: bool) -> None:
    """Keep a picture of the whole page, if pictures are wanted."""
    if SHOTS:
        looks = "dark" if dark else "light"
        path = Path(SHOTS) / f"{name}-{size[0]}x{size[1]}-{looks}.png"
        await page.screenshot(path, whole=True)
