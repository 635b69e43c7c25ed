"""What an outage of ours leaves behind in money: found by asking, once, however late."""

from datetime import timedelta

from server.domain.money import Charge
from server.domain.payments import PayWay
from tests.builders import CUSTOMER
from tests.integration.services import notices
from tests.integration.services.house import house


async def test_a_closed_payment_is_asked_about_after_hours_without_a_worker(
    mongo_uri, mongo_db_name, redis_url
):
    """Paid while nobody looked and no notice came: the next look finds it, and is the last."""
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        order = await h.deposited()
        first = await h.payments.ask(order.id, CUSTOMER, PayWay.PRECREATE)
        await h.payments.ask(order.id, CUSTOMER, PayWay.NATIVE)
        number = first.payment_id
        h.provider.payments[number] = notices.standing(h, number, "SUCCESS")
        h.later(hours=5)
        await h.payment_outcomes.sweep()
        now = await h.orders.get(order.id)
        assert (now.charge, now.payment) == (Charge.PAID, number)


async def test_a_closed_payment_that_nobody_paid_is_left_alone_in_the_end(
    mongo_uri, mongo_db_name, redis_url
):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        order = await h.deposited()
        await h.payments.ask(order.id, CUSTOMER, PayWay.PRECREATE)
        await h.payments.ask(order.id, CUSTOMER, PayWay.NATIVE)
        h.later(hours=5)
        looked = [await h.payment_outcomes.sweep()]
        for _ in range(3):
            h.later(hours=1)
            looked.append(await h.payment_outcomes.sweep())
        assert looked[-1] == 0, looked
        watched, ended = timedelta(minutes=30), h.now - timedelta(days=2)
        assert not await h.payments_store.closed_to_look_at(h.now, ended, watched, h.now, 9)
