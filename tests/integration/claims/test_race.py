"""Races on a real Redis with an honest judge: who wins, what each hears."""

import asyncio
from dataclasses import replace
from itertools import count

from realtime.claims import (
    Barred,
    Closed,
    Stale,
    Taken,
    Unavailable,
    Why,
    Won,
    Yours,
)
from tests.integration.claims.judges import (
    HonestJudge,
    LosingJudge,
    StuckJudge,
    UncertainJudge,
)
from tests.integration.claims.racing import (
    ANSWERED,
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


async def test_of_200_couriers_the_first_wins_and_the_rest_hear_by_how_much(redis_url):
    judge = HonestJudge()
    judge.open(order())
    async with engine(redis_url, judge) as claims:
        await claims.open(order(), 1, opened_at=fresh())
        outcomes = await race([claims], 200, order())
    assert outcomes[0] == Won(version=1, place=0, arrival=1)
    assert kinds(outcomes) == {"Won": 1, "Taken": 199}
    assert [o.arrival for o in outcomes] == list(range(1, 201))
    assert all(0 <= o.earlier_seconds < 5 for o in outcomes[1:])
    judge.assert_one_winner_each(1)


async def test_losers_never_touch_the_judge(redis_url):
    judge = HonestJudge()
    judge.open(order())
    async with engine(redis_url, judge) as claims:
        await claims.open(order(), 1, opened_at=fresh())
        await race([claims], 50, order())
    assert judge.appeals == {order(): 1}
    assert not judge.reads


async def test_two_processes_race_for_many_orders_with_one_winner_each(redis_url):
    judge = HonestJudge()
    orders = [order(number) for number in range(40)]
    for each in orders:
        judge.open(each)
    async with engine(redis_url, judge) as one, engine(redis_url, judge) as two:
        results = await asyncio.gather(*(race([one, two], 20, each) for each in orders))
    for outcomes in results:
        assert kinds(outcomes) == {"Won": 1, "Taken": 19}
    judge.assert_one_winner_each(40)


async def test_a_missing_record_costs_one_read_however_many_claim(redis_url):
    judge = HonestJudge()
    judge.open(order())
    async with engine(redis_url, judge) as claims:
        outcomes = await race([claims], 100, order())
    assert judge.reads == {order(): 1}
    assert kinds(outcomes) == {"Won": 1, "Taken": 99}
    # Those who waited for the judge keep the order they came in.
    assert isinstance(outcomes[0], Won)


async def test_the_loser_hears_by_how_much_the_winner_was_earlier(redis_url):
    judge = HonestJudge()
    judge.open(order())
    async with engine(redis_url, judge) as claims:
        await claims.open(order(), 1, opened_at=fresh())
        await claim(claims, 1, order())
        late = await claim(claims, 2, order())
        receipts = await claims.receipts(order(), 1)
    won, lost = receipts.attempts
    assert isinstance(late, Taken)
    assert late.earlier_seconds == (lost.arrived_us - won.arrived_us) / 1_000_000 > 0


async def test_a_repeated_request_hears_the_same(redis_url):
    judge = HonestJudge()
    judge.open(order())
    async with engine(redis_url, judge) as claims:
        await claims.open(order(), 1, opened_at=fresh())
        first = [await claim(claims, who, order()) for who in (1, 2)]
        again = [await claim(claims, who, order()) for who in (1, 2)]
        assert first == again
        assert await claim(claims, 1, order(), request="2") == Yours(version=1, place=0)
        assert len((await claims.receipts(order(), 1)).attempts) == 3


async def test_a_double_tap_is_judged_once(redis_url):
    judge = HonestJudge()
    judge.open(order())
    async with engine(redis_url, judge) as claims:
        await claims.open(order(), 1, opened_at=fresh())
        taps = (claim(claims, 1, order(), request=str(tap)) for tap in range(5))
        outcomes = await asyncio.gather(*taps)
    assert kinds(outcomes) == {"Won": 1, "Yours": 4}
    assert judge.appeals == {order(): 1}


async def test_another_version_is_stale_and_a_newer_one_asks_the_judge(redis_url):
    judge = HonestJudge()
    judge.open(order(), version=2)
    async with engine(redis_url, judge) as claims:
        await claims.open(order(), 1, opened_at=fresh())
        assert isinstance(await claim(claims, 1, order(), version=2), Won)
        assert await claim(claims, 2, order(), version=1) == Stale(2)
        assert await claim(claims, 2, order(), version=9) == Stale(2)


async def test_an_older_opening_never_overwrites_a_newer(redis_url):
    judge = HonestJudge()
    judge.open(order(), version=2)
    async with engine(redis_url, judge) as claims:
        assert await claims.open(order(), 2, opened_at=fresh())
        assert isinstance(await claim(claims, 1, order(), version=2), Won)
        assert not await claims.open(order(), 1, opened_at=fresh())
        await claims.open(order(), 2, opened_at=fresh())
        assert kinds([await claim(claims, 2, order(), version=2)]) == {"Taken": 1}


async def test_a_hand_back_starts_a_new_race_and_keeps_the_old_receipts(redis_url):
    judge = HonestJudge()
    judge.open(order())
    async with engine(redis_url, judge) as claims:
        await claims.open(order(), 1, opened_at=fresh())
        await race([claims], 3, order())
        assert await claims.release(order(), courier(0), 1, judge.release(order()))
        outcomes = await race([claims], 3, order(), version=2)
        assert isinstance(outcomes[0], Won)
        assert len((await claims.receipts(order(), 1)).attempts) == 3
        assert len((await claims.receipts(order(), 2)).attempts) == 3
        # The old race's news comes again, late: nothing changes.
        await claims.release(order(), courier(0), 1, 2)
        assert await claim(claims, 0, order(), version=2) == outcomes[0]
    judge.assert_one_winner_each(2)


async def test_a_closed_or_unknown_resource_cannot_be_won(redis_url):
    judge = HonestJudge()
    judge.open(order())
    judge.closed.add(order())
    async with engine(redis_url, judge) as claims:
        await claims.open(order(), 1, opened_at=fresh())
        await claims.close(order(), 1)
        assert await claim(claims, 1, order()) == Closed(1)
        assert await claim(claims, 1, order(99)) == Closed(0)
    assert not judge.awards


async def test_not_eligible_bars_only_that_claimant_until_lifted(redis_url):
    judge = HonestJudge()
    judge.open(order())
    judge.ineligible.add(courier(1))
    async with engine(redis_url, judge) as claims:
        await claims.open(order(), 1, opened_at=fresh())
        assert await claim(claims, 1, order()) == Barred("not_certified")
        assert await claim(claims, 1, order(), version=2, request="2") == Barred("")
        assert judge.appeals == {order(): 1}
        judge.ineligible.clear()
        assert await claims.lift(order(), courier(1))
        assert isinstance(await claim(claims, 1, order(), version=2, request="3"), Won)


async def test_a_bar_set_before_the_race_holds_in_it(redis_url):
    judge = HonestJudge()
    judge.open(order())
    async with engine(redis_url, judge) as claims:
        await claims.bar(order(), courier(0))
        outcomes = await race([claims], 3, order())
    assert kinds(outcomes) == {"Barred": 1, "Won": 1, "Taken": 1}
    assert outcomes[0] == Barred("")


async def test_lost_at_the_judge_settles_the_record_to_the_true_holder(redis_url):
    judge = LosingJudge()
    judge.open(order())
    async with engine(redis_url, judge) as claims:
        await claims.open(order(), 1, opened_at=fresh())
        judge.lose(order(), courier(7), seconds_ago=30)
        first = await claim(claims, 1, order())
        assert isinstance(first, Taken)
        assert 29 < first.earlier_seconds < 35
        assert isinstance(await claim(claims, 2, order()), Taken)
        assert isinstance(await claim(claims, 7, order()), Yours)
        assert (await claims.receipts(order(), 1)).attempts[0].answer == "lost"
    assert judge.appeals[order()] == 2  # the first, and the holder's own


async def test_an_uncertain_award_is_finished_by_the_same_courier(redis_url):
    for number, written in enumerate((True, False)):
        judge = UncertainJudge(1, written=written)
        judge.open(order(number))
        async with engine(redis_url, judge) as claims:
            await claims.open(order(number), 1, opened_at=fresh())
            assert await claim(claims, 1, order(number)) == Unavailable(Why.JUDGE)
            # The record keeps its holder meanwhile.
            assert isinstance(await claim(claims, 2, order(number)), Taken)
            assert isinstance(await claim(claims, 1, order(number)), Won)
        judge.assert_one_winner_each(1)


async def test_the_reconciler_finishes_an_award_nobody_came_back_for(redis_url):
    judge = UncertainJudge(1, written=True)
    judge.open(order())
    async with engine(redis_url, judge, ANSWERED) as claims:
        await claims.open(order(), 1, opened_at=fresh())
        assert await claim(claims, 1, order()) == Unavailable(Why.JUDGE)
        await eventually(lambda: _mended(claims))
        assert (await claims.reconcile()).lapsed == 0
        assert isinstance(await claim(claims, 2, order()), Taken)
        assert isinstance(await claim(claims, 1, order()), Won)
    assert judge.reads[order()] == 1


async def _mended(claims):
    return (await claims.reconcile()).mended == 1


async def test_a_lease_that_ended_asks_the_judge_and_the_order_is_won_anew(redis_url):
    judge = UncertainJudge(1, written=False)
    judge.open(order())
    async with engine(redis_url, judge, ANSWERED) as claims:
        await claims.open(order(), 1, opened_at=fresh())
        assert await claim(claims, 1, order()) == Unavailable(Why.JUDGE)

        taps = count()

        async def tapped_again():
            outcome = await claim(claims, 2, order(), request=f"t{next(taps)}")
            # Theirs already, where the judge wrote a tap and its answer came too late.
            return isinstance(outcome, Won | Yours)

        await eventually(tapped_again)
    assert judge.awards == {(order(), 1, 0): [courier(2)]}


async def test_a_judge_that_does_not_answer_is_given_up_below_the_lease(redis_url):
    settings = replace(ANSWERED, read_seconds=SETTINGS.read_seconds)
    judge = StuckJudge()
    judge.open(order())
    async with engine(redis_url, judge, settings) as claims:
        await claims.open(order(), 1, opened_at=fresh())
        assert await claim(claims, 1, order()) == Unavailable(Why.JUDGE)
        assert await claim(claims, 1, order(2)) == Unavailable(Why.JUDGE)
        judge.free()
        assert isinstance(await claim_until_known(claims, 1, order()), Won)


async def test_an_award_goes_on_when_its_claimant_is_gone(redis_url):
    judge = StuckJudge()
    judge.open(order())
    async with engine(redis_url, judge) as claims:
        await claims.open(order(), 1, opened_at=fresh())
        waiting = asyncio.ensure_future(claim(claims, 1, order()))
        await eventually(lambda: len(claims._awards) == 1)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        judge.free()
        await eventually(lambda: judge.awards)
        await eventually(lambda: not len(claims._awards))
        assert isinstance(await claim(claims, 1, order()), Won)
    assert judge.appeals == {order(): 1}
