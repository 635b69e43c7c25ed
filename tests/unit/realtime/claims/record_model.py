"""The claim record in plain Python: what the Lua scripts do, for the model to explore.

`tests/integration/claims/test_scripts_agree.py` holds the Lua to this, at random. All values
are frozen, so a state of the model can be compared and remembered. The functions mirror the
scripts line by line; a change in one is a change in both.
"""

from dataclasses import dataclass
from typing import Any, TypeVar

from realtime.claims.protocol import (
    Answer,
    Confirm,
    Granted,
    Mine,
    Release,
    Settle,
    Unknown,
    Write,
    microseconds,
)
from realtime.claims.values import ANY_VERSION, Barred, Claim, Closed, Stale, Taken, Truth

T = TypeVar("T", bound="Value")


class Value:
    """A frozen value that works out its hash once and is cheap to change.

    Hundreds of thousands of worlds are compared, and they share most of their parts.
    """

    def __hash__(self) -> int:
        known = self.__dict__.get("_hash")
        if known is None:
            known = hash(tuple(self.__dict__.values()))
            self.__dict__["_hash"] = known
        return known


def replace(value: T, **changes: Any) -> T:
    """Do as dataclasses.replace for a Value, several times as fast."""
    changed = object.__new__(type(value))
    changed.__dict__.update(value.__dict__)
    changed.__dict__.pop("_hash", None)
    changed.__dict__.update(changes)
    return changed


@dataclass(frozen=True, slots=True)
class Limits:
    lease_us: int
    receipts_kept: int = 256
    bars_kept: int = 1024


@dataclass(frozen=True)
class Seat(Value):
    __hash__ = Value.__hash__

    who: str
    request: str
    arrival: int
    at: int
    deadline: int
    confirmed: int

    def lapsed(self, now: int) -> bool:
        return 0 < self.deadline <= now


Places = tuple[tuple[int, Seat], ...]


@dataclass(frozen=True)
class Record(Value):
    """`version` None: begun for a bar alone."""

    __hash__ = Value.__hash__

    version: int | None = None
    capacity: int = 1
    closed: bool = False
    run: str | None = None
    partial: bool = False
    places: Places = ()
    barred: frozenset[str] = frozenset()

    def place_of(self, who: str) -> int | None:
        return next((place for place, seat in self.places if seat.who == who), None)

    def free_place(self) -> int | None:
        used = dict(self.places)
        return next((place for place in range(self.capacity) if place not in used), None)

    def with_place(self, place: int, seat: Seat) -> "Record":
        return replace(self, places=_sorted(dict(self.places) | {place: seat}))

    def without(self, who: str) -> "Record":
        return replace(self, places=tuple(p for p in self.places if p[1].who != who))

    def touched(self, run: str) -> "Record":
        return self if self.run == run else replace(self, run=run, partial=True)

    def begun(self, version: int, capacity: int, run: str, *, partial: bool) -> "Record":
        return replace(
            self,
            version=version,
            capacity=capacity,
            closed=False,
            run=run,
            partial=partial,
            places=(),
        )

    def first_deadline(self) -> int:
        return min((seat.deadline for _, seat in self.places if seat.deadline), default=0)


@dataclass(frozen=True)
class Entry(Value):
    __hash__ = Value.__hash__

    arrival: int
    at: int
    version: int
    answer: str


@dataclass(frozen=True)
class Log(Value):
    __hash__ = Value.__hash__

    n: int = 0
    cut: int = 0
    run: str | None = None
    partial: bool = False
    entries: tuple[tuple[tuple[str, str], Entry], ...] = ()

    def entry(self, claim: Claim) -> Entry | None:
        return dict(self.entries).get((claim.claimant, claim.request))

    def with_entry(self, key: tuple[str, str], entry: Entry) -> "Log":
        return replace(self, entries=_sorted(dict(self.entries) | {key: entry}))


def _sorted(values):
    return tuple(sorted(values.items()))


@dataclass(frozen=True)
class _Try(Value):
    """An attempt as first logged (`old`), or with the next arrival number."""

    __hash__ = Value.__hash__

    arrival: int
    at: int
    answer: str = ""
    old: bool = False


def claim(
    rec: Record | None, log: Log, wish: Claim, now: int, run: str, limits: Limits
) -> tuple[Record | None, Log, Answer]:
    """Do one claim of claim.lua."""
    if rec is None or rec.version is None:
        return rec, log, Unknown("missing")
    if wish.version > rec.version:
        return rec, log, Unknown("behind")
    if wish.version not in (ANY_VERSION, rec.version):
        return rec, log, Stale(rec.version)
    rec = rec.touched(run)
    entry = log.entry(wish)
    if entry is not None and entry.version == rec.version:
        attempt = _Try(entry.arrival, entry.at, entry.answer, old=True)
    else:
        attempt = _Try(log.n + 1, now)
    rec, answer = _decide(rec, wish, attempt, now, limits)
    if not isinstance(answer, Unknown):
        won_late = isinstance(answer, Granted) and attempt.answer != "won"
        if not attempt.old or won_late:
            log = _logged(log, rec, wish, attempt, _word_for(answer), limits)
    return rec, log, answer


def _decide(
    rec: Record, wish: Claim, attempt: _Try, now: int, limits: Limits
) -> tuple[Record, Answer]:
    assert rec.version is not None
    if rec.closed:
        return rec, Closed(rec.version)
    own = rec.place_of(wish.claimant)
    if own is not None:
        return _own(rec, own, wish, now, limits)
    if wish.claimant in rec.barred:
        return rec, Barred("")
    if attempt.old and attempt.answer.startswith("taken "):
        return rec, Taken(int(attempt.answer.split()[1]) / 1_000_000, attempt.arrival)
    place = rec.free_place()
    if place is not None:
        deadline = now + limits.lease_us
        seat = Seat(wish.claimant, wish.request, attempt.arrival, attempt.at, deadline, 0)
        return rec.with_place(place, seat), Granted(rec.version, attempt.arrival, place)
    if any(seat.lapsed(now) for _, seat in rec.places):
        return rec, Unknown("lapsed")
    latest = max(seat.at for _, seat in rec.places)
    return rec, Taken(max(0, attempt.at - latest) / 1_000_000, attempt.arrival)


def _own(rec: Record, place: int, wish: Claim, now: int, limits: Limits) -> tuple[Record, Answer]:
    assert rec.version is not None
    seat = dict(rec.places)[place]
    if seat.lapsed(now):
        return rec, Unknown("lapsed")
    if not seat.confirmed:
        rec = rec.with_place(place, replace(seat, deadline=now + limits.lease_us))
    same = seat.request == wish.request
    return rec, Mine(rec.version, seat.arrival, place, seat.confirmed > 0, same)


def _word_for(answer: Answer) -> str:
    match answer:
        case Granted():
            return "won"
        case Mine():
            return "yours"
        case Taken(earlier_seconds):
            return f"taken {round(earlier_seconds * 1_000_000)}"
        case Barred():
            return "barred"
        case _:
            return "closed"


def _logged(log: Log, rec: Record, wish: Claim, attempt: _Try, word: str, limits: Limits) -> Log:
    if not attempt.old:
        room = log.n - log.cut < limits.receipts_kept or word == "won"
        if not room and wish.version == ANY_VERSION:
            log, room = replace(log, cut=log.n, entries=()), True
        log = replace(log, n=log.n + 1)
        if not room:
            return replace(log, cut=log.cut + 1, run=log.run)
    if log.run != rec.run:
        log = replace(log, run=rec.run, partial=log.partial or bool(log.run) or rec.partial)
    assert rec.version is not None
    entry = Entry(attempt.arrival, attempt.at, rec.version, word)
    return log.with_entry((wish.claimant, wish.request), entry)


def write(
    rec: Record | None, log: Log, what: Write, now: int, run: str, started: int, limits: Limits
) -> tuple[Record | None, Log]:
    """Do truth.lua, confirm.lua or release.lua; `log` is the one the write names."""
    match what:
        case Settle():
            return _settle(rec, log, what, now, run, started)
        case Confirm():
            return _confirm(rec, what, now, run), log
        case Release():
            return _release(rec, what, run, limits), log


def _settle(
    rec: Record | None, log: Log, what: Settle, now: int, run: str, started: int
) -> tuple[Record, Log]:
    truth = what.truth
    if what.dropped is not None:
        key = (what.dropped.claimant, what.dropped.request)
        entry = dict(log.entries).get(key)
        if entry is not None and entry.answer == "won":
            log = log.with_entry(key, replace(entry, answer="lost"))
    before = rec or Record()
    if before.version is not None and before.version > truth.version:
        return before, log
    after = before
    if before.version != truth.version:
        continued = before.version is not None and before.run == run and not before.partial
        partial = not continued and what.opened_us <= started
        capacity = 1 if isinstance(truth, Closed) else truth.capacity
        after = before.begun(truth.version, capacity, run, partial=partial)
    after = after.touched(run)
    if isinstance(truth, Closed):
        return replace(after, closed=True, places=()), log
    if not after.closed:
        after = replace(after, capacity=truth.capacity)
        after = replace(after, places=_merged(after, truth, what, now))
    return after, log


def _merged(rec: Record, truth: Truth, what: Settle, now: int) -> Places:
    assert not isinstance(truth, Closed)
    places = {holder.place: _remembered(rec, holder, now) for holder in truth.holders}
    listed = {holder.claimant for holder in truth.holders}
    for place, seat in rec.places:
        if seat.who not in listed and place not in places and _stays(seat, what):
            places[place] = seat
    return _sorted(places)


def _remembered(rec: Record, holder, now: int) -> Seat:
    seat = Seat(
        who=holder.claimant,
        request=holder.request or "-",
        arrival=0,
        at=microseconds(holder.since),
        deadline=microseconds(holder.until) if holder.until else 0,
        confirmed=now,
    )
    place = rec.place_of(holder.claimant)
    if place is None:
        return seat
    old = dict(rec.places)[place]
    if seat.request in ("-", old.request):
        seat = replace(seat, request=old.request, arrival=old.arrival)
    return replace(seat, at=old.at, confirmed=old.confirmed or now)


def _stays(seat: Seat, what: Settle) -> bool:
    if seat.confirmed:
        return seat.confirmed >= what.as_of_us
    dropped = what.dropped is not None and what.dropped.claimant == seat.who
    return not dropped and seat.deadline > what.as_of_us


def _confirm(rec: Record | None, what: Confirm, now: int, run: str) -> Record | None:
    wish = what.claim
    if rec is None or rec.version != wish.version or rec.closed:
        return rec
    place = rec.place_of(wish.claimant)
    seat = Seat(wish.claimant, wish.request, what.arrival, now, 0, 0)
    if place is not None:
        seat = dict(rec.places)[place]
    seat = replace(seat, confirmed=now, deadline=what.until_us)
    return rec.touched(run).without(wish.claimant).with_place(wish.place, seat)


def _release(rec: Record | None, what: Release, run: str, limits: Limits) -> Record | None:
    if rec is not None and rec.version is not None and rec.version <= what.held_version:
        version, partial = rec.version, rec.partial or rec.run != run
        rec = rec.without(what.claimant)
        if what.new_version > version:
            kept = tuple(p for p in rec.places if p[1].confirmed and rec.capacity > 1)
            rec = rec.begun(what.new_version, rec.capacity, run, partial=partial)
            rec = replace(rec, places=kept)
    return bar(rec, what.claimant, limits) if what.barred else rec


def bar(rec: Record | None, who: str, limits: Limits) -> Record | None:
    before = rec or Record()
    if who in before.barred or len(before.barred) >= limits.bars_kept:
        return rec
    return replace(before, barred=before.barred | {who})


def lift(rec: Record | None, who: str) -> Record | None:
    return replace(rec, barred=rec.barred - {who}) if rec and who in rec.barred else rec
