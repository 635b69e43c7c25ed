"""Kerong CU16: nibble addresses, item sensors, and answers to unlocks that must not count."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.codecs.driver import NoMatch, RequestKind, StatusAnswer, UnlockReplies
from hardware.codecs.errors import BadByte, BadChecksum, BadLength, FrameError, WrongBoard
from hardware.codecs.kerong_cu16 import PROTOCOL, Cu16Options, ItemPolarity, KerongCu16
from hardware.codecs.protocol import Direction, Meaning, Order, Polarity
from hardware.codecs.receiver import EchoMode, Receiver
from realtime.wire.terminal import DoorState

OPEN, CLOSED = DoorState.OPEN, DoorState.CLOSED
OPTIONS = Cu16Options()
DRIVER = KerongCu16({0: OPTIONS, 1: OPTIONS, 9: Cu16Options(channels=12)})


def sealed(text: str) -> bytes:
    body = bytes.fromhex(text)
    return body + bytes([sum(body) % 256])


def told(text: str | bytes) -> list[Meaning]:
    data = bytes.fromhex(text) if isinstance(text, str) else text
    return PROTOCOL.decode(data, None, OPTIONS)


def status(data: str, **options: object) -> StatusAnswer:
    driver = KerongCu16({1: Cu16Options(**options)})  # type: ignore[arg-type]
    answer = driver.decode(sealed(f"021035{data}03"), driver.read_all(1))
    assert isinstance(answer, StatusAnswer)
    return answer


@pytest.mark.parametrize(
    ("board", "channel", "frame"),
    [
        (0, 1, "0200310336"),
        # Locks 1 to 3 of the second board, as a public implementation sends them.
        (1, 1, "0210310346"),
        (1, 2, "0211310347"),
        (1, 3, "0212310348"),
        (9, 12, "029b3103d1"),
        (0, 16, "020f310345"),
    ],
)
def test_unlock_has_board_and_lock_in_one_byte(board: int, channel: int, frame: str) -> None:
    request = DRIVER.unlock(board, channel)
    assert request.frame.hex() == frame
    assert request.rests_as == (RequestKind.UNLOCK, board, channel)
    assert request.reply_seconds == 0
    assert DRIVER.unlock_replies is UnlockReplies.NO


@pytest.mark.parametrize(("board", "frame"), [(0, "0200300335"), (1, "0210300345")])
def test_read_all_asks_one_board(board: int, frame: str) -> None:
    assert DRIVER.read_all(board).frame.hex() == frame


@pytest.mark.parametrize(("board", "channel"), [(2, 1), (0, 0), (0, 17), (9, 13)])
def test_what_is_not_there_is_refused(board: int, channel: int) -> None:
    with pytest.raises(ValueError, match=r"no (board|channel)"):
        DRIVER.unlock(board, channel)


def test_hooks_come_before_sensors_and_the_first_lock_is_bit_zero() -> None:
    answer = status("01800240")
    assert [n for n, state in enumerate(answer.states, 1) if state is CLOSED] == [1, 16]
    assert answer.items is not None
    assert [n for n, item in enumerate(answer.items, 1) if item] == [2, 15]


def test_sensors_may_be_the_other_way_round_or_not_there() -> None:
    answer = status("00000240", item_polarity=ItemPolarity.ONE_IS_EMPTY)
    assert answer.items is not None
    assert [n for n, item in enumerate(answer.items, 1) if not item] == [2, 15]
    assert status("00000240", item_polarity=ItemPolarity.NONE).items is None


def test_hooks_may_be_the_other_way_round() -> None:
    answer = status("00000000", polarity=Polarity.ONE_IS_OPEN, channels=4)
    assert answer.states == (CLOSED,) * 4
    assert answer.items == (False,) * 4


@pytest.mark.parametrize("channel", [1, 2])
@pytest.mark.parametrize("command", ["31", "35", "36", "38"])
def test_an_answer_to_an_unlock_is_dropped_and_never_a_status(channel: int, command: str) -> None:
    unlock, read = DRIVER.unlock(1, channel), DRIVER.read_all(1)
    stray = sealed(f"021{channel - 1}{command}0000000003")
    good = sealed("021035ffff000003")
    receiver = Receiver(DRIVER, EchoMode.OFF)
    receiver.sent(unlock)
    assert receiver.feed(stray) == []
    receiver.finish()
    assert receiver.feed(stray) == []
    receiver.sent(read)
    assert receiver.counts.dropped_bytes == 2 * len(stray)
    if (channel, command) != (1, "35"):  # that one is a status in all but time
        assert receiver.feed(stray) == []
    assert [frame.frame for frame in receiver.feed(good)] == [good]


@pytest.mark.parametrize(
    ("frame", "error"),
    [
        ("", BadLength),
        ("0210350000000003", BadLength),
        ("02103500000000034b", BadChecksum),
        ("02003500000000033a", WrongBoard),
        ("02113500000000034b", BadByte),
        ("02103600000000034b", BadByte),
        ("02103500000000044b", BadByte),
        ("02103500000000034a00", BadLength),
    ],
)
def test_what_is_wrong_is_named(frame: str, error: type[FrameError]) -> None:
    with pytest.raises(error):
        DRIVER.decode(bytes.fromhex(frame), DRIVER.read_all(1))


def test_an_echo_or_a_strange_byte_is_no_beginning() -> None:
    read = DRIVER.read_all(1)
    assert DRIVER.match(read.frame, read) is NoMatch.NEVER
    assert DRIVER.match(b"\x02\x10\x35", read) is NoMatch.NEED_MORE
    assert DRIVER.match(b"\x02\x10\x35\x00\x00\x00\x00\x03\x00", read) is NoMatch.BAD_CHECKSUM


@pytest.mark.parametrize(
    ("frame", "what", "board", "channel", "fields"),
    [
        ("0210300345", "read_all", 1, None, {}),
        ("0211310347", "unlock", 1, 2, {}),
        ("02f0320327", "read_every_board", None, None, {}),
        ("0210330348", "unlock_all", 1, None, {}),
        ("02f0330328", "unlock_all", None, None, {}),
        ("02f0300325", "read_all", None, None, {}),
        ("02f231 0328", "unlock", None, 3, {}),
        ("02f039050333", "set_delay", None, None, {"seconds": 5}),
        ("02f0370037 0363", "set_unlock_time", None, None, {"seconds": 0.55}),
        ("02f040 010336", "set_baud", None, None, {"baud": 19200}),
        ("021037034c", "read_unlock_time", 1, None, {}),
        ("0210370037 0383", "set_unlock_time", 1, None, {"seconds": 0.55}),
        ("021037 0303 0352", "set_unlock_time", 1, None, {"seconds": 7.71}),
        ("0210390503 53", "set_delay", 1, None, {"seconds": 5}),
        ("0200400103 46", "set_baud", 0, None, {"baud": 19200}),
    ],
)
def test_requests_are_told(
    frame: str, what: str, board: int | None, channel: int | None, fields: dict[str, object]
) -> None:
    (meaning,) = told(frame)
    assert (meaning.direction, meaning.what) == (Direction.REQUEST, what)
    assert (meaning.board, meaning.channel, meaning.fields) == (board, channel, fields)


def test_a_captured_answer_is_told() -> None:
    (meaning,) = told("02 00 36 00 00 00 00 03 3b")
    assert (meaning.direction, meaning.what, meaning.board) == (Direction.REPLY, "status", 0)
    assert meaning.fields["doors"] == {str(n): "open" for n in range(1, 17)}
    assert meaning.fields["items"] == {str(n): False for n in range(1, 17)}


def test_every_board_answers_a_broadcast_back_to_back() -> None:
    answers = [sealed(f"02{n}0360{n}00000003") for n in range(4)]
    request, *statuses = told(bytes.fromhex("02f0320327") + b"".join(answers))
    assert request.what == "read_every_board"
    assert [(m.what, m.board) for m in statuses] == [("status", n) for n in range(4)]


def test_the_unlock_time_is_told() -> None:
    (meaning,) = told(sealed("02103800c803"))
    assert (meaning.direction, meaning.what) == (Direction.REPLY, "unlock_time")
    assert meaning.fields == {"seconds": 2.0}


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        ("02003600000000033c", "checksum 3c, expected 3b"),
        ("0210310347 0210310346", "checksum 47, expected 46"),
        ("f5647000005fc4", "checksum c4, expected 28"),
        ("f5647000005fc400", "checksum c4, expected 28"),
        ("f5b600005f0a", "header f5"),
        ("f5b600005f0a00", "header f5"),
        ("02f035000000000320", "byte 2 is f0|byte 3 is 35"),
        ("02a0310 3d6".replace(" ", ""), "byte 2 is a0"),
        ("02103500000000", "7 bytes, expected 9"),
    ],
)
def test_bad_bytes_are_refused_with_the_right_sum(frame: str, words: str) -> None:
    with pytest.raises(FrameError, match=words):
        told(frame)


@pytest.mark.parametrize(
    ("order", "frame"),
    [
        (Order("read_all", 1), "0210300345"),
        (Order("read_every_board", 0), "02f0320327"),
        (Order("read_unlock_time", 1), "021037034c"),
        (Order("unlock", 1, 2), "0211310347"),
        (Order("unlock_all", 1), "0210330348"),
        (Order("set_unlock_time", 1, seconds=0.55), "02103700370383"),
        (Order("set_delay", 1, seconds=5), "021039050353"),
    ],
)
def test_orders_become_frames(order: Order, frame: str) -> None:
    assert PROTOCOL.encode(order, OPTIONS).hex() == frame


@pytest.mark.parametrize(
    ("order", "field"),
    [
        (Order("lock", 0), "what"),
        (Order("read_all", 10), "board"),
        (Order("unlock", 0), "channel"),
        (Order("unlock", 0, 17), "channel"),
        (Order("read_all", 0, 1), "channel"),
        (Order("set_unlock_time", 0), "seconds"),
        (Order("set_unlock_time", 0, seconds=0), "seconds"),
        (Order("set_unlock_time", 0, seconds=61), "seconds"),
        (Order("set_unlock_time", 0, seconds=0.004), "seconds"),
        (Order("set_unlock_time", 0, seconds=float("nan")), "seconds"),
        (Order("set_delay", 0), "seconds"),
        (Order("set_delay", 0, seconds=251), "seconds"),
    ],
)
def test_bad_orders_name_their_field(order: Order, field: str) -> None:
    with pytest.raises(ValueError, match=f"^{field}: "):
        PROTOCOL.encode(order, OPTIONS)


@given(
    closed=st.sets(st.integers(1, 16)),
    items=st.sets(st.integers(1, 16)),
    channels=st.integers(1, 16),
)
def test_doors_and_items_survive_the_round_trip(
    closed: set[int], items: set[int], channels: int
) -> None:
    hooks, sensors = (sum(1 << (n - 1) for n in ones) for ones in (closed, items))
    data = hooks.to_bytes(2, "little") + sensors.to_bytes(2, "little")
    answer = status(data.hex(), channels=channels)
    assert answer.items is not None
    assert [state is CLOSED for state in answer.states] == [
        n in closed for n in range(1, channels + 1)
    ]
    assert [*answer.items] == [n in items for n in range(1, channels + 1)]
