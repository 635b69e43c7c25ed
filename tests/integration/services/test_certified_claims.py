"""Claims against certifications that end at the same moment: the judge looks itself."""

import asyncio
from datetime import timedelta

import pytest

from realtime.claims import NotEligible
from realtime.claims.values import Claim, ClaimantId, RequestId
from server.domain.certifications import Step, moved
from server.domain.custody import Custody
from server.domain.errors import DomainError, NotCertified
from server.domain.ids import PersonId
from server.domain.people import Certification
from server.services.dispatch.judge import NOT_CERTIFIED, resource_of
from server.store.standings import MongoStandings
from tests.integration.services.house import House, house
from tests.integration.services.serving import serving
from tests.integration.services.test_dispatch import active, on_offer


async def step(h: House, name: str, wanted: Step) -> bool:
    """Write one step, as a worker or a reviewer does."""
    standings = MongoStandings(h.db)
    current = await standings.get(PersonId(name))
    return await standings.write(current, moved(current, wanted, now=h.now), wanted, h.now)


async def test_a_claim_after_the_end_is_refused_though_no_worker_looked(
    mongo_uri, mongo_db_name, redis_url
):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        courier = await h.person("c1", certified=True)
        until = h.now + timedelta(seconds=5)
        await h.db["people"].update_one({"_id": "c1"}, {"$set": {"certified_until": until}})
        first, second, third = [await on_offer(h) for _ in range(3)]
        await h.dispatch.claim(courier, first.id, 1, "in-time")
        h.now = until
        # By memory the courier is good for ten seconds; the time is looked at all the same.
        with pytest.raises(NotCertified) as refused:
            await h.dispatch.claim(courier, second.id, 1, "late")
        assert refused.value.details == {
            "certification": "expired",
            "lead": f"/courier#certification/{second.id}",
        }
        claim = Claim(resource_of(third.id), ClaimantId("c1"), 1, RequestId("at-the-judge"))
        award = await h.judge.award(claim)
        assert award == NotEligible(NOT_CERTIFIED, 2)
        assert (await h.orders.get(third.id)).custody is Custody.OPEN
        assert await active(h, "c1") == 1
        again = await h.dispatch.claim(courier, first.id, 1, "in-time")
        assert again.order.id == first.id, "what was won in time stays won"


@pytest.mark.parametrize("wanted", [Step.SUSPEND, Step.EXPIRE])
async def test_claims_and_the_end_at_once_leave_no_win_after_it(
    mongo_uri, mongo_db_name, redis_url, wanted
):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        for round_number in range(6):
            name = f"c{round_number}"
            courier = await h.person(name, certified=True)
            orders = [await on_offer(h) for _ in range(4)]
            until = h.now + timedelta(milliseconds=1)
            if wanted is Step.EXPIRE:
                await h.db["people"].update_one({"_id": name}, {"$set": {"certified_until": until}})

            async def claim(order, courier=courier) -> str:
                try:
                    await h.dispatch.claim(courier, order.id, 1, f"r-{order.id}")
                except DomainError as refusal:
                    return refusal.code
                return "won"

            async def end(name=name, pause=round_number, until=until) -> int:
                for _ in range(pause * 3):
                    await asyncio.sleep(0)
                if wanted is Step.EXPIRE:
                    h.now = until
                while not await step(h, name, wanted):
                    pass  # a win came between: the count is on the same document
                return await active(h, name)

            carrying, *results = await asyncio.gather(end(), *map(claim, orders))
            assert set(results) <= {"won", "not_certified", "stale"}, results
            assert await active(h, name) == results.count("won") == carrying
            held = [await h.orders.get(order.id) for order in orders]
            assert sum(order.custody is Custody.CLAIMED for order in held) == carrying
            ended = await MongoStandings(h.db).certification(PersonId(name), h.now)
            assert ended in (Certification.SUSPENDED, Certification.EXPIRED)
            with pytest.raises(NotCertified):
                await h.dispatch.claim(courier, (await on_offer(h)).id, 1, "after")


async def test_whose_time_ran_out_sees_no_offers_though_no_worker_looked(
    mongo_uri, mongo_db_name, redis_url
):
    async with house(mongo_uri, mongo_db_name, redis_url) as h, serving(h, redis_url) as caller:
        await h.person("c1", certified=True)
        until = h.now + timedelta(seconds=5)
        await h.db["people"].update_one({"_id": "c1"}, {"$set": {"certified_until": until}})
        duty = {"on": True, "districts": ["ws100"]}
        who = {"who": "c1:courier"}
        assert (await caller.ask("PUT", "/v1/courier/duty", duty, **who)).status == 200
        assert (await caller.ask("GET", "/v1/courier/offers", **who)).status == 200
        h.now = until
        for verb, path, body in (
            ("PUT", "/v1/courier/duty", duty),
            ("GET", "/v1/courier/offers", None),
        ):
            answer = await caller.ask(verb, path, body, **who)
            assert (answer.status, answer.error[1]) == (403, "forbidden")
        off = await caller.ask("PUT", "/v1/courier/duty", {"on": False}, **who)
        assert off.status == 200, "going off duty is always possible"
