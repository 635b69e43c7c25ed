"""Staff looking for couriers: by a phone's end, an id, a whole number, a real name."""

import pytest

from server.domain.people import Role
from tests.integration.accounts.harness import Client, Rooms
from tests.integration.accounts.test_certification import COURIER, OTHER, STAFF, Town

pytestmark = pytest.mark.gen_test


@pytest.fixture
def town(io_loop, rooms: Rooms, http_client, base_url) -> Town:
    return io_loop.run_sync(Town(rooms, http_client, base_url).arrive)


async def found(client: Client, text: str) -> set[str]:
    people = (await client.call("POST", "/v1/couriers/find", {"text": text}))["people"]
    assert all("****" in one["masked_phone"] for one in people)
    return {one["person_id"] for one in people}


async def looked_up(town: Town) -> list[tuple[str, str]]:
    rows = await town.rooms.audit._audit.find({"action": "person_looked_up"}).to_list(None)
    return [(row["subject"].partition(":")[0], row["purpose"]) for row in rows]


async def test_couriers_are_found_whatever_the_list_shows(town: Town) -> None:
    staff = town.who["staff"]
    courier, other = town.who["courier"].person_id, town.who["other"].person_id
    assert courier and other
    await town.certified()
    await town.applied("other", real_name="Li Lei", id_number="110101199003070011")
    for text, who in (
        (COURIER[-4:], {courier}),
        (f" {OTHER[-4:]} ", {other}),
        ("9999", set()),
        (courier, {courier}),
        (courier[:8].lower(), {courier}),
        (STAFF[-4:], set()),
    ):
        assert await found(staff, text) == who, text
    assert await looked_up(town) == [], "no more than the list shows"
    for text, who in (
        ("王小明", {courier}),
        ("li  lei", {other}),
        ("王小", set()),
        (COURIER, {courier}),
        (f"+86 {OTHER}", {other}),
        (STAFF, set()),  # an account, and no courier's
    ):
        assert await found(staff, text) == who, text
    assert (
        sorted(await looked_up(town)) == [("name", "couriers")] * 3 + [("number", "couriers")] * 3
    )
    rows = await town.rooms.audit._audit.find({"action": "person_looked_up"}).to_list(None)
    assert not any(part in str(rows) for part in ("王小明", COURIER, OTHER))


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", None),
        ("12345", "mobile_number"),
        ("1380000000a", "real_name"),
        ("<b>王</b>", "real_name"),
        ("王", "real_name"),
        ("{$ne: 1}", "real_name"),
        ("王" * 500, None),
    ],
)
async def test_what_is_no_search_is_refused_by_name(town: Town, text: str, rule: str) -> None:
    status, code, field, why = await town.who["staff"].refused(
        "POST", "/v1/couriers/find", {"text": text}
    )
    assert (status, code, field) == (400, "invalid_input", "text")
    assert rule is None or why == rule
    assert await looked_up(town) == []


async def test_only_staff_search(town: Town) -> None:
    for who in ("courier", "other"):
        refused = await town.who[who].refused("POST", "/v1/couriers/find", {"text": "0001"})
        assert refused[:2] == (403, "forbidden")


async def test_accounts_of_before_and_changed_numbers_are_found(town: Town) -> None:
    staff, courier = town.who["staff"], town.who["courier"].person_id
    await town.certified()
    people, papers = town.rooms.people._people, town.rooms.applications._applications
    await people.update_many({}, {"$unset": {"phone_tail": ""}})
    await papers.update_many({}, {"$unset": {"name_index": ""}})
    assert await found(staff, COURIER[-4:]) == set()
    await town.rooms.ensure_indexes()
    assert await found(staff, COURIER[-4:]) == {courier}
    assert await found(staff, "王小明") == {courier}
    assert await people.count_documents({"phone_tail": None}) == 0
    assert Role.REVIEWER in (await town.rooms.people.get(staff.person_id)).roles
