"""A small city that keeps moving: customers send, couriers ride, claim, pick up and are paid.

Everybody uses the public interfaces, at real coordinates in Futian, Shenzhen. Seeded, so that
a run can be repeated. One who fails (a kiosk busy, a code limited) says so once and goes on.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import math
import random
from dataclasses import dataclass, field

from server.local.site import Site
from server.proof import acts
from server.proof.people import Api, JsonObject, LiveSocket, Refused, Visitor
from server.proof.town import CENTRE, courier, place, register_terminal, staff_member, waybill

log = logging.getLogger(__name__)

#: The city's cabinets: id, name, place.
CABINETS = (
    ("T-CITY-1", "会展中心 1 号柜", (22.5329, 114.0556)),
    ("T-CITY-2", "华强北 2 号柜", (22.5466, 114.0853)),
    ("T-CITY-3", "香蜜湖 3 号柜", (22.5480, 114.0290)),
)
RIDERS = 8
SENDERS = 6
SENDER_PHONE = 13900003000
#: Metres a second of an electric bicycle in town.
RIDE_SPEED = 6.0
RIDE_STEP_SECONDS = 2.0
#: Pause between two parcels of one customer.
SEND_PAUSE_SECONDS = (4.0, 15.0)
#: A courier's own reaction time to an offer.
REACT_SECONDS = (0.3, 2.5)
LOOK_SECONDS = 1.0


@dataclass(slots=True)
class City:
    """The city's shared things; a cabinet serves one person at a time."""

    site: Site
    staff: Visitor
    draw: random.Random
    kiosks: dict[str, Api] = field(default_factory=dict)
    queues: dict[str, asyncio.Lock] = field(default_factory=dict)
    carrier_numbers: itertools.count[int] = field(default_factory=itertools.count)

    def carrier_number(self) -> str:
        """Make a carrier waybill number that was never used, also not by an earlier run."""
        return f"SF{self.draw.getrandbits(40):013d}{next(self.carrier_numbers):02d}"[:15]


async def keep_moving(site: Site, *, seed: int) -> None:
    """Move until cancelled."""
    draw = random.Random(seed)
    city = City(site=site, staff=await staff_member(site), draw=draw)
    await _open_cabinets(city)
    async with asyncio.TaskGroup() as people:
        for number in range(RIDERS):
            people.create_task(_ride(city, number))
        for number in range(SENDERS):
            people.create_task(_send(city, number))
        people.create_task(_review(city))


async def _open_cabinets(city: City) -> None:
    for terminal, name, spot in CABINETS:
        token = await register_terminal(city.staff, terminal, name=name, place=spot)
        city.kiosks[terminal] = Api(await city.site.start_cabinet(terminal, token))
        city.queues[terminal] = asyncio.Lock()


async def _send(city: City, number: int) -> None:
    """Live a customer's day: fill a waybill, deposit it somewhere, pay, wait, again."""
    urls = city.site.server_urls
    phone = str(SENDER_PHONE + number)
    customer = Visitor(urls[number % len(urls)], city.site.sandbox_url, phone)
    await customer.log_in()
    while True:
        await asyncio.sleep(city.draw.uniform(*SEND_PAUSE_SECONDS))
        terminal = city.draw.choice(CABINETS)[0]
        region = city.draw.choice(["440304", "440106", "110105", "310104"])
        size = city.draw.choice("SSMML")
        recipient = {**waybill()["recipient"], "region": region}
        try:
            order = await place(customer, size=size, recipient=recipient)
            async with city.queues[terminal]:
                await acts.deposit(city.kiosks[terminal], customer, str(order["order_id"]))
            await acts.pay(city.site.sandbox_url, customer, str(order["order_id"]))
        except (Refused, TimeoutError) as trouble:
            log.warning("a customer had to give up: %s", trouble)


async def _ride(city: City, number: int) -> None:
    """Live a courier's day: ride about, claim what appears, bring it in."""
    rider = await courier(city.site, number + 1, city.staff)
    place = [CENTRE[0] + city.draw.uniform(-0.02, 0.02), CENTRE[1] + city.draw.uniform(-0.03, 0.03)]
    while True:
        try:
            async with rider.live("me") as socket, asyncio.TaskGroup() as day:
                await socket.ask("set_duty", on=True)
                await _report(socket, place)
                await socket.ask("subscribe", channel="offers")
                day.create_task(_roam(city, socket, place))
                day.create_task(_work(city, rider, socket, place))
        except* (ConnectionError, OSError) as trouble:
            log.warning("courier %s lost the socket: %s", rider.phone[-4:], trouble.exceptions[0])
            await asyncio.sleep(LOOK_SECONDS)
        await rider.renew()


async def _report(socket: LiveSocket, place: list[float]) -> None:
    now = (await socket.ask("ping"))["server_time"]
    await socket.ask("report_position", lat=place[0], lon=place[1], at=now)


async def _roam(city: City, socket: LiveSocket, place: list[float]) -> None:
    heading = city.draw.uniform(0, 2 * math.pi)
    step = RIDE_SPEED * RIDE_STEP_SECONDS / 111_320
    while True:
        heading += city.draw.uniform(-0.5, 0.5)
        far = math.dist(place, CENTRE) > 0.04
        if far:  # turn home
            heading = math.atan2(CENTRE[1] - place[1], CENTRE[0] - place[0])
        place[0] += step * math.cos(heading)
        place[1] += step * math.sin(heading)
        await _report(socket, place)
        await asyncio.sleep(RIDE_STEP_SECONDS)


async def _work(city: City, rider: Visitor, socket: LiveSocket, place: list[float]) -> None:
    seen: set[str] = set()
    while True:
        push = await _next_offer(socket, seen)
        await asyncio.sleep(city.draw.uniform(*REACT_SECONDS))
        offer = push["event"]["offer"]
        answer = await socket.ask(
            "claim_order", order_id=offer["order_id"], offer_version=offer["offer_version"]
        )
        if answer["type"] == "claimed":
            place[0], place[1] = offer["lat"], offer["lon"]  # ridden there while we blinked
            await _bring_in(city, rider, str(offer["terminal_id"]), str(offer["order_id"]))


async def _next_offer(socket: LiveSocket, seen: set[str]) -> JsonObject:
    def is_new(event: JsonObject) -> bool:
        return event["type"] == "offer_opened" and event["offer"]["order_id"] not in seen

    while True:
        try:
            push = await socket.push_where(is_new)
        except TimeoutError:
            continue
        seen.add(push["event"]["offer"]["order_id"])
        return push


async def _bring_in(city: City, rider: Visitor, terminal: str, order: str) -> None:
    number = city.carrier_number()
    try:
        async with city.queues[terminal]:
            await acts.pick_up(city.kiosks[terminal], rider, order, number)
        day = (await rider.ask("GET", f"/v1/orders/{order}"))["updated_at"][:10]
        await acts.finish(rider, order, number, day)
        await acts.confirm_transfer(city.site.sandbox_url, rider, order)
    except (Refused, TimeoutError, KeyError) as trouble:
        log.warning("a courier had to give up: %s", trouble)


async def _review(city: City) -> None:
    """Approve what waits; a real desk looks closer."""
    while True:
        try:
            waiting = await city.staff.ask("GET", "/v1/reviews")
            for waiting_for in waiting["orders"]:
                seen = {"uploaded_at": waiting_for["finished"]["uploaded_at"]}
                order = waiting_for["order"]["order_id"]
                await city.staff.ask("POST", f"/v1/reviews/{order}/approve", seen)
        except Refused as refusal:
            if refusal.code == "token_expired":
                await city.staff.renew()
            elif refusal.code not in ("stale", "illegal_transition"):
                log.warning("review refused: %s", refusal)
        await asyncio.sleep(LOOK_SECONDS)
