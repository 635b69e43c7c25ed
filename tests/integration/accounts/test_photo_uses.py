"""What a photo serves decides who sees it, and when it is deleted; on real MongoDB."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from pymongo.errors import OperationFailure

from server.domain.errors import DomainError, InvalidInput, NotFound
from server.domain.ids import PersonId, PhotoId
from server.domain.people import Actor, Role
from server.domain.photos import TABLE, PhotoPurpose, PhotoUse, keep_seconds
from server.domain.rules import DAY
from server.store.transactions import Transactions
from tests.integration.accounts.harness import Rooms
from tests.integration.accounts.test_photos import picture

pytestmark = pytest.mark.gen_test

OWNER = PersonId("POWNER")


def actor(person: str, *roles: Role) -> Actor:
    return Actor(person=PersonId(person), session="S", roles=frozenset({Role.CUSTOMER, *roles}))


def serving(purpose: PhotoPurpose, subject: str = "order:LJ1") -> PhotoUse:
    return PhotoUse(purpose=purpose, subject=subject)


async def taken(rooms: Rooms, owner: str = OWNER) -> PhotoId:
    return PhotoId((await rooms.photos.take(actor(owner), picture())).photo_id)


@asynccontextmanager
async def rule(name: str, kind: type[DomainError] = InvalidInput):
    with pytest.raises(kind) as refused:
        yield
    assert refused.value.rule == name


async def release(rooms: Rooms, database, photo: PhotoId, use: PhotoUse, **until) -> None:
    async def body(session):
        await rooms.photos.release(photo, use, session, **until)

    await Transactions(database.client).run(body)


async def is_kept(database, photo: PhotoId) -> bool:
    files = await database["photos.files"].count_documents({"_id": photo})
    chunks = await database["photos.chunks"].count_documents({"files_id": photo})
    assert bool(files) is bool(chunks), "half a photo"
    return bool(files)


async def test_what_an_upload_that_died_left_is_swept(rooms, database):
    """A process that dies in the middle: here MongoDB refuses one of the two writes."""
    await taken(rooms)
    for half in ("photos.files", "photos.chunks"):
        await database.command("collMod", half, validator={"never": {"$exists": True}})
        with pytest.raises(OperationFailure):
            await taken(rooms)
        await database.command("collMod", half, validator={})
        files = await database["photos.files"].distinct("_id")
        assert await database["photos.chunks"].count_documents({"files_id": {"$nin": files}}) == 0
        assert await database["photos.files"].count_documents({"metadata": None}) == 0
    rooms.clock.turn(2 * DAY)
    await rooms.photos.sweep()
    assert await database["photos.files"].count_documents({}) == 0


async def test_each_role_sees_its_photos_and_the_owner_their_own(rooms):
    for purpose in (None, *PhotoPurpose):
        photo = await taken(rooms)
        if purpose is not None:
            await rooms.photos.use(OWNER, photo, serving(purpose))
        is_by_link = purpose is not None and TABLE[purpose].by_link
        readers = TABLE[purpose].readers if purpose and not is_by_link else frozenset()
        for role in Role:
            asked = rooms.photos.show(actor(f"P{role.value}", role), photo, "review")
            if role in readers:
                assert (await asked).startswith(b"\xff\xd8")
                continue
            async with rule("exists", NotFound):
                await asked
        if is_by_link:
            async with rule("exists", NotFound):
                await rooms.photos.show(actor(OWNER), photo, "look")
            assert await rooms.audit.of(f"photo:{photo}") == []
            continue
        assert (await rooms.photos.show(actor(OWNER), photo, "look")).startswith(b"\xff\xd8")
        records = await rooms.audit.of(f"photo:{photo}")
        seen_by = {record["actor"] for record in records}
        assert seen_by == {OWNER, *(f"P{role.value}" for role in readers)}
        served = {str(purpose), "order:LJ1"} if purpose else set()
        assert all(set(record.get("details", {}).values()) == served for record in records)


async def test_a_room_that_judges_its_readers_shows_photos_of_that_one_thing(rooms):
    photo = await taken(rooms)
    mine, other = serving(PhotoPurpose.ID_CARD), serving(PhotoPurpose.ID_CARD, "order:LJ2")
    await rooms.photos.use(OWNER, photo, mine)
    outlet = actor("POUTLET", Role.OUTLET_STAFF)
    assert await rooms.photos.show_for(outlet, photo, mine, "check in")
    async with rule("exists", NotFound):
        await rooms.photos.show_for(outlet, photo, other, "check in")
    (record,) = await rooms.audit.of(f"photo:{photo}")
    assert (record["actor"], record["purpose"]) == ("POUTLET", "check in")


async def test_a_photo_serves_one_thing(rooms):
    photo, use = await taken(rooms), serving(PhotoPurpose.WAYBILL)
    await rooms.photos.use(OWNER, photo, use)
    await rooms.photos.use(OWNER, photo, use)
    for other in (serving(PhotoPurpose.ID_CARD), serving(PhotoPurpose.WAYBILL, "order:LJ2")):
        async with rule("one_use"):
            await rooms.photos.use(OWNER, photo, other)
    for thief, named in (("PTHIEF", photo), (OWNER, PhotoId("FNONE"))):
        async with rule("exists", NotFound):
            await rooms.photos.use(PersonId(thief), named, use)


async def test_an_unused_photo_is_deleted_and_a_used_one_is_not(rooms, database):
    unused, used = await taken(rooms), await taken(rooms)
    await rooms.photos.use(OWNER, used, serving(PhotoPurpose.WAYBILL))
    rooms.clock.turn(rooms.rules.unused_photo_keep_seconds - 1)
    assert await rooms.photos.sweep() == 0
    fresh = await taken(rooms)
    rooms.clock.turn(2)
    assert await rooms.photos.sweep() == 1
    assert await rooms.photos.sweep() == 0
    kept = [await is_kept(database, photo) for photo in (unused, used, fresh)]
    assert kept == [False, True, True]
    rooms.clock.turn(4000 * DAY)
    assert await rooms.photos.sweep() == 1  # the fresh one: what is used, nobody released
    assert await is_kept(database, used)


@pytest.mark.parametrize("purpose", PhotoPurpose)
async def test_a_released_photo_is_deleted_after_its_kind_s_time(rooms, database, purpose):
    photo, use = await taken(rooms), serving(purpose)
    await rooms.photos.use(OWNER, photo, use)
    await release(rooms, database, photo, serving(purpose, "order:LJ2"))  # another's end
    rooms.clock.turn(4000 * DAY)
    assert await rooms.photos.sweep() == 0
    await release(rooms, database, photo, use)
    rooms.clock.turn(keep_seconds(purpose, rooms.rules) - 1)
    assert await rooms.photos.sweep() == 0
    rooms.clock.turn(2)
    assert sum(await asyncio.gather(*(rooms.photos.sweep() for _ in range(3)))) == 1
    assert not await is_kept(database, photo)
    await release(rooms, database, photo, use)  # of what is gone: nothing


async def test_a_photo_in_use_again_is_needed_again(rooms, database):
    photo, use = await taken(rooms), serving(PhotoPurpose.ID_CARD)
    await rooms.photos.use(OWNER, photo, use)
    await release(rooms, database, photo, use)
    await rooms.photos.use(OWNER, photo, use)
    rooms.clock.turn(4000 * DAY)
    assert await rooms.photos.sweep() == 0
    await rooms.photos.use(OWNER, photo, use, until=rooms.clock())
    rooms.clock.turn(rooms.rules.certification_keep_seconds + 1)
    assert await rooms.photos.sweep() == 1


async def test_a_use_that_fails_with_its_form_leaves_the_photo_unused(rooms, database):
    photo, use = await taken(rooms), serving(PhotoPurpose.WAYBILL)

    async def body(session):
        await rooms.photos.use(OWNER, photo, use, session)
        raise InvalidInput(rule="the form")

    async with rule("the form"):
        await Transactions(database.client).run(body)
    assert (await rooms.photo_store.get(photo)).use is None


async def test_a_use_and_a_deletion_at_once_leave_a_whole_photo_or_none(rooms, database):
    for _ in range(8):
        photo = await taken(rooms)
        rooms.clock.turn(rooms.rules.unused_photo_keep_seconds + 1)

        async def use(photo=photo) -> bool:
            async def body(session):
                await rooms.photos.use(OWNER, photo, serving(PhotoPurpose.WAYBILL), session)

            try:
                await Transactions(database.client).run(body)
            except NotFound:
                return False
            return True

        used, deleted = await asyncio.gather(use(), rooms.photos.sweep())
        assert used is not bool(deleted)
        assert await is_kept(database, photo) is used
