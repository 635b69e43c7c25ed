"""What passes on a line, in words for its frame log: short, English, stable to search in."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from hardware.codecs.driver import (
    DoorReport,
    FaultAnswer,
    Frame,
    Request,
    RequestKind,
    StatusAnswer,
    UnlockAnswer,
)
from hardware.codecs.errors import FrameError
from hardware.codecs.protocol import Meaning, ProtocolSpec
from realtime.wire.terminal import DoorState

#: Dropped bytes that are looked into; longer runs are noise.
MAX_READ = 64


def of_request(request: Request) -> str:
    """Tell a request."""
    if request.kind is RequestKind.READ_ALL:
        return f"read board {request.board}"
    channel = f" channel {request.channel}" if request.channel else ""
    return f"{request.kind.value} board {request.board}{channel}"


def of_frame(frame: Frame) -> str:
    """Tell what a board said."""
    match frame:
        case StatusAnswer():
            return f"board {frame.board}: {_doors(frame)}{_items(frame.items)}"
        case UnlockAnswer():
            return f"unlock answered, board {frame.board} channel {frame.channel}"
        case DoorReport():
            return f"report, board {frame.board} channel {frame.channel}: {frame.state.value}"
        case FaultAnswer():
            channel = f" channel {frame.channel}" if frame.channel else ""
            return f"refused by board {frame.board}{channel}: {frame.reason}"
        case _:
            return f"release answered, board {frame.board}"


def reader_of_dropped(spec: ProtocolSpec, options: Any) -> Callable[[bytes], str]:
    """Make what tells dropped bytes: a frame that nobody waited for, or what is wrong."""

    def read(data: bytes) -> str:
        if len(data) > MAX_READ:
            return f"dropped {len(data)} bytes"
        try:
            meanings = spec.decode(data, None, options)
        except FrameError as error:
            return f"dropped: {error}"
        return "dropped, not awaited: " + "; ".join(map(_of_meaning, meanings))

    return read


def _of_meaning(meaning: Meaning) -> str:
    where = "" if meaning.board is None else f" board {meaning.board}"
    where += "" if meaning.channel is None else f" channel {meaning.channel}"
    return f"{meaning.what}{where}"


def _doors(frame: StatusAnswer) -> str:
    """Name the open doors, or the closed ones where those are fewer."""
    count = len(frame.states)
    is_open = [n for n, state in enumerate(frame.states, 1) if state is DoorState.OPEN]
    closed = [n for n, state in enumerate(frame.states, 1) if state is DoorState.CLOSED]
    if len(closed) == count:
        return f"all {count} closed"
    if len(is_open) == count:
        return f"all {count} open"
    if len(is_open) <= len(closed):
        return f"open {_listed(is_open)}"
    return f"closed {_listed(closed)}"


def _items(items: tuple[bool, ...] | None) -> str:
    if items is None:
        return ""
    lying = [n for n, lies in enumerate(items, 1) if lies]
    return f", items {_listed(lying)}" if lying else ", no items"


def _listed(numbers: Iterable[int]) -> str:
    return " ".join(map(str, numbers)) or "none"
