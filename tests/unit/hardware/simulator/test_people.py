"""People at simulated doors: when they close what has opened."""

from hardware.simulator.doors import Doors
from hardware.simulator.knobs import Knobs
from tests.waiting import eventually

HABITS = {"open_after": 0.0, "close_after": 0.01}


async def test_a_door_is_held_until_its_boards_have_told_it_open() -> None:
    doors = Doors(2, Knobs(**HABITS, hold_unseen=600.0))
    doors.pulse(1)
    doors.pulse(2)
    await doors.wait(1, "open")
    await doors.wait(2, "open")
    for _ in range(2):
        doors.told_open([2])
    await doors.wait(2, "closed")
    assert doors.is_open(1), "nobody has seen it"
    doors.stop()


async def test_a_door_that_nobody_looks_at_is_not_held_for_ever() -> None:
    doors = Doors(1, Knobs(**HABITS, hold_unseen=0.05))
    doors.pulse(1)
    await doors.wait(1, "open")
    await doors.wait(1, "closed")
    assert [one.by for one in doors.history] == ["pulse", "pulse", "people"]


async def test_what_was_seen_of_an_earlier_opening_does_not_count() -> None:
    doors = Doors(1, Knobs(**HABITS, hold_unseen=600.0))
    doors.told_open([1, 1])
    doors.pulse(1)
    await doors.wait(1, "open")
    closing = doors.wait(1, "closed")
    doors.told_open([1, 1])
    await closing
    assert not doors.is_open(1)


async def test_a_hand_closes_it_whoever_has_looked() -> None:
    doors = Doors(1, Knobs(**HABITS, hold_unseen=600.0))
    doors.pulse(1)
    await doors.wait(1, "open")
    doors.move(1, False)
    await eventually(lambda: not doors.is_open(1))
    doors.stop()
