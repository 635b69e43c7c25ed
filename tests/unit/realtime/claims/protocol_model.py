"""A small world for the claim protocol, in which everything that may go wrong does.

One order, a judge, one Redis, and a few courses (one is one claim in one process; two of the
same courier are a double tap or a retry). The engine's decisions are the real
`realtime.claims.protocol`; the record is `record_model`, to which the Lua is held. `moves`
lists every next world:

- each course's next step, at any time;
- faults, as many as the plan's budget: a process dies between two steps; a message is late
  (its sender gave up on it; it arrives at any later time, any number of times, or never) or is
  repeated; Redis restarts empty, or from an older file;
- time: the clock moves a little, or a lease ends;
- the judge's own doings: a hand-back opens the next version, the order is closed;
- the reconciler reads and settles.

Every message to Redis or the judge happens at once where it arrives; what is between two
messages is another move.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from realtime.claims import protocol
from realtime.claims.protocol import Appeal, Ask, Course, Finish, Refresh, Settle, Write
from realtime.claims.values import (
    Award,
    Awarded,
    Claim,
    ClaimantId,
    Closed,
    Held,
    Holder,
    Lost,
    NotEligible,
    Open,
    RequestId,
    ResourceId,
    Truth,
    Why,
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
        log = self.log(claim.version)
        record, log, answer = record_model.claim(
            self.record, log, claim, now, f"run{self.run}", LIMITS
        )
        return replace(self, record=record).with_log(claim.version, log), answer

    def write(self, write: Write, now: int) -> "Redis":
        version = write.log_version if isinstance(write, Settle) else 0
        log = self.log(version)
        record, log = record_model.write(
            self.record, log, write, now, f"run{self.run}", started=0, limits=LIMITS
        )
        return replace(self, record=record).with_log(version, log)


@dataclass(frozen=True)
class Process(Value):
    """One course where it stands; `write` is due on Redis before `then` is gone on with."""

    __hash__ = Value.__hash__

    course: Course
    step: protocol.Step
    write: Write | None = None
    then: Truth | Award | None = None


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


Move = tuple[str, World]


def moves(world: World, plan: Plan) -> Iterator[Move]:
    yield from _beginnings(world, plan)
    for index, process in enumerate(world.processes):
        if process is not None:
            name = "".join(plan.wishes[index])
            yield from _steps(world, plan, index, process, name)
    for message in world.late:
        yield f"late {type(message).__name__} arrives", _deliver(world, message, plan)
    yield from _faults_of_redis(world, plan)
    yield from _passing_time(world)
    yield from _doings_of_judge(world)
    yield from _reconciling(world)


def _beginnings(world: World, plan: Plan) -> Iterator[Move]:
    for index, (who, request) in enumerate(plan.wishes):
        if world.begun & (1 << index):
            continue
        begun = replace(world, begun=world.begun | (1 << index))
        for version in range(1, world.judge.version + 1):
            claim = Claim(ORDER, ClaimantId(who), version, RequestId(request))
            process = Process(*protocol.start(claim, ROUNDS))
            yield from _steps(begun, plan, index, process, f"{who}{request}v{version}")


def _steps(world: World, plan: Plan, index: int, process: Process, name: str) -> Iterator[Move]:
    if process.write is not None:
        yield from _write_steps(world, index, process, name)
        return
    step = process.step
    match step:
        case Ask():
            claim = process.course.claim
            redis, answer = world.redis.ask(claim, world.now)
            asked = replace(world, redis=redis)
            on = Process(*protocol.on_answer(process.course, answer, world.now))
            yield f"{name} asks: {answer}", asked.with_process(index, on)
            yield from _late(world, asked, index, process, claim, on, Why.REDIS, name)
        case Refresh(as_of_us):
            truth = world.judge.truth()
            settle = Settle(ORDER, truth, as_of_us=as_of_us)
            on = replace(process, write=settle, then=truth)
            yield f"{name} reads {truth}", world.with_process(index, on)
        case Appeal():
            judge, award = world.judge.award(step.claim, world.now, plan)
            judged = _announce(replace(world, judge=judge), world.judge)
            on = replace(process, write=protocol.consequence(step, award), then=award)
            yield f"{name} is judged {award}", judged.with_process(index, on)
            yield from _late(world, judged, index, process, step, on, Why.JUDGE, name)
    yield from _death(world, index, name)


def _write_steps(world: World, index: int, process: Process, name: str) -> Iterator[Move]:
    assert process.write is not None
    on = _gone_on(process)
    written = replace(world, redis=world.redis.write(process.write, world.now))
    kind = type(process.write).__name__
    yield f"{name} writes {kind}", written.with_process(index, on)
    if world.faults:
        faulty = replace(world, faults=world.faults - 1, late=world.late | {process.write})
        yield f"{name}'s {kind} is late", faulty.with_process(index, on)
    yield from _death(world, index, name)


def _gone_on(process: Process) -> Process:
    then = process.then
    if isinstance(then, Open | Held | Closed):
        return Process(*protocol.on_truth(process.course, then))
    assert then is not None
    return Process(*protocol.on_award(process.course, then))


def _late(
    before: World,
    after: World,
    index: int,
    process: Process,
    message: Message,
    on: Process,
    why: Why,
    name: str,
) -> Iterator[Move]:
    """The message is on its way when its sender gives up; or it is done, and done again."""
    if not before.faults:
        return
    fault = {"faults": before.faults - 1, "late": before.late | {message}}
    given_up = Process(*protocol.on_failure(process.course, why))
    kind = type(message).__name__
    yield f"{name}'s {kind} is late", replace(before, **fault).with_process(index, given_up)
    yield f"{name}'s {kind} is repeated", replace(after, **fault).with_process(index, on)


def _death(world: World, index: int, name: str) -> Iterator[Move]:
    if world.faults:
        dead = replace(world, faults=world.faults - 1)
        yield f"{name}'s process dies", dead.with_process(index, None)


def _deliver(world: World, message: Message, plan: Plan) -> World:
    match message:
        case Claim():
            return replace(world, redis=world.redis.ask(message, world.now)[0])
        case Appeal(claim):
            judge, _ = world.judge.award(claim, world.now, plan)
            return _announce(replace(world, judge=judge), world.judge)
        case _:
            return replace(world, redis=world.redis.write(message, world.now))


def _faults_of_redis(world: World, plan: Plan) -> Iterator[Move]:
    if not world.faults:
        return
    run = world.redis.run + 1
    yield "Redis restarts empty", replace(world, faults=world.faults - 1, redis=Redis(run))
    if plan.rollback and world.older is None:
        yield "Redis writes its file", replace(world, older=world.redis)
    if world.older is not None:
        older = replace(world.older, run=run)
        yield "Redis restarts older", replace(world, faults=world.faults - 1, redis=older)


def _passing_time(world: World) -> Iterator[Move]:
    if world.ticks:
        yield "time passes", replace(world, now=world.now + 1, ticks=world.ticks - 1)
    deadline = world.redis.record.first_deadline() if world.redis.record else 0
    if world.lapses and deadline > world.now:
        yield "a lease ends", replace(world, now=deadline, lapses=world.lapses - 1)


def _doings_of_judge(world: World) -> Iterator[Move]:
    judge = world.judge
    if world.hand_backs and judge.holder and not judge.closed:
        back = replace(judge, version=judge.version + 1, holder=None)
        handed = replace(world, judge=back, hand_backs=world.hand_backs - 1)
        yield "the holder hands back", _announce(handed, judge)
    if world.closings and not judge.closed:
        closed = replace(world, judge=replace(judge, closed=True), closings=world.closings - 1)
        message = Settle(ORDER, Closed(judge.version))
        yield "the order is closed", replace(closed, late=world.late | {message})


def _announce(world: World, before: JudgeState) -> World:
    """Send the event of a raised version; it arrives whenever it does."""
    version = world.judge.version
    if version == before.version:
        return world
    return replace(world, late=world.late | {Settle(ORDER, Open(version), opened_us=world.now)})


def _reconciling(world: World) -> Iterator[Move]:
    if world.settling is not None:
        redis = world.redis.write(world.settling, world.now)
        yield "the reconciler settles", replace(world, redis=redis, settling=None)
    elif world.redis.record and 0 < world.redis.record.first_deadline() <= world.now:
        settle = Settle(ORDER, world.judge.truth(), as_of_us=world.now)
        yield "the reconciler reads", replace(world, settling=settle)


# The rules ------------------------------------------------------------------------------


def check_told(world: World, process: Process) -> None:
    """Nobody hears that they won, or hold it, without the judge's award at that version."""
    assert isinstance(process.step, Finish)
    outcome = process.step.outcome
    if isinstance(outcome, Won | Yours):
        claim = process.course.claim
        if (outcome.version, claim.claimant) not in world.judge.awards:
            raise Broken(f"{claim.claimant} told {outcome} without an award")


def check_not_stuck(world: World, *, reconciled: bool) -> None:
    """Lose every process and message now; a fresh claim must still hear the truth."""
    redis, now = world.redis, world.now
    while redis.record and redis.record.first_deadline() > now:
        now = redis.record.first_deadline()
    if reconciled and redis.record and redis.record.first_deadline():
        redis = redis.write(Settle(ORDER, world.judge.truth(), as_of_us=now), now)
        if redis.record is not None and redis.record.first_deadline():
            raise Broken("a lapsed record outlived the reconciler")
    quiet = World(now=now, judge=world.judge, redis=redis)
    claim = Claim(ORDER, ClaimantId("Z"), world.judge.version, RequestId("z"))
    outcome = run_alone(quiet, claim)
    truth = world.judge.truth()
    wanted = {Open: ("Won",), Held: ("Taken",), Closed: ("Closed",)}[type(truth)]
    if world.judge.holder is not None:
        # The closing of a held order may be unknown yet; that it was taken is true.
        wanted += ("Taken",)
    if type(outcome).__name__ not in wanted:
        raise Broken(f"the judge says {truth}, but a new claim heard {outcome}")
    holder = world.judge.holder
    if holder is not None and not world.judge.closed:
        again = Claim(ORDER, holder.claimant, world.judge.version, RequestId("again"))
        outcome = run_alone(quiet, again)
        if not isinstance(outcome, Won | Yours):
            raise Broken(f"the holder came again and heard {outcome}")


def run_alone(world: World, claim: Claim) -> object:
    """Run one course to its end with nothing else happening."""
    plan = Plan(wishes=((claim.claimant, claim.request),))
    process = Process(*protocol.start(claim, ROUNDS))
    for _ in range(30):
        if process.write is None and isinstance(process.step, Finish):
            check_told(world, process)
            return process.step.outcome
        world, process = _step_alone(world, process, plan)
    raise Broken("a course without an end")


def _step_alone(world: World, process: Process, plan: Plan) -> tuple[World, Process]:
    if process.write is not None:
        redis = world.redis.write(process.write, world.now)
        return replace(world, redis=redis), _gone_on(process)
    match process.step:
        case Ask():
            redis, answer = world.redis.ask(process.course.claim, world.now)
            on = protocol.on_answer(process.course, answer, world.now)
            return replace(world, redis=redis), Process(*on)
        case Refresh(as_of_us):
            truth = world.judge.truth()
            settle = Settle(ORDER, truth, as_of_us=as_of_us)
            return world, replace(process, write=settle, then=truth)
        case Appeal() as step:
            judge, award = world.judge.award(step.claim, world.now, plan)
            write = protocol.consequence(step, award)
            return replace(world, judge=judge), replace(process, write=write, then=award)
        case Finish():
            raise Broken("a finished course went on")
