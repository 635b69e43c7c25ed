"""Kerong CU48: the vendor's frames, broadcasts, polarity, and the unlock nobody answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.codecs.driver import NoMatch, RequestKind, StatusAnswer, UnlockReplies
from hardware.codecs.errors import (
    BadByte,
    BadChecksum,
    BadHeader,
    BadLength,
    FrameError,
    WrongBoard,
)
from hardware.codecs.kerong_cu48 import PROTOCOL, Cu48Options, KerongCu48
from hardware.codecs.protocol import Direction, Meaning, Order, Polarity
from hardware.codecs.receiver import EchoMode, Receiver
from realtime.wire.terminal import DoorState

OPEN, CLOSED = DoorState.OPEN, DoorState.CLOSED
OPTIONS = Cu48Options()
DRIVER = KerongCu48({0: OPTIONS, 9: Cu48Options(channels=24, polarity=Polarity.ONE_IS_OPEN)})


def sealed(text: str) -> bytes:
    body = bytes.fromhex(text)
    return body + bytes([sum(body) % 256])


def told(text: str | bytes, pending: str | None = None) -> list[Meaning]:
    data = bytes.fromhex(text) if isinstance(text, str) else text
    return PROTOCOL.decode(data, bytes.fromhex(pending) if pending else None, OPTIONS)


@pytest.mark.parametrize(
    ("board", "channel", "frame"),
    [(0, 1, "020000510356"), (0, 48, "02002f510385"), (9, 24, "020917510376")],
)
def test_unlock_is_six_bytes_and_expects_no_answer(board: int, channel: int, frame: str) -> None:
    request = DRIVER.unlock(board, channel)
    assert request.frame.hex() == frame
    assert request.rests_as == (RequestKind.UNLOCK, board, channel)
    assert request.reply_seconds == 0
    assert DRIVER.unlock_replies is UnlockReplies.NO


def test_read_all_asks_one_board() -> None:
    request = DRIVER.read_all(0)
    assert request.frame.hex() == "020000500355"
    assert request.channel == 0
    assert request.reply_seconds > 0


@pytest.mark.parametrize(("board", "channel"), [(1, 1), (0, 0), (0, 49), (9, 25)])
def test_what_is_not_there_is_refused(board: int, channel: int) -> None:
    with pytest.raises(ValueError, match=r"no (board|channel)|has no channel"):
        DRIVER.unlock(board, channel)


def test_the_first_status_byte_carries_the_first_eight_locks() -> None:
    frame = sealed("02000065" + "010000000080" + "03")
    assert len(frame) == 12
    answer = DRIVER.decode(frame, DRIVER.read_all(0))
    assert isinstance(answer, StatusAnswer)
    assert [n for n, state in enumerate(answer.states, 1) if state is CLOSED] == [1, 48]
    assert len(answer.states) == 48
    assert answer.items is None


def test_polarity_and_channels_are_the_boards_own() -> None:
    frame = sealed("02090065" + "fe00ffffffff" + "03")
    answer = DRIVER.decode(frame, DRIVER.read_all(9))
    assert isinstance(answer, StatusAnswer)
    assert answer.states == (CLOSED, *(OPEN,) * 7, *(CLOSED,) * 8, *(OPEN,) * 8)


@pytest.mark.parametrize("lock", ["00", "2f", "30", "ff"])
def test_the_lock_number_of_an_answer_means_nothing(lock: str) -> None:
    frame = sealed(f"0200{lock}65" + "00" * 6 + "03")
    assert isinstance(DRIVER.match(frame, DRIVER.read_all(0)), StatusAnswer)


def test_whatever_follows_an_unlock_is_dropped_and_never_a_status() -> None:
    unlock, read = DRIVER.unlock(0, 1), DRIVER.read_all(0)
    status = sealed("02000065" + "00" * 6 + "03")
    for answer in (unlock.frame, status):
        assert DRIVER.match(answer, unlock) is NoMatch.NEVER
        with pytest.raises(FrameError, match="do not answer"):
            DRIVER.decode(answer, unlock)
        receiver = Receiver(DRIVER, EchoMode.OFF)
        receiver.sent(unlock)
        assert receiver.feed(answer) == []
        receiver.finish()
        assert receiver.feed(answer) == []
        receiver.sent(read)
        assert receiver.counts.dropped_bytes == 2 * len(answer)
        assert [frame.frame for frame in receiver.feed(status)] == [status]


@pytest.mark.parametrize(
    ("frame", "error"),
    [
        ("", BadLength),
        ("02000065000000000000036", BadLength),
        ("030000650000000000000369", BadHeader),
        ("02000065000000000000036b", BadChecksum),
        ("020900650000000000000373", WrongBoard),
        ("02000066000000000000036b", BadByte),
        ("02000065000000000000046b", BadByte),
        ("0200006500000000000003" + "6a00", BadLength),
        ("020000500355", BadByte),  # the request itself, as an echo brings it
    ],
)
def test_what_is_wrong_is_named(frame: str, error: type[FrameError]) -> None:
    data = bytes.fromhex(frame[: len(frame) // 2 * 2])
    with pytest.raises(error):
        DRIVER.decode(data, DRIVER.read_all(0))


def test_nothing_is_said_unasked() -> None:
    status = sealed("02000065" + "00" * 6 + "03")
    assert DRIVER.match(status, None) is NoMatch.NEVER
    with pytest.raises(FrameError, match="nothing was asked"):
        DRIVER.decode(status, None)


@pytest.mark.parametrize(
    ("frame", "what", "board", "channel"),
    [
        ("020000500355", "read_all", 0, None),
        ("020a0050035f", "read_every_board", None, None),
        ("020000510356", "unlock", 0, 1),
        ("02002f510385", "unlock", 0, 48),
        ("020030510386", "unlock_all", 0, None),
        ("020a30510390", "unlock_all", None, None),
    ],
)
def test_requests_are_told(frame: str, what: str, board: int | None, channel: int | None) -> None:
    (meaning,) = told(frame)
    assert (meaning.direction, meaning.what) == (Direction.REQUEST, what)
    assert (meaning.board, meaning.channel) == (board, channel)
    assert meaning.frame.hex() == frame


def test_a_broadcast_is_answered_by_one_frame_a_board() -> None:
    answers = [sealed(f"020{n}0065" + f"0{n}0000000000" + "03") for n in range(3)]
    request, *statuses = told(bytes.fromhex("020a0050035f") + b"".join(answers))
    assert request.what == "read_every_board"
    assert [(m.direction, m.what, m.board) for m in statuses] == [
        (Direction.REPLY, "status", n) for n in range(3)
    ]
    doors = statuses[2].fields["doors"]
    assert isinstance(doors, dict)
    assert (doors["1"], doors["2"], doors["48"]) == ("open", "closed", "open")


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        ("020000500356", "checksum 56, expected 55"),
        ("02000065000000000000036b", "checksum 6b, expected 6a"),
        # A detection constant in public code; the sum was never right.
        ("f5647000005fc4", "checksum c4, expected 28"),
        ("f5647000005fc400", "checksum c4, expected 28"),
        ("f5647000005f28", "header f5"),
        ("020000600365", "byte 4 is 60"),  # the other CU dialect
        ("0200005003", "5 bytes, expected 6"),
        ("", "0 bytes"),
    ],
)
def test_bad_bytes_are_refused_with_the_right_sum(frame: str, words: str) -> None:
    with pytest.raises(FrameError, match=words):
        told(frame)


@pytest.mark.parametrize(
    ("order", "frame"),
    [
        (Order("read_all", 3), "020300500358"),
        (Order("read_every_board", 0), "020a0050035f"),
        (Order("unlock", 0, 1), "020000510356"),
        (Order("unlock_all", 0), "020030510386"),
    ],
)
def test_orders_become_frames(order: Order, frame: str) -> None:
    assert PROTOCOL.encode(order, OPTIONS).hex() == frame


@pytest.mark.parametrize(
    ("order", "field"),
    [
        (Order("open", 0), "what"),
        (Order("read_all", 10), "board"),
        (Order("unlock", 0), "channel"),
        (Order("unlock", 0, 49), "channel"),
        (Order("unlock_all", 0, 1), "channel"),
        (Order("unlock", 0, 1, seconds=2), "seconds"),
    ],
)
def test_bad_orders_name_their_field(order: Order, field: str) -> None:
    with pytest.raises(ValueError, match=f"^{field}: "):
        PROTOCOL.encode(order, OPTIONS)


@pytest.mark.parametrize("channels", [0, 49])
def test_a_board_has_at_most_48_locks(channels: int) -> None:
    with pytest.raises(ValueError, match=r"^channels: expected 1 to 48"):
        Cu48Options(channels=channels)


@given(closed=st.sets(st.integers(1, 48)), polarity=st.sampled_from(Polarity))
def test_any_doors_survive_the_round_trip(closed: set[int], polarity: Polarity) -> None:
    ones = closed if polarity is Polarity.ONE_IS_CLOSED else set(range(1, 49)) - closed
    mask = sum(1 << (n - 1) for n in ones).to_bytes(6, "little")
    driver = KerongCu48({5: Cu48Options(polarity=polarity)})
    answer = driver.decode(sealed("02050065" + mask.hex() + "03"), driver.read_all(5))
    assert isinstance(answer, StatusAnswer)
    assert {n for n, state in enumerate(answer.states, 1) if state is CLOSED} == closed
