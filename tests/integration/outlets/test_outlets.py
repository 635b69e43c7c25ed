"""Outlets: nearest first, open or closed now, their slots; edited by their own staff, versioned."""

import asyncio
from datetime import datetime, timedelta
from urllib.parse import quote

import pytest
from motor.motor_asyncio import AsyncIOMotorClient

from server.domain.bookings.bookings import Booking, Seat
from server.domain.bookings.slots import slot_id
from server.domain.bookings.states import BookingState, PapersState
from server.domain.china import CHINA
from server.domain.ids import BookingId, OutletId, PersonId
from tests.integration.outlets.serving import (
    ADMIN,
    CUSTOMER,
    DETAILS,
    NOW,
    OPERATOR,
    WEEK,
    Desk,
    desk,
)

OLGA = "olga:outlet_staff"
CALENDAR = {"week": WEEK, "capacity": 3}


async def test_outlets_come_nearest_first_and_only_active_ones(mongo_uri, mongo_db_name):
    async with desk(mongo_uri, mongo_db_name) as d:
        one = await d.enterprise()
        far = await d.outlet(one, name="甲 远", lat=23.1, lon=113.3, region="440106")
        near = await d.outlet(one, name="乙 近", services=["检测"])
        await d.outlet(one, name="丙 隐", active=False)
        night = [[{"opens": 1200, "closes": 1440}]] * 7
        late = await d.outlet(one, name="丁 夜", lat=22.6, calendar={"week": night})

        async def found(query: str) -> list[str]:
            view = await d.done("GET", f"/v1/outlets?{query}")
            return [outlet["name"] for outlet in view["outlets"]]

        here = "lat=22.54&lon=114.06"
        assert await found(here) == ["乙 近", "丁 夜", "甲 远"]
        assert await found("") == ["丁 夜", "乙 近", "甲 远"]
        assert await found(f"{here}&limit=1") == ["乙 近"]
        assert await found(f"{here}&region=440100") == ["甲 远"]
        assert await found("service=%E6%A3%80%E6%B5%8B") == ["乙 近"]  # 检测
        assert await found("enterprise_id=ENONE") == []
        d.now = NOW + timedelta(hours=12)  # 20:30
        assert await found(f"{here}&open_now=true") == ["丁 夜"]
        d.now = NOW + timedelta(hours=1)
        assert await found(f"{here}&open_now=true&limit=1") == ["乙 近"]
        views = (await d.done("GET", f"/v1/outlets?{here}"))["outlets"]
        assert views[0]["distance_metres"] == 0
        assert views[1]["distance_metres"] == pytest.approx(6672, abs=20)
        assert views[1]["opening"] == {
            "is_open": False,
            "changes_at": "2026-09-28T12:00:00Z",
            "reason": None,
        }
        assert far["outlet_id"] != near["outlet_id"] != late["outlet_id"]
        for bad, field in (("lat=1", "lon"), ("lon=1", "lat"), ("lat=91&lon=0", "lat")):
            assert (await d.ask("GET", f"/v1/outlets?{bad}")).error[2] == field
        await see_what_staff_find(d, one, near["outlet_id"])


async def see_what_staff_find(d: Desk, enterprise: str, near: str) -> None:
    """Find outlets by a part of name, address or id, by district and enterprise, page by page."""

    async def listed(query: str) -> tuple[list[str], int | None]:
        told = await d.done("GET", f"/v1/staff/outlets?{query}", who=OPERATOR)
        return [one["details"]["name"] for one in told["outlets"]], told["next"]

    assert await listed("limit=2") == (["丁 夜", "丙 隐"], 2)  # hidden ones too
    assert await listed("limit=2&skip=2") == (["乙 近", "甲 远"], None)
    assert await listed(f"text={quote('乙')}") == (["乙 近"], None)
    assert await listed(f"text={near.lower()}") == (["乙 近"], None)
    assert await listed(f"text={quote('福华路')}&limit=1") == (["丁 夜"], 1)
    assert await listed("text=.%2A") == ([], None), "a text is no pattern"
    assert await listed("region=440100") == (["甲 远"], None)
    assert (await listed(f"enterprise_id={enterprise}&region=440300"))[0] == [
        "丁 夜",
        "丙 隐",
        "乙 近",
    ]
    assert await listed("enterprise_id=ENONE") == ([], None)
    bad = await d.ask("GET", "/v1/staff/outlets?region=44", who=OPERATOR)
    assert bad.error == (400, "invalid_input", "region")


async def test_an_outlet_says_its_hours_and_its_holidays(mongo_uri, mongo_db_name):
    async with desk(mongo_uri, mongo_db_name) as d:
        one = await d.enterprise()
        days = [
            {"day": "2026-10-01", "spans": [], "reason": "国庆节"},
            {"day": "2026-09-28", "spans": [{"opens": 600, "closes": 660}], "reason": "盘点"},
            {"day": "2026-09-01", "spans": [], "reason": "装修"},
        ]
        made = await d.outlet(one, calendar={"special_days": days})
        outlet = made["outlet_id"]
        view = await d.done("GET", f"/v1/outlets/{outlet}")
        assert view["opening"]["reason"] == "盘点"
        assert view["opening"]["changes_at"] == "2026-09-28T02:00:00Z"
        assert [day["day"] for day in view["special_days"]] == ["2026-09-28", "2026-10-01"]
        assert view["enterprise_name"] == "绿能拆解"
        page = (await d.page(f"/e/{one}")).body.decode()
        assert "休息中，10:00 开门" in page
        assert "每天" in page
        assert '<span class="span">09:00–12:00</span><span class="span">14:00–18:00</span>' in page
        assert "10月1日（周四）" in page
        assert "国庆节" in page
        assert '<a href="tel:075522223333">0755-22223333</a>' in page

        slots = await d.done("GET", f"/v1/outlets/{outlet}/slots?first=2026-09-30&days=2")
        assert slots["slots"][0]["starts_at"] == "2026-09-30T01:00:00Z"
        assert len(slots["slots"]) == 7
        assert {(slot["capacity"], slot["free"]) for slot in slots["slots"]} == {(3, 2)}
        assert [day["reason"] for day in slots["closed_days"]] == ["国庆节"]
        hidden = await d.outlet(one, active=False)
        for path in (f"/v1/outlets/{hidden['outlet_id']}", "/v1/outlets/NONE"):
            assert (await d.ask("GET", path)).error == (404, "not_found", "outlet_id")
            assert (await d.ask("GET", f"{path}/slots")).status == 404
        for bad in ("days=0", "days=63", "first=tomorrow", "x=1"):
            assert (await d.ask("GET", f"/v1/outlets/{outlet}/slots?{bad}")).status == 400


async def calendar(d: Desk, outlet: str, who: str, version: int, **fields):
    asked = {"version": version, "week": WEEK, "capacity": 3, **fields}
    return await d.ask("PUT", f"/v1/staff/outlets/{outlet}/calendar", asked, who=who)


async def test_outlet_staff_see_and_edit_their_own_outlets_calendar_only(mongo_uri, mongo_db_name):
    async with desk(mongo_uri, mongo_db_name) as d:
        enterprise = await d.enterprise()
        mine, other = [
            (await d.outlet(enterprise, name=name))["outlet_id"] for name in ("我的", "别的")
        ]
        assert (await calendar(d, mine, OLGA, 3)).error == (403, "forbidden", "outlet_id")
        assert (await d.done("GET", "/v1/staff/outlets", who=OLGA))["outlets"] == []
        staff = f"/v1/staff/outlets/{mine}/staff"
        assert (await d.ask("PUT", f"{staff}/olga", who=OPERATOR)).status == 404  # lower case
        link = d.caller.ask
        assert (await link("PUT", f"{staff}/OLGA", b"", who=OPERATOR)).status == 403
        assert (await link("PUT", f"{staff}/NOBODY", b"", who=ADMIN)).status == 404
        linked = await link("PUT", f"{staff}/OLGA", b"", who=ADMIN)
        assert set(linked.body["people"]) == {"OLGA"}
        olga = "OLGA:outlet_staff"

        listed = await d.done("GET", "/v1/staff/outlets", who=olga)
        assert [outlet["outlet_id"] for outlet in listed["outlets"]] == [mine]
        found = await d.done("GET", f"/v1/staff/outlets?text={other}", who=olga)
        assert found["outlets"] == [], "looked for by its id, another's outlet stays unseen"
        edited = await calendar(d, mine, olga, 3, capacity=5)
        assert (edited.status, edited.body["calendar"]["capacity"]) == (200, 5)
        assert d.pages.outlets[-1] == mine, "open pages fetch its slots again"
        for method, path, body in (
            ("GET", f"/v1/staff/outlets/{other}", None),
            ("GET", f"/v1/staff/outlets/{other}/outside", None),
            ("POST", f"/v1/staff/outlets/{other}/outside", CALENDAR),
            ("GET", f"/v1/staff/outlets/{other}/days", None),
            ("PUT", f"/v1/staff/outlets/{other}/calendar", {**CALENDAR, "version": 3}),
            ("PUT", f"/v1/staff/outlets/{mine}/details", {**DETAILS, "version": 4}),
            ("POST", "/v1/staff/outlets", {**DETAILS, "enterprise_id": enterprise}),
            ("GET", staff, None),
        ):  # fmt: skip
            assert (await d.ask(method, path, body, who=olga)).status == 403, path
        # the link without the role is nothing, and neither is the role without the link
        assert (await d.ask("GET", f"/v1/staff/outlets/{mine}", who="OLGA")).status == 403
        assert d.standing.people == []
        for _ in range(2):
            await d.caller.ask("DELETE", f"{staff}/OLGA", who=ADMIN)
            assert d.standing.people == ["OLGA"], "open pages are judged anew, once"
        assert (await calendar(d, mine, olga, 4)).status == 403
        actions = [record["action"] for record in await d.audit.of(f"outlet:{mine}")]
        assert {"link_outlet_staff", "edit_outlet_calendar", "unlink_outlet_staff"} < set(actions)


async def test_edits_are_written_over_the_version_they_were_made_from(mongo_uri, mongo_db_name):
    async with desk(mongo_uri, mongo_db_name) as d:
        outlet = (await d.outlet(await d.enterprise()))["outlet_id"]
        answers = await asyncio.gather(
            *(calendar(d, outlet, OPERATOR, 3, capacity=number) for number in range(4, 12))
        )
        assert sorted(answer.status for answer in answers) == [200, *[409] * 7]
        assert {answer.error[1] for answer in answers if answer.status == 409} == {"stale"}
        (won,) = [answer.body for answer in answers if answer.status == 200]
        shown = await d.done("GET", f"/v1/staff/outlets/{outlet}", who=OPERATOR)
        assert shown == won
        assert shown["version"] == 4
        capacity = won["calendar"]["capacity"]
        records = await d.audit.of(f"outlet:{outlet}")
        assert {"capacity": f"3 → {capacity}"} in [record["details"] for record in records]


BAD_EDITS = [
    ("calendar", {"capacity": 0}, "capacity", "range"),
    ("calendar", {"capacity": "3"}, "capacity", "type"),
    ("calendar", {"slot_minutes": 50}, "slot_minutes", "divides_the_day"),
    ("calendar", {"week": WEEK[:6]}, "week", "seven_days"),
    ("calendar", {"week": [[{"opens": 700, "closes": 600}], *WEEK[1:]]},
     "week[0][0].closes", "after_opens"),
    ("calendar", {"special_days": [{"day": "2026-02-30", "spans": [], "reason": "x"}]},
     "special_days[0].day", "value"),
    ("calendar", {"special_days": [{"day": "2026-10-01", "spans": [], "reason": " "}]},
     "special_days[0].reason", "required"),
    ("calendar", {"closed": True}, "closed", "unknown_field"),
    ("details", {"phone": "22223333"}, "phone", "phone"),
    ("details", {"lat": 114.06, "lon": 22.54}, "lat", "range"),
    ("details", {"lat": 14.0, "lon": 22.54}, "lon", "in_china"),
    ("details", {"services": []}, "services", "required"),
    ("details", {"name": ""}, "name", "length"),
    ("details", {"region": "9"}, "region", "region_code"),
]  # fmt: skip


async def test_a_bad_edit_names_its_field_and_changes_nothing(mongo_uri, mongo_db_name):
    async with desk(mongo_uri, mongo_db_name) as d:
        outlet = await d.outlet(await d.enterprise())
        path = f"/v1/staff/outlets/{outlet['outlet_id']}"
        whole = {
            "calendar": CALENDAR,
            "details": {**DETAILS, "active": True},
        }
        for where, fields, field, rule in BAD_EDITS:
            asked = {**whole[where], "version": 3, **fields}
            refused = await d.ask("PUT", f"{path}/{where}", asked, who=OPERATOR)
            error = refused.body["error"]
            assert (refused.status, error["field"], error["rule"]) == (400, field, rule)
        assert await d.done("GET", path, who=OPERATOR) == outlet


def booked(outlet: str, at: datetime, place: int = 0) -> Booking:
    seat = Seat(
        slot=slot_id(OutletId(outlet), at),
        place=place,
        starts_at=at,
        ends_at=at + timedelta(hours=1),
    )
    return Booking(
        id=BookingId(f"B{at:%H}{place}"),
        person=PersonId("P1"),
        outlet=OutletId(outlet),
        seat=seat,
        state=BookingState.BOOKED,
        papers=PapersState.PENDING,
        version=1,
        created_at=NOW,
    )


async def test_staff_are_shown_what_lies_outside_and_nothing_is_taken_away(
    mongo_uri, mongo_db_name
):
    async with desk(mongo_uri, mongo_db_name) as d:
        outlet = (await d.outlet(await d.enterprise()))["outlet_id"]
        tuesday = datetime(2026, 9, 29, 9, tzinfo=CHINA)
        d.bookings.bookings = [
            booked(outlet, tuesday, place=2),
            booked(outlet, tuesday.replace(hour=11)),
            booked(outlet, tuesday.replace(hour=14)),
        ]
        path = f"/v1/staff/outlets/{outlet}/outside"

        async def outside() -> list[str]:
            view = await d.done("GET", path, who=OPERATOR)
            return [one["booking_id"] for one in view["bookings"]]

        assert await outside() == []
        morning = [[{"opens": 540, "closes": 720}]] * 7
        assert (await calendar(d, outlet, OPERATOR, 3, week=morning)).status == 200
        assert await outside() == ["B140"]
        assert (await calendar(d, outlet, OPERATOR, 4, capacity=2)).status == 200
        assert await outside() == ["B092"]
        closed = [{"day": "2026-09-29", "spans": [], "reason": "停电"}]
        assert (await calendar(d, outlet, OPERATOR, 5, special_days=closed)).status == 200
        assert await outside() == ["B092", "B110", "B140"]
        assert (await d.ask("GET", path, who=CUSTOMER)).status == 403


async def test_staff_are_told_before_they_save_what_would_lie_outside(mongo_uri, mongo_db_name):
    async with desk(mongo_uri, mongo_db_name) as d:
        made = await d.outlet(await d.enterprise())
        path = f"/v1/staff/outlets/{made['outlet_id']}"
        nine = datetime(2026, 9, 29, 9, tzinfo=CHINA)
        d.bookings.bookings = [
            booked(made["outlet_id"], nine),
            booked(made["outlet_id"], nine.replace(hour=14)),
        ]

        async def foreseen(**fields) -> list[str]:
            asked = {**CALENDAR, **fields}
            view = await d.done("POST", f"{path}/outside", asked, who=OPERATOR)
            return [one["booking_id"] for one in view["bookings"]]

        assert await foreseen() == []
        assert await foreseen(active=False) == ["B090", "B140"]
        holiday = {"day": "2026-09-29", "spans": [], "reason": "停电"}
        assert await foreseen(special_days=[holiday]) == ["B090", "B140"]
        assert await foreseen(week=[[{"opens": 540, "closes": 720}]] * 7) == ["B140"]
        refused = await d.ask("POST", f"{path}/outside", {**CALENDAR, "capacity": 0}, who=OPERATOR)
        assert refused.error[2] == "capacity"
        assert await d.done("GET", path, who=OPERATOR) == made, "nothing is written"


async def test_a_month_shows_hours_places_and_how_many_come(mongo_uri, mongo_db_name):
    async with desk(mongo_uri, mongo_db_name) as d:
        holiday = {"day": "2026-10-01", "spans": [], "reason": "国庆节"}
        enterprise = await d.enterprise()
        made = await d.outlet(enterprise, active=False, calendar={"special_days": [holiday]})
        outlet, path = made["outlet_id"], f"/v1/staff/outlets/{made['outlet_id']}/days"
        mongo: AsyncIOMotorClient = AsyncIOMotorClient(mongo_uri)
        noon = datetime(2026, 9, 29, 12, tzinfo=CHINA)
        midnight = datetime(2026, 9, 29, 0, tzinfo=CHINA)  # still the 28th where UTC is
        kept = [
            ("booked", noon, None),
            ("done", midnight, None),
            ("held", noon, NOW + timedelta(minutes=1)),
            ("held", noon, NOW - timedelta(minutes=1)),
            ("cancelled", noon, None),
            ("booked", noon + timedelta(days=60), None),
        ]
        await mongo[mongo_db_name]["bookings"].insert_many(
            {
                "_id": f"B{number}",
                "outlet": outlet,
                "state": state,
                "seat": {"starts_at": at},
                "held_until": until,
            }
            for number, (state, at, until) in enumerate(kept)
        )
        mongo.close()
        view = await d.done("GET", f"{path}?first=2026-09-29&days=3", who=OPERATOR)
        assert (view["today"], view["last_day"]) == ("2026-09-28", "2026-10-28")
        assert [(day["day"], day["places"], day["booked"]) for day in view["days"]] == [
            ("2026-09-29", 21, 3),
            ("2026-09-30", 21, 0),
            ("2026-10-01", 0, 0),
        ]
        assert view["days"][0]["spans"] == WEEK[0], "a hidden outlet's days as if it were shown"
        assert [day["reason"] for day in view["days"]] == [None, None, "国庆节"]
        assert len((await d.done("GET", path, who=OPERATOR))["days"]) == 42
        assert (await d.ask("GET", f"{path}?days=63", who=OPERATOR)).status == 400
