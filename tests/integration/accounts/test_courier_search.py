"""Staff looking for couriers: by a phone's end, an id, a whole number, a real name."""

import pytest

from server.domain.people import Role
from server.services.accounts.stand_ins import StandIns
from server.store.seal import Place
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


async def test_one_courier_is_shown_masked_by_the_papers_that_certified_them(town: Town) -> None:
    staff, courier = town.who["staff"], town.who["courier"].person_id
    path = f"/v1/couriers/{courier}"
    await town.applied("courier")
    assert (await staff.call("GET", path))["masked_name"] is None  # nobody has looked at them yet
    await town.certified("other")
    shown = await staff.call("GET", f"/v1/couriers/{town.who['other'].person_id}")
    assert shown["masked_name"] == "王**"
    assert shown["person"]["masked_phone"] == f"{OTHER[:3]}****{OTHER[-4:]}"
    assert "王小明" not in str(shown)
    for nobody in (staff.person_id, "PNOBODY"):
        assert (await staff.refused("GET", f"/v1/couriers/{nobody}"))[:2] == (404, "not_found")
    assert (await town.who["courier"].refused("GET", path))[:2] == (403, "forbidden")


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


async def test_accounts_of_before_are_found_once_their_stand_ins_are_written(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff, courier = town.who["staff"], town.who["courier"].person_id
    await town.certified()
    people, papers = town.rooms.people._people, town.rooms.applications._applications
    stand_ins = StandIns(people=town.rooms.people, applications=town.rooms.applications)
    assert await stand_ins.sweep() == 0, "every write writes them"
    gone = dict.fromkeys(("phone_tail", "phone_tail_of"), "")
    everybody = (await people.update_many({}, {"$unset": gone})).matched_count
    await papers.update_many({}, {"$unset": {"name_index": ""}})
    # One account that cannot be read is told of once, and holds nobody up.
    unread = (await people.find_one({"_id": town.who["other"].person_id}))["phone"]
    spoiled = {"$set": {"phone": unread[:-1] + bytes([unread[-1] ^ 1])}}
    await people.update_one({"_id": town.who["other"].person_id}, spoiled)
    await town.rooms.ensure_indexes()
    assert await found(staff, COURIER[-4:]) == set(), "no start of a process waits for them"
    monkeypatch.setattr("server.services.accounts.stand_ins.BATCH", 2)
    swept = [await stand_ins.sweep() for _ in range(everybody)]
    assert sum(swept) == everybody + 1 and max(swept) <= 3 and swept[-1] == 0
    await people.update_one(
        {"_id": town.who["other"].person_id}, {"$set": {"phone": unread, "roles": []}}
    )
    assert await found(staff, COURIER[-4:]) == {courier}
    assert await found(staff, "王小明") == {courier}
    assert await people.count_documents({"phone_tail": None}) == 1
    # The next start of a worker tries again: a key that was missing may be there.
    later = StandIns(people=town.rooms.people, applications=town.rooms.applications)
    assert await later.sweep() == 1
    assert await people.count_documents({"phone_tail": None}) == 0
    assert Role.REVIEWER in (await town.rooms.people.get(staff.person_id)).roles


async def test_a_phone_written_by_an_older_version_leaves_no_stale_tail(town: Town) -> None:
    staff, rooms, person = town.who["staff"], town.rooms, town.who["courier"].person_id
    new = "13800001234"
    written = {
        "phone": rooms.people._seal.close_text(new, Place("people", "phone", person)),
        "phone_index": rooms.people.phone_index(new),
    }
    await rooms.people._people.update_one({"_id": person}, {"$set": written})
    assert await found(staff, COURIER[-4:]) == set(), "the tail is another number's now"
    assert await rooms.people.find(new)  # a log-in, which every change of phone asks for
    assert await found(staff, new[-4:]) == {person}
    assert await found(staff, COURIER[-4:]) == set()


async def test_namesakes_who_are_no_couriers_hide_none(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff, courier = town.who["staff"], town.who["courier"].person_id
    await town.certified()
    papers = town.rooms.applications._applications
    approved = await papers.find_one({"person": courier})
    await papers.delete_one({"_id": approved["_id"]})
    namesakes = [f"0NAMESAKE{i}" for i in range(5)]
    twice = [
        {"_id": f"{one}-{turn}", "person": one} for one in namesakes for turn in ("old", "new")
    ]
    await papers.insert_many([*(approved | other for other in twice), approved])
    monkeypatch.setattr("server.services.certification.desk.MOST_FOUND", 2)
    assert await found(staff, "王小明") == {courier}
