"""Sessions: tokens turn over, two tabs are one person, a stolen token ends the family."""

import asyncio
import json

import pytest

from server.domain.errors import SessionRevoked, Unavailable
from server.domain.people import Role
from tests.integration.accounts.harness import Client, Rooms, refusal, ring

pytestmark = pytest.mark.gen_test

PHONE = "13800000001"
REVOKED = (401, "session_revoked", None, None)
RAN_OUT = (401, "not_authenticated", None, None)


async def refresh(client: Client, token: str):
    return await client.ask("POST", "/v1/sessions/refresh", {"refresh_token": token})


async def test_a_refresh_gives_a_successor_and_a_new_access_token(rooms, client):
    opened = await client.log_in(rooms, PHONE)
    rooms.clock.turn(900)
    assert (await client.refused("GET", "/v1/me"))[:2] == (401, "token_expired")
    renewed = client.keep(
        await client.call(
            "POST", "/v1/sessions/refresh", {"refresh_token": opened["refresh_token"]}
        )
    )
    assert renewed["refresh_token"] != opened["refresh_token"]
    assert (await client.call("GET", "/v1/me"))["person_id"] == opened["person"]["person_id"]


async def test_two_tabs_refreshing_at_once_get_the_same_successor(rooms, client):
    opened = await client.log_in(rooms, PHONE)
    answers = await asyncio.gather(*(refresh(client, opened["refresh_token"]) for _ in range(6)))
    assert {answer.code for answer in answers} == {200}
    tokens = {client.keep(await client_json(answer))["refresh_token"] for answer in answers}
    assert len(tokens) == 1
    assert (await refresh(client, tokens.pop())).code == 200


async def client_json(response):

    return json.loads(response.body)


async def test_the_grace_ends_and_reuse_ends_the_session(rooms, client):
    opened = await client.log_in(rooms, PHONE)
    assert (await refresh(client, opened["refresh_token"])).code == 200
    rooms.clock.turn(20)
    assert (await refresh(client, opened["refresh_token"])).code == 200
    rooms.clock.turn(0.001)
    rooms.monotonic += 10
    assert refusal(await refresh(client, opened["refresh_token"])) == REVOKED
    assert await client.refused("GET", "/v1/me") == REVOKED
    session = rooms.tokens.read_access(opened["access_token"]).session
    assert rooms.news.ended == [(client.person_id, session)]
    assert (await rooms.sessions.get(session)).revoked_because == "reuse"
    assert rooms.recalls.people == [client.person_id], "what the phone kept is asked back"


async def test_a_token_two_generations_old_ends_the_session_at_once(rooms, client):
    first = (await client.log_in(rooms, PHONE))["refresh_token"]
    second = (await client_json(await refresh(client, first)))["refresh_token"]
    third = (await client_json(await refresh(client, second)))["refresh_token"]
    assert refusal(await refresh(client, first)) == REVOKED
    assert refusal(await refresh(client, third)) == REVOKED


async def test_a_guess_ends_nobodys_session(rooms, client):
    token = (await client.log_in(rooms, PHONE))["refresh_token"]
    guess = token[:-4] + "AAAA"
    assert refusal(await refresh(client, guess))[:2] == (401, "not_authenticated")
    assert (await refresh(client, token)).code == 200


async def test_a_session_runs_out_when_it_is_not_refreshed(rooms, client, database):
    token = (await client.log_in(rooms, PHONE))["refresh_token"]
    rooms.clock.turn(rooms.rules.refresh_life_seconds)
    assert refusal(await refresh(client, token)) == RAN_OUT, "nobody ended it"
    await database["sessions"].delete_many({})
    assert refusal(await refresh(client, token)) == RAN_OUT, "nor once it is forgotten"


async def test_an_ended_session_stays_ended_when_its_time_is_over(rooms, client):
    token = (await client.log_in(rooms, PHONE))["refresh_token"]
    await client.call("DELETE", "/v1/sessions/current")
    rooms.clock.turn(rooms.rules.refresh_life_seconds)
    assert refusal(await refresh(client, token)) == REVOKED


async def test_the_grace_outlives_a_change_of_keys(database, redis, rooms, client):
    token = (await client.log_in(rooms, PHONE))["refresh_token"]
    successor = (await rooms.accounts.refresh(token)).refresh_token
    rotated = Rooms(database, redis, clock=rooms.clock, keys=ring("u", "t"))
    assert (await rotated.accounts.refresh(token)).refresh_token == successor
    assert (await rotated.accounts.refresh(successor)).refresh_token != successor


async def test_log_out_ends_the_session_here_at_once(rooms, client):
    opened = await client.log_in(rooms, PHONE)
    assert await client.call("DELETE", "/v1/sessions/current") == {}
    assert await client.refused("GET", "/v1/me") == REVOKED
    assert refusal(await refresh(client, opened["refresh_token"])) == REVOKED
    assert len(rooms.news.ended) == 1
    assert rooms.recalls.people == [client.person_id]


async def test_another_process_sees_the_end_within_two_seconds(database, redis, rooms, client):
    opened = await client.log_in(rooms, PHONE)
    other = Rooms(database, redis, clock=rooms.clock)
    assert await other.gate.admit(opened["access_token"])
    await client.call("DELETE", "/v1/sessions/current")
    other.monotonic += 2.0
    with pytest.raises(SessionRevoked):
        await other.gate.admit(opened["access_token"])


async def test_news_makes_another_process_forget_at_once(database, redis, rooms, client):
    opened = await client.log_in(rooms, PHONE)
    other = Rooms(database, redis, clock=rooms.clock)
    actor = await other.gate.admit(opened["access_token"])
    await client.call("DELETE", "/v1/sessions/current")
    other.gate.forget(actor.session)
    with pytest.raises(SessionRevoked):
        await other.gate.admit(opened["access_token"])


async def test_an_end_that_could_not_be_told_is_told_by_a_sweep(database, redis, rooms, client):
    await client.log_in(rooms, PHONE)
    rooms.news.down = Unavailable(part="redis")
    await client.call("DELETE", "/v1/sessions/current")
    assert rooms.news.ended == []
    other = Rooms(database, redis, clock=rooms.clock)
    assert await other.announcements.sweep() == 1
    assert [person for person, _ in other.news.ended] == [client.person_id]
    assert await other.announcements.sweep() == 0


async def test_a_new_role_counts_at_once_also_where_the_old_one_is_kept(
    database, redis, rooms, client
):
    opened = await client.log_in(rooms, PHONE)
    other = Rooms(database, redis, clock=rooms.clock)
    await other.gate.admit(opened["access_token"])
    await client.call("POST", "/v1/courier")
    actor = await other.gate.admit_afresh(opened["access_token"])
    assert Role.COURIER in actor.roles


async def test_the_refresh_token_is_kept_as_a_hash(rooms, client, database):
    opened = await client.log_in(rooms, PHONE)
    document = await database["sessions"].find_one({})
    assert opened["refresh_token"] not in repr(document)
    assert client.device not in repr(document)
