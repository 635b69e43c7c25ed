"""What is wrong with a board configuration is told by file, line, key and rule.

Each case marks the line that must be named with `#!`.
"""

import pytest

from hardware.config import ConfigError, parse_layout

B0 = "port[0].board[0]"
PORT = '[[port]]\ndevice = "/dev/a"\n'
BARE = "[[port.board]]\naddress = 1\n"
SEVEN = "cells = { 7 = 1 }\n"
OTHER = '[[port]]\ndevice = "/dev/b"\n'
BOARD = BARE + "first_cell = 1\n"

CASES = [
    # the file
    ("port missing", "# nothing here #!\n", "port", "is missing"),
    ("port a number", "\nport = 3 #!", "port", "expected tables written [[port]]"),
    ("port empty", "port = [] #!", "port", "at least one [[port]]"),
    ("port not an array", '[port] #!\ndevice = "/dev/a"\n' + "[port.board]\n", "port", "[[port]]"),
    ("port of numbers", "port = [1] #!", "port", "expected tables"),
    ("top-level key", PORT + BOARD + "[ports] #!\n", "ports", "did you mean port?"),
    # syntax
    ("no closing bracket", "\n[[port #!\n" + BOARD, "", "column 8"),
    ("no value", PORT + "baud = #!\n" + BOARD, "", "not TOML"),
    ("no quotes", "[[port]]\ndevice = /dev/a #!\n" + BOARD, "", "not TOML"),
    ("a key twice", PORT + "baud = 9600\nbaud = 19200 #!\n" + BOARD, "", "cannot overwrite"),
    ("a string without end", PORT + 'protocol = "8a #!\n' + BOARD, "", "not TOML"),
    ("text without end", PORT + BOARD + 'x = """\nabc #!', "", "at the end of the file"),
    # a port's keys
    ("device missing", "\n[[port]] #!\n" + BOARD, "port[0].device", "is missing"),
    ("device empty", '[[port]]\ndevice = "" #!\n' + BOARD, "port[0].device", "length >= 1"),
    (
        "device a number",
        "[[port]]\ndevice = 5 #!\n" + BOARD,
        "port[0].device",
        "expected str, got int",
    ),
    (
        "bridge without port",
        '[[port]]\ndevice = "socket://host" #!\n' + BOARD,
        "port[0].device",
        "socket://host:port",
    ),
    (
        "bridge port too high",
        '[[port]]\ndevice = "socket://host:99999" #!\n' + BOARD,
        "port[0].device",
        "99999",
    ),
    ("board missing", "\n" + PORT.replace("\n", " #!\n", 1), "port[0].board", "is missing"),
    ("board empty", PORT + "board = [] #!\n", "port[0].board", "at least one [[port.board]]"),
    (
        "board not an array",
        PORT + "[port.board] #!\naddress = 1\n",
        "port[0].board",
        "[[port.board]]",
    ),
    ("baud unusual", PORT + "baud = 9601 #!\n" + BOARD, "port[0].baud", "9600"),
    ("baud a word", PORT + 'baud = "fast" #!\n' + BOARD, "port[0].baud", "expected int"),
    (
        "protocol unknown",
        PORT + 'protocol = "9z" #!\n' + BOARD,
        "port[0].protocol",
        "not known; expected one of 8a",
    ),
    (
        "echo unknown",
        PORT + 'local_echo = "maybe" #!\n' + BOARD,
        "port[0].local_echo",
        "auto, on, off",
    ),
    (
        "echo a boolean",
        PORT + "local_echo = true #!\n" + BOARD,
        "port[0].local_echo",
        "expected one of auto, on, off",
    ),
    ("poll negative", PORT + "poll_seconds = -1 #!\n" + BOARD, "port[0].poll_seconds", ">= 0"),
    ("attempts none", PORT + "open_attempts = 0 #!\n" + BOARD, "port[0].open_attempts", ">= 1"),
    (
        "cooldown too long",
        PORT + "cooldown_seconds = 4000 #!\n" + BOARD,
        "port[0].cooldown_seconds",
        "<= 3600",
    ),
    ("key misspelt", PORT + "boud = 9600 #!\n" + BOARD, "port[0].boud", "did you mean baud?"),
    (
        "key strange",
        PORT + "colour = 1 #!\n" + BOARD,
        "port[0].colour",
        "unknown key; known are baud",
    ),
    (
        "device twice",
        PORT + BOARD + '[[port]]\ndevice = "/dev/../dev/a" #!\n' + BOARD,
        "port[1].device",
        "(line 2); put all its boards",
    ),
    (
        "bridge twice",
        PORT.replace("/dev/a", "socket://h:1")
        + BOARD
        + '[[port]]\ndevice = "socket://H:1" #!\n'
        + BOARD,
        "port[1].device",
        "(line 2)",
    ),
    (
        "two protocols",
        PORT + BOARD + '[[port]]\nprotocol = "wkly"\ndevice = "/dev/a" #!\n' + BOARD,
        "port[1].device",
        "speaks 8a: one line, one protocol",
    ),
    # a board's keys
    (
        "address missing",
        PORT + "[[port.board]] #!\nfirst_cell = 1\n",
        B0 + ".address",
        "is missing",
    ),
    (
        "address 0",
        PORT + BOARD.replace("= 1", "= 0 #!", 1),
        B0 + ".address",
        "expected 1 to 99 with protocol 8a",
    ),
    (
        "address 100",
        PORT + BOARD.replace("= 1", "= 100 #!", 1),
        B0 + ".address",
        "expected 1 to 99",
    ),
    (
        "address twice",
        PORT + BOARD + BOARD.replace("= 1", "= 1 #!", 1),
        "port[0].board[1].address",
        "1 is used twice on this port (first on line 4)",
    ),
    ("no channels", PORT + BOARD + "channels = 0 #!\n", B0 + ".channels", "1"),
    ("channels of no board", PORT + BOARD + "channels = 40 #!\n", B0 + ".channels", "50"),
    (
        "polarity unknown",
        PORT + BOARD + 'polarity = "both" #!\n',
        B0 + ".polarity",
        "expected one of one_is_closed, one_is_open",
    ),
    (
        "order unknown",
        PORT + BOARD + 'status_order = "any" #!\n',
        B0 + ".status_order",
        "high_first, low_first",
    ),
    (
        "too few status bytes",
        PORT + BOARD + "channels = 50\nstatus_bytes = 3 #!\n",
        B0 + ".status_bytes",
        "too few",
    ),
    ("pulse too long", PORT + BOARD + "pulse_seconds = 10 #!\n", B0 + ".pulse_seconds", "1 to 9"),
    (
        "option misspelt",
        PORT + BOARD + 'polarty = "one_is_open" #!\n',
        B0 + ".polarty",
        "did you mean polarity? (protocol 8a)",
    ),
    # columns
    (
        "column of an unknown cell",
        PORT + BARE + SEVEN + "[[column]]\ncells = [7, 8] #!\n",
        "column[0].cells[1]",
        "cell 8 is on no board",
    ),
    (
        "a cell in two columns",
        PORT + BARE + SEVEN + "[[column]]\ncells = [7]\n[[column]]\ncells = [7] #!\n",
        "column[1].cells[0]",
        "lies twice",
    ),
    (
        "a cell in no column",
        PORT + BARE + "cells = { 7 = 1, 8 = 2 }\n[[column]] #!\ncells = [7]\n",
        "column",
        "cell 8 is in no column",
    ),
    (
        "heights of others",
        PORT + BARE + SEVEN + "[[column]]\ncells = [7]\nheights = [1, 2] #!\n",
        "column[0].heights",
        "2 heights for 1 cells",
    ),
    (
        "a height of nothing",
        PORT + BARE + SEVEN + "[[column]]\ncells = [7]\nheights = [0] #!\n",
        "column[0].heights[0]",
        ">= 0.1",
    ),
    (
        "an empty column",
        PORT + BARE + SEVEN + "[[column]]\ncells = [] #!\n",
        "column[0].cells",
        "1",
    ),
    ("column a table", PORT + BARE + SEVEN + "[column] #!\ncells = [7]\n", "column", "[[column]]"),
    # its cells
    (
        "both ways",
        PORT + BARE + "first_cell = 1 #!\ncells = { 1 = 1 }\n",
        B0 + ".first_cell",
        "either",
    ),
    (
        "neither way",
        PORT + BARE.replace("\n", " #!\n", 1),
        B0 + ".cells",
        "give first_cell or cells",
    ),
    ("cell a word", PORT + BARE + "cells = { one = 1 } #!\n", B0 + ".cells.one", "cell number"),
    (
        "channel a word",
        PORT + BARE + "[port.board.cells]\n1 = 1\n2 = 'x' #!\n",
        B0 + ".cells.2",
        "channel number",
    ),
    (
        "channel a truth",
        PORT + BARE + "cells = { 1 = true } #!\n",
        B0 + ".cells.1",
        "channel number",
    ),
    ("cell 0", PORT + BARE + "cells = { 0 = 1 } #!\n", B0 + ".cells.0", "outside 1 to 999"),
    (
        "cell beyond channels",
        PORT + BARE + "cells.1 = 1\ncells.2 = 25 #!\n",
        B0 + ".cells.2",
        "no channel 25, only 1 to 24",
    ),
    (
        "channel twice",
        PORT + BARE + "[port.board.cells]\n1 = 2\n2 = 2 #!\n",
        B0 + ".cells.2",
        "cells 1 and 2 have the same channel 2",
    ),
    (
        "cell twice",
        PORT + BOARD + BARE.replace("1", "2") + "first_cell = 24 #!\n",
        "port[0].board[1].first_cell",
        "cell 24 is placed twice (first on line 5)",
    ),
    (
        "cell twice, two ports",
        PORT + BARE + SEVEN + OTHER + BARE + SEVEN.replace("\n", " #!\n"),
        "port[1].board[0].cells.7",
        "first on line 5",
    ),
    ("cells too high", PORT + BARE + "first_cell = 990 #!\n", B0 + ".first_cell", "cell 1000"),
    (
        "disabled elsewhere",
        PORT + BOARD + "disabled = [\n  5,\n  25, #!\n]\n",
        B0 + ".disabled[1]",
        "cell 25 is not on this board",
    ),
    (
        "disabled a word",
        PORT + BOARD + "disabled = [1,\n'x'] #!\n",
        B0 + ".disabled[1]",
        "expected int",
    ),
    ("disabled alone", PORT + BOARD + "disabled = 5 #!\n", B0 + ".disabled", "expected array"),
]


@pytest.mark.parametrize(
    ("text", "key", "rule"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_what_is_wrong_is_named(text: str, key: str, rule: str) -> None:
    line = text[: text.index("#!")].count("\n") + 1
    with pytest.raises(ConfigError) as caught:
        parse_layout(text.encode(), "b.toml")
    error = caught.value
    assert (error.key, error.line) == (key, line), str(error)
    assert rule in error.rule
    middle = f"{key}: " if key else ""
    assert str(error) == f"b.toml:{line}: {middle}{error.rule}"


def test_bytes_that_are_no_text_are_named_by_their_line() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_layout(PORT.encode() + b"# caf\xe9\n" + BOARD.encode())
    assert str(caught.value) == "boards.toml:3: not UTF-8 text"


def test_brackets_without_end_are_refused() -> None:
    with pytest.raises(ConfigError, match="too many brackets"):
        parse_layout(b"a = " + b"[" * 100_000)
