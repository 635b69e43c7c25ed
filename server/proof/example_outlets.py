"""Enterprises and outlets for a first look and for the proofs, made by staff over the public API.

All of it is invented: names begin with 示例 (example), phones are of no subscriber, and the
outlets stand around the first terminal. A site in production gets none of it.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from PIL import Image, ImageDraw

from server.domain.china import CHINA
from server.proof.people import Api, JsonObject, Visitor

#: Shenzhen, as the first terminal.
REGION = "440304"


def hours(*spans: tuple[int, int]) -> list[JsonObject]:
    """Write the hours of one day, by whole hours."""
    return [{"opens": 60 * opens, "closes": 60 * closes} for opens, closes in spans]


WORKDAYS = [hours((9, 12), (14, 18))] * 5
WORKING_WEEK = [*WORKDAYS, hours((9, 12)), []]
WHOLE_WEEK = [hours((8, 20))] * 7
NIGHTS = [hours((0, 2), (9, 18), (20, 24))] * 7


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletPlan:
    """One outlet to be made."""

    name: str
    region: str
    address: str
    place: tuple[float, float]
    phone: str
    services: tuple[str, ...]
    week: list[list[JsonObject]] = field(default_factory=lambda: WORKING_WEEK)
    capacity: int = 3


FUTIAN = OutletPlan(
    name="示例·福田拆卸点",
    region="440304",
    address="示例大道 1 号（虚构）",
    place=(22.5402, 114.0601),
    phone="0755-00000001",
    services=("动力电池拆卸", "电池检测"),
)
NANSHAN = OutletPlan(
    name="示例·南山拆卸点",
    region="440305",
    address="示例科技路 2 号（虚构）",
    place=(22.5333, 113.9305),
    phone="0755-00000002",
    services=("动力电池拆卸",),
    week=WHOLE_WEEK,
    capacity=5,
)
LUOHU = OutletPlan(
    name="示例·罗湖夜间点",
    region="440303",
    address="示例路 3 号（虚构）",
    place=(22.5484, 114.1315),
    phone="0755-00000003",
    services=("动力电池拆卸", "夜间服务"),
    week=NIGHTS,
    capacity=2,
)


async def furnish(base_url: str, staff: Visitor) -> None:
    """Make two enterprises with three outlets, unless there is any enterprise already."""
    if await any_enterprise(base_url):
        return
    today = datetime.now(UTC).astimezone(CHINA).date()
    green = await make_enterprise(staff, "示例绿能电池拆解", page(drawn_workshop("#0b5cad")))
    for plan in (FUTIAN, NANSHAN):
        await make_outlet(staff, green, plan, special_days=special_days(today))
    south = await make_enterprise(staff, "示例南方再生资源", page(drawn_workshop("#087f3f")))
    await make_outlet(staff, south, LUOHU)


async def any_enterprise(base_url: str) -> bool:
    """Tell whether the site has an enterprise that people see."""
    anyone = Api(base_url)
    try:
        return bool((await anyone.ask("GET", "/v1/enterprises?limit=1"))["enterprises"])
    finally:
        anyone.close()


def special_days(today: date) -> list[JsonObject]:
    """Have New Year's Day off, and one short day soon."""
    return [
        {"day": date(today.year + 1, 1, 1).isoformat(), "spans": [], "reason": "元旦放假"},
        {
            "day": (today + timedelta(days=10)).isoformat(),
            "spans": hours((9, 12)),
            "reason": "设备检修，仅上午营业",
        },
    ]


async def make_enterprise(staff: Visitor, name: str, draft: tuple[bytes, list[JsonObject]]) -> str:
    """Make an enterprise with a published page; answers its id."""
    made = await staff.ask("POST", "/v1/staff/enterprises", {"name": name, "region": REGION})
    path = f"/v1/staff/enterprises/{made['enterprise_id']}"
    picture, blocks = draft
    taken = await staff.ask("POST", "/v1/staff/pictures", raw=picture, content_type="image/png")
    shown: JsonObject = {"kind": "picture", "picture": taken["picture"], "text": "作业区示意图"}
    await staff.ask("POST", f"{path}/pages", {"base": 0, "blocks": [*blocks, shown]})
    await staff.ask("PUT", f"{path}/page", {"number": 1, "version": made["version"]})
    return str(made["enterprise_id"])


async def make_outlet(staff: Visitor, enterprise: str, plan: OutletPlan, **calendar: Any) -> str:
    """Make an active outlet with hours; answers its id."""
    details: JsonObject = {
        "name": plan.name,
        "region": plan.region,
        "address": plan.address,
        "lat": plan.place[0],
        "lon": plan.place[1],
        "phone": plan.phone,
        "services": plan.services,
    }
    new = {**details, "enterprise_id": enterprise}
    made = await staff.ask("POST", "/v1/staff/outlets", new)
    path = f"/v1/staff/outlets/{made['outlet_id']}"
    edit = {"version": made["version"], "week": plan.week, "capacity": plan.capacity, **calendar}
    made = await staff.ask("PUT", f"{path}/calendar", edit)
    opened = {**details, "version": made["version"], "active": True}
    await staff.ask("PUT", f"{path}/details", opened)
    return str(made["outlet_id"])


def page(picture: bytes) -> tuple[bytes, list[JsonObject]]:
    """Write an example of a page, and the picture that goes with it."""
    return picture, [
        {"kind": "heading", "text": "关于我们 About us"},
        {
            "kind": "paragraph",
            "text": "这是一家虚构的企业，用来展示页面的样子。\n"
            "This enterprise is invented; it shows what a page looks like.",
        },
        {"kind": "heading", "text": "预约前请准备 What to bring"},
        {
            "kind": "list",
            "items": [
                "身份证 ID card",
                "行驶证 Vehicle licence",
                "车辆钥匙 Car keys",
            ],
        },
    ]


def drawn_workshop(colour: str) -> bytes:
    """Draw a car on a lift, without any word in it."""
    picture = Image.new("RGB", (1200, 600), "#e9edf2")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 480, 1200, 600), fill="#b6bdc8")
    for left in (330, 810):
        pen.rectangle((left, 300, left + 60, 480), fill="#5b6472")
    pen.rounded_rectangle((250, 180, 950, 300), radius=50, fill=colour)
    pen.polygon(((400, 180), (500, 90), (740, 90), (830, 180)), fill=colour)
    pen.polygon(((430, 175), (512, 105), (610, 105), (610, 175)), fill="#fff")
    pen.polygon(((630, 175), (630, 105), (728, 105), (795, 175)), fill="#fff")
    for centre in (380, 820):
        pen.ellipse((centre - 60, 240, centre + 60, 360), fill="#1b1f24")
    pen.rounded_rectangle((480, 310, 720, 370), radius=12, fill="#8a5a00")
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
