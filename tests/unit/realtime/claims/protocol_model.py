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

from realtime.claims import protocol
from realtime.claims.protocol import Appeal, Ask, Refresh, Settle
from realtime.claims.values import (
    Claim,
    ClaimantId,
    Closed,
    Open,
    RequestId,
    Why,
)
from tests.unit.realtime.claims.model_world import (
    ORDER,
    ROUNDS,
    JudgeState,
    Message,
    Plan,
    Process,
    Redis,
    World,
)
from tests.unit.realtime.claims.record_model import replace

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
    on = process.gone_on()
    written = replace(world, redis=world.redis.write(process.write, world.now))
    kind = type(process.write).__name__
    yield f"{name} writes {kind}", written.with_process(index, on)
    if world.faults:
        faulty = replace(world, faults=world.faults - 1, late=world.late | {process.write})
        yield f"{name}'s {kind} is late", faulty.with_process(index, on)
    yield from _death(world, index, name)


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
