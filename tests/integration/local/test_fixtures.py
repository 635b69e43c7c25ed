"""The shared servers answer, and each test has its own corner of them."""

import pytest
from pymongo import MongoClient
from redis.asyncio import Redis

from server.local.mongo import EmbeddedMongo
from server.local.redis import EmbeddedRedis


@pytest.mark.parametrize("visit", ["first", "second"])
async def test_shared_redis_is_empty_at_the_start_of_each_test(redis_url: str, visit: str) -> None:
    async with Redis.from_url(redis_url) as redis:
        assert await redis.dbsize() == 0
        await redis.set("visit", visit)


@pytest.mark.parametrize("visit", ["first", "second"])
def test_shared_mongo_has_a_database_per_test(
    mongo_uri: str, mongo_db_name: str, visit: str
) -> None:
    with MongoClient(mongo_uri) as client:
        database = client[mongo_db_name]
        assert database.visits.count_documents({}) == 0
        database.visits.insert_one({"_id": visit})


def test_own_servers_run_beside_the_shared_ones(
    mongo_server: EmbeddedMongo, redis_server: EmbeddedRedis, mongo_uri: str, redis_url: str
) -> None:
    assert mongo_server.uri != mongo_uri
    assert redis_server.url != redis_url
