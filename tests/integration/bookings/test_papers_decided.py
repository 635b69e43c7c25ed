"""What becomes of papers: twins, staff's decisions, links to photos, and their end."""

from dataclasses import asdict, replace
from datetime import timedelta

import pytest

from realtime.wire.papers import DecidePapers
from server.domain.bookings.papers import IdCard
from server.domain.bookings.states import BookingState, PapersState
from server.domain.centre import Vehicle
from server.domain.errors import (
    Forbidden,
    IllegalTransition,
    InvalidInput,
    NotFound,
    StaleVersion,
    TooLate,
)
from server.domain.ids import OutletId
from server.domain.people import Role
from server.store.centre.knowledge import KNOWLEDGE
from server.store.centre.records import MongoRecords, Traces
from tests.integration.bookings.paper_world import (
    CARD,
    ID,
    LICENCE,
    OWN_STAFF,
    REVIEWER,
    VEHICLE,
    paper_world,
    photo,
)
from tests.integration.bookings.slot_world import OUTLET, actor


def rules_of(findings):
    return {(one.kind, one.field, one.rule) for one in findings}


# The same photo again


async def test_a_photo_used_again_is_found(mongo_uri, mongo_db_name, redis_url):
    async with paper_world(mongo_uri, mongo_db_name, redis_url) as w:
        first = await w.booked("p1", seed=1)
        await w.papers.agree(actor("p2"), w.rules.papers_consent_version)
        held = await w.held("p2", slot=1)
        await w.papers.take(actor("p2"), held.id, ID, photo(1))
        nearly = photo(1001, quality=40)  # the first one's licence, saved again
        await w.papers.take(actor("p2"), held.id, LICENCE, nearly)
        await w.read_all()
        own = await w.paper_views.of_owner(held, unlocked=False)
        staff = await w.paper_views.of_staff(held)
        twins = {
            ("id_card", "photo", "of_another_person"),
            ("vehicle_licence", "photo", "of_another_person"),
        }
        assert rules_of(own.findings) & twins == set(), "another's bookings are nobody's to know"
        assert rules_of(staff.findings) & twins == twins
        assert all(one.weight == "warn" for one in staff.findings if one.field == "photo")
        mine = await w.held("p1", slot=2, wish="wish-0002")
        await w.papers.take(actor("p1"), mine.id, ID, photo(1))
        await w.papers.take(actor("p1"), mine.id, LICENCE, photo(1))
        await w.read_all()
        again = rules_of((await w.paper_views.of_staff(mine)).findings)
        assert ("id_card", "photo", "used_before") in again
        assert ("id_card", "photo", "both_papers") in again
        assert ("vehicle_licence", "photo", "both_papers") in rules_of(
            (await w.view(mine)).findings
        )
        assert first.papers is PapersState.PENDING


async def test_other_photos_are_no_twins(mongo_uri, mongo_db_name, redis_url):
    async with paper_world(mongo_uri, mongo_db_name, redis_url) as w:
        for person in range(6):
            held = await w.held(f"p{person}", slot=person)
            await w.with_photos(held, seed=person)
        for sheet in [one async for one in w.db["booking_papers"].find({})]:
            kept = await w.paper_store.find(sheet["booking"], ID)
            assert await w.paper_store.twins(kept) == []


# Staff


async def test_staff_accept_on_record(mongo_uri, mongo_db_name, redis_url):
    async with paper_world(mongo_uri, mongo_db_name, redis_url) as w:
        made = await w.booked()
        (case,) = (await w.desk.queue(REVIEWER, 10)).cases
        assert (case.booking.booking_id, case.waits_since) == (made.id, made.papers_since)
        seen = await w.desk.case(REVIEWER, made.id, "decide")
        assert (seen.name, seen.plate) == ("张三", "粤B12345")
        assert [one.read for one in seen.papers.sheets] == [asdict(CARD), asdict(VEHICLE)]
        # The owner's own look and staff's are of one instant: their order is nobody's promise.
        assert "rita" in {one["actor"] for one in await w.actions("read_papers")}
        with pytest.raises(StaleVersion):
            await w.desk.decide(REVIEWER, made.id, DecidePapers(accept=True, version=1))
        assert await w.actions("papers_accepted") == []
        decided = await w.desk.decide(
            REVIEWER, made.id, DecidePapers(accept=True, version=made.version)
        )
        assert (decided.papers, decided.version) == ("accepted", made.version + 1)
        (record,) = await w.actions("papers_accepted")
        assert (record["actor"], record["subject"]) == ("rita", f"booking:{made.id}")
        assert (await w.desk.queue(REVIEWER, 10)).cases == ()
        for act in (
            lambda: w.correct(made, ID, name="李四"),
            lambda: w.papers.take(actor(), made.id, ID, photo(9)),
        ):
            with pytest.raises(IllegalTransition):
                await act()


async def test_rejected_papers_are_mended_and_wait_again(mongo_uri, mongo_db_name, redis_url):
    async with paper_world(mongo_uri, mongo_db_name, redis_url) as w:
        made = await w.booked()
        no_reason = DecidePapers(accept=False, version=made.version)
        with pytest.raises(InvalidInput) as refused:
            await w.desk.decide(REVIEWER, made.id, no_reason)
        assert refused.value.field == "reason"
        reject = DecidePapers(accept=False, version=made.version, reason="照片模糊")
        assert (await w.desk.decide(REVIEWER, made.id, reject)).papers == "rejected"
        assert (await w.view(made)).reason == "照片模糊"
        again = await w.papers.take(actor(), made.id, ID, photo(77))
        assert again.papers == "pending"
        await w.read_all()
        now = await w.bookings.get(made.id)
        assert now.id_photo == again.sheets[0].photo_id != made.id_photo
        files = {one["_id"]: one["metadata"] async for one in w.db["photos.files"].find({})}
        assert "needed_until" in files[made.id_photo]
        assert "needed_until" not in files[now.id_photo]
        reject = DecidePapers(accept=False, version=now.version, reason="号码不清")
        await w.desk.decide(REVIEWER, made.id, reject)
        mended = await w.correct(made, LICENCE, vin="LSVAU033972020001")
        assert mended.papers == "pending"
        stale = DecidePapers(accept=True, version=now.version + 1)
        with pytest.raises(StaleVersion):  # what staff saw is not what there is now
            await w.desk.decide(REVIEWER, made.id, stale)
        steps = [one.step for one in await w.bookings.events(made.id)][-4:]
        assert steps == ["papers_rejected", "papers_mended"] * 2


async def test_after_the_deadline_papers_are_decided_at_the_outlet(
    mongo_uri, mongo_db_name, redis_url
):
    async with paper_world(mongo_uri, mongo_db_name, redis_url) as w:
        made = await w.booked()
        until = made.seat.starts_at - timedelta(seconds=w.rules.papers_decide_seconds)
        w.offset += until - w.clock() + timedelta(minutes=1)
        assert (await w.desk.queue(REVIEWER, 10)).cases == ()
        with pytest.raises(TooLate) as refused:
            await w.desk.decide(REVIEWER, made.id, DecidePapers(accept=True, version=made.version))
        assert refused.value.rule == "at_the_outlet"
        await w.db["bookings"].update_one({"_id": made.id}, {"$set": {"state": "checked_in"}})
        await w.outlets.link(OUTLET, OWN_STAFF.person, "boss", w.clock())
        assert len((await w.desk.queue(OWN_STAFF, 10)).cases) == 1
        accept = DecidePapers(accept=True, version=made.version)
        assert (await w.desk.decide(OWN_STAFF, made.id, accept)).papers == "accepted"


async def test_outlet_staff_see_their_own_outlets_papers_only(mongo_uri, mongo_db_name, redis_url):
    async with paper_world(mongo_uri, mongo_db_name, redis_url) as w:
        made = await w.booked()
        await w.outlets.link(OutletId("O9"), OWN_STAFF.person, "boss", w.clock())
        operator = actor("olga", Role.OPERATOR)
        for who in (OWN_STAFF, operator):
            assert (await w.desk.queue(who, 10)).cases == ()
            for act in (
                lambda who=who: w.desk.case(who, made.id, "decide"),
                lambda who=who: w.desk.link(who, made.id, ID, "decide"),
                lambda who=who: w.desk.decide(
                    who, made.id, DecidePapers(accept=True, version=made.version)
                ),
            ):
                with pytest.raises(Forbidden):
                    await act()
        await w.outlets.link(OUTLET, OWN_STAFF.person, "boss", w.clock())
        assert len((await w.desk.queue(OWN_STAFF, 10)).cases) == 1
        assert (await w.desk.case(OWN_STAFF, made.id, "decide")).name == "张三"


async def test_the_soonest_slot_comes_first_and_of_one_slot_who_waits_longest(
    mongo_uri, mongo_db_name, redis_url
):
    async with paper_world(mongo_uri, mongo_db_name, redis_url) as w:
        late = await w.booked("p1", slot=3, seed=1)
        first = await w.booked("p2", slot=1, seed=2, plate="粤B00002")
        second = await w.booked("p3", slot=1, seed=3, plate="粤B00003")
        told = await w.desk.queue(REVIEWER, 10)
        assert [one.booking.booking_id for one in told.cases] == [first.id, second.id, late.id]
        short = await w.desk.queue(REVIEWER, 2)
        assert (len(short.cases), short.more, told.more) == (2, True, False)


# Links


async def test_a_link_shows_one_photo_once_to_whom_it_was_given(
    mongo_uri, mongo_db_name, redis_url
):
    async with paper_world(mongo_uri, mongo_db_name, redis_url) as w:
        made = await w.booked()
        for who in (REVIEWER, actor()):
            with pytest.raises(NotFound):  # never but by a link, not even to its owner
                await w.pictures.show(who, made.id_photo, "look")
        link = await w.desk.link(REVIEWER, made.id, ID, "decide")
        code = link.path.rpartition("/")[2]
        assert code not in str(await w.db["paper_links"].find_one({}))
        assert (await w.links.fetch(code)).startswith(b"\xff\xd8\xff")
        for bad in (code, "NOSUCHCODE"):
            with pytest.raises(NotFound):
                await w.links.fetch(bad)
        assert [(one["actor"], one["purpose"]) for one in await w.actions("paper_link")] == [
            ("rita", "decide")
        ]
        (look,) = await w.actions("read_photo")
        assert (look["actor"], look["subject"]) == ("rita", f"photo:{made.id_photo}")
        own = await w.papers.link(actor(), made.id, LICENCE)
        w.later(seconds=w.rules.paper_link_seconds + 1)
        with pytest.raises(NotFound):
            await w.links.fetch(own.path.rpartition("/")[2])


async def test_a_holds_photo_is_its_owners_to_look_at(mongo_uri, mongo_db_name, redis_url):
    async with paper_world(mongo_uri, mongo_db_name, redis_url) as w:
        held = await w.with_photos(await w.held())
        link = await w.papers.link(actor(), held.id, ID)
        assert (await w.links.fetch(link.path.rpartition("/")[2])).startswith(b"\xff\xd8\xff")


# Afterwards


async def test_the_licences_vehicle_is_offered_until_the_person_has_it(
    mongo_uri, mongo_db_name, redis_url
):
    async with paper_world(mongo_uri, mongo_db_name, redis_url) as w:
        held = await w.with_photos(await w.held())
        assert (await w.view(held)).offered_vehicle is None
        made = await w.booked(slot=1, wish="wish-0002", seed=5)
        offered = (await w.view(made)).offered_vehicle
        assert (offered.plate, offered.vin) == ("粤B12345", VEHICLE.vin)
        own = Vehicle(
            id="V1",
            person="p1",
            plate="粤B12345",
            model="x",
            vin=None,
            version=1,
            created_at=w.clock(),
        )
        await w.vehicles.add(own)
        assert (await w.view(made)).offered_vehicle is None


async def test_papers_go_thirty_days_after_the_booking_is_over_and_not_before(
    mongo_uri, mongo_db_name, redis_url
):
    async with paper_world(mongo_uri, mongo_db_name, redis_url) as w:
        made = await w.booked("p1", seed=1)
        stays = await w.booked("p2", seed=2, slot=1, plate="粤B54321")
        await w.life.cancel(actor("p1"), made.id)
        await w.publish()
        w.later(days=w.rules.papers_kept_days - 1)
        assert await w.keeping.sweep() + await w.pictures.sweep() == 0
        assert len(await w.paper_store.of(made.id)) == 2
        w.later(days=2)
        assert await w.keeping.sweep() == 2
        assert await w.pictures.sweep() == 2
        assert await w.paper_store.of(made.id) == []
        assert len(await w.paper_store.of(stays.id)) == 2, "it is not over"
        assert await w.db["photos.files"].count_documents({}) == 2
        assert await w.db["photos.chunks"].count_documents({"files_id": stays.id_photo}) == 1
        await w.bookings.get(made.id)


async def test_whoever_ends_a_booking_ends_the_need_of_its_papers(
    mongo_uri, mongo_db_name, redis_url
):
    async with paper_world(mongo_uri, mongo_db_name, redis_url) as w:
        made = await w.booked()
        over = replace(made, state=BookingState.DONE)
        events = await w.bookings.events(made.id)
        await w.keeping.follow(made, events[-1])
        kept = await w.db["booking_papers"].find_one({"booking": made.id})
        assert "needed_until" not in kept, "booked is not over"
        done = replace(events[-1], state=BookingState.DONE, step="done")
        for _ in range(2):
            await w.keeping.follow(over, done)
        kept = await w.db["booking_papers"].find_one({"booking": made.id})
        assert kept["needed_until"] == done.at
        file = await w.db["photos.files"].find_one({"_id": made.id_photo})
        assert file["metadata"]["needed_until"] == done.at


async def test_papers_of_a_form_that_was_never_sent_go_with_their_photos(
    mongo_uri, mongo_db_name, redis_url
):
    async with paper_world(mongo_uri, mongo_db_name, redis_url) as w:
        held = await w.with_photos(await w.held())
        w.later(hours=1)
        await w.life.expire()
        await w.publish()
        assert await w.keeping.sweep() == 0
        w.later(seconds=w.rules.unused_photo_keep_seconds + 3600)
        assert (await w.keeping.sweep(), await w.pictures.sweep()) == (2, 2)
        assert await w.paper_store.of(held.id) == []


async def test_an_export_has_the_papers_opened_and_an_erasure_takes_them(
    mongo_uri, mongo_db_name, redis_url
):
    async with paper_world(mongo_uri, mongo_db_name, redis_url) as w:
        made = await w.booked()
        await w.correct(made, ID, address="某街 2 号")
        records = MongoRecords(w.db, seal=w.paper_store._seal)
        traces = Traces(person="p1", number=None, accounts=())
        rows = {one.collection: one for one in KNOWLEDGE if "paper" in one.collection}
        assert set(rows) == {"booking_papers", "paper_consents", "paper_links", "paper_unlocks"}
        papers = [one async for one in records.documents(rows["booking_papers"], traces)]
        card = next(one for one in papers if one["kind"] == "id_card")
        assert IdCard(**card["read"]) == CARD
        assert card["corrected"] == {"address": "某街 2 号"}
        assert not {"digest", "bands", "likeness"} & set(card)
        for row in rows.values():
            await records.erase(row, traces)
        assert await w.db["booking_papers"].count_documents({}) == 0
        assert await w.db["paper_consents"].count_documents({"person": "p1"}) == 1
