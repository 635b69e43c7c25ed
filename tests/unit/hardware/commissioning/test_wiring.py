"""Learning polarity and byte order from doors that opened."""

import itertools
from collections.abc import Iterable

import pytest

from hardware.codecs.registry import PROTOCOLS
from hardware.commissioning.wiring import Edge, Learnt, Wiring
from tests.unit.hardware.commissioning.boards import PaperBoard

EIGHT_A = PROTOCOLS["8a"]
POLARITY = {False: "one_is_closed", True: "one_is_open"}
ORDER = {False: "high_first", True: "low_first"}
BOTH = list(itertools.product([False, True], repeat=2))


def wiring(channels: int = 24) -> Wiring:
    return Wiring(EIGHT_A, 1, EIGHT_A.options(channels=channels))


def learnt(board: PaperBoard, doors: Iterable[int], channels: int = 24) -> Learnt:
    return wiring(channels).learn([Edge(door, *board.edge(door)) for door in doors])


@pytest.mark.parametrize(("one_is_open", "low_first"), BOTH)
@pytest.mark.parametrize("channels", [8, 12, 24])
def test_one_door_tells_polarity_and_order(
    one_is_open: bool, low_first: bool, channels: int
) -> None:
    told = learnt(PaperBoard(one_is_open, low_first), [2], channels)
    assert told.choice == {"polarity": POLARITY[one_is_open], "status_order": ORDER[low_first]}
    assert (told.undecided, dict(told.contradicting)) == ((), {})
    assert told.options.channels == channels


def test_the_middle_byte_tells_no_order() -> None:
    told = learnt(PaperBoard(one_is_open=True, low_first=True), [9, 16])
    assert told.choice["polarity"] == "one_is_open"
    assert told.undecided == ("status_order",)


def test_without_a_door_nothing_is_decided() -> None:
    told = learnt(PaperBoard(), [])
    assert told.undecided == ("polarity", "status_order")
    assert told.choice == {"polarity": "one_is_closed", "status_order": "high_first"}


def test_crossed_sensors_contradict_the_others() -> None:
    board = PaperBoard(low_first=True, sensors={3: 4, 4: 3})
    told = learnt(board, range(1, 9))
    assert told.choice == {"polarity": "one_is_closed", "status_order": "low_first"}
    assert told.contradicting == {3: 4, 4: 3}


def test_what_moved_is_seen_whatever_the_wiring() -> None:
    for one_is_open, low_first in BOTH:
        before, after = PaperBoard(one_is_open, low_first).edge(1)
        assert len(wiring(8).moved(before, after)) == 1
        assert wiring(8).moved(before, before) == ()


def test_doors_that_differ_from_most_are_listed() -> None:
    assert wiring().odd(PaperBoard(open_doors={3, 7}).frame()) == (3, 7)
    assert wiring().odd(PaperBoard(one_is_open=True, open_doors={3}).frame()) == (3,)


def test_item_sensors_are_no_matter_of_doors() -> None:
    spec = PROTOCOLS["kerong-cu16"]
    told = Wiring(spec, spec.addresses[0], spec.options()).learn([])
    assert set(told.choice) == {"polarity"}
