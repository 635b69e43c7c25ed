"""What is done to answers, and what contacts do: each fault by itself, with seeded dice."""

import asyncio
import random

import pytest

from hardware.simulator.boards import Answer, Kind, speech
from hardware.simulator.doors import Doors
from hardware.simulator.knobs import Knobs, People
from hardware.simulator.spoiling import collided, garbled, in_bursts, spoilt
from tests.waiting import eventually

FRAME = bytes.fromhex("8001ffffff334d")
EIGHT_A = speech("8a")


def dice() -> random.Random:
    return random.Random(3)


def spoil(**knobs: object) -> str:
    answer = Answer(1, Kind.STATUS, FRAME)
    return spoilt(answer, EIGHT_A, Knobs(**knobs), dice()).hex()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("knobs", "told"),
    [
        ({}, "8001ffffff334d"),
        ({"garbage": "fafd9999"}, "fafd99998001ffffff334d"),
        ({"bad_checksum": True}, "8001ffffff33b2"),
        ({"wrong_board": True}, "8000ffffff334c"),
        ({"cut_after": 3}, "8001ff"),
        ({"flip": "04"}, "8401ffffff334d"),
        ({"drop": 1.0}, ""),
    ],
    ids=str,
)
def test_each_fault_does_what_it_says(knobs: dict[str, object], told: str) -> None:
    assert spoil(**knobs) == told


def test_bit_noise_turns_one_bit_of_a_byte() -> None:
    noisy = bytes.fromhex(spoil(bit_noise=1.0))
    assert all((a ^ b).bit_count() == 1 for a, b in zip(noisy, FRAME, strict=True))
    assert spoil(bit_noise=0.3) == spoil(bit_noise=0.3)


@pytest.mark.parametrize(
    ("knobs", "sizes"),
    [({}, [7]), ({"burst_bytes": 1}, [1] * 7), ({"burst_bytes": 3}, [3, 3, 1])]
    + [({"split_at": k}, [k, 7 - k]) for k in range(1, 7)],
    ids=str,
)
def test_answers_are_split_anywhere(knobs: dict[str, int], sizes: list[int]) -> None:
    parts = in_bursts(FRAME, Knobs(**knobs))  # type: ignore[arg-type]
    assert [len(part) for part in parts] == sizes
    assert b"".join(parts) == FRAME


def test_two_at_once_are_neither_s_words_and_a_wrong_speed_is_nobody_s() -> None:
    for seed in range(50):
        rng = random.Random(seed)
        both = collided(FRAME, FRAME, rng)
        assert both != FRAME
        assert all(a != b for a, b in zip(garbled(FRAME, rng), FRAME, strict=True))


@pytest.mark.parametrize(
    ("protocol", "frame", "other", "unchecked"),
    [
        ("8a", "8001ffffff334d", "8005ffffff3349", "8001ffffff33b2"),
        ("kerong-cu16", "020035ffff00000338", "025035ffff00000388", "020035ffff000003c7"),
        ("kerong-cu48", "02000065ffffffffffff0364", "02050065ffffffffffff0369", None),
        ("kerong-cu12", "0200008010020397fe07", "020500801002039cfe07", "0200008010020368fe07"),
        ("wkly", "574b4c590a0085020084", "574b4c590a0585020081", "574b4c590a008502007b"),
        ("winnsen", "90078201018003", "90078205018003", "900782010180fc"),
        ("modbus", "010201ffe1c8", "050201ffe0f8", "010201ffe137"),
    ],
)
def test_another_board_s_answer_has_a_good_checksum_and_a_bad_one_has_not(
    protocol: str, frame: str, other: str, unchecked: str | None
) -> None:
    spoken, said = speech(protocol), bytes.fromhex(frame)
    assert spoken.readdressed(said, 5).hex() == other
    assert unchecked in (None, spoken.unchecked(said).hex())


# Contacts


def doors(**knobs: object) -> Doors:
    return Doors(4, Knobs(people=People.MANUAL, open_after=0.0, **knobs))  # type: ignore[arg-type]


def told(made: Doors, cell: int) -> list[str]:
    return [one.what for one in made.history if one.cell == cell]


async def test_a_bouncing_contact_opens_and_closes_before_it_settles() -> None:
    made = doors(bounces=2, bounce_gap=0.001)
    made.move(1, True)
    await eventually(lambda: len(made.history) == 5)
    assert told(made, 1) == ["open", "closed", "open", "closed", "open"]
    assert made.reads_open(1)
    assert [one.by for one in made.history] == ["hand"] + ["contact"] * 4


async def test_a_stuck_contact_says_nothing_of_its_door_until_freed() -> None:
    made = doors()
    made.stick(2, True)
    made.move(2, True)
    assert (made.is_open(2), made.reads_open(2), told(made, 2)) == (True, False, ["moved"])
    made.stick(2, False)
    assert (made.reads_open(2), told(made, 2)) == (True, ["moved", "open"])


async def test_a_fluttering_contact_goes_on_until_settled() -> None:
    made = doors(flutter_every=0.002)
    made.flutter(3, True)
    await eventually(lambda: len(made.history) >= 6)
    made.flutter(3, False)
    assert not made.is_open(3)
    assert not made.reads_open(3)
    assert set(told(made, 3)) == {"open", "closed"}
    made.stop()


async def test_a_latch_may_let_go_by_itself() -> None:
    made = doors()
    made.move(1, True, "latch")
    assert [(one.what, one.by) for one in made.history] == [("open", "latch")]
    assert made.pulses[1] == 0
    await asyncio.wait_for(made.wait(1, "open"), 30)
