"""The Winnsen codec: no check bytes, so every byte that can be known must be right."""

import itertools

import pytest

from hardware.codecs.driver import (
    FaultAnswer,
    NoMatch,
    StatusAnswer,
    UnlockAnswer,
    UnlockReplies,
)
from hardware.codecs.errors import BadByte, BadHeader, BadLength, FrameError
from hardware.codecs.protocol import Direction, Order, Polarity
from hardware.codecs.winnsen import Winnsen, WinnsenOptions, decode, encode
from realtime.wire.terminal import DoorState

OPEN, CLOSED = DoorState.OPEN, DoorState.CLOSED
OPTIONS = WinnsenOptions()
CODEC = Winnsen({1: OPTIONS, 3: OPTIONS})
UNLOCK, READ = CODEC.unlock(3, 3), CODEC.read_all(1)

UNLOCKED = bytes.fromhex("90078503030103")
STATUS = bytes.fromhex("90078201030003")


@pytest.mark.parametrize(
    ("order", "frame"),
    [
        (Order("unlock", 3, 3), "900605030303"),  # station and lock look like the end
        (Order("unlock", 1, 16), "900605011003"),
        (Order("read_all", 1), "90070201ffff03"),
        (Order("read_one", 1, 9), "90070201000103"),
        (Order("read_many", 1, None, (16, 1)), "90070201018003"),
    ],
)
def test_requests_are_those_of_the_description(order: Order, frame: str) -> None:
    made = encode(order, OPTIONS)
    assert made.hex() == frame
    [meaning] = decode(made, None, OPTIONS)
    assert (meaning.direction, meaning.what) == (Direction.REQUEST, order.what)
    assert (meaning.board, meaning.channel) == (order.board, order.channel)


def test_length_delimits_not_the_end_byte() -> None:
    told = decode(UNLOCK.frame + UNLOCKED + READ.frame + STATUS, None, OPTIONS)
    assert [m.what for m in told] == ["unlock", "unlock_answer", "read_all", "status"]
    assert CODEC.match(UNLOCKED[:6], UNLOCK) is NoMatch.NEED_MORE


def test_one_is_open_unless_told_otherwise() -> None:
    states = (OPEN, OPEN, *(CLOSED,) * 14)
    assert CODEC.decode(STATUS, READ) == StatusAnswer(1, states, STATUS)
    other = Winnsen({1: WinnsenOptions(channels=3, polarity=Polarity.ONE_IS_CLOSED)})
    assert other.decode(STATUS, other.read_all(1)) == StatusAnswer(
        1, (CLOSED, CLOSED, OPEN), STATUS
    )


def test_the_doors_told_are_those_asked_for_when_that_is_known() -> None:
    some = encode(Order("read_many", 1, None, (2, 9)), OPTIONS)
    [meaning] = decode(bytes.fromhex("90078201020103"), some, OPTIONS)
    assert meaning.fields["doors"] == {"2": "open", "9": "open"}
    one = encode(Order("read_one", 1, 9), OPTIONS)
    [meaning] = decode(bytes.fromhex("90078201000003"), one, OPTIONS)
    assert (meaning.channel, meaning.fields["doors"]) == (9, {"9": "closed"})


def test_a_result_is_an_unlock_or_a_fault() -> None:
    assert CODEC.unlock_replies is UnlockReplies.YES
    assert CODEC.match(UNLOCKED, UNLOCK) == UnlockAnswer(3, 3, UNLOCKED)
    failed = bytes.fromhex("90078503030003")
    assert CODEC.match(failed, UNLOCK) == FaultAnswer(3, 3, "failed", failed)
    [meaning] = decode(failed, None, OPTIONS)
    assert meaning.fields == {"ok": False}


def test_every_byte_that_can_be_known_must_be_right() -> None:
    for request, answer, free in ((UNLOCK, UNLOCKED, {5}), (READ, STATUS, {4, 5})):
        for position, value in itertools.product(range(len(answer)), range(256)):
            if position in free or answer[position] == value:
                continue
            wrong = bytearray(answer)
            wrong[position] = value
            assert CODEC.match(bytes(wrong), request) is NoMatch.NEVER


def test_a_result_is_one_or_none() -> None:
    for result in set(range(256)) - {0, 1}:
        wrong = UNLOCKED[:5] + bytes([result]) + UNLOCKED[6:]
        assert CODEC.match(wrong, UNLOCK) is NoMatch.NEVER


@pytest.mark.parametrize(
    ("frame", "error"),
    [
        ("", BadLength),
        ("91078201030003", BadHeader),
        ("90088201030003", BadByte),
        ("90078301030003", BadByte),
        ("90079201030003", BadByte),  # the variant with function 12
        ("90078201030004", BadByte),
        ("900782010300", BadLength),
        ("9007820103000303", BadHeader),
        ("90078501000103", BadByte),  # no lock 0
        ("90078501110103", BadByte),  # no lock 17
    ],
)
def test_what_is_wrong_is_named(frame: str, error: type[FrameError]) -> None:
    with pytest.raises(error):
        decode(bytes.fromhex(frame), None, OPTIONS)


@pytest.mark.parametrize("channels", [0, 17])
def test_a_board_has_sixteen_locks(channels: int) -> None:
    with pytest.raises(ValueError, match="channels: expected 1 to 16"):
        WinnsenOptions(channels=channels)
