"""Why bytes are not the frame that was expected.

FrameError
├── BadLength      too short or too long for what was asked
├── BadHeader      the first byte names another kind of frame
├── BadChecksum    carries what was expected and what came
├── BadStatus      a status byte outside the protocol's table
├── WrongBoard     a good frame of another board
└── WrongChannel   a good frame of another channel
"""

from __future__ import annotations


class FrameError(Exception):
    """These bytes are not the frame that was expected."""


class BadLength(FrameError):
    """The number of bytes does not fit what was asked."""

    def __init__(self, got: int, expected: int) -> None:
        super().__init__(f"{got} bytes, expected {expected}")
        self.got = got
        self.expected = expected


class BadHeader(FrameError):
    """The first byte names another kind of frame, or none."""

    def __init__(self, got: int, expected: int) -> None:
        super().__init__(f"header {got:02x}, expected {expected:02x}")
        self.got = got
        self.expected = expected


class BadChecksum(FrameError):
    """The check byte does not fit the bytes before it."""

    def __init__(self, got: int, expected: int) -> None:
        super().__init__(f"checksum {got:02x}, expected {expected:02x}")
        self.got = got
        self.expected = expected


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
