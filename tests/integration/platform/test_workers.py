"""Workers finish what a dead server left; two of them do it once."""

import random
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest

from server.domain.custody import Custody
from server.domain.ids import PaymentId
from server.services.dispatch.judge import resource_of
from tests import builders
from tests.integration.platform.programs import program, site
from tests.integration.services.house import House, house
from tests.integration.services.provider_world import ForgetfulProvider
from tests.waiting import eventually


async def paid_and_never_told(h: House) -> str:
    """Leave an order as a server does that is killed right after its write."""
    order = await h.deposited()
    view = await h.payments.ask(order.id, builders.CUSTOMER)
    h.provider.tap_pay(view.payment_id)
    await h.payment_outcomes.look(await h.payments_store.get(PaymentId(view.payment_id)))
    assert await h.orders.unpublished()
    return order.id


@pytest.mark.slow
@pytest.mark.parametrize("how_many", [1, 2])
async def test_workers_tell_once_what_a_killed_server_wrote(
    how_many, tmp_path, mongo_uri, mongo_db_name, redis_url
):
    provider = ForgetfulProvider(random.Random(1))
    providers = dict.fromkeys(("pay", "payout", "push"), provider)
    async with (
        house(mongo_uri, mongo_db_name, redis_url, providers=providers) as h,
        site(tmp_path, mongo_uri, mongo_db_name, redis_url) as here,
        AsyncExitStack() as workers,
    ):
        h.provider = provider
        orders = [await paid_and_never_told(h) for _ in range(6)]
        late = h.clock() - timedelta(seconds=h.rules.ring_after_seconds[1])
        await h.db["orders"].update_one(
            {"_id": orders[0]}, {"$set": {"custody_since": late, "due_at": late}}
        )
        for _ in range(how_many):
            await workers.enter_async_context(program(here, "worker"))

        async def all_is_told() -> bool:
            widened = (await h.orders.get(orders[0])).offer.ring == 1
            return widened and not await h.orders.unpublished()

        await eventually(all_is_told)
        steps = [event.step for event in await h.orders.events(orders[0])]
        assert steps.count("ring_widened") == 1
        for order in orders:
            assert await h.db["notices"].count_documents({"order": order, "kind": "opened"}) == 1
        courier = await h.person("c1", certified=True)
        won = await h.dispatch.claim(courier, orders[1], 1, "r1")
        assert won.order.custody is Custody.CLAIMED
        # The record was opened by a worker: the claim asked the judge for nothing but the award.
        receipts = await h.claims.receipts(resource_of(orders[1]), 1)
        assert [attempt.answer for attempt in receipts.attempts] == ["won"]
        assert not receipts.partial
