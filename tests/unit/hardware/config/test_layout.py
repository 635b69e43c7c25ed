"""The board configuration: what a good one means."""

import logging
from pathlib import Path

import pytest

from hardware.codecs.protocol import BoardOptions
from hardware.codecs.receiver import EchoMode
from hardware.codecs.registry import PROTOCOLS
from hardware.config import ConfigError, Place, parse_layout, read_layout

GOOD = """
[[port]]
device = "/dev/ttyUSB0"
baud = 19200
local_echo = "on"
poll_seconds = 0.5

[[port.board]]
address = 1
first_cell = 1
disabled = [5]

[[port.board]]
address = 2
channels = 50
polarity = "one_is_open"
status_order = "low_first"
pulse_seconds = 2
cells = { 100 = 50, 101 = 1 }

[[port]]
device = "socket://192.0.2.7:4001"

[[port.board]]
address = 1
channels = 8
first_cell = 201
"""


def eight_a(**keys: object) -> BoardOptions:
    return PROTOCOLS["8a"].options(**keys)


def test_a_whole_cabinet_is_read() -> None:
    layout = parse_layout(GOOD.encode())
    first, second = layout.ports
    assert (first.line.url, first.line.baud, first.line.echo) == (
        "/dev/ttyUSB0",
        19200,
        EchoMode.ON,
    )
    assert (first.boards, first.poll_seconds) == ((1, 2), 0.5)
    assert first.options[1] == eight_a(channels=24)
    assert first.options[2].channels == 50
    assert first.driver().unlock(2, 50).frame.hex() == "8a023211" + "02" + "a9"
    assert (second.line.baud, second.line.echo) == (9600, EchoMode.AUTO)
    assert layout.places[1] == Place(0, 1, 1)
    assert layout.places[5] == Place(0, 1, 5, is_disabled=True)
    assert layout.places[100] == Place(0, 2, 50)
    assert layout.places[208] == Place(1, 1, 8)
    assert len(layout.places) == 24 + 2 + 8


@pytest.mark.parametrize("spec", PROTOCOLS.values(), ids=PROTOCOLS.keys())
def test_every_protocol_is_configured_by_name_alone(
    spec: object, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    spec = PROTOCOLS[spec.name]  # type: ignore[attr-defined]
    address = spec.addresses[0]
    path = tmp_path / "boards.toml"
    path.write_text(
        f'[[port]]\ndevice = "/dev/a"\nprotocol = "{spec.name}"\n'
        f"[[port.board]]\naddress = {address}\nfirst_cell = 1\n"
    )
    with caplog.at_level(logging.WARNING):
        layout = read_layout(path)
    port = layout.ports[0]
    assert port.line.baud == spec.bauds[0]
    assert len(layout.places) == port.options[address].channels
    assert port.driver().read_all(address).frame
    assert ("experimental" in caplog.text) == spec.is_experimental


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "boards.toml"
    path.write_text(GOOD)
    assert read_layout(path) == parse_layout(GOOD.encode())


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"boards\.toml: No such file"):
        read_layout(tmp_path / "boards.toml")


def test_a_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"^{tmp_path}: Is a directory$"):
        read_layout(tmp_path)


def test_a_fault_in_a_file_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "my-boards.toml"
    path.write_text(GOOD.replace("disabled = [5]", "disabled = [25]"))
    with pytest.raises(ConfigError, match=r"^my-boards\.toml:11: port\[0\]\.board\[0\]\.disabled"):
        read_layout(path)


def test_one_device_by_two_names_is_seen(tmp_path: Path) -> None:
    device = tmp_path / "ttyUSB0"
    device.touch()
    (tmp_path / "by-id").symlink_to(device)
    board = "[[port.board]]\naddress = 1\nfirst_cell = "
    text = (
        f'[[port]]\ndevice = "{device}"\n{board} 1\n'
        f'[[port]]\ndevice = "{tmp_path}/./by-id"\n{board} 101\n'
    )
    with pytest.raises(ConfigError, match=r"toml:7: port\[1\]\.device: the same line as port\[0\]"):
        parse_layout(text.encode())
