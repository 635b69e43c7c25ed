"""Offers on couriers' pages, over two server processes and through outages of Redis."""

from datetime import UTC, datetime

from realtime.districts import district_of, districts_in_ring
from realtime.wire.people import OfferGone
from server.domain.geo import Place
from server.domain.ids import PersonId
from tests.integration.sockets.harness import serving
from tests.unit.realtime.builders import LAT, LON, offer
from tests.waiting import eventually

ANN = PersonId("ann")
HERE = Place(lat=LAT, lon=LON)
GONE = OfferGone(order_id="LJ1", offer_version=1)


async def go_on_duty(page, lat=LAT, lon=LON, districts=()):
    answer = await page.ask(type="set_duty", on=True, districts=list(districts))
    assert answer["type"] == "reply", answer
    if lat is not None:
        await report(page, lat, lon)


async def report(page, lat, lon=LON):
    now = datetime.now(UTC).isoformat()
    answer = await page.ask(type="report_position", lat=lat, lon=lon, at=now)
    assert answer["type"] == "reply", answer


async def watch(page):
    answer = await page.ask(type="subscribe", channel="offers")
    assert answer["type"] == "subscribed", answer
    assert answer["recovered"] is False
    return [one["order_id"] for one in answer["snapshot"]["offers"]]


async def test_a_courier_gets_offers_at_once_and_sees_them_vanish(redis_url):
    async with serving(redis_url) as server, server.client() as page:
        await page.hello("ann", "courier")
        await go_on_duty(page)
        assert await watch(page) == []
        await server.offer_channels.opened(offer())
        push = await page.next()
        assert (push["channel"], push["event"]["type"]) == ("offers", "offer_opened")
        assert push["event"]["offer"]["order_id"] == "LJ1"
        assert push["epoch"].isdigit()
        await server.offer_channels.gone(GONE, offer())
        assert (await page.next())["event"] == {
            "type": "offer_gone",
            "order_id": "LJ1",
            "offer_version": 1,
        }


async def test_only_couriers_may_watch(redis_url):
    async with serving(redis_url) as server, server.client() as page:
        await page.hello("ann", "customer")
        refusal = await page.ask(type="subscribe", channel="offers")
        assert (refusal["code"], refusal["rule"]) == ("forbidden", "couriers_only")


async def test_the_snapshot_comes_from_the_store(redis_url):
    async with serving(redis_url) as server, server.client() as page:
        for district in districts_in_ring(HERE, 1000):
            server.open_offers[district] = [offer("LJ7")]
        await page.hello("ann", "courier")
        await go_on_duty(page)
        assert await watch(page) == ["LJ7"]


async def test_off_duty_nothing_is_shown_until_duty_begins(redis_url):
    async with serving(redis_url) as server, server.client() as page:
        await page.hello("ann", "courier")
        assert await watch(page) == []
        await server.offer_channels.opened(offer())
        for district in districts_in_ring(HERE, 1000):
            server.open_offers[district] = [offer()]
        await page.send(type="set_duty", id="on", on=True)
        assert (await page.next())["id"] == "on"
        await page.send(
            type="report_position", id="here", lat=LAT, lon=LON, at=datetime.now(UTC).isoformat()
        )
        frames = [await page.next(), await page.next()]
        assert {one["type"] for one in frames} == {"reply", "push"}
        await page.send(type="set_duty", id="off", on=False)
        frames = [await page.next(), await page.next()]
        assert {one.get("event", {}).get("type") for one in frames} == {None, "offer_gone"}


async def test_cards_come_and_go_as_the_courier_rides(redis_url):
    async with serving(redis_url) as server, server.client() as page:
        await page.hello("ann", "courier")
        await go_on_duty(page, lat=LAT + 1)
        assert await watch(page) == []
        for district in districts_in_ring(HERE, 1000):
            server.open_offers[district] = [offer()]
        await page.send(
            type="report_position", id="p", lat=LAT, lon=LON, at=datetime.now(UTC).isoformat()
        )
        kinds = {(await page.next())["type"] for _ in range(2)}
        assert kinds == {"reply", "push"}
        await page.send(
            type="report_position", id="q", lat=LAT + 1, lon=LON, at=datetime.now(UTC).isoformat()
        )
        frames = [await page.next() for _ in range(2)]
        assert "offer_gone" in {one.get("event", {}).get("type") for one in frames}


async def test_chosen_districts_stand_in_for_a_position(redis_url):
    async with serving(redis_url) as server, server.client() as page:
        await page.hello("ann", "courier")
        await go_on_duty(page, lat=None, districts=[district_of(HERE)])
        assert await watch(page) == []
        await server.offer_channels.opened(offer())
        assert (await page.next())["event"]["type"] == "offer_opened"


async def test_two_processes_show_and_close_the_same_offer(redis_url):
    async with (
        serving(redis_url, "p1") as one,
        serving(redis_url, "p2") as two,
        one.client() as here,
        two.client() as there,
    ):
        for page, name in ((here, "ann"), (there, "bob")):
            await page.hello(name, "courier")
            await go_on_duty(page)
            await watch(page)
        await one.offer_channels.opened(offer(ring=6000))
        for page in (here, there):
            assert (await page.next())["event"]["offer"]["order_id"] == "LJ1"
        await two.offer_channels.gone(GONE, offer(ring=6000))
        for page in (here, there):
            assert (await page.next())["event"]["type"] == "offer_gone"


async def test_a_position_reported_to_another_process_moves_the_cards(redis_url):
    async with (
        serving(redis_url, "p1") as one,
        serving(redis_url, "p2") as two,
        one.client() as page,
    ):
        await page.hello("ann", "courier")
        await go_on_duty(page, lat=LAT + 1)
        await watch(page)
        for district in districts_in_ring(HERE, 1000):
            one.open_offers[district] = [offer()]
        assert await two.offers.report(ANN, HERE, datetime.now(UTC))
        assert (await page.next())["event"]["type"] == "offer_opened"
        await two.offers.set_duty(ANN, on=False)
        assert (await page.next())["event"]["type"] == "offer_gone"


async def test_duty_outlives_a_lost_connection(redis_url):
    async with serving(redis_url) as server:
        async with server.client() as page:
            await page.hello("ann", "courier")
            await go_on_duty(page)
            await watch(page)
        await eventually(lambda: server.hub.sockets == 0)
        for district in districts_in_ring(HERE, 1000):
            server.open_offers[district] = [offer("LJ3")]
        async with server.client() as page:
            await page.hello("ann", "courier")
            assert await watch(page) == ["LJ3"]


async def test_a_restart_of_redis_is_made_up_for_from_the_store(redis_server):
    async with serving(redis_server.url) as server, server.client() as page:
        await page.hello("ann", "courier")
        await go_on_duty(page)
        await watch(page)
        await server.offer_channels.opened(offer("LJ1"))
        assert (await page.next())["event"]["offer"]["order_id"] == "LJ1"
        redis_server.kill()
        # Meanwhile LJ1 was won and LJ2 was opened, and nobody could say so.
        for district in districts_in_ring(HERE, 1000):
            server.open_offers[district] = [offer("LJ2")]
        redis_server.start()
        events = [(await page.next())["event"] for _ in range(2)]
        assert [event["type"] for event in events] == ["offer_opened", "offer_gone"]
        assert events[0]["offer"]["order_id"] == "LJ2"
        assert events[1]["order_id"] == "LJ1"


async def test_who_unsubscribes_or_leaves_is_forgotten(redis_url):
    async with serving(redis_url) as server, server.client() as page:
        await page.hello("ann", "courier")
        await go_on_duty(page)
        await watch(page)
        await page.ask(type="unsubscribe", channel="offers")
        await server.offer_channels.opened(offer())
        assert (await page.ask(type="ping"))["type"] == "pong"
        assert await watch(page) == []
        await server.offer_channels.opened(offer("LJ2"))
        assert (await page.next())["event"]["offer"]["order_id"] == "LJ2"
