"""Modbus RTU relay boards with door inputs, spoken as lock boards (Waveshare's layout).

An unlock is the board's own timed pulse, never ON and then OFF: a crash between the two would
leave a solenoid under power until it burns. A board that something else left on is released
by the greeting. Why pymodbus's client is not used: `docs/decisions/0006-modbus-codec.md`.

Physical layer: RS485, 9600 8N1. `modbus_frames` has the frames and their sources.

Traps that shape this module:

- The answer to a write is byte for byte its request, as on 8A: the receiver strips echoes by
  exact length, and learns of them from reads alone.
- A fault is an answer of a board that is well: neither silence nor a pulse. It names the
  function and no relay, so that a late one could be any write's: after a write that stayed
  silent all writes to its board rest (`Request.rests_as`).
- Relays say nothing of doors; the inputs do, wired to the doors' contacts.
"""

from __future__ import annotations

from collections.abc import Iterable

from hardware.codecs.asked import AskedOnly, Expected
from hardware.codecs.checksums import by_crc16
from hardware.codecs.driver import (
    FaultAnswer,
    ReleaseAnswer,
    Request,
    RequestKind,
    StatusAnswer,
    UnlockAnswer,
    UnlockReplies,
)
from hardware.codecs.modbus_frames import (
    ADDRESSES,
    ORDERS,
    READ_INPUTS,
    WRITE_RELAY,
    ModbusOptions,
    bits_shape,
    decode,
    encode,
    fault_shape,
    reason_of,
    release,
)
from hardware.codecs.protocol import Order, ProtocolSpec
from hardware.codecs.sensing import door_states
from hardware.codecs.shapes import Allowed, Shape, among, literally, one

#: How long a board may take to answer.
REPLY_SECONDS = 0.3


class Modbus(AskedOnly[ModbusOptions]):
    """The driver for the relay boards of one port."""

    addresses = ADDRESSES

    #: Every write is answered.
    unlock_replies = UnlockReplies.YES
    unlock_reply_seconds = REPLY_SECONDS
    read_reply_seconds = REPLY_SECONDS
    unlock_answer_is_vague = True

    def frame_of(self, order: Order, options: ModbusOptions) -> bytes:
        """Make one request frame."""
        return encode(order, options)

    def greet(self, board: int) -> Request:
        """Make the request that switches all relays off; it opens nothing.

        Raises:
            ValueError: no such board.
        """
        self.options(board)
        frame = release(board)
        return Request(RequestKind.RELEASE, board, 0, frame, REPLY_SECONDS, answer_is_vague=True)

    def expected(self, pending: Request, boards: Iterable[int]) -> list[Expected]:
        """List what may answer: what was asked for, or a fault of that function."""
        board = among(boards)
        if pending.kind is RequestKind.READ_ALL:
            return self._expected_bits(pending, board)

        def fault(frame: bytes) -> FaultAnswer:
            return FaultAnswer(frame[0], pending.channel, reason_of(frame), frame)

        def done(frame: bytes) -> UnlockAnswer | ReleaseAnswer:
            if pending.kind is RequestKind.RELEASE:
                return ReleaseAnswer(frame[0], frame)
            return UnlockAnswer(frame[0], pending.channel, frame)

        same = Shape((board, *literally(pending.frame[1:-2])), by_crc16)
        return [Expected(same, done), Expected(fault_shape(board, one(WRITE_RELAY)), fault)]

    def _expected_bits(self, pending: Request, board: Allowed) -> list[Expected]:
        options = self.options(pending.board)

        def status(frame: bytes) -> StatusAnswer:
            mask = int.from_bytes(frame[3:-2], "little")
            states = door_states(mask, options.channels, options.polarity)
            return StatusAnswer(frame[0], states, frame)

        def fault(frame: bytes) -> FaultAnswer:
            return FaultAnswer(frame[0], 0, reason_of(frame), frame)

        bits = bits_shape(board, one(READ_INPUTS), options.status_size)
        return [Expected(bits, status), Expected(fault_shape(board, one(READ_INPUTS)), fault)]


PROTOCOL = ProtocolSpec(
    name="modbus",
    title="Modbus RTU relays with door inputs and timed pulses (Waveshare)",
    bauds=(9600, 4800, 19200, 38400, 57600, 115200),
    addresses=ADDRESSES,
    options=ModbusOptions,
    driver=Modbus,
    decode=decode,
    encode=encode,
    orders=ORDERS,
    unlock_replies=UnlockReplies.YES,
)
