"""Every route of orders, visits and terminals over HTTP: the straight way, and each wrong one."""

from typing import Any

import pytest

from server.domain.ids import OrderId, VisitId
from server.domain.people import Role
from tests.integration.deposit.served import Served, served
from tests.integration.deposit.test_pickup import NUMBER
from tests.integration.deposit.world import SECRET_TEXTS, World, world

WAYBILL: dict[str, Any] = {
    "sender_name": "张三",
    "recipient": {
        "name": "李四",
        "phone": "13800000002",
        "region": "110105",
        "address": "某路 1 号 2 单元",
    },
    "description": "书",
    "size": "M",
    "origin_region": "440305",
    "price_fen": 2000,
    "no_prohibited_goods": True,
    "consent_version": "2026-11",
}
TERMINAL: dict[str, Any] = {
    "terminal_id": "SZ-0009",
    "name": "九号柜",
    "lat": 22.5,
    "lon": 114.0,
    "region": "440305",
    "cells": [{"cell": 1, "size": "S"}],
}


def without(body: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key != name}


async def people(s: Served) -> None:
    s.gate.people = {
        "customer": await s.world.person(),
        "stranger": await s.world.person(),
        "courier": await s.world.person(Role.COURIER, certified=True),
        "rival": await s.world.person(Role.COURIER, certified=True),
        "operator": s.world.operator,
        "reviewer": await s.world.person(Role.REVIEWER),
        "outlet": await s.world.person(Role.OUTLET_STAFF),
    }


async def test_the_journey_over_http(mongo_uri: str, mongo_db_name: str) -> None:
    async with world(mongo_uri, mongo_db_name, sizes="MMM") as w, served(w) as s:
        await people(s)
        rules = await s.call("GET", "/v1/rules")
        assert rules["consent_version"] == WAYBILL["consent_version"]
        assert rules["regions"] == ["440305"]
        assert rules["prices_fen"]["M"]["other"] == 2000
        price = await s.call("GET", "/v1/price?size=M&origin_region=440305&region=110105")
        assert (price["price_fen"], price["zone"]) == (2000, "other")
        near = await s.call("GET", "/v1/terminals?lat=22.54&lon=114.05&limit=3")
        assert near["terminals"][0]["free"] == {"S": 0, "M": 3, "L": 0}

        key = {"Idempotency_Key": "first-parcel"}
        order = await s.call("POST", "/v1/orders", WAYBILL, who="customer", **key)
        again = await s.call("POST", "/v1/orders", WAYBILL, who="customer", **key)
        assert again == order
        order_id = order["order_id"]
        listed = await s.call("GET", "/v1/orders?limit=1", who="customer")
        assert [one["order_id"] for one in listed["orders"]] == [order_id]

        visit = await s.call("POST", "/v1/visits", {"code": w.cabinet.code(w.now)})
        at = f"/v1/visits/{visit['visit_id']}"
        assert visit["next"] == (await s.call("GET", at))["next"] == "log_in"
        assert (await s.call("POST", f"{at}/join", who="customer"))["next"] == "choose_order"
        chosen = {"order_id": order_id}
        assert (await s.call("POST", f"{at}/order", chosen, who="customer"))["door"] == "opening"
        await w.cabinet.jams()
        moved = await s.call("POST", f"{at}/another-cell", who="customer")
        assert moved["door"] == "opening"
        await w.cabinet.opens_and_closes()
        again = await s.call("POST", f"{at}/open-again", who="customer")
        assert again["current"]["placement"]["opens_left"] == 2
        await w.cabinet.opens_and_closes()
        inside = await s.call("POST", f"{at}/confirm", who="customer")
        assert (inside["next"], inside["pay"]["amount_fen"]) == ("pay", 2000)
        assert await s.call("POST", f"{at}/leave", who="customer") == {}
        await w.pay(order_id)
        await w.win(order_id, s.gate.people["courier"])

        w.later(seconds=30)
        visit = await s.call("POST", "/v1/visits", {"code": w.cabinet.code(w.now)}, who="courier")
        at = f"/v1/visits/{visit['visit_id']}"
        assert visit["next"] == "choose_role"
        await s.call("POST", f"{at}/role", {"role": "pickup"}, who="courier")
        await s.call("POST", f"{at}/order", chosen, who="courier")
        full = await s.call("GET", f"/v1/orders/{order_id}/waybill", who="courier")
        assert full["recipient_name"] == "李四"
        label = await s.ask("GET", f"/v1/orders/{order_id}/label.pdf", who="courier")
        assert label.headers["Content-Type"] == "application/pdf"
        assert label.body.startswith(b"%PDF")
        bind = {"carrier_waybill": NUMBER, "visit_id": visit["visit_id"]}
        bound = await s.call("POST", f"/v1/orders/{order_id}/carrier", bind, who="courier")
        assert (bound["custody"], bound["carrier_waybill"]) == ("collecting", NUMBER)
        await w.cabinet.opens_and_closes()
        w.photos.owners["F1"] = s.gate.people["courier"].person
        refuse = {"reason": "含电池", "photo_id": "F1"}
        refused = await s.call("POST", f"/v1/orders/{order_id}/refusal", refuse, who="courier")
        assert (refused["custody"], refused["refusal"]) == ("collecting", "含电池")
        await w.cabinet.opens_and_closes()

        w.later(seconds=30)
        visit = await s.call("POST", "/v1/visits", {"code": w.cabinet.code(w.now)}, who="customer")
        at = f"/v1/visits/{visit['visit_id']}"
        back = await s.call("POST", f"{at}/take-back", chosen, who="customer")
        assert (back["next"], back["door"]) == ("take_back", "opening")
        await w.cabinet.opens_and_closes()
        assert (await s.call("POST", f"{at}/confirm", who="customer"))["next"] == "done"
        seen = await s.call("GET", f"/v1/orders/{order_id}", who="customer")
        assert seen["custody"] == "returned"
        assert [line["step"] for line in seen["timeline"]][-1] == "returned"


async def test_staff_see_open_and_restore(mongo_uri: str, mongo_db_name: str) -> None:
    async with world(mongo_uri, mongo_db_name, sizes="M") as w, served(w) as s:
        await people(s)
        made = await s.call("POST", "/v1/terminals", TERMINAL, who="operator")
        assert made["terminal_id"] == "SZ-0009" and len(made["token"]) == 40
        assert (await s.refused("POST", "/v1/terminals", TERMINAL, who="operator"))[1] == "conflict"
        shown = await s.call("GET", "/v1/terminals/SZ-0001", who="reviewer")
        assert shown["cells"][0]["door"] == "closed"
        door = "/v1/terminals/SZ-0001/cells/1/open"
        asked = await s.call("POST", door, {"reason": "检查"}, who="operator")
        assert asked["command_id"] == w.cabinet.commands[-1].command_id
        w.cabinet.online = False
        offline = await s.refused("POST", door, {"reason": "检查"}, who="operator")
        assert offline[:2] == (409, "terminal_offline")
        restore = "/v1/terminals/SZ-0001/cells/1/restore"
        refused = await s.refused("POST", restore, {"reason": "无传感器"}, who="operator")
        assert refused == (409, "conflict", "cell", "out_of_service")
        await w.db["cells"].update_one({"cell": 1}, {"$set": {"retired": True}})
        assert (await s.refused("POST", restore, {"reason": " "}, who="operator"))[3] == "required"
        shown = await s.call("POST", restore, {"reason": "无传感器"}, who="operator")
        assert shown["cells"][0]["state"] == "free"
        (recorded,) = [one async for one in w.db["audit"].find({"action": "restore_cell_untested"})]
        assert recorded["purpose"] == "无传感器"


BAD_BODIES: list[tuple[str, str, Any, str, str]] = [
    ("POST", "/v1/orders", without(WAYBILL, "sender_name"), "sender_name", "required"),
    ("POST", "/v1/orders", WAYBILL | {"size": "XL"}, "size", "value"),
    ("POST", "/v1/orders", without(WAYBILL, "price_fen"), "price_fen", "required"),
    ("POST", "/v1/orders", WAYBILL | {"price_fen": 20.5}, "price_fen", "type"),
    ("POST", "/v1/orders", WAYBILL | {"price_fen": -1}, "price_fen", "range"),
    ("POST", "/v1/orders", WAYBILL | {"tip": 1}, "tip", "unknown_field"),
    ("POST", "/v1/orders", WAYBILL | {"recipient": "李四"}, "recipient", "type"),
    ("POST", "/v1/orders", WAYBILL | {"no_prohibited_goods": 1}, "no_prohibited_goods", "type"),
    ("POST", "/v1/orders", WAYBILL | {"sender_name": "张" * 300}, "sender_name", "length"),
    ("POST", "/v1/visits", {}, "code", "required"),
    ("POST", "/v1/visits", {"code": 7}, "code", "type"),
    ("POST", "/v1/visits", {"code": "x" * 500}, "code", "length"),
    ("POST", "/v1/visits", {"code": "nonsense"}, "code", "kiosk_code"),
    ("POST", "/v1/visits/{visit}/role", {"role": "thief"}, "role", "value"),
    ("POST", "/v1/visits/{visit}/order", {}, "order_id", "required"),
    ("POST", "/v1/visits/{visit}/take-back", {"order_id": []}, "order_id", "type"),
    ("POST", "/v1/orders/{order}/cancel", {"why": "x"}, "why", "unknown_field"),
    ("POST", "/v1/orders/{order}/carrier", {"visit_id": "V"}, "carrier_waybill", "required"),
    ("POST", "/v1/orders/{order}/refusal", {"reason": "x"}, "photo_id", "required"),
    ("POST", "/v1/terminals", TERMINAL | {"terminal_id": "a b"}, "terminal_id", "pattern"),
    ("POST", "/v1/terminals", TERMINAL | {"lat": 91}, "lat", "range"),
    ("POST", "/v1/terminals", TERMINAL | {"cells": []}, "cells", "length"),
    ("POST", "/v1/terminals", TERMINAL | {"region": "12"}, "region", "region_code"),
    (
        "POST",
        "/v1/terminals",
        TERMINAL | {"cells": [{"cell": 1, "size": "S"}] * 2},
        "cells",
        "each_once",
    ),
    ("POST", "/v1/terminals/SZ-0001/cells/1/open", {}, "reason", "required"),
    ("POST", "/v1/orders/{order}/grant/release", {}, "grant_id", "required"),
    (
        "POST",
        "/v1/orders/{order}/grant/release",
        {"grant_id": "C1", "reason": " "},
        "reason",
        "required",
    ),
    ("GET", "/v1/price?size=M&origin_region=440305", None, "region", "required"),
    ("GET", "/v1/price?size=M&origin_region=x&region=110105", None, "origin_region", "region_code"),
    ("GET", "/v1/price?size=M&size=L&origin_region=440305&region=110105", None, "size", "once"),
    ("GET", "/v1/terminals?lat=22", None, "lon", "required"),
    ("GET", "/v1/terminals?lat=north&lon=1", None, "lat", "value"),
    ("GET", "/v1/orders?limit=0", None, "limit", "range"),
    ("GET", "/v1/orders?before=yesterday", None, "before", "value"),
]

#: Where bad bodies are sent by staff, who alone may send good ones.
OPERATORS = "/v1/terminals"

#: Who may use each route: the tokens that do not suffice, by method and path.
GUARDED: list[tuple[str, str, list[str]]] = [
    ("POST", "/v1/orders", []),
    ("GET", "/v1/orders", []),
    ("GET", "/v1/orders/{order}", []),
    ("GET", "/v1/orders/{order}/waybill", []),
    ("GET", "/v1/orders/{order}/label.pdf", []),
    ("POST", "/v1/orders/{order}/cancel", []),
    ("POST", "/v1/orders/{order}/carrier", []),
    ("POST", "/v1/orders/{order}/refusal", []),
    ("POST", "/v1/orders/{order}/confirm", []),
    ("GET", "/v1/grants", []),
    (
        "POST",
        "/v1/orders/{order}/grant/release",
        ["customer", "courier", "reviewer", "outlet"],
    ),
    ("POST", "/v1/visits/{visit}/join", []),
    ("POST", "/v1/visits/{visit}/role", []),
    ("POST", "/v1/visits/{visit}/order", []),
    ("POST", "/v1/visits/{visit}/take-back", []),
    ("POST", "/v1/visits/{visit}/open-again", []),
    ("POST", "/v1/visits/{visit}/another-cell", []),
    ("POST", "/v1/visits/{visit}/confirm", []),
    ("POST", "/v1/terminals", ["customer", "courier", "reviewer", "outlet"]),
    ("GET", "/v1/terminals/SZ-0001", ["customer", "courier", "outlet"]),
    ("POST", "/v1/terminals/SZ-0001/cells/1/open", ["customer", "reviewer", "outlet"]),
    ("POST", "/v1/terminals/SZ-0001/cells/1/restore", ["customer", "reviewer", "outlet"]),
    ("POST", "/v1/terminals/SZ-0001/cells/1/test", ["customer", "reviewer", "outlet"]),
    ("GET", "/v1/staff/fleet", ["customer", "courier", "reviewer", "outlet"]),
    ("GET", "/v1/staff/terminals/SZ-0001/history", ["customer", "courier", "reviewer", "outlet"]),
    ("GET", "/v1/staff/alerts", ["customer", "courier", "reviewer", "outlet"]),
    ("POST", f"/v1/staff/alerts/{24 * 'a'}/acknowledge", ["customer", "reviewer", "outlet"]),
]

#: Somebody else's things, and things that are not there, are one answer.
FOREIGN: list[tuple[str, str, Any]] = [
    ("GET", "/v1/orders/{order}", None),
    ("GET", "/v1/orders/{order}/waybill", None),
    ("GET", "/v1/orders/{order}/label.pdf", None),
    ("POST", "/v1/orders/{order}/cancel", None),
    ("POST", "/v1/orders/{order}/refusal", {"reason": "x", "photo_id": "F1"}),
    ("POST", "/v1/orders/{order}/confirm", None),
    ("GET", "/v1/visits/{visit}", None),
    ("POST", "/v1/visits/{visit}/join", None),
    ("POST", "/v1/visits/{visit}/role", {"role": "deposit"}),
    ("POST", "/v1/visits/{visit}/order", {"order_id": "LJ1"}),
    ("POST", "/v1/visits/{visit}/take-back", {"order_id": "LJ1"}),
    ("POST", "/v1/visits/{visit}/open-again", None),
    ("POST", "/v1/visits/{visit}/another-cell", None),
    ("POST", "/v1/visits/{visit}/confirm", None),
    ("POST", "/v1/visits/{visit}/leave", None),
]


async def scene(s: Served) -> dict[str, str]:
    """Have a deposit under way, its door asked: the state in which harm would show."""
    await people(s)
    w: World = s.world
    customer = s.gate.people["customer"]
    order = (await w.placed(customer)).order_id
    visit = (await w.scan(customer)).visit_id
    await w.acts.choose_order(VisitId(visit), customer.person, OrderId(order))
    return {"order": order, "visit": visit}


async def everything(w: World) -> list[Any]:
    """Read all facts that bad input must not change."""
    found = []
    for name in ("orders", "visits", "cells", "commands", "terminals"):
        found.append(await w.db[name].find({}, {"screen_version": 0}).sort("_id").to_list(100))
    return found


async def test_bad_input_is_named_and_changes_nothing(mongo_uri: str, mongo_db_name: str) -> None:
    async with world(mongo_uri, mongo_db_name) as w, served(w) as s:
        ids = await scene(s)
        before = await everything(w)
        for method, path, body, field, rule in BAD_BODIES:
            who = (
                "operator"
                if path.startswith(OPERATORS) or path.endswith("/release")
                else "customer"
            )
            seen = await s.refused(method, path.format(**ids), body, who=who)
            assert (seen[2], seen[3]) == (field, rule), (method, path, body)
            assert seen[:2] == (400, "invalid_input"), (method, path, body)
        for method, path, body, *_ in BAD_BODIES:
            if method == "POST":
                who = (
                    "operator"
                    if path.startswith(OPERATORS) or path.endswith("/release")
                    else "customer"
                )
                where = path.format(**ids)
                assert (await s.refused(method, where, b"{", who=who))[:2] == (400, "invalid_input")
                assert (await s.refused(method, where, b"[]", who=who))[0] == 400
                big = b'"' + b"x" * 70_000 + b'"'
                assert (await s.refused(method, where, big, who=who))[:2] == (413, "too_large")
                typed = await s.refused(method, where, body, who=who, Content_Type="text/plain")
                assert typed[:2] == (415, "wrong_content_type")
        assert await everything(w) == before


async def test_each_route_wants_its_people(mongo_uri: str, mongo_db_name: str) -> None:
    async with world(mongo_uri, mongo_db_name) as w, served(w) as s:
        ids = await scene(s)
        before = await everything(w)
        for method, path, short in GUARDED:
            where = path.format(**ids)
            body = {} if method == "POST" else None
            assert (await s.refused(method, where, body))[:2] == (401, "not_authenticated"), path
            assert (await s.refused(method, where, body, who="late"))[1] == "token_expired"
            assert (await s.refused(method, where, body, who="forged"))[0] == 401
            for who in short:
                assert (await s.refused(method, where, body, who=who))[:2] == (403, "forbidden")
        assert await everything(w) == before


async def test_what_is_not_yours_is_not_there(mongo_uri: str, mongo_db_name: str) -> None:
    async with world(mongo_uri, mongo_db_name) as w, served(w) as s:
        ids = await scene(s)
        before = await everything(w)
        nowhere = {"order": "LJ000000NOTTHERE", "visit": "VNOTTHERE"}
        for method, path, body in FOREIGN:
            for who in ("stranger", "rival"):
                theirs = await s.refused(method, path.format(**ids), body, who=who)
                missing = await s.refused(method, path.format(**nowhere), body, who=who)
                assert theirs == missing, (path, who)
                assert theirs[:2] == (404, "not_found"), (path, who)
        for who in ("stranger", "outlet"):
            response = await s.ask("GET", f"/v1/orders/{ids['order']}", who=who)
            assert not [text for text in SECRET_TEXTS if text in response.body.decode()]
        assert await everything(w) == before


async def test_out_of_state_is_a_typed_conflict(mongo_uri: str, mongo_db_name: str) -> None:
    async with world(mongo_uri, mongo_db_name) as w, served(w) as s:
        ids = await scene(s)  # the door is opening
        at, order = f"/v1/visits/{ids['visit']}", f"/v1/orders/{ids['order']}"
        before = await everything(w)
        for path, body in (
            (f"{at}/confirm", None),
            (f"{at}/open-again", None),
            (f"{at}/another-cell", None),
            (f"{at}/take-back", {"order_id": ids["order"]}),
            (f"{order}/cancel", None),
        ):
            status, code, *_ = await s.refused("POST", path, body, who="customer")
            assert (status, code) == (409, "conflict"), path
        assert await everything(w) == before
        w.later(minutes=11)
        over = await s.refused("POST", f"{at}/confirm", who="customer")
        assert over[:2] == (409, "visit_over")
        assert (await s.call("GET", at, who="customer"))["next"] == "done"


async def test_a_grant_is_its_holders_and_released_by_staff_once(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name) as w, served(w) as s:
        ids = await scene(s)
        (mine,) = (await s.call("GET", "/v1/grants", who="customer"))["grants"]
        assert (mine["order_id"], mine["purpose"]) == (ids["order"], "deposit")
        assert mine["text"].startswith("LJG1:") and mine["qr"].startswith("data:image/svg+xml")
        for who in ("stranger", "rival", "operator"):
            assert await s.call("GET", "/v1/grants", who=who) == {"grants": []}
        release = f"/v1/orders/{ids['order']}/grant/release"
        w.cabinet.online = False
        at = f"/v1/orders/{ids['order']}"
        told = await s.call("GET", at, who="operator")
        assert told["grant_id"] == mine["grant_id"]
        assert (await s.call("GET", at, who="customer"))["grant_id"] is None
        asked = {"grant_id": mine["grant_id"], "reason": "终端损坏"}
        stale = await s.refused("POST", release, asked | {"grant_id": "C1"}, who="operator")
        assert stale == (409, "conflict", None, "another_grant")
        shown = await s.call("POST", release, asked, who="operator")
        assert shown["timeline"][-1]["step"] == "grant_released"
        seen = await s.refused("POST", release, asked, who="operator")
        assert seen == (409, "conflict", None, "no_live_grant")
        unknown = "/v1/orders/LJ000000NOTTHERE/grant/release"
        assert (await s.refused("POST", unknown, asked, who="operator"))[0] == 404
        assert await s.call("GET", "/v1/grants", who="customer") == {"grants": []}


@pytest.mark.parametrize("path", ["/v1/orders/{order}", "/v1/terminals/SZ-0001", "/v1/rules"])
async def test_other_verbs_are_refused(mongo_uri: str, mongo_db_name: str, path: str) -> None:
    async with world(mongo_uri, mongo_db_name) as w, served(w) as s:
        ids = await scene(s)
        for verb in ("PUT", "DELETE", "PATCH"):
            seen = await s.refused(verb, path.format(**ids), {}, who="operator")
            assert seen[:2] == (405, "wrong_method")
