"""What systemd is told, over a real datagram socket, and the units that start the agent with it."""

import asyncio
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from hardware.deploy import Unit, unit_text
from hardware.service import Supervisor
from server.cli.terminal import CREDENTIAL, TOKEN_VARIABLE, VARIABLES
from tests.waiting import eventually

PID = 4711


@pytest.fixture
def heard(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.setblocking(False)
        yield listening


def told(listening: socket.socket) -> list[str]:
    found = []
    while True:
        try:
            found.append(listening.recv(100).decode())
        except BlockingIOError:
            return found


def test_up_and_stopping_are_told(heard: socket.socket) -> None:
    supervisor = Supervisor({"NOTIFY_SOCKET": heard.getsockname()}, PID)
    supervisor.ready()
    supervisor.stopping()
    assert told(heard) == ["READY=1", "STOPPING=1"]


def test_an_abstract_socket_is_one_of_linux() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(f"\0lanjian-test-{id(listening)}")
        listening.settimeout(5)
        name = "@" + listening.getsockname()[1:].decode()
        Supervisor({"NOTIFY_SOCKET": name}, PID).ready()
        assert listening.recv(100) == b"READY=1"


async def test_the_turning_loop_is_told_until_it_ends(heard: socket.socket) -> None:
    environ = {"NOTIFY_SOCKET": heard.getsockname(), "WATCHDOG_USEC": "20000"}
    telling = asyncio.create_task(Supervisor(environ, PID).keep_alive())
    seen: list[str] = []

    def thrice() -> bool:
        seen.extend(told(heard))
        return len(seen) >= 3

    await eventually(thrice)
    telling.cancel()
    assert set(seen) == {"WATCHDOG=1"}


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"WATCHDOG_USEC": "x"},
        {"WATCHDOG_USEC": "0"},
        {"WATCHDOG_USEC": "9", "WATCHDOG_PID": "1"},
    ],
)
async def test_who_asked_for_nothing_is_told_nothing(
    heard: socket.socket, more: dict[str, str]
) -> None:
    await Supervisor({"NOTIFY_SOCKET": heard.getsockname(), **more}, PID).keep_alive()
    assert told(heard) == []


def test_without_systemd_nothing_happens(caplog: pytest.LogCaptureFixture) -> None:
    Supervisor({}, PID).ready()
    assert caplog.text == ""


def test_a_deaf_systemd_costs_a_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    Supervisor({"NOTIFY_SOCKET": "/nowhere/notify"}, PID).ready()
    assert "systemd not told" in caplog.text


# Units


def settings(unit: Unit) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in unit_text(unit).replace("\\\n", "").splitlines():
        if not line.startswith(("#", "[")) and line:
            name, _, value = line.partition("=")
            found.setdefault(name, []).append(value)
    return found


def test_the_agent_s_unit_names_what_the_agent_reads() -> None:
    unit = settings(Unit.TERMINAL)
    named = {value.partition("=")[0] for value in unit["Environment"]}
    named |= set(re.findall(r"LANJIAN_\w+", unit_text(Unit.TERMINAL)))
    assert named <= {*VARIABLES.values(), TOKEN_VARIABLE}
    assert unit["LoadCredential"][0].split(":")[0] == CREDENTIAL
    assert unit["SetCredential"] == [f"{CREDENTIAL}:\\n"]
    assert unit["StateDirectory"][0] in "".join(unit["Environment"])
    assert unit["Type"] == ["notify"] and float(unit["WatchdogSec"][0]) >= 10
    assert unit["Restart"] == ["always"]


def test_the_agent_s_unit_is_closed_but_for_serial_lines_and_sockets() -> None:
    unit = settings(Unit.TERMINAL)
    shut = ["NoNewPrivileges", "DynamicUser", "ProtectHome", "PrivateTmp", "RestrictNamespaces"]
    assert all(unit[name] == ["yes"] for name in shut)
    assert (unit["ProtectSystem"], unit["DevicePolicy"]) == (["strict"], ["closed"])
    assert all(value.startswith("char-tty") for value in unit["DeviceAllow"])
    assert unit["CapabilityBoundingSet"] == [""]
    assert unit["RestrictAddressFamilies"] == ["AF_UNIX AF_INET AF_INET6"]
    assert "MemoryMax" in unit and "ProcSubset" not in unit  # the boot's name is in /proc/sys


def test_the_screen_s_unit_shows_the_agent_s_page() -> None:
    unit = settings(Unit.KIOSK)
    assert unit["Environment"] == ["KIOSK_URL=http://127.0.0.1:8787/"]
    assert "--kiosk" in unit["ExecStart"][0] and "${KIOSK_URL}" in unit["ExecStart"][0]
