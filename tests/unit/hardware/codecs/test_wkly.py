"""The WKLY codec: a check byte over everything, lengths, headers that are wrong by firmware."""

import pytest

from hardware.codecs.driver import (
    DoorReport,
    FaultAnswer,
    NoMatch,
    RequestKind,
    StatusAnswer,
    UnlockAnswer,
    UnlockReplies,
)
from hardware.codecs.errors import (
    BadByte,
    BadChecksum,
    BadHeader,
    BadLength,
    BadStatus,
    FrameError,
    WrongBoard,
    WrongChannel,
)
from hardware.codecs.protocol import Direction, Order, Polarity
from hardware.codecs.wkly import PROTOCOL, Wkly
from hardware.codecs.wkly_frames import WklyOptions, decode, encode
from realtime.wire.terminal import DoorState

OPEN, CLOSED = DoorState.OPEN, DoorState.CLOSED
FAILURE = {"ok": False}
FOUR = WklyOptions(channels=4)
CODEC = Wkly({0: FOUR, 1: WklyOptions()})
UNLOCK, READ = CODEC.unlock(0, 1), CODEC.read_all(0)

UNLOCKED = bytes.fromhex("574b4c590b008200010081")
FAILED = bytes.fromhex("574b4c590b0082ff01007e")
REPORT = bytes.fromhex("574b4c590a0085030085")
#: Four channels, the second one open.
STATUS = bytes.fromhex("574b4c590e008400040100010186")


@pytest.mark.parametrize(
    ("order", "frame"),
    [
        (Order("unlock", 0, 1), "574b4c590900820183"),
        (Order("read_all", 0), "574b4c5908008485"),
        (Order("read_one", 0, 1), "574b4c590900830182"),
        (Order("unlock_many", 0, None, (2, 1)), "574b4c590b008002010283"),
        (Order("unlock_all", 0), "574b4c5908008687"),
        (Order("unlock_in_turn", 0, None, (1, 2, 3)), "574b4c590c00870301020381"),
        (Order("blink", 0, 4), "574b4c590900810485"),
    ],
)
def test_requests_are_sealed_over_every_byte_before(order: Order, frame: str) -> None:
    made = encode(order, WklyOptions())
    assert made.hex() == frame
    [meaning] = decode(made, None, WklyOptions())
    assert (meaning.direction, meaning.what) == (Direction.REQUEST, order.what)
    assert (meaning.board, meaning.channel) == (order.board, order.channel)
    assert meaning.fields.get("channels", []) == sorted(order.channels)


def test_channels_in_turn_keep_their_turn() -> None:
    made = encode(Order("unlock_in_turn", 0, None, (3, 1)), FOUR)
    assert made.hex() == "574b4c590b008702030185"
    with pytest.raises(ValueError, match="channels: one is given twice"):
        encode(Order("unlock_in_turn", 0, None, (3, 3)), FOUR)


def test_holding_a_coil_on_is_read_and_never_made() -> None:
    [meaning] = decode(bytes.fromhex("574b4c590900880189"), None, FOUR)
    assert (meaning.what, meaning.channel) == ("hold_on", 1)
    assert not {"hold_on", "hold_off"} & set(PROTOCOL.orders)
    with pytest.raises(ValueError, match="what: "):
        encode(Order("hold_on", 0, 1), FOUR)


def test_the_checksum_of_a_wrong_readme_is_refused_with_the_right_one() -> None:
    # "XOR of address, command and channel" is right for nine bytes only; this frame has eight.
    with pytest.raises(BadChecksum, match="checksum 84, expected 85"):
        decode(bytes.fromhex("574b4c5908008484"), None, FOUR)


@pytest.mark.parametrize(
    ("frame", "direction", "what", "channel", "fields"),
    [
        (
            UNLOCKED,
            Direction.REPLY,
            "unlock_answer",
            1,
            {"ok": True, "doors": {"1": "open"}},
        ),
        (FAILED, Direction.REPLY, "unlock_answer", 1, {"ok": False}),
        (REPORT, Direction.REPORT, "report", 3, {"doors": {"3": "open"}}),
        (
            STATUS,
            Direction.REPLY,
            "status",
            None,
            {"ok": True, "doors": {"1": "closed", "2": "open", "3": "closed", "4": "closed"}},
        ),
        (
            bytes.fromhex("574b4c590b008300020182"),
            Direction.REPLY,
            "status",
            2,
            {"ok": True, "doors": {"2": "closed"}},
        ),
        (bytes.fromhex("574b4c590900860086"), Direction.REPLY, "unlock_answer", None, {"ok": True}),
        (bytes.fromhex("574b4c59090080ff7f"), Direction.REPLY, "unlock_answer", None, FAILURE),
        (bytes.fromhex("574b4c590a0081000486"), Direction.REPLY, "blink_answer", 4, {"ok": True}),
        (bytes.fromhex("574b4c590a008800048f"), Direction.REPLY, "hold_answer", 4, {"ok": True}),
    ],
)  # fmt: skip
def test_replies_are_told_in_words(
    frame: bytes, direction: Direction, what: str, channel: int | None, fields: dict[str, object]
) -> None:
    [meaning] = decode(frame, None, FOUR)
    assert (meaning.direction, meaning.what, meaning.board) == (direction, what, 0)
    assert meaning.channel == channel
    assert meaning.fields == fields


def test_a_conversation_is_read_frame_by_frame() -> None:
    told = decode(READ.frame + STATUS + REPORT + UNLOCK.frame + UNLOCKED, None, FOUR)
    assert [m.what for m in told] == ["read_all", "status", "report", "unlock", "unlock_answer"]


def test_a_header_that_is_wrong_by_firmware_is_told_and_said_to_be_so() -> None:
    received = bytes.fromhex("534b4c590b008200010085")  # its check byte is of 53
    as_meant = bytes.fromhex("534b4c590b008200010081")  # its check byte is of 57
    for frame in (received, as_meant):
        [meaning] = decode(frame, None, FOUR)
        assert meaning.fields["header"] == "faulty"
        assert CODEC.match(frame, UNLOCK) == UnlockAnswer(0, 1, frame)
    with pytest.raises(BadChecksum, match="checksum 80, expected 85"):
        decode(as_meant[:-1] + b"\x80", None, FOUR)


def test_a_report_of_a_wrong_header_must_be_sealed_as_received() -> None:
    """One flipped bit turns a report of channel 1 into one of channel 5, sealed as meant."""
    codec = Wkly({0: WklyOptions()})
    good = bytes.fromhex("534b4c590a0085010083")
    assert codec.match(good, None) == DoorReport(0, 1, OPEN, good)
    flipped = bytes.fromhex("534b4c590a0085050083")
    assert codec.match(flipped, None) is NoMatch.BAD_CHECKSUM
    with pytest.raises(BadChecksum, match="checksum 83, expected 87"):
        codec.decode(flipped, None)


def test_requests_of_the_bus() -> None:
    assert UNLOCK.frame.hex() == "574b4c590900820183"
    assert (UNLOCK.kind, READ.kind) == (RequestKind.UNLOCK, RequestKind.READ_ALL)
    assert CODEC.unlock_replies is UnlockReplies.MAYBE
    assert 0 < UNLOCK.reply_seconds < 1, "some boards never answer; the line waits for them"


@pytest.mark.parametrize(
    ("polarity", "states"),
    [
        (Polarity.ONE_IS_CLOSED, (CLOSED, OPEN, CLOSED, CLOSED)),
        (Polarity.ONE_IS_OPEN, (OPEN, CLOSED, OPEN, OPEN)),
    ],
)
def test_the_polarity_is_the_boards(polarity: Polarity, states: tuple[DoorState, ...]) -> None:
    codec = Wkly({0: WklyOptions(channels=4, polarity=polarity)})
    assert codec.decode(STATUS, codec.read_all(0)) == StatusAnswer(0, states, STATUS)
    report = codec.decode(REPORT, None)
    assert isinstance(report, DoorReport)
    assert report.state is (OPEN if polarity is Polarity.ONE_IS_CLOSED else CLOSED)


@pytest.mark.parametrize("polarity", Polarity)
def test_a_channel_that_fails_does_not_hide_the_others(polarity: Polarity) -> None:
    codec = Wkly({0: WklyOptions(channels=4, polarity=polarity)})
    frame = bytes.fromhex("574b4c590e0084000401ff010179")
    found = codec.match(frame, codec.read_all(0))
    closed = CLOSED if polarity is Polarity.ONE_IS_CLOSED else OPEN
    assert found == StatusAnswer(0, (closed, DoorState.UNKNOWN, closed, closed), frame)
    [meaning] = decode(frame, None, FOUR)
    assert meaning.fields["doors"] == {"1": "closed", "2": "unknown", "3": "closed", "4": "closed"}


def test_a_failure_is_an_answer_but_no_unlock() -> None:
    assert CODEC.match(FAILED, UNLOCK) == FaultAnswer(0, 1, "failed", FAILED)


def test_a_board_may_have_more_channels_than_are_used_but_not_fewer() -> None:
    two = Wkly({0: WklyOptions(channels=2)})
    assert two.match(STATUS, two.read_all(0)) == StatusAnswer(0, (CLOSED, OPEN), STATUS)
    many = Wkly({0: WklyOptions(channels=12)})
    found = many.match(STATUS, many.read_all(0))
    assert isinstance(found, FaultAnswer)
    assert found.reason == "tells of 4 channels, 12 are configured"


@pytest.mark.parametrize(
    ("frame", "asked", "error"),
    [
        ("", "unlock", BadLength),
        ("584b4c590b00820001008e", "unlock", BadHeader),
        ("574b4c580b008200010080", "unlock", BadByte),
        ("574b4c590c008200010086", "unlock", BadLength),
        ("574b4c590b008200010080", "unlock", BadChecksum),
        ("574b4c590b018200010080", "unlock", WrongBoard),
        ("574b4c590b008200020082", "unlock", WrongChannel),
        ("574b4c590b008201010080", "unlock", BadStatus),
        ("574b4c590b008200010283", "unlock", BadStatus),
        ("574b4c590b008300010080", "unlock", BadByte),
        ("574b4c590900820183", "unlock", BadLength),  # the request itself
        ("574b4c590e00840003010001018a", "read", BadChecksum),
        ("574b4c590e008400030100010181", "read", BadByte),
        ("574b4c590e008400040100020185", "read", BadStatus),
        ("574b4c590a0085050083", "report", WrongChannel),
        ("574b4c590a0285030087", "report", WrongBoard),
        ("574b4c590a0085030287", "report", BadStatus),
        ("574b4c59090085038686", "report", BadLength),
    ],
)
def test_what_is_wrong_is_named(frame: str, asked: str, error: type[FrameError]) -> None:
    pending = {"read": READ, "unlock": UNLOCK, "report": None}[asked]
    data = bytes.fromhex(frame)
    with pytest.raises(error):
        CODEC.decode(data, pending)
    assert isinstance(CODEC.match(data, pending), NoMatch)


def test_a_length_that_no_answer_has_is_not_waited_for() -> None:
    assert CODEC.match(bytes.fromhex("574b4c59ff00840004"), READ) is NoMatch.NEVER
    assert CODEC.match(bytes.fromhex("574b4c590f00840004"), READ) is NoMatch.NEVER
    assert CODEC.match(STATUS[:5], READ) is NoMatch.NEED_MORE


@pytest.mark.parametrize("channels", [0, 65])
def test_channels_have_bounds(channels: int) -> None:
    with pytest.raises(ValueError, match="channels: expected 1 to 64"):
        WklyOptions(channels=channels)
