"""Why a feed is empty: each condition, by the rules that decide offers and claims."""

from contextlib import aclosing
from typing import Any

from realtime.districts import district_of
from realtime.presence import Presence
from realtime.redis import connect
from tests.integration.services.house import PLACE, House, house
from tests.integration.services.refusals import COURIER
from tests.integration.services.serving import Caller, serving
from tests.integration.services.test_routes import on_duty, paid

METRES_OF_A_DEGREE = 111_195


class Asker:
    """The courier `c1`, who asks again after each change."""

    def __init__(self, h: House, caller: Caller) -> None:
        self._h = h
        self._caller = caller

    async def told(self, *names: str) -> Any:
        """Give the named facts: one by itself, several as a tuple."""
        answer = await self._caller.ask("GET", "/v1/courier/feed-check", who=COURIER)
        assert answer.status == 200, answer
        facts = tuple(answer.body[name] for name in names)
        return facts if len(facts) > 1 else facts[0]

    async def stands(self, north_metres: float) -> None:
        lat = PLACE.lat + north_metres / METRES_OF_A_DEGREE
        body = {"lat": lat, "lon": PLACE.lon, "at": self._h.now.isoformat()}
        answer = await self._caller.ask("PUT", "/v1/courier/position", body, who=COURIER)
        assert answer.status == 200

    async def sees(self) -> int:
        answer = await self._caller.ask("GET", "/v1/courier/offers", who=COURIER)
        return len(answer.body["offers"])


async def test_duty_position_and_what_is_in_reach(mongo_uri, mongo_db_name, redis_url):
    async with (
        house(mongo_uri, mongo_db_name, redis_url) as h,
        serving(h, redis_url) as caller,
    ):
        await h.person("c1", certified=True)
        courier = Asker(h, caller)
        where = ("on_duty", "position_counts", "terminals", "offers", "offers_beyond")
        assert await courier.told(*where) == (False, False, 0, 0, 0)
        await on_duty(caller)
        assert await courier.told(*where) == (True, False, 1, 0, 0)
        assert await courier.told("districts", "position_at") == ([district_of(PLACE)], None)
        assert await courier.told("terminals_online") == 0
        await h.db["terminals"].update_many({}, {"$set": {"online": True}})
        h.later(seconds=6)  # the map of terminals is believed for five
        assert await courier.told("terminals_online") == 1
        await paid(h, caller)
        assert await courier.told("offers", "offers_beyond") == (1, 0) == (await courier.sees(), 0)
        await courier.stands(1100)
        assert await courier.told(*where) == (True, True, 1, 0, 1), "the ring has not come there"
        await courier.stands(900)
        assert await courier.told(*where) == (True, True, 1, 1, 0)
        await courier.stands(300_000)
        assert await courier.told(*where) == (True, True, 0, 0, 0), "no terminal in reach"
        stood_at = await courier.told("position_at")
        h.later(seconds=601)
        assert await courier.told(*where) == (True, False, 1, 1, 0), "too old: what was chosen"
        assert await courier.told("position_at", "position_counts_seconds") == (stood_at, 600)
        assert await courier.sees() == 1


async def test_who_may_see_and_who_may_claim(mongo_uri, mongo_db_name, redis_url):
    async with (
        house(mongo_uri, mongo_db_name, redis_url) as h,
        serving(h, redis_url) as caller,
    ):
        await h.person("c1")
        courier = Asker(h, caller)
        standing = ("certification", "certified", "may_see_offers")
        assert await courier.told(*standing) == ("none", False, True)
        people = h.db["people"]

        async def becomes(**fields: Any) -> None:
            await people.update_one({"_id": "c1"}, {"$set": fields})

        await becomes(certification="certified")
        assert await courier.told(*standing) == ("certified", True, True)
        assert await courier.told("carrying", "has_room") == (0, True)
        await becomes(active_orders=h.rules.courier_cap)
        assert await courier.told("carrying", "cap", "has_room") == (
            h.rules.courier_cap,
            h.rules.courier_cap,
            False,
        )
        await becomes(certified_until=h.now)
        assert await courier.told(*standing) == ("expired", False, False)
        await becomes(certification="suspended", certified_until=None)
        assert await courier.told(*standing) == ("suspended", False, False)


async def test_whether_a_page_is_live(mongo_uri, mongo_db_name, redis_url):
    async with (
        house(mongo_uri, mongo_db_name, redis_url) as h,
        serving(h, redis_url) as caller,
        aclosing(connect(redis_url)) as redis,
    ):
        await h.person("c1", certified=True)
        courier = Asker(h, caller)
        await on_duty(caller)
        assert await courier.told("live") is False
        await Presence(redis, process="p1", clock=h.clock).beat(["c1"])
        assert await courier.told("live") is True
        h.later(seconds=3600)
        assert await courier.told("live") is False
