"""Chaos in money: everything that can happen to it, in random order, with wallets that fail.

One run is a few orders of one customer and a few couriers in a world of its own (`money_world`).
Its seed draws what happens, what goes wrong at the wallets, and how time passes. Then all faults
end, people do what is left to them, sweeps and bills bring everything to rest, and the books are
compared: ours with themselves, ours with the wallets', and each order with how it may end.
"""

from __future__ import annotations

import asyncio
import logging
import random
import traceback
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from server.domain.errors import DomainError
from server.domain.payments import RefundState, TransferState
from server.local.mongo import EmbeddedMongo
from server.local.pool import leashed_pool
from server.local.provider_keys import provider_environment
from server.local.redis import EmbeddedRedis
from server.proof import money_books
from server.proof.money_acts import Acts
from server.proof.money_rest import BY_ACTS, FAULTS, arm, come_to_rest
from server.proof.money_runs import Run, Sums
from server.proof.money_world import KEYS, StartStandIn, World, world
from server.proof.people import Refused
from server.proof.report import Report, progress

#: Worlds that run side by side in a process; each spends much of its time waiting for a database
#: or a wallet. One is made for so many runs: to make it, with its indexes, takes as long as some.
LANES, RUNS_OF_A_LANE = 5, 4

STEPS = (18, 34)
ORDERS = (1, 3)
COURIERS = 2

#: How often a step brings an order on its way, rather than being just anything.
FORWARD = 0.6
#: How often a fault is armed before a step, an act is cut off in the middle, two happen at once.
FAULTY, CUT_OFF, AT_ONCE = 0.3, 0.04, 0.15
CUT_OFF_SECONDS = 0.03

#: How many runs fetch bills at all, and in how many of those wallets forget payouts; most of a
#: run's time goes into its bills.
WITH_BILLS, FORGETS = 0.35, 0.7

MOST_SHOWN = 10

HAPPENED = "every fault happened"
CHECKS = (
    *(money_books.BALANCES, money_books.TWICE, money_books.LOST),
    *(money_books.NAMED, money_books.FALSE_TAKEN, HAPPENED),
)


@asynccontextmanager
async def databases(var_dir: Path) -> AsyncIterator[tuple[str, str]]:
    """Run MongoDB and Redis for the block; gives where they are."""
    mongo, redis = EmbeddedMongo(var_dir), EmbeddedRedis(var_dir)
    for database in (mongo, redis):
        database.launch()
    try:
        for database in (mongo, redis):
            await asyncio.to_thread(database.wait_ready)
        yield mongo.uri, redis.url
    finally:
        for database in (redis, mongo):
            await asyncio.to_thread(database.stop)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where runs are played; handed to the processes that play them."""

    mongo_uri: str
    redis_url: str
    var_dir: Path
    start: StartStandIn
    seed: int


@dataclass(frozen=True, slots=True)
class Draws:
    """A run's chances. Each step has its own, which no step before it can shift.

    So a run is the same whenever it is played: orders, acts, faults, pauses, who is meant. What
    truly happens at once within an act may overtake each other otherwise.
    """

    seed: int
    number: int

    def of(self, what: str) -> random.Random:
        """Give the chances of one part."""
        return random.Random(f"{self.seed}/{self.number}/{what}")


async def money(stage: Stage, numbers: Sequence[int], processes: int, report: Report) -> None:
    """Play the runs of these numbers in so many processes and sum up."""
    report.expect(CHECKS)
    shares = [numbers[part::processes] for part in range(min(processes, len(numbers)))]
    sums = Sums()
    if len(shares) == 1:
        await _share(stage, shares[0], 0, sums)
    else:
        provider_environment(stage.var_dir / KEYS, "")  # made once, for all
        with leashed_pool(len(shares)) as pool:
            loop = asyncio.get_running_loop()
            played = [
                loop.run_in_executor(pool, _in_process, stage, share, part)
                for part, share in enumerate(shares)
            ]
            for one in await asyncio.gather(*played):
                sums.add(one)
    _show(report, sums, stage.seed, len(numbers))


def _in_process(stage: Stage, numbers: Sequence[int], part: int) -> Sums:
    """Play a share of the runs in a process of its own."""
    logging.disable(logging.ERROR)  # every refusal and outage is one of the faults injected
    sums = Sums()
    asyncio.run(_share(stage, numbers, part, sums))
    return sums


async def _share(stage: Stage, numbers: Sequence[int], part: int, sums: Sums) -> None:
    left = list(reversed(numbers))
    async with AsyncExitStack() as stack:
        worlds = []
        for lane in range(min(LANES, -(-len(numbers) // RUNS_OF_A_LANE))):
            made = world(
                name=f"chaos_money_{part}_{lane}",
                mongo_uri=stage.mongo_uri,
                redis_url=stage.redis_url,
                var_dir=stage.var_dir,
                start=stage.start,
            )
            worlds.append(await stack.enter_async_context(made))

        async def play(of: World) -> None:
            while left:
                await _one(of, stage.seed, left.pop(), sums)
                if sums.runs % 50 == 0:
                    progress(f"{sums.runs}/{len(numbers)} runs, {len(sums.bad)} bad")

        async with asyncio.TaskGroup() as group:
            for each in worlds:
                group.create_task(play(each))
        for each in worlds:
            sums.faults += money_books.faults_used(each.truth)


async def _one(of: World, seed: int, number: int, sums: Sums) -> None:
    run = Run(number)
    try:
        await _play(of, run, Draws(seed, number), sums)
    except Exception as broken:  # a proof's last line of defence: whatever it is, it is a finding
        place = traceback.extract_tb(broken.__traceback__)[-1]
        where = f"{Path(place.filename).name}:{place.lineno}"
        run.blame(money_books.NAMED, [f"broke off: {type(broken).__name__} at {where}: {broken}"])
    sums.runs += 1
    sums.acts += run.acts
    sums.refused += run.refused
    if run.wrong:
        sums.bad.append(run)


async def _play(of: World, run: Run, draws: Draws, sums: Sums) -> None:
    draw = draws.of("begin")
    await of.begin_anew(draw)
    cast = Acts(of, draw)
    await cast.enter(draw.randint(*ORDERS), COURIERS)
    cast.has_bills = draw.random() < WITH_BILLS
    # What a wallet pays after it was forgotten, and its notice is lost, only a bill tells of.
    cast.forgets = cast.has_bills and draw.random() < FORGETS
    await cast.statements()  # from now on every day's bill is wanted
    for step in range(draw.randint(*STEPS)):
        cast.draw = draws.of(f"step {step}")
        await _step(cast, run)
    cast.draw = draws.of("rest")
    await _judge(cast, run, sums, await come_to_rest(cast, run, sums))


async def _step(cast: Acts, run: Run) -> None:
    draw, acts = cast.draw, cast.all_acts()
    if draw.random() < FAULTY:
        arm(cast, run, FAULTS)
    names = []
    for _ in range(2 if draw.random() < AT_ONCE else 1):
        if draw.random() < FORWARD:
            cast.meant = draw.choice(cast.orders)
            names.append(await cast.next_of(await cast.some_order()))
        else:
            cast.meant = None
            weights = [weight for weight, _ in acts.values()]
            names.append(draw.choices(list(acts), weights)[0])
    limit = CUT_OFF_SECONDS * draw.random() if draw.random() < CUT_OFF else None
    await asyncio.gather(*(_act(cast, run, name, limit) for name in names))


async def _act(cast: Acts, run: Run, name: str, limit: float | None) -> None:
    """Do one act; one that is cut off is what is left when a process dies in the middle."""
    try:
        async with asyncio.timeout(limit):
            await cast.all_acts()[name][1]()
        run.note(name, "done")
    except TimeoutError:
        run.note(name, "cut off")
    except (DomainError, Refused) as refusal:
        run.note(name, f"refused, {refusal.code} {getattr(refusal, 'rule', None) or ''}".strip())
        run.refused[name] += 1


async def _judge(cast: Acts, run: Run, sums: Sums, strange_fen: int) -> None:
    of, stores = cast.world, cast.world.stores
    books = money_books.read_all(of.truth, cast.orders, cast.began)
    check = await stores.ledger.check()
    run.blame(money_books.BALANCES, [f"{b.key}: {b.why}" for b in check.bad])
    wrong = money_books.Wrong()
    for number in cast.orders:
        order = await stores.orders.get(number)
        sums.ends[f"{order.custody} {order.charge} {order.payout}"] += 1
        refunds = await stores.refunds.of_order(number)
        by_hand = sum(one.amount_fen for one in refunds if one.state is RefundState.BY_HAND)
        postings = await stores.ledger.of_order(number)
        money_books.judge_order(wrong, order, books, postings, by_hand)
    money_books.judge_run(wrong, books, check.balances, strange_fen)
    tries = [one for number in cast.orders for one in await stores.payouts.of_order(number)]
    money_books.judge_debts(wrong, tries, check.balances)
    sums.late += sum(one.state is TransferState.PAID_LATE for one in tries)
    for name, found in wrong.found.items():
        run.blame(name, found)


def _show(report: Report, sums: Sums, seed: int, wanted: int) -> None:
    faults = sums.faults
    report.counts.update(
        runs=sums.runs,
        events=dict(sorted(sums.acts.items())),
        refused=dict(sorted(sums.refused.items())),
        ends=dict(sorted(sums.ends.items())),
        faults=dict(sorted(faults.items())),
        payouts_paid_late=sums.late,
        postings_by_last_bills=sums.by_bills,
    )
    if sums.bad:
        report.counts["bad_runs"] = [
            {"seed": seed, "only": run.number, "wrong": run.wrong, "events": run.events}
            for run in sums.bad[:MOST_SHOWN]
        ]
    for name in CHECKS[:-1]:
        found = [why for run in sums.bad for why in run.wrong.get(name, ())]
        seen = f"{len(found)} in {sums.runs} runs" + (f", e.g. {found[0]}" if found else "")
        report.check(name, sums.runs == wanted and not found, seen)
    missing = sorted({f"{on}:{kind}" for kind, on in (*FAULTS, *BY_ACTS)} - set(faults))
    # So many runs that each kind should have come up; fewer cannot promise it.
    enough = wanted < 4 * len(FAULTS) or not missing
    seen = f"{sum(faults.values())} of {len(faults)} kinds"
    report.check(HAPPENED, enough, seen + (f", not {missing}" if missing else ""))
