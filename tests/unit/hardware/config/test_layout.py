"""The board configuration: what it means, and errors that name the key."""

from pathlib import Path

import pytest

from hardware.codecs.eight_a import BoardOptions, Polarity, StatusOrder
from hardware.codecs.receiver import EchoMode
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


def test_a_whole_cabinet_is_read() -> None:
    layout = parse_layout(GOOD.encode())
    first, second = layout.ports
    assert (first.line.url, first.line.baud, first.line.echo) == (
        "/dev/ttyUSB0",
        19200,
        EchoMode.ON,
    )
    assert (first.boards, first.poll_seconds) == ((1, 2), 0.5)
    assert first.options[1] == BoardOptions()
    assert first.options[2] == BoardOptions(
        channels=50,
        polarity=Polarity.ONE_IS_OPEN,
        status_order=StatusOrder.LOW_FIRST,
        pulse_seconds=2,
    )
    assert (second.line.baud, second.line.echo) == (9600, EchoMode.AUTO)
    assert layout.places[1] == Place(0, 1, 1)
    assert layout.places[5] == Place(0, 1, 5, is_disabled=True)
    assert layout.places[100] == Place(0, 2, 50)
    assert layout.places[208] == Place(1, 1, 8)
    assert len(layout.places) == 24 + 2 + 8


BOARD = "[[port.board]]\naddress = 1\nfirst_cell = 1\n"
BARE = "[[port.board]]\naddress = 1\n"
PORT = '[[port]]\ndevice = "/dev/a"\n'


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", "file"),
        ("port = 3", "port"),
        ("port = []", "port"),
        ("[[port", "file"),
        ("[[port]]\n" + BOARD, "port[0]"),
        (PORT, "port[0]"),
        ('[[port]]\ndevice = ""\n' + BOARD, "port[0].device"),
        ('[[port]]\ndevice = "socket://host"\n' + BOARD, "port[0].device"),
        ('[[port]]\ndevice = "socket://host:99999"\n' + BOARD, "port[0].device"),
        (PORT + BOARD + PORT + BOARD.replace("= 1\n", "= 51\n"), "port[1].device"),
        (PORT + "baud = 9601\n" + BOARD, "port[0].baud"),
        (PORT + 'baud = "fast"\n' + BOARD, "port[0].baud"),
        (PORT + 'protocol = "9z"\n' + BOARD, "port[0].protocol"),
        (PORT + 'local_echo = "maybe"\n' + BOARD, "port[0].local_echo"),
        (PORT + "poll_seconds = -1\n" + BOARD, "port[0].poll_seconds"),
        (PORT + "colour = 1\n" + BOARD, "port[0]"),
        (PORT + "board = []\n", "port[0].board"),
        (PORT + BOARD + BOARD, "port[0].board[1].address"),
        (PORT + BOARD.replace("address = 1", "address = 0"), "port[0].board[0].address"),
        (PORT + BOARD.replace("address = 1", "address = 100"), "port[0].board[0].address"),
        (PORT + BOARD + "channels = 0\n", "port[0].board[0].channels"),
        (PORT + BOARD + "channels = 40\n", "port[0].board[0].channels"),
        (PORT + BOARD + 'polarity = "both"\n', "port[0].board[0].polarity"),
        (PORT + BOARD + 'status_order = "any"\n', "port[0].board[0].status_order"),
        (PORT + BOARD + "channels = 50\nstatus_bytes = 3\n", "port[0].board[0].status_bytes"),
        (PORT + BOARD + "pulse_seconds = 10\n", "port[0].board[0].pulse_seconds"),
        (PORT + BOARD + "cells = { 1 = 1 }\n", "port[0].board[0].first_cell"),
        (PORT + BARE, "port[0].board[0].cells"),
        (PORT + BARE + "cells = { one = 1 }\n", "port[0].board[0].cells"),
        (PORT + BARE + "cells = { 0 = 1 }\n", "port[0].board[0].cells"),
        (PORT + BARE + "cells = { 1 = 25 }\n", "port[0].board[0].cells"),
        (PORT + BARE + "cells = { 1 = 2, 2 = 2 }\n", "port[0].board[0].cells"),
        (PORT + BOARD + BOARD.replace("address = 1", "address = 2"), "port[0].board[1].cells"),
        (PORT + BOARD + "disabled = [25]\n", "port[0].board[0].disabled"),
        (PORT + BOARD.replace("first_cell = 1", "first_cell = 990"), "port[0].board[0].cells"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_by_its_key(text: str, key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_layout(text.encode())
    assert caught.value.key == key
    assert caught.value.rule
    assert str(caught.value) == f"{key}: {caught.value.rule}"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"boards\.toml: No such file"):
        read_layout(tmp_path / "boards.toml")


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "boards.toml"
    path.write_text(GOOD)
    assert read_layout(path) == parse_layout(GOOD.encode())
