"""Where doors lie: as the configuration says, or guessed from the boards."""

import msgspec

from hardware.config import Spot, parse_layout
from hardware.config.drawing import USUAL_ROWS, drawing
from realtime.wire.cabinets import BoardPlace, CabinetLayout
from realtime.wire.envelope import MAX_TERMINAL_FRAME
from realtime.wire.terminal import Boot, DoorReading, DoorState

BOARDS = """
[[port]]
device = "/dev/ttyUSB0"
baud = 19200

[[port.board]]
address = 1
channels = 8
cells = { 1 = 1, 2 = 2, 3 = 3, 7 = 8 }
disabled = [3]

[[port]]
device = "socket://192.0.2.7:4001"
protocol = "wkly"

[[port.board]]
address = 2
channels = 4
first_cell = 21
"""
COLUMNS = """
[[column]]
cells = [7, 0, 1]
heights = [2, 1, 0.5]

[[column]]
cells = [2, 3, 21, 22, 23, 24]
"""


def drawn(text: str) -> CabinetLayout:
    return drawing(parse_layout(text.encode()))


def test_columns_say_where_doors_lie() -> None:
    assert parse_layout((BOARDS + COLUMNS).encode()).spots[7] == Spot(0, 0, 2.0)
    told = drawn(BOARDS + COLUMNS)
    assert told.is_drawn
    where = {one.cell: (one.column, one.row, one.height) for one in told.cells}
    assert (where[7], where[1]) == ((0, 0, 2.0), (0, 2, 0.5))
    assert [cell for cell, (column, *_) in where.items() if column == 1] == [2, 3, 21, 22, 23, 24]
    wired = {one.cell: (one.port, one.board, one.channel, one.is_disabled) for one in told.cells}
    assert (wired[7], wired[3], wired[22]) == ((0, 1, 8, False), (0, 1, 3, True), (1, 2, 2, False))


def test_without_columns_doors_are_in_the_order_of_the_boards() -> None:
    told = drawn(BOARDS)
    assert not told.is_drawn
    assert [(port.protocol, port.baud, port.boards) for port in told.ports] == [
        ("8a", 19200, (BoardPlace(address=1, channels=8),)),
        ("wkly", 9600, (BoardPlace(address=2, channels=4),)),
    ]
    where = {one.cell: (one.column, one.row) for one in told.cells}
    assert where == {
        **{1: (0, 0), 2: (0, 1), 3: (0, 2), 7: (0, 3)},
        **{21: (1, 0), 22: (1, 1), 23: (1, 2), 24: (1, 3)},
    }


def test_a_guessed_column_is_of_a_usual_height() -> None:
    text = BOARDS.replace("channels = 4\n", "channels = 50\n").replace('"wkly"', '"8a"')
    columns = [one.column for one in drawn(text).cells if one.cell >= 21]
    assert [columns.count(column) for column in range(1, 8)] == [USUAL_ROWS] * 6 + [2]


def test_the_biggest_cabinet_s_boot_fits_a_frame() -> None:
    boards = "".join(
        f"[[port.board]]\naddress = {n}\nchannels = 50\nfirst_cell = {1 + 50 * (n - 1)}\n"
        for n in range(1, 20)
    )
    layout = drawn('[[port]]\ndevice = "/dev/serial/by-id/usb-FTDI_FT232R_A1B2C3D4"\n' + boards)
    assert len(layout.cells) == 950
    boot = Boot(
        id="1",
        protocol=2,
        terminal_id="T-1",
        agent_version="0.1.0",
        boot_id="b",
        spool_id="s",
        doors=tuple(
            DoorReading(cell=one.cell, state=DoorState.UNKNOWN, stale=True, item=False)
            for one in layout.cells
        ),
        layout=layout,
    )
    encoded = msgspec.json.encode(boot)
    assert len(encoded) < MAX_TERMINAL_FRAME
    assert msgspec.json.decode(encoded, type=Boot) == boot
