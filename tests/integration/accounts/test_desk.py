"""Staff as a whole: who they are, what waits for them, and the record of what they did."""

from datetime import timedelta

import pytest

from server.domain.people import Role
from tests.integration.accounts.harness import Client, Rooms

pytestmark = pytest.mark.gen_test

CUSTOMER, REVIEWER, BOSS = (f"1380000001{n}" for n in range(1, 4))


@pytest.fixture
def people(io_loop, rooms, http_client, base_url) -> dict[str, Client]:
    """Log in a customer, a reviewer and an admin."""

    async def arrive() -> dict[str, Client]:
        await rooms.staffing.add(REVIEWER, Role.REVIEWER)
        await rooms.staffing.add(BOSS, Role.ADMIN)
        made = {}
        for name, phone in {"customer": CUSTOMER, "reviewer": REVIEWER, "boss": BOSS}.items():
            made[name] = Client(http_client, base_url, device=name)
            await made[name].log_in(rooms, phone)
        return made

    return io_loop.run_sync(arrive)


async def record(rooms: Rooms, actor: str, action: str, subject: str, why: str = "why") -> None:
    await rooms.audit.record(
        actor=actor, action=action, subject=subject, purpose=why, at=rooms.clock()
    )


async def test_staff_and_the_record_are_for_admins_alone(people):
    for path in ("/v1/staff/people", "/v1/staff/audit"):
        for name in ("customer", "reviewer"):
            assert (await people[name].refused("GET", path))[1] == "forbidden"
    assert (await people["customer"].refused("GET", "/v1/staff/queues"))[1] == "forbidden"


async def test_all_staff_are_listed_masked_and_nobody_else(people):
    listed = (await people["boss"].call("GET", "/v1/staff/people"))["people"]
    assert {person["masked_phone"] for person in listed} == {"138****0012", "138****0013"}
    assert all(set(person["roles"]) & {"reviewer", "admin"} for person in listed)


async def test_roles_that_changed_meanwhile_are_not_replaced_unseen(people):
    path = f"/v1/people/{people['reviewer'].person_id}/roles"
    late = {"roles": ["finance"], "seen": ["customer"]}
    refused = await people["boss"].refused("PUT", path, late)
    assert refused == (409, "stale", "roles", "roles_as_seen")
    changed = await people["boss"].call(
        "PUT", path, {"roles": ["reviewer", "finance"], "seen": ["customer", "reviewer"]}
    )
    assert changed["roles"] == ["customer", "finance", "reviewer"]


async def test_each_role_is_told_of_its_own_queues(people):
    told = (await people["reviewer"].call("GET", "/v1/staff/queues"))["queues"]
    assert {queue["name"] for queue in told} == {"reviews", "certifications", "papers"}
    whole = (await people["boss"].call("GET", "/v1/staff/queues"))["queues"]
    assert {queue["name"] for queue in whole} >= {"alerts", "refunds", "payouts", "invoices"}
    assert all(queue["waiting"] == 0 and queue["oldest"] is None for queue in whole)


async def test_a_queue_tells_how_much_waits_and_since_when(people, rooms, database):
    now = rooms.clock().replace(microsecond=0)
    await database.orders.insert_many(
        [
            {"_id": f"LJ{n}", "custody": state, "custody_since": now - timedelta(minutes=n)}
            for n, state in enumerate(["in_review", "in_review", "collected"])
        ]
    )
    queues = (await people["reviewer"].call("GET", "/v1/staff/queues"))["queues"]
    waits = next(queue for queue in queues if queue["name"] == "reviews")
    assert waits["waiting"] == 2
    assert waits["oldest"].startswith(f"{now - timedelta(minutes=1):%Y-%m-%dT%H:%M:%S}")


async def test_the_record_is_found_by_person_thing_and_kind(people, rooms):
    reviewer, customer = people["reviewer"].person_id, people["customer"].person_id
    await record(rooms, reviewer, "read_photo", "photo:F1")
    await record(rooms, "system", "roles", f"person:{reviewer}")
    await record(rooms, customer, "cancel_order", "order:LJ1")
    await record(rooms, reviewer, "open_door", "cell:T-1:3")
    await record(rooms, reviewer, "open_door", "cell:T-11:3")
    await record(rooms, reviewer, "terminal_moved", "terminal:T-1")

    async def found(query: str) -> list[tuple[str, str]]:
        page = await people["boss"].call("GET", f"/v1/staff/audit?{query}")
        return [(entry["action"], entry["subject"]) for entry in page["entries"]]

    mine = await found(f"person={reviewer}")
    assert mine[:1] == [("terminal_moved", "terminal:T-1")]
    assert ("roles", f"person:{reviewer}") in mine
    assert ("cancel_order", "order:LJ1") not in mine
    assert await found("subject=order:LJ1") == [("cancel_order", "order:LJ1")]
    assert await found("subject=terminal:T-1") == [
        ("terminal_moved", "terminal:T-1"),
        ("open_door", "cell:T-1:3"),
    ]
    assert len(await found("action=open_door")) == 2
    assert await found("action=open_door&subject=cell:T-11:3") == [("open_door", "cell:T-11:3")]


async def test_the_record_is_paged_without_holes_though_many_are_of_one_instant(people, rooms):
    for number in range(7):
        await record(rooms, "system", "counted", f"order:LJ{number}")
    seen, query = [], "action=counted&limit=3"
    page = await people["boss"].call("GET", f"/v1/staff/audit?{query}")
    assert "counted" in page["actions"]
    while True:
        seen += [entry["subject"] for entry in page["entries"]]
        if page["next"] is None:
            break
        page = await people["boss"].call("GET", f"/v1/staff/audit?{query}&before={page['next']}")
    assert seen == [f"order:LJ{number}" for number in reversed(range(7))]


async def test_the_record_is_cut_by_time(people, rooms):
    await record(rooms, "system", "early", "order:LJ1")
    between = (rooms.clock() + timedelta(seconds=1)).isoformat().replace("+", "%2B")
    rooms.clock.turn(2)
    await record(rooms, "system", "late", "order:LJ1")
    for query, action in ((f"since={between}", "late"), (f"until={between}", "early")):
        page = await people["boss"].call("GET", f"/v1/staff/audit?subject=order:LJ1&{query}")
        assert [entry["action"] for entry in page["entries"]] == [action]


async def test_a_look_at_the_record_is_on_record_and_not_in_its_own_page(people, rooms):
    boss = people["boss"].person_id
    first = await people["boss"].call("GET", "/v1/staff/audit?person=P1")
    assert first["entries"] == []
    second = await people["boss"].call("GET", "/v1/staff/audit?person=P1")
    (looked,) = second["entries"]
    assert (looked["actor"], looked["action"]) == (boss, "audit_looked_at")
    assert (looked["subject"], looked["purpose"]) == ("person:P1", "person=P1")
    assert looked["phone"] == "138****0013"


@pytest.mark.parametrize(
    ("query", "field", "rule"),
    [
        ("before=yesterday", "before", "position"),
        ("before=2026-11-22T10:00:00Z~LJ1", "before", "position"),
        ("since=2026-11-22T10:00:00", "since", None),
        ("limit=1000", "limit", "range"),
        ("colour=red", "colour", None),
    ],
)
async def test_what_is_asked_of_the_record_has_to_hold(people, query, field, rule):
    refused = await people["boss"].refused("GET", f"/v1/staff/audit?{query}")
    assert refused[:3] == (400, "invalid_input", field)
    assert rule is None or refused[3] == rule
