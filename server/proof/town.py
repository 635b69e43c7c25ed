"""A town for the proofs: staff, a terminal, a customer, couriers, made through the public API.

Phones are of the 1390000xxxx block and names are invented. The only thing done behind the
API's back is naming the first administrator, as an owner does with `lanjian staff add`.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from server.app.commands import opened_staffing
from server.domain.people import Role
from server.local.site import Site
from server.proof.people import JsonObject, Visitor
from server.settings import Settings

T = TypeVar("T")

STAFF_PHONE = "13900009000"
STAFF_ROLES = (Role.ADMIN, Role.OPERATOR, Role.REVIEWER, Role.FINANCE)
CUSTOMER_PHONE = "13900001000"
COURIER_PHONE = 13900002000

#: Futian, Shenzhen: where the first terminal stands.
CENTRE = (22.5431, 114.0579)
REGION = "440304"

#: How many people talk to the site at once while a town is made.
AT_ONCE = 16

#: SMS limits for one machine, where everybody shares an address and nobody pays for an SMS.
LOCAL_RULES = {
    "LANJIAN_CODE_GAP_SECONDS": "1",
    "LANJIAN_CODES_PER_HOUR": "1000",
    "LANJIAN_CODES_PER_DAY": "10000",
    "LANJIAN_CODES_PER_DEVICE_HOUR": "1000",
    "LANJIAN_CODES_PER_ADDRESS_HOUR": "100000",
    "LANJIAN_CODES_PER_SITE_DAY": "1000000",
}

#: The same, and a cap that lets every racer win everything.
CROWD_RULES = {**LOCAL_RULES, "LANJIAN_COURIER_CAP": "1000"}


async def each(things: Iterable[T], act: Callable[[T], Awaitable[object]]) -> None:
    """Do the same for many, a bounded number at once."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(thing: T) -> None:
        async with gate:
            await act(thing)

    async with asyncio.TaskGroup() as group:
        for thing in things:
            group.create_task(one(thing))


async def add_staff(site: Site, phone: str, roles: Sequence[Role] = STAFF_ROLES) -> None:
    """Name a member of staff, as `lanjian staff add` does, without a process of its own."""
    async with opened_staffing(Settings.from_env(site.environment)) as staffing:
        for role in roles:
            await staffing.add(phone, role)


def near(centre: tuple[float, float], metres: float, draw: random.Random) -> tuple[float, float]:
    """Draw a place within so many metres of another."""
    reach = metres / 111_320
    return (
        centre[0] + draw.uniform(-reach, reach) * 0.7,
        centre[1] + draw.uniform(-reach, reach) * 0.7,
    )


class Stage(Protocol):
    """A site to play on: a `Site` of this process, or one that runs already."""

    @property
    def server_urls(self) -> Sequence[str]:
        """Where the servers answer."""

    @property
    def base_url(self) -> str:
        """Where the first server answers."""

    @property
    def sandbox_url(self) -> str:
        """Where the sandbox phone is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningStage:
    """A site that runs already, with a kiosk whose doors open and close by themselves."""

    server_urls: tuple[str, ...]
    sandbox_url: str
    kiosk_url: str
    staff_phone: str

    @property
    def base_url(self) -> str:
        """Where the first server answers."""
        return self.server_urls[0]


async def staff_member(stage: Stage) -> Visitor:
    """Log in as staff with every role the journey needs; on a site of ours, name them first."""
    phone = stage.staff_phone if isinstance(stage, RunningStage) else STAFF_PHONE
    staff = Visitor(stage.base_url, stage.sandbox_url, phone)
    if isinstance(stage, Site):
        await add_staff(stage, STAFF_PHONE)
    await staff.log_in()
    return staff


async def register_terminal(
    staff: Visitor,
    terminal: str,
    *,
    name: str = "福田口岸 1 号柜",
    place: tuple[float, float] = CENTRE,
    sizes: str = "SSSSSSSSSSSSMMMMMMMMLLLL",
) -> str:
    """Register a terminal with one cell a letter; answers its token."""
    cells = [{"cell": number, "size": size} for number, size in enumerate(sizes, 1)]
    answer = await staff.ask(
        "POST",
        "/v1/terminals",
        {
            "terminal_id": terminal,
            "name": name,
            "lat": place[0],
            "lon": place[1],
            "region": REGION,
            "cells": cells,
        },
    )
    return str(answer["token"])


async def courier(site: Stage, number: int, staff: Visitor, *, certified: bool = True) -> Visitor:
    """Log in as a courier on one of the servers, and be certified by staff."""
    url = site.server_urls[number % len(site.server_urls)]
    person = Visitor(url, site.sandbox_url, str(COURIER_PHONE + number))
    await person.log_in()
    await person.ask("POST", "/v1/courier")
    if certified:
        path = f"/v1/couriers/{person.person_id}/certification"
        await staff.ask("PUT", path, {"state": "certified", "reason": "proof"})
    await person.renew()
    return person


async def place(customer: Visitor, **fields: Any) -> JsonObject:
    """Ask what the parcel costs, and place its waybill at that price."""
    body = waybill(**fields)
    origin, region = body["origin_region"], body["recipient"]["region"]
    query = f"size={body['size']}&origin_region={origin}&region={region}"
    price = await customer.ask("GET", f"/v1/price?{query}")
    return await customer.ask("POST", "/v1/orders", {**body, "price_fen": price["price_fen"]})


def waybill(**fields: Any) -> JsonObject:
    """Fill a waybill, but for its price, whose personal texts are easy to search for."""
    body: JsonObject = {
        "sender_name": "寄件甲乙",
        "recipient": {
            "name": "收件丙丁",
            "phone": "13900007777",
            "region": "110105",
            "address": "秘密大道 77 号幸福里 3 栋 1204",
        },
        "description": "一本很特别的书",
        "size": "M",
        "origin_region": REGION,
        "no_prohibited_goods": True,
        "consent_version": "2026-11",
    }
    return {**body, **fields}


#: What must never reach anybody who did not win.
SECRETS = ("寄件甲乙", "收件丙丁", "13900007777", "秘密大道", "栋 1204")
