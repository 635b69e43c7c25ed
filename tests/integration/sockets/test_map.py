"""Staff's live map on real sockets and a real Redis: one reading for all who watch."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from realtime.feeds import Entry
from realtime.map.feed import Ground
from realtime.wire.map import MapTerminal
from realtime.wire.people import Fact, OrderChanged
from server.domain.geo import Place
from server.domain.ids import PersonId
from tests.integration.sockets.harness import QUICK_MAP, serving
from tests.integration.sockets.plain import order_view
from tests.unit.realtime.builders import LAT, LON
from tests.waiting import eventually

NEAR = {"west": LON - 0.05, "east": LON + 0.05, "south": LAT - 0.05, "north": LAT + 0.05}
STAFF = {"person": "staff", "roles": "operator"}
ANN, BOB = PersonId("ann"), PersonId("bob")


def now() -> datetime:
    return datetime.now(UTC)


def terminal(name="t1", lat=LAT, lon=LON, **other) -> MapTerminal:
    return MapTerminal(
        **{
            **{"terminal_id": name, "name": f"{name} 号柜", "lat": lat, "lon": lon},
            **{
                "region": "440304",
                "online": True,
                "since": None,
                "level": "fine",
                "worst_zh": "",
                "worst_en": "",
            },
            **{"free": {"M": 3}, "open_doors": (), "parcels": 0, "open_orders": 0, "orders": ()},
            **other,
        }
    )


async def watch(page, **where) -> dict:
    return await page.ask(**{"type": "watch_map", "zoom": 14, **NEAR, **where})


async def first(page, kind) -> list:
    """Read on until a frame tells of a kind."""
    while True:
        frame = await page.next()
        assert frame["type"] == "map_changed", frame
        if found := frame.get(kind):
            return found


async def test_a_snapshot_then_what_moves_leaves_and_comes(redis_url):
    async with serving(redis_url) as server, server.client() as page:
        server.people.ground.now = Ground(terminals=(terminal(),), carrying={ANN: 2})
        at = now() - timedelta(minutes=20)
        await server.positions.put(ANN, Place(lat=LAT, lon=LON), at)
        await server.positions.put(BOB, Place(lat=LAT + 1, lon=LON), now())
        await page.hello(**STAFF)
        answer = await watch(page)
        assert (answer["type"], answer["whole"]) == ("map_watched", True)
        ((number, name, lat, lon, seen, carries),) = answer["changes"]["couriers"]
        assert (name, carries) == (ANN, 2)
        assert (lat, lon) == (round(LAT * 1e5), round(LON * 1e5))
        assert abs(seen - at.timestamp()) <= 1  # old, and told as old
        assert [one["terminal_id"] for one in answer["changes"]["terminals"]] == ["t1"]

        await server.positions.put(ANN, Place(lat=LAT + 0.01, lon=LON), now())
        ((moved, lat, _, seen),) = await first(page, "moves")
        assert (moved, lat) == (number, round((LAT + 0.01) * 1e5))
        assert now().timestamp() - seen < 60
        await server.positions.put(BOB, Place(lat=LAT - 0.01, lon=LON), now())
        assert [one[1] for one in await first(page, "couriers")] == [BOB]
        await server.offers.set_duty(ANN, on=False)
        assert await first(page, "gone") == [number]


async def test_what_stands_still_is_told_as_it_changes(redis_url):
    async with serving(redis_url) as server, server.client() as page:
        ground = server.people.ground
        ground.now = Ground(terminals=(terminal(), terminal("t2", lat=LAT + 1)), carrying={})
        await server.positions.put(ANN, Place(lat=LAT, lon=LON), now())
        await page.hello(**STAFF)
        assert len((await watch(page))["changes"]["terminals"]) == 1
        worse = terminal(level="alarm", open_doors=(3,), open_orders=1)
        ground.now = Ground(terminals=(worse,), carrying={})
        (told,) = await first(page, "terminals")
        assert (told["level"], told["open_doors"], told["open_orders"]) == ("alarm", [3], 1)
        ground.now = Ground(terminals=(worse,), carrying={ANN: 1})
        ((_, name, *_, carries),) = await first(page, "couriers")
        assert (name, carries) == (ANN, 1)
        ground.now = Ground(terminals=(), carrying={ANN: 1})
        assert await first(page, "cleared") == ["t1"]


async def test_the_ground_is_looked_at_when_staff_are_told_of_it(redis_url):
    seldom = replace(QUICK_MAP, ground_seconds=3600)
    async with serving(redis_url, map_settings=seldom) as server, server.client() as page:
        ground = server.people.ground
        ground.now = Ground(terminals=(terminal(),), carrying={})
        await page.hello(**STAFF)
        await watch(page)
        ground.now = Ground(terminals=(terminal(open_doors=(3,)),), carrying={})
        looks = ground.looks
        await server.staff.push(Fact(key="door:t1:3", kind="door", data={"terminal": "t1"}))
        (told,) = await first(page, "terminals")
        assert told["open_doors"] == [3]
        # What comes at once is one look, or two where it began before the last of them.
        ground.now = Ground(terminals=(terminal(open_orders=40),), carrying={})
        for number in range(40):
            await server.staff.push(OrderChanged(order=order_view(f"LJ{number}"), step="open"))
        (told,) = await first(page, "terminals")
        assert told["open_orders"] == 40
        assert ground.looks - looks < 40


async def test_what_is_not_on_the_map_stirs_nothing(redis_url):
    async with serving(redis_url) as server:
        for apart, stirs in [
            (Fact(key="statement:1", kind="statement", data={}), False),
            (Fact(key="frames:t1", kind="frames", data={}), False),
            (Fact(key="alert:1", kind="alert", data={}), True),
            (Fact(key="link:t1", kind="link", data={}), True),
            (OrderChanged(order=order_view(), step="claim"), True),
        ]:
            payload = msgspec.json.encode(apart)
            server.map._stirred.clear()
            server.map.entry(Entry(channel="staff", epoch="1", offset=1, payload=payload))
            assert server.map._stirred.is_set() is stirs, apart


async def test_another_view_replaces_the_former_and_a_new_socket_begins_anew(redis_url):
    async with serving(redis_url) as server:
        async with server.client() as page:
            await server.positions.put(ANN, Place(lat=LAT, lon=LON), now())
            await server.positions.put(BOB, Place(lat=LAT + 1, lon=LON), now())
            await page.hello(**STAFF)
            ((number, *_),) = (await watch(page))["changes"]["couriers"]
            there = await watch(page, south=LAT + 0.95, north=LAT + 1.05)
            assert there["whole"] is False
            assert there["changes"]["gone"] == [number]
            assert [one[1] for one in there["changes"]["couriers"]] == [BOB]
            assert (await page.ask(type="unwatch_map"))["type"] == "reply"
            assert server.map.watchers == 0
        async with server.client() as page:
            await page.hello(**STAFF)
            again = await watch(page)
            assert again["whole"] is True
            assert [one[1] for one in again["changes"]["couriers"]] == [ANN]
        await eventually(lambda: server.map.watchers == 0)


async def test_one_reading_serves_all_who_watch_and_none_is_made_for_nobody(redis_url):
    # So slow that ticks do not go on while the five hear of one, be the machine busy as it may.
    slow = replace(QUICK_MAP, tick_seconds=1.0)
    async with serving(redis_url, map_settings=slow) as server:
        looks = 0
        changed = server.map._positions.changed

        async def counted(*marks):
            nonlocal looks
            looks += 1
            return await changed(*marks)

        server.map._positions.changed = counted
        pages = [server.client() for _ in range(5)]
        clients = [await page.__aenter__() for page in pages]
        for client in clients:
            await client.hello(**STAFF)
            await watch(client)
        await server.positions.put(ANN, Place(lat=LAT, lon=LON), now())
        before = looks
        for client in clients:
            await first(client, "couriers")
        assert looks - before <= 3  # not one for each of the five
        for page in pages:
            await page.__aexit__(None, None, None)
        await eventually(lambda: not server.map._loops)


async def test_who_does_not_read_costs_no_memory_and_then_hears_the_latest(redis_url):
    async with serving(redis_url) as server, server.client() as page:
        await server.positions.put(ANN, Place(lat=LAT, lon=LON), now())
        await page.hello(**STAFF)
        await watch(page)
        (connection,) = server.map._watching
        connection._is_blocked = True  # the kernel takes no more
        for step in range(1, 6):
            place = Place(lat=LAT + step / 1000, lon=LON)
            await server.positions.put(ANN, place, now())
            version = server.map._version
            await eventually(lambda version=version: server.map._version > version + 1)
            assert connection.waiting == 0
        connection.drained()
        ((_, lat, _, _),) = await first(page, "moves")
        assert lat == round((LAT + 5 / 1000) * 1e5)


@pytest.mark.parametrize("roles", ["courier", "customer", "finance", "outlet_staff"])
async def test_who_may_not_see_where_couriers_are_is_refused(redis_url, roles):
    async with serving(redis_url) as server, server.client() as page:
        await page.hello("eve", roles)
        refusal = await watch(page)
        assert (refusal["type"], refusal["code"]) == ("error", "forbidden")
        assert server.map.watchers == 0


@pytest.mark.parametrize(
    ("sides", "field"),
    [
        ({"east": LON - 1}, "east"),
        ({"south": LAT + 1}, "north"),
        ({"west": LON - 30, "east": LON + 30}, "zoom"),
        ({"south": -91}, "south"),
        ({"west": "here"}, "west"),
        ({"zoom": 40}, "zoom"),
    ],
)
async def test_a_bad_view_is_refused_by_its_field_and_changes_nothing(redis_url, sides, field):
    async with serving(redis_url) as server, server.client() as page:
        await page.hello(**STAFF)
        await watch(page)
        refusal = await watch(page, **sides)
        assert (refusal["type"], refusal["code"], refusal["field"]) == (
            "error",
            "invalid_input",
            field,
        )
        await server.positions.put(ANN, Place(lat=LAT, lon=LON), now())
        assert [one[1] for one in await first(page, "couriers")] == [ANN]


async def test_the_map_lives_through_an_outage_of_redis(redis_server):
    url = redis_server.url
    async with serving(url) as server, server.client() as page:
        await page.hello(**STAFF)
        await watch(page)
        await asyncio.to_thread(redis_server.kill)
        await asyncio.to_thread(redis_server.start)

        async def put():
            return await server.positions.put(ANN, Place(lat=LAT, lon=LON), now())

        await eventually(put)
        assert [one[1] for one in await first(page, "couriers")] == [ANN]
