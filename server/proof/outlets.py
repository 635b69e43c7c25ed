"""An outlet for a proof of its own: open day and night, made by staff over the public API."""

from __future__ import annotations

from server.proof.example_outlets import REGION, OutletPlan, hours, make_outlet
from server.proof.people import Visitor

PLAN = OutletPlan(
    name="示例·抢号网点",
    region=REGION,
    address="示例路 9 号（虚构）",
    place=(22.5431, 114.0579),
    phone="0755-00000009",
    services=("动力电池拆卸",),
    week=[hours((0, 24))] * 7,
)


async def open_outlet(staff: Visitor, *, capacity: int) -> str:
    """Open an outlet with so many places in each slot; answers its id."""
    asked = {"name": "示例抢号企业", "region": REGION}
    made = await staff.ask("POST", "/v1/staff/enterprises", asked)
    return await make_outlet(staff, str(made["enterprise_id"]), PLAN, capacity=capacity)


async def slot_ahead(staff: Visitor, outlet: str) -> str:
    """Name a slot of the outlet that stays bookable for a day from now."""
    told = await staff.ask("GET", f"/v1/outlets/{outlet}/slots?days=3")
    return str(told["slots"][-1]["slot_id"])
