"""Connections and the hub, over outlets of the test's own."""

import asyncio

import pytest

from realtime.hub.connection import SEND_BYTES, SLICE
from realtime.hub.frames import text_frame
from realtime.wire.envelope import CloseCode
from server.domain.ids import PersonId, SessionId
from tests.unit.realtime.builders import QuickOutlet, SlowSocket, hub_of, payloads, turn

ANN, BOB = PersonId("ann"), PersonId("bob")


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536])
def test_a_frame_carries_its_length(size):
    frame = text_frame(b"x" * size)
    assert frame[0] == 0x81
    assert payloads(frame) == [b"x" * size]


async def test_frames_of_one_tick_are_one_send():
    hub, outlet = hub_of(), QuickOutlet()
    connection = hub.connect(outlet)
    for n in range(5):
        connection.put(text_frame(b"%d" % n))
    assert outlet.sent == []
    await turn()
    assert len(outlet.sent) == 1
    assert outlet.messages == [b"0", b"1", b"2", b"3", b"4"]


async def test_a_big_burst_is_sent_in_bounded_pieces():
    hub, outlet = hub_of(frames=100, size=1 << 20), QuickOutlet()
    connection = hub.connect(outlet)
    for _ in range(50):
        connection.put(text_frame(b"x" * 5000))
    await turn()
    assert len(outlet.messages) == 50
    assert max(map(len, outlet.sent)) <= SEND_BYTES


async def test_a_blocked_socket_holds_back_and_goes_on_when_drained():
    hub, outlet = hub_of(), SlowSocket()
    connection = hub.connect(outlet)
    connection.put(text_frame(b"1"))
    await turn()
    connection.put(text_frame(b"2"))
    connection.put(text_frame(b"3"))
    await turn()
    assert outlet.messages == [b"1"]
    connection.drained()
    assert outlet.messages == [b"1", b"2", b"3"]


async def test_a_slow_reader_is_closed_and_nobody_else_waits():
    hub, slow, quick = hub_of(frames=4), SlowSocket(), QuickOutlet()
    codes = []
    slow_connection = hub.connect(slow, on_close=codes.append)
    quick_connection = hub.connect(quick)
    for n in range(20):
        slow_connection.put(text_frame(b"%d" % n))
        quick_connection.put(text_frame(b"%d" % n))
        await turn()
    assert slow.code is CloseCode.SLOW
    assert codes == [CloseCode.SLOW]
    assert slow.messages == [b"0"]
    assert len(quick.messages) == 20
    assert quick.closed is None
    assert slow_connection.put(b"more") is False


async def test_keyed_data_never_closes_a_slow_reader():
    hub, outlet = hub_of(frames=4), SlowSocket()
    connection = hub.connect(outlet)
    for n in range(500):
        connection.put(text_frame(b"%d" % n), "position:ann")
        await turn()
    assert outlet.closed is None
    connection.drained()
    assert outlet.messages == [b"0", b"499"]


async def test_a_broadcast_lets_the_loop_run_between_slices():
    hub = hub_of()
    outlets = [QuickOutlet() for _ in range(3 * SLICE)]
    for outlet in outlets:
        hub.connect(outlet).put(text_frame(b"x"))
    served = []
    for _ in range(5):
        await asyncio.sleep(0)
        served.append(sum(bool(outlet.sent) for outlet in outlets))
    assert served[0] == SLICE
    assert served[-1] == 3 * SLICE


async def test_closing_sends_what_waits_and_says_why_once():
    hub, outlet = hub_of(), QuickOutlet()
    connection = hub.connect(outlet)
    connection.put(text_frame(b"bad token"))
    connection.close(CloseCode.UNAUTHORIZED, "token")
    connection.close(CloseCode.INTERNAL, "again")
    assert outlet.messages == [b"bad token"]
    assert outlet.closed == (CloseCode.UNAUTHORIZED, "token")


async def test_an_ended_socket_is_forgotten():
    hub, outlet = hub_of(), QuickOutlet()
    connection = hub.connect(outlet)
    session = hub.enter(connection, person=ANN, login=SessionId("s"))
    assert hub.sockets == 1
    hub.leave(session)
    hub.leave(session)
    hub.disconnect(connection)
    hub.disconnect(connection)
    assert hub.sockets == 0
    assert hub.sessions(ANN) == frozenset()
    assert hub.logins() == {}
    connection.put(b"x")
    connection.close(CloseCode.INTERNAL)
    await turn()
    assert outlet.sent == []
    assert outlet.closed is None


async def test_a_revoke_closes_one_log_in_or_all_of_a_person():
    hub = hub_of()
    outlets = {name: QuickOutlet() for name in ("ann1", "ann2", "bob1")}
    for name, outlet in outlets.items():
        person = PersonId(name[:3])
        hub.enter(hub.connect(outlet), person=person, login=SessionId(name))
    assert hub.revoke(ANN, SessionId("ann1")) == 1
    assert outlets["ann1"].code is CloseCode.REVOKED
    assert outlets["ann2"].closed is None
    hub.revoke(ANN)
    assert outlets["ann2"].code is CloseCode.REVOKED
    assert outlets["bob1"].closed is None
    assert hub.revoke(PersonId("nobody")) == 0


async def test_draining_tells_everybody_to_come_back_over_a_while():
    hub, outlets = hub_of(), [QuickOutlet() for _ in range(20)]
    for outlet in outlets:
        hub.connect(outlet)
    draining = asyncio.create_task(hub.drain(0.2))
    await asyncio.sleep(0)
    assert hub.is_draining
    assert sum(outlet.closed is not None for outlet in outlets) < 20
    await draining
    assert {outlet.code for outlet in outlets} == {CloseCode.GOING_AWAY}


async def test_silence_is_pinged_and_then_closed():
    hub, quiet, alive = hub_of(ping_seconds=20), QuickOutlet(), QuickOutlet()
    quiet_connection, alive_connection = hub.connect(quiet), hub.connect(alive)
    start = asyncio.get_running_loop().time()
    pulse = hub.pulse
    pulse.beat(start + 19)
    assert (quiet.pings, alive.pings) == (0, 0)
    pulse.beat(start + 21)
    pulse.beat(start + 23)
    assert (quiet.pings, alive.pings) == (1, 1)
    alive_connection.heard(start + 24)
    pulse.beat(start + 42)
    assert quiet.code is CloseCode.SILENT
    assert alive.closed is None
    pulse.beat(start + 45)
    assert alive.pings == 2
    assert not quiet_connection.is_open


async def test_a_blocked_socket_that_stays_silent_is_closed_without_a_ping():
    hub, outlet = hub_of(ping_seconds=20), SlowSocket()
    connection = hub.connect(outlet)
    connection.put(b"x")
    await turn()
    start = asyncio.get_running_loop().time()
    hub.pulse.beat(start + 21)
    assert outlet.pings == 0
    hub.pulse.beat(start + 42)
    assert outlet.code is CloseCode.SILENT
