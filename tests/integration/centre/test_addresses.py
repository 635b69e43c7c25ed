"""The address book: bad fields, fifty and no more, one's own only, sealed, every read recorded."""

import asyncio
from datetime import timedelta

import pytest

from server.domain.addresses import MOST_ADDRESSES
from tests.integration.accounts.harness import Client

pytestmark = pytest.mark.gen_test

PHONE = "13800000001"
PATH = "/v1/me/addresses"
LEI = {
    "name": "李雷",
    "phone": "+86 139-0000-7100",
    "region": "110105",
    "address": " 朝阳路  1 号院 2 号楼",
}


async def add(client, **fields):
    return await client.call("POST", PATH, LEI | fields)


async def test_an_entry_is_listed_masked_kept_sealed_and_read_on_record(rooms, client):
    await client.log_in(rooms, PHONE)
    made = await add(client)
    assert (made["masked_name"], made["masked_phone"]) == ("李*", "139****7100")
    assert made["masked_address"] == "朝阳路 1 ****"
    document = await rooms.database["addresses"].find_one({})
    for secret in ("李雷", "13900007100", "朝阳路"):
        assert secret not in repr(document)
    assert await client.call("GET", PATH) == {"addresses": [made], "most": MOST_ADDRESSES}
    assert await rooms.audited("read_own_address") == []
    path = f"{PATH}/{made['address_id']}/read"
    full = await client.call("POST", path, {"purpose": "edit"})
    assert (full["name"], full["phone"]) == ("李雷", "13900007100")
    assert (full["region"], full["address"]) == ("110105", "朝阳路 1 号院 2 号楼")
    await client.call("POST", path, {"purpose": "waybill"})
    recorded = await rooms.audited("read_own_address")
    assert sorted(one["purpose"] for one in recorded) == ["edit", "waybill"]
    refused = await client.refused("POST", path, {"purpose": "fun"})
    assert refused[:2] == (400, "invalid_input")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": "李"}, "name"),
        ({"name": "<b>李雷</b>"}, "name"),
        ({"phone": "1390000"}, "phone"),
        ({"phone": "１３９00007100"}, "phone"),
        ({"region": "朝阳区"}, "region"),
        ({"region": "010105"}, "region"),
        ({"address": "  1 "}, "address"),
        ({"address": "路" * 121}, "address"),
    ],
)
async def test_bad_fields_are_named_and_nothing_is_kept(rooms, client, fields, field):
    await client.log_in(rooms, PHONE)
    refused = await client.refused("POST", PATH, LEI | fields)
    assert refused[:3] == (400, "invalid_input", field)
    assert await rooms.database["addresses"].count_documents({}) == 0


async def test_the_one_used_last_comes_first(rooms, client):
    await client.log_in(rooms, PHONE)
    lei = await add(client)
    rooms.clock.now += timedelta(minutes=1)
    mei = await add(client, name="韩梅梅")
    assert await names(client) == ["韩**", "李*"]
    rooms.clock.now += timedelta(minutes=1)
    await client.call("POST", f"{PATH}/{mei['address_id']}/read", {"purpose": "edit"})
    await client.call("POST", f"{PATH}/{lei['address_id']}/read", {"purpose": "waybill"})
    assert await names(client) == ["李*", "韩**"]
    rooms.clock.now += timedelta(minutes=1)
    again = await add(client, name="韩梅梅")  # the same recipient: no second entry
    assert again["address_id"] == mei["address_id"]
    assert await names(client) == ["韩**", "李*"]


async def names(client):
    listed = (await client.call("GET", PATH))["addresses"]
    return [one["masked_name"] for one in listed]


async def test_the_same_recipient_is_one_entry_however_many_add_it(rooms, client):
    await client.log_in(rooms, PHONE)
    made = await asyncio.gather(*(add(client) for _ in range(5)))
    assert len({one["address_id"] for one in made}) == 1


async def test_there_are_fifty_at_most_however_many_come_at_once(rooms, client):
    await client.log_in(rooms, PHONE)
    for number in range(MOST_ADDRESSES - 2):
        await add(client, address=f"朝阳路 {number} 号")
    answers = await asyncio.gather(
        *(client.ask("POST", PATH, LEI | {"address": f"长安街 {n} 号"}) for n in range(6))
    )
    assert sorted(answer.code for answer in answers) == [201, 201, 409, 409, 409, 409]
    assert await rooms.database["addresses"].count_documents({}) == MOST_ADDRESSES


async def test_changes_are_by_version(rooms, client):
    await client.log_in(rooms, PHONE)
    made, other = await add(client), await add(client, name="韩梅梅")
    path = f"{PATH}/{made['address_id']}"
    changed = await client.call("PUT", path, LEI | {"version": 1, "name": "李磊"})
    assert changed["version"] == 2
    stale = await client.refused("PUT", path, LEI | {"version": 1})
    assert stale[:3] == (409, "stale", "version")
    taken = await client.refused("PUT", path, LEI | {"version": 2, "name": "韩梅梅"})
    assert taken[:3] == (409, "conflict", "name")
    wrong = await client.refused("PUT", path, LEI | {"version": 2, "phone": "12"})
    assert wrong[:3] == (400, "invalid_input", "phone")
    full = await client.call("POST", f"{path}/read", {"purpose": "edit"})
    assert (full["name"], full["version"]) == ("李磊", 2)
    left = await client.call("DELETE", path)
    assert [one["address_id"] for one in left["addresses"]] == [other["address_id"]]
    assert await client.call("DELETE", path) == left


async def test_books_are_their_persons_only(rooms, client, http_client, base_url):
    await client.log_in(rooms, PHONE)
    made = await add(client)
    other = Client(http_client, base_url, device="two")
    await other.log_in(rooms, "13800000002")
    path = f"{PATH}/{made['address_id']}"
    assert (await other.refused("PUT", path, LEI | {"version": 1}))[0] == 404
    for purpose in ("edit", "waybill"):
        assert (await other.refused("POST", f"{path}/read", {"purpose": purpose}))[0] == 404
    await other.call("DELETE", path)
    assert len((await client.call("GET", PATH))["addresses"]) == 1
    assert await rooms.audited("read_own_address") == []
    await add(other)
