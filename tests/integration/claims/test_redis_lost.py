"""Redis killed in the middle of races: restarted as it was, empty, or from an older file.

Two engines (two processes' worth) race with one honest judge. Whatever Redis forgets, each
order has one winner, every courier hears an outcome that the judge agrees with, and every
order can still be won.
"""

import asyncio
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from realtime.claims import (
    ANY_VERSION,
    Barred,
    ClaimantId,
    Claims,
    ClaimsUnavailable,
    ResourceId,
    Taken,
    Won,
    Yours,
)
from server.local.redis import EmbeddedRedis
from tests.integration.claims.judges import HonestJudge
from tests.integration.claims.racing import (
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

pytestmark = pytest.mark.slow

ORDERS, COURIERS = 24, 12


def come_back_as_it_was(server: EmbeddedRedis, _older: Path) -> None:
    server.start()


def come_back_empty(server: EmbeddedRedis, _older: Path) -> None:
    server.wipe()
    server.start()


def come_back_older(server: EmbeddedRedis, older: Path) -> None:
    server.replace_data_from(older)
    server.start()


COMEBACKS = [come_back_as_it_was, come_back_empty, come_back_older]


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("come_back", COMEBACKS)
async def test_every_order_has_one_winner_though_redis_dies_in_the_race(
    redis_server, tmp_path, come_back, seed
):
    random = Random(seed)
    judge = HonestJudge()
    for number in range(ORDERS):
        judge.open(order(number))
    older = tmp_path / "older"
    async with (
        engine(redis_server.url, judge, SETTINGS) as one,
        engine(redis_server.url, judge, SETTINGS) as two,
    ):
        for number in range(ORDERS):
            await one.open(order(number), 1, opened_at=fresh())
        redis_server.copy_data_to(older)
        racing = asyncio.ensure_future(_race_all([one, two], random))
        await eventually(lambda: len(judge.awards) >= ORDERS // 4)
        redis_server.kill()
        come_back(redis_server, older)
        heard = await racing
        _check(judge, heard)
        await _check_nothing_is_stuck([one, two], judge)


Heard = dict[tuple[int, int], object]


async def _race_all(engines: list[Claims], random: Random) -> Heard:
    """Let every courier wish for every order, spread over some hundredths of a second."""
    heard: Heard = {}

    async def one_wish(number: int, who: int, delay_seconds: float) -> None:
        await asyncio.sleep(delay_seconds)
        engine_of = engines[(number + who) % 2]
        heard[number, who] = await claim_until_known(engine_of, who, order(number))

    wishes = [(number, who) for number in range(ORDERS) for who in range(COURIERS)]
    random.shuffle(wishes)
    await asyncio.gather(*(one_wish(number, who, random.random() * 0.1) for number, who in wishes))
    return heard


def _check(judge: HonestJudge, heard: Heard) -> None:
    judge.assert_one_winner_each(ORDERS)
    assert len(heard) == ORDERS * COURIERS
    for (number, who), outcome in heard.items():
        winner = judge.awards[order(number), 1, 0][0] == courier(who)
        assert isinstance(outcome, Won | Yours if winner else Taken), (number, who, outcome)


async def _check_nothing_is_stuck(engines: list[Claims], judge: HonestJudge) -> None:
    """Hand every order back; each is won again, once."""
    for number in range(ORDERS):
        holder = judge.holders[order(number)][0].claimant
        new = judge.release(order(number))
        await _release(engines[0], order(number), holder, new)
        outcomes = await race(engines, 3, order(number), version=2)
        assert kinds(outcomes)["Taken"] == 2
    judge.assert_one_winner_each(2 * ORDERS)


async def _release(claims: Claims, resource: ResourceId, holder: ClaimantId, new: int) -> None:
    """Release as the judge's own side does: again until it was taken."""

    async def is_taken() -> bool:
        with suppress(ClaimsUnavailable):
            await claims.release(resource, holder, 1, new)
            return True
        return False

    await eventually(is_taken)


async def test_a_win_in_an_older_file_is_forgotten_but_not_given_away(redis_server, tmp_path):
    judge = HonestJudge()
    judge.open(order())
    async with engine(redis_server.url, judge) as claims:
        await claims.open(order(), 1, opened_at=fresh())
        redis_server.copy_data_to(tmp_path / "older")
        assert isinstance(await claim(claims, 1, order()), Won)
        redis_server.kill()
        come_back_older(redis_server, tmp_path / "older")
        # The record says open: the next courier wins there, and loses at the judge.
        assert isinstance(await claim_until_known(claims, 2, order()), Taken)
        assert isinstance(await claim_until_known(claims, 1, order()), Won)
    judge.assert_one_winner_each(1)


async def test_receipts_are_marked_partial_after_a_loss(redis_server, tmp_path):
    judge = HonestJudge()
    judge.open(order())
    async with engine(redis_server.url, judge) as claims:
        await claims.open(order(), 1, opened_at=fresh())
        await race([claims], 3, order())
        whole = await claims.receipts(order(), 1)
        assert not whole.partial
        assert len(whole.attempts) == 3
        for come_back in COMEBACKS:
            redis_server.copy_data_to(tmp_path / "older")
            redis_server.kill()
            come_back(redis_server, tmp_path / "older")
            await claim_until_known(claims, 4, order())
            assert (await claims.receipts(order(), 1)).partial


async def test_an_opening_older_than_redis_itself_is_partial(redis_server):
    """The event comes again after a loss; nobody knows which attempts went with it."""
    judge = HonestJudge()
    async with engine(redis_server.url, judge) as claims:
        await claims.open(order(1), 1, opened_at=fresh())
        await claims.open(order(2), 1, opened_at=fresh() - timedelta(hours=1))
        assert not (await claims.receipts(order(1), 1)).partial
        assert (await claims.receipts(order(2), 1)).partial


async def test_a_bar_lost_with_redis_is_set_again_by_the_judge(redis_server):
    judge = HonestJudge()
    judge.open(order())
    judge.ineligible.add(courier(1))
    async with engine(redis_server.url, judge) as claims:
        assert await claim(claims, 1, order()) == Barred("not_certified")
        redis_server.kill()
        come_back_empty(redis_server, Path())
        again = await claim_until_known(claims, 1, order(), version=2, request="2")
        assert again == Barred("not_certified")
        assert isinstance(await claim_until_known(claims, 2, order(), version=3), Won)
    judge.assert_one_winner_each(1)


@pytest.mark.parametrize("come_back", COMEBACKS)
async def test_every_seat_has_one_winner_though_redis_dies_in_the_race(
    redis_server, tmp_path, come_back
):
    judge = HonestJudge(capacity=6)
    outlets = [ResourceId("slot", f"outlet-{number}") for number in range(8)]
    for slot in outlets:
        judge.open(slot)
    older = tmp_path / "older"
    async with (
        engine(redis_server.url, judge, SETTINGS) as one,
        engine(redis_server.url, judge, SETTINGS) as two,
    ):
        await one.open(outlets[0], 1, opened_at=fresh(), capacity=6)
        redis_server.copy_data_to(older)
        races = [race([one, two], 15, slot, version=ANY_VERSION) for slot in outlets]
        racing = asyncio.ensure_future(asyncio.gather(*races))
        await eventually(lambda: len(judge.awards) >= 6)
        redis_server.kill()
        come_back(redis_server, older)
        for outcomes in await racing:
            heard = kinds(outcomes)
            assert heard["Won"] + heard["Yours"] == 6
            assert heard["Taken"] == 9
    judge.assert_one_winner_each(6 * len(outlets))
