"""Log-in by SMS code: the numbers of the issue, over HTTP, on real MongoDB and Redis."""

import asyncio
import json

import pytest

from tests.integration.accounts.harness import Client, Rooms, refusal

pytestmark = pytest.mark.gen_test

PHONE = "13800000001"
WRONG = (400, "wrong_code", "code", "right")


async def send(client: Client, phone: str = PHONE, device: str | None = None):
    body = {"phone": phone, "device": device or client.device}
    return await client.ask("POST", "/v1/codes", body)


async def log_in(client: Client, rooms: Rooms, phone: str = PHONE, **fields):
    return await client.ask("POST", "/v1/sessions", client.form(rooms, phone, **fields))


async def test_the_first_log_in_makes_the_account_with_the_agreement(rooms, client):
    opened = await client.log_in(rooms, PHONE)
    assert opened["person"]["masked_phone"] == "138****0001"
    assert opened["person"]["roles"] == ["customer"]
    person = await rooms.people.find(PHONE)
    assert person.agreement_version == rooms.rules.agreement_version
    assert person.agreed_at == rooms.clock.now
    assert await client.call("GET", "/v1/me") == opened["person"]
    rooms.clock.turn(60)
    assert (await client.log_in(rooms, PHONE))["person"] == opened["person"]


async def test_known_and_unknown_numbers_get_the_same_answer(rooms, client):
    await client.log_in(rooms, PHONE)
    rooms.clock.turn(60)
    known, unknown = await send(client), await send(client, "13800000002")
    assert (known.code, known.body) == (unknown.code, unknown.body)
    assert json.loads(known.body) == {"ok": True, "resend_after_seconds": 60}
    for phone in (PHONE, "13800000002"):
        refused = await log_in(client, rooms, phone, code="x", agreement_version=None)
        assert refusal(refused) == WRONG


async def test_the_agreement_is_asked_for_only_after_the_right_code(rooms, client):
    await send(client)
    for version in (None, "2020-01"):
        refused = await log_in(client, rooms, agreement_version=version)
        told = (400, "agreement_required", "agreement_version", "current_version")
        assert refusal(refused) == told
    assert await rooms.people.find(PHONE) is None
    assert (await log_in(client, rooms)).code == 201


async def test_a_new_agreement_must_be_accepted_again(rooms, client, database, redis):
    await client.log_in(rooms, PHONE)
    await database["people"].update_one({}, {"$set": {"agreement_version": "2020-01"}})
    rooms.clock.turn(60)
    await send(client)
    refused = await log_in(client, rooms, agreement_version=None)
    assert refusal(refused)[1] == "agreement_required"
    assert (await log_in(client, rooms)).code == 201
    assert (await rooms.people.find(PHONE)).agreed_at == rooms.clock.now
    rooms.clock.turn(60)
    await send(client)
    assert (await log_in(client, rooms, agreement_version=None)).code == 201


async def test_a_code_is_burnt_after_five_tries(rooms, client):
    await send(client)
    right = rooms.phones.code(PHONE)
    for _ in range(5):
        assert refusal(await log_in(client, rooms, code="000000")) == WRONG
    assert refusal(await log_in(client, rooms, code=right)) == WRONG


async def test_the_fifth_try_may_be_the_right_one(rooms, client):
    await send(client)
    right = rooms.phones.code(PHONE)
    for _ in range(4):
        await log_in(client, rooms, code="000000")
    assert (await log_in(client, rooms, code=right)).code == 201


async def test_a_code_lives_five_minutes(rooms, client):
    await send(client)
    rooms.clock.turn(300)
    assert refusal(await log_in(client, rooms)) == WRONG
    await send(client)
    rooms.clock.turn(299)
    assert (await log_in(client, rooms)).code == 201


async def test_a_newer_code_voids_the_older(rooms, client):
    await send(client)
    older = rooms.phones.code(PHONE)
    rooms.clock.turn(60)
    await send(client)
    assert older != rooms.phones.code(PHONE)
    assert refusal(await log_in(client, rooms, code=older)) == WRONG
    assert (await log_in(client, rooms)).code == 201


async def test_a_code_works_once_however_many_try_at_once(rooms, client):
    await send(client)
    answers = await asyncio.gather(*(log_in(client, rooms) for _ in range(4)))
    assert sorted(answer.code for answer in answers) == [201, 400, 400, 400]


async def test_no_code_is_kept_in_the_clear(rooms, client, database):
    await send(client)
    document = await database["sms_codes"].find_one({})
    code = rooms.phones.code(PHONE)
    assert code not in repr(document)
    assert PHONE not in repr(document)


async def test_phones_are_sealed_and_unique(rooms, client, database):
    await client.log_in(rooms, PHONE)
    document = await database["people"].find_one({})
    assert PHONE.encode() not in document["phone"]
    assert PHONE not in repr(document)
    assert await rooms.people.phone(document["_id"]) == PHONE


async def test_parallel_first_log_ins_make_one_account(rooms, database):
    makes = [
        rooms.people.make(
            f"P{n}", phone=PHONE, roles=(), agreement_version="x", now=rooms.clock.now
        )
        for n in range(8)
    ]
    made = await asyncio.gather(*makes)
    assert len({person.id for person in made}) == 1
    assert await database["people"].count_documents({}) == 1


async def test_a_number_waits_sixty_seconds_between_codes(rooms, client):
    await send(client)
    rooms.clock.turn(59)
    refused = await send(client, device="another")
    assert refusal(refused) == (429, "limited", "number", "rate")
    assert json.loads(refused.body)["error"]["details"] == {"retry_after_seconds": 1.0}
    assert refused.headers["Retry-After"] == "1"
    rooms.clock.turn(1)
    assert (await send(client)).code == 200


async def test_a_number_gets_five_codes_an_hour_and_ten_a_day(rooms, client):
    sent = 0
    for minute in range(24 * 60):
        device = f"device-{minute}"
        if (await send(client, device=device)).code == 200:
            sent += 1
        rooms.clock.turn(60)
        if minute in {30, 59, 90}:
            assert sent == {30: 5, 59: 5, 90: 10}[minute]
        if minute > 130:
            break
    assert sent == 10


async def test_a_device_gets_ten_codes_an_hour_whatever_the_number(rooms, client):
    for n in range(10):
        assert (await send(client, f"138000001{n:02d}")).code == 200
    assert refusal(await send(client, "13800000200"))[2] == "device"
    assert (await send(client, "13800000200", device="another")).code == 200


async def test_an_address_gets_sixty_codes_an_hour(rooms, client):
    for n in range(60):
        assert (await send(client, f"138000001{n:02d}", device=f"d{n}")).code == 200
    assert refusal(await send(client, "13800000200", device="new"))[2] == "address"


async def test_redis_holds_nothing_personal(rooms, client, redis):
    await client.log_in(rooms, PHONE)
    keys = [key async for key in redis.scan_iter()]
    assert keys
    assert not [key for key in keys if PHONE.encode() in key or b"127.0.0.1" in key]


async def test_a_failing_provider_is_told_and_nothing_is_sent(rooms, client):
    rooms.phones.fails = True
    assert refusal(await send(client))[:2] == (502, "provider_failed")


BAD_FORMS = [
    ("/v1/codes", {"device": "d"}, "phone", "required"),
    ("/v1/codes", {"phone": PHONE}, "device", "required"),
    ("/v1/codes", {"phone": 138, "device": "d"}, "phone", "type"),
    ("/v1/codes", {"phone": "12345678901", "device": "d"}, "phone", "mobile_number"),
    ("/v1/codes", {"phone": PHONE, "device": "d", "x": 1}, "x", "unknown_field"),
    ("/v1/codes", {"phone": PHONE, "device": "d" * 65}, "device", "length"),
    ("/v1/sessions", {"phone": PHONE, "device": "d"}, "code", "required"),
    ("/v1/sessions", {"phone": PHONE, "code": 1, "device": "d"}, "code", "type"),
    ("/v1/sessions", {"phone": PHONE, "code": "1" * 13, "device": "d"}, "code", "length"),
    ("/v1/sessions", {"phone": "1", "code": "1", "device": "d"}, "phone", "mobile_number"),
    (
        "/v1/sessions",
        {"phone": PHONE, "code": "1", "device": "d", "role": "admin"},
        "role",
        "unknown_field",
    ),
    ("/v1/sessions/refresh", {}, "refresh_token", "required"),
    ("/v1/sessions/refresh", {"refresh_token": 1}, "refresh_token", "type"),
    ("/v1/sessions/refresh", {"refresh_token": "x" * 257}, "refresh_token", "length"),
]


@pytest.mark.parametrize(("path", "body", "field", "rule"), BAD_FORMS)
async def test_a_bad_form_changes_nothing(rooms, client, database, path, body, field, rule):
    assert await client.refused("POST", path, body) == (400, "invalid_input", field, rule)
    assert await database["sms_codes"].count_documents({}) == 0
    assert not rooms.phones.received


@pytest.mark.parametrize("path", ["/v1/codes", "/v1/sessions", "/v1/sessions/refresh"])
async def test_an_oversized_or_foreign_body_is_refused(client, path):
    big = {"phone": "1" * 70_000}
    assert (await client.refused("POST", path, big))[:2] == (413, "too_large")
    wrong = await client.refused("POST", path, {}, Content_Type="application/x-www-form-urlencoded")
    assert wrong[:2] == (415, "wrong_content_type")
