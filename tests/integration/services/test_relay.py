"""What the relay tells: to whom, once each notice, and never less than the order says now."""

import asyncio

import msgspec
import pytest

from realtime.wire.people import Notice, OfferGone, OrderChanged
from server.domain.changes import Context, note
from server.domain.custody import Custody
from server.domain.errors import OfferClosed, OrderTaken, Unavailable
from server.domain.money import Payout
from server.domain.orders import Offer
from server.domain.people import SYSTEM
from server.services.orders.views import Viewer
from tests import builders
from tests.integration.services import notices
from tests.integration.services.house import House, house
from tests.waiting import eventually


async def opened_order(h: House):
    order = await h.deposited()
    view = await h.payments.ask(order.id, builders.CUSTOMER)
    h.provider.tap_pay(view.payment_id)
    await notices.paid(h, view.payment_id).deliver()
    return await h.orders.get(order.id)


async def test_an_opened_order_is_offered_and_told(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        order = await opened_order(h)
        assert await h.relay.publish(order.id)
        (offer,) = h.heard.opened_offers
        assert (offer.order_id, offer.offer_version, offer.ring_metres) == (order.id, 1, 1000)
        assert (offer.lat, offer.pay_fen) == (22.54, order.pay_fen)
        mine = [event for person, event in h.heard.people if person == builders.CUSTOMER]
        steps = [event.step for event in mine if isinstance(event, OrderChanged)]
        assert steps == ["placed", "payment_asked", "opened"]
        (notice,) = [event for event in mine if isinstance(event, Notice)]
        assert notice.kind == "opened" and notice.zh
        assert [e.step for e in h.heard.staff if isinstance(e, OrderChanged)] == steps
        assert h.heard.followed == [order.id]
        assert not await h.relay.publish(order.id), "nothing is left to publish"


async def test_the_winner_and_the_losers_pages_hear_of_the_win(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        courier, late = await h.person("c1", certified=True), await h.person("c2", certified=True)
        order = await opened_order(h)
        await h.relay.publish(order.id)
        await h.dispatch.claim(courier, order.id, 1, "r1")
        await h.relay.publish(order.id)
        assert h.heard.gone_offers == [OfferGone(order_id=order.id, offer_version=1)]
        mine = [event for person, event in h.heard.people if person == "c1"]
        assert [e.step for e in mine if isinstance(e, OrderChanged)] == ["claimed"]
        assert [e.kind for e in mine if isinstance(e, Notice)] == ["claimed"]
        seen = next(e.order for e in mine if isinstance(e, OrderChanged))
        assert seen.pay_fen == order.pay_fen
        told = [e for person, e in h.heard.people if person == builders.CUSTOMER]
        assert all(e.order.pay_fen is None for e in told if isinstance(e, OrderChanged))
        with pytest.raises(OrderTaken):
            await h.dispatch.claim(late, order.id, 1, "r2")


async def test_customers_hear_nothing_of_the_couriers_pay(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        courier = await h.person("c1", certified=True)
        order = await opened_order(h)
        await h.dispatch.claim(courier, order.id, 1, "r1")
        await h.relay.publish(order.id)
        h.heard.people.clear()
        context = Context(actor=SYSTEM, at=h.clock(), rules=h.rules)
        await h.orders.change(order.id, lambda now: note(now, Payout.EARNED, context, {}))
        await h.relay.publish(order.id)
        told = dict(h.heard.people)
        assert (told["c1"].step, told[builders.CUSTOMER].step) == ("earned", "")
        assert told[builders.CUSTOMER].order.version == told["c1"].order.version


async def test_pushes_carry_nothing_personal_not_even_masked(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        order = await opened_order(h)
        masked = {"waybill.recipient_masked": "李* 138****0002"}
        await h.db["orders"].update_one({"_id": order.id}, {"$set": masked})
        courier = await h.person("c1", certified=True)
        won = await h.dispatch.claim(courier, order.id, 1, "r1")
        shown = await h.relay._views.one(won.order, Viewer.WINNER)
        assert shown.recipient_masked == "李* 138****0002", "pages have it from lists and answers"
        await h.relay.publish(order.id)
        pushed = [event for _, event in h.heard.people] + h.heard.staff
        assert any(isinstance(event, OrderChanged) for event in pushed)
        for event in pushed:
            assert b"138" not in msgspec.json.encode(event)


async def test_who_lost_an_order_to_time_hears_that_and_nothing_of_its_next_holder(
    mongo_uri, mongo_db_name, redis_url
):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        order = await opened_order(h)
        late, quick = await h.person("c1", certified=True), await h.person("c2", certified=True)
        await h.dispatch.claim(late, order.id, 1, "r1")
        await h.relay.publish(order.id)
        h.later(seconds=h.rules.pickup_within_seconds)
        await h.timers.sweep()
        await h.dispatch.claim(quick, order.id, 2, "r2")
        h.heard.people.clear()
        await h.relay.publish(order.id)
        told = [
            event.order
            for person, event in h.heard.people
            if person == "c1" and isinstance(event, OrderChanged)
        ]
        (view,) = told
        assert (view.custody, view.pickup_until, view.carrier_waybill) == ("open", None, None)
        assert view.version < (await h.orders.get(order.id)).version


async def test_telling_twice_makes_no_second_notice(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        order = await opened_order(h)
        await asyncio.gather(*(h.relay.publish(order.id) for _ in range(4)))
        await h.db["orders"].update_one({"_id": order.id}, {"$set": {"published": 0}})
        await h.db["orders"].update_one({"_id": order.id}, {"$set": {"unpublished": order.version}})
        h.later(seconds=2)
        assert await h.relay.sweep() == 1
        kinds = [e.kind for _, e in h.heard.people if isinstance(e, Notice)]
        assert kinds == ["opened"]
        kept = await h.notices_store.of_order(order.id, None, 10)
        assert [(one.person, one.kind) for one in kept] == [(builders.CUSTOMER, "opened")]


class FeedsThatAreAway:
    """Redis is away for the districts' feeds."""

    async def opened(self, offer: object) -> None:
        raise Unavailable(part="redis")

    gone = opened


async def test_what_could_not_be_published_is_published_later(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        order = await opened_order(h)
        there, h.relay._offers = h.relay._offers, FeedsThatAreAway()
        with pytest.raises(Unavailable):
            await h.relay.publish(order.id)
        assert await h.relay.sweep() == 0, "left to its own process for a second"
        h.later(seconds=2)
        assert await h.relay.sweep() == 0
        assert await h.orders.unpublished() == [order.id]
        h.relay._offers = there
        assert await h.relay.sweep() == 1
        assert len(h.heard.opened_offers) == 1
        assert await h.relay.sweep() == 0


async def test_one_broken_order_holds_no_other_up(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        broken = await opened_order(h)
        await h.db["orders"].update_one({"_id": broken.id}, {"$unset": {"price_fen": 1}})
        order = await opened_order(h)
        h.later(seconds=h.rules.ring_after_seconds[1])
        assert await h.timers.sweep() == 2
        assert (await h.orders.get(order.id)).offer.ring == 1
        h.later(seconds=2)
        assert await h.relay.sweep() == 1
        assert [offer.order_id for offer in h.heard.opened_offers] == [order.id]


async def test_an_offer_that_went_while_it_was_told_is_taken_back(
    mongo_uri, mongo_db_name, redis_url
):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        order = await opened_order(h)
        courier = await h.person("c1", certified=True)
        tell = h.heard.opened

        async def win_meanwhile(offer):
            await tell(offer)
            await h.dispatch.claim(courier, order.id, 1, "r1")

        h.heard.opened = win_meanwhile
        await h.relay.publish(order.id)
        assert h.heard.gone_offers == [OfferGone(order_id=order.id, offer_version=1)]


async def test_a_parcel_taken_back_cannot_be_claimed_any_more(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        order = await opened_order(h)
        courier = await h.person("c1", certified=True)
        await h.relay.publish(order.id)
        h.later(seconds=h.rules.no_taker_return_seconds)
        await h.timers.sweep()
        assert (await h.orders.get(order.id)).custody is Custody.RETURNING
        await h.relay.publish(order.id)
        assert h.heard.gone_offers
        with pytest.raises(OfferClosed):
            await h.dispatch.claim(courier, order.id, 1, "r1")


async def test_laying_down_is_made_up_for_by_the_relay(mongo_uri, mongo_db_name, redis_url):
    """The door side only writes the step; who carried the order is freed by its event."""
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        order = await opened_order(h)
        courier = await h.person("c1", certified=True)
        await h.dispatch.claim(courier, order.id, 1, "r1")
        await h.relay.publish(order.id)
        assert (await h.couriers.standing("c1")).carrying == 1
        from server.domain.changes import Context, move
        from server.domain.custody import Step
        from server.domain.people import SYSTEM

        context = Context(actor=SYSTEM, at=h.now, rules=h.rules)
        await h.orders.change(order.id, lambda o: move(o, Step.TAKE_BACK, context))
        await h.relay.publish(order.id)
        assert (await h.couriers.standing("c1")).carrying == 0


async def test_an_old_laying_down_spares_a_newer_win(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        courier = await h.person("c1", certified=True)
        order = await opened_order(h)
        await h.dispatch.claim(courier, order.id, 1, "r1")
        await h.dispatch.hand_back(courier, order.id)
        seen = await h.orders.get(order.id)
        await h.dispatch.claim(courier, order.id, 2, "r2")
        await h.couriers.lay_down(order.id, seen.version)  # a relay that read too early
        assert (await h.couriers.standing("c1")).carrying == 1


async def test_kicked_orders_are_published_by_the_running_relay(
    mongo_uri, mongo_db_name, redis_url
):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        running = asyncio.create_task(h.relay.run())
        orders = [await opened_order(h) for _ in range(6)]
        wanted = {order.id for order in orders}
        await eventually(lambda: {o.order_id for o in h.heard.opened_offers} == wanted)

        async def all_marked() -> bool:
            return not await h.orders.unpublished()

        await eventually(all_marked)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_timers_widen_remind_tell_and_return_each_once(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        order = await opened_order(h)

        async def sweep_twice_at_once() -> None:
            await asyncio.gather(h.timers.sweep(), h.timers.sweep())
            await h.relay.publish(order.id)

        for seconds in (0, 60, 120, 720, 24 * 3600):
            h.later(seconds=seconds)
            await sweep_twice_at_once()
        steps = [event.step for event in await h.orders.events(order.id)]
        assert steps == [
            *("placed", "payment_asked", "opened", "ring_widened", "ring_widened"),
            *("staff_told", "no_taker"),
        ]
        assert [offer.ring_metres for offer in h.heard.opened_offers] == [1000, 3000, 6000]
        told = [event for event in h.heard.staff if isinstance(event, Notice)]
        assert [event.kind for event in told] == ["no_taker_staff"]


async def test_unpaid_parcels_are_reminded_of(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        order = await h.deposited(due_at=builders.NOON)
        for seconds in (600, 3000, 23 * 3600, 48 * 3600):
            h.later(seconds=seconds)
            await h.timers.sweep()
        await h.relay.publish(order.id)
        mine = [e for p, e in h.heard.people if p == builders.CUSTOMER and isinstance(e, Notice)]
        assert [event.kind for event in mine] == ["reminded_unpaid"] * 3
        assert [e.kind for e in h.heard.staff if isinstance(e, Notice)] == ["unpaid_staff"]
        assert (await h.orders.get(order.id)).due_at is None


async def test_a_ring_that_is_wide_already_stays(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        offer = Offer(version=3, ring=2, opened_at=h.now)
        order = await h.deposited(
            custody=Custody.OPEN, charge="paid", offer=offer, due_at=builders.NOON
        )
        h.later(seconds=181)
        await h.timers.sweep()
        now = await h.orders.get(order.id)
        assert now.offer.ring == 2 and set(now.fired) == {"ring_second", "ring_third"}
