"""Lines as they are typed: addresses, cell numbers, and what helps."""

import pytest

from hardware.codecs.registry import PROTOCOLS
from hardware.commissioning.line import check_cells, hint, line_layout
from hardware.config import Place
from hardware.line.open_line import PortBusy, PortDenied, PortError, PortLost, PortMissing

SPEC = PROTOCOLS["kerong-cu16"]
FOUR = SPEC.options(channels=4)


def test_a_line_has_the_usual_speed_and_the_lowest_address() -> None:
    [port] = line_layout("/dev/x", SPEC, FOUR).ports
    assert (port.line.url, port.line.baud, port.boards) == ("/dev/x", 19200, (0,))
    assert line_layout("/dev/x", SPEC, FOUR, baud=9600).ports[0].line.baud == 9600


def test_doors_are_counted_over_all_boards_each_once() -> None:
    layout = line_layout("/dev/x", SPEC, FOUR, addresses=(3, 1, 3))
    assert layout.ports[0].boards == (3, 1)
    assert list(layout.places) == list(range(1, 9))
    assert (layout.places[1], layout.places[8]) == (Place(0, 3, 1), Place(0, 1, 4))


def test_an_address_that_would_be_every_board_s_is_refused() -> None:
    with pytest.raises(ValueError, match="--address: 15: expected 0 to 9 with kerong-cu16"):
        line_layout("/dev/x", SPEC, FOUR, addresses=(0, 15))


@pytest.mark.parametrize("first_cell", [-1, 0, 997, 1000])
def test_doors_without_a_number_are_refused(first_cell: int) -> None:
    with pytest.raises(ValueError, match=r"--first-cell: cells .* expected 1 to 999"):
        check_cells(first_cell, range(4))
    check_cells(1, range(4))
    check_cells(996, range(4))


@pytest.mark.parametrize("kind", [PortBusy, PortMissing, PortDenied, PortLost])
def test_every_trouble_with_a_port_has_a_hint(kind: type[PortError]) -> None:
    device, bridge = hint(kind("/dev/x: why")), hint(kind("socket://h:1: why"))
    assert device
    assert bridge
    assert (device == bridge) == (kind is PortBusy)
    assert "USB" not in bridge
