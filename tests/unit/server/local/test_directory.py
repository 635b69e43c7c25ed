"""Data directories: one holder at a time, and a port that stays with its data."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from server.local.directory import LOOPBACK, RESERVED_SECONDS, ServerDirectory, free_port, is_free
from server.local.errors import DirectoryInUse


def test_a_directory_has_one_holder(tmp_path: Path) -> None:
    directory = ServerDirectory(tmp_path / "sample")
    with (
        directory.held(),
        pytest.raises(DirectoryInUse, match=r"sample is in use"),
        ServerDirectory(tmp_path / "sample").held(deadline_seconds=0.05),
    ):
        pass
    with directory.held():  # let go
        pass


def test_the_hold_lasts_while_anyone_has_its_descriptor(tmp_path: Path) -> None:
    directory = ServerDirectory(tmp_path / "sample")
    with directory.held() as hold:
        inherited = os.dup(hold)
    with pytest.raises(DirectoryInUse), directory.held(deadline_seconds=0.05):
        pass
    os.close(inherited)
    with directory.held():
        pass


def test_a_port_stays_with_its_data(tmp_path: Path) -> None:
    port = ServerDirectory(tmp_path).port()
    assert ServerDirectory(tmp_path).port() == port


def test_a_port_that_another_program_has_is_replaced(tmp_path: Path) -> None:
    port = ServerDirectory(tmp_path).port()
    with socket.create_server((LOOPBACK, port)):
        assert not is_free(port)
        moved = ServerDirectory(tmp_path).port()
    assert moved != port
    assert ServerDirectory(tmp_path).port() == moved


def test_a_port_file_that_a_crash_left_empty_is_no_port(tmp_path: Path) -> None:
    (tmp_path / "port").touch()
    directory = ServerDirectory(tmp_path)
    assert directory.kept_port() is None
    assert is_free(directory.port())


CHOOSE = """
import sys, pathlib
from server.local import directory
directory.PORT_COUNT = 60
print(*(directory.free_port(pathlib.Path(sys.argv[1])) for _ in range(15)))
"""


def test_programs_that_start_together_choose_different_ports(tmp_path: Path) -> None:
    command = [sys.executable, "-c", CHOOSE, str(tmp_path / "ports")]
    programs = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    chosen = [port for program in programs for port in program.communicate()[0].split()]
    assert len(set(chosen)) == 45


def test_a_register_may_be_spoilt_old_or_out_of_reach(tmp_path: Path) -> None:
    register = tmp_path / "ports"
    register.write_text(
        f"20000 {time.monotonic() - RESERVED_SECONDS}\n20001 {time.monotonic()}\nx 2"
    )
    port = free_port(register)
    kept = [line.split()[0] for line in register.read_text().splitlines()]
    assert kept == ["20001", str(port)]
    assert is_free(free_port(tmp_path / "nowhere" / "ports"))


def test_free_ports_lie_below_what_outgoing_connections_use() -> None:
    assert all(20_000 <= free_port() < 32_768 for _ in range(100))
