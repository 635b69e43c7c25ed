"""Own details: masked, in full after a fresh code, changed; the codes of one act do no other."""

import asyncio

import pytest

from tests.integration.accounts.harness import Client

pytestmark = pytest.mark.gen_test

PHONE = "13800000001"
WRONG = (400, "wrong_code", "code", "right")


async def full(client: Client, code: str):
    return await client.ask("POST", "/v1/me/details/full", {"code": code, "device": "d"})


async def test_details_are_masked_and_say_what_was_agreed_to_and_when(rooms, client):
    await client.log_in(rooms, PHONE)
    await client.call("PUT", "/v1/me/details", {"name": " 欧阳·测试 "})
    mine = await client.call("GET", "/v1/me/details")
    assert mine["masked_name"] == "欧**"
    assert mine["masked_phone"] == "138****0001"
    assert mine["agreement_version"] == rooms.rules.agreement_version
    assert mine["erasure"]["state"] == "none"
    document = await rooms.database["people"].find_one({})
    assert "测试".encode() not in document["real_name"]
    assert [one["version"] for one in document["agreements"]] == [rooms.rules.agreement_version]


@pytest.mark.parametrize(
    "name", ["", "x", "张", "1" * 5, "张三\u202e", "张" * 21, "A" * 41, "李<b>"]
)
async def test_bad_names_are_refused_by_their_field_and_change_nothing(rooms, client, name):
    await client.log_in(rooms, PHONE)
    await client.call("PUT", "/v1/me/details", {"name": "张三"})
    status, code, field, _ = await client.refused("PUT", "/v1/me/details", {"name": name})
    assert (status, code, field) == (400, "invalid_input", "name")
    assert (await rooms.details.get(client.person_id)).name == "张三"


async def test_a_fresh_code_shows_all_once_and_on_record(rooms, client):
    await client.log_in(rooms, PHONE)
    await client.call("PUT", "/v1/me/details", {"name": "张三"})
    await client.call("POST", "/v1/me/vehicles", {"plate": "粤B·D12345", "model": "秦"})
    code = await rooms.own_code(client, "look")
    shown = await client.call("POST", "/v1/me/details/full", {"code": code, "device": "d"})
    assert (shown["name"], shown["phone"]) == ("张三", PHONE)
    assert shown["vehicles"][0]["plate"] == "粤BD12345"
    refused = await client.refused("POST", "/v1/me/details/full", {"code": code, "device": "d"})
    assert refused == WRONG
    assert len(await rooms.audited("read_own_details")) == 1


async def test_two_at_once_with_one_code_see_it_once(rooms, client):
    await client.log_in(rooms, PHONE)
    code = await rooms.own_code(client, "look")
    answers = await asyncio.gather(*(full(client, code) for _ in range(4)))
    assert sorted(answer.code for answer in answers) == [200, 400, 400, 400]
    assert len(await rooms.audited("read_own_details")) == 1


@pytest.mark.parametrize("purpose", ["look", "change_phone", "export", "erase"])
async def test_a_code_of_one_act_does_no_other(rooms, client, purpose):
    await client.log_in(rooms, PHONE)
    code = await rooms.own_code(client, purpose)
    sent = rooms.phones.received[-1]
    assert sent.template == "confirm_code"
    body = {"code": code, "device": "d"}
    for other, path in (
        ("look", "/v1/me/details/full"),
        ("export", "/v1/me/export"),
        ("erase", "/v1/me/erasure"),
    ):
        if other != purpose:
            assert await client.refused("POST", path, body) == WRONG
    logged = await client.ask("POST", "/v1/sessions", client.form(rooms, PHONE, code=code))
    assert logged.code == 400


async def test_a_log_in_code_shows_nothing(rooms, client):
    await client.log_in(rooms, PHONE)
    rooms.clock.turn(60)
    await client.call("POST", "/v1/codes", {"phone": PHONE, "device": "d"})
    body = {"code": rooms.last_code(), "device": "d"}
    assert await client.refused("POST", "/v1/me/details/full", body) == WRONG


async def test_own_codes_count_as_all_codes_do(rooms, client):
    await client.log_in(rooms, PHONE)
    body = {"purpose": "look", "device": client.device}
    refused = await client.refused("POST", "/v1/me/codes", body)
    assert refused == (429, "limited", "number", "rate")
    unknown = {"purpose": "new_phone", "device": "d"}
    assert (await client.refused("POST", "/v1/me/codes", unknown))[2] == "purpose"
