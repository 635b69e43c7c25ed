"""Chaos in the race: parts are killed while couriers claim; still exactly one winner each.

One run is one race with one fault, drawn by the seed and put in at a drawn moment of the race.
The racers come back with the same request ids; afterwards the store is compared with what
every racer was told. A fault is a real one: SIGKILL, SIGSTOP, an emptied or an older
append-only file.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

from server.local.mongo import EmbeddedMongo
from server.local.redis import EmbeddedRedis
from server.local.site import Site
from server.proof import race
from server.proof.report import Report, progress
from server.store.orders import MongoOrders

ORDERS_A_RUN = 20
RACERS = 16

#: How far into a race the fault comes, seconds; a calm race of this size takes about one.
FAULT_AFTER_SECONDS = (0.02, 0.6)
#: How long a killed part stays away.
AWAY_SECONDS = (0.05, 0.8)
#: Long enough for claims to be won in Redis while MongoDB stands still.
STILL_SECONDS = 0.4

LIMIT_SECONDS = 90.0

Fault = Callable[[Site, random.Random, Path], Awaitable[None]]


def _parts(site: Site) -> tuple[EmbeddedRedis, EmbeddedMongo]:
    if site.redis is None or site.mongo is None:
        raise RuntimeError("chaos needs the site's own MongoDB and Redis")
    return site.redis, site.mongo


async def redis_killed(site: Site, draw: random.Random, scratch: Path) -> None:
    """Kill Redis; it comes back with all that it had acknowledged."""
    redis, _ = _parts(site)
    redis.kill()
    await asyncio.sleep(draw.uniform(*AWAY_SECONDS))
    redis.launch()
    await asyncio.to_thread(redis.wait_ready)


async def redis_emptied(site: Site, draw: random.Random, scratch: Path) -> None:
    """Kill Redis; it comes back with nothing."""
    redis, _ = _parts(site)
    redis.kill()
    redis.wipe()
    await asyncio.sleep(draw.uniform(*AWAY_SECONDS))
    redis.launch()
    await asyncio.to_thread(redis.wait_ready)


async def redis_older(site: Site, draw: random.Random, scratch: Path) -> None:
    """Kill Redis; it comes back as it was a moment before."""
    redis, _ = _parts(site)
    redis.copy_data_to(scratch / "older")
    await asyncio.sleep(draw.uniform(*AWAY_SECONDS))
    redis.kill()
    redis.replace_data_from(scratch / "older")
    redis.launch()
    await asyncio.to_thread(redis.wait_ready)


async def server_killed_before_write(site: Site, draw: random.Random, scratch: Path) -> None:
    """Kill a server whose claims are won in Redis and not yet written in MongoDB.

    MongoDB stands still meanwhile, so the server is killed just between the two.
    """
    _, mongo = _parts(site)
    number = draw.randrange(len(site.servers))
    mongo.pause()
    await asyncio.sleep(STILL_SECONDS)
    site.servers[number].kill()
    mongo.resume()
    await asyncio.sleep(draw.uniform(*AWAY_SECONDS))
    await site.start_server(number)


async def mongo_killed(site: Site, draw: random.Random, scratch: Path) -> None:
    """Kill MongoDB; it comes back from its journal."""
    _, mongo = _parts(site)
    mongo.kill()
    await asyncio.sleep(draw.uniform(*AWAY_SECONDS))
    mongo.launch()
    await asyncio.to_thread(mongo.wait_ready)


FAULTS: dict[str, Fault] = {
    "redis_killed": redis_killed,
    "redis_emptied": redis_emptied,
    "redis_older": redis_older,
    "server_killed_before_write": server_killed_before_write,
    "mongo_killed": mongo_killed,
}

CHECKS = (
    "one winner each",
    "nothing lost",
    "each racer told the truth",
    "every fault injected",
    "faults struck while claims were under way",
)


async def claims(site: Site, *, runs: int, seed: int, scratch: Path, report: Report) -> None:
    """Race so many times, each with a fault, and sum up."""
    report.expect(CHECKS)
    field = await race.line_up(site, RACERS, seed)
    injected: Counter[str] = Counter()
    doubles = unclaimed = wrong = unanswered = attempts = struck = 0
    async with race.orders_of(site) as store:
        for number in range(runs):
            name = list(FAULTS)[number % len(FAULTS)]
            draw = random.Random(f"{seed}/{number}")
            verdict = await _run(site, field, store, FAULTS[name], draw, scratch)
            injected[name] += 1
            doubles += verdict.double_winners
            unclaimed += verdict.unclaimed
            wrong += verdict.told_wrongly
            unanswered += verdict.unanswered
            attempts += verdict.attempts
            # Without a fault every claim is asked exactly once.
            struck += verdict.attempts > ORDERS_A_RUN * RACERS
            progress(f"run {number + 1}/{runs} {name}: {verdict.answers}")
    report.counts.update(
        runs=runs,
        orders=runs * ORDERS_A_RUN,
        attempts=attempts,
        socket_breaks=sum(racer.breaks for racer in field.racers),
        runs_struck=struck,
        faults=dict(injected),
        double_winners=doubles,
        unclaimed=unclaimed,
    )
    report.check("one winner each", doubles == 0, doubles)
    report.check("nothing lost", unclaimed == 0, f"{unclaimed} orders without a winner")
    told = wrong == 0 and unanswered == 0
    report.check("each racer told the truth", told, f"{wrong} wrong, {unanswered} unanswered")
    every = runs < len(FAULTS) or set(injected) == set(FAULTS)
    report.check("every fault injected", every, dict(injected))
    seen = f"{struck} of {runs} runs had to ask again"
    report.check("faults struck while claims were under way", struck * 2 >= runs, seen)


async def _run(
    site: Site,
    field: race.Field,
    store: MongoOrders,
    fault: Fault,
    draw: random.Random,
    scratch: Path,
) -> race.Verdict:
    for racer in field.racers:
        racer.outcomes.clear()
        racer.attempts = 0
    orders = await race.put_open_orders(store, ORDERS_A_RUN, draw)

    async def strike() -> None:
        await asyncio.sleep(draw.uniform(*FAULT_AFTER_SECONDS))
        await fault(site, draw, scratch)

    async with asyncio.TaskGroup() as group:
        group.create_task(field.race(orders, limit_seconds=LIMIT_SECONDS))
        group.create_task(strike())
    return await race.judge(store, field, orders)
