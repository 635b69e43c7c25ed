"""The simulated cabinet: the line's pace both ways, the knobs, the control port."""

import asyncio
import json
import os
from typing import Any

import pytest

from hardware.simulator.cabinet import Plan, SimulatedCabinet, simulated
from hardware.simulator.knobs import Knobs, People
from tests.integration.hardware.rig import Control
from tests.waiting import eventually

READ_ALL = bytes.fromhex("80010033b2")
ALL_CLOSED = bytes.fromhex("8001ffffff334d")
UNLOCK_3 = bytes.fromhex("8a01031199")


class Host:
    """A host at the other end of the line, with raw bytes only."""

    def __init__(self, device: str) -> None:
        self._fd = os.open(device, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        self.heard: list[tuple[float, int]] = []
        asyncio.get_running_loop().add_reader(self._fd, self._read)

    def _read(self) -> None:
        now = asyncio.get_running_loop().time()
        self.heard += [(now, byte) for byte in os.read(self._fd, 4096)]

    async def ask(self, request: bytes, size: int) -> bytes:
        self.heard.clear()
        os.write(self._fd, request)
        await eventually(lambda: len(self.heard) >= size)
        return bytes(byte for _, byte in self.heard)

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._fd)
        os.close(self._fd)


def plan(**knobs: Any) -> Plan:
    return Plan(knobs=Knobs(**{"people": People.MANUAL, "open_after": 0.01, **knobs}))


async def test_the_line_takes_its_time_in_both_directions() -> None:
    async with simulated(plan(turnaround=0.0)) as cabinet:
        host = Host(cabinet.device)
        began = asyncio.get_running_loop().time()
        assert await host.ask(READ_ALL, 7) == ALL_CLOSED
        byte = 10 / 9600
        first, last = host.heard[0][0] - began, host.heard[-1][0] - began
        assert first >= 6 * byte - 0.0005  # the whole request, then one byte
        assert last >= 12 * byte - 0.0005
        host.close()


@pytest.mark.parametrize(
    ("knobs", "answer"),
    [
        ({}, ALL_CLOSED),
        ({"echo": True}, READ_ALL + ALL_CLOSED),
        ({"garbage": "fafd9999"}, bytes.fromhex("fafd9999") + ALL_CLOSED),
        ({"bad_checksum": True}, ALL_CLOSED[:-1] + b"\xb2"),
        ({"wrong_board": True}, bytes.fromhex("8000ffffff334c")),
        ({"delay": 0.2}, ALL_CLOSED),
    ],
    ids=str,
)
async def test_each_fault_is_on_the_wire(knobs: dict[str, Any], answer: bytes) -> None:
    async with simulated(plan(**knobs)) as cabinet:
        host = Host(cabinet.device)
        began = asyncio.get_running_loop().time()
        assert await host.ask(READ_ALL, len(answer)) == answer
        assert host.heard[-1][0] - began >= knobs.get("delay", 0.0)
        host.close()


async def test_loss_and_noise_are_seeded() -> None:
    async def hear() -> list[bytes]:
        answers = []
        async with simulated(plan(noise=0.3, drop=0.3)) as cabinet:
            host = Host(cabinet.device)
            for _ in range(5):
                answers.append(await host.ask(READ_ALL, 3))
            host.close()
        return answers

    first, second = await hear(), await hear()
    assert first[0][:3] == second[0][:3]
    assert any(answer != ALL_CLOSED for answer in first)


async def control(cabinet: SimulatedCabinet) -> Control:
    return await Control.connect(cabinet.control_port)


async def test_a_pulse_opens_and_the_control_port_closes() -> None:
    async with simulated(plan()) as cabinet:
        host, remote = Host(cabinet.device), await control(cabinet)
        await host.ask(UNLOCK_3, 5)
        await remote.say(wait=3, **{"for": "open"})
        assert await host.ask(READ_ALL, 7) == bytes.fromhex("8001fffffb3349")
        await remote.say(close=3)
        state = await remote.say(state=True)
        assert (state["doors"]["3"], state["pulses"]["3"]) == ("closed", 1)
        history = (await remote.say(history=True))["history"]
        assert [(h["cell"], h["what"]) for h in history] == [
            (3, "pulse"),
            (3, "open"),
            (3, "closed"),
        ]
        await remote.close()
        host.close()


async def test_with_people_on_auto_the_door_is_closed_again() -> None:
    async with simulated(plan(people=People.AUTO, close_after=0.05)) as cabinet:
        host = Host(cabinet.device)
        await host.ask(UNLOCK_3, 5)
        await cabinet.doors.wait(3, "open")
        await cabinet.doors.wait(3, "closed")
        host.close()


async def test_a_jammed_door_and_a_silent_board() -> None:
    async with simulated(plan()) as cabinet:
        host, remote = Host(cabinet.device), await control(cabinet)
        await remote.say(jam=3)
        await host.ask(UNLOCK_3, 5)
        assert (await remote.say(state=True))["jammed"] == [3]
        await remote.say(silence=True, board=1)
        host.heard.clear()
        await host.ask(UNLOCK_3, 0)
        await eventually(lambda: cabinet.doors.pulses[3] == 2)
        assert not cabinet.doors.is_open(3)
        await remote.say(silence=False, board=1)
        assert await host.ask(READ_ALL, 7) == ALL_CLOSED
        await remote.close()
        host.close()


async def test_edges_are_reported_when_told_to() -> None:
    async with simulated(plan(reports=True)) as cabinet:
        host = Host(cabinet.device)
        cabinet.doors.move(2, True)
        await eventually(lambda: len(host.heard) == 5)
        assert bytes(b for _, b in host.heard) == bytes.fromhex("8201020081")
        host.close()


async def test_what_is_not_for_these_boards_is_passed_over() -> None:
    async with simulated(plan()) as cabinet:
        host = Host(cabinet.device)
        for wrong in ("8a0103119a", "8a02031199", "80020033b1", "00", "8a0119118b"):
            os.write(host._fd, bytes.fromhex(wrong))
        assert await host.ask(READ_ALL, 7) == ALL_CLOSED
        assert sum(cabinet.doors.pulses.values()) == 0
        host.close()


@pytest.mark.parametrize(
    "line",
    ["nonsense", '{"open": 99}', '{"fly": 1}', '{"garbage": "xx"}', '{"wait": 1, "for": "ajar"}',
     '{"people": "many"}', '{"wait": 1, "for": "open", "seconds": 0.01}'],
)  # fmt: skip
async def test_a_wrong_order_is_told_and_changes_nothing(line: str) -> None:
    async with simulated(plan()) as cabinet:
        remote = await control(cabinet)
        before = await remote.say(state=True)
        remote._writer.write(line.encode() + b"\n")
        answer = json.loads(await remote._reader.readline())
        assert answer["ok"] is False
        assert answer["error"]
        assert await remote.say(state=True) == before
        await remote.close()
