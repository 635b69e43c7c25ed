"""Kerong CU12: data behind the checksum, and an answer that may equal its request."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.codecs.driver import (
    NoMatch,
    RequestKind,
    StatusAnswer,
    UnlockAnswer,
    UnlockReplies,
)
from hardware.codecs.errors import BadByte, BadChecksum, BadLength, FrameError, WrongBoard
from hardware.codecs.kerong_cu12 import PROTOCOL, Cu12Options, KerongCu12
from hardware.codecs.protocol import Direction, Meaning, Order, Polarity
from hardware.codecs.receiver import EchoMode, Receiver
from realtime.wire.terminal import DoorState

OPEN, CLOSED = DoorState.OPEN, DoorState.CLOSED
OPTIONS = Cu12Options()
DRIVER = KerongCu12({0: OPTIONS, 1: Cu12Options(channels=8, polarity=Polarity.ONE_IS_OPEN)})

#: ASK = 10, locks 1 and 12 closed.
STATUS = bytes.fromhex("020000801002039701 08".replace(" ", ""))


def sealed(text: str) -> bytes:
    body = bytes.fromhex(text)
    return body + bytes([sum(body) % 256])


def told(text: str | bytes, pending: str | None = None) -> list[Meaning]:
    data = bytes.fromhex(text) if isinstance(text, str) else text
    return PROTOCOL.decode(data, bytes.fromhex(pending) if pending else None, OPTIONS)


def test_it_says_that_it_is_experimental() -> None:
    assert PROTOCOL.is_experimental
    assert DRIVER.unlock_replies is UnlockReplies.MAYBE


@pytest.mark.parametrize(
    ("board", "channel", "frame"),
    [(0, 1, "0200008100000386"), (0, 12, "02000b8100000391"), (1, 8, "020107810000038e")],
)
def test_unlock_has_eight_bytes(board: int, channel: int, frame: str) -> None:
    request = DRIVER.unlock(board, channel)
    assert request.frame.hex() == frame
    assert request.rests_as == (RequestKind.UNLOCK, board, channel)


def test_read_all_has_eight_bytes() -> None:
    assert DRIVER.read_all(0).frame.hex() == "0200008000000385"


@pytest.mark.parametrize(("board", "channel"), [(2, 1), (0, 0), (0, 13), (1, 9)])
def test_what_is_not_there_is_refused(board: int, channel: int) -> None:
    with pytest.raises(ValueError, match=r"no (board|channel)"):
        DRIVER.unlock(board, channel)


def test_the_doors_stand_behind_the_sum_and_are_not_in_it() -> None:
    assert STATUS[7] == sum(STATUS[:7]) % 256
    answer = DRIVER.decode(STATUS, DRIVER.read_all(0))
    assert isinstance(answer, StatusAnswer)
    assert [n for n, state in enumerate(answer.states, 1) if state is CLOSED] == [1, 12]


def test_an_answer_is_whole_only_with_its_data() -> None:
    read = DRIVER.read_all(0)
    for size in range(1, len(STATUS)):
        assert DRIVER.match(STATUS[:size], read) is NoMatch.NEED_MORE
    assert isinstance(DRIVER.match(STATUS + b"\x02", read), StatusAnswer)


@pytest.mark.parametrize("ask", ["00", "10", "11", "5a"])
def test_an_unlock_may_be_answered_with_any_ask(ask: str) -> None:
    frame = sealed(f"02000481{ask}0003")
    assert DRIVER.decode(frame, DRIVER.unlock(0, 5)) == UnlockAnswer(0, 5, frame)


def test_an_echo_is_told_from_an_answer_that_equals_it_by_count_alone() -> None:
    receiver, unlock = Receiver(DRIVER, EchoMode.ON), DRIVER.unlock(0, 5)
    receiver.sent(unlock)
    assert receiver.feed(unlock.frame) == []
    assert receiver.feed(unlock.frame) == [UnlockAnswer(0, 5, unlock.frame)]


@pytest.mark.parametrize(
    ("frame", "error"),
    [
        ("", BadLength),
        ("0200008010020397", BadLength),
        ("02000080100203980108", BadChecksum),
        ("02010080100203980108", WrongBoard),
        ("02000080100303980108", BadByte),
        ("0200008000000385", BadByte),  # the request itself, as an echo brings it
        ("0200008010020397010800", BadLength),
    ],
)
def test_what_is_wrong_is_named(frame: str, error: type[FrameError]) -> None:
    with pytest.raises(error):
        DRIVER.decode(bytes.fromhex(frame), DRIVER.read_all(0))


def test_an_answer_for_another_lock_is_none() -> None:
    frame = sealed("02000481000003")
    assert DRIVER.match(frame, DRIVER.unlock(0, 4)) is NoMatch.NEVER
    with pytest.raises(FrameError):
        DRIVER.decode(frame, DRIVER.unlock(0, 4))


def test_frames_are_told_back_to_back() -> None:
    unlocked = sealed("02000b81100003")
    meanings = told(bytes.fromhex("0200008000000385") + STATUS + unlocked)
    assert [(m.direction, m.what, m.board, m.channel) for m in meanings] == [
        (Direction.REQUEST, "read_all", 0, None),
        (Direction.REPLY, "status", 0, None),
        (Direction.REPLY, "unlock_answer", 0, 12),
    ]
    assert meanings[1].fields["ask"] == "10"


def test_a_status_without_data_is_told_and_tells_the_bus_nothing() -> None:
    refused = sealed("02000080110003")
    [meaning] = told(refused)
    assert (meaning.direction, meaning.what) == (Direction.REPLY, "status")
    assert meaning.fields == {"doors": {}, "ask": "11"}
    assert DRIVER.match(refused, DRIVER.read_all(0)) is NoMatch.NEVER


def test_only_the_pending_request_tells_an_answer_from_its_request() -> None:
    frame = "0200008100000386"
    (alone,), (awaited,) = told(frame), told(frame, pending=frame)
    assert (alone.direction, alone.what) == (Direction.REQUEST, "unlock")
    assert alone.fields == {"also": "unlock_answer"}
    assert (awaited.direction, awaited.what) == (Direction.REPLY, "unlock_answer")
    assert awaited.fields == {"also": "unlock"}


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        ("0200008000000386", "checksum 86, expected 85"),
        ("02000080100203980108", "checksum 98, expected 97"),
        ("f5647000005fc4", "checksum c4, expected 28"),
        ("020000801002039701", "9 bytes, expected 10"),
    ],
)
def test_bad_bytes_are_refused_with_the_right_sum(frame: str, words: str) -> None:
    with pytest.raises(FrameError, match=words):
        told(frame)


def test_orders_become_frames() -> None:
    assert PROTOCOL.encode(Order("unlock", 0, 12), OPTIONS).hex() == "02000b8100000391"
    assert PROTOCOL.encode(Order("read_all", 1), OPTIONS).hex() == "0201008000000386"


@pytest.mark.parametrize(
    ("order", "field"),
    [
        (Order("unlock_all", 0), "what"),
        (Order("read_all", 10), "board"),
        (Order("unlock", 0, 13), "channel"),
        (Order("read_all", 0, seconds=1), "seconds"),
    ],
)
def test_bad_orders_name_their_field(order: Order, field: str) -> None:
    with pytest.raises(ValueError, match=f"^{field}: "):
        PROTOCOL.encode(order, OPTIONS)


@given(closed=st.sets(st.integers(1, 12)), ask=st.integers(0, 255))
def test_any_doors_survive_the_round_trip(closed: set[int], ask: int) -> None:
    mask = sum(1 << (n - 1) for n in closed).to_bytes(2, "little")
    frame = sealed(f"02000080{ask:02x}0203") + mask
    answer = DRIVER.decode(frame, DRIVER.read_all(0))
    assert isinstance(answer, StatusAnswer)
    assert {n for n, state in enumerate(answer.states, 1) if state is CLOSED} == closed
