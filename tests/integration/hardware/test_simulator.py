"""The simulated cabinet: the line's pace both ways, the knobs, the control port."""

import asyncio
import json
import os
import sys
import termios
from pathlib import Path
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

    @property
    def bytes_heard(self) -> bytes:
        return bytes(byte for _, byte in self.heard)

    async def ask(self, request: bytes, size: int) -> bytes:
        self.heard.clear()
        os.write(self._fd, request)
        await eventually(lambda: len(self.heard) >= size)
        return self.bytes_heard

    async def hears(self, request: bytes, seconds: float) -> bytes:
        """Send, and gather what comes until it has been quiet for so long."""
        self.heard.clear()
        os.write(self._fd, request)
        loop = asyncio.get_running_loop()
        began = loop.time()
        last = lambda: self.heard[-1][0] if self.heard else began  # noqa: E731
        await eventually(lambda: loop.time() - last() >= seconds)
        return self.bytes_heard

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
        async with simulated(plan(noise=0.3, drop=0.1)) as cabinet:
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
    async with simulated(plan(people=People.AUTO, close_after=0.05, hold_unseen=0.0)) as cabinet:
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
        assert host.bytes_heard == bytes.fromhex("8201020081")
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
    ["nonsense", '{"open": 99}', '{"fly": 1}', '{"board": 9, "silence": true}',
     '{"address": 1}', '{"delay": -1}', '{"garbage": "xx"}', '{"wait": 1, "for": "ajar"}',
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


# What happens to the device itself


async def test_at_a_wrong_speed_only_garbage_passes() -> None:
    async with simulated(plan()) as cabinet:
        host = Host(cabinet.device)
        set_baud(host, termios.B19200)
        answer = await host.hears(UNLOCK_3 * 20, seconds=0.2)
        assert ALL_CLOSED not in answer
        assert sum(cabinet.doors.pulses.values()) == 0
        set_baud(host, termios.B9600)
        await eventually(lambda: not host.heard or host.heard.clear())
        os.write(host._fd, READ_ALL)
        await eventually(lambda: ALL_CLOSED in host.bytes_heard)
        host.close()


def set_baud(host: Host, speed: int) -> None:
    modes = termios.tcgetattr(host._fd)
    modes[4] = modes[5] = speed
    termios.tcsetattr(host._fd, termios.TCSANOW, modes)


async def test_without_power_doors_move_and_nothing_is_told() -> None:
    async with simulated(plan()) as cabinet:
        host, remote = Host(cabinet.device), await control(cabinet)
        await remote.say(power_off=60.0)
        await remote.say(open=2)
        assert await host.hears(READ_ALL, seconds=0.1) == b""
        await remote.say(power_off=0.0)
        await eventually(lambda: not cabinet.boards.without_power)
        assert await host.ask(READ_ALL, 7) == bytes.fromhex("8001fffffd334f")
        await remote.close()
        host.close()


async def test_an_unplugged_device_comes_back_under_its_name(tmp_path: Path) -> None:
    link = tmp_path / "tty"
    async with simulated(plan(), link=link) as cabinet:
        host, remote = Host(cabinet.device), await control(cabinet)
        await remote.say(unplug=60.0)
        assert not link.exists()
        host.close()
        await remote.say(unplug=0.05)
        await eventually(link.exists)
        again = Host(cabinet.device)
        assert await again.ask(READ_ALL, 7) == ALL_CLOSED
        again.close()
        await remote.close()
    assert not link.is_symlink()


async def test_as_a_bridge_it_serves_whoever_came_last() -> None:
    async with simulated(Plan(tcp_port=0, protocol="kerong-cu48")) as cabinet:
        assert f'device = "{cabinet.device}"' in cabinet.board_config()
        address = cabinet.device.removeprefix("socket://").split(":")
        _, first = await asyncio.open_connection(*address)
        reader, second = await asyncio.open_connection(*address)
        second.write(bytes.fromhex("020000500355"))
        assert await reader.readexactly(12) == bytes.fromhex("02000065ffffffffffff0364")
        cabinet.line.unplug(0.05)
        assert await reader.read() == b""
        reader, third = await connected(*address)
        third.write(bytes.fromhex("020000500355"))
        assert len(await reader.readexactly(12)) == 12
        for writer in (first, second, third):
            writer.close()


async def connected(host: str, port: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    async def look() -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        try:
            return await asyncio.open_connection(host, port)
        except ConnectionError:
            return None

    found = await eventually(look)
    assert found is not None
    return found


# What boards and lines do besides


async def test_an_acknowledgement_is_late_or_missing_while_looks_are_answered() -> None:
    async with simulated(plan(ack_delay=0.2)) as cabinet:
        host, remote = Host(cabinet.device), await control(cabinet)
        began = asyncio.get_running_loop().time()
        await host.ask(UNLOCK_3, 5)
        assert host.heard[0][0] - began >= 0.2
        await remote.say(mute_unlock=True)
        assert await host.hears(UNLOCK_3, seconds=0.1) == b""
        assert len(await host.ask(READ_ALL, 7)) == 7
        assert cabinet.doors.pulses[3] == 2
        await remote.close()
        host.close()


async def test_a_burst_is_a_pause_in_an_answer_and_an_echo_may_be_partial() -> None:
    async with simulated(plan(split_at=3, burst_pause=1.0, echo=True, echo_bytes=2)) as cabinet:
        host = Host(cabinet.device)
        assert await host.ask(READ_ALL, 9) == READ_ALL[:2] + ALL_CLOSED
        assert host.heard[5][0] - host.heard[4][0] >= 0.5  # the first part may be heard late
        host.close()


async def test_a_report_comes_before_the_answer_to_a_look() -> None:
    async with simulated(plan(report_in_poll=2)) as cabinet:
        host = Host(cabinet.device)
        assert await host.ask(READ_ALL, 12) == bytes.fromhex("8201021190") + ALL_CLOSED
        host.close()


async def test_two_boards_of_one_address_collide_on_it_only() -> None:
    async with simulated(Plan(boards=3, channels=8, knobs=plan().knobs)) as cabinet:
        host, remote = Host(cabinet.device), await control(cabinet)
        await remote.say(board=2, address=1)
        assert (await remote.say(state=True))["addresses"] == [1, 1, 3]
        assert await host.ask(READ_ALL, 7) != bytes.fromhex("80010000ff334d")
        assert await host.ask(bytes.fromhex("80030033b0"), 7) == bytes.fromhex("80030000ff334f")
        await remote.close()
        host.close()


async def test_a_request_without_a_gap_before_it_is_not_heard() -> None:
    async with simulated(plan(needs_gap=30.0)) as cabinet:
        host = Host(cabinet.device)
        await host.ask(READ_ALL, 7)
        assert await host.hears(READ_ALL, seconds=0.1) == b""
        cabinet.knobs.needs_gap = 0.03

        async def is_heard() -> bool:  # not at once where the line took the one before late
            return ALL_CLOSED in await host.hears(READ_ALL, seconds=0.1)

        await eventually(is_heard)
        host.close()


async def test_looks_tell_what_could_be_known_and_when() -> None:
    async with simulated(plan()) as cabinet:
        host, remote = Host(cabinet.device), await control(cabinet)
        await host.ask(READ_ALL, 7)
        await remote.say(open=3)
        await host.ask(READ_ALL, 7)
        first, second = (await remote.say(looks=True))["looks"]
        assert (first["open"], second["open"], second["board"]) == ([], [3], 1)
        edge = cabinet.doors.history[0].at
        assert first["at"] < first["told_at"] < edge < second["at"] < second["told_at"]
        await remote.close()
        host.close()


@pytest.mark.parametrize(
    ("steps", "status"),
    [
        ('[[step]]\nwait = { looks = 2 }\ndo = { open = 3 }\n\n[[step]]\nafter = 0.01\n'
         'spread = 0.02\ndo = { close = 3 }\nexpect = { cell = 3, is = "closed" }\n', 0),
        ('[[step]]\nwait = { looks = 1 }\ndo = { jam = 2, delay = 0.0 }\n\n[[step]]\n'
         'wait = { cell = 3, pulses = 1 }\nexpect = { cell = 3, is = "open" }\n', 1),
    ],
    ids=["a hand opens and closes", "a pulse whose door is not open yet"],
)  # fmt: skip
async def test_a_scenario_is_played_and_reported(tmp_path: Path, steps: str, status: int) -> None:
    path = tmp_path / "scenario.toml"
    path.write_text('channels = 8\nbaud = 115200\nknobs = { people = "manual" }\n' + steps)
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hardware.simulator", "--scenario", str(path)),
        stdout=asyncio.subprocess.PIPE,
    )
    assert program.stdout is not None
    host = Host(json.loads(await program.stdout.readline())["device"])
    for _ in range(2):
        await host.ask(READ_ALL, 7)
    if status:
        os.write(host._fd, UNLOCK_3)  # the course ends with the pulse, before its answer
    report = json.loads(await program.stdout.readline())
    assert await program.wait() == status
    assert report["ok"] == (status == 0)
    assert len(report["steps"]) == 2
    if status == 0:
        assert [one["what"] for one in report["history"]] == ["open", "closed"]
    host.close()
