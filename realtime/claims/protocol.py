"""The engine's decisions, pure: answers in, next step out.

A course is one claim on its way. The shell does each `Step` and brings back what came:

    Ask      run the claim script           -> on_answer
    Refresh  read the judge, settle record  -> on_truth
    Appeal   let the judge award, then do
             `consequence` on the record    -> on_award
    Finish   tell the claimant

No clock, no I/O. The rules that keep one winner:

- Only `Awarded` (or a truth that lists the claimant) makes `Won` or `Yours`; the one
  exception is a repeat of a request that was already confirmed.
- `unknown` is never free: it leads to the judge.
- A record follows the judge (`consequence`), never the other way round.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from realtime.claims.values import (
    ANY_VERSION,
    Award,
    Awarded,
    Barred,
    Claim,
    ClaimantId,
    ClaimOutcome,
    Closed,
    Held,
    Holder,
    Lost,
    NotEligible,
    ResourceId,
    Stale,
    Taken,
    Truth,
    Unavailable,
    Why,
    Won,
    Yours,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(at: datetime) -> int:
    """Return an aware datetime as microseconds since 1970."""
    return (at - _EPOCH) // timedelta(microseconds=1)


# What the claim script answers (besides Taken, Stale, Closed and Barred, which are final) ---


@dataclass(frozen=True, slots=True)
class Granted:
    """The record gave a place until the lease ends; the judge must agree."""

    version: int
    arrival: int
    place: int


@dataclass(frozen=True, slots=True)
class Mine:
    """The claimant's own place: confirmed by the judge, or still under way."""

    version: int
    arrival: int
    place: int
    confirmed: bool
    same_request: bool


@dataclass(frozen=True, slots=True)
class Unknown:
    """The record is missing, behind the claim, or has an ended lease."""

    reason: str


Answer = Granted | Mine | Unknown | Taken | Stale | Closed | Barred

# What the shell does next -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ask:
    """Run the claim script."""


@dataclass(frozen=True, slots=True)
class Refresh:
    """Read the judge and make the record say the same."""

    as_of_us: int


@dataclass(frozen=True, slots=True)
class Appeal:
    """Let the judge award `claim`, then write the consequence to the record."""

    claim: Claim
    arrival: int
    as_of_us: int
    # The version whose log has the attempt: the claim's own, `ANY_VERSION` included.
    log_version: int


@dataclass(frozen=True, slots=True)
class Finish:
    """Tell the claimant."""

    outcome: ClaimOutcome


Step = Ask | Refresh | Appeal | Finish

# What is written to the record ----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Settle:
    """Make the record say `truth`; `dropped` is a claim the judge refused.

    `as_of_us` is Redis's clock before the judge was asked, 0 for an event.
    `opened_us` is when the version was opened, 0 where that is not known.
    """

    resource: ResourceId
    truth: Truth
    as_of_us: int = 0
    opened_us: int = 0
    dropped: Claim | None = None
    log_version: int = 0


@dataclass(frozen=True, slots=True)
class Confirm:
    """Mark the place as awarded."""

    claim: Claim
    arrival: int
    until_us: int


@dataclass(frozen=True, slots=True)
class Release:
    """Empty the claimant's place; a higher version begins a new race."""

    resource: ResourceId
    claimant: ClaimantId
    held_version: int
    new_version: int
    barred: bool = False


Write = Settle | Confirm | Release

# The course of one claim ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Course:
    """One claim on its way: how often it may still turn to the judge, and what it knows."""

    claim: Claim
    rounds: int
    # The last truth read on this course, None before.
    truth: Truth | None = None
    # The script's last clock and arrival number, 0 before.
    now_us: int = 0
    arrival: int = 0
    # The place and version last appealed for, None before.
    appealed: Claim | None = None
    # Whether the place came with this course, and whether it was this request's already.
    granted: bool = False
    repeated: bool = False


Next = tuple[Course, Step]


def start(claim: Claim, rounds: int) -> Next:
    """Begin a claim."""
    return Course(claim, rounds), Ask()


def on_answer(course: Course, answer: Answer, now_us: int) -> Next:
    """Go on from what the record said."""
    course = replace(course, now_us=now_us)
    match answer:
        case Granted(version, arrival, place):
            course = replace(course, granted=True, repeated=False)
            return _appeal(course, version, arrival, place)
        case Mine(confirmed=True, same_request=True):
            return course, Finish(Won(answer.version, answer.place, answer.arrival))
        case Mine(version, arrival, place, _, same_request):
            course = replace(course, granted=False, repeated=same_request)
            return _appeal(course, version, arrival, place)
        case Unknown():
            return _ask_judge(course)
        case _:
            return course, Finish(answer)


def on_truth(course: Course, truth: Truth) -> Next:
    """Go on from what the judge said: the record, settled by now, answers first.

    Asking the record again gives the attempt its arrival number and, after a reopening,
    the race.
    """
    return replace(course, truth=truth), Ask()


def on_award(course: Course, award: Award) -> Next:
    """Go on from what the judge decided."""
    claim = course.appealed
    if claim is None:
        raise ValueError("an award without an appeal")
    match award:
        case Awarded():
            own = course.granted or course.repeated
            return course, Finish(_held(course, claim.version, claim.place, own=own))
        case NotEligible(reason):
            return course, Finish(Barred(reason))
        case Lost(truth):
            outcome = by_truth(course, truth)
            if outcome is not None:
                return course, Finish(outcome)
            return _again(replace(course, truth=truth))


def on_failure(course: Course, why: Why) -> Next:
    """End a course whose step had no outcome."""
    return course, Finish(Unavailable(why))


def by_truth(course: Course, truth: Truth) -> ClaimOutcome | None:
    """Answer from the judge's word alone; None where there is a place to race for."""
    claim = course.claim
    if isinstance(truth, Closed):
        return truth
    if claim.version not in (ANY_VERSION, truth.version):
        return Stale(truth.version)
    for holder in truth.holders:
        if holder.claimant == claim.claimant:
            own = course.repeated or holder.request == claim.request
            return _held(course, truth.version, holder.place, own=own)
    if isinstance(truth, Held):
        return Taken(_earlier_seconds(truth.holders, course.now_us), course.arrival)
    return None


def consequence(appeal: Appeal, award: Award) -> Write:
    """Say what the record must learn from an award."""
    claim = appeal.claim
    match award:
        case Awarded(_, until):
            return Confirm(claim, appeal.arrival, microseconds(until) if until else 0)
        case NotEligible(_, new_version):
            return Release(claim.resource, claim.claimant, claim.version, new_version, barred=True)
        case Lost(truth):
            return Settle(
                claim.resource,
                truth,
                as_of_us=appeal.as_of_us,
                dropped=claim,
                log_version=appeal.log_version,
            )


def _appeal(course: Course, version: int, arrival: int, place: int) -> Next:
    claim = replace(course.claim, version=version, place=place)
    course = replace(course, arrival=arrival, appealed=claim)
    return course, Appeal(claim, arrival, course.now_us, course.claim.version)


def _ask_judge(course: Course) -> Next:
    if course.truth is not None:
        outcome = by_truth(course, course.truth)
        if outcome is not None:
            return course, Finish(outcome)
    if course.rounds == 0:
        return on_failure(course, Why.JUDGE)
    return replace(course, rounds=course.rounds - 1), Refresh(course.now_us)


def _again(course: Course) -> Next:
    if course.rounds == 0:
        return on_failure(course, Why.JUDGE)
    return replace(course, rounds=course.rounds - 1), Ask()


def _held(course: Course, version: int, place: int, *, own: bool) -> Won | Yours:
    if own:
        return Won(version, place, course.arrival)
    return Yours(version, place)


def _earlier_seconds(holders: tuple[Holder, ...], now_us: int) -> float:
    latest_us = max(microseconds(holder.since) for holder in holders)
    return max(0, now_us - latest_us) / 1_000_000
