"""Seats on a real Redis: a resource with several places, which have no versions of their own."""

from dataclasses import replace
from itertools import count

from realtime.claims import ANY_VERSION, Holder, ResourceId, Taken, Won
from tests.integration.claims.judges import HonestJudge
from tests.integration.claims.racing import PATIENT, claim, courier, engine, fresh, kinds, race
from tests.waiting import eventually

CELLS = ResourceId("cells", "T1:M")


async def test_seats_go_to_the_first_comers_one_place_each(redis_url):
    judge = HonestJudge(capacity=5)
    judge.open(CELLS)
    async with engine(redis_url, judge) as one, engine(redis_url, judge) as two:
        outcomes = await race([one, two], 40, CELLS, version=ANY_VERSION)
    assert kinds(outcomes) == {"Won": 5, "Taken": 35}
    assert {o.place for o in outcomes if isinstance(o, Won)} == set(range(5))
    judge.assert_one_winner_each(5)


async def test_a_released_seat_is_won_again_under_the_same_version(redis_url):
    judge = HonestJudge(capacity=2)
    judge.open(CELLS)
    async with engine(redis_url, judge) as claims:
        outcomes = await race([claims], 3, CELLS, version=ANY_VERSION)
        assert kinds(outcomes) == {"Won": 2, "Taken": 1}
        judge.release(CELLS, place=1, raised=False)
        await claims.release(CELLS, courier(1), 1, 1)
        again = await claim(claims, 9, CELLS, version=ANY_VERSION)
        assert again == Won(version=1, place=1, arrival=4)


async def test_a_seat_released_unheard_is_found_when_the_record_is_checked_again(redis_url):
    judge = HonestJudge(capacity=2)
    judge.open(CELLS)
    async with engine(redis_url, judge) as claims:
        await race([claims], 2, CELLS, version=ANY_VERSION)
        judge.release(CELLS, place=0, raised=False)
        assert isinstance(await claim(claims, 9, CELLS, version=ANY_VERSION), Taken)
        await claims.refresh(CELLS)
        outcome = await claim(claims, 9, CELLS, version=ANY_VERSION, request="2")
        assert isinstance(outcome, Won)


async def test_a_seat_redis_thought_free_is_passed_over(redis_url):
    judge = HonestJudge(capacity=3)
    judge.open(CELLS)
    async with engine(redis_url, judge) as claims:
        await claims.open(CELLS, 1, opened_at=fresh(), capacity=3)
        async with engine(redis_url, judge) as other:
            # Two seats are held by the judge's word alone.
            for place in (0, 1):
                judge.holders[CELLS][place] = _holder(judge, place)
            assert isinstance(await claim(other, 9, CELLS, version=ANY_VERSION), Won)
    assert judge.awards == {(CELLS, 1, 2): [courier(9)]}


def _holder(judge, place):
    return Holder(courier(100 + place), judge.clock(), place)


async def test_full_seats_ask_the_judge_again_after_a_while(redis_url):
    """A release that never reached Redis: nothing but time brings the seat back."""
    judge = HonestJudge(capacity=2)
    judge.open(CELLS)
    async with engine(redis_url, judge, replace(PATIENT, recheck_seconds=0.05)) as claims:
        await race([claims], 2, CELLS, version=ANY_VERSION)
        judge.release(CELLS, place=0, raised=False)
        tries = count(2)

        async def won():
            request = str(next(tries))
            outcome = await claim(claims, 9, CELLS, version=ANY_VERSION, request=request)
            return isinstance(outcome, Won)

        await eventually(won)
    assert judge.awards[CELLS, 1, 0] == [courier(0), courier(9)]


async def test_a_hold_with_an_end_is_unknown_afterwards_not_free(redis_url):
    judge = HonestJudge(capacity=1)
    judge.open(CELLS)
    async with engine(redis_url, judge) as claims:
        held = Holder(courier(1), judge.clock(), 0, until=judge.clock())
        judge.holders[CELLS][0] = held
        # The judge's clock may lag behind Redis's: what it says counts.
        assert isinstance(await claim(claims, 2, CELLS, version=ANY_VERSION), Taken)
        assert (await claims.reconcile()).lapsed == 1
        del judge.holders[CELLS][0]
        assert isinstance(await claim(claims, 2, CELLS, ANY_VERSION, "2"), Won)
