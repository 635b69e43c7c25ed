"""Shapes, and the choice among ways of cutting bytes into frames, on frames of a toy."""

import time

import pytest

from hardware.codecs.checksums import by_crc16, by_sum, by_xor, unsealed
from hardware.codecs.driver import NoMatch
from hardware.codecs.errors import BadByte, BadChecksum, BadHeader, BadLength, FrameError
from hardware.codecs.meanings import FrameKind, read_meanings
from hardware.codecs.protocol import Direction, Meaning, Polarity
from hardware.codecs.sensing import bits_of, by_channel, door_states
from hardware.codecs.shapes import ANY, Shape, among, compare_all, literally, one
from realtime.wire.terminal import DoorState

SHORT = Shape((one(0xA0), ANY), by_xor)
LONG = Shape((one(0xA0), ANY, ANY, one(0x33)), by_xor)
TAILED = Shape((one(0xB0), ANY), by_sum, tail=(ANY, one(0x01)))


def test_a_shape_is_met_at_its_full_length_only() -> None:
    assert [SHORT.compare(bytes.fromhex(t)) for t in ("", "a0", "a005")] == [NoMatch.NEED_MORE] * 3
    assert SHORT.compare(bytes.fromhex("a005a5")) is None
    assert SHORT.compare(bytes.fromhex("a005a5ff")) is None, "what follows is another frame's"
    assert SHORT.compare(bytes.fromhex("a005a4")) is NoMatch.BAD_CHECKSUM
    assert SHORT.compare(bytes.fromhex("a1")) is NoMatch.NEVER


def test_a_tail_is_outside_the_seal() -> None:
    assert TAILED.size == 5
    assert TAILED.compare(bytes.fromhex("b002b2ff01")) is None
    assert TAILED.compare(bytes.fromhex("b002b2ff02")) is NoMatch.NEVER
    assert TAILED.compare(bytes.fromhex("b002b2ff")) is NoMatch.NEED_MORE
    assert TAILED.compare(bytes.fromhex("b002b3ff01")) is NoMatch.BAD_CHECKSUM


def test_seals_of_two_bytes_and_of_none() -> None:
    modbus = Shape(literally(bytes.fromhex("0105020000ff")), by_crc16)
    assert modbus.size == 8
    fault = modbus.fault(bytes.fromhex("0105020000ff0000"))
    assert isinstance(fault, BadChecksum)
    assert len(f"{fault.expected:04x}") == 4
    assert str(fault).startswith("checksum 0000, expected ")
    assert Shape((one(1),), unsealed).compare(b"\x01") is None


def test_more_bytes_are_asked_for_while_any_shape_may_still_come() -> None:
    begun = bytes.fromhex("a005a4")  # wrong as a short frame, and perhaps a long one
    assert compare_all(begun, [SHORT, LONG]) is NoMatch.NEED_MORE
    assert compare_all(begun, [SHORT]) is NoMatch.BAD_CHECKSUM
    assert compare_all(b"\xff", [SHORT, LONG]) is NoMatch.NEVER
    assert compare_all(b"", []) is NoMatch.NEVER
    assert compare_all(bytes.fromhex("a005a5"), [LONG, SHORT]) is SHORT


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("c0", BadHeader),
        ("a0", BadLength),
        ("a005050034", BadByte),
        ("a005053334", BadChecksum),
    ],
)
def test_a_fault_is_named(text: str, error: type[FrameError]) -> None:
    assert type(LONG.fault(bytes.fromhex(text))) is error


def kinds(_rest: bytes) -> list[FrameKind]:
    def tell(what: str, shape: Shape) -> FrameKind:
        return FrameKind(shape, lambda frame: Meaning(Direction.REPLY, what, frame))

    return [tell("short", SHORT), tell("long", LONG)]


def whats(text: str) -> list[str]:
    return [meaning.what for meaning in read_meanings(bytes.fromhex(text), kinds)]


def test_the_cut_that_leaves_nothing_over_is_told() -> None:
    # The first three bytes are a whole short frame, yet what follows then is none.
    assert whats("a005a53333") == ["long"]
    assert whats("a005a5") == ["short"]
    assert whats("a005a5" + "a005a53333" + "a005a5") == ["short", "long", "short"]


def test_the_fault_is_that_of_the_furthest_place_or_a_checksum_that_explains_all() -> None:
    with pytest.raises(BadHeader) as header:
        whats("a005a5ff")
    assert header.value.offset == 3
    with pytest.raises(BadChecksum) as checksum:
        whats("a005a53334")  # a short frame and rubbish, or a long frame with one wrong byte
    assert (checksum.value.offset, checksum.value.expected) == (0, 0x33)


def test_reading_takes_time_in_proportion() -> None:
    started = time.process_time()
    assert len(read_meanings(bytes.fromhex("a005a5") * 3000, kinds)) == 3000
    with pytest.raises(FrameError):
        read_meanings(bytes.fromhex("a005a5") * 3000 + b"\xa0", kinds)
    with pytest.raises(BadChecksum):
        read_meanings(bytes.fromhex("a033a4") + bytes.fromhex("a005a5") * 3000, kinds)
    assert time.process_time() - started < 5


def test_bits_are_doors_by_polarity() -> None:
    assert bits_of(0b101, 4) == (True, False, True, False)
    opened, closed = DoorState.OPEN, DoorState.CLOSED
    assert door_states(0b01, 2, Polarity.ONE_IS_CLOSED) == (closed, opened)
    assert door_states(0b01, 2, Polarity.ONE_IS_OPEN) == (opened, closed)
    assert by_channel(["a", "b"], 7) == {"7": "a", "8": "b"}
    assert among((3, 1)) == {1, 3}
