"""Why bytes are not the frame that was expected.

FrameError
├── BadLength      too short or too long for what was asked
├── BadHeader      the first byte names another kind of frame
├── BadChecksum    carries what was expected and what came
├── BadByte        a byte that no such frame has in its place
├── BadStatus      a status byte outside the protocol's table
├── WrongBoard     a good frame of another board
├── WrongChannel   a good frame of another channel
└── BadPending     the request that was said to await its answer is none
"""

from __future__ import annotations


class FrameError(Exception):
    """These bytes are not the frame that was expected."""

    #: Where the faulty frame begins, when several were read back to back.
    offset = 0


class BadLength(FrameError):
    """The number of bytes does not fit what was asked."""

    def __init__(self, got: int, expected: int) -> None:
        super().__init__(f"{got} bytes, expected {expected}")
        self.got = got
        self.expected = expected


#: More possible headers than this are told as a range: Modbus frames begin with an address.
_MANY = 8


class BadHeader(FrameError):
    """The first byte names another kind of frame, or none."""

    def __init__(self, got: int, *expected: int) -> None:
        few = " or ".join(f"{value:02x}" for value in expected[:_MANY])
        many = f"{min(expected):02x} to {max(expected):02x}"
        super().__init__(f"header {got:02x}, expected {few if len(expected) <= _MANY else many}")
        self.got = got
        self.expected = expected


class BadChecksum(FrameError):
    """The check bytes do not fit the bytes before them.

    Check bytes of more than one byte are numbers in the order of the line, as a person who
    compares hex would read them.
    """

    def __init__(self, got: int, expected: int, size: int = 1) -> None:
        digits = 2 * size
        super().__init__(f"checksum {got:0{digits}x}, expected {expected:0{digits}x}")
        self.got = got
        self.expected = expected
        self.size = size

    @classmethod
    def of_bytes(cls, got: bytes, expected: bytes) -> BadChecksum:
        """Make the error from check bytes as they stand on the line."""
        return cls(int.from_bytes(got, "big"), int.from_bytes(expected, "big"), len(expected))


class BadByte(FrameError):
    """A byte is not what such a frame has in its place; `position` counts from 1."""

    def __init__(self, position: int, got: int) -> None:
        super().__init__(f"byte {position} is {got:02x}, which no such frame has there")
        self.position = position
        self.got = got


class BadStatus(FrameError):
    """A status or function byte is not in the protocol's table."""

    def __init__(self, got: int) -> None:
        super().__init__(f"status {got:02x} is not in the protocol")
        self.got = got


class WrongBoard(FrameError):
    """A good frame, but of another board."""

    def __init__(self, got: int, expected: int) -> None:
        super().__init__(f"board {got}, expected {expected}")
        self.got = got
        self.expected = expected


class WrongChannel(FrameError):
    """A good frame, but of another channel."""

    def __init__(self, got: int, expected: int) -> None:
        super().__init__(f"channel {got}, expected {expected}")
        self.got = got
        self.expected = expected


class BadPending(FrameError):
    """The request that was said to await its answer is not one request."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the pending request: {why}")
