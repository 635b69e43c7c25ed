"""The way in of a terminal's socket: enrolling, booting, proving; nothing else comes first."""

from contextlib import suppress

import pytest
from websockets.exceptions import ConnectionClosed

from realtime.wire.envelope import CloseCode
from tests.integration.sockets.agents import BOOT, ENROL, EVENT, T1, TERMINAL, boot, prove, try_boot
from tests.integration.sockets.harness import serving
from tests.integration.sockets.plain import proof_of
from tests.waiting import eventually


async def test_a_terminal_boots_and_is_found(redis_url):
    async with serving(redis_url) as server, server.client(TERMINAL) as agent:
        assert not await server.routing.connected(T1)
        answer = await boot(agent)
        assert (answer["epoch"], answer["config"]["name"]) == (1, "南京东路")
        await eventually(lambda: server.terminals.said == [("booted", "t1", 1)])
        assert await server.routing.connected(T1)


async def test_nothing_but_boot_comes_first(redis_url):
    async with serving(redis_url) as server, server.client(TERMINAL) as agent:
        refusal = await agent.ask(type="events", spool_id="sp1", events=[EVENT])
        assert (refusal["code"], refusal["rule"]) == ("agent_refused", "boot_first")
        assert await agent.closed() == CloseCode.UNAUTHORIZED
        assert server.terminals.applied == []


@pytest.mark.parametrize("first", ["boot_proof", "events", "kiosk_input"])
async def test_nothing_else_comes_before_a_boot(redis_url, first):
    fields = {
        "boot_proof": {"signature": "s" * 86},
        "events": {"spool_id": "sp1", "events": [EVENT]},
        "kiosk_input": {"visit_id": "v1", "action": "scan", "value": "SF1"},
    }
    async with serving(redis_url) as server, server.client(TERMINAL) as agent:
        await agent.ask(type="enrol", **ENROL)
        refusal = await agent.ask(type=first, **fields[first])
        assert (refusal["field"], refusal["rule"]) == ("type", "boot_first")
        assert await agent.closed() == CloseCode.UNAUTHORIZED
        assert (server.terminals.epochs, server.terminals.said) == ({}, [])


async def test_an_agent_enrols_and_boots_on_one_socket(redis_url):
    async with serving(redis_url) as server, server.client(TERMINAL) as agent:
        assert (await agent.ask(type="enrol", **ENROL))["type"] == "enrolled"
        again = await agent.ask(type="enrol", **ENROL)
        assert (again["code"], again["rule"]) == ("invalid_input", "enrol_once")
        assert server.terminals.enrolled == [("right", "127.0.0.1")]
        assert (await boot(agent))["epoch"] == 1
        late = await agent.ask(type="enrol", **ENROL)
        assert (late["code"], late["rule"]) == ("invalid_input", "boot_once")


async def test_a_refused_enrolment_closes_for_good(redis_url):
    async with serving(redis_url) as server, server.client(TERMINAL) as agent:
        refusal = await agent.ask(type="enrol", **{**ENROL, "token": "used"})
        assert (refusal["field"], refusal["rule"]) == ("token", "unused")
        assert await agent.closed() == CloseCode.UNAUTHORIZED
        assert server.terminals.enrolled == []


async def test_an_agent_that_only_enrols_is_not_waited_for(redis_url):
    async with serving(redis_url, hello_seconds=0.3) as server:
        code = await closed_after(server, "enrolled", type="enrol", **ENROL)
        assert code == CloseCode.HELLO_TIMEOUT


async def closed_after(server, answered, **first) -> int:
    """Send one frame and no more; give the close code that follows its answer.

    A machine that stalls is past the deadline before the answer; then it is tried again.
    """
    for _ in range(5):
        async with server.client(TERMINAL) as agent:
            with suppress(ConnectionClosed):
                assert (await agent.ask(**first))["type"] == answered
                return await agent.closed()
    raise AssertionError("it was never answered before the deadline")


async def test_a_challenge_ends_with_the_first_frames_deadline(redis_url):
    async with serving(redis_url, hello_seconds=0.3) as server:
        code = await closed_after(server, "boot_challenge", type="boot", **BOOT)
        assert code == CloseCode.HELLO_TIMEOUT
        assert server.terminals.epochs == {}


async def test_a_challenge_is_answered_once_and_with_its_id(redis_url):
    async with serving(redis_url) as server:
        async with server.client(TERMINAL) as agent:
            challenge = await agent.ask(type="boot", **BOOT)
            refusal = await prove(agent, challenge, signature="w" * 86)
            assert (refusal["field"], refusal["rule"]) == ("signature", "of_the_enrolled_key")
            assert await agent.closed() == CloseCode.UNAUTHORIZED
        async with server.client(TERMINAL) as agent:
            challenge = await agent.ask(type="boot", **BOOT)
            refusal = await prove(agent, challenge, id="another")
            assert (refusal["field"], refusal["rule"]) == ("id", "of_the_challenge")
            assert await agent.closed() == CloseCode.UNAUTHORIZED
        assert server.terminals.epochs == {}


async def test_a_nonce_of_another_connection_or_boot_is_worth_nothing(redis_url):
    async with serving(redis_url) as server:
        async with server.client(TERMINAL) as one, server.client(TERMINAL) as two:
            first = await one.ask(type="boot", **BOOT)
            second = await two.ask(type="boot", **BOOT)
            assert first["nonce"] != second["nonce"]
            stolen = proof_of(first["nonce"])
            refusal = await prove(two, second, signature=stolen)
            assert refusal["rule"] == "of_the_enrolled_key"
            # A second boot on the same socket draws anew: the first nonce is void.
            newer = await one.ask(type="boot", **BOOT)
            refusal = await prove(one, newer, signature=stolen)
            assert refusal["rule"] == "of_the_enrolled_key"
        assert server.terminals.epochs == {}


async def test_an_agent_of_before_keys_boots_with_its_token(redis_url):
    old = {**BOOT, "protocol": 1}
    async with serving(redis_url) as server:
        async with server.client(TERMINAL) as agent:
            answer = await agent.ask(type="boot", **old, token="right")
            assert answer["type"] == "boot_accepted"
        async with server.client(TERMINAL) as agent:
            refusal = await agent.ask(type="boot", **old, token="wrong")
            assert (refusal["code"], refusal["field"]) == ("agent_refused", "token")
            assert await agent.closed() == CloseCode.UNAUTHORIZED


async def test_frames_of_the_way_in_are_worked_on_one_by_one(redis_url):
    async with serving(redis_url) as server, server.client(TERMINAL) as agent:
        server.terminals.may_go_on.clear()
        await agent.send(type="enrol", id="e1", **ENROL)
        await agent.send(type="boot", id="b1", **BOOT)
        server.terminals.may_go_on.set()
        assert (await agent.next())["type"] == "enrolled"
        assert (await agent.next())["type"] == "boot_challenge"


@pytest.mark.parametrize(("first", "fields"), [("boot", BOOT), ("enrol", ENROL)])
async def test_an_unknown_protocol_is_turned_away(redis_url, first, fields):
    async with serving(redis_url) as server, server.client(TERMINAL) as agent:
        refusal = await agent.ask(type=first, **{**fields, "protocol": 99})
        assert refusal["field"] == "protocol"
        assert await agent.closed() == CloseCode.PROTOCOL_VERSION


async def test_a_pending_terminal_may_ask_again_on_the_same_socket(redis_url):
    async with serving(redis_url) as server, server.client(TERMINAL) as agent:
        server.terminals.pending.add("t1")
        answer = await try_boot(agent)
        assert (answer["type"], answer["retry_seconds"]) == ("boot_pending", 1)
        server.terminals.pending.clear()
        await boot(agent)
        refusal = await agent.ask(type="boot", **BOOT)
        assert refusal["rule"] == "boot_once"
