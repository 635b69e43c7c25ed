"""Learn how a board is wired from what its status did while known doors opened. Pure.

Every way of wiring that the protocol knows (polarity, order of the status bytes) reads the
same frames; the one under which each opening is exactly "this channel opened" is the right
one. A door that contradicts all others has its sensor on another channel.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from hardware.codecs.driver import Driver, StatusAnswer
from hardware.codecs.protocol import BoardOptions, ProtocolSpec
from realtime.wire.terminal import DoorState

#: Options that say nothing of doors.
_NOT_DOORS = frozenset({"item_polarity"})


#: One choice for each key that says how doors are read.
_Way = dict[str, StrEnum]


@dataclass(frozen=True, slots=True)
class Edge:
    """The status before and after one channel's door opened, as whole frames."""

    channel: int
    before: bytes
    after: bytes


@dataclass(frozen=True, slots=True)
class Learnt:
    """The wiring that explains most openings."""

    options: BoardOptions
    #: What was chosen, by key, in the TOML's words.
    choice: Mapping[str, str]
    #: Keys that no opening decided: their value is the default.
    undecided: tuple[str, ...]
    #: Channel → the channel whose sensor moved instead of its own; 0 when none did as a door.
    contradicting: Mapping[int, int]


class Wiring:
    """One board, and every way in which it may be wired."""

    def __init__(self, spec: ProtocolSpec, address: int, options: BoardOptions) -> None:
        self._options = options
        self._ways = [
            (way, spec.driver({address: msgspec.structs.replace(options, **way)}))
            for way in _ways(spec.options, options)
        ]
        self._driver = self._ways[0][1]
        self._request = self._driver.read_all(address)
        self.channels = options.channels

    def moved(self, before: bytes, after: bytes) -> tuple[int, ...]:
        """List what changed between two frames, by channels of the usual wiring if it sees it.

        Which bits there are depends on the wiring too: with 12 channels in 24 bits, a wrong
        byte order overlooks some. What any wiring sees has moved.
        """
        seen = [self._changed(driver, before, after) for _, driver in self._ways]
        return max(seen, key=len)

    def _changed(self, driver: Driver, before: bytes, after: bytes) -> tuple[int, ...]:
        pairs = zip(self._read(driver, before), self._read(driver, after), strict=True)
        return tuple(channel for channel, (was, now) in enumerate(pairs, 1) if was is not now)

    def odd(self, frame: bytes) -> tuple[int, ...]:
        """List channels whose bit differs from most others': open doors, or none at all."""
        states = self._read(self._driver, frame)
        most = max(states, key=states.count)
        return tuple(channel for channel, state in enumerate(states, 1) if state is not most)

    def learn(self, edges: Sequence[Edge]) -> Learnt:
        """Find the wiring that explains most of these openings; the usual one if none does."""
        scores = [
            sum(self._opened(driver, edge) == (edge.channel,) for edge in edges)
            for _, driver in self._ways
        ]
        best = max(scores)
        tied = [way for way, score in zip(self._ways, scores, strict=True) if score == best]
        choice, driver = tied[0]
        undecided = tuple(key for key in choice if len({way[key] for way, _ in tied}) > 1)
        contradicting = {}
        for edge in edges:
            opened = self._opened(driver, edge)
            if opened != (edge.channel,):
                contradicting[edge.channel] = opened[0] if opened else 0
        return Learnt(
            msgspec.structs.replace(self._options, **choice),
            {key: str(value.value) for key, value in choice.items()},
            undecided,
            contradicting,
        )

    def _read(self, driver: Driver, frame: bytes) -> tuple[DoorState, ...]:
        answer = driver.decode(frame, self._request)
        assert isinstance(answer, StatusAnswer)  # what was kept is a status
        return answer.states

    def _opened(self, driver: Driver, edge: Edge) -> tuple[int, ...]:
        """List the channels that this wiring saw going from closed to open; () if any closed."""
        opened = []
        before, after = self._read(driver, edge.before), self._read(driver, edge.after)
        for channel, (was, now) in enumerate(zip(before, after, strict=True), 1):
            if was is DoorState.CLOSED and now is DoorState.OPEN:
                opened.append(channel)
            elif was is not now:
                return ()
        return tuple(opened)


def _ways(kind: type[BoardOptions], options: BoardOptions) -> list[_Way]:
    """Make every combination of the options that say how doors are read, the given one first."""
    info = msgspec.inspect.type_info(kind)
    assert isinstance(info, msgspec.inspect.StructType)
    choices: dict[str, list[StrEnum]] = {}
    for field in info.fields:
        if isinstance(field.type, msgspec.inspect.EnumType) and field.name not in _NOT_DOORS:
            given = getattr(options, field.name)
            others = [member for member in type(given) if member is not given]
            choices[field.name] = [given, *others]
    return [dict(zip(choices, way, strict=True)) for way in itertools.product(*choices.values())]
