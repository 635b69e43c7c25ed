"""Watching one board: a look at all its doors, again and again, whatever it answers.

A board that does not answer costs its line a time-out each time, so it is looked at ever more
rarely, and as before from its first answer on: dead boards must not slow the living ones.

A board that answers a look with a refusal is there, but nothing is known of its doors: for them
it is as good as silent, and its words say what to mend.

Where no checksum guards the bytes that tell of doors, one turned bit would be an edge that never
was. There a look with news counts only where a second one, made at once, says the same.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NoReturn, Protocol

from hardware.codecs.driver import Answer, Driver, FaultAnswer, StatusAnswer
from hardware.line.bus import Bus
from hardware.line.exchange import Answered, NotSent, Outcome
from hardware.line.openings import BusState
from realtime.wire.terminal import DoorState, EvidenceSource

log = logging.getLogger(__name__)

#: Looks in a row without a status after which a board's doors are unreachable.
SILENCES = 3
#: A look that waited this long for the line is given up; the next one follows.
PATIENCE_SECONDS = 2.0
#: Least pause after a look that could not be sent, and first one of a board given up.
LEAST_REST_SECONDS = 0.2
#: Longest pause between two looks at a board that does not answer.
MOST_REST_SECONDS = 5.0

#: A port's index and a board's address.
BoardKey = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Look:
    """What a look told of a board's doors; the first of each tuple is channel 1's."""

    asked_at: float
    at: float
    states: tuple[DoorState, ...]
    #: None where nothing inside is sensed.
    items: tuple[bool | None, ...]
    evidence: str

    def confirmed_by(self, second: Look) -> Look:
        """Keep what both looks say; a door of which they differ is UNKNOWN for now.

        It counts as asked for when the first was: an unlock may have gone out between them.
        """
        states = zip(self.states, second.states, strict=True)
        items = zip(self.items, second.items, strict=True)
        return replace(
            second,
            asked_at=self.asked_at,
            states=tuple(a if a is b else DoorState.UNKNOWN for a, b in states),
            items=tuple(a if a is b else None for a, b in items),
        )


@dataclass(frozen=True, slots=True)
class Blank:
    """A look that told nothing of the doors, and why."""

    reason: str
    evidence: str | None = None
    source: EvidenceSource = EvidenceSource.TIME


class Watched(Protocol):
    """Who is told what was seen of a board."""

    def is_news(self, key: BoardKey, look: Look) -> bool:
        """Tell whether this look would change anything that is told of the doors."""

    async def saw(self, key: BoardKey, look: Look) -> None:
        """Take a look that counts."""

    async def lost_sight(self, key: BoardKey, why: Blank) -> None:
        """The board's doors are unreachable; told with every further look, too."""

    def tried(self, key: BoardKey) -> None:
        """The board was looked at, answering or not."""


class BoardWatch:
    """One board of one port."""

    def __init__(
        self,
        key: BoardKey,
        bus: Bus,
        driver: Driver,
        watched: Watched,
        monotonic: Callable[[], float],
        *,
        poll_seconds: float,
        is_guarded: bool,
    ) -> None:
        self.key = key
        #: The last look told of the doors.
        self.is_answering = False
        #: What it refuses to be read with, in its own words; None while it does not.
        self.fault: str | None = None
        #: What it last refused to unlock with; None from the next unlock on that it takes.
        self.unlock_fault: str | None = None
        self._bus = bus
        self._driver = driver
        self._watched = watched
        self._monotonic = monotonic
        self._poll_seconds = poll_seconds
        self._is_guarded = is_guarded
        #: Looks in a row without a status.
        self._blanks = 0
        #: Set to look at once.
        self._hurry = asyncio.Event()

    def hurry(self) -> None:
        """Look at once, or once more if a look is under way."""
        self._hurry.set()

    def answered_unlock(self, answer: Answer) -> None:
        """Keep, and log, what an unlock was refused with; one that is taken ends that."""
        self.unlock_fault = None
        if isinstance(answer, FaultAnswer):
            self.unlock_fault = answer.reason
            told = {"why": answer.reason, "channel": answer.channel, "frame": answer.frame.hex()}
            log.error("board refused an unlock", extra={**told, **self._named()})

    async def run(self) -> NoReturn:
        """Look until cancelled."""
        while True:
            self._hurry.clear()
            outcome = await self._ask()
            await self._take(outcome)
            self._watched.tried(self.key)
            is_sent = not isinstance(outcome, NotSent)
            await self._pause(rest_seconds(self._poll_seconds, self._blanks, is_sent=is_sent))

    async def _ask(self) -> Outcome:
        not_after = self._monotonic() + PATIENCE_SECONDS
        return await self._bus.exchange(self._driver.read_all(self.key[1]), not_after=not_after)

    async def _take(self, outcome: Outcome) -> None:
        seen = self._judge(outcome)
        if isinstance(seen, Look):
            self._note_answer()
            counted = await self._doubted(seen)
            if counted is not None:
                await self._watched.saw(self.key, counted)
        elif seen is not None:
            self._note_blank(seen)
            if self._blanks >= SILENCES:
                await self._watched.lost_sight(self.key, seen)

    def _judge(self, outcome: Outcome) -> Look | Blank | None:
        """Read an outcome; one that a busy line kept waiting tells nothing: None."""
        if isinstance(outcome, NotSent):
            if self._bus.state is BusState.READY:
                return None
            return Blank(outcome.reason, source=EvidenceSource.LINE)
        if not isinstance(outcome, Answered):
            return Blank(outcome.reason)
        answer = outcome.answer
        if isinstance(answer, StatusAnswer):
            return _look(outcome, answer)
        if isinstance(answer, FaultAnswer):
            return Blank(answer.reason, answer.frame.hex(), EvidenceSource.POLL)
        return None

    async def _doubted(self, look: Look) -> Look | None:
        """Have a look confirmed where nothing guards it; None when that could not be done."""
        if self._is_guarded or not self._watched.is_news(self.key, look):
            return look
        second = self._judge(await self._ask())
        return look.confirmed_by(second) if isinstance(second, Look) else None

    def _note_answer(self) -> None:
        if self.fault is not None:
            log.info("board can be read again", extra=self._named())
        self._blanks, self.is_answering, self.fault = 0, True, None

    def _note_blank(self, why: Blank) -> None:
        self._blanks += 1
        fault = why.reason if why.source is EvidenceSource.POLL else None
        if fault is not None and fault != self.fault:
            log.error(
                "board refuses to be read: look at its configuration",
                extra={"why": fault, "frame": why.evidence, **self._named()},
            )
        self.fault = fault
        if self._blanks == SILENCES:
            self.is_answering = False
            log.warning("board unreachable", extra={"why": why.reason, **self._named()})

    def _named(self) -> dict[str, int]:
        return {"port": self.key[0], "board": self.key[1]}

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._hurry.wait()
        except TimeoutError:
            return


def rest_seconds(poll_seconds: float, blanks: int, *, is_sent: bool = True) -> float:
    """Tell how long to pause after so many looks in a row that told nothing."""
    if blanks >= SILENCES:
        doublings = min(blanks - SILENCES, 10)
        rest = max(poll_seconds, LEAST_REST_SECONDS) * 2.0**doublings
        return max(poll_seconds, min(rest, MOST_REST_SECONDS))
    return poll_seconds if is_sent else max(poll_seconds, LEAST_REST_SECONDS)


def _look(outcome: Answered, answer: StatusAnswer) -> Look:
    items: tuple[bool | None, ...] = answer.items or (None,) * len(answer.states)
    return Look(outcome.sent_at, outcome.at, answer.states, items, answer.frame.hex())
