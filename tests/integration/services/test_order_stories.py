"""An order's story, its replay and its terminal's, and whom it may be given, over real HTTP."""

from datetime import timedelta
from typing import Any

from realtime.presence import Presence
from server.domain.custody import Custody
from server.domain.geo import Place
from server.domain.ids import PersonId
from server.domain.orders import Offer
from server.domain.people import Certification, Role
from tests.integration.services.house import PLACE, TERMINAL
from tests.integration.services.lives import FINANCE as OF_MONEY
from tests.integration.services.lives import owed_life
from tests.integration.services.orders_desk import FINANCE, OPERATOR, REVIEWER, Desk, desk


async def door(d: Desk, number: int, kind: str, state: str, command: str | None = None) -> None:
    """Let a door event be told a minute after the one before."""
    d.h.later(minutes=1)
    fields: dict[str, Any] = {"cell": 1, "kind": kind, "state": state, "command": command}
    fields |= {"at": d.h.now - timedelta(seconds=2), "reason": None, "item": None}
    await d.h.door_events.begin(TERMINAL, "s1", number, fields, d.h.now)


async def told(d: Desk, path: str, who: str, status: int, code: str) -> None:
    """Insist on a refusal."""
    answer = await d.caller.ask("GET", path, who=who)
    assert (answer.status, answer.error[1]) == (status, code), (path, who, answer)


async def test_a_story_has_all_that_is_known_in_one_line_of_time(
    mongo_uri, mongo_db_name, redis_url
):
    async with desk(mongo_uri, mongo_db_name, redis_url) as d:
        h = d.h
        life, _ = await owed_life(h)
        order = life.order.id
        command = h.doors._new(TERMINAL, 1, "collect", life.courier, order=order)
        await h.commands.insert(command)
        await door(d, 1, "sensed_open", "open", command.id)
        await door(d, 2, "sensed_closed", "closed", command.id)
        await h.refund_desk.refund(OF_MONEY, order, 100, "damaged", "外箱破损")
        await h.relay.publish(order)
        story = await d.get(f"/v1/staff/orders/{order}/story", FINANCE)
        entries = story["entries"]
        assert [one["at"] for one in entries] == sorted(one["at"] for one in entries)
        by_source = {one["source"]: [] for one in entries}
        for one in entries:
            by_source[one["source"]].append(one["what"])
        assert {"event", "command", "door", "posting", "notice", "record"} == set(by_source)
        assert by_source["door"] == ["sensed_open", "sensed_closed"]
        assert by_source["event"][0] == "placed" and "collected" in by_source["event"]
        assert by_source["record"][-1] == "staff_refund"
        assert story["cut"] == []
        assert not any(secret in str(story) for secret in ("李四", "13800000002", "某路"))

        replay = await d.get(f"/v1/staff/orders/{order}/replay", REVIEWER)
        steps = [one["step"] for one in replay["moments"]]
        assert steps == by_source["event"], "the same events, in the same order"
        versions = [one["version"] for one in replay["moments"]]
        assert versions == sorted(set(versions)) and not replay["cut"]
        claimed = next(one for one in replay["moments"] if one["step"] == "claimed")
        assert claimed["custody"] == "claimed"
        assert replay["moments"][-1]["payout"] == "awaiting_confirmation"

        for what in ("story", "replay"):
            await told(d, f"/v1/staff/orders/LJNOTHING/{what}", OPERATOR, 404, "not_found")
            await told(d, f"/v1/staff/orders/{order}/{what}", "c1:courier", 403, "forbidden")
            await told(d, f"/v1/staff/orders/{order}/{what}", life.order.customer, 403, "forbidden")


#: Times of a terminal's replay that are none.
BAD_TIMES = [
    ("since=yesterday", "since"),
    ("since=2026-11-22T12:00:00", "since"),
    ("since=2026-11-22T12:00:00Z&until=2026-11-22T12:00:00Z", "until"),
    ("since=2026-11-22T12:00:00Z&until=2026-11-21T12:00:00Z", "until"),
    ("since=2026-11-01T12:00:00Z&until=2026-11-22T12:00:00Z", "until"),
    ("limit=0", "limit"),
    ("limit=100000", "limit"),
    ("limit=x", "limit"),
    ("after=x", "after"),
    ("whatever=1", "whatever"),
]


async def test_a_terminals_doors_are_played_again(mongo_uri, mongo_db_name, redis_url):
    async with desk(mongo_uri, mongo_db_name, redis_url) as d:
        begun = d.h.now
        await door(d, 1, "sensed_open", "open")
        middle = d.h.now + timedelta(seconds=1)
        await door(d, 2, "sensed_closed", "closed")
        await door(d, 3, "sensed_open", "open")
        path = f"/v1/staff/terminals/{TERMINAL}/replay"

        def at(moment: Any) -> str:
            return moment.isoformat().replace("+00:00", "Z")

        until = at(d.h.now + timedelta(minutes=1))
        whole = await d.get(f"{path}?since={at(begun)}&until={until}")
        assert [one["door"] for one in whole["moments"]] == ["open", "closed", "open"]
        later = await d.get(f"{path}?since={at(middle)}&until={until}")
        assert [one["door"] for one in later["moments"]] == ["closed", "open"]
        first = await d.get(f"{path}?since={at(begun)}&until={until}&limit=2")
        assert first["next"] and len(first["moments"]) == 2
        rest = await d.get(f"{path}?since={at(begun)}&until={until}&limit=2&after={first['next']}")
        assert [*first["moments"], *rest["moments"]] == whole["moments"], "no hole between pages"
        for query, field in BAD_TIMES:
            answer = await d.caller.ask("GET", f"{path}?{query}", who=OPERATOR)
            assert answer.error == (400, "invalid_input", field), query
        await told(d, path, REVIEWER, 403, "forbidden")
        await told(d, "/v1/staff/terminals/T-NOWHERE/replay", OPERATOR, 404, "not_found")


async def courier(d: Desk, n: int, **fields: Any) -> PersonId:
    """Make a certified courier of an account."""
    made = await d.h.people.make(
        PersonId(f"NEAR{n}"),
        phone=f"1380000000{n}",
        roles=[Role.CUSTOMER, Role.COURIER],
        agreement_version="1",
        now=d.h.now,
    )
    fields = {"certification": Certification.CERTIFIED.value} | fields
    await d.h.db["people"].update_one({"_id": made.id}, {"$set": fields})
    return made.id


async def stands(d: Desk, presence: Presence, who: PersonId, north: float) -> None:
    await presence.begin_duty(who, ())
    await d.positions.put(who, Place(lat=PLACE.lat + north, lon=PLACE.lon), d.h.now)


async def test_whom_an_order_may_be_given_comes_first(mongo_uri, mongo_db_name, redis_url):
    async with desk(mongo_uri, mongo_db_name, redis_url) as d:
        offer = Offer(version=1, ring=0, opened_at=d.h.now)
        order = await d.h.deposited(custody=Custody.OPEN, charge="paid", offer=offer)
        far, near, idle, full = [await courier(d, n) for n in range(1, 5)]
        await courier(d, 5, certification=Certification.SUSPENDED.value)
        cap = d.h.rules.courier_cap
        await d.h.db["people"].update_one({"_id": full}, {"$set": {"active_orders": cap}})
        for who, north in ((far, 0.05), (near, 0.001), (full, 0.0)):
            await stands(d, d.presence, who, north)
        path = f"/v1/staff/orders/{order.id}/couriers"
        listed = (await d.get(path))["couriers"]
        assert [one["courier_id"] for one in listed] == [near, far, idle, full]
        assert [one["why_not"] for one in listed] == [None, None, None, "cap_reached"]
        assert listed[0]["metres"] < 200 < listed[1]["metres"] and listed[2]["metres"] is None
        assert all("****" in one["masked_phone"] for one in listed)

        # Whoever has it is not offered it again; an old place is none.
        given = await d.caller.ask(
            "POST",
            f"/v1/staff/orders/{order.id}/assign",
            {"courier_id": near, "offer_version": 1, "reason": "客户来电", "held_by": ""},
            who=OPERATOR,
        )
        assert given.status == 200, given
        d.h.later(seconds=d.h.rules.position_fresh_seconds + 1)
        listed = {one["courier_id"]: one for one in (await d.get(path, REVIEWER))["couriers"]}
        assert listed[near]["why_not"] == "holds_it" and listed[near]["carrying"] == 1
        assert listed[far]["metres"] is None
        await told(d, path, FINANCE, 403, "forbidden")
        await told(d, "/v1/staff/orders/LJNOTHING/couriers", OPERATOR, 404, "not_found")


#: Bodies of an assignment that are none.
BAD_BODIES: list[tuple[dict[str, Any], str]] = [
    ({}, "courier_id"),
    ({"courier_id": 7}, "courier_id"),
    ({"courier_id": ""}, "courier_id"),
    ({"courier_id": "NEAR1", "offer_version": 0}, "offer_version"),
    ({"courier_id": "NEAR1", "offer_version": 2**31}, "offer_version"),
    ({"courier_id": "NEAR1", "offer_version": "1"}, "offer_version"),
    ({"courier_id": "NEAR1", "offer_version": 1}, "reason"),
    ({"courier_id": "NEAR1", "offer_version": 1, "reason": ""}, "reason"),
    ({"courier_id": "NEAR1", "offer_version": 1, "reason": "x" * 201}, "reason"),
    ({"courier_id": "NEAR1", "offer_version": 1, "reason": "x", "held_by": 1}, "held_by"),
    ({"courier_id": "NEAR1", "offer_version": 1, "reason": "x", "more": 1}, "more"),
]


async def test_bad_assignments_are_named_and_change_nothing(mongo_uri, mongo_db_name, redis_url):
    async with desk(mongo_uri, mongo_db_name, redis_url) as d:
        offer = Offer(version=1, ring=0, opened_at=d.h.now)
        order = await d.h.deposited(custody=Custody.OPEN, charge="paid", offer=offer)
        await courier(d, 1)
        path = f"/v1/staff/orders/{order.id}/assign"
        for body, field in BAD_BODIES:
            answer = await d.caller.ask("POST", path, body, who=OPERATOR)
            assert answer.error == (400, "invalid_input", field), body
        good = {"courier_id": "NEAR1", "offer_version": 1, "reason": "x"}
        stale = await d.caller.ask("POST", path, {**good, "held_by": "NEAR9"}, who=OPERATOR)
        assert stale.error == (409, "stale", "held_by")
        assert (await d.h.orders.get(order.id)) == order
        assert await d.h.audit.of(f"order:{order.id}") == []
