"""The parcel journey, played by people through public interfaces only, and what it must show.

A customer fills a waybill and deposits the parcel at a cabinet; couriers race for it; one
wins, binds a carrier waybill, takes the parcel, uploads the finished waybill; staff approve;
the courier is paid. Each promise is a check of the report; a step that fails ends the run and
says where.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

from server.local.site import Site
from server.proof import acts, papers
from server.proof.people import Api, JsonObject, LiveSocket, Visitor
from server.proof.report import Report, progress
from server.proof.town import (
    CENTRE,
    CUSTOMER_PHONE,
    REGION,
    SECRETS,
    RunningStage,
    Stage,
    courier,
    each,
    near,
    place,
    register_terminal,
    staff_member,
)

TERMINAL = "T-JOURNEY"

CHECKS = (
    "two serve processes",
    "price shown before the deposit",
    "door sensed open and closed before money",
    "customer saw each step pushed",
    "every courier on duty saw the offer",
    "one winner",
    "losers told by how much",
    "cards vanished from every feed",
    "uncertified courier led to certification",
    "masked until won",
    "full waybill for the winner only",
    "label printed for the winner",
    "picked up through the door",
    "photo shows the bound number",
    "approved and paid out",
    "ledger balanced",
)


@dataclass(slots=True)
class Cast:
    """Who plays, with their open sockets."""

    site: Stage
    staff: Visitor
    customer: Visitor
    kiosk: Api
    opened_at: str
    carrier_waybill: str  #: never used before, also not by an earlier run on the same site
    couriers: list[Visitor] = field(default_factory=list)
    novice: Visitor | None = None  #: a courier who is not certified
    sockets: dict[str, LiveSocket] = field(default_factory=dict)


async def play(site: Stage, *, couriers: int, seed: int, report: Report) -> None:
    """Play the whole journey on a running site and note every check."""
    report.expect(CHECKS)
    report.check("two serve processes", len(site.server_urls) >= 2, len(site.server_urls))
    async with AsyncExitStack() as stack:
        cast = await gather_cast(site, couriers, random.Random(seed), stack)
        order = await deposit(cast, report)
        await pay(cast, order, report)
        winner = await race(cast, order, report)
        await privacy(cast, order, winner, report)
        await pick_up(cast, order, winner, report)
        await settle(cast, order, winner, report)


async def gather_cast(
    site: Stage, couriers: int, draw: random.Random, stack: AsyncExitStack
) -> Cast:
    """Bring everybody on stage: staff, cabinet, customer, couriers on duty with live feeds."""
    staff = await staff_member(site)
    kiosk_url = await _kiosk(site, staff)
    customer = Visitor(site.server_urls[-1], site.sandbox_url, CUSTOMER_PHONE)
    await customer.log_in()
    rules = await customer.call("GET", "/v1/rules")
    cast = Cast(
        site=site,
        staff=staff,
        customer=customer,
        kiosk=Api(kiosk_url),
        carrier_waybill=f"SF{time.time_ns() // 1_000_000:013d}",
        opened_at=str(parsedate_to_datetime(rules.headers["Date"]).isoformat()),
    )
    progress(f"{couriers} couriers log in")
    found: dict[int, Visitor] = {}

    async def join(number: int) -> None:
        found[number] = await courier(site, number, staff, certified=False)
        if number != couriers:
            await papers.certify(found[number], staff, number)

    await each(range(couriers + 1), join)
    cast.novice = found.pop(couriers)
    cast.couriers = [found[number] for number in sorted(found)]
    live = await stack.enter_async_context(cast.customer.live("me"))
    cast.sockets[cast.customer.person_id] = live
    await couriers_on_duty(cast, draw, stack)
    return cast


async def _kiosk(site: Stage, staff: Visitor) -> str:
    """Find the running site's kiosk, or bring a cabinet of our own."""
    if isinstance(site, RunningStage):
        return site.kiosk_url
    if not isinstance(site, Site):
        raise TypeError(f"no cabinet can be had on {site!r}")
    token = await register_terminal(staff, TERMINAL)
    return await site.start_cabinet(TERMINAL, token)


async def couriers_on_duty(cast: Cast, draw: random.Random, stack: AsyncExitStack) -> None:
    """Open the couriers' sockets and put them on duty."""
    riders = [*cast.couriers, *([cast.novice] if cast.novice else [])]
    places = {rider.person_id: near(CENTRE, 700, draw) for rider in riders}
    for rider in riders:
        socket = await stack.enter_async_context(rider.live("me"))
        cast.sockets[rider.person_id] = socket

    async def on_duty(rider: Visitor) -> None:
        socket = cast.sockets[rider.person_id]
        lat, lon = places[rider.person_id]
        at = (await socket.ask("ping"))["server_time"]
        for kind, fields in (
            ("set_duty", {"on": True}),
            ("report_position", {"lat": lat, "lon": lon, "at": at}),
            ("subscribe", {"channel": "offers"}),
        ):
            answer = await socket.ask(kind, **fields)
            if answer["type"] == "error":
                raise RuntimeError(f"{kind} refused: {answer}")

    await each(riders, on_duty)


async def deposit(cast: Cast, report: Report) -> str:
    """Fill a waybill, scan, choose, let the door open and close, confirm: deposited."""
    progress("deposit")
    query = f"/v1/price?size=M&origin_region={REGION}&region=110105"
    price = await cast.customer.ask("GET", query)
    order = await place(cast.customer)
    fixed = order["price_fen"] == price["price_fen"]
    report.check("price shown before the deposit", fixed, f"{order['price_fen']} fen")
    order_id = str(order["order_id"])
    await acts.deposit(cast.kiosk, cast.customer, order_id)
    return order_id


async def pay(cast: Cast, order: str, report: Report) -> None:
    """Pay on the sandbox phone; the order is then open, and the pushes told each step."""
    progress("payment")
    await acts.pay(cast.site.sandbox_url, cast.customer, order)
    me = cast.sockets[cast.customer.person_id]
    await me.push_where(lambda event: _is_step(event, order, "opened"))
    seen = await cast.customer.ask("GET", f"/v1/orders/{order}")
    steps = [line["step"] for line in seen["timeline"]]
    sensed = [steps.index(name) for name in ("door_sensed_open", "door_sensed_closed")]
    money = min(steps.index(name) for name in ("paid", "opened") if name in steps)
    in_order = sensed == sorted(sensed) and sensed[-1] < steps.index("deposited") < money
    report.check("door sensed open and closed before money", in_order, " → ".join(steps))
    pushed = [
        push["event"]["step"] for push in me.pushes if push["event"]["type"] == "order_changed"
    ]
    wanted = ["placed", "cell_held", "deposited", "opened"]
    told = [step for step in pushed if step in wanted]
    report.check("customer saw each step pushed", set(wanted) <= set(told), " ".join(pushed))


def _is_step(event: JsonObject, order: str, step: str) -> bool:
    changed = event["type"] == "order_changed" and event["order"]["order_id"] == order
    return bool(changed and event["step"] == step)


async def race(cast: Cast, order: str, report: Report) -> Visitor:
    """Let every courier claim at once; answers the winner."""
    progress("race")
    riders = [*cast.couriers, *([cast.novice] if cast.novice else [])]

    async def sees(rider: Visitor) -> JsonObject:
        socket = cast.sockets[rider.person_id]
        push = await socket.push_where(
            lambda event: event["type"] == "offer_opened" and event["offer"]["order_id"] == order
        )
        return dict(push["event"]["offer"])

    offers = await asyncio.gather(*(sees(rider) for rider in riders))
    report.check("every courier on duty saw the offer", len(offers) == len(riders), len(offers))
    version = offers[0]["offer_version"]
    fields = {"order_id": order, "offer_version": version}
    if cast.novice:
        answer = await cast.sockets[cast.novice.person_id].ask("claim_order", **fields)
        led = answer.get("code") == "not_certified"
        report.check("uncertified courier led to certification", led, answer.get("code"))
    answers = await asyncio.gather(
        *(cast.sockets[one.person_id].ask("claim_order", **fields) for one in cast.couriers)
    )
    return await _judge_race(cast, order, answers, report)


async def _judge_race(cast: Cast, order: str, answers: list[JsonObject], report: Report) -> Visitor:
    won = [one for one, answer in zip(cast.couriers, answers, strict=True) if _won(answer)]
    report.check("one winner", len(won) == 1, f"{len(won)} of {len(answers)}")
    lost = [answer for answer in answers if not _won(answer)]
    told = [
        answer
        for answer in lost
        if answer.get("code") == "taken" and (answer.get("details") or {})["earlier_seconds"] >= 0
    ]
    seen = f"{len(told)} of {len(lost)}" + (f", e.g. {told[0]['message']}" if told else "")
    report.check("losers told by how much", len(told) == len(lost), seen)
    gone = await asyncio.gather(
        *(
            socket.push_where(
                lambda event: event["type"] == "offer_gone" and event["order_id"] == order
            )
            for person, socket in cast.sockets.items()
            if person != cast.customer.person_id
        )
    )
    report.check("cards vanished from every feed", bool(gone), len(gone))
    return won[0]


def _won(answer: JsonObject) -> bool:
    return bool(answer["type"] == "claimed")


async def privacy(cast: Cast, order: str, winner: Visitor, report: Report) -> None:
    """Search every frame sent to losers; see who may read the full waybill."""
    leaks = [
        secret
        for person, socket in cast.sockets.items()
        if person not in (winner.person_id, cast.customer.person_id)
        for frame in socket.frames
        for secret in SECRETS
        if secret in json.dumps(json.loads(frame), ensure_ascii=False)
    ]
    frames = sum(len(socket.frames) for socket in cast.sockets.values())
    report.check("masked until won", not leaks, f"{len(leaks)} leaks in {frames} frames")
    full = await winner.ask("GET", f"/v1/orders/{order}/waybill")
    refusals = []
    for loser in [one for one in cast.couriers if one is not winner][:5]:
        answer = await loser.call("GET", f"/v1/orders/{order}/waybill")
        refusals.append(answer.code)
    ok = full["recipient_phone"] == SECRETS[2] and all(code in (403, 404) for code in refusals)
    report.check("full waybill for the winner only", ok, f"losers got {refusals}")
    label = await winner.call("GET", f"/v1/orders/{order}/label.pdf")
    is_label = label.code == 200 and label.body.startswith(b"%PDF")
    report.check("label printed for the winner", is_label, f"{len(label.body)} bytes of PDF")


async def pick_up(cast: Cast, order: str, winner: Visitor, report: Report) -> None:
    """Scan the kiosk as the winner, bind a carrier waybill, take the parcel."""
    progress("pickup")
    await acts.pick_up(cast.kiosk, winner, order, f"CODE_128,{cast.carrier_waybill}")
    seen = await winner.ask("GET", f"/v1/orders/{order}")
    ok = seen["custody"] == "collected" and seen["carrier_waybill"] == cast.carrier_waybill
    report.check("picked up through the door", ok, f"{seen['custody']} {seen['carrier_waybill']}")


async def settle(cast: Cast, order: str, winner: Visitor, report: Report) -> None:
    """Upload the finished waybill, approve it, confirm the transfer; the ledger balances."""
    progress("review and payout")
    today = str(cast.opened_at)[:10]
    await acts.finish(winner, order, cast.carrier_waybill, today)
    waiting = (await cast.staff.ask("GET", "/v1/reviews"))["orders"]
    (seen,) = [one["finished"] for one in waiting if one["order"]["order_id"] == order]
    report.check("photo shows the bound number", seen["match"] == "match", seen["numbers"])
    await cast.staff.ask(
        "POST", f"/v1/reviews/{order}/approve", {"uploaded_at": seen["uploaded_at"]}
    )
    await acts.confirm_transfer(cast.site.sandbox_url, winner, order)
    seen = await cast.staff.ask("GET", f"/v1/orders/{order}")
    paid = seen["custody"] == "done" and seen["payout"] == "paid_out"
    earnings = await winner.ask("GET", "/v1/courier/earnings")
    right = earnings["paid_fen"] == seen["pay_fen"]
    shown = f"{seen['custody']} {seen['payout']} {earnings['paid_fen']} fen"
    report.check("approved and paid out", paid and right, shown)
    ledger = await cast.staff.ask("GET", "/v1/staff/ledger/check")
    report.check("ledger balanced", bool(ledger["ok"]), f"{ledger['entries']} entries")
