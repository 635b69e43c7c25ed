"""Fixtures: `rooms` on real servers, `app` for pytest-tornado, `client` at a device of its own."""

import pytest
from motor.motor_asyncio import AsyncIOMotorClient

from realtime.redis import connect
from tests.integration.accounts.harness import Client, Rooms


@pytest.fixture
def database(io_loop, mongo_uri, mongo_db_name):
    client = AsyncIOMotorClient(mongo_uri, tz_aware=True)
    yield client[mongo_db_name]
    client.close()


@pytest.fixture
def redis(io_loop, redis_url):
    redis = connect(redis_url)
    yield redis
    io_loop.run_sync(redis.aclose)


@pytest.fixture
def rooms(io_loop, database, redis) -> Rooms:
    rooms = Rooms(database, redis)
    io_loop.run_sync(rooms.ensure_indexes)
    return rooms


@pytest.fixture
def app(rooms):
    return rooms.app()


@pytest.fixture
def client(http_client, base_url) -> Client:
    return Client(http_client, base_url)
