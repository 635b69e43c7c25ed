"""Transactions on real MongoDB: all or nothing, bounded, and honest."""

import asyncio
import time

import pytest
from pymongo.errors import DuplicateKeyError

from server.domain.errors import Conflict, Unavailable
from server.store.connection import connect
from server.store.transactions import RunAgain, Session, Transactions


async def test_conflicting_bodies_run_again_until_all_are_done(mongo_uri, mongo_db_name):
    client = connect(mongo_uri)
    counters = client[mongo_db_name]["counters"]
    await counters.insert_one({"_id": "c", "n": 0})
    transactions = Transactions(client)

    async def raise_by_one(session: Session) -> int:
        document = await counters.find_one({"_id": "c"}, session=session)
        n = document["n"] + 1
        await counters.update_one({"_id": "c"}, {"$set": {"n": n}}, session=session)
        return n

    seen = await asyncio.gather(*(transactions.run(raise_by_one) for _ in range(10)))
    assert sorted(seen) == list(range(1, 11))
    client.close()


@pytest.mark.parametrize("error", [Conflict(), ValueError("a fault")])
async def test_what_the_body_raises_is_raised_and_nothing_is_written(
    error, mongo_uri, mongo_db_name
):
    client = connect(mongo_uri)
    things = client[mongo_db_name]["things"]
    await things.insert_one({"_id": "before"})

    async def body(session: Session) -> None:
        await things.insert_one({"_id": "after"}, session=session)
        raise error

    with pytest.raises(type(error)):
        await Transactions(client).run(body)
    assert await things.count_documents({}) == 1
    client.close()


async def test_a_duplicate_key_ends_it(mongo_uri, mongo_db_name):
    client = connect(mongo_uri)
    things = client[mongo_db_name]["things"]
    await things.insert_one({"_id": 1})
    runs = []

    async def body(session: Session) -> None:
        runs.append(1)
        await things.insert_one({"_id": 1}, session=session)

    with pytest.raises(DuplicateKeyError):
        await Transactions(client).run(body)
    assert len(runs) == 1
    client.close()


async def test_it_gives_up_at_its_deadline(mongo_uri, mongo_db_name):
    client = connect(mongo_uri)

    async def body(session: Session) -> None:
        raise RunAgain

    began = time.monotonic()
    with pytest.raises(Unavailable):
        await Transactions(client).run(body, within_seconds=0.2)
    assert time.monotonic() - began < 20  # the driver alone goes on for two minutes
    client.close()


async def test_a_cancelled_caller_leaves_nothing_half_done(mongo_uri, mongo_db_name):
    client = connect(mongo_uri)
    things = client[mongo_db_name]["things"]
    await things.insert_one({"_id": "before"})
    inside = asyncio.Event()

    async def body(session: Session) -> None:
        await things.insert_one({"_id": 1}, session=session)
        inside.set()
        await things.insert_one({"_id": 2}, session=session)

    task = asyncio.create_task(Transactions(client).run(body))
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await things.count_documents({}) in (1, 3)
    client.close()


async def test_an_outage_is_told_within_the_deadline(mongo_server, mongo_db_name):
    client = connect(mongo_server.uri)
    things = client[mongo_db_name]["things"]
    await things.insert_one({"_id": "before"})
    mongo_server.kill()

    async def body(session: Session) -> None:
        await things.insert_one({"_id": 1}, session=session)

    began = time.monotonic()
    with pytest.raises(Unavailable):
        await Transactions(client).run(body, within_seconds=1.0)
    assert time.monotonic() - began < 20
    mongo_server.start()
    await Transactions(client).run(body, within_seconds=40.0)
    assert await things.count_documents({}) == 2
    client.close()
