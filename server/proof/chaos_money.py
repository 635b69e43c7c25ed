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
from concurrent.futures import ProcessPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path

from server.domain.errors import DomainError
from server.domain.payments import PaymentState, RefundState
from server.domain.statements import Flow
from server.domain.statements import Kind as Difference
from server.local.mongo import EmbeddedMongo
from server.local.provider_keys import provider_environment
from server.local.redis import EmbeddedRedis
from server.proof import money_books
from server.proof.money_acts import Acts
from server.proof.money_runs import Run, Sums
from server.proof.money_world import CHINA_OFFSET, KEYS, StartStandIn, World, world
from server.proof.people import Refused
from server.proof.report import Report, progress

#: Worlds that run side by side; each spends much of its time waiting for a database or a wallet.
LANES = 3

STEPS = (18, 34)
ORDERS = (1, 3)
COURIERS = 2

#: How often a step brings an order on its way, rather than being just anything.
FORWARD = 0.6
#: How often a fault is armed before a step, an act is cut off in the middle, two happen at once.
FAULTY, CUT_OFF, AT_ONCE = 0.3, 0.04, 0.15
CUT_OFF_SECONDS = 0.03

#: What can go wrong with what. A probe is WeChat Pay's; Alipay's notices are forged instead.
OF_ALL = ("500", "timeout", "half_answer", "bad_signature", "system_error", "rate_limited")
OF_NOTICES = ("forged", "wrong_amount", "old_timestamp", "probe", "late", "duplicate")
FAULTS: tuple[tuple[str, str], ...] = (
    *((kind, "payment") for kind in (*OF_ALL, *OF_NOTICES)),
    *((kind, "refund") for kind in (*OF_ALL, *OF_NOTICES, "not_enough", "abnormal")),
    *((kind, "transfer") for kind in (*OF_ALL, *OF_NOTICES, "not_enough")),
    *((kind, "transfer") for kind in ("fail", "expired", "slow")),
    *((kind, "statement") for kind in ("500", "half_answer", "not_ready", "bad_hash")),
    ("extra_line", "statement"),  # in the last bills alone: its fen are counted
)
#: What goes wrong while all comes to rest: with what is only then asked of a wallet.
OF_LAST = tuple((kind, on) for kind, on in FAULTS if on in ("transfer", "refund"))
OF_BILLS = tuple((kind, on) for kind, on in FAULTS[:-1] if on == "statement")
LATE_SECONDS = 40.0

#: How all comes to rest: so many looks, each so much later; the last ones a day apart.
ROUNDS = (60, 60, 90, 700, 4_000, *(88_000,) * 6)
#: In the first of them wallets fail still: many orders only come to be paid out now.
HOT = 2

#: When a day's bills are to be had for certain, hours after its midnight in China.
BILLS_HOUR = 10.5
#: How many runs fetch bills at all: most of a run's time goes into them.
WITH_BILLS = 0.35
#: How often the last bills have a line of nobody's, which must be found in suspense.
STRANGE, STRANGE_FEN = 0.15, 100

#: What notices may take to be delivered once nothing fails, real seconds.
DELIVERED_SECONDS = 20.0

MOST_SHOWN = 10
MOST_DIFFERENCES = 100

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


async def money(stage: Stage, numbers: Sequence[int], processes: int, report: Report) -> None:
    """Play the runs of these numbers in so many processes and sum up."""
    report.expect(CHECKS)
    shares = [numbers[part::processes] for part in range(min(processes, len(numbers)))]
    sums = Sums()
    if len(shares) == 1:
        await _share(stage, shares[0], 0, sums)
    else:
        provider_environment(stage.var_dir / KEYS, "")  # made once, for all
        with ProcessPoolExecutor(len(shares), get_context("spawn")) as pool:
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
        for lane in range(min(LANES, len(numbers))):
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
            sums.faults += money_books.faults_used(each.stand_in.books)


async def _one(of: World, seed: int, number: int, sums: Sums) -> None:
    run = Run(number)
    try:
        await _play(of, run, random.Random(f"{seed}/{number}"), sums)
    except Exception as broken:  # a proof's last line of defence: whatever it is, it is a finding
        place = traceback.extract_tb(broken.__traceback__)[-1]
        where = f"{Path(place.filename).name}:{place.lineno}"
        run.blame(money_books.NAMED, [f"broke off: {type(broken).__name__} at {where}: {broken}"])
    sums.runs += 1
    sums.acts += run.acts
    sums.refused += run.refused
    if run.wrong:
        sums.bad.append(run)


async def _play(of: World, run: Run, draw: random.Random, sums: Sums) -> None:
    await of.begin_anew(draw)
    cast = Acts(of, draw)
    await cast.enter(draw.randint(*ORDERS), COURIERS)
    cast.has_bills = draw.random() < WITH_BILLS
    await cast.statements()  # from now on every day's bill is wanted
    for _ in range(draw.randint(*STEPS)):
        await _step(cast, run)
    await _judge(cast, run, sums, await _come_to_rest(cast, run))


async def _step(cast: Acts, run: Run) -> None:
    draw, acts = cast.draw, cast.all_acts()
    if draw.random() < FAULTY:
        await _arm(cast, run, FAULTS[:-1])
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


async def _arm(cast: Acts, run: Run, faults: Sequence[tuple[str, str]]) -> None:
    kind, on = cast.draw.choice(faults)
    times = cast.draw.choice((1, 1, 2))
    body = {"kind": kind, "on": on, "times": times, "seconds": LATE_SECONDS}
    await cast.world.people.ask("POST", "/faults", body)
    run.events.append(f"armed {on}:{kind}")


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


async def _come_to_rest(cast: Acts, run: Run) -> int:
    """Let people, sweeps, notices and bills finish; soon nothing fails any more.

    Gives the fen that the last bills have of nobody's.
    """
    of = cast.world
    cast.deaf = of.door.away and cast.draw.random() < 0.3  # then asking has to do it all
    of.door.away = cast.deaf
    run.events.append("comes to rest" + (", notices lost" if cast.deaf else ""))
    for number, pause in enumerate(ROUNDS):
        if number < HOT:
            await _arm(cast, run, OF_LAST)
        elif number == HOT:
            await of.people.ask("DELETE", "/faults")
        await of.later(pause)
        await cast.sweep(workers=1)
        try:
            await cast.see_to_all()
        except (DomainError, Refused) as refusal:
            run.events.append(f"at rest: {refusal.code} {getattr(refusal, 'rule', None) or ''}")
        if not cast.deaf:
            await _delivered(of, run, must=number >= HOT)
        if number > HOT and await _rests(cast):
            break
    return await _last_bill(cast, run) if cast.has_bills else 0


async def _last_bill(cast: Acts, run: Run) -> int:
    """Compare the bills of all days up to this one, at times with a line of nobody's."""
    of = cast.world
    midnight = (of.clock() + CHINA_OFFSET).replace(hour=0, minute=0, second=0, microsecond=0)
    ready = midnight + timedelta(days=1, hours=BILLS_HOUR) - CHINA_OFFSET
    await of.later((ready - of.clock()).total_seconds())
    if cast.draw.random() < FAULTY:
        await _arm(cast, run, OF_BILLS)
        await cast.statements()
        await of.people.ask("DELETE", "/faults")
        await of.later(ROUNDS[3])
    before = money_books.faults_used(of.stand_in.books)
    if cast.draw.random() < STRANGE:
        await of.people.ask("POST", "/faults", {"kind": "extra_line", "on": "statement"})
        run.events.append("armed statement:extra_line")
    await cast.statements()
    used = money_books.faults_used(of.stand_in.books) - before
    return STRANGE_FEN * used["statement:extra_line"]


async def _rests(cast: Acts) -> bool:
    stores = cast.world.stores
    for number in cast.orders:
        order = await stores.orders.get(number)
        refunds = await stores.refunds.of_order(number)
        payments = await stores.payments.of_order(number)
        at_end = (order.custody, order.charge, order.payout) in money_books.ENDS
        back = all(one.state in (RefundState.DONE, RefundState.BY_HAND) for one in refunds)
        asked = any(one.state is PaymentState.PENDING for one in payments)
        if not at_end or not back or asked:
            return False
    return True


async def _delivered(of: World, run: Run, *, must: bool) -> None:
    """Wait until every notice has been delivered; one that is refused for ever is a finding."""
    try:
        async with asyncio.timeout(DELIVERED_SECONDS):
            # The stand-in's queue is looked at from outside; there is no event of ours to wait on.
            while money_books.waiting_notices(of.stand_in.books):
                await of.later(61)
                await asyncio.sleep(0.005)
    except TimeoutError:
        left = money_books.waiting_notices(of.stand_in.books) if must else 0
        run.blame(money_books.LOST, [f"{left} true notices are not taken"] * (left > 0))


async def _judge(cast: Acts, run: Run, sums: Sums, strange_fen: int) -> None:
    of, stores = cast.world, cast.world.stores
    books = money_books.read(of.stand_in.books, cast.orders, cast.began)
    check = await stores.ledger.check()
    run.blame(money_books.BALANCES, [f"{b.key}: {b.why}" for b in check.bad])
    wrong = money_books.Wrong()
    if cast.deaf:
        strange_fen += await _in_suspense(cast, books)
    for number in cast.orders:
        order = await stores.orders.get(number)
        sums.ends[f"{order.custody} {order.charge} {order.payout}"] += 1
        refunds = await stores.refunds.of_order(number)
        by_hand = sum(one.amount_fen for one in refunds if one.state is RefundState.BY_HAND)
        postings = await stores.ledger.of_order(number)
        money_books.judge_order(wrong, order, books, postings, by_hand)
    money_books.judge_run(wrong, books, check.balances, strange_fen)
    for name, found in wrong.found.items():
        run.blame(name, found)


async def _in_suspense(cast: Acts, books: money_books.Books) -> int:
    """Set aside what only the bills know of, where every notice was lost: it is in suspense."""
    fen = 0
    differences = cast.world.stores.differences
    for kept in await differences.page(state="open", day=None, after=None, limit=MOST_DIFFERENCES):
        if kept.kind is Difference.MISSING_HERE and kept.flow is Flow.PAYMENT:
            fen += books.set_aside(kept.number)
    return fen


def _show(report: Report, sums: Sums, seed: int, wanted: int) -> None:
    faults = sums.faults
    report.counts.update(
        runs=sums.runs,
        events=dict(sorted(sums.acts.items())),
        refused=dict(sorted(sums.refused.items())),
        ends=dict(sorted(sums.ends.items())),
        faults=dict(sorted(faults.items())),
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
    missing = sorted({f"{on}:{kind}" for kind, on in FAULTS} - set(faults))
    # So many runs that each kind should have come up; fewer cannot promise it.
    enough = wanted < 4 * len(FAULTS) or not missing
    seen = f"{sum(faults.values())} of {len(faults)} kinds"
    report.check(HAPPENED, enough, seen + (f", not {missing}" if missing else ""))
