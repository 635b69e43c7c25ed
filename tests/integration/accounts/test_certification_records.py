"""What is recorded of certifications, and what is forgotten: with the change, and in its time."""

import asyncio

import pytest

from realtime.wire.certifications import RefuseApplication
from server.domain.errors import IllegalTransition, StaleVersion
from server.domain.people import Certification
from tests.integration.accounts.harness import Rooms
from tests.integration.accounts.test_certification import (
    COURIER,
    DAY,
    OTHER,
    SECOND,
    STAFF,
    Town,
    id_of,
    outcome,
)

pytestmark = pytest.mark.gen_test

PHONES = (COURIER, OTHER, STAFF, SECOND)


@pytest.fixture
def town(io_loop, rooms, http_client, base_url) -> Town:
    return io_loop.run_sync(Town(rooms, http_client, base_url).arrive)


async def recorded(town: Town, name: str = "courier") -> list[str]:
    records = await town.rooms.audit.of(f"person:{town.person(name)}")
    return [one["action"] for one in records if one["action"].startswith("certification_")]


async def left(database, town: Town, name: str = "courier") -> tuple[int, int]:
    """Count a person's applications, and the photos of applications."""
    applications = await database["certifications"].count_documents({"person": town.person(name)})
    photos = {"metadata.owner": town.person(name), "metadata.purpose": "id_card"}
    return applications, await database["photos.files"].count_documents(photos)


async def months_later(town: Town, seconds: float) -> None:
    """Let time pass; sessions and tokens have run out by then."""
    town.rooms.clock.turn(seconds)
    for client, phone in zip(town.who.values(), PHONES, strict=True):
        await client.log_in(town.rooms, phone)


async def forget(rooms: Rooms) -> tuple[int, int]:
    return await rooms.certifications.delete_papers(), await rooms.photos.sweep()


async def test_an_approval_that_fails_is_not_recorded(town, rooms):
    desk = rooms.certification_desk
    application = await town.applied()
    await rooms.standings._people.update_one(
        {"_id": town.person()}, {"$set": {"certification": "suspended"}}
    )
    with pytest.raises(IllegalTransition):
        await desk.approve(town.actor("staff"), application)
    assert await recorded(town) == []
    await rooms.standings._people.update_one(
        {"_id": town.person()}, {"$set": {"certification": "applied"}}
    )
    verdicts = (desk.approve(town.actor(name), application) for name in ("staff", "second"))
    assert sorted(await asyncio.gather(*map(outcome, verdicts))) == ["done", "stale"]
    assert await recorded(town) == ["certification_approved"]
    form = RefuseApplication(reason="not_an_id")
    with pytest.raises(StaleVersion):
        await desk.reject(town.actor("staff"), application, form)
    assert await recorded(town) == ["certification_approved"]


async def test_an_act_is_recorded_once_it_changed_something(town, rooms):
    act, staff = rooms.certification_desk.act, town.actor("staff")
    for _ in range(2):
        await act(staff, town.person(), Certification.CERTIFIED, "saw the papers")
    rooms.clock.turn(1)
    await act(staff, town.person(), Certification.NONE, "left")
    with pytest.raises(IllegalTransition):  # nothing is there to be suspended
        await act(staff, town.person(), Certification.SUSPENDED, "too late")
    assert await recorded(town) == ["certification_none", "certification_certified"]


async def test_refused_papers_and_their_photo_are_deleted_in_time(town, rooms, database):
    application, form = await town.applied(), RefuseApplication(reason="photo_unclear")
    await rooms.certification_desk.reject(town.actor("staff"), application, form)
    rooms.clock.turn(rooms.rules.certification_keep_seconds - 1)
    assert (await forget(rooms))[0] == 0
    assert await left(database, town) == (1, 1)
    rooms.clock.turn(2)
    swept = await asyncio.gather(*(rooms.certifications.delete_papers() for _ in range(3)))
    assert sum(swept) == 1
    await rooms.photos.sweep()
    assert await left(database, town) == (0, 0)
    await months_later(town, DAY)
    own = await town.who["courier"].call("GET", "/v1/certification")
    assert (own["state"], own["may_apply"], own.get("application")) == ("rejected", True, None)
    await town.certified()


async def test_what_waits_or_certifies_is_kept_however_long(town, rooms, database):
    await town.certified(expires_on="2036-11-01")
    await town.applied("other", id_number=id_of(2))
    rooms.clock.turn(3000 * DAY)
    assert (await forget(rooms))[0] == 0
    assert await left(database, town) == (1, 1)
    assert await left(database, town, "other") == (1, 1)
    state = await rooms.certifications.certification(town.person())
    assert state is Certification.CERTIFIED
    rooms.clock.turn(3000 * DAY)  # it ran out, long ago
    assert await forget(rooms) == (1, 1)
    assert await left(database, town) == (0, 0)
    assert await left(database, town, "other") == (1, 1), "it waits, and staff see it wait"


async def test_replaced_and_withdrawn_papers_are_deleted_too(town, rooms, database):
    await town.certified()
    await town.certified(expires_on="2028-01-01")
    await months_later(town, rooms.rules.certification_keep_seconds + 1)
    assert (await forget(rooms))[0] == 1
    assert await left(database, town) == (1, 1)
    renewal = await town.applied(expires_on="2029-01-01")
    form = RefuseApplication(reason="not_an_id")
    await rooms.certification_desk.reject(town.actor("staff"), renewal, form)
    await months_later(town, rooms.rules.certification_keep_seconds + 1)
    assert (await forget(rooms))[0] == 1
    assert await left(database, town) == (1, 1), "a refused renewal leaves what is in force"
    act = rooms.certification_desk.act
    await act(town.actor("staff"), town.person(), Certification.NONE, "gave it up")
    await town.applied()
    await act(town.actor("staff"), town.person(), Certification.CERTIFIED, "seen otherwise")
    await months_later(town, rooms.rules.certification_keep_seconds + 1)
    assert (await forget(rooms))[0] == 2, "the withdrawn one, and the one that was closed"
    assert await left(database, town) == (0, 0)
    assert await town.state() == "certified"
