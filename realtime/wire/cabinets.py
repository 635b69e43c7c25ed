"""A cabinet as its agent tells it: its lines and boards, where its doors lie, what passed a line.

The layout comes with the boot, from the configuration of the boards, so that people are shown
the doors as they really lie. Frames are told when they are asked for, the latest only; they hold
nothing of parcels or persons.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec

from realtime.wire.envelope import AgentRequest, RequestId, ShortText
from realtime.wire.moments import check_instant

Cell = Annotated[int, msgspec.Meta(ge=1, le=999)]
PortNumber = Annotated[int, msgspec.Meta(ge=0, le=99)]

#: Lines of one port that are told; each is short, so that they fit one frame of an agent.
MOST_LINES = 200
#: Characters of one line's bytes (two a byte) and of its words.
MOST_HEX = 256
MOST_WORDS = 256


class BoardPlace(msgspec.Struct, frozen=True, kw_only=True):
    """One board on a line."""

    address: Annotated[int, msgspec.Meta(ge=0, le=255)]
    channels: Annotated[int, msgspec.Meta(ge=1, le=999)]


class PortPlace(msgspec.Struct, frozen=True, kw_only=True):
    """One line, as the configuration names it."""

    device: Annotated[str, msgspec.Meta(max_length=256)]
    protocol: ShortText
    baud: Annotated[int, msgspec.Meta(ge=1, le=10_000_000)]
    boards: Annotated[tuple[BoardPlace, ...], msgspec.Meta(max_length=256)]


class CellPlace(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where one cell's door lies, as one stands before it, and where its lock is wired.

    Columns count from the left and rows from the top, both from 0; a row that no cell has is a
    place without a door. `height` is relative to the others' of the cabinet.
    """

    cell: Cell
    column: Annotated[int, msgspec.Meta(ge=0, le=998)]
    row: Annotated[int, msgspec.Meta(ge=0, le=998)]
    port: PortNumber
    board: Annotated[int, msgspec.Meta(ge=0, le=255)]
    channel: Annotated[int, msgspec.Meta(ge=1, le=999)]
    height: Annotated[float, msgspec.Meta(ge=0.1, le=20)] = 1.0
    #: Never opened, by the configuration: burnt, jammed, without a sensor.
    is_disabled: bool = False


class CabinetLayout(msgspec.Struct, frozen=True, kw_only=True):
    """A whole cabinet."""

    ports: Annotated[tuple[PortPlace, ...], msgspec.Meta(max_length=100)]
    cells: Annotated[tuple[CellPlace, ...], msgspec.Meta(max_length=999)]
    #: The configuration says where the doors lie; otherwise they are in the order of the boards.
    is_drawn: bool = False


# What passed a line


class FrameWay(StrEnum):
    """Which way a line of the frame log went."""

    SENT = "sent"
    HEARD = "heard"
    DROPPED = "dropped"  #: bytes that were no frame, or one that nobody awaited
    NOTED = "noted"  #: what else happened to the port
    FOLDED = "folded"  #: what was only counted: polls as before


class FrameLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of a port's frame log."""

    at: Annotated[datetime, msgspec.Meta(tz=True)]
    way: FrameWay
    #: The bytes, two characters each; with `…` at the end when there were more.
    hex: Annotated[str, msgspec.Meta(max_length=MOST_HEX)] = ""
    #: What they mean, in the words of the log.
    words: Annotated[str, msgspec.Meta(max_length=MOST_WORDS)] = ""
    #: Something is wrong: no answer, a fault of the board, bytes that were dropped.
    is_error: bool = False

    def __post_init__(self) -> None:
        """Check what no annotation can say."""
        check_instant("at", self.at)


class TellFrames(msgspec.Struct, frozen=True, kw_only=True, tag="tell_frames", tag_field="type"):
    """Tell what passed last on a port; answered by `FramesTold` with the same `id`.

    Sent to agents that told a layout at their boot; one of before does not know it.
    """

    id: RequestId
    port: PortNumber


class FramesTold(AgentRequest, frozen=True, kw_only=True, tag="frames_told", tag_field="type"):
    """The last lines of a port's frame log, the newest last; or why there are none."""

    port: PortNumber
    lines: Annotated[tuple[FrameLine, ...], msgspec.Meta(max_length=MOST_LINES)] = ()
    #: `unknown_port`: the agent's configuration has no such line (any more).
    refusal: ShortText | None = None
