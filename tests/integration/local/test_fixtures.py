"""The shared servers answer, and each test has its own corner of them."""

from uuid import uuid4

import pytest
from pymongo import MongoClient
from redis.asyncio import Redis

from server.local.mongo import EmbeddedMongo
from server.local.redis import EmbeddedRedis
from server.store.connection import connect
from server.store.indexes import ensure_index


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


async def test_an_index_is_asked_for_once_on_kept_databases_only(
    mongo_uri: str, mongo_db_name: str
) -> None:
    client, other = connect(mongo_uri), f"{mongo_db_name}_indexes"
    try:
        for name, again in ((mongo_db_name, False), (other, True)):
            things = client[name][f"things_{uuid4().hex}"]
            await ensure_index(things, "first", unique=True)
            assert (await things.index_information())["first_1"]["unique"]
            await things.drop_indexes()
            await ensure_index(things, "first", unique=True)
            assert ("first_1" in await things.index_information()) is again
            await ensure_index(things, "second", unique=True)
            await ensure_index(things, "second", name="as_well", sparse=True)
            assert {"second_1", "as_well"} <= set(await things.index_information())
            await things.drop()
    finally:
        await client.drop_database(other)
        client.close()
