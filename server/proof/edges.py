"""The judge of doors: what a cabinet's sensors truly did, against what the server applied.

The rule, from the issue: edges that lasted longer than one look while the agent was up are
reported exactly once and in order; after a restart the final state is right, a difference is
reported as changed during the outage, none is invented, and nothing opens by itself.

An agent knows of doors by its looks alone, one after another, and it asks for the next one
only after what the last one told is on disk. So the looks that the simulator answered are all
that can be known, and their order is the order of events:

- A look that was followed by another one of the same life *was* taken and written.
- The last look of a life may have been taken, or cut off by the kill before it was written;
  so may one whose successor came only after the rest that follows a time-out. Both courses
  are permitted, and nothing else.
- Without a look that was certainly taken for so long as three time-outs last, the agent may
  have given its board up: what it sees then is an outage's change. Likewise, of a door first
  seen after its unlock: what it did during the outage, or the unlock did, nobody can know.

The record is replayed against the looks along every permitted course at once; one that
explains every word of the record is enough. Pure; instants are monotonic seconds, all of them
the simulator's: the dates of events are by the agent's measure of the server's clock, which on
a busy machine is wrong by more than doors take. By dates what is wrong is only sorted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from realtime.wire.terminal import DoorEventKind
from server.proof.door_truth import Look, Record, Told, Truth, Verdict
from server.proof.pulses import judge_pulses

K = DoorEventKind

#: Events that say how a door stands; the others tell of commands and boards.
TELLING = frozenset({K.SENSED_OPEN, K.SENSED_CLOSED, K.TAMPERED, K.CHANGED_DURING_OUTAGE})
#: A look that comes so long after the one before follows a time-out's rest: they are then 1.3 s
#: apart by the agent, less what the boards' program took to hear the first.
REST_SECONDS = 0.8
#: Three looks that told nothing take the agent longer, less the same.
GIVEN_UP_SECONDS = 2.5
#: A pulse on a door that is open already is answered within this.
ANSWER_SECONDS = 10.0
#: An event bears the instant of its look, but for the programs' clocks ...
NEAR_SECONDS = 0.03
#: ... and for a busy machine.
ABOUT_SECONDS = 1.0
#: An agent that is up has looked within this: a board that it gave up rests 5 s at most, and a
#: busy machine takes its part.
UNWATCHED_SECONDS = 10.0


def judge(truth: Truth, record: Record) -> Verdict:
    """Hold a record against the truth."""
    verdict = Verdict(edges_true=len(truth.edges), pulses=len(truth.pulses))
    looks = list(_placed(truth))
    telling = tuple(told for told in record.told if told.kind in TELLING)
    changes = list(_changes(looks))
    certain = [change for change in changes if change.is_certain]
    verdict.edges_counting = sum(not change.after_outage for change in certain)
    verdict.changes_during_outages = sum(change.after_outage for change in certain)
    verdict.reported = len(telling)
    _judge_edges(truth, looks, telling, changes, verdict)
    _judge_watching(truth, verdict)
    judge_pulses(truth, record, verdict)
    wrong = truth.open_at_end ^ record.open_at_end
    verdict.final_states_wrong = len(wrong)
    verdict.examples += [f"cell {cell}: final state is wrong" for cell in sorted(wrong)]
    return verdict


# Looks


@dataclass(frozen=True, slots=True)
class _Placed:
    """A look within a life."""

    look: Look
    life: int
    is_first: bool
    #: It was certainly taken and written.
    is_certain: bool
    #: No look was certainly taken before, for so long that the board may have been given up.
    may_be_stale: bool


def _placed(truth: Truth) -> Iterator[_Placed]:
    """Put each look into its life; those between lives reached nobody."""
    for number, life in enumerate(truth.lives):
        mine = [look for look in truth.looks if life.began <= look.at <= life.ended]
        taken_at = life.began
        for place, look in enumerate(mine):
            after = mine[place + 1] if place + 1 < len(mine) else None
            is_certain = after is not None and after.at - look.at < REST_SECONDS
            may_be_stale = place > 0 and look.at - taken_at > GIVEN_UP_SECONDS
            yield _Placed(look, number, place == 0, is_certain, may_be_stale)
            if is_certain:
                taken_at = look.told_at


@dataclass(frozen=True, slots=True)
class _Change:
    """A door that a look shows otherwise than the look before."""

    cell: int
    is_open: bool
    at: float
    is_certain: bool
    after_outage: bool


def _changes(looks: Iterable[_Placed]) -> Iterator[_Change]:
    """List what every look shows anew, as if all of them were taken."""
    before: _Placed | None = None
    for placed in looks:
        if before is not None:
            after_outage = placed.life != before.life
            for cell in sorted(placed.look.open ^ before.look.open):
                yield _Change(
                    cell,
                    cell in placed.look.open,
                    placed.look.told_at,
                    placed.is_certain,
                    after_outage,
                )
        before = placed


# Edges


@dataclass(frozen=True, slots=True)
class _Course:
    """How far one permitted course came: words explained, doors as the agent holds them."""

    explained: int
    open: frozenset[int] | None  #: None before the first look ever
    is_stale: bool


def _judge_edges(
    truth: Truth,
    looks: Sequence[_Placed],
    telling: Sequence[Told],
    changes: Sequence[_Change],
    verdict: Verdict,
) -> None:
    confirmations = _Confirmations(truth)
    answered = [told.command for told in telling if told.kind is K.SENSED_OPEN and told.command]
    verdict.doubled = len(answered) - len(set(answered))
    stop = _explain(looks, telling, confirmations)
    if stop is None:
        return
    verdict.examples.append(f"not explained from {stop}")
    by_time = sorted(telling, key=lambda told: told.at)
    if _explain(looks, by_time, confirmations) is None:
        turned = sum(a.at > b.at for a, b in pairwise(telling))
        verdict.disordered = max(1, turned)
        return
    single = _without_doubles(telling, confirmations)
    verdict.doubled = max(verdict.doubled, len(telling) - len(single))
    if _explain(looks, single, confirmations) is None:
        return
    edges = [told for told in single if not confirmations.answers(told, looks)]
    _compare(truth.cells, changes, edges, verdict)
    found = verdict.missed + verdict.invented + verdict.doubled
    if not found:
        # Each door's states are right, and still no course explains them.
        is_name = _explain(looks, single, confirmations, any_kind=True) is None
        verdict.misnamed, verdict.disordered = (1, 0) if is_name else (0, 1)


def _explain(
    looks: Sequence[_Placed],
    telling: Sequence[Told],
    confirmations: _Confirmations,
    *,
    any_kind: bool = False,
) -> str | None:
    """Replay a record along every permitted course; None when one explains all of it."""
    courses = {_Course(0, None, True)}
    for placed in looks:
        if placed.is_first:
            courses = {replace(course, is_stale=True) for course in courses}
        elif placed.may_be_stale:
            courses |= {replace(course, is_stale=True) for course in courses}
        after = set() if placed.is_certain else set(courses)
        for course in courses:
            taken = _take(course, placed.look, telling, confirmations, any_kind)
            if taken is not None:
                after.add(taken)
        if not after:
            furthest = max(courses, key=lambda course: course.explained)
            return _where(placed, furthest, telling)
        courses = after
    reached = max((course.explained for course in courses), default=0)
    if reached == len(telling):
        return None
    return f"the end: {telling[reached]} is told of nothing"


def _take(
    course: _Course,
    look: Look,
    telling: Sequence[Told],
    confirmations: _Confirmations,
    any_kind: bool,
) -> _Course | None:
    """Let the agent take a look: what it must tell is what the record says next, or None."""
    at = course.explained
    changed = look.open ^ (look.open if course.open is None else course.open)
    for cell in sorted(changed | look.open):
        word = telling[at] if at < len(telling) else None
        if cell in changed:
            if word is None or not _tells(word, cell, look):
                return None
            is_late = course.is_stale and confirmations.permit(word, look)
            if not (any_kind or is_late or _is_named(word, course.is_stale)):
                return None
            at += 1
        elif word is not None and word.cell == cell and confirmations.permit(word, look):
            at += 1
    return _Course(at, look.open, False)


def _tells(word: Told, cell: int, look: Look) -> bool:
    return word.cell == cell and word.is_open == (cell in look.open)


def _is_named(word: Told, is_stale: bool) -> bool:
    if is_stale:
        return word.kind is K.CHANGED_DURING_OUTAGE
    return word.kind in ((K.SENSED_OPEN, K.TAMPERED) if word.is_open else (K.SENSED_CLOSED,))


def _where(placed: _Placed, course: _Course, telling: Sequence[Told]) -> str:
    next_word = telling[course.explained] if course.explained < len(telling) else "nothing"
    shown = sorted(placed.look.open)
    held = sorted(course.open) if course.open is not None else None
    return (
        f"the look at {placed.look.at:.3f} of life {placed.life}: open {shown}, held {held},"
        f" told next {next_word}"
    )


class _Confirmations:
    """A command is answered by a reading of its open door: where there was no edge, too.

    And where none was read since the outage: the door may have stood open before.
    """

    def __init__(self, truth: Truth) -> None:
        self._pulses = truth.pulses

    def permit(self, word: Told, look: Look) -> bool:
        """Tell whether a word may be such an answer, given at this look."""
        if word.kind is not K.SENSED_OPEN or word.command is None:
            return False
        mine = (pulse.at for pulse in self._pulses if pulse.cell == word.cell)
        return any(0 <= look.at - at <= ANSWER_SECONDS for at in mine)

    def answers(self, word: Told, looks: Iterable[_Placed]) -> bool:
        """Tell whether a word may be such an answer, given at any look at an open door."""
        before = [placed.look for placed in looks if placed.look.told_at < word.at - NEAR_SECONDS]
        was_open = bool(before) and word.cell in before[-1].open
        about = [one.look for one in looks if abs(word.at - one.look.told_at) <= ABOUT_SECONDS]
        return was_open and any(self.permit(word, look) for look in about)


def _without_doubles(telling: Sequence[Told], confirmations: _Confirmations) -> list[Told]:
    """Leave out what only says again what was said of the door before."""
    kept: list[Told] = []
    last: dict[int, Told] = {}
    commands: set[str | None] = set()
    for told in telling:
        before = last.get(told.cell)
        is_answer = told.kind is K.SENSED_OPEN and told.command and told.command not in commands
        if before is not None and before.is_open == told.is_open and not is_answer:
            continue
        kept.append(told)
        last[told.cell] = told
        commands.add(told.command if told.kind is K.SENSED_OPEN else None)
    return kept


def _compare(
    cells: Sequence[int], changes: Sequence[_Change], telling: Sequence[Told], verdict: Verdict
) -> None:
    """Count what is missing and what is invented, door by door."""
    for cell in cells:
        true = [change for change in changes if change.cell == cell]
        said = [told for told in telling if told.cell == cell]
        pairs = _aligned(true, said)
        missed = [c for n, c in enumerate(true) if c.is_certain and n not in {a for a, _ in pairs}]
        invented = [t for n, t in enumerate(said) if n not in {b for _, b in pairs}]
        verdict.missed += len(missed)
        verdict.invented += len(invented)
        verdict.examples += [f"missed: {one}" for one in missed[:3]]
        verdict.examples += [f"invented: {one}" for one in invented[:3]]


def _aligned(true: Sequence[_Change], said: Sequence[Told]) -> list[tuple[int, int]]:
    """Pair as many as can be, in order, of the same state and about the same time."""
    best = [[0] * (len(said) + 1) for _ in range(len(true) + 1)]
    for a in reversed(range(len(true))):
        for b in reversed(range(len(said))):
            paired = 1 + best[a + 1][b + 1] if _alike(true[a], said[b]) else 0
            best[a][b] = max(paired, best[a + 1][b], best[a][b + 1])
    pairs, a, b = [], 0, 0
    while a < len(true) and b < len(said):
        if _alike(true[a], said[b]) and best[a][b] == 1 + best[a + 1][b + 1]:
            pairs.append((a, b))
            a, b = a + 1, b + 1
        elif best[a][b] == best[a + 1][b]:
            a += 1
        else:
            b += 1
    return pairs


def _alike(change: _Change, told: Told) -> bool:
    return change.is_open == told.is_open and abs(change.at - told.at) <= ABOUT_SECONDS


# Watching


def _judge_watching(truth: Truth, verdict: Verdict) -> None:
    """Find times at which the agent was up, had begun to look, and then looked no more."""
    for number, life in enumerate(truth.lives):
        at = [look.at for look in truth.looks if life.began <= look.at <= life.ended]
        gaps = [b - a for a, b in zip(at, [*at[1:], life.ended], strict=False)]
        long = [gap for gap in gaps if gap > UNWATCHED_SECONDS]
        verdict.unwatched += len(long)
        verdict.examples += [f"life {number}: no look for {gap:.1f} s" for gap in long]
