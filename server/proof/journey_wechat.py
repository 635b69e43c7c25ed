"""The parcel journey where its people are: in WeChat, with both wallets, before the sandbox.

`lanjian journey parcel --providers sandbox`. The customer scans a kiosk with WeChat, follows by
the visit's own QR, and is led back by the account's answer; logs in by WeChat; pays one order by
JSAPI and another by Alipay. Couriers are certified by application, race, scan by the menu; the
winners confirm their pay in WeChat. What each of them was told is read in the chat.
"""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from functools import partial
from urllib.parse import urlsplit

from server.domain.custody import Step
from server.domain.documents import id_check
from server.domain.money import Payout
from server.domain.notice_kind import Hears, Kind
from server.domain.notice_kinds import KINDS
from server.local.site import Site
from server.proof import acts, journey
from server.proof.journey import Cast
from server.proof.people import Api, JsonObject, Visitor
from server.proof.report import Report, progress
from server.proof.town import (
    COURIER_PHONE,
    CUSTOMER_PHONE,
    each,
    place,
    register_terminal,
    staff_member,
)
from server.proof.wechat_people import WeChatVisitor

TERMINAL = "T-WECHAT"

CHECKS = (
    "menu and templates applied",
    "not followed: the visit's QR leads to following",
    "the answer in WeChat leads back to the same visit",
    "logged in by WeChat, phone bound",
    "couriers certified by application",
    "deposited in the visit that WeChat led to",
    "paid in WeChat by JSAPI",
    "paid by Alipay",
    "one winner",
    "losers told by how much",
    "cards vanished from every feed",
    "a scan by the menu leads the courier to a visit",
    "full waybill for the winner only",
    "picked up through the door",
    "couriers confirmed their pay in WeChat",
    "customer heard in WeChat",
    "courier heard in WeChat",
    "both wallets in the ledger",
    "ledger balanced",
    "all of that again for the order paid by Alipay",
)

#: How an order is paid.
Pay = Callable[[Cast, str, Report], Awaitable[None]]

#: What customer and courier must have been told in WeChat; the customer has no page open, so that
#: even what an open page would be enough for comes there.
CUSTOMER_HEARS = (Step.CONFIRM_INSIDE, Step.OFFER, Step.CLAIM, Step.COLLECT, Step.APPROVE)
COURIER_HEARS = (Payout.AWAITING, Payout.PAID_OUT)


async def play(site: Site, *, couriers: int, seed: int, report: Report) -> None:
    """Play the whole journey on a site of ours and note every check."""
    report.expect(CHECKS)
    await _apply(site, report)
    staff = await staff_member(site)
    token = await register_terminal(staff, TERMINAL)
    kiosk = Api(await site.start_cabinet(TERMINAL, token))
    customer = WeChatVisitor(site.base_url, site.sandbox_url, CUSTOMER_PHONE)
    visit = await _come_by_wechat(kiosk, customer, report)
    cast = Cast(
        site=site,
        staff=staff,
        customer=customer,
        kiosk=kiosk,
        opened_at=time.strftime("%Y-%m-%d", time.gmtime()),
        carrier_waybill="",
    )
    await _certified_couriers(cast, couriers, report)
    async with AsyncExitStack() as stack:
        await journey.couriers_on_duty(cast, random.Random(seed), stack)
        await _one_order(cast, visit, _pay_by_jsapi, report)
        second = Report("the second order")
        visit = await _scan_as_follower(kiosk, customer)
        await _one_order(cast, visit, _pay_by_alipay, second)
    _sum_up(second, report)
    await _money(cast, report)


def _sum_up(second: Report, report: Report) -> None:
    """Check the second order's promises as one, but for the one that is its own."""
    for check in second.checks:
        if check.name == "paid by Alipay":
            report.check(check.name, check.ok, check.seen)
    bad = [f"{check.name}: {check.seen}" for check in second.checks if not check.ok]
    seen = f"{len(second.checks)} checks" + (f", bad: {bad}" if bad else "")
    report.check("all of that again for the order paid by Alipay", second.ok, seen)


async def _apply(site: Site, report: Report) -> None:
    """Put menu and templates up, with the command that an owner would use."""
    command = [sys.executable, "-m", "server.cli", "wechat", "apply"]

    def run() -> subprocess.CompletedProcess[str]:
        given = {**os.environ, **site.environment}
        return subprocess.run(
            command, env=given, capture_output=True, text=True, timeout=60, check=False
        )

    done = await asyncio.to_thread(run)
    seen = (done.stdout or done.stderr).strip().splitlines()[-1:]
    report.check("menu and templates applied", done.returncode == 0, " ".join(seen))


# The scan conversation


async def _come_by_wechat(kiosk: Api, customer: WeChatVisitor, report: Report) -> str:
    """Scan without following, follow by the visit's own QR, come back, log in; the visit's id."""
    progress("a stranger scans with WeChat")
    await customer.be_in_wechat()
    url = await acts.kiosk_url(kiosk)
    opened = await customer.tap("scan-url", url=url)
    code = urlsplit(str(opened["open"])).path.rsplit("/", 1)[-1]
    visit = str((await customer.ask("POST", "/v1/visits", {"code": code}))["visit_id"])
    scene = await customer.ask("POST", "/v1/wechat/scene", {"visit_id": visit})
    has_qr = not scene["followed"] and str(scene["qr"]).startswith("data:image/")
    await customer.tap("follow", scene=f"visit:{visit}")
    answer = await customer.told(lambda entry: entry["kind"] == "reply")
    name = "not followed: the visit's QR leads to following"
    report.check(name, has_qr, answer["title"])
    led = _visit_in(answer)
    name = "the answer in WeChat leads back to the same visit"
    report.check(name, led == visit, f"{answer['title']}: {answer['url']}")
    linked = await customer.log_in_by_wechat(f"/visit/{visit}")
    await customer.ask("POST", f"/v1/visits/{visit}/join")
    mine = await customer.ask("GET", "/v1/me/wechat")
    report.check("logged in by WeChat, phone bound", linked, f"{len(mine['links'])} linked")
    return visit


async def _scan_as_follower(kiosk: Api, person: WeChatVisitor) -> str:
    """Scan by the account's menu, as a follower does; gives the visit it leads to."""
    earlier = await person.chat()
    url = await acts.kiosk_url(kiosk)
    await person.tap("menu-scan", key="scan_terminal", text=url)
    answer = await person.told(lambda entry: entry not in earlier and _visit_in(entry) is not None)
    visit = str(_visit_in(answer))
    await person.ask("POST", f"/v1/visits/{visit}/join")
    return visit


def _visit_in(entry: JsonObject) -> str | None:
    path = urlsplit(str(entry.get("url") or "")).path
    return path.rsplit("/", 1)[-1] if path.startswith("/visit/") else None


# Couriers


async def _certified_couriers(cast: Cast, count: int, report: Report) -> None:
    """Have couriers come by WeChat, apply with their papers, and be approved by staff."""
    progress(f"{count} couriers log in by WeChat and apply")
    found: dict[int, WeChatVisitor] = {}

    async def join(number: int) -> None:
        url = cast.site.server_urls[number % len(cast.site.server_urls)]
        person = WeChatVisitor(url, cast.site.sandbox_url, str(COURIER_PHONE + number))
        await person.be_in_wechat()
        await person.tap("follow")
        await person.log_in_by_wechat("/courier")
        await person.ask("POST", "/v1/courier")
        await person.ask("POST", "/v1/certification", await _papers(person, number))
        found[number] = person

    await each(range(count), join)
    queue = await cast.staff.ask("GET", "/v1/certifications")

    async def approve(application: str) -> None:
        await cast.staff.ask("POST", f"/v1/certifications/{application}/approve", {})

    await each([str(one["application_id"]) for one in queue["applications"]], approve)
    states = []
    for number in sorted(found):
        await found[number].renew()
        states.append((await found[number].ask("GET", "/v1/certification"))["state"])
    cast.couriers = [found[number] for number in sorted(found)]
    good = states.count("certified")
    report.check("couriers certified by application", good == count, f"{good} of {count}")


async def _papers(person: WeChatVisitor, number: int) -> JsonObject:
    photo = await person.ask(
        "POST", "/v1/photos", raw=acts.small_photo(), content_type="image/jpeg"
    )
    body = f"110105199003{1 + number % 28:02d}{number:03d}"
    return {
        "real_name": "揽件戊己",
        "id_number": body + id_check(body),
        "employer": "顺丰速运",
        "staff_number": f"E{number:04d}",
        "expires_on": f"{int(time.strftime('%Y')) + 1}-06-30",
        "photo_id": photo["photo_id"],
    }


# One order


async def _one_order(cast: Cast, visit: str, pay: Pay, report: Report) -> None:
    """Deposit in a visit that WeChat led to, pay, race, pick up, review, confirm the pay."""
    customer = cast.customer
    progress("an order from deposit to payout")
    began = datetime.now(UTC)
    cast.carrier_waybill = f"SF{time.time_ns() // 1_000_000:013d}"
    order = str((await place(customer))["order_id"])
    await acts.deposit_in(visit, customer, order)
    seen = await customer.ask("GET", f"/v1/orders/{order}")
    name = "deposited in the visit that WeChat led to"
    report.check(name, seen["custody"] == "deposited", seen["custody"])
    await pay(cast, order, report)
    winner = await journey.race(cast, order, report)
    await journey.privacy(cast, order, winner, report)
    await _pick_up(cast, order, winner, report)
    await acts.finish(winner, order, cast.carrier_waybill, str(cast.opened_at)[:10])
    (review,) = (await cast.staff.ask("GET", "/v1/reviews"))["orders"]
    looked_at = {"uploaded_at": review["finished"]["uploaded_at"]}
    await cast.staff.ask("POST", f"/v1/reviews/{order}/approve", looked_at)
    await _confirm(cast, order, winner, report)
    await _heard(customer, winner, began, report)


async def _pay_by_jsapi(cast: Cast, order: str, report: Report) -> None:
    """Pay at the order's page within WeChat."""
    customer = _in_wechat(cast.customer)
    link = await customer.ask("POST", f"/v1/orders/{order}/pay-link")
    handle = await customer.handle(f"/pay/{link['code']}")
    body = {"way": "wechat_jsapi", "handle": handle}
    page = await customer.ask("POST", f"/v1/pay/{link['code']}", body, headers=customer.browser)
    given = page["payment"]["jsapi"]
    prepay = str(given["package"]).removeprefix("prepay_id=")
    await _tap_pay(cast, prepay)
    await acts.order_where(customer, order, custody="open", charge="paid")
    report.check("paid in WeChat by JSAPI", "paySign" in given, " ".join(sorted(given)))


async def _pay_by_alipay(cast: Cast, order: str, report: Report) -> None:
    """Pay at the order's page by the link that Alipay gave."""
    customer = cast.customer
    link = await customer.ask("POST", f"/v1/orders/{order}/pay-link")
    page = await customer.ask("POST", f"/v1/pay/{link['code']}", {"way": "alipay_precreate"})
    url = str(page["payment"]["url"])
    await _tap_pay(cast, urlsplit(url).path.rsplit("/", 1)[-1])
    await acts.order_where(customer, order, custody="open", charge="paid")
    report.check("paid by Alipay", page["payment"]["way"] == "alipay_precreate", page["state"])


async def _tap_pay(cast: Cast, prepay: str) -> None:
    """Look at what is to be paid, as a wallet's own page does, and pay it."""
    sandbox = Api(cast.site.sandbox_url)
    bill = await sandbox.ask("GET", f"/bills/pay/{prepay}")
    await sandbox.ask("POST", f"/pay/orders/{bill['out_trade_no']}/tap-pay", {})
    sandbox.close()


async def _pick_up(cast: Cast, order: str, winner: Visitor, report: Report) -> None:
    """Scan by the menu as the winner, bind a carrier waybill, take the parcel out."""
    progress("pickup")
    visit = await _scan_as_follower(cast.kiosk, _in_wechat(winner))
    name = "a scan by the menu leads the courier to a visit"
    report.check(name, bool(visit), visit)
    await winner.ask("POST", f"/v1/visits/{visit}/role", {"role": "pickup"})
    await acts.pick_up_in(visit, winner, order, f"CODE_128,{cast.carrier_waybill}")
    seen = await winner.ask("GET", f"/v1/orders/{order}")
    ok = seen["custody"] == "collected" and seen["carrier_waybill"] == cast.carrier_waybill
    report.check("picked up through the door", ok, f"{seen['custody']} {seen['carrier_waybill']}")


async def _confirm(cast: Cast, order: str, winner: Visitor, report: Report) -> None:
    """Open the confirmation of one's pay as the page in WeChat does, and confirm it there."""
    progress("the courier confirms the pay in WeChat")
    await acts.order_where(winner, order, payout="awaiting_confirmation")
    earnings = await winner.ask("GET", "/v1/courier/earnings")
    payout = next(one["payout_id"] for one in earnings["payouts"] if one["order_id"] == order)
    opened = await winner.ask("POST", f"/v1/courier/payouts/{payout}/confirmation")
    sandbox = Api(cast.site.sandbox_url)
    told = await sandbox.ask("POST", f"/transfers/{payout}/tap-confirm", {})
    sandbox.close()
    seen = await acts.order_where(winner, order, payout="paid_out", custody="done")
    to_openid = told["payee"] == _in_wechat(winner).openid
    ok = "package" in opened["parameters"] and to_openid
    shown = f"{told['amount_fen']} fen to the linked WeChat, {seen['payout']}"
    report.check("couriers confirmed their pay in WeChat", ok, shown)


async def _heard(customer: Visitor, winner: Visitor, since: datetime, report: Report) -> None:
    """Read in the chats what customer and courier were told."""
    ends: tuple[tuple[str, Visitor, Hears, Sequence[str]], ...] = (
        ("customer heard in WeChat", customer, Hears.CUSTOMER, CUSTOMER_HEARS),
        ("courier heard in WeChat", winner, Hears.COURIER, COURIER_HEARS),
    )
    for name, person, who, events in ends:
        heard = []
        for event in events:
            entry = await _in_wechat(person).told(partial(_tells, KINDS[event, who], since))
            heard.append(f"{event} ({entry['kind']})")
        report.check(name, len(heard) == len(events), ", ".join(heard))


def _tells(kind: Kind, since: datetime, entry: JsonObject) -> bool:
    said = f"{entry.get('title')} {entry.get('text')}"
    is_new = datetime.fromisoformat(entry["at"]) >= since
    return entry["kind"] != "reply" and is_new and (kind.zh in said or kind.word in said)


async def _money(cast: Cast, report: Report) -> None:
    ledger = await cast.staff.ask("GET", "/v1/staff/ledger/check")
    balances = {name: fen for name, fen in ledger["balances"].items() if "clearing" in name}
    both = {"provider_clearing:wechat", "provider_clearing:alipay"} <= set(balances)
    report.check("both wallets in the ledger", both, balances)
    report.check("ledger balanced", bool(ledger["ok"]), f"{ledger['entries']} entries")


def _in_wechat(person: Visitor) -> WeChatVisitor:
    if not isinstance(person, WeChatVisitor):
        raise TypeError(f"{person!r} is not in WeChat")
    return person
