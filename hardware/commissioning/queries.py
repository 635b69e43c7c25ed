"""What a probe asks, in which order, and what the bytes that come back prove.

Pure. Only `Driver.read_all` makes what is sent: a probe must never move a lock, also not
when a board takes a query of one protocol for an order of another. That is not idle: a
Winnsen read of station 149 is, byte for byte, an 8A order to open many doors of board 7. The
tests cut the queries of all addresses that are asked by default in every way and read the
pieces as every protocol; for any other address that is done here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

import msgspec

from hardware.codecs.driver import Driver, FaultAnswer, NoMatch, Request, StatusAnswer
from hardware.codecs.errors import FrameError
from hardware.codecs.protocol import Direction, ProtocolSpec
from hardware.codecs.registry import PROTOCOLS
from hardware.line.exchange import LineSettings

#: Addresses that are asked first, counted from the lowest that the protocol has: DIP
#: switches are left as they came, or counted up from one.
FIRST_ADDRESSES = 4
#: Addresses that are asked once a protocol is known to be spoken.
MORE_ADDRESSES = 16
#: Bytes of the shortest request in any protocol (8A, Kerong CU16).
SHORTEST_ORDER = 5
#: Reckoned with where the speed is not ours to set.
USUAL_BAUD = 9600
#: How often a board that answered is asked again.
CONFIRMATIONS = 2
#: Ways in which boards of one protocol are built that change the length of an answer.
_BUILDS: Mapping[str, tuple[Mapping[str, int], ...]] = MappingProxyType(
    {
        "8a": (
            {"channels": 24},
            {"channels": 32, "status_bytes": 4},
            {"channels": 50},
        ),
        # An answer with fewer inputs than were asked for is an error; every board has 8.
        "modbus": ({"channels": 8},),
    }
)


@dataclass(frozen=True, slots=True)
class Query:
    """One question to one address."""

    spec: ProtocolSpec
    request: Request
    #: Drivers that may read the answer, the most usual build first.
    drivers: tuple[Driver, ...]

    @property
    def seconds(self) -> float:
        """How long its answer may take; the frames' own time is the line's."""
        return self.request.reply_seconds


@dataclass(frozen=True, slots=True)
class Round:
    """Everything that is asked at one speed; None where the speed is not ours (a bridge)."""

    baud: int | None
    queries: tuple[Query, ...]


class Verdict(StrEnum):
    """What came back of one query."""

    ANSWER = "answer"  #: a whole status frame of the asked board
    FAULT = "fault"  #: the board says no: it is there and speaks the protocol
    BAD_CHECKSUM = "bad_checksum"  #: a frame but for its checksum
    NOISE = "noise"  #: bytes that are nothing
    ECHO = "echo"  #: only what was sent
    SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class Finding:
    """What the bytes after one query prove."""

    verdict: Verdict
    heard: bytes
    is_echoed: bool = False
    answer: StatusAnswer | FaultAnswer | None = None
    #: Bytes that belong to no frame.
    dropped: int = 0


def rounds(
    specs: Iterable[ProtocolSpec],
    *,
    bauds: Sequence[int] = (),
    addresses: Sequence[int] = (),
    has_speed: bool = True,
) -> list[Round]:
    """Plan a probe: each protocol at its usual speed first, then at less usual ones."""
    chosen = list(specs)
    if not has_speed:
        return [_round(None, chosen, addresses)]
    plan = []
    for rank in range(max((len(_bauds(spec, bauds)) for spec in chosen), default=0)):
        # Not merged over ranks: what is unlikely at a speed is asked there late.
        by_baud: dict[int, list[ProtocolSpec]] = {}
        for spec in chosen:
            for baud in _bauds(spec, bauds)[rank : rank + 1]:
                by_baud.setdefault(baud, []).append(spec)
        plan += [_round(baud, spoken, addresses) for baud, spoken in by_baud.items()]
    return [asked for asked in plan if asked.queries]


def _round(baud: int | None, spoken: Iterable[ProtocolSpec], addresses: Sequence[int]) -> Round:
    return Round(baud, tuple(q for spec in spoken for q in queries(spec, addresses)))


def _bauds(spec: ProtocolSpec, wanted: Sequence[int]) -> Sequence[int]:
    return wanted or spec.bauds


def queries(
    spec: ProtocolSpec, addresses: Sequence[int] = (), count: int = FIRST_ADDRESSES
) -> list[Query]:
    """List the questions to the likeliest addresses of one protocol, or to given ones."""
    wanted = [n for n in addresses if n in spec.addresses] if addresses else spec.addresses[:count]
    usual = spec.addresses[:MORE_ADDRESSES]
    made = [_query(spec, address) for address in wanted]
    return [q for q in made if q.request.board in usual or not holds_order(q.request.frame)]


def left_out(
    plan: Iterable[Round], specs: Iterable[ProtocolSpec], addresses: Sequence[int]
) -> list[tuple[str, int]]:
    """List what was wanted and is not asked, since it could open doors."""
    asked = {(q.spec.name, q.request.board) for one in plan for q in one.queries}
    wanted = [(spec.name, n) for spec in specs for n in addresses if n in spec.addresses]
    return [each for each in wanted if each not in asked]


def holds_order(frame: bytes) -> bool:
    """Tell whether any piece of a frame is, in any protocol, an order that is no read."""
    pieces = {
        frame[start:end]
        for start in range(len(frame))
        for end in range(start + SHORTEST_ORDER, len(frame) + 1)
    }
    return any(_is_order(spec, piece) for spec in PROTOCOLS.values() for piece in pieces)


def _is_order(spec: ProtocolSpec, piece: bytes) -> bool:
    try:
        meanings = spec.decode(piece, None, msgspec.convert({}, spec.options))
    except FrameError:
        return False
    return any(
        meaning.direction is Direction.REQUEST and not meaning.what.startswith("read")
        for meaning in meanings
    )


def _query(spec: ProtocolSpec, address: int) -> Query:
    drivers = tuple(
        spec.driver({address: msgspec.convert(dict(build), spec.options)})
        for build in _BUILDS.get(spec.name, ({},))
    )
    return Query(spec, drivers[0].read_all(address), drivers)


def longest_seconds(plan: Iterable[Round], listen_seconds: float) -> float:
    """Bound the time of a plan: all of it without an answer, then one protocol looked into."""
    plan = list(plan)
    total = 0.0
    slowest = 0.0
    for asked in plan:
        total += listen_seconds
        for query in asked.queries:
            one = query_seconds(query, asked.baud)
            slowest = max(slowest, one)
            total += one
    return total + slowest * MORE_ADDRESSES * (1 + CONFIRMATIONS)


def query_seconds(query: Query, baud: int | None) -> float:
    """Bound the time of one query: its bytes, the wait for an answer, the gap after it."""
    line = LineSettings("", baud=baud or USUAL_BAUD)
    return len(query.request.frame) * line.byte_seconds + query.seconds + line.gap_seconds


# Judging


def judge(query: Query, heard: bytes) -> Finding:
    """Say what the bytes heard after a query prove, as far as they have come."""
    is_echoed = heard.startswith(query.request.frame)
    rest = heard[len(query.request.frame) :] if is_echoed else heard
    matches = [_match(driver, query.request, rest) for driver in query.drivers]
    # The longest: a short build's answer may stand within a longer one's.
    answer = max(
        (found for found, _ in matches if found is not None),
        key=lambda found: len(found.frame),
        default=None,
    )
    dropped = len(rest) - (len(answer.frame) if answer else 0)
    if isinstance(answer, StatusAnswer):
        verdict = Verdict.ANSWER
    elif answer is not None:
        verdict = Verdict.FAULT
    elif any(is_damaged for _, is_damaged in matches):
        verdict = Verdict.BAD_CHECKSUM
    elif rest:
        verdict = Verdict.NOISE
    else:
        verdict = Verdict.ECHO if is_echoed else Verdict.SILENCE
    return Finding(verdict, heard, is_echoed, answer, dropped)


def _match(
    driver: Driver, request: Request, data: bytes
) -> tuple[StatusAnswer | FaultAnswer | None, bool]:
    """Look for one answer anywhere in the bytes, and whether one is there but damaged."""
    is_damaged = False
    for start in range(len(data)):
        found = driver.match(data[start:], request)
        if isinstance(found, StatusAnswer | FaultAnswer):
            return found, False
        is_damaged = is_damaged or found is NoMatch.BAD_CHECKSUM
    return None, is_damaged
