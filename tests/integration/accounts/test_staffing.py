"""Roles and certification: who may, what is recorded, what is told."""

import pytest

from server.domain.errors import Unavailable
from server.domain.people import Certification, Role
from tests.integration.accounts.harness import Client, Rooms

pytestmark = pytest.mark.gen_test

CUSTOMER, COURIER, STAFF, BOSS = (f"1380000000{n}" for n in range(1, 5))
CERTIFY = {"state": "certified", "reason": "saw the papers"}


@pytest.fixture
def town(io_loop, rooms, http_client, base_url) -> dict[str, Client]:
    """Log in a customer, a courier, a reviewer and an admin."""

    async def arrive() -> dict[str, Client]:
        await rooms.staffing.add(STAFF, Role.REVIEWER)
        await rooms.staffing.add(BOSS, Role.ADMIN)
        people = {}
        names = {"customer": CUSTOMER, "courier": COURIER, "staff": STAFF, "boss": BOSS}
        for name, phone in names.items():
            people[name] = Client(http_client, base_url, device=name)
            await people[name].log_in(rooms, phone)
        await people["courier"].call("POST", "/v1/courier")
        return people

    return io_loop.run_sync(arrive)


def routes(town: dict[str, Client]) -> list[tuple[str, str, dict | None]]:
    courier = town["courier"].person_id
    return [
        ("GET", "/v1/couriers", None),
        ("PUT", f"/v1/couriers/{courier}/certification", CERTIFY),
        ("PUT", f"/v1/people/{courier}/roles", {"roles": ["courier"]}),
    ]


async def test_couriers_and_customers_may_not_do_what_staff_do(town):
    for method, path, body in routes(town):
        for name in ("customer", "courier"):
            assert await town[name].refused(method, path, body) == (403, "forbidden", None, None)
        stranger = Client(town["boss"]._http, town["boss"]._base_url)
        assert (await stranger.refused(method, path, body))[:2] == (401, "not_authenticated")
        assert (await stranger.call("GET", "/v1/health"))["ok"]


async def test_roles_are_the_admins(town):
    path = f"/v1/people/{town['courier'].person_id}/roles"
    assert (await town["staff"].refused("PUT", path, {"roles": []}))[1] == "forbidden"
    changed = await town["boss"].call("PUT", path, {"roles": ["operator", "courier"]})
    assert changed["roles"] == ["courier", "customer", "operator"]
    assert (await town["courier"].call("GET", "/v1/couriers"))["people"]


async def test_a_taken_role_is_gone_at_once(town):
    path = f"/v1/people/{town['staff'].person_id}/roles"
    assert await town["staff"].call("GET", "/v1/couriers")
    await town["boss"].call("PUT", path, {"roles": []})
    assert (await town["staff"].refused("GET", "/v1/couriers"))[1] == "forbidden"


async def test_certification_is_recorded_and_told(town, rooms):
    courier = town["courier"].person_id
    path = f"/v1/couriers/{courier}/certification"
    rooms.news.changed.clear()
    assert (await town["staff"].call("PUT", path, CERTIFY))["certification"] == "certified"
    assert rooms.news.changed == [courier]
    assert courier not in rooms.recalls.people
    (record, *_) = await rooms.audit.of(f"person:{courier}")
    assert record["actor"] == town["staff"].person_id
    assert (record["action"], record["purpose"]) == ("certification_certified", "saw the papers")
    suspend = {"state": "suspended", "reason": "complaint"}
    assert (await town["boss"].call("PUT", path, suspend))["certification"] == "suspended"
    assert rooms.news.changed == [courier, courier]
    assert rooms.recalls.people.count(courier) == 1, "offline codes are asked back"
    assert await rooms.people.unannounced(10) == []


async def test_nobody_certifies_themselves(town, rooms):
    await town["staff"].call("POST", "/v1/courier")
    own = town["staff"].person_id
    refusal = await town["staff"].refused("PUT", f"/v1/couriers/{own}/certification", CERTIFY)
    assert refusal[:2] == (403, "forbidden")
    assert (await town["staff"].call("GET", "/v1/me"))["certification"] == "none"
    assert not [row for row in await rooms.audit.of(f"person:{own}") if "cert" in row["action"]]


async def test_repeating_a_certification_tells_nobody_again(town, rooms):
    path = f"/v1/couriers/{town['courier'].person_id}/certification"
    await town["staff"].call("PUT", path, CERTIFY)
    rooms.news.changed.clear()
    await town["staff"].call("PUT", path, CERTIFY)
    assert rooms.news.changed == []


async def test_couriers_are_listed_by_state_and_masked(town):
    courier = town["courier"].person_id
    await town["staff"].call("PUT", f"/v1/couriers/{courier}/certification", CERTIFY)
    listed = await town["staff"].call("GET", "/v1/couriers?state=certified")
    assert [person["person_id"] for person in listed["people"]] == [courier]
    assert listed["people"][0]["masked_phone"] == "138****0002"
    assert (await town["staff"].call("GET", "/v1/couriers?state=none"))["people"] == []
    assert len((await town["staff"].call("GET", "/v1/couriers"))["people"]) == 1


BAD_REQUESTS = [
    ("GET", "/v1/couriers?state=king", None, (400, "invalid_input", "state", "value")),
    ("GET", "/v1/couriers?who=x", None, (400, "invalid_input", "who", "unknown_field")),
    (
        "PUT",
        "/v1/couriers/{courier}/certification",
        {"state": "certified"},
        (400, "invalid_input", "reason", "required"),
    ),
    (
        "PUT",
        "/v1/couriers/{courier}/certification",
        CERTIFY | {"state": "king"},
        (400, "invalid_input", "state", "value"),
    ),
    (
        "PUT",
        "/v1/couriers/{courier}/certification",
        CERTIFY | {"x": 1},
        (400, "invalid_input", "x", "unknown_field"),
    ),
    ("PUT", "/v1/couriers/PNOBODY/certification", CERTIFY, (404, "not_found", "person", "exists")),
    (
        "PUT",
        "/v1/couriers/{customer}/certification",
        CERTIFY,
        (409, "conflict", "person", "courier"),
    ),
    (
        "PUT",
        "/v1/people/{courier}/roles",
        {"roles": ["king"]},
        (400, "invalid_input", "roles[0]", "role"),
    ),
    (
        "PUT",
        "/v1/people/{courier}/roles",
        {"roles": "admin"},
        (400, "invalid_input", "roles", "type"),
    ),
    ("PUT", "/v1/people/{courier}/roles", {}, (400, "invalid_input", "roles", "required")),
    ("PUT", "/v1/people/PNOBODY/roles", {"roles": []}, (404, "not_found", "person", "exists")),
    (
        "PUT",
        "/v1/people/{boss}/roles",
        {"roles": ["operator"]},
        (400, "invalid_input", "roles", "not_own_admin"),
    ),
    ("PATCH", "/v1/couriers", None, (405, "wrong_method", "method", "allowed")),
]


@pytest.mark.parametrize(("method", "path", "body", "seen"), BAD_REQUESTS)
async def test_a_bad_request_changes_nothing(town, database, method, path, body, seen):
    ids = {name: client.person_id for name, client in town.items()}
    before = await database["people"].find({}).to_list(None)
    assert await town["boss"].refused(method, path.format(**ids), body) == seen
    assert await database["people"].find({}).to_list(None) == before


async def test_a_standing_that_could_not_be_told_is_told_by_a_sweep(
    town, rooms: Rooms, database, redis
):
    rooms.news.down = Unavailable(part="redis")
    path = f"/v1/couriers/{town['courier'].person_id}/certification"
    await town["staff"].call("PUT", path, CERTIFY)
    other = Rooms(database, redis, clock=rooms.clock)
    assert await other.announcements.sweep() == 1
    assert other.news.changed == [town["courier"].person_id]
    assert await other.announcements.sweep() == 0


async def test_the_first_admin_accepts_the_agreement_at_the_first_log_in(rooms, client):
    added = await rooms.staffing.add(BOSS, Role.ADMIN)
    assert added.roles == ("admin", "customer")
    assert (await rooms.people.find(BOSS)).agreement_version == ""
    opened = await client.log_in(rooms, BOSS)
    assert opened["person"]["person_id"] == added.person_id
    assert (await rooms.people.find(BOSS)).agreement_version == rooms.rules.agreement_version
    assert (await rooms.staffing.add(BOSS, Role.REVIEWER)).roles == (
        "admin",
        "customer",
        "reviewer",
    )


async def test_becoming_a_courier_twice_is_once(rooms, client):
    await client.log_in(rooms, COURIER)
    first = await client.call("POST", "/v1/courier")
    assert first == await client.call("POST", "/v1/courier")
    assert first["roles"] == ["courier", "customer"]
    assert first["certification"] == Certification.NONE.value


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/me"),
        ("POST", "/v1/courier"),
        ("DELETE", "/v1/sessions/current"),
        ("GET", "/v1/photos/F1"),
        ("POST", "/v1/photos"),
    ],
)
async def test_persons_routes_need_a_valid_token(rooms, client, method, path):
    assert (await client.refused(method, path))[:2] == (401, "not_authenticated")
    await client.log_in(rooms, CUSTOMER)
    client.access_token, kept = "foreign", client.access_token
    assert (await client.refused(method, path))[:2] == (401, "not_authenticated")
    client.access_token = kept
    rooms.clock.turn(900)
    assert (await client.refused(method, path))[:2] == (401, "token_expired")


async def test_roles_are_recorded_with_their_change_and_only_then(town, rooms):
    staff, path = town["staff"].person_id, f"/v1/people/{town['staff'].person_id}/roles"

    async def recorded() -> list[str]:
        records = await rooms.audit.of(f"person:{staff}")
        return [one["purpose"] for one in records if one["action"] == "roles"]

    before = await recorded()
    for _ in range(2):
        await town["boss"].call("PUT", path, {"roles": ["finance"]})
    assert sorted(await recorded()) == sorted([*before, "customer,finance"])
    await town["boss"].refused("PUT", "/v1/people/PNOBODY/roles", {"roles": ["finance"]})
    assert await rooms.audit.of("person:PNOBODY") == []
