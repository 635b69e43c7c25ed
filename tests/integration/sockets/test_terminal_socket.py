"""Terminals' sockets: events, commands and the fence, over two server processes."""

import asyncio
from datetime import UTC, datetime

import msgspec
import pytest

from realtime.wire.cabinets import TellFrames
from realtime.wire.envelope import CloseCode
from realtime.wire.terminal import Configure
from server.domain.errors import Conflict, StaleVersion, TerminalOffline, Unavailable
from server.domain.ids import TerminalId
from tests.integration.sockets.agents import (
    BOOT,
    EVENT,
    T1,
    TERMINAL,
    boot,
    kiosk,
    open_door,
)
from tests.integration.sockets.harness import serving
from tests.integration.sockets.plain import CONFIG, PlainTerminals, proof_of
from tests.waiting import eventually


async def test_events_are_applied_in_order_and_acknowledged(redis_url):
    async with serving(redis_url) as server, server.client(TERMINAL) as agent:
        await boot(agent)
        events = [{**EVENT, "number": number} for number in (1, 2, 3)]
        answer = await agent.ask(type="events", id="e1", spool_id="sp1", events=events)
        assert (answer["type"], answer["number"]) == ("events_applied", 3)
        again = await agent.ask(type="events", id="e1", spool_id="sp1", events=events)
        assert again == answer
        assert server.terminals.applied == [1, 2, 3]


async def test_a_refused_call_may_be_sent_again_with_the_same_id(redis_url):
    async with serving(redis_url) as server, server.client(TERMINAL) as agent:
        await boot(agent)
        call = {"type": "events", "id": "e1", "spool_id": "sp1", "events": [EVENT]}
        server.terminals.fault = Unavailable(part="mongo")
        assert (await agent.ask(**call))["code"] == "unavailable"
        server.terminals.fault = None
        assert (await agent.ask(**call))["type"] == "events_applied"


async def test_kiosk_inputs_are_answered_or_refused(redis_url):
    async with serving(redis_url) as server, server.client(TERMINAL) as agent:
        await boot(agent)
        press = {"type": "kiosk_input", "visit_id": "v1", "action": "scan", "value": "SF12345678"}
        assert (await agent.ask(**press))["type"] == "reply"
        assert ("kiosk", "scan", "SF12345678") in server.terminals.said
        server.terminals.fault = Conflict()
        assert (await agent.ask(**press))["code"] == "conflict"


async def test_a_command_is_answered_while_the_agents_own_call_is_served(redis_url):
    async with serving(redis_url) as server, server.client(TERMINAL) as agent:
        await boot(agent)
        await eventually(lambda: server.terminals.said)
        server.terminals.may_go_on.clear()
        await agent.send(type="events", id="e1", spool_id="sp1", events=[EVENT])
        asked = asyncio.create_task(server.links.call(T1, open_door()))
        command = await agent.next()
        assert (command["type"], command["command_id"]) == ("open_door", "cmd1")
        await agent.send(type="command_taken", id=command["id"], command_id="cmd1")
        assert (await asked).command_id == "cmd1"
        server.terminals.may_go_on.set()
        assert (await agent.next())["type"] == "events_applied"
        await eventually(lambda: ("answer", "CommandTaken", "o1") in server.terminals.said)


async def test_a_withdrawals_answer_is_heard_by_the_call_that_waits_for_it(redis_url):
    """The person at the kiosk waits until a grant is withdrawn: that answer must not line up."""
    async with serving(redis_url) as server, server.client(TERMINAL) as agent:
        await boot(agent)
        await eventually(lambda: server.links.get(T1))
        server.terminals.may_go_on.clear()
        waiting = await agent.send(type="kiosk_input", visit_id="v1", action="open_again")
        await agent.send(type="command_taken", id="withdraw-C1", command_id="C1")
        await agent.send(type="command_taken", id="o1", command_id="cmd1")
        heard = ("answer", "CommandTaken", "withdraw-C1")
        await eventually(lambda: heard in server.terminals.said)
        assert ("kiosk", "open_again", None) not in server.terminals.said
        assert ("answer", "CommandTaken", "o1") not in server.terminals.said, "in its turn"
        server.terminals.may_go_on.set()
        assert (await agent.next())["id"] == waiting
        await eventually(lambda: ("answer", "CommandTaken", "o1") in server.terminals.said)


async def test_one_command_is_out_at_a_time(redis_url):
    async with serving(redis_url) as server, server.client(TERMINAL) as agent:
        await boot(agent)
        first = asyncio.create_task(server.links.call(T1, open_door("o1")))
        second = asyncio.create_task(server.links.call(T1, Configure(id="o2", config=CONFIG)))
        assert (await agent.next())["id"] == "o1"
        assert (await agent.ask(type="kiosk_input", visit_id="v", action="leave"))[
            "type"
        ] == "reply"
        await agent.send(type="command_taken", id="o1", command_id="cmd1")
        assert (await agent.next())["id"] == "o2"
        await agent.send(type="command_taken", id="o2")
        await asyncio.gather(first, second)


async def test_an_agent_that_does_not_answer_is_not_waited_for(redis_url):
    async with (
        serving(redis_url, answer_seconds=0.2) as server,
        server.client(TERMINAL) as agent,
    ):
        await boot(agent)
        with pytest.raises(Unavailable):
            await server.links.call(T1, open_door("o1"))
        assert (await agent.next())["id"] == "o1"
        await agent.send(type="command_refused", id="o1", command_id="cmd1", reason="late")
        await eventually(lambda: ("answer", "CommandRefused", "o1") in server.terminals.said)
        with pytest.raises(TerminalOffline):
            await server.links.call(TerminalId("t2"), open_door())


async def test_a_command_whose_terminal_goes_fails_at_once(redis_url):
    async with serving(redis_url, answer_seconds=30) as server:
        async with server.client(TERMINAL) as agent:
            await boot(agent)
            asked = asyncio.create_task(server.links.call(T1, open_door()))
            await agent.next()
        with pytest.raises(TerminalOffline):
            await asked
        await eventually(lambda: ("gone", "t1", 1) in server.terminals.said)
        assert not await server.routing.connected(T1)


async def test_the_newest_connection_wins_and_a_late_close_changes_nothing(redis_url):
    async with (
        serving(redis_url) as server,
        server.client(TERMINAL) as old,
        server.client(TERMINAL) as new,
    ):
        await boot(old)
        await boot(new)
        assert await old.closed() == CloseCode.REPLACED
        await eventually(lambda: ("booted", "t1", 2) in server.terminals.said)
        assert ("gone", "t1", 1) not in server.terminals.said
        assert server.links.get(T1).epoch == 2
        assert await server.routing.send(T1, kiosk())
        assert (await new.next())["type"] == "kiosk"


async def test_an_earlier_epoch_that_boots_late_is_turned_away(redis_url):
    async with (
        serving(redis_url) as server,
        server.client(TERMINAL) as slow,
        server.client(TERMINAL) as quick,
    ):
        challenge = await slow.ask(type="boot", **BOOT)
        server.terminals.may_go_on.clear()
        signature = proof_of(challenge["nonce"])
        await slow.send(type="boot_proof", id=challenge["id"], signature=signature)
        await eventually(lambda: server.terminals.epochs == {"t1": 1})
        server.terminals.epochs["t1"] = 5
        server.terminals.may_go_on.set()
        await boot(quick)
        await slow.next()
        codes = {await slow.closed(), server.links.get(T1).epoch}
        assert codes == {CloseCode.REPLACED, 6}


async def test_the_newest_connection_wins_over_processes(redis_url):
    shared = PlainTerminals()
    async with (
        serving(redis_url, "p1", terminals=shared) as one,
        serving(redis_url, "p2", terminals=shared) as two,
        one.client(TERMINAL) as old,
        two.client(TERMINAL) as new,
    ):
        await boot(old)
        await eventually(lambda: ("booted", "t1", 1) in shared.said)
        assert await two.routing.connected(T1)
        await boot(new)
        assert await old.closed() == CloseCode.REPLACED
        await eventually(lambda: ("booted", "t1", 2) in shared.said)
        assert one.links.get(T1) is None
        assert await one.routing.connected(T1)
        assert await one.inbox.holder(T1) == "p2"


async def test_a_command_reaches_the_process_that_holds_the_socket(redis_url):
    shared = PlainTerminals()
    async with (
        serving(redis_url, "p1", terminals=shared) as one,
        serving(redis_url, "p2", terminals=shared) as two,
        two.client(TERMINAL) as agent,
    ):
        assert not await one.routing.send(T1, open_door())
        await boot(agent)
        await eventually(lambda: ("booted", "t1", 1) in shared.said)
        assert await one.routing.send(T1, open_door())
        command = await agent.next()
        assert (command["type"], command["id"]) == ("open_door", "o1")
        await agent.send(type="command_taken", id="o1", command_id="cmd1")
        await eventually(lambda: ("answer", "CommandTaken", "o1") in shared.said)
        assert await one.routing.send(T1, kiosk(2))
        assert (await agent.next())["version"] == 2


async def test_a_process_that_died_holds_nothing(redis_url):
    shared = PlainTerminals()
    async with (
        serving(redis_url, "p1", terminals=shared) as one,
        serving(redis_url, "p2", terminals=shared) as two,
        two.client(TERMINAL) as agent,
    ):
        await boot(agent)
        await eventually(lambda: ("booted", "t1", 1) in shared.said)
        # The registration of a process that was killed runs out; here it is taken away, once its
        # first beat is done: one on its way would register it again.
        await eventually(lambda: one.routing.connected(T1))
        two.inbox.beat = _nothing
        await _forget_process(redis_url, "p2")
        assert not await one.routing.connected(T1)
        assert await one.routing.connected_of([T1]) == frozenset()
        assert not await one.routing.send(T1, open_door())


async def test_who_is_held_is_told_for_many_at_once(redis_url):
    others = [TerminalId(f"t{n}") for n in range(2, 300)]
    shared = PlainTerminals()
    async with (
        serving(redis_url, "p1", terminals=shared) as one,
        serving(redis_url, "p2", terminals=shared) as two,
        one.client(TERMINAL) as first,
        two.client(TERMINAL) as second,
    ):
        await boot(first)
        await boot(second, terminal_id="t2")
        await eventually(lambda: len(shared.said) == 2)
        for server in (one, two):
            assert await server.routing.connected_of([T1, *others]) == {T1, TerminalId("t2")}
            assert await server.routing.connected_of([]) == frozenset()


async def test_health_is_kept_or_refused(redis_url):
    async with serving(redis_url) as server, server.client(TERMINAL) as agent:
        await boot(agent)
        health = {"type": "health", "ports": [], "boards": [], "spooled": 3}
        asked_at = datetime.now(UTC)
        answer = await agent.ask(**health)
        assert answer["type"] == "reply"
        told = datetime.fromisoformat(answer["result"]["server_time"])
        assert asked_at <= told <= datetime.now(UTC)
        assert ("health", "t1", 1, 3) in server.terminals.said
        server.terminals.fault = StaleVersion(field="epoch", rule="newest")
        assert (await agent.ask(**health))["code"] == "stale"
        assert await agent.closed() == CloseCode.REPLACED


async def _nothing() -> None:
    return None


async def _forget_process(url, process) -> None:
    from realtime.redis import connect

    async with connect(url) as redis:
        await redis.delete(f"process:{process}")


async def test_a_replaced_epoch_that_still_speaks_is_closed(redis_url):
    async with serving(redis_url) as server, server.client(TERMINAL) as agent:
        await boot(agent)
        server.terminals.fault = StaleVersion()
        refusal = await agent.ask(type="events", spool_id="sp1", events=[EVENT])
        assert refusal["code"] == "stale"
        assert await agent.closed() == CloseCode.REPLACED


async def test_a_fault_of_ours_closes_with_a_code_that_lets_it_come_back(redis_url, caplog):
    async with serving(redis_url) as server, server.client(TERMINAL) as agent:
        await boot(agent)
        server.terminals.fault = RuntimeError("the secret cause")
        failed = await agent.ask_any(type="events", spool_id="sp1", events=[EVENT])
        assert failed["code"] == "internal"
        assert "secret" not in msgspec.json.encode(failed).decode()
        assert await agent.closed() == CloseCode.INTERNAL
        assert "the secret cause" in caplog.text
        caplog.clear()


async def test_calls_that_wait_are_bounded(redis_url):
    async with serving(redis_url) as server, server.client(TERMINAL) as agent:
        await boot(agent)
        await eventually(lambda: server.terminals.said)
        server.terminals.may_go_on.clear()
        for n in range(6):
            await agent.send(type="events", id=f"e{n}", spool_id="sp1", events=[EVENT])
        refusal = await agent.next()
        assert (refusal["id"], refusal["code"]) == ("e5", "limited")
        server.terminals.may_go_on.set()
        assert [(await agent.next())["id"] for _ in range(5)] == [f"e{n}" for n in range(5)]


async def test_only_the_latest_picture_waits_for_a_slow_agent(redis_url):
    async with serving(redis_url) as server, server.client(TERMINAL) as agent:
        await boot(agent)
        for version in range(1, 50):
            assert await server.routing.send(T1, kiosk(version))
        assert (await agent.next())["version"] == 49


async def test_an_outage_of_the_store_lets_the_agent_send_again(redis_url):
    async with serving(redis_url) as server, server.client(TERMINAL) as agent:
        await boot(agent)
        call = {"type": "events", "id": "e1", "spool_id": "sp1", "events": [EVENT]}
        server.terminals.fault = ConnectionResetError("mongo is away")
        assert (await agent.ask(**call))["code"] == "unavailable"
        server.terminals.fault = None
        assert (await agent.ask(**call))["type"] == "events_applied"


async def test_frames_are_asked_for_from_another_process_and_told_once(redis_url):
    terminals = PlainTerminals()
    async with (
        serving(redis_url, "p1", terminals=terminals) as asking,
        serving(redis_url, "p2", terminals=terminals) as holding,
        holding.client(TERMINAL) as agent,
    ):
        await boot(agent)
        await eventually(lambda: terminals.said)
        assert await asking.routing.send(T1, TellFrames(id="f1", port=0))
        asked = await agent.next()
        assert (asked["type"], asked["id"], asked["port"]) == ("tell_frames", "f1", 0)
        line = {"at": "2026-05-01T04:00:00Z", "way": "sent", "hex": "8a01031199"}
        unasked = {"type": "frames_told", "id": "f0", "port": 0, "lines": [line]}
        for frame in (unasked, {**unasked, "id": "f1"}, {**unasked, "id": "f1"}):
            await agent.send(**frame)
        await eventually(lambda: ("frames", "f1", 0, 1) in terminals.said)
        assert (await agent.ask(type="kiosk_input", visit_id="v", action="leave"))["id"]
        told = [said for said in terminals.said if said[0] == "frames"]
        assert told == [("frames", "f1", 0, 1)], "what nobody asked for is not kept"


async def test_frames_that_no_log_can_hold_are_refused(redis_url):
    async with serving(redis_url) as server, server.client(TERMINAL) as agent:
        await boot(agent)
        line = {"at": "2026-05-01T04:00:00Z", "way": "sent"}
        for lines in ([line] * 201, [{**line, "words": "x" * 257}], [{**line, "way": "lost"}]):
            refusal = await agent.ask(type="frames_told", port=0, lines=lines)
            assert (refusal["type"], refusal["code"]) == ("error", "invalid_input")
        assert not [said for said in server.terminals.said if said[0] == "frames"]
