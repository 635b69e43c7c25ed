"""8A frames in words: every request, replies, published frames good and bad, and ambiguity."""

import json

import pytest

from hardware.codecs.eight_a_frames import EightAOptions, StatusOrder, decode, encode
from hardware.codecs.errors import (
    BadByte,
    BadChecksum,
    BadHeader,
    BadLength,
    BadPending,
    FrameError,
)
from hardware.codecs.protocol import Direction, Meaning, Order, Polarity
from tests.unit.hardware.codecs.answers import xor_sealed

OPTIONS = EightAOptions()
FIFTY = EightAOptions(channels=50)
UNLOCK = "8a0101119b"
READ = "80010033b2"
#: All but channels 1 and 8 open; its first five bytes are sealed too.
STATUS = "80010000813333"


def told(text: str, pending: str | None = None, options: EightAOptions = OPTIONS) -> list[Meaning]:
    asked = None if pending is None else bytes.fromhex(pending)
    return decode(bytes.fromhex(text), asked, options)


def closed(meaning: Meaning) -> set[int]:
    doors = meaning.fields["doors"]
    assert isinstance(doors, dict)
    return {int(channel) for channel, state in doors.items() if state == "closed"}


@pytest.mark.parametrize(
    ("order", "options", "frame"),
    [
        (Order("unlock", 1, 1), OPTIONS, UNLOCK),
        (Order("unlock", 1, 1, seconds=3), OPTIONS, "8a0101110398"),
        (Order("unlock", 1, 1), EightAOptions(pulse_seconds=3), "8a0101110398"),
        (Order("unlock", 1, 1, seconds=1), EightAOptions(pulse_seconds=3), "8a010111019a"),
        (Order("unlock", 1, 50), FIFTY, "8a013211a8"),
        (Order("unlock_all", 1), OPTIONS, "8a0100119a"),
        (Order("unlock_many", 1, None, (24, 1, 9)), OPTIONS, "900101018011"),
        (Order("unlock_many", 1, None, (1, 50)), FIFTY, "90010100000000000292"),
        (Order("read_one", 1, 1), OPTIONS, "80010133b3"),
        (Order("read_all", 1), OPTIONS, READ),
    ],
)
def test_every_request_is_made_and_read_back(
    order: Order, options: EightAOptions, frame: str
) -> None:
    made = encode(order, options)
    assert made.hex() == frame
    [meaning] = decode(made, None, options)
    assert (meaning.direction, meaning.what) == (Direction.REQUEST, order.what)
    assert (meaning.board, meaning.channel) == (order.board, order.channel)
    assert meaning.fields.get("channels", []) == sorted(order.channels)


def test_masks_begin_with_channel_one_whatever_the_status_order() -> None:
    order = Order("unlock_many", 1, None, (1,))
    low = EightAOptions(status_order=StatusOrder.LOW_FIRST)
    assert encode(order, OPTIONS) == encode(order, low) == bytes.fromhex("900101000090")


@pytest.mark.parametrize(
    ("order", "text"),
    [
        (Order("unlock", 0, 1), "board: expected 1 to 99"),
        (Order("unlock", 1, 25), "channel: expected 1 to 24"),
        (Order("unlock", 1), "channel: unlock needs one"),
        (Order("unlock", 1, 1, seconds=10), "seconds: expected a whole number, 1 to 9"),
        (Order("unlock", 1, 1, seconds=0.3), "seconds: expected a whole number, 1 to 9"),
        (Order("unlock_many", 1), "channels: unlock_many needs at least one"),
        (Order("unlock_many", 1, None, (1, 1)), "channels: one is given twice"),
        (Order("unlock_many", 1, None, (25,)), "channels: expected 1 to 24"),
        (Order("unlock_all", 1, 4), "channel: unlock_all has no place for it"),
        (Order("hold", 1), "what: 'hold' is none of read_all, read_one"),
    ],
)
def test_an_impossible_order_names_its_field(order: Order, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        encode(order, OPTIONS)


def test_an_unlock_and_its_reply_are_told_apart_by_the_request_alone() -> None:
    [alone] = told(UNLOCK)
    assert (alone.direction, alone.what) == (Direction.REQUEST, "unlock")
    assert alone.fields == {"also": "unlock_answer"}
    [reply] = told(UNLOCK, UNLOCK)
    assert (reply.direction, reply.what) == (Direction.REPLY, "unlock_answer")
    assert reply.fields == {"status": "11", "opened": False, "also": "unlock"}
    [of_another] = told(UNLOCK, "8a01021198")
    assert of_another.direction is Direction.REQUEST
    [after_timed] = told(UNLOCK, "8a0101110398")
    assert after_timed.direction is Direction.REPLY


@pytest.mark.parametrize(
    ("polarity", "opened"), [(Polarity.ONE_IS_CLOSED, True), (Polarity.ONE_IS_OPEN, False)]
)
def test_an_unlocks_result_depends_on_the_wiring(polarity: Polarity, opened: bool) -> None:
    [reply] = told("8a0101008a", UNLOCK, EightAOptions(polarity=polarity))
    assert reply.fields == {"status": "00", "opened": opened}


def test_an_unlock_of_all_or_many_is_answered_for_the_whole_board() -> None:
    [every] = told("8a0100119a", "8a0100119a")
    assert (every.what, every.channel) == ("unlock_answer", None)
    many = "900101018011"
    [reply] = told(many, many)
    assert (reply.direction, reply.what) == (Direction.REPLY, "unlock_answer")
    [request] = told(many)
    assert request.fields == {"channels": [1, 9, 24], "also": "unlock_answer"}


@pytest.mark.parametrize("pending", [None, READ, UNLOCK])
def test_a_status_that_begins_with_a_sealed_short_frame_is_one_status(pending: str | None) -> None:
    [meaning] = told(STATUS, pending)
    assert (meaning.direction, meaning.what, meaning.channel) == (Direction.REPLY, "status", None)
    assert closed(meaning) == {1, 8}


def test_one_long_frame_is_likelier_than_two_short_ones() -> None:
    one_door, many = xor_sealed(0x80, 1, 5, 0), xor_sealed(0x90, 1, 7, 0, 0x33)
    [meaning] = decode(one_door + many, None, FIFTY)
    assert meaning.what == "status"


@pytest.mark.parametrize(
    ("frame", "options", "doors", "channels"),
    [
        ("800100000233b0", OPTIONS, {2}, 24),  # captured: lock 2
        ("800100002033 92", OPTIONS, {6}, 24),
        ("800100000033b2", OPTIONS, set(), 24),  # the checksum of its request
        ("80010000000133b3", EightAOptions(channels=32, status_bytes=4), {1}, 32),
        ("80010000000133b3", OPTIONS, {1}, 32),  # not this board's size, yet nothing else
        ("80010200000000000133b1", FIFTY, {1, 50}, 50),
        ("80010200000000000133b1", OPTIONS, {1, 50}, 56),
    ],
)
def test_published_statuses(
    frame: str, options: EightAOptions, doors: set[int], channels: int
) -> None:
    [meaning] = told(frame.replace(" ", ""), READ, options)
    assert closed(meaning) == doors
    assert isinstance(meaning.fields["doors"], dict)
    assert len(meaning.fields["doors"]) == channels
    json.dumps(meaning.fields)


def test_one_door_and_reports() -> None:
    [one] = told("8001011191")
    assert (one.what, one.channel, one.fields["doors"]) == ("status", 1, {"1": "closed"})
    [report] = told("8202050085")
    assert (report.direction, report.board, report.channel) == (Direction.REPORT, 2, 5)
    assert report.fields["doors"] == {"5": "open"}


@pytest.mark.parametrize(
    ("frame", "what", "channel"),
    [
        ("9a0101118b", "hold_on", 1),
        ("9a0101108a", "hold_on", 1),
        ("9b0100118b", "hold_off", None),
        ("9d0102108e", "unlock_test", None),
        ("9d010133ae", "unlock_test", None),
    ],
)
def test_what_burns_coils_is_read_and_never_made(frame: str, what: str, channel: int) -> None:
    [meaning] = told(frame)
    assert (meaning.direction, meaning.what, meaning.board) == (Direction.REQUEST, what, 1)
    assert meaning.channel == channel
    with pytest.raises(ValueError, match="what: "):
        encode(Order(what, 1, channel), OPTIONS)


def test_a_conversation_is_cut_where_nothing_is_left_over() -> None:
    talk = READ + STATUS + UNLOCK + UNLOCK + "8202050085" + READ + "800100000033b2"
    whats = ["read_all", "status", "unlock", "unlock", "report", "read_all", "status"]
    assert [m.what for m in told(talk)] == whats
    with_request = [m.what for m in told(UNLOCK + UNLOCK, UNLOCK)]
    assert with_request == ["unlock_answer", "unlock_answer"], "an echo looks like its answer"


@pytest.mark.parametrize(
    ("frame", "got", "expected"),
    [
        ("8a0101119a", 0x9A, 0x9B),  # sent by a public implementation
        ("80010100b3", 0xB3, 0x80),  # expected by another one
        ("80010000813334", 0x34, 0x33),
        ("8a010111039a", 0x9A, 0x98),
        ("9d010133af", 0xAF, 0xAE),
        ("800100000233b1", 0xB1, 0xB0),
        (READ + "8a0101119a", 0x9A, 0x9B),
        ("8a0101119a" + READ, 0x9A, 0x9B),
    ],
)
def test_a_wrong_checksum_is_named_before_anything_else(
    frame: str, got: int, expected: int
) -> None:
    with pytest.raises(BadChecksum) as error:
        told(frame)
    assert (error.value.got, error.value.expected) == (got, expected)


@pytest.mark.parametrize(
    ("frame", "error", "offset"),
    [
        ("", BadLength, 0),
        ("ff", BadHeader, 0),
        ("8a0101", BadLength, 0),
        ("8001000081", BadLength, 0),  # the beginning of a status, not a status of channel 0
        ("8a010122a8", BadByte, 0),
        (READ + "fafd9999", BadHeader, 5),
        (UNLOCK + "8a01", BadLength, 5),
        ("fafd9999" + STATUS, BadHeader, 0),
    ],
)
def test_what_is_wrong_is_named_with_its_place(
    frame: str, error: type[FrameError], offset: int
) -> None:
    with pytest.raises(error) as caught:
        told(frame)
    assert caught.value.offset == offset


def test_no_header_names_those_that_there_are() -> None:
    with pytest.raises(BadHeader, match="header ff, expected 80 or 82 or 8a or 90"):
        told("ff")


@pytest.mark.parametrize("pending", ["", "8a0101119a", "8a0101008a", UNLOCK + READ, "8202050085"])
def test_what_is_said_to_await_its_answer_must_be_one_request(pending: str) -> None:
    with pytest.raises(BadPending, match="the pending request: "):
        told(STATUS, pending)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"channels": 33}, "channels: expected 1 to 32, or 50"),
        ({"status_bytes": 8}, "status_bytes: expected 3 to 7"),
        ({"channels": 32, "status_bytes": 3}, "status_bytes: too few for 32 channels"),
        ({"pulse_seconds": 10}, "pulse_seconds: expected 1 to 9"),
    ],
)
def test_options_are_refused_by_key(options: dict[str, int], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        EightAOptions(**options)  # type: ignore[arg-type]


def test_every_frame_that_a_board_seals_is_read() -> None:
    for status in range(0, 1 << 24, 65537):
        frame = xor_sealed(0x80, 9, *status.to_bytes(3, "big"), 0x33)
        [meaning] = decode(frame, None, OPTIONS)
        assert closed(meaning) == {n + 1 for n in range(24) if status >> n & 1}
