"""What can be turned on a simulated cabinet while it runs."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

Seconds = Annotated[float, msgspec.Meta(ge=0, le=3600)]
Chance = Annotated[float, msgspec.Meta(ge=0, le=1)]
Count = Annotated[int, msgspec.Meta(ge=0, le=1000)]
#: Bytes as hex digits.
Hex = Annotated[str, msgspec.Meta(pattern=r"^([0-9a-fA-F]{2})*$", max_length=256)]


class People(StrEnum):
    """What happens to an open door."""

    AUTO = "auto"  #: somebody closes it after a moment
    MANUAL = "manual"  #: it stays open until told to close


class Knobs(msgspec.Struct, kw_only=True):
    """All faults and habits; durations in seconds, chances from 0 to 1."""

    people: People = People.AUTO
    #: From the pulse until the door is open: the spring, and the hand that pulls.
    open_after: Seconds = 0.3
    #: From open until somebody closes it, with people on auto.
    close_after: Seconds = 2.0
    #: How much longer they hold a door that the boards have not told open yet: they wait for the
    #: screen to see it, and do not wait for ever.
    hold_unseen: Seconds = 5.0
    #: Each movement of a door makes its contact close and open so often before it settles ...
    bounces: Count = 0
    #: ... with so long between.
    bounce_gap: Seconds = 0.004
    #: How long a fluttering contact keeps a state, about.
    flutter_every: Seconds = 0.05

    #: From the last byte of a request until the board begins to answer.
    turnaround: Seconds = 0.01
    #: More of the same: a slow board.
    delay: Seconds = 0.0
    #: More of the same for the answers to unlocks only: a late acknowledgement.
    ack_delay: Seconds = 0.0
    #: The boards act, but say nothing.
    silence: bool = False
    #: The boards carry an unlock out and do not answer it.
    mute_unlock: bool = False
    #: A request that begins sooner after the last byte on the line is not heard.
    needs_gap: Seconds = 0.0

    #: The line hands back what the host sends ...
    echo: bool = False
    #: ... or only so many of its first bytes (0: all of them).
    echo_bytes: Count = 0
    #: Chance that a byte of an answer arrives changed.
    noise: Chance = 0.0
    #: Chance that one bit of a byte of an answer arrives turned.
    bit_noise: Chance = 0.0
    #: Chance that a byte of an answer is lost.
    drop: Chance = 0.0
    #: Sent before each answer.
    garbage: Hex = ""
    #: Turned bits at the beginning of each answer: 04 makes 53 of 57.
    flip: Hex = ""
    #: Answers carry a wrong check byte.
    bad_checksum: bool = False
    #: Answers carry another board's address.
    wrong_board: bool = False
    #: Answers end after so many bytes (0: they do not).
    cut_after: Count = 0
    #: Answers come in bursts of so many bytes (0: in one), with a pause between.
    burst_bytes: Count = 0
    #: One pause after so many bytes of each answer (0: none).
    split_at: Count = 0
    burst_pause: Seconds = 0.02
    #: A and B are swapped: nothing but garbage passes, either way.
    swapped: bool = False

    #: Boards tell of each edge unasked, where their protocol can.
    reports: bool = False
    #: Each answer to a look is preceded by an unasked report of this cell (0: none).
    report_in_poll: Count = 0
