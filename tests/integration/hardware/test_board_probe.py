"""`lanjian board probe` on simulated lines: what is found, and that nothing is ever unlocked."""

import asyncio
import sys
from typing import Any

import pytest

from hardware.codecs.errors import FrameError
from hardware.codecs.protocol import Direction
from hardware.codecs.registry import PROTOCOLS
from hardware.commissioning import probe_report
from hardware.commissioning.probe import probe
from hardware.commissioning.probe_report import ProbeReport
from hardware.commissioning.queries import rounds
from hardware.line.open_line import OnBytes, OnLost, OpenPort
from hardware.line.port import open_port
from hardware.simulator.cabinet import Plan, SimulatedCabinet, simulated
from hardware.simulator.knobs import Knobs


class WatchedPort:
    """A real port that keeps what is written to it."""

    def __init__(self) -> None:
        self.written: list[bytes] = []

    async def open(self, url: str, baud: int, on_bytes: OnBytes, on_lost: OnLost) -> OpenPort:
        port = await open_port(url, baud, on_bytes, on_lost)
        write = port.write

        def kept(data: bytes) -> None:
            self.written.append(data)
            write(data)

        port.write = kept  # type: ignore[method-assign]
        return port


async def probed(
    cabinet: SimulatedCabinet, *names: str, **narrowed: Any
) -> tuple[ProbeReport, list[bytes]]:
    """Probe, and make sure of every byte that left and of every latch."""
    specs = [PROTOCOLS[name] for name in names]
    watched = WatchedPort()
    has_speed = not cabinet.device.startswith("socket://")
    plan = rounds(specs, has_speed=has_speed, **narrowed)
    report = await probe(
        cabinet.device, plan, watched.open, lambda _text: None, sweeps="addresses" not in narrowed
    )
    known = {query.request.frame for one in plan for query in one.queries}
    assert len(watched.written) == report.queries
    for frame in watched.written:
        assert any(is_read(name, frame) for name in names), frame.hex()
    assert known & set(watched.written)
    assert not any(cabinet.doors.pulses.values())
    return report, watched.written


def is_read(name: str, frame: bytes) -> bool:
    spec = PROTOCOLS[name]
    try:
        meanings = spec.decode(frame, None, spec.options())
    except FrameError:
        return False
    return [(m.direction, m.what) for m in meanings] == [(Direction.REQUEST, "read_all")]


@pytest.mark.parametrize("name", PROTOCOLS)
async def test_each_protocol_is_found_at_its_speed(name: str) -> None:
    spec = PROTOCOLS[name]
    async with simulated(Plan(boards=2, protocol=name)) as cabinet:
        addresses = [board.address for board in cabinet.boards.boards]
        report, _ = await probed(cabinet, name, addresses=addresses)
    told = probe_report.as_json(report)
    assert told["conclusion"] == ("unsure" if name == "winnsen" else "found")
    (found,) = report.spoken
    assert (found.spec.name, found.baud) == (name, spec.bauds[0])
    assert [(b.address, b.answered, b.asked) for b in found.boards.values()] == [
        (address, 3, 3) for address in addresses
    ]
    assert name in probe_report.as_text(report)


async def test_the_right_protocol_is_found_among_others() -> None:
    async with simulated(Plan(boards=1, protocol="wkly")) as cabinet:
        first = cabinet.boards.boards[0].address
        report, written = await probed(
            cabinet, "8a", "wkly", "modbus", "kerong-cu48", addresses=[first, 1]
        )
    assert [spoken.spec.name for spoken in report.spoken] == ["wkly"]
    assert len(written) > 4


async def test_a_board_at_an_unusual_speed_is_found() -> None:
    async with simulated(Plan(protocol="kerong-cu48", baud=57600)) as cabinet:
        report, _ = await probed(cabinet, "kerong-cu48", addresses=[0])
    (found,) = report.spoken
    assert (found.baud, report.conclusion) == (57600, "found")


async def test_nothing_is_found_at_a_wrong_speed() -> None:
    async with simulated(Plan()) as cabinet:
        report, _ = await probed(cabinet, "8a", bauds=[19200], addresses=[1])
    assert report.conclusion == "nothing"


async def test_a_silent_line_is_told_with_what_to_look_at() -> None:
    async with simulated(Plan(knobs=Knobs(silence=True))) as cabinet:
        report, _ = await probed(cabinet, "8a", bauds=[9600], addresses=[1, 2])
    assert (report.conclusion, report.queries) == ("nothing", 2)
    assert "A and B swapped" in probe_report.as_text(report)


async def test_an_echo_is_told() -> None:
    async with simulated(Plan(knobs=Knobs(echo=True))) as cabinet:
        report, _ = await probed(cabinet, "8a", bauds=[9600], addresses=[1])
    assert (report.conclusion, report.is_echoing) == ("found", True)
    assert 'local_echo = "on"' in probe_report.as_text(report)


async def test_wrong_checksums_are_told_as_such() -> None:
    async with simulated(Plan(knobs=Knobs(bad_checksum=True))) as cabinet:
        report, _ = await probed(cabinet, "8a", bauds=[9600], addresses=[1])
    assert (report.conclusion, list(report.damaged)) == ("nothing", ["9600 8a"])
    assert "two boards with one address" in probe_report.as_text(report)


async def test_garbage_before_answers_is_looked_past() -> None:
    async with simulated(Plan(knobs=Knobs(garbage="fafd9999"))) as cabinet:
        report, _ = await probed(cabinet, "8a", bauds=[9600], addresses=[1])
    found = probe_report.as_json(report)["found"]
    assert found[0]["boards"][0]["dropped_bytes"] == 4  # type: ignore[index]


async def test_a_bridge_is_probed_without_a_speed() -> None:
    async with simulated(Plan(tcp_port=0)) as cabinet:
        report, _ = await probed(cabinet, "8a", addresses=[1])
    assert [(spoken.baud, spoken.spec.name) for spoken in report.spoken] == [(None, "8a")]


@pytest.mark.slow
async def test_boards_beyond_the_first_addresses_are_found_once_one_answered() -> None:
    async with simulated(Plan(boards=6)) as cabinet:
        report, _ = await probed(cabinet, "8a", bauds=[9600])
    assert list(report.spoken[0].boards) == [1, 2, 3, 4, 5, 6]


async def test_a_busy_port_is_refused_with_what_to_do() -> None:
    async def refused(*words: str) -> None:
        program = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "server.cli", "board", *words, cabinet.device),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        _, told = await program.communicate()
        assert program.returncode == 1
        assert "another process has it open" in told.decode()
        assert "GET /state" in told.decode()

    async with simulated(Plan()) as cabinet:
        port = await open_port(cabinet.device, 9600, lambda _data: None, lambda: None)
        try:
            test = ("test", "--out", "/nonexistent/b.toml", "--port")
            await asyncio.gather(refused("probe"), refused("watch"), refused(*test))
        finally:
            await port.abort(1.0)
