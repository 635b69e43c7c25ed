"""Modbus RTU frames of relay boards with door inputs (Waveshare's layout), in words and back.

AD is the board's address, R a relay and I an input from 0, CRC the CRC-16 of all bytes before
it, low byte first. Channel n is relay n - 1 and input n - 1, unless told otherwise.

    read inputs       AD 02 00 I 00 N CRC       answer  AD 02 LEN S.. CRC   (the doors)
    read relays       AD 01 00 R 00 N CRC               AD 01 LEN S.. CRC
    pulse a relay     AD 05 02 R HI LO CRC              the same bytes      (times 100 ms)
    relay on, off     AD 05 00 R FF 00 CRC, .. 00 00    the same bytes
    all on, all off   AD 05 00 FF FF 00 CRC, .. 00 00   the same bytes
    end a pulse       AD 05 04 R HI LO CRC              the same bytes
    several relays    AD 0F 00 R 00 N LEN S.. CRC       AD 0F 00 R 00 N CRC  (read, never made)
    fault                                               AD 8x CODE CRC

Sources: Waveshare's documents of its Modbus RTU Relay boards (address 0200 + R and its value;
firmware before September 2021 differs and is not spoken), Open-Locker, the Modbus standard for
faults. The frames of `tests` were sent by pymodbus or stand in those documents.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hardware.codecs import orders
from hardware.codecs.checksums import by_crc16
from hardware.codecs.meanings import FrameKind, read_meanings, read_pending
from hardware.codecs.protocol import BoardOptions, Direction, Meaning, Order, Polarity
from hardware.codecs.sensing import bits_of, by_channel, door_states
from hardware.codecs.shapes import ANY, Allowed, Shape, among, one

READ_RELAYS = 0x01
READ_INPUTS = 0x02
WRITE_RELAY = 0x05
WRITE_RELAYS = 0x0F
#: Added to the function in the answer of a board that refuses it.
FAULT = 0x80

#: Addresses of the pulse, of its early end, and of all relays together.
PULSE = 0x0200
END_PULSE = 0x0400
ALL_RELAYS = 0x00FF
ON, OFF = 0xFF00, 0x0000

#: The unit of a pulse's value.
PULSE_STEP_SECONDS = 0.1
#: The longest pulse that a solenoid is trusted with; the board itself would take 7FFF.
LONGEST_PULSE_SECONDS = 10.0

#: Addresses of the standard; 0 is a broadcast that nobody answers.
ADDRESSES = range(1, 248)
#: Relays and inputs of the largest such boards.
CHANNELS = range(1, 65)
#: Status bytes that one answer may have.
_SIZES = range(1, 251)

ORDERS = ("read_all", "read_relays", "unlock", "release")

REASONS = {
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "device failure",
    5: "acknowledged, not done yet",
    6: "device busy",
    7: "negative acknowledge",
    8: "memory parity error",
    10: "gateway path unavailable",
    11: "gateway target silent",
}


class ModbusOptions(BoardOptions, frozen=True, kw_only=True):
    """How one relay board is built and wired."""

    channels: int = 8
    polarity: Polarity = Polarity.ONE_IS_CLOSED
    #: How long the board keeps the relay on, in steps of 0.1.
    pulse_seconds: float = 0.5
    #: The relay and the input of channel 1.
    first_relay: int = 0
    first_input: int = 0

    def __post_init__(self) -> None:
        """Refuse what the frames cannot carry, and pulses that burn a solenoid."""
        if self.channels not in CHANNELS:
            raise ValueError(f"channels: expected 1 to {CHANNELS[-1]}")
        pulse_value(self.pulse_seconds, "pulse_seconds")
        if not 0 <= self.first_relay <= ALL_RELAYS - self.channels:
            raise ValueError(f"first_relay: expected 0 to {ALL_RELAYS - self.channels}")
        if not 0 <= self.first_input <= (1 << 16) - self.channels:
            raise ValueError(f"first_input: expected 0 to {(1 << 16) - self.channels}")

    @property
    def status_size(self) -> int:
        """Count the status bytes of an answer about all channels."""
        return -(-self.channels // 8)


def pulse_value(seconds: float, name: str = "seconds") -> int:
    """Make a pulse's value.

    Raises:
        ValueError: it is too long or too fine; the text begins with `name`.
    """
    steps = round(seconds / PULSE_STEP_SECONDS) if 0 < seconds <= LONGEST_PULSE_SECONDS else 0
    if not steps or abs(steps * PULSE_STEP_SECONDS - seconds) > 1e-6:
        raise ValueError(f"{name}: expected 0.1 to {LONGEST_PULSE_SECONDS:g}, in steps of 0.1")
    return steps


def request(board: int, function: int, address: int, value: int) -> bytes:
    """Make a request of any function that is spoken here."""
    body = bytes((board, function)) + address.to_bytes(2, "big") + value.to_bytes(2, "big")
    return body + by_crc16(body)


def read_inputs(board: int, options: ModbusOptions) -> bytes:
    """Ask for all doors."""
    return request(board, READ_INPUTS, options.first_input, options.channels)


def pulse(board: int, channel: int, value: int, options: ModbusOptions) -> bytes:
    """Have the board pulse one relay."""
    return request(board, WRITE_RELAY, PULSE + options.first_relay + channel - 1, value)


def release(board: int) -> bytes:
    """Switch all relays off."""
    return request(board, WRITE_RELAY, ALL_RELAYS, OFF)


def bits_shape(board: Allowed, function: Allowed, size: int) -> Shape:
    """Make the shape of an answer that carries bits."""
    return Shape((board, function, one(size), *(ANY,) * size), by_crc16)


def fault_shape(board: Allowed, function: Allowed) -> Shape:
    """Make the shape of a fault."""
    return Shape((board, among(FAULT | f for f in function), ANY), by_crc16)


def reason_of(frame: bytes) -> str:
    """Name a fault."""
    return REASONS.get(frame[2], f"code {frame[2]:02x}")


def decode(data: bytes, pending: bytes | None, options: ModbusOptions) -> list[Meaning]:
    """Read frames back to back, requests and answers alike.

    A write and its answer are the same bytes. Without `pending` they are told as the request;
    `also` names what else they may be.

    Raises:
        FrameError: they are not whole frames, or `pending` is not one request.
    """
    asked = read_pending(pending, _Words(options, None).kinds)
    return read_meanings(data, _Words(options, asked).kinds)


def encode(order: Order, options: ModbusOptions) -> bytes:
    """Make one request frame.

    Raises:
        ValueError: the order is not known, or a field is wrong.
    """
    orders.check_what(order, ORDERS)
    orders.check_board(order, ADDRESSES)
    if order.what == "unlock":
        orders.refuse_beside(order, "channel", "seconds")
        channel = orders.channel_of(order, options.channels)
        seconds = options.pulse_seconds if order.seconds is None else order.seconds
        return pulse(order.board, channel, pulse_value(seconds), options)
    orders.refuse_beside(order)
    match order.what:
        case "read_relays":
            return request(order.board, READ_RELAYS, options.first_relay, options.channels)
        case "release":
            return release(order.board)
    return read_inputs(order.board, options)


_BOARD = among(ADDRESSES)
_READS = among((READ_RELAYS, READ_INPUTS))
_SPOKEN = among((READ_RELAYS, READ_INPUTS, WRITE_RELAY, WRITE_RELAYS))


@dataclass(frozen=True, slots=True)
class _Words:
    """All kinds of frames in words, for one board's options and one pending request."""

    options: ModbusOptions
    asked: Meaning | None

    def kinds(self, data: bytes) -> Iterator[FrameKind]:
        """List the kinds; answers first, when one is awaited."""
        word = (ANY, ANY)
        ask = FrameKind(Shape((_BOARD, _READS, *word, *word), by_crc16), self._ask)
        size = data[2] if len(data) > 2 and data[2] in _SIZES else _SIZES[0]
        answer = FrameKind(bits_shape(_BOARD, _READS, size), self._bits)
        yield from (ask, answer) if self.asked is None else (answer, ask)
        write = Shape((_BOARD, one(WRITE_RELAY), *word, *word), by_crc16)
        yield FrameKind(write, self._write)
        several = (_BOARD, one(WRITE_RELAYS), *word, *word)
        size = data[6] if len(data) > 6 and data[6] in _SIZES else _SIZES[0]
        yield FrameKind(Shape((*several, one(size), *(ANY,) * size), by_crc16), self._write_many)
        yield FrameKind(Shape(several, by_crc16), self._written_many)
        yield FrameKind(fault_shape(_BOARD, _SPOKEN), self._fault)

    def _ask(self, frame: bytes) -> Meaning:
        what = "read_all" if frame[1] == READ_INPUTS else "read_relays"
        fields = {"first": _word(frame, 2), "count": _word(frame, 4)}
        return Meaning(Direction.REQUEST, what, frame, frame[0], fields=fields)

    def _bits(self, frame: bytes) -> Meaning:
        mask, count = int.from_bytes(frame[3:-2], "little"), 8 * frame[2]
        is_doors = frame[1] == READ_INPUTS
        first = self.options.first_input if is_doors else self.options.first_relay
        channel, channels = 1, min(count, self.options.channels)
        asked = self._asked_by(frame[0], frame[1])
        if asked is not None:
            channel = _word(asked.frame, 2) - first + 1
            channels = min(count, _word(asked.frame, 4))
        if channel < 1:  # inputs before channel 1's: of no door
            return self._reply("bits", frame, {"mask": f"{mask:x}"})
        if is_doors:
            states = door_states(mask, channels, self.options.polarity)
            doors = by_channel((state.value for state in states), channel)
            return self._reply("status", frame, {"doors": doors})
        return self._reply(
            "relays", frame, {"relays": by_channel(bits_of(mask, channels), channel)}
        )

    def _write(self, frame: bytes) -> Meaning:
        what, channel, fields = self._written(_word(frame, 2), _word(frame, 4))
        if self.asked is not None and self.asked.frame == frame:
            answer = f"{what}_answer"
            return Meaning(
                Direction.REPLY, answer, frame, frame[0], channel, {**fields, "also": what}
            )
        fields["also"] = f"{what}_answer"
        return Meaning(Direction.REQUEST, what, frame, frame[0], channel, fields)

    def _written(self, address: int, value: int) -> tuple[str, int | None, dict[str, object]]:
        """Name what a write does, to which channel."""
        if address == ALL_RELAYS and value in (ON, OFF):
            return ("release" if value == OFF else "all_on", None, {})
        area, relay = address & 0xFF00, address & 0x00FF
        channel = relay - self.options.first_relay + 1
        if channel in range(1, self.options.channels + 1):
            seconds: dict[str, object] = {"seconds": round(value * PULSE_STEP_SECONDS, 1)}
            match area, value:
                case 0x0200, _:
                    return ("unlock", channel, seconds)
                case 0x0400, _:
                    return ("end_pulse", channel, seconds)
                case 0, 0xFF00:
                    return ("relay_on", channel, {})
                case 0, 0:
                    return ("relay_off", channel, {})
        return ("write", None, {"address": f"{address:04x}", "value": f"{value:04x}"})

    def _write_many(self, frame: bytes) -> Meaning:
        mask = int.from_bytes(frame[7:-2], "little")
        fields = {"first": _word(frame, 2), "count": _word(frame, 4), "mask": f"{mask:x}"}
        return Meaning(Direction.REQUEST, "write_relays", frame, frame[0], fields=fields)

    def _written_many(self, frame: bytes) -> Meaning:
        fields: dict[str, object] = {"first": _word(frame, 2), "count": _word(frame, 4)}
        return self._reply("write_relays_answer", frame, fields)

    def _fault(self, frame: bytes) -> Meaning:
        fields: dict[str, object] = {
            "code": frame[2],
            "reason": reason_of(frame),
            "function": frame[1] & ~FAULT,
        }
        asked = self._asked_by(frame[0], frame[1] & ~FAULT)
        channel = asked.channel if asked is not None else None
        return Meaning(Direction.REPLY, "fault", frame, frame[0], channel, fields)

    def _reply(self, what: str, frame: bytes, fields: dict[str, object]) -> Meaning:
        return Meaning(Direction.REPLY, what, frame, frame[0], fields=fields)

    def _asked_by(self, board: int, function: int) -> Meaning | None:
        """Give the pending request, if this board's answer to this function is one to it."""
        asked = self.asked
        return asked if asked is not None and asked.frame[:2] == bytes((board, function)) else None


def _word(frame: bytes, at: int) -> int:
    return int.from_bytes(frame[at : at + 2], "big")
