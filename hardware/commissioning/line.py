"""One line as a person names it on the command line, and what helps when it cannot be used."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hardware.codecs.protocol import BoardOptions, ProtocolSpec
from hardware.config import Layout, Place, PortLayout
from hardware.config.tables import CELLS
from hardware.line.bridge import SCHEME
from hardware.line.exchange import LineSettings
from hardware.line.open_line import PortBusy, PortDenied, PortError, PortLost, PortMissing

#: Pause between two looks at one board.
POLL_SECONDS = 0.2

_HINTS: dict[type[PortError], str] = {
    PortBusy: (
        "端口被占用，多半是柜机程序  The agent probably has it: stop it first "
        "(systemctl stop), or look at its own page: GET /state, and its frame log."
    ),
    PortMissing: "端口不存在：检查 USB 线  Is the adapter plugged in? ls /dev/serial/by-id",
    PortDenied: "没有权限或不是串口  Is this user in the group dialout, and is it a serial port?",
    PortLost: "端口中途断开  It was there and went away: a loose plug, or too little power.",
}
_BRIDGE_HINTS: dict[type[PortError], str] = {
    PortBusy: _HINTS[PortBusy],
    PortMissing: (
        "连不上转换器：检查地址、端口、网线和供电  Nothing accepts there: check the bridge's "
        "address, port, cable and power, and whether another machine is connected to it."
    ),
    PortDenied: "地址写法  Written like this: socket://192.0.2.7:4001",
    PortLost: "转换器中途断开  The bridge was there and went away: its power, its network.",
}


def line_layout(
    device: str,
    spec: ProtocolSpec,
    options: BoardOptions,
    *,
    baud: int | None = None,
    addresses: Sequence[int] = (),
) -> Layout:
    """Make the layout of one line whose boards are alike; its doors are counted from 1.

    Without `baud` it has the protocol's usual speed, without `addresses` its lowest one.

    Raises:
        ValueError: no board of this protocol can have such an address.
    """
    boards = tuple(dict.fromkeys(addresses)) or (spec.addresses[0],)
    for board in boards:
        if board not in spec.addresses:
            rule = f"expected {spec.addresses[0]} to {spec.addresses[-1]} with {spec.name}"
            raise ValueError(f"--address: {board}: {rule}")
    doors = [(board, n) for board in boards for n in range(1, options.channels + 1)]
    places = {number: Place(0, board, n) for number, (board, n) in enumerate(doors, 1)}
    line = LineSettings(device, baud or spec.bauds[0])
    port = PortLayout(line, boards, POLL_SECONDS, dict.fromkeys(boards, options), spec)
    return Layout((port,), places)


def check_cells(first_cell: int, places: Iterable[int]) -> None:
    """Refuse to number so many doors from `first_cell` on that some have no number.

    Raises:
        ValueError: the numbers would be outside of what a configuration can have.
    """
    last_cell = first_cell - 1 + sum(1 for _ in places)
    if first_cell not in CELLS or last_cell not in CELLS:
        rule = f"cells {first_cell} to {last_cell}, expected {CELLS[0]} to {CELLS[-1]}"
        raise ValueError(f"--first-cell: {rule}")


def hint(error: PortError) -> str:
    """Say what a person does about the port that an error begins with; empty if unknown."""
    hints = _BRIDGE_HINTS if str(error).startswith(SCHEME) else _HINTS
    return next((words for kind, words in hints.items() if isinstance(error, kind)), "")
