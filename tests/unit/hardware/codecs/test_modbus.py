"""Modbus relay boards: published frames, the timed pulse, faults by name, the echo trap."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.codecs.checksums import by_crc16
from hardware.codecs.driver import (
    FaultAnswer,
    Greeter,
    NoMatch,
    ReleaseAnswer,
    RequestKind,
    StatusAnswer,
    UnlockAnswer,
    UnlockReplies,
)
from hardware.codecs.errors import (
    BadByte,
    BadChecksum,
    BadLength,
    BadPending,
    FrameError,
    WrongBoard,
)
from hardware.codecs.modbus import PROTOCOL, Modbus, ModbusOptions
from hardware.codecs.protocol import Direction, Meaning, Order, Polarity
from hardware.codecs.receiver import EchoMode, Receiver
from realtime.wire.terminal import DoorState

OPEN, CLOSED = DoorState.OPEN, DoorState.CLOSED
OPTIONS = ModbusOptions(pulse_seconds=0.7)
DRIVER = Modbus(
    {
        1: OPTIONS,
        2: ModbusOptions(channels=12, polarity=Polarity.ONE_IS_OPEN, first_relay=4, first_input=16),
    }
)
#: The vendor's example of a 700 ms pulse of relay 0.
PULSE = "0105020000078db0"
#: Read of eight inputs and of eight relays, as pymodbus put them on a pty.
READ_INPUTS = "01020000000879cc"
READ_RELAYS = "0101000000083dcc"


def sealed(text: str) -> bytes:
    body = bytes.fromhex(text)
    return body + by_crc16(body)


def told(text: str | bytes, pending: str | None = None) -> list[Meaning]:
    data = bytes.fromhex(text) if isinstance(text, str) else text
    return PROTOCOL.decode(data, bytes.fromhex(pending) if pending else None, OPTIONS)


def test_unlock_is_the_vendors_timed_pulse() -> None:
    request = DRIVER.unlock(1, 1)
    assert request.frame.hex() == PULSE
    assert (request.kind, request.board, request.channel) == (RequestKind.UNLOCK, 1, 1)
    assert DRIVER.unlock_replies is UnlockReplies.YES


def test_an_unlock_never_switches_a_relay_on_for_good() -> None:
    for channel in range(1, 13):
        frame = DRIVER.unlock(2, channel).frame
        assert frame[:4] == bytes((2, 5, 2, 4 + channel - 1))
        assert int.from_bytes(frame[4:6], "big") == 5


def test_read_all_is_the_frame_a_library_sends() -> None:
    assert DRIVER.read_all(1).frame.hex() == READ_INPUTS
    assert DRIVER.read_all(2).frame == sealed("02020010000c")


def test_the_greeting_switches_all_relays_off() -> None:
    assert isinstance(DRIVER, Greeter)
    request = DRIVER.greet(1)
    assert request.frame.hex() == "010500ff0000fdfa"
    assert request.kind is RequestKind.RELEASE
    assert DRIVER.match(request.frame, request) == ReleaseAnswer(1, request.frame)


@pytest.mark.parametrize(("board", "channel"), [(3, 1), (1, 0), (1, 9), (2, 13)])
def test_what_is_not_there_is_refused(board: int, channel: int) -> None:
    with pytest.raises(ValueError, match=r"no (board|channel)"):
        DRIVER.unlock(board, channel)
    with pytest.raises(ValueError, match="no board 3"):
        DRIVER.greet(3)


def test_the_first_input_is_bit_zero() -> None:
    answer = DRIVER.decode(sealed("01020181"), DRIVER.read_all(1))
    assert isinstance(answer, StatusAnswer)
    assert [n for n, state in enumerate(answer.states, 1) if state is CLOSED] == [1, 8]


def test_twelve_doors_need_two_bytes() -> None:
    answer = DRIVER.decode(sealed("0202020108"), DRIVER.read_all(2))
    assert isinstance(answer, StatusAnswer)
    assert [n for n, state in enumerate(answer.states, 1) if state is OPEN] == [1, 12]


def test_the_answer_to_an_unlock_is_its_request() -> None:
    request = DRIVER.unlock(1, 1)
    assert DRIVER.match(request.frame, request) == UnlockAnswer(1, 1, request.frame)
    assert DRIVER.match(DRIVER.unlock(1, 2).frame, request) is NoMatch.NEVER
    assert DRIVER.match(request.frame[:7], request) is NoMatch.NEED_MORE


def test_with_echo_one_copy_is_no_answer_and_two_are() -> None:
    receiver, request = Receiver(DRIVER, EchoMode.AUTO), DRIVER.unlock(1, 1)
    receiver.sent(DRIVER.read_all(1))
    receiver.feed(bytes.fromhex(READ_INPUTS))
    receiver.finish()
    assert receiver.echoing
    receiver.sent(request)
    assert receiver.feed(request.frame) == []
    assert receiver.feed(request.frame) == [UnlockAnswer(1, 1, request.frame)]


@pytest.mark.parametrize(
    ("code", "reason"),
    [(1, "illegal function"), (2, "illegal data address"), (6, "device busy"), (0x2A, "code 2a")],
)
def test_a_fault_is_an_answer_with_a_name(code: int, reason: str) -> None:
    refused, unread = sealed(f"0185{code:02x}"), sealed(f"0182{code:02x}")
    assert DRIVER.match(refused, DRIVER.unlock(1, 3)) == FaultAnswer(1, 3, reason, refused)
    assert DRIVER.match(refused, DRIVER.greet(1)) == FaultAnswer(1, 0, reason, refused)
    assert DRIVER.match(unread, DRIVER.read_all(1)) == FaultAnswer(1, 0, reason, unread)


@pytest.mark.parametrize(
    ("frame", "error"),
    [
        ("", BadLength),
        ("010201", BadLength),
        ("01020100a188ff", BadLength),
        ("01020100a189", BadChecksum),
        ("010202000000", BadByte),
        ("0102810000", BadByte),
        ("01020000000879cc", BadByte),  # the request itself, as an echo brings it
        ("018502c351", BadByte),  # a fault of another function
    ],
)
def test_what_is_wrong_is_named(frame: str, error: type[FrameError]) -> None:
    with pytest.raises(error):
        DRIVER.decode(bytes.fromhex(frame), DRIVER.read_all(1))


def test_another_board_is_named() -> None:
    with pytest.raises(WrongBoard, match="board 2, expected 1"):
        DRIVER.decode(sealed("02020100"), DRIVER.read_all(1))
    with pytest.raises(WrongBoard, match="board 7, expected 1"):
        DRIVER.decode(sealed("078502"), DRIVER.unlock(1, 1))


@pytest.mark.parametrize(
    ("frame", "what", "channel", "fields"),
    [
        (READ_INPUTS, "read_all", None, {"first": 0, "count": 8}),
        (READ_RELAYS, "read_relays", None, {"first": 0, "count": 8}),
        (PULSE, "unlock", 1, {"seconds": 0.7, "also": "unlock_answer"}),
        ("0105040000078d38", "end_pulse", 1, {"seconds": 0.7, "also": "end_pulse_answer"}),
        ("01050000ff008c3a", "relay_on", 1, {"also": "relay_on_answer"}),
        ("010500ff0000fdfa", "release", None, {"also": "release_answer"}),
        ("010500ffff00bc0a", "all_on", None, {"also": "all_on_answer"}),
    ],
)
def test_requests_are_told(
    frame: str, what: str, channel: int | None, fields: dict[str, object]
) -> None:
    (meaning,) = told(frame)
    assert (meaning.direction, meaning.what) == (Direction.REQUEST, what)
    assert (meaning.board, meaning.channel, meaning.fields) == (1, channel, fields)


def test_a_write_elsewhere_is_told_as_it_is() -> None:
    (meaning,) = told(sealed("010510000001"))
    assert meaning.what == "write"
    assert meaning.fields["address"] == "1000"


def test_a_write_of_several_relays_is_told_and_never_made() -> None:
    sent_by_pymodbus = bytes.fromhex("010f0000000801ffbed5")
    asked, answered, refused = told(sent_by_pymodbus + sealed("010f00000008") + sealed("018f03"))
    assert (asked.direction, asked.what) == (Direction.REQUEST, "write_relays")
    assert asked.fields == {"first": 0, "count": 8, "mask": "ff"}
    assert (answered.direction, answered.what) == (Direction.REPLY, "write_relays_answer")
    assert answered.fields == {"first": 0, "count": 8}
    assert (refused.what, refused.fields["function"]) == ("fault", 0x0F)
    assert "write_relays" not in PROTOCOL.orders


def test_only_the_pending_request_tells_an_answer_from_its_request() -> None:
    (meaning,) = told(PULSE, pending=PULSE)
    assert (meaning.direction, meaning.what) == (Direction.REPLY, "unlock_answer")
    assert (meaning.channel, meaning.fields["also"]) == (1, "unlock")


def test_requests_and_answers_are_told_back_to_back() -> None:
    line = bytes.fromhex(READ_INPUTS) + sealed("01020105") + sealed("018502") + sealed("010101ff")
    request, status, fault, relays = told(line)
    assert request.what == "read_all"
    assert (status.direction, status.what) == (Direction.REPLY, "status")
    doors = status.fields["doors"]
    assert isinstance(doors, dict)
    assert [channel for channel, state in doors.items() if state == "closed"] == ["1", "3"]
    assert fault.fields == {"code": 2, "reason": "illegal data address", "function": 5}
    assert relays.fields == {"relays": {str(n): True for n in range(1, 9)}}


def test_the_pending_request_says_which_inputs_an_answer_is_about() -> None:
    asked = sealed("010200040002").hex()
    (meaning,) = told(sealed("01020101"), pending=asked)
    assert meaning.fields == {"doors": {"5": "closed", "6": "open"}}


def test_a_fault_names_the_channel_that_was_asked_for() -> None:
    for pending, channel in ((PULSE, 1), (READ_INPUTS, None)):
        (meaning,) = told(sealed("018502"), pending=pending)
        assert (meaning.what, meaning.channel) == ("fault", channel)


def test_inputs_before_the_first_door_are_told_as_bits() -> None:
    options = ModbusOptions(first_input=8)
    asked = sealed("010200000008")
    (meaning,) = PROTOCOL.decode(sealed("01020181"), asked, options)
    assert (meaning.what, meaning.fields) == ("bits", {"mask": "81"})


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        ("01020000000879cd", "checksum 79cd, expected 79cc"),
        ("0105020000070000", "checksum 0000, expected 8db0"),
        ("0185020000", "checksum 0000, expected c351"),
        ("010600000001480a", "byte 2 is 06"),
        ("0002000000087819", "header 00"),
        ("0102", "2 bytes"),
    ],
)
def test_bad_bytes_are_refused_with_the_right_crc(frame: str, words: str) -> None:
    with pytest.raises(FrameError, match=words):
        told(frame)


def test_what_is_pending_must_be_one_request() -> None:
    with pytest.raises(BadPending):
        told(PULSE, pending="0185020000")


@pytest.mark.parametrize(
    ("order", "frame"),
    [
        (Order("read_all", 1), READ_INPUTS),
        (Order("read_relays", 1), READ_RELAYS),
        (Order("unlock", 1, 1), PULSE),
        (Order("unlock", 1, 2, seconds=0.8), "0105020100089c74"),
        (Order("release", 1), "010500ff0000fdfa"),
    ],
)
def test_orders_become_frames(order: Order, frame: str) -> None:
    assert PROTOCOL.encode(order, OPTIONS).hex() == frame


@pytest.mark.parametrize(
    ("order", "field"),
    [
        (Order("all_on", 1), "what"),
        (Order("read_all", 0), "board"),
        (Order("read_all", 248), "board"),
        (Order("unlock", 1), "channel"),
        (Order("unlock", 1, 9), "channel"),
        (Order("unlock", 1, 1, seconds=0.05), "seconds"),
        (Order("unlock", 1, 1, seconds=0.25), "seconds"),
        (Order("unlock", 1, 1, seconds=11), "seconds"),
        (Order("release", 1, 1), "channel"),
    ],
)
def test_bad_orders_name_their_field(order: Order, field: str) -> None:
    with pytest.raises(ValueError, match=f"^{field}: "):
        PROTOCOL.encode(order, OPTIONS)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"channels": 0}, "channels"),
        ({"channels": 65}, "channels"),
        ({"pulse_seconds": 0}, "pulse_seconds"),
        ({"pulse_seconds": 3276.7}, "pulse_seconds"),
        ({"pulse_seconds": 0.55}, "pulse_seconds"),
        ({"first_relay": 248}, "first_relay"),
        ({"first_relay": -1}, "first_relay"),
        ({"first_input": 65529}, "first_input"),
        ({"first_input": -1}, "first_input"),
    ],
)
def test_bad_options_name_their_field(options: dict[str, int], field: str) -> None:
    with pytest.raises(ValueError, match=f"^{field}: "):
        ModbusOptions(**options)


@given(
    closed=st.sets(st.integers(1, 64)),
    channels=st.integers(1, 64),
    polarity=st.sampled_from(Polarity),
)
def test_any_doors_survive_the_round_trip(
    closed: set[int], channels: int, polarity: Polarity
) -> None:
    closed = {n for n in closed if n <= channels}
    ones = closed if polarity is Polarity.ONE_IS_CLOSED else set(range(1, channels + 1)) - closed
    mask = sum(1 << (n - 1) for n in ones).to_bytes(-(-channels // 8), "little")
    driver = Modbus({247: ModbusOptions(channels=channels, polarity=polarity)})
    frame = sealed(f"f702{len(mask):02x}{mask.hex()}")
    answer = driver.decode(frame, driver.read_all(247))
    assert isinstance(answer, StatusAnswer)
    assert {n for n, state in enumerate(answer.states, 1) if state is CLOSED} == closed
