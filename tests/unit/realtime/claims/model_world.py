"""The parts of the small world: the judge, Redis, the courses, and what is on its way."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from realtime.claims import protocol
from realtime.claims.protocol import Appeal, Course, Finish, Settle, Write
from realtime.claims.values import (
    Award,
    Awarded,
    Claim,
    Closed,
    Held,
    Holder,
    Lost,
    NotEligible,
    Open,
    ResourceId,
    Truth,
    Won,
    Yours,
)
from tests.unit.realtime.claims import record_model
from tests.unit.realtime.claims.record_model import Limits, Log, Record, Value, replace

ORDER = ResourceId("order", "1")
LEASE_US = 100
LIMITS = Limits(lease_us=LEASE_US)
ROUNDS = 2


class Broken(AssertionError):
    """A rule of the protocol does not hold in this world."""


def at(us: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=us)


@dataclass(frozen=True, slots=True)
class Plan:
    """What one exploration may do. `wishes` are (courier, request)."""

    wishes: tuple[tuple[str, str], ...]
    faults: int = 0
    lapses: int = 1
    ticks: int = 0
    hand_backs: int = 0
    closings: int = 0
    rollback: bool = False
    ineligible: frozenset[str] = frozenset()
    judge_keeps_requests: bool = True


@dataclass(frozen=True)
class JudgeState(Value):
    """The honest judge: one conditional write at a time; `awards` is all it ever wrote."""

    __hash__ = Value.__hash__

    version: int = 1
    holder: Holder | None = None
    closed: bool = False
    awards: frozenset[tuple[int, str]] = frozenset()

    def truth(self) -> Truth:
        if self.closed:
            return Closed(self.version)
        if self.holder:
            return Held(self.version, (self.holder,))
        return Open(self.version)

    def award(self, claim: Claim, now: int, plan: Plan) -> tuple["JudgeState", Award]:
        if self.closed or self.version != claim.version:
            return self, Lost(self.truth())
        if self.holder:
            if self.holder.claimant == claim.claimant:
                return self, Awarded(self.holder.since)
            return self, Lost(self.truth())
        if claim.claimant in plan.ineligible:
            raised = replace(self, version=self.version + 1)
            return raised, NotEligible("not_certified", raised.version)
        request = claim.request if plan.judge_keeps_requests else None
        holder = Holder(claim.claimant, at(now), request=request)
        awards = self.awards | {(claim.version, claim.claimant)}
        if len({who for version, who in awards if version == claim.version}) > 1:
            raise Broken("two holders at one version")
        return replace(self, holder=holder, awards=awards), Awarded(holder.since)


@dataclass(frozen=True)
class Redis(Value):
    __hash__ = Value.__hash__

    run: int = 1
    record: Record | None = None
    logs: tuple[tuple[int, Log], ...] = ()

    def log(self, version: int) -> Log:
        return dict(self.logs).get(version, Log())

    def with_log(self, version: int, log: Log) -> "Redis":
        if log == Log():
            return self
        return replace(self, logs=tuple(sorted((dict(self.logs) | {version: log}).items())))

    def ask(self, claim: Claim, now: int) -> tuple["Redis", protocol.Answer]:
        return _asked(self, claim, now)

    def write(self, write: Write, now: int) -> "Redis":
        return _written(self, write, now)


# Many worlds share one Redis, and the same is asked of it and written to it in each.


@cache
def _asked(redis: Redis, claim: Claim, now: int) -> tuple[Redis, protocol.Answer]:
    log = redis.log(claim.version)
    record, log, answer = record_model.claim(
        redis.record, log, claim, now, f"run{redis.run}", LIMITS
    )
    return replace(redis, record=record).with_log(claim.version, log), answer


@cache
def _written(redis: Redis, write: Write, now: int) -> Redis:
    version = write.log_version if isinstance(write, Settle) else 0
    log = redis.log(version)
    record, log = record_model.write(
        redis.record, log, write, now, f"run{redis.run}", started=0, limits=LIMITS
    )
    return replace(redis, record=record).with_log(version, log)


def forget() -> None:
    """Forget what was found so: another exploration may have another protocol, or a wrong one."""
    _asked.cache_clear()
    _written.cache_clear()


@dataclass(frozen=True)
class Process(Value):
    """One course where it stands; `write` is due on Redis before `then` is gone on with."""

    __hash__ = Value.__hash__

    course: Course
    step: protocol.Step
    write: Write | None = None
    then: Truth | Award | None = None

    def gone_on(self) -> "Process":
        """Go on after the write, done or given up."""
        if isinstance(self.then, Open | Held | Closed):
            return Process(*protocol.on_truth(self.course, self.then))
        assert self.then is not None
        return Process(*protocol.on_award(self.course, self.then))


Message = Claim | Write | Appeal


@dataclass(frozen=True)
class World(Value):
    __hash__ = Value.__hash__

    now: int = 1
    judge: JudgeState = JudgeState()
    redis: Redis = Redis()
    older: Redis | None = None
    processes: tuple[Process | None, ...] = ()
    begun: int = 0
    late: frozenset[Message] = frozenset()
    settling: Settle | None = None
    faults: int = 0
    lapses: int = 0
    ticks: int = 0
    hand_backs: int = 0
    closings: int = 0

    def with_process(self, index: int, process: Process | None) -> "World":
        """Put a course where it stands now; one that has its outcome tells it and is gone."""
        if process is not None and process.write is None and isinstance(process.step, Finish):
            check_told(self, process)
            process = None
        processes = list(self.processes)
        processes[index] = process
        return replace(self, processes=tuple(processes))


def check_told(world: World, process: Process) -> None:
    """Nobody hears that they won, or hold it, without the judge's award at that version."""
    assert isinstance(process.step, Finish)
    outcome = process.step.outcome
    if isinstance(outcome, Won | Yours):
        claim = process.course.claim
        if (outcome.version, claim.claimant) not in world.judge.awards:
            raise Broken(f"{claim.claimant} told {outcome} without an award")


def first_world(plan: Plan) -> World:
    """Begin with an open order whose opening event is still on its way."""
    return World(
        processes=(None,) * len(plan.wishes),
        late=frozenset({Settle(ORDER, Open(1), opened_us=1)}),
        faults=plan.faults,
        lapses=plan.lapses,
        ticks=plan.ticks,
        hand_backs=plan.hand_backs,
        closings=plan.closings,
    )
