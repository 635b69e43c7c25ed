"""Own vehicles: bad plates and VINs, twenty and no more, one's own only, sealed at rest."""

import asyncio

import pytest

from server.domain.centre import MOST_VEHICLES
from tests.integration.accounts.harness import Client

pytestmark = pytest.mark.gen_test

PHONE = "13800000001"
CAR = {"plate": "粤B·D12345", "model": "比亚迪 秦PLUS EV", "vin": "lsvau033872020001"}


async def add(client, **fields):
    return await client.call("POST", "/v1/me/vehicles", CAR | fields)


async def test_a_vehicle_is_shown_masked_and_kept_sealed(rooms, client):
    await client.log_in(rooms, PHONE)
    made = await add(client)
    assert made["masked_plate"] == "粤B****45"
    assert made["masked_vin"] == "*************0001"
    document = await rooms.database["vehicles"].find_one({})
    assert "D12345" not in repr(document)
    assert "LSVAU" not in repr(document)
    listed = await client.call("GET", "/v1/me/vehicles")
    assert listed == {"vehicles": [made], "most": MOST_VEHICLES}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"plate": "B12345"}, "plate"),
        ({"plate": "粤1D2345"}, "plate"),
        ({"plate": "粤B123"}, "plate"),
        ({"plate": "粤BL12345"}, "plate"),
        ({"plate": "粤B1234567"}, "plate"),
        ({"plate": ""}, "plate"),
        ({"plate": "粤B12345\u0000"}, "plate"),
        ({"model": " "}, "model"),
        ({"model": "x" * 41}, "model"),
        ({"model": "<script>"}, "model"),
        ({"vin": "123"}, "vin"),
        ({"vin": "LSVAU03387202000O"}, "vin"),
        ({"vin": "LSVAU0338720200011"}, "vin"),
    ],
)
async def test_bad_fields_are_named_and_nothing_is_kept(rooms, client, fields, field):
    await client.log_in(rooms, PHONE)
    refused = await client.refused("POST", "/v1/me/vehicles", CAR | fields)
    assert refused[:3] == (400, "invalid_input", field)
    assert await rooms.database["vehicles"].count_documents({}) == 0


@pytest.mark.parametrize(
    "plate", ["粤B12345", "粤b d12345", "粤B12345D", "粤BF12345", "粤Ｂ１２３４５", "粤B·D-123 45"]
)
async def test_good_plates(rooms, client, plate):
    await client.log_in(rooms, PHONE)
    await add(client, plate=plate, vin="")


async def test_the_same_plate_is_one_vehicle_however_many_add_it(rooms, client):
    await client.log_in(rooms, PHONE)
    made = await asyncio.gather(*(add(client) for _ in range(5)))
    assert len({one["vehicle_id"] for one in made}) == 1


async def test_there_are_twenty_at_most_however_many_come_at_once(rooms, client):
    await client.log_in(rooms, PHONE)
    for number in range(MOST_VEHICLES - 2):
        await add(client, plate=f"粤B{number:05d}")
    answers = await asyncio.gather(
        *(client.ask("POST", "/v1/me/vehicles", CAR | {"plate": f"粤C{n:05d}"}) for n in range(6))
    )
    assert sorted(answer.code for answer in answers) == [201, 201, 409, 409, 409, 409]
    assert await rooms.database["vehicles"].count_documents({}) == MOST_VEHICLES


async def test_changes_are_by_version_and_leave_out_what_is_null(rooms, client):
    await client.log_in(rooms, PHONE)
    made, other = await add(client), await add(client, plate="粤C00001")
    path = f"/v1/me/vehicles/{made['vehicle_id']}"
    changed = await client.call("PUT", path, {"version": 1, "model": "汉"})
    assert (changed["model"], changed["version"]) == ("汉", 2)
    kept = (await rooms.vehicles.of(client.person_id))[0]
    assert (kept.plate, kept.vin) == ("粤BD12345", CAR["vin"].upper())
    stale = await client.refused("PUT", path, {"version": 1, "model": "唐"})
    assert stale[:3] == (409, "stale", "version")
    taken = await client.refused("PUT", path, {"version": 2, "plate": "粤C00001"})
    assert taken[:3] == (409, "conflict", "plate")
    await client.call("PUT", path, {"version": 2, "vin": ""})
    left = await client.call("DELETE", path)
    assert [one["vehicle_id"] for one in left["vehicles"]] == [other["vehicle_id"]]
    assert await client.call("DELETE", path) == left


async def test_vehicles_are_their_persons_only(rooms, client, http_client, base_url):
    await client.log_in(rooms, PHONE)
    made = await add(client)
    other = Client(http_client, base_url, device="two")
    await other.log_in(rooms, "13800000002")
    path = f"/v1/me/vehicles/{made['vehicle_id']}"
    assert (await other.refused("PUT", path, {"version": 1}))[0] == 404
    await other.call("DELETE", path)
    assert len((await client.call("GET", "/v1/me/vehicles"))["vehicles"]) == 1
    await add(other)
