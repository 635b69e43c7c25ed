"""Changing the phone: both codes, races, sessions ended, both told once, staff for lost numbers."""

import asyncio
from datetime import timedelta

import pytest

from server.domain.errors import Unavailable
from server.domain.ids import PersonId
from server.domain.people import Role
from tests.integration.accounts.harness import Client

pytestmark = pytest.mark.gen_test

OLD, NEW, OTHER, BOSS = "13800000001", "13800000002", "13800000003", "13800000009"


async def form(rooms, client, phone=NEW):
    return {
        "phone": phone,
        "old_code": await rooms.own_code(client, "change_phone"),
        "new_code": await rooms.new_code(client, phone),
        "device": client.device,
    }


def told(rooms):
    return [(sms.phone, sms.params) for sms in rooms.phones.received if sms.template == "notice"]


async def test_both_codes_change_it_end_the_log_ins_and_tell_both(rooms, client):
    first = await client.log_in(rooms, OLD)
    await client.call("PUT", "/v1/me/phone", await form(rooms, client))
    assert (await client.refused("GET", "/v1/me"))[1] == "session_revoked"
    assert [phone for phone, _ in told(rooms)] == [OLD, NEW]
    assert await rooms.centre.phones.sweep() == 0
    assert (await rooms.database["people"].find_one({})).get("phone_news") is None
    assert [one["purpose"] for one in await rooms.audited("change_phone")] == ["own"]
    client.access_token = None
    rooms.clock.turn(60)
    again = await client.log_in(rooms, NEW)
    assert again["person"]["person_id"] == first["person"]["person_id"]
    rooms.clock.turn(60)
    assert (await client.log_in(rooms, OLD))["person"] != again["person"]


class NumberGoesMeanwhile:
    """A log-in's step in which the account's phone becomes another's."""

    def __init__(self, rooms):
        self._rooms = rooms

    async def came_back(self, person):
        rooms = self._rooms
        await rooms.details.change_phone(person, OLD, NEW, rooms.clock.now)
        assert await rooms.centre.phones.sweep() == 1


async def test_a_log_in_by_the_old_number_does_not_outlive_the_change(rooms, client):
    await client.log_in(rooms, OLD)
    rooms.clock.turn(60)
    await client.call("POST", "/v1/codes", {"phone": OLD, "device": client.device})
    rooms.accounts._returns = NumberGoesMeanwhile(rooms)
    body = {"phone": OLD, "code": rooms.last_code(), "device": client.device}
    assert (await client.refused("POST", "/v1/sessions", body))[1] == "wrong_code"
    live = await rooms.sessions.live_of(PersonId(str(client.person_id)), rooms.clock.now)
    assert live == []


async def test_a_log_in_just_before_the_write_ends_with_the_others(rooms, client):
    """The change's own instant is earlier than its write."""
    opened = await client.log_in(rooms, OLD)
    person = PersonId(opened["person"]["person_id"])
    rooms.clock.turn(60)
    late = await client.log_in(rooms, OLD)
    assert late["person"]["person_id"] == person
    await rooms.details.change_phone(person, OLD, NEW, rooms.clock.now - timedelta(seconds=1))
    await rooms.centre.phones.sweep()
    assert await rooms.sessions.live_of(person, rooms.clock.now) == []


@pytest.mark.parametrize("wrong", ["old_code", "new_code"])
async def test_a_wrong_code_names_its_field_and_spends_neither(rooms, client, wrong):
    await client.log_in(rooms, OLD)
    body = await form(rooms, client)
    refused = await client.refused("PUT", "/v1/me/phone", body | {wrong: "x"})
    assert refused == (400, "wrong_code", wrong, "right")
    assert await rooms.people.find(NEW) is None
    await client.call("PUT", "/v1/me/phone", body)


async def test_the_codes_do_not_stand_for_each_other(rooms, client):
    await client.log_in(rooms, OLD)
    body = await form(rooms, client)
    swapped = body | {"old_code": body["new_code"], "new_code": body["old_code"]}
    assert (await client.refused("PUT", "/v1/me/phone", swapped))[1] == "wrong_code"


@pytest.mark.parametrize(
    ("phone", "rule"), [("12345", "mobile_number"), ("١٣٨٠٠٠٠٠٠٠١", "mobile_number")]
)
async def test_bad_numbers_are_refused(rooms, client, phone, rule):
    await client.log_in(rooms, OLD)
    body = {"phone": phone, "device": "d"}
    refused = await client.refused("POST", "/v1/me/phone/code", body)
    assert refused == (400, "invalid_input", "phone", rule)
    body = {"phone": phone, "old_code": "1", "new_code": "1", "device": "d"}
    assert (await client.refused("PUT", "/v1/me/phone", body))[2:] == ("phone", rule)


async def test_the_same_number_is_no_change(rooms, client):
    await client.log_in(rooms, OLD)
    body = {"phone": OLD, "old_code": "1", "new_code": "1", "device": "d"}
    assert (await client.refused("PUT", "/v1/me/phone", body))[2:] == ("phone", "another_number")


async def test_a_number_with_an_account_is_told_only_to_who_holds_it(
    rooms, client, http_client, base_url
):
    other = Client(http_client, base_url, device="two")
    await other.log_in(rooms, NEW)
    await client.log_in(rooms, OLD)
    body = {"phone": NEW, "old_code": "x", "new_code": "x", "device": "d"}
    assert (await client.refused("PUT", "/v1/me/phone", body))[1] == "wrong_code"
    refused = await client.refused("PUT", "/v1/me/phone", await form(rooms, client))
    assert refused == (409, "phone_taken", "phone", "free")
    assert await rooms.people.phone(PersonId(client.person_id)) == OLD


async def test_two_accounts_that_race_to_one_number_get_it_once(rooms, http_client, base_url):
    people = []
    for device, phone in (("one", OLD), ("two", OTHER)):
        client = Client(http_client, base_url, device=device)
        await client.log_in(rooms, phone)
        people.append(PersonId(client.person_id))
    changes = [
        rooms.details.change_phone(person, phone, NEW, rooms.clock.now)
        for person, phone in zip(people, (OLD, OTHER), strict=True)
    ]
    answers = await asyncio.gather(*changes, return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["NoneType", "PhoneTaken"]
    assert (await rooms.people.find(NEW)).id in people


async def test_what_a_dead_process_left_is_done_once(rooms, client):
    await client.log_in(rooms, OLD)
    person = PersonId(client.person_id)
    await rooms.details.change_phone(person, OLD, NEW, rooms.clock.now)
    rooms.news.down = Unavailable(part="redis")
    sweeps = await asyncio.gather(*(rooms.centre.phones.sweep() for _ in range(3)))
    assert max(sweeps) == 1
    assert sorted(phone for phone, _ in told(rooms)) == [OLD, NEW]
    assert (await client.refused("GET", "/v1/me"))[1] == "session_revoked"


async def test_a_vendor_that_refuses_changes_nothing_of_it(rooms, client):
    await client.log_in(rooms, OLD)
    body = await form(rooms, client)
    rooms.phones.fails = True
    await client.call("PUT", "/v1/me/phone", body)
    assert (await rooms.people.find(NEW)).id == client.person_id
    assert (await rooms.database["people"].find_one({})).get("phone_news") is None


@pytest.fixture
def staff(rooms, http_client, base_url, io_loop):
    client = Client(http_client, base_url, device="desk")

    async def make():
        await rooms.staffing.add(BOSS, Role.REVIEWER)
        await client.log_in(rooms, BOSS)

    io_loop.run_sync(make)
    return client


async def test_staff_change_a_lost_number_by_the_new_ones_code(rooms, client, staff):
    await client.log_in(rooms, OLD)
    asked = {"phone": OLD, "reason": "本人到店"}
    found = await staff.call("POST", "/v1/staff/people/find", asked)
    assert found["person_id"] == client.person_id
    path = f"/v1/people/{client.person_id}/phone"
    body = {"phone": NEW, "code": "000000", "reason": "旧号遗失，已核对身份证"}
    assert (await staff.refused("PUT", path, body))[1:3] == ("wrong_code", "code")
    rooms.clock.turn(60)
    await staff.call("POST", f"{path}/code", {"phone": NEW, "device": "desk"})
    changed = await staff.call("PUT", path, body | {"code": rooms.last_code()})
    assert changed["masked_phone"] == "138****0002"
    assert (await client.refused("GET", "/v1/me"))[1] == "session_revoked"
    assert sorted(phone for phone, _ in told(rooms)) == [OLD, NEW]
    records = [(one["actor"], one["purpose"]) for one in await rooms.audited("change_phone")]
    assert records == [(staff.person_id, body["reason"])]


async def test_staff_change_neither_their_own_nor_other_staffs(rooms, client, staff):
    await client.log_in(rooms, OLD)
    body = {"phone": NEW, "code": "1", "reason": "x"}
    own = await staff.refused("PUT", f"/v1/people/{staff.person_id}/phone", body)
    assert own == (403, "forbidden", "person", "not_own")
    await rooms.staffing.add(OLD, Role.FINANCE)
    theirs = await staff.refused("PUT", f"/v1/people/{client.person_id}/phone", body)
    assert theirs == (403, "forbidden", "person", "staff_by_admin")
    assert (await client.refused("PUT", f"/v1/people/{staff.person_id}/phone", body))[0] == 403
    nobody = await staff.refused("POST", "/v1/staff/people/find", {"phone": NEW, "reason": "x"})
    assert nobody[:3] == (404, "not_found", "phone")
