"""Orders on a real MongoDB: one conditional write, its event with it, nothing lost in a race."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from motor.motor_asyncio import AsyncIOMotorClient

from server.domain import changes
from server.domain.custody import Custody, Step
from server.domain.errors import IllegalTransition, NotFound, StaleVersion
from server.domain.ids import OrderId
from server.store.orders import MongoOrders
from tests.builders import context, order, placed_event


@asynccontextmanager
async def orders_in(uri: str, name: str, **options: int) -> AsyncIterator[MongoOrders]:
    client = AsyncIOMotorClient(uri, tz_aware=True)
    orders = MongoOrders(client[name], **options)
    await orders.ensure_indexes()
    try:
        yield orders
    finally:
        client.close()


async def test_an_order_comes_back_as_it_was_stored(mongo_uri, mongo_db_name):
    async with orders_in(mongo_uri, mongo_db_name) as orders:
        await orders.insert(order(), placed_event(order()), {"recipient_phone": "sealed"})
        assert await orders.get(order().id) == order()
        assert await orders.sealed_waybill(order().id) == {"recipient_phone": "sealed"}
        with pytest.raises(NotFound):
            await orders.get(OrderId("none"))


async def test_of_many_writers_of_one_version_one_wins_and_each_event_is_kept(
    mongo_uri, mongo_db_name
):
    async with orders_in(mongo_uri, mongo_db_name) as orders:
        await orders.insert(order(), placed_event(order()), {})
        change = changes.move(order(), Step.HOLD_CELL, context())
        written = await asyncio.gather(*(orders.write(change) for _ in range(20)))
        assert sorted(written) == [False] * 19 + [True]
        events = await orders.events(order().id)
        assert [(event.version, event.step) for event in events] == [
            (1, "placed"),
            (2, "cell_held"),
        ]


async def test_deciding_anew_loses_no_note(mongo_uri, mongo_db_name):
    async with orders_in(mongo_uri, mongo_db_name) as orders:
        await orders.insert(order(), placed_event(order()), {})

        async def note(kind: str) -> bool:
            try:
                await orders.change(order().id, lambda now: changes.note(now, kind, context()))
            except StaleVersion:
                return False
            return True

        done = await asyncio.gather(*(note(f"n{number}") for number in range(6)))
        seen = [event.step for event in await orders.events(order().id, after_version=1)]
        assert sorted(seen) == sorted(f"n{number}" for number, ok in enumerate(done) if ok)
        assert (await orders.get(order().id)).version == 1 + sum(done)


async def test_an_illegal_step_changes_nothing(mongo_uri, mongo_db_name):
    async with orders_in(mongo_uri, mongo_db_name) as orders:
        await orders.insert(order(), placed_event(order()), {})
        with pytest.raises(IllegalTransition):
            await orders.change(order().id, lambda now: changes.move(now, Step.CLAIM, context()))
        assert await orders.get(order().id) == order()


async def test_the_publishing_mark_stays_while_a_newer_event_is_unpublished(
    mongo_uri, mongo_db_name
):
    async with orders_in(mongo_uri, mongo_db_name) as orders:
        await orders.insert(order(), placed_event(order()), {})
        await orders.change(order().id, lambda now: changes.move(now, Step.HOLD_CELL, context()))
        value, events, mark = await orders.unpublished_events(order().id)
        assert (value.custody, [event.version for event in events], mark) == (
            Custody.DEPOSITING,
            [1, 2],
            2,
        )
        await orders.change(order().id, lambda now: changes.note(now, "more", context()))
        await orders.mark_published(order().id, mark)
        assert await orders.unpublished() == [order().id]
        _, events, mark = await orders.unpublished_events(order().id)
        assert [event.version for event in events] == [3]
        await orders.mark_published(order().id, mark)
        assert await orders.unpublished() == []


async def test_due_orders_come_most_overdue_first(mongo_uri, mongo_db_name):
    async with orders_in(mongo_uri, mongo_db_name) as orders:
        await orders.insert(order(), placed_event(order()), {})
        change = await orders.change(
            order().id, lambda now: changes.move(now, Step.HOLD_CELL, context())
        )
        due = change.after.due_at
        assert due is not None
        assert await orders.due(due) == [order().id]
        assert await orders.due(order().created_at) == []


async def test_an_order_handed_to_and_fro_all_day_keeps_its_newest_events(mongo_uri, mongo_db_name):
    async with orders_in(mongo_uri, mongo_db_name, max_events=5) as orders:
        await orders.insert(order(), placed_event(order()), {})
        for number in range(9):
            await orders.change(
                order().id, lambda now, kind=f"n{number}": changes.note(now, kind, context())
            )
        assert [event.step for event in await orders.events(order().id)] == [
            f"n{number}" for number in range(4, 9)
        ]
