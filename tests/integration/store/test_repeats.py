"""First answers to idempotent requests: one worker at a time, dead ones give way."""

import asyncio
from datetime import datetime, timedelta

import pytest
from motor.motor_asyncio import AsyncIOMotorClient

from server.domain.errors import InProgress, InvalidInput, StaleVersion
from server.domain.ids import PersonId
from server.domain.keys import Key, KeyRing, Secret
from server.services.repeats import KeptAnswer, Repeat, Repeats
from server.store.repeats import LEASE, MongoRepeats
from server.store.seal import Seal
from tests.builders import NOON

SEAL = Seal(KeyRing((Key("s1", Secret(b"s" * 32)),)))

ANSWER = KeptAnswer(201, b'{"order_id":"LJ1"}')


class Moment:
    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now


def repeat(key: str = "key-00000001", body: bytes = b"{}", person: str = "P1") -> Repeat:
    return Repeat.of(key, person=PersonId(person), what="POST /v1/orders", body=body)


@pytest.fixture
def moment() -> Moment:
    return Moment()


async def with_repeats(uri, name, moment, act):
    client = AsyncIOMotorClient(uri, tz_aware=True)
    store = MongoRepeats(client[name], seal=SEAL)
    await store.ensure_indexes()
    try:
        await act(Repeats(store=store, clock=moment))
    finally:
        client.close()


async def test_of_many_at_once_one_works_and_the_others_wait(mongo_uri, mongo_db_name, moment):
    async def act(repeats: Repeats) -> None:
        found = await asyncio.gather(
            *(repeats.begin(repeat()) for _ in range(8)), return_exceptions=True
        )
        assert found.count(None) == 1
        assert sum(isinstance(one, InProgress) for one in found) == 7
        await repeats.keep(repeat(), ANSWER)
        assert await repeats.begin(repeat()) == ANSWER

    await with_repeats(mongo_uri, mongo_db_name, moment, act)


async def test_a_dead_worker_gives_way_after_its_lease(mongo_uri, mongo_db_name, moment):
    async def act(repeats: Repeats) -> None:
        assert await repeats.begin(repeat()) is None
        moment.now += LEASE
        with pytest.raises(InProgress):
            await repeats.begin(repeat())
        moment.now += timedelta(milliseconds=1)
        assert await repeats.begin(repeat()) is None
        with pytest.raises(InProgress):
            await repeats.begin(repeat())

    await with_repeats(mongo_uri, mongo_db_name, moment, act)


async def test_an_answer_outlives_the_lease(mongo_uri, mongo_db_name, moment):
    async def act(repeats: Repeats) -> None:
        await repeats.begin(repeat())
        await repeats.keep(repeat(), ANSWER)
        moment.now += 10 * LEASE
        assert await repeats.begin(repeat()) == ANSWER

    await with_repeats(mongo_uri, mongo_db_name, moment, act)


async def test_a_refusal_is_forgotten_and_a_fault_is_not(mongo_uri, mongo_db_name, moment):
    async def act(repeats: Repeats) -> None:
        await repeats.begin(repeat())
        with pytest.raises(StaleVersion):
            async with repeats.forgotten_if_refused(repeat()):
                raise StaleVersion
        assert await repeats.begin(repeat()) is None
        with pytest.raises(ZeroDivisionError):
            async with repeats.forgotten_if_refused(repeat()):
                raise ZeroDivisionError
        with pytest.raises(InProgress):
            await repeats.begin(repeat())

    await with_repeats(mongo_uri, mongo_db_name, moment, act)


async def test_a_key_belongs_to_its_person_and_body(mongo_uri, mongo_db_name, moment):
    async def act(repeats: Repeats) -> None:
        await repeats.begin(repeat())
        with pytest.raises(InvalidInput):
            await repeats.begin(repeat(body=b'{"x":1}'))
        assert await repeats.begin(repeat(person="P2")) is None

    await with_repeats(mongo_uri, mongo_db_name, moment, act)


@pytest.mark.parametrize("key", ["", "short", "x" * 129, "key with spaces", "Schlüssel-1"])
def test_a_bad_key_is_refused(key):
    with pytest.raises(InvalidInput):
        repeat(key)
