"""Where couriers were, on a real MongoDB: kept for a while, and gone with its owner."""

from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from realtime.wire.map import MapPastQuery, TilesView
from server.domain.errors import Forbidden, InvalidInput, Unavailable
from server.domain.geo import Place
from server.domain.ids import PersonId, SessionId
from server.domain.people import Actor, Role
from server.domain.rules import Rules
from server.services.map.desk import SUBJECT, MapDesk
from server.services.map.history import MOST_WAITING, PositionHistory
from server.store import position_history
from server.store.audit import MongoAudit
from server.store.centre.knowledge import KNOWLEDGE
from server.store.centre.records import MongoRecords
from server.store.connection import connect
from server.store.map_ground import MongoMapGround
from server.store.position_history import Box, MongoPositionHistory, Point
from server.store.seal import Seal
from tests.integration.accounts.harness import ring

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
ANN, BOB = PersonId("ann"), PersonId("bob")
HERE = Place(lat=22.54, lon=114.06)
BOX = Box(west=114.0, south=22.5, east=114.1, north=22.6)
KEEP = 72 * 3600
RULES = Rules()


@asynccontextmanager
async def opened(mongo_uri, name, keep_seconds=KEEP):
    client = connect(mongo_uri)
    try:
        await client[name].drop_collection(position_history.COLLECTION)
        store = MongoPositionHistory(client[name], keep_seconds=keep_seconds)
        await store.ensure_indexes()
        yield client[name], store
    finally:
        client.close()


def point(courier=ANN, seconds=0.0, lat=HERE.lat, lon=HERE.lon) -> Point:
    return Point(
        courier=courier, place=Place(lat=lat, lon=lon), at=NOW + timedelta(seconds=seconds)
    )


async def look(store, seconds=600, *, step=15, limit=100, since=NOW):
    until = since + timedelta(seconds=seconds)
    return await store.between(since, until, BOX, step_seconds=step, limit=limit)


async def made(database) -> dict:
    named = {"name": position_history.COLLECTION}
    (found,) = [one async for one in await database.list_collections(filter=named)]
    return found


async def test_the_series_forgets_by_itself_after_the_time_that_is_set(mongo_uri, mongo_db_name):
    async with opened(mongo_uri, mongo_db_name) as (database, store):
        await store.ensure_indexes()  # twice is once
        first = await made(database)
        assert first["type"] == "timeseries"
        assert first["options"]["timeseries"]["metaField"] == "courier"
        assert first["options"]["expireAfterSeconds"] == KEEP
        await MongoPositionHistory(database, keep_seconds=3600).ensure_indexes()
        assert (await made(database))["options"]["expireAfterSeconds"] == 3600


async def test_a_window_gives_what_is_in_the_area_one_point_a_courier_and_step(
    mongo_uri, mongo_db_name
):
    async with opened(mongo_uri, mongo_db_name) as (_, store):
        await store.add(point(seconds=second, lat=22.54 + second / 1e6) for second in range(60))
        await store.add([point(BOB, 5, lon=113.0), point(BOB, -1), point(BOB, 600), point(BOB, 30)])
        await store.add([point(BOB, 30)])  # a batch that is written again
        found = await look(store)
        assert [(one.courier, one.at) for one in found if one.courier == BOB] == [
            (BOB, NOW + timedelta(seconds=30))
        ]
        assert len([one for one in found if one.courier == ANN]) == 4
        assert found == sorted(found, key=lambda one: one.at)
        assert len(await look(store, limit=2)) == 2


async def test_an_erasure_deletes_a_persons_points_and_no_others(mongo_uri, mongo_db_name):
    async with opened(mongo_uri, mongo_db_name) as (database, store):
        await store.add([point(ANN, 1), point(BOB, 1), point(ANN, 200)])
        (row,) = (one for one in KNOWLEDGE if one.collection == position_history.COLLECTION)
        records = MongoRecords(database, seal=Seal(ring("s")))
        traces = await records.traces(ANN)
        shown = [document async for document in records.documents(row, traces)]
        assert {one["courier"] for one in shown} == {ANN}
        await records.erase(row, traces)
        await records.erase(row, traces)
        assert {one.courier for one in await look(store)} == {BOB}


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


async def test_what_couriers_report_is_thinned_and_written_in_batches(mongo_uri, mongo_db_name):
    async with opened(mongo_uri, mongo_db_name) as (_, store):
        clock = Clock()
        history = PositionHistory(points=store, rules=RULES, clock=clock)
        for second in range(61):
            clock.now = NOW + timedelta(seconds=second)
            history.note(ANN, HERE, clock.now)
        history.note(BOB, HERE, clock.now + timedelta(days=1))  # a clock that is ahead
        history.note(PersonId("eve"), HERE, clock.now - timedelta(days=4))  # not kept any more
        assert await look(store) == []
        await history.flush()
        found = await look(store)
        seconds = [(one.at - NOW).total_seconds() for one in found if one.courier == ANN]
        assert seconds == [0, 15, 30, 45, 60]
        assert [one.at for one in found if one.courier == BOB] == [clock.now]
        assert len(found) == 6


async def test_a_close_writes_what_waits(mongo_uri, mongo_db_name):
    async with opened(mongo_uri, mongo_db_name) as (_, store):
        history = PositionHistory(points=store, rules=RULES, clock=Clock())
        history.start()
        history.note(ANN, HERE, NOW)
        await history.close()
        assert len(await look(store)) == 1


class AwayPoints:
    """MongoDB that does not answer until it is back."""

    def __init__(self) -> None:
        self.is_away = True
        self.written: list[Point] = []

    async def add(self, points):
        if self.is_away:
            raise Unavailable(part="mongo")
        self.written += points


async def test_points_wait_for_mongo_up_to_a_bound_and_the_oldest_go_first():
    points, clock = AwayPoints(), Clock()
    history = PositionHistory(points=points, rules=RULES, clock=clock)
    for number in range(MOST_WAITING):
        history.note(PersonId(f"c{number}"), HERE, NOW)
    with pytest.raises(Unavailable):
        await history.flush()
    assert history.lost == 0
    history.note(ANN, HERE, NOW)
    assert history.lost == 1
    points.is_away = False
    await history.flush()
    assert len(points.written) == MOST_WAITING
    assert points.written[-1].courier == ANN
    assert points.written[0].courier == "c1"


# The desk


def actor(*roles) -> Actor:
    return Actor(person=PersonId("staff"), session=SessionId("s"), roles=frozenset(roles))


def query(**other) -> MapPastQuery:
    sides = {"west": BOX.west, "south": BOX.south, "east": BOX.east, "north": BOX.north}
    return MapPastQuery(**{"since": NOW, "purpose": "投诉 LJ1", **sides, **other})


def desk(database, store, clock, **other) -> MapDesk:
    tiles = TilesView(urls=(), attribution="", datum="wgs84", most_zoom=18)
    audit = MongoAudit(database)
    ground = MongoMapGround(database)
    return MapDesk(
        history=store, ground=ground, audit=audit, tiles=tiles, rules=RULES, clock=clock, **other
    )


async def test_the_past_is_shown_as_tracks_and_the_look_is_recorded(mongo_uri, mongo_db_name):
    async with opened(mongo_uri, mongo_db_name) as (database, store):
        clock = Clock()
        clock.now = NOW + timedelta(hours=1)
        await store.add([point(ANN, 0), point(ANN, 20, lat=22.55), point(BOB, 40)])
        here = desk(database, store, clock)
        view = await here.past(actor(Role.OPERATOR), query())
        tracks = {track.courier_id: track.points for track in view.tracks}
        assert tracks == {
            ANN: ((0, 2254000, 11406000), (20, 2255000, 11406000)),
            BOB: ((40, 2254000, 11406000),),
        }
        assert view.until == NOW + timedelta(seconds=600)
        (record,) = await MongoAudit(database).of(SUBJECT)
        assert (record["actor"], record["action"]) == ("staff", "read_map_past")
        assert record["purpose"] == "投诉 LJ1"


async def test_more_than_fits_ends_earlier_and_goes_on_from_there(mongo_uri, mongo_db_name):
    async with opened(mongo_uri, mongo_db_name) as (database, store):
        clock = Clock()
        clock.now = NOW + timedelta(hours=1)
        await store.add(point(PersonId(f"c{n % 7}"), n) for n in range(200))
        here = desk(database, store, clock, most_points=30)
        since, seen = NOW, 0
        for _ in range(40):
            view = await here.past(actor(Role.OPERATOR), query(since=since, seconds=200, step=5))
            seen += sum(len(track.points) for track in view.tracks)
            assert sum(len(track.points) for track in view.tracks) <= 30
            since = view.until
            if since >= NOW + timedelta(seconds=200):
                break
        assert seen >= 180
        assert since >= NOW + timedelta(seconds=200)


@pytest.mark.parametrize(
    ("other", "field", "rule"),
    [
        ({"west": 115.0}, "east", "east_of_west"),
        ({"south": 23.0}, "north", "north_of_south"),
        ({"since": NOW + timedelta(days=1)}, "since", "before_now"),
        ({"since": NOW - timedelta(days=4)}, "since", "still_kept"),
    ],
)
async def test_a_look_that_cannot_be_is_refused_and_not_recorded(
    mongo_uri, mongo_db_name, other, field, rule
):
    async with opened(mongo_uri, mongo_db_name) as (database, store):
        with pytest.raises(InvalidInput) as refusal:
            await desk(database, store, Clock()).past(actor(Role.OPERATOR), query(**other))
        assert (refusal.value.field, refusal.value.rule) == (field, rule)
        assert await MongoAudit(database).of(SUBJECT) == []


async def test_a_first_look_at_the_live_map_is_recorded_and_others_may_not(
    mongo_uri, mongo_db_name
):
    async with opened(mongo_uri, mongo_db_name) as (database, store):
        here = desk(database, store, Clock())
        await here.may_watch(actor(Role.REVIEWER), is_first=True)
        await here.may_watch(actor(Role.REVIEWER), is_first=False)
        with pytest.raises(Forbidden):
            await here.may_watch(actor(Role.FINANCE), is_first=True)
        (record,) = await MongoAudit(database).of(SUBJECT)
        assert record["action"] == "watch_map"
