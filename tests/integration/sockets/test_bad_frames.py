"""Each message of both sockets, broken in each way: a typed refusal, and the socket stays up."""

import struct

import msgspec
import pytest

from realtime.wire.envelope import MAX_PERSON_FRAME, MAX_TERMINAL_FRAME, CloseCode
from realtime.wire.people import FromPerson
from realtime.wire.terminal import FromTerminal
from tests.integration.sockets.agents import BOOT, EVENT, boot
from tests.integration.sockets.harness import serving

PERSON = {
    "hello": {"token": "ann:s:courier"},
    "subscribe": {"channel": "me"},
    "unsubscribe": {"channel": "me"},
    "set_duty": {"on": True, "districts": ["wtw3s"]},
    "report_position": {"lat": 31.2, "lon": 121.4, "at": "2026-11-22T04:00:00Z"},
    "claim_order": {"order_id": "LJ1", "offer_version": 1},
    "watch_map": {"west": 121.3, "south": 31.1, "east": 121.6, "north": 31.4, "zoom": 12},
    "unwatch_map": {},
    "ping": {},
}

FRAME_LINE = {"at": "2026-11-22T04:00:00Z", "way": "sent", "hex": "8A 01", "words": "open 1"}

TERMINAL = {
    "enrol": {
        "protocol": 2,
        "terminal_id": "t1",
        "token": "one-time",
        "public_key": "k" * 43,
        "signature": "s" * 86,
    },
    "boot": BOOT,
    "boot_proof": {"signature": "s" * 86},
    "events": {"spool_id": "sp1", "events": [EVENT]},
    "kiosk_input": {"visit_id": "v1", "action": "scan", "value": "SF123"},
    "health": {
        "ports": [{"device": "/dev/ttyS0", "protocol": "8a", "state": "ready"}],
        "boards": [{"port": 0, "address": 1, "is_answering": True}],
        "spooled": 1,
        "uptime_seconds": 5.5,
    },
    "frames_told": {"port": 0, "lines": [FRAME_LINE], "refusal": "unknown_port"},
    "command_taken": {"command_id": "c1"},
    "command_refused": {"command_id": "c1", "reason": "late"},
}

#: Fields that a frame may go without.
OPTIONAL = {
    ("set_duty", "districts"),
    ("kiosk_input", "value"),
    ("health", "spooled"),
    ("health", "uptime_seconds"),
    ("frames_told", "lines"),
    ("frames_told", "refusal"),
    ("command_taken", "command_id"),
}

BAD_VALUES = [
    ("report_position", "lat", 91, "range"),
    ("report_position", "lon", -181, "range"),
    ("report_position", "lat", 1e400, None),
    ("report_position", "at", "2026-11-22T04:00:00", "timezone"),
    ("report_position", "at", "yesterday", "value"),
    ("report_position", "at", "0001-01-01T00:00:00+23:59", "value"),
    ("report_position", "at", "9999-12-31T23:59:59-23:59", "value"),
    ("subscribe", "channel", "others", "pattern"),
    ("subscribe", "resume", {"epoch": "1"}, "required"),
    ("subscribe", "resume", {"epoch": 1, "offset": 1}, "type"),
    ("set_duty", "districts", ["wtw3s"] * 17, "length"),
    ("set_duty", "districts", ["nowhere"], "geohash_of_5"),
    ("set_duty", "on", "yes", "type"),
    ("claim_order", "offer_version", "1", "type"),
    ("claim_order", "offer_version", 1.5, "type"),
    ("watch_map", "north", 91, "range"),
    ("watch_map", "west", -180.5, "range"),
    ("watch_map", "zoom", 1, "range"),
    ("watch_map", "zoom", 12.5, "type"),
    ("claim_order", "id", "", "length"),
    ("claim_order", "id", "x" * 65, "length"),
    ("claim_order", "id", 7, "type"),
    ("hello", "token", "", "length"),
]

NOT_JSON = ["", "hello", "{", '{"type":"ping"', "\x00", "[" * 5000, '{"a":1}{"b":2}', "{'a':1}"]

NOT_FRAMES = ["null", "1", '"text"', "[]", "true", "{}", '{"id":"x"}', '{"type":7,"id":"x"}']


def person_cases():
    for kind, fields in PERSON.items():
        whole = {"type": kind, "id": "x", **fields}
        yield pytest.param({**whole, "surprise": 1}, "surprise", id=f"{kind}-unknown-field")
        yield pytest.param({**whole, "id": None}, "id", id=f"{kind}-no-id")
        for name in fields:
            if (kind, name) not in OPTIONAL:
                rest = {key: value for key, value in whole.items() if key != name}
                yield pytest.param(rest, name, id=f"{kind}-without-{name}")
            yield pytest.param({**whole, name: {"a": [1]}}, name, id=f"{kind}-wrong-{name}")


def terminal_cases():
    for kind, fields in TERMINAL.items():
        whole = {"type": kind, "id": "x", **fields}
        yield pytest.param({**whole, "id": None}, "id", id=f"{kind}-no-id")
        for name in fields:
            if (kind, name) not in OPTIONAL:
                rest = {key: value for key, value in whole.items() if key != name}
                yield pytest.param(rest, name, id=f"{kind}-without-{name}")
            yield pytest.param({**whole, name: {"a": [1]}}, name, id=f"{kind}-wrong-{name}")


def test_every_message_is_in_the_tables():
    def tags(union):
        return {one.__struct_config__.tag for one in union.__args__}

    assert set(PERSON) == tags(FromPerson)
    assert set(TERMINAL) == tags(FromTerminal)


@pytest.mark.parametrize(("frame", "field"), list(person_cases()))
async def test_a_bad_frame_of_a_person_is_refused_and_the_socket_stays(redis_url, frame, field):
    async with serving(redis_url) as server, server.client() as page:
        await page.hello("ann", "courier")
        await page.ws.send(msgspec.json.encode(frame).decode())
        refusal = await page.next()
        assert (refusal["type"], refusal["code"]) == ("error", "invalid_input"), refusal
        assert refusal["field"].split(".")[0].split("[")[0] == field
        assert refusal["rule"]
        assert refusal["id"] == frame["id"]
        assert (await page.ask(type="ping"))["type"] == "pong"
        assert server.people.claims == []


@pytest.mark.parametrize(("frame", "field"), list(terminal_cases()))
async def test_a_bad_frame_of_an_agent_is_refused_and_the_socket_stays(redis_url, frame, field):
    async with serving(redis_url) as server, server.client("/v1/terminal") as agent:
        await boot(agent)
        await agent.ws.send(msgspec.json.encode(frame).decode())
        refusal = await agent.next()
        assert (refusal["type"], refusal["code"]) == ("error", "invalid_input"), refusal
        assert refusal["field"].split(".")[0].split("[")[0] == field
        applied = await agent.ask(type="events", spool_id="sp1", events=[EVENT])
        assert applied["type"] == "events_applied"


async def test_fields_of_newer_agents_are_ignored(redis_url):
    async with serving(redis_url) as server, server.client("/v1/terminal") as agent:
        await boot(agent, battery=97)
        event = {**EVENT, "humidity": 40}
        applied = await agent.ask(type="events", spool_id="sp1", events=[event], more=[1])
        assert applied["number"] == 1


@pytest.mark.parametrize(("kind", "field", "value", "rule"), BAD_VALUES)
async def test_a_value_out_of_its_rule_is_named(redis_url, kind, field, value, rule):
    async with serving(redis_url) as server, server.client() as page:
        await page.hello("ann", "courier")
        frame = {"type": kind, "id": "x", **PERSON[kind], field: value}
        text = "1e400" if value == 1e400 else None
        raw = msgspec.json.encode(frame).decode()
        await page.ws.send(raw.replace("null", text) if text else raw)
        refusal = await page.next()
        assert refusal["code"] == "invalid_input"
        if rule:
            assert (refusal["field"].split(".")[0].split("[")[0], refusal["rule"]) == (field, rule)
        assert (await page.ask(type="ping"))["type"] == "pong"


@pytest.mark.parametrize("text", NOT_JSON)
@pytest.mark.parametrize("path", ["/v1/socket", "/v1/terminal"])
async def test_what_is_not_json_closes(redis_url, path, text):
    async with serving(redis_url) as server, server.client(path) as page:
        await page.ws.send(text)
        assert (await page.next())["rule"] == "json"
        assert await page.closed() == CloseCode.NOT_JSON


@pytest.mark.parametrize("text", NOT_FRAMES)
async def test_json_that_is_no_frame_is_refused(redis_url, text):
    async with serving(redis_url) as server, server.client() as page:
        await page.hello("ann")
        await page.ws.send(text)
        refusal = await page.next()
        assert refusal["code"] == "invalid_input"
        assert (await page.ask(type="ping"))["type"] == "pong"


async def test_binary_frames_are_not_read(redis_url):
    async with serving(redis_url) as server, server.client() as page:
        await page.ws.send(b'{"type":"ping","id":"x"}')
        assert (await page.next())["rule"] == "json"
        assert await page.closed() == CloseCode.NOT_JSON


@pytest.mark.parametrize(
    ("path", "most"), [("/v1/socket", MAX_PERSON_FRAME), ("/v1/terminal", MAX_TERMINAL_FRAME)]
)
async def test_a_frame_over_its_limit_closes(redis_url, path, most):
    async with serving(redis_url) as server, server.client(path) as page:
        frame = b'{"type":"ping","id":"%s"}'
        fill = most - len(frame % b"")
        await page.ws.send((frame % (b"x" * (fill + 1))).decode())
        assert (await page.next())["code"] == "too_large"
        assert await page.closed() == CloseCode.TOO_BIG


async def test_a_frame_that_nobody_should_send_is_cut_off(redis_url):
    async with serving(redis_url) as server, server.client() as page:
        await page.ws.send("x" * (2 << 20))
        assert await page.closed() in (1006, 1009)
        async with server.client() as other:
            await other.hello("bob")


async def test_refused_frames_in_a_row_close_and_good_ones_begin_anew(redis_url):
    async with serving(redis_url) as server, server.client() as page:
        await page.hello("ann")
        for _ in range(3):
            for _ in range(19):
                await page.ask(type="nonsense")
            assert (await page.ask(type="ping"))["type"] == "pong"
        for _ in range(20):
            await page.send(type="nonsense")
        assert await page.closed() == CloseCode.FLOODING


@pytest.mark.parametrize("path", ["/v1/socket", "/v1/terminal"])
async def test_half_a_surrogate_pair_is_refused_and_the_socket_stays(redis_url, path):
    """JSON as Python reads it, text that nothing can write: also in the id of the answer."""
    async with serving(redis_url) as server, server.client(path) as peer:
        for _ in range(2):
            await peer.ws.send('{"type":"ping","id":"\\ud800"}')
            refusal = await peer.next()
            assert (refusal["type"], refusal["code"]) == ("error", "invalid_input")
            assert refusal.get("id") is None


async def test_a_flood_of_good_frames_closes_and_harms_nobody_else(redis_url):
    async with serving(redis_url) as server, server.client() as flood, server.client() as other:
        await flood.hello("ann")
        await other.hello("bob")
        frame = b'{"type":"ping","id":"x"}'
        masked = struct.pack("!BB4x", 0x81, 0x80 | len(frame)) + frame
        flood.ws.transport.write(masked * 2000)
        for _ in range(5):
            assert (await other.ask(type="ping"))["type"] == "pong"
        assert await flood.closed() in (CloseCode.FLOODING, 1006)
