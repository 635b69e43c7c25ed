"""The configuration that a walk writes."""

from pathlib import Path

import pytest

from hardware.codecs.protocol import Polarity
from hardware.codecs.registry import PROTOCOLS
from hardware.commissioning import board_file
from hardware.commissioning.board_file import BoardLearnt
from hardware.commissioning.walk import Found, Result, Stop
from hardware.commissioning.wiring import Wiring
from hardware.config import Place, parse_layout
from hardware.line.exchange import LineSettings
from tests.unit.hardware.commissioning.boards import PaperBoard

EIGHT_A = PROTOCOLS["8a"]
LINE = LineSettings('/dev/serial/by-id/usb-"1"', baud=9600)


def found(board: PaperBoard, cells: dict[int, int], **results: Result) -> BoardLearnt:
    entries = []
    for channel, cell in cells.items():
        result = results.get(f"ch{channel}", Result.GOOD)
        before, after = board.edge(channel) if result is Result.GOOD else (b"", b"")
        entries.append(
            Found(
                stop=Stop(1, channel),
                result=result,
                cell=cell,
                before=before.hex(),
                after=after.hex(),
            )
        )
    wiring = Wiring(EIGHT_A, 1, EIGHT_A.options(channels=4))
    return BoardLearnt(1, wiring.learn(board_file.edges_of(entries)), entries)


def text_of(board: BoardLearnt, *, is_echoing: bool = False) -> str:
    return board_file.written(
        LINE, EIGHT_A, [board], is_echoing=is_echoing, when="2026-01-02 03:04 UTC"
    )


STRAIGHT = """\
# Written by `lanjian board test` on 2026-01-02 03:04 UTC.

[[port]]
device = "/dev/serial/by-id/usb-\\"1\\""
baud = 9600
protocol = "8a"
local_echo = "on"               # the adapter was heard to echo

[[port.board]]
address = 1
channels = 4
polarity = "one_is_open"        # 3 of 3 doors agree
status_order = "low_first"      # 3 of 3 doors agree
disabled = [12]
first_cell = 11                 # channel 1 is cell 11, and so on
# cell 12: no pulse opened it: jam or broken lock
"""


def test_a_straight_board_is_written_with_its_reasons() -> None:
    board = PaperBoard(one_is_open=True, low_first=True)
    cells = {1: 11, 2: 12, 3: 13, 4: 14}
    assert text_of(found(board, cells, ch2=Result.JAMMED), is_echoing=True) == STRAIGHT


def test_crosswise_doors_are_written_as_a_map() -> None:
    board = PaperBoard(sensors={4: 2})
    told = found(board, {1: 2, 2: 1, 4: 9}, ch2=Result.UNSENSED)
    text = text_of(told)
    layout = parse_layout(text.encode())
    assert layout.places == {
        2: Place(0, 1, 1),
        1: Place(0, 1, 2, is_disabled=True),
        9: Place(0, 1, 4, is_disabled=True),
    }
    assert "# its sensor is wired to channel 2: swap the plugs" in text
    assert "# not tested: channels 3" in text
    assert board_file.summary([told], 1).splitlines()[2].startswith("  board 1: 1 good, 2 disabled")


def test_a_sensor_the_other_way_round_is_told() -> None:
    straight, turned = PaperBoard(), PaperBoard(one_is_open=True)
    told = found(straight, {1: 1, 2: 2})
    entry = found(turned, {3: 3}).found[0]
    wiring = Wiring(EIGHT_A, 1, EIGHT_A.options(channels=4))
    entries = [*told.found, entry]
    odd = BoardLearnt(1, wiring.learn(board_file.edges_of(entries)), entries)
    assert odd.learnt.options.polarity is Polarity.ONE_IS_CLOSED  # type: ignore[attr-defined]
    assert "the other way round" in odd.troubles[3]


@pytest.mark.parametrize("spec", PROTOCOLS.values(), ids=PROTOCOLS.keys())
def test_every_protocol_s_options_are_written_so_that_they_load(spec: object) -> None:
    spec = PROTOCOLS[spec.name]  # type: ignore[attr-defined]
    address, options = spec.addresses[0], spec.options()
    entry = Found(stop=Stop(address, 1), result=Result.JAMMED, cell=1)
    told = BoardLearnt(address, Wiring(spec, address, options).learn([]), [entry])
    text = board_file.written(
        LineSettings("/dev/a", spec.bauds[0]), spec, [told], is_echoing=False, when="today"
    )
    assert parse_layout(text.encode()).ports[0].options == {address: options}


def test_a_file_is_written_whole(tmp_path: Path) -> None:
    path = tmp_path / "boards.toml"
    path.write_text("old")
    board_file.save(path, "new 格口\n")
    assert path.read_text() == "new 格口\n"
    assert [each.name for each in tmp_path.iterdir()] == ["boards.toml"]
