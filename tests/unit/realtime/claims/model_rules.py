"""The rules that hold in every world, and one course run alone to check them."""

from realtime.claims import protocol
from realtime.claims.protocol import Appeal, Ask, Finish, Refresh, Settle
from realtime.claims.values import (
    Claim,
    ClaimantId,
    Closed,
    Held,
    Open,
    RequestId,
    Won,
    Yours,
)
from tests.unit.realtime.claims.model_world import (
    ORDER,
    ROUNDS,
    Broken,
    Plan,
    Process,
    World,
    check_told,
)
from tests.unit.realtime.claims.record_model import replace


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
        return replace(world, redis=redis), process.gone_on()
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
