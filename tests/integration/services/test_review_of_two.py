"""What reviewers see and decide: the photo's number, two pairs of eyes, what was seen."""

import asyncio
from datetime import timedelta

import pytest

from server.domain.custody import Custody
from server.domain.errors import Conflict, DomainError, Forbidden, InvalidInput, StaleVersion
from server.domain.orders import Match, Order
from server.domain.people import Actor, Role
from server.domain.reviews import SendBack
from tests.integration.services.house import House, actor, house
from tests.integration.services.test_review import (
    COURIER,
    REVIEWER,
    collected,
    finished,
    in_review,
)

SECOND = actor("second", Role.REVIEWER)
ADMIN = actor("boss", Role.ADMIN)


async def dear(h: House) -> Order:
    """Have an order in review that pays its courier more than one person may release."""
    order = await in_review(h)
    share = {"pay_fen": 20_001, "fee_fen": 2_000, "price_fen": 22_001}
    await h.db["orders"].update_one({"_id": order.id}, {"$set": share})
    await h.db["payments"].update_many({"order": order.id}, {"$set": {"amount_fen": 22_001}})
    await h.db["ledger"].delete_many({})
    return await h.orders.get(order.id)


async def outcome(act) -> str:
    try:
        return (await act).custody.value
    except DomainError as refusal:
        return refusal.rule or refusal.code


async def test_the_photos_number_is_shown_and_a_mismatch_needs_a_reason(
    mongo_uri, mongo_db_name, redis_url
):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        h.reader.numbers = ("SF9999999999999",)
        order = await in_review(h)
        (waiting,) = await h.review.queue(REVIEWER)
        assert waiting.finished.reading.match is Match.MISMATCH
        assert waiting.finished.reading.numbers == ("SF9999999999999",)
        for reason in (None, "  "):
            with pytest.raises(InvalidInput) as refused:
                await h.review.approve(
                    REVIEWER, order.id, seen=order.finished.uploaded_at, reason=reason
                )
            assert refused.value.field == "reason"
        seen, why = order.finished.uploaded_at, "照片拍到了另一张面单"
        with pytest.raises(StaleVersion) as older:
            await h.review.approve(REVIEWER, order.id, seen=seen - timedelta(days=1), reason=why)
        assert (older.value.field, older.value.rule) == ("uploaded_at", "as_seen")
        both = (h.review.approve(who, order.id, seen=seen, reason=why) for who in (REVIEWER, ADMIN))
        assert sorted(await asyncio.gather(*map(outcome, both))) == ["done", "illegal_transition"]
        done = await h.orders.get(order.id)
        assert done.custody is Custody.DONE
        records = await h.audit.of(f"order:{order.id}")
        told = [one["purpose"] for one in records if one["action"] == "approve_with_reason"]
        assert told == ["照片拍到了另一张面单"]
        h.reader.numbers = ()
        unreadable = await in_review(h)
        assert unreadable.finished.reading.match is Match.UNREADABLE
        assert (
            await h.review.approve(REVIEWER, unreadable.id, seen=unreadable.finished.uploaded_at)
        ).custody is Custody.DONE


async def test_above_the_limit_two_different_people_approve(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        order = await dear(h)
        for who in (REVIEWER, ADMIN):  # an administrator is no exception
            assert (
                await outcome(h.review.approve(who, order.id, seen=order.finished.uploaded_at))
                == "in_review"
            )
            assert (
                await outcome(h.review.approve(who, order.id, seen=order.finished.uploaded_at))
                == "four_eyes"
            )
            for other in (SECOND, COURIER):
                with pytest.raises(Conflict):
                    await h.review.withdraw(other, order.id)
            back = await h.review.withdraw(who, order.id)
            assert back.finished.approval is None
            with pytest.raises(Conflict):
                await h.review.withdraw(who, order.id)
        await h.review.approve(REVIEWER, order.id, seen=order.finished.uploaded_at)
        assert await h.db["ledger"].count_documents({}) == 0, "a mark moves no money"
        done = await h.review.approve(SECOND, order.id, seen=order.finished.uploaded_at)
        assert done.custody is Custody.DONE
        last = (await h.orders.events(order.id))[-1]
        assert (last.step, last.actor, last.data["first"]) == ("approved", "second", "reviewer")


async def test_at_the_limit_one_is_enough(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        order = await dear(h)
        await h.db["orders"].update_one({"_id": order.id}, {"$set": {"pay_fen": 20_000}})
        assert (
            await h.review.approve(REVIEWER, order.id, seen=order.finished.uploaded_at)
        ).custody is Custody.DONE


async def test_many_approvals_at_once_settle_once(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        order = await dear(h)
        acts = [
            h.review.approve(REVIEWER, order.id, seen=order.finished.uploaded_at) for _ in range(3)
        ]
        results = await asyncio.gather(*map(outcome, acts))
        assert results.count("in_review") == 1 and "done" not in results, results
        rivals: list[Actor] = [SECOND, REVIEWER, ADMIN, SECOND]
        acts = [h.review.approve(who, order.id, seen=order.finished.uploaded_at) for who in rivals]
        results = await asyncio.gather(
            *map(outcome, acts), outcome(h.review.withdraw(REVIEWER, order.id))
        )
        after = await h.orders.get(order.id)
        settled = await h.db["ledger"].count_documents({"order": order.id})
        if after.custody is Custody.DONE:
            assert results.count("done") == 1 and settled >= 1
        steps = [event.step for event in await h.orders.events(order.id)]
        assert steps.count("approved") == results.count("done") <= 1


async def test_an_approval_falls_when_the_waybill_goes_back(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        order = await dear(h)
        seen = order.finished.uploaded_at
        await h.review.approve(REVIEWER, order.id, seen=seen)
        back = await h.review.reject(SECOND, order.id, SendBack.FIELDS_DIFFER, seen=seen)
        assert back.finished.approval is None
        h.now += timedelta(seconds=1)
        again = await h.review.upload(
            COURIER, order.id, finished(number=order.pickup.carrier_waybill)
        )
        assert again.finished.approval is None
        for act in (
            h.review.approve(SECOND, order.id, seen=seen),
            h.review.reject(SECOND, order.id, SendBack.NOT_POSTED, seen=seen),
        ):
            with pytest.raises(StaleVersion):  # the one that was looked at is gone
                await act
        last = again.finished.uploaded_at
        assert await outcome(h.review.approve(SECOND, order.id, seen=last)) == "in_review"


async def test_nobody_is_a_second_pair_of_eyes_on_their_own(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        order = await dear(h)
        await h.review.approve(REVIEWER, order.id, seen=order.finished.uploaded_at)
        with pytest.raises(Forbidden):
            await h.review.approve(
                actor("c1", Role.COURIER, Role.REVIEWER), order.id, seen=order.finished.uploaded_at
            )


async def test_the_longest_waiting_come_first_however_many(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        first = await in_review(h)
        for _ in range(3):
            h.now += timedelta(minutes=1)
            await collected(h)
            await in_review(h)
        waiting = await h.review.queue(REVIEWER, limit=2)
        assert waiting[0].order.id == first.id and len(waiting) == 2
