"""The batching client: order, bounds, scripts forgotten, Redis silent."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from realtime.claims import Claims, ClaimsUnavailable, Open, Unavailable, Why, Won
from realtime.claims.lanes import Lane
from realtime.claims.protocol import Granted, Settle
from realtime.claims.runner import Gate, Runner, connect
from realtime.claims.scripts import Call, Calls, read_answers
from realtime.claims.settings import ClaimSettings
from realtime.claims.values import Claim, RequestId
from server.local.redis import EmbeddedRedis
from tests.integration.claims.judges import HonestJudge
from tests.integration.claims.racing import (
    PATIENT,
    SETTINGS,
    claim,
    claim_until_known,
    courier,
    engine,
    fresh,
    kinds,
    order,
    race,
)
from tests.waiting import eventually

ONE_SHARD = replace(PATIENT, shards=1)


class CountingRunner(Runner):
    """Remember the calls that went to Redis."""

    def __init__(self, redis: Redis, settings: ClaimSettings) -> None:
        super().__init__(redis, Gate(settings, asyncio.get_running_loop().time))
        self.calls: list[Call] = []

    async def run_all(self, calls: Sequence[Call]) -> list[object]:
        self.calls.extend(calls)
        return await super().run_all(calls)

    def claims_in(self, index: int) -> int:
        return (len(self.calls[index].args) - 5) // 4


async def with_lane(
    url: str,
    settings: ClaimSettings,
    use: Callable[[Lane, CountingRunner], Awaitable[None]],
) -> None:
    async with connect(url, settings) as redis:
        runner = CountingRunner(redis, settings)
        calls = Calls(settings)

        async def carry(claims: Sequence[Claim]) -> list[object]:
            return read_answers(await runner.run(calls.claims(0, claims)))[1]

        lane = Lane(carry, queue_limit=settings.queue_limit, batch_limit=settings.batch_limit)
        await use(lane, runner)
        await lane.aclose()


def wish(number: int, resource: int = 1) -> Claim:
    return Claim(order(resource), courier(number), 1, RequestId("1"))


async def test_the_claims_of_one_tick_are_one_call_with_each_race_named_once(redis_url):
    async def use(lane, runner):
        await asyncio.gather(*(lane.ask(wish(n, resource=n % 3)) for n in range(90)))
        assert len(runner.calls) == 1
        assert runner.claims_in(0) == 90
        assert len(runner.calls[0].keys) == 1 + 2 * 3

    await with_lane(redis_url, ONE_SHARD, use)


async def test_claims_made_while_a_batch_is_away_are_the_next_batch(redis_url):
    async def use(lane, runner):
        first = lane.ask(wish(0))
        await eventually(lambda: runner.calls)
        rest = [lane.ask(wish(n)) for n in range(1, 20)]
        await asyncio.gather(first, *rest)
        assert [runner.claims_in(index) for index in range(2)] == [1, 19]

    await with_lane(redis_url, ONE_SHARD, use)


async def test_arrival_numbers_follow_the_order_of_calls_over_many_batches(redis_url):
    judge = HonestJudge()
    judge.open(order())
    small = replace(ONE_SHARD, batch_limit=7, receipts_kept=500)
    async with engine(redis_url, judge, small) as claims:
        await claims.open(order(), 1, opened_at=fresh())
        outcomes = await race([claims], 200, order())
        receipts = await claims.receipts(order(), 1)
    assert isinstance(outcomes[0], Won)
    assert [o.arrival for o in outcomes] == list(range(1, 201))
    assert [a.claimant for a in receipts.attempts] == [courier(n) for n in range(200)]
    times = [a.arrived_us for a in receipts.attempts]
    assert times == sorted(times)


async def test_a_full_queue_refuses_and_those_waiting_are_served(redis_url):
    judge = HonestJudge()
    judge.open(order())
    small = replace(ONE_SHARD, queue_limit=10)
    async with engine(redis_url, judge, small) as claims:
        await claims.open(order(), 1, opened_at=fresh())
        outcomes = await asyncio.gather(*(claim(claims, n, order()) for n in range(15)))
        assert kinds(outcomes) == {"Won": 1, "Taken": 9, "Unavailable": 5}
        assert outcomes[10:] == [Unavailable(Why.BUSY)] * 5
        again = await claim_until_known(claims, 12, order())
        assert again.arrival == 11


async def test_a_claimant_who_left_before_the_batch_is_not_sent(redis_url):
    async def use(lane, runner):
        waiting = [lane.ask(wish(n)) for n in range(3)]
        waiting[1].cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        assert runner.claims_in(0) == 2

    await with_lane(redis_url, ONE_SHARD, use)


async def test_forgotten_scripts_are_loaded_again(redis_url):
    judge = HonestJudge()
    judge.open(order())
    async with engine(redis_url, judge) as claims, Redis.from_url(redis_url) as redis:
        await claims.open(order(), 1, opened_at=fresh())
        await redis.script_flush()
        assert isinstance(await claim(claims, 1, order()), Won)
        await redis.script_flush()
        assert (await claims.receipts(order(), 1)).attempts


async def test_a_silent_redis_is_unavailable_in_bounded_time_then_left_alone(redis_server):
    judge = HonestJudge()
    judge.open(order())
    loop = asyncio.get_running_loop()
    async with engine(redis_server.url, judge, SETTINGS) as claims:
        await eventually(lambda: _is_opened(claims))
        redis_server.pause()
        begun = loop.time()
        assert await claim(claims, 1, order()) == Unavailable(Why.REDIS)
        assert loop.time() - begun < 10
        begun = loop.time()
        outcomes = await asyncio.gather(*(claim(claims, n, order()) for n in range(50)))
        assert set(outcomes) == {Unavailable(Why.REDIS)}
        assert loop.time() - begun < 10
        redis_server.resume()
        assert isinstance(await claim_until_known(claims, 1, order()), Won)


async def _is_opened(claims: Claims) -> bool:
    """Open, by an engine that is too impatient to be answered on each machine."""
    with suppress(ClaimsUnavailable):
        await claims.open(order(), 1, opened_at=fresh())
        return True
    return False


async def test_an_absent_redis_is_unavailable_for_every_call(tmp_path):
    absent = EmbeddedRedis(tmp_path)
    async with engine(absent.url, HonestJudge(), SETTINGS) as claims:
        assert await claim(claims, 1, order()) == Unavailable(Why.REDIS)
        for call in (
            lambda: claims.open(order(), 1, opened_at=fresh()),
            lambda: claims.close(order(), 1),
            lambda: claims.release(order(), courier(1), 1, 2),
            lambda: claims.bar(order(), courier(1)),
            lambda: claims.lift(order(), courier(1)),
            lambda: claims.receipts(order(), 1),
            lambda: claims.refresh(order()),
            lambda: claims.reconcile(),
        ):
            try:
                await call()
            except ClaimsUnavailable:
                continue
            raise AssertionError("an absent Redis answered")


async def test_closing_refuses_those_who_wait(redis_server):
    settings = replace(ONE_SHARD, reply_seconds=20.0)

    async def use(lane, runner):
        redis_server.pause()
        waiting = [lane.ask(wish(n)) for n in range(3)]
        await eventually(lambda: runner.calls)
        waiting.append(lane.ask(wish(9)))
        await lane.aclose()
        outcomes = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [ClaimsUnavailable] * 4
        redis_server.resume()

    await with_lane(redis_server.url, settings, use)


async def test_writes_of_one_tick_share_a_trip_and_each_hears_its_own(redis_url):
    async with connect(redis_url, ONE_SHARD) as redis:
        runner = CountingRunner(redis, ONE_SHARD)
        calls = Calls(ONE_SHARD)
        opened = calls.write(Settle(order(), Open(2), opened_us=1))
        older = calls.write(Settle(order(), Open(1), opened_us=1))
        # Nothing is loaded yet, so this also loads the script for many at once.
        assert await runner.run_all([opened, older, opened]) == [1, 0, 1]
        broken = replace(opened, args=("not a number", *opened.args[1:]))
        replies = await runner.run_all([opened, broken, older])
        assert [type(reply) for reply in replies] == [int, ResponseError, int]


async def test_a_defect_of_a_batch_is_told_to_those_who_asked(redis_url):
    async with connect(redis_url, ONE_SHARD) as redis:
        runner = CountingRunner(redis, ONE_SHARD)
        call = Calls(ONE_SHARD).claims(0, [wish(1)])
        broken = replace(call, args=(*call.args[:5], "no race", *call.args[6:]))

        async def carry(_claims: Sequence[Claim]) -> list[object]:
            return [await runner.run(broken)]

        lane = Lane(carry, queue_limit=10, batch_limit=10)
        results = await asyncio.gather(lane.ask(1), lane.ask(2), return_exceptions=True)
        assert [type(result) for result in results] == [ResponseError] * 2


async def test_a_closed_engine_refuses_and_does_not_connect_again(redis_url):
    judge = HonestJudge()
    judge.open(order())
    async with engine(redis_url, judge) as claims:
        assert isinstance(await claim(claims, 1, order()), Won)
    assert await claim(claims, 1, order()) == Unavailable(Why.REDIS)


async def test_the_gate_waits_longer_after_each_failure_up_to_its_bound():
    now = [0.0]
    gate = Gate(replace(SETTINGS, backoff_first_seconds=1, backoff_most_seconds=4), lambda: now[0])
    pauses = []
    for _ in range(4):
        gate.check()
        gate.failed()
        gate.failed()  # one that failed with it
        begun = now[0]
        while _refused(gate):
            now[0] += 0.5
        pauses.append(now[0] - begun)
    assert pauses == [1, 2, 4, 4]
    gate.passed()
    gate.check()


def _refused(gate: Gate) -> bool:
    try:
        gate.check()
    except ClaimsUnavailable:
        return True
    return False


async def test_granted_answers_carry_the_records_own_numbers(redis_url):
    judge = HonestJudge()
    judge.open(order())

    async def use(lane, runner):
        async with engine(redis_url, judge, ONE_SHARD) as claims:
            await claims.open(order(), 1, opened_at=fresh())
        assert await lane.ask(wish(1)) == Granted(version=1, arrival=1, place=0)

    await with_lane(redis_url, ONE_SHARD, use)
