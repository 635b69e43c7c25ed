"""What can be turned on a simulated cabinet while it runs."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class People(StrEnum):
    """What happens to an open door."""

    AUTO = "auto"  #: somebody closes it after a moment
    MANUAL = "manual"  #: it stays open until told to close


class Knobs(msgspec.Struct, kw_only=True):
    """All faults and habits; durations in seconds, chances from 0 to 1."""

    people: People = People.AUTO
    #: From the pulse until the door is open: the spring, and the hand that pulls.
    open_after: float = 0.3
    #: From open until somebody closes it, with people on auto.
    close_after: float = 1.0
    #: From the last byte of a request until the board begins to answer.
    turnaround: float = 0.01
    #: More of the same: a slow board.
    delay: float = 0.0
    #: The board acts, but says nothing.
    silence: bool = False
    #: The line hands back what the host sends.
    echo: bool = False
    #: Chance that a byte of an answer arrives changed.
    noise: float = 0.0
    #: Chance that a byte of an answer is lost.
    drop: float = 0.0
    #: Sent before each answer, hex.
    garbage: str = ""
    #: Answers carry a wrong check byte.
    bad_checksum: bool = False
    #: Answers carry another board's address.
    wrong_board: bool = False
    #: Boards tell of each edge unasked, in 82 frames.
    reports: bool = False
