"""Indexes that an older version left are replaced; others' are left alone. On a real MongoDB."""

import asyncio
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.errors import DuplicateKeyError, OperationFailure

import server.store
from server.store.indexes import ensure_index
from server.store.refused_notices import MongoRefusedNotices
from server.store.standings import MongoStandings


@asynccontextmanager
async def database(mongo_uri: str, name: str):
    client = AsyncIOMotorClient(mongo_uri, tz_aware=True)
    own = f"{name}_indexes"  # the shared ones keep their indexes from test to test
    await client.drop_database(own)
    try:
        yield client[own]
    finally:
        await client.drop_database(own)
        client.close()


async def test_an_index_of_the_same_name_with_other_options_is_replaced(mongo_uri, mongo_db_name):
    async with database(mongo_uri, mongo_db_name) as db:
        keys = [("certification", 1), ("certified_until", 1)]
        old = {"certified_until": {"$type": "date"}}
        await db["people"].create_index(keys, partialFilterExpression=old)
        await db["people"].create_index("mine", name="an_operators_own")
        await db["people"].insert_one({"_id": "P1", "certification": "certified"})
        await asyncio.gather(*(MongoStandings(db).ensure_indexes() for _ in range(4)))
        found = await db["people"].index_information()
        assert "partialFilterExpression" not in found["certification_1_certified_until_1"]
        assert "an_operators_own" in found
        before = await db["people"].index_information()
        await MongoStandings(db).ensure_indexes()
        assert await db["people"].index_information() == before


OLD_AND_NEW = {
    "an end of its own": ({"expireAfterSeconds": 60}, {}),
    "another end": ({"expireAfterSeconds": 60}, {"expireAfterSeconds": 90}),
    "unique": ({}, {"unique": True}),
    "not unique": ({"unique": True}, {}),
    "sparse": ({}, {"sparse": True}),
    "for some": ({"unique": True}, {"partialFilterExpression": {"at": {"$gt": 0}}}),
    "named": ({"unique": True}, {"name": "by_time"}),
}


@pytest.mark.parametrize(("old", "new"), OLD_AND_NEW.values(), ids=OLD_AND_NEW)
async def test_every_option_is_as_wanted_afterwards(mongo_uri, mongo_db_name, old, new):
    async with database(mongo_uri, mongo_db_name) as db:
        await db["things"].create_index("at", **old)
        await db["things"].insert_many([{"at": n} for n in range(300)])
        await asyncio.gather(*(ensure_index(db["things"], "at", **new) for _ in range(4)))
        found = (await db["things"].index_information())[new.get("name", "at_1")]
        assert {name: found[name] for name in found if name not in ("v", "key")} == {
            name: value for name, value in new.items() if name != "name"
        }


async def test_what_is_anothers_is_not_dropped(mongo_uri, mongo_db_name):
    async with database(mongo_uri, mongo_db_name) as db:
        await db["things"].create_index("at", name="an_operators_own", expireAfterSeconds=60)
        with pytest.raises(OperationFailure):
            await ensure_index(db["things"], "at", expireAfterSeconds=90)
        found = await db["things"].index_information()
        assert found["an_operators_own"]["expireAfterSeconds"] == 60


async def test_documents_that_break_a_unique_index_are_told_of(mongo_uri, mongo_db_name):
    async with database(mongo_uri, mongo_db_name) as db:
        await db["things"].create_index("number")
        await db["things"].insert_many([{"number": 1}, {"number": 1}])
        with pytest.raises((DuplicateKeyError, OperationFailure)) as refused:
            await ensure_index(db["things"], "number", unique=True)
        assert refused.value.code == 11000


async def test_one_that_cannot_be_built_leaves_the_one_before(mongo_uri, mongo_db_name):
    """Processes of the older version go on serving, and rely on it."""
    async with database(mongo_uri, mongo_db_name) as db:
        old = {"unique": True, "partialFilterExpression": {"lives": True}}
        await db["things"].create_index("number", **old)
        await db["things"].insert_many([{"number": 1}, {"number": 1}, {"number": 2, "lives": True}])
        before = await db["things"].index_information()
        with pytest.raises(DuplicateKeyError):
            await ensure_index(db["things"], "number", unique=True)
        assert await db["things"].index_information() == before
        with pytest.raises(DuplicateKeyError):
            await db["things"].insert_one({"number": 2, "lives": True})


async def test_another_end_alone_builds_nothing_anew(mongo_uri, mongo_db_name, caplog):
    async with database(mongo_uri, mongo_db_name) as db:
        await db["things"].create_index("at", expireAfterSeconds=60)
        starts = [ensure_index(db["things"], "at", expireAfterSeconds=90) for _ in range(4)]
        await asyncio.gather(*starts)
        found = await db["things"].index_information()
        assert found["at_1"]["expireAfterSeconds"] == 90
        assert "dropped" not in caplog.text


async def test_the_day_counts_of_an_older_version_lose_their_own_end(mongo_uri, mongo_db_name):
    async with database(mongo_uri, mongo_db_name) as db:
        await db["refused_notices"].create_index("at", expireAfterSeconds=90 * 24 * 3600)
        await MongoRefusedNotices(db).ensure_indexes()
        found = await db["refused_notices"].index_information()
        assert "expireAfterSeconds" not in found["at_1"]


def test_no_store_makes_its_indexes_otherwise():
    room = Path(server.store.__file__).parent
    others = [path for path in room.rglob("*.py") if path.name != "indexes.py"]
    assert [path.name for path in others if "create_index" in path.read_text()] == []
