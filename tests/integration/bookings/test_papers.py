"""A person's papers: the consent, photos, reading that survives, corrections."""

import asyncio
from dataclasses import asdict, replace
from datetime import timedelta

import pytest
from bson import encode

from realtime.wire.papers import CorrectPaper, PapersRead
from server.domain.bookings.readings import PapersConsentMissing, ReadState
from server.domain.bookings.states import BookingState, PapersState
from server.domain.errors import (
    Conflict,
    HoldOver,
    InvalidInput,
    NotFound,
    StaleVersion,
)
from server.services.bookings import papers as papers_module
from tests.integration.bookings.paper_world import (
    CARD,
    ID,
    LICENCE,
    VEHICLE,
    paper_world,
    photo,
)
from tests.integration.bookings.slot_world import actor, form


def rules_of(findings):
    return {(one.kind, one.field, one.rule) for one in findings}


# Consent


async def test_without_consent_no_photo_is_taken(mongo_uri, mongo_db_name, redis_url):
    async with paper_world(mongo_uri, mongo_db_name, redis_url) as w:
        held = await w.life.hold(actor(), (await w.slots())[0].id, "wish-0001")
        with pytest.raises(PapersConsentMissing):
            await w.papers.take(actor(), held.id, ID, photo())
        with pytest.raises(InvalidInput) as refused:
            await w.papers.agree(actor(), "2020-01")
        assert (refused.value.field, refused.value.rule) == ("consent_version", "current_version")
        assert await w.db["photos.files"].count_documents({}) == 0
        agreed = await w.papers.agree(actor(), w.rules.papers_consent_version)
        assert await w.papers.agree(actor(), w.rules.papers_consent_version) == agreed
        kept = await w.db["paper_consents"].find_one({"person": "p1"})
        assert (kept["version"], kept["at"]) == (agreed.consent_version, agreed.agreed_at)
        await w.papers.take(actor(), held.id, ID, photo())
        assert await w.consents.agreed_at("p2", agreed.consent_version) is None


async def test_the_form_itself_is_a_consent(mongo_uri, mongo_db_name, redis_url):
    async with paper_world(mongo_uri, mongo_db_name, redis_url) as w:
        held = await w.life.hold(actor(), (await w.slots())[0].id, "wish-0001")
        ids = [(await w.pictures.take(actor(), photo(n))).photo_id for n in (1, 2)]
        await w.life.book(actor(), held.id, form(id_photo=ids[0], licence_photo=ids[1]))
        assert await w.consents.agreed_at("p1", w.rules.papers_consent_version)
        await w.read_all()  # a worker reads what no page has uploaded as papers
        assert {one.state for one in await w.paper_store.of(held.id)} == {ReadState.READ}


# Photos and reading


async def test_a_photo_is_read_in_the_background_and_kept_sealed(
    mongo_uri, mongo_db_name, redis_url
):
    async with paper_world(mongo_uri, mongo_db_name, redis_url) as w:
        held = await w.held()
        first = await w.papers.take(actor(), held.id, ID, photo())
        assert [one.state for one in first.sheets] == ["waiting"]
        assert w.recogniser.asked == 0, "the person does not wait for it"
        run = asyncio.create_task(w.reading.run())
        try:
            async with asyncio.timeout(20):
                await w.pushes.heard.wait()
        finally:
            run.cancel()
            await asyncio.gather(run, return_exceptions=True)
        ((who, event),) = w.pushes.pushed
        assert (who, event) == ("p1", PapersRead(booking_id=held.id, kind="id_card", state="read"))
        (sheet,) = (await w.view(held)).sheets
        assert sheet.read == asdict(CARD)
        assert (sheet.state, sheet.read_by, sheet.not_read) == ("read", "local", None)
        assert sheet.read_at is not None
        stored = encode(await w.db["booking_papers"].find_one({}))
        for text in (CARD.name, CARD.number, CARD.address, CARD.birth):
            assert text.encode() not in stored


async def test_a_photo_that_a_killed_process_left_is_taken_up(mongo_uri, mongo_db_name, redis_url):
    async with (
        paper_world(mongo_uri, mongo_db_name, redis_url) as w,
        paper_world(mongo_uri, mongo_db_name, redis_url) as other,
    ):
        held = await w.held()
        await w.papers.take(actor(), held.id, ID, photo())
        sheet, now = f"{held.id}:id_card", w.clock()
        left = await w.paper_store.begin(sheet, now, now + timedelta(seconds=100))
        assert await other.reading.sweep() == 0, "its process has some seconds for it"
        other.later(seconds=200)
        assert await other.reading.sweep() == 1
        assert (await w.paper_store.find(held.id, ID)).read == asdict(CARD)
        late = replace(left, state=ReadState.NOT_READ, why_not="no_answer")
        assert not await w.paper_store.finish(late, None), "the one who was overtaken"
        assert (await w.paper_store.find(held.id, ID)).state is ReadState.READ


async def test_one_photo_is_read_once_however_many_look(mongo_uri, mongo_db_name, redis_url):
    async with paper_world(mongo_uri, mongo_db_name, redis_url) as w:
        held = await w.held()
        await w.papers.take(actor(), held.id, ID, photo())
        sheet = f"{held.id}:id_card"
        done = await asyncio.gather(*(w.reading.read(sheet) for _ in range(5)))
        assert sorted(done) == [False] * 4 + [True]
        assert w.recogniser.asked == 1


@pytest.mark.parametrize(
    ("fails", "asked", "why"),
    [
        (["none"], 1, "none"),
        (["photo"], 1, "photo"),
        (["quota"], 1, "quota"),
        (["busy", "no_answer"], 3, None),
        (["busy"] * 3, 3, "busy"),
    ],
)
async def test_a_failing_recogniser_is_no_dead_end(
    mongo_uri, mongo_db_name, redis_url, fails, asked, why
):
    async with paper_world(mongo_uri, mongo_db_name, redis_url) as w:
        w.recogniser.fails = fails
        held = await w.held()
        await w.papers.take(actor(), held.id, ID, photo())
        await w.read_all()
        sheet = await w.paper_store.find(held.id, ID)
        assert (w.recogniser.asked, sheet.why_not) == (asked, why)
        assert sheet.state is (ReadState.READ if why is None else ReadState.NOT_READ)
        w.recogniser.fails = ["none"]
        await w.papers.take(actor(), held.id, LICENCE, photo(2))
        await w.read_all()
        told = rules_of((await w.view(held)).findings)
        assert (("id_card", "photo", "not_read") in told) is (why is not None)
        ids = [one.photo for one in await w.paper_store.of(held.id)]
        made = await w.life.book(actor(), held.id, form(id_photo=ids[0], licence_photo=ids[1]))
        assert (made.state, made.papers) == (BookingState.BOOKED, PapersState.PENDING)


async def test_a_recogniser_that_never_answers_is_given_up(mongo_uri, mongo_db_name, redis_url):
    async with paper_world(mongo_uri, mongo_db_name, redis_url) as w:
        w.recogniser.silent = True
        held = await w.held()
        await w.papers.take(actor(), held.id, ID, photo())
        await w.read_all()
        sheet = await w.paper_store.find(held.id, ID)
        assert (sheet.state, sheet.why_not, sheet.attempt) == (ReadState.NOT_READ, "no_answer", 3)


async def test_another_photo_overtakes_the_one_that_is_being_read(
    mongo_uri, mongo_db_name, redis_url
):
    async with paper_world(mongo_uri, mongo_db_name, redis_url) as w:
        held = await w.held()
        await w.papers.take(actor(), held.id, ID, photo(1))
        begun = await w.paper_store.begin(
            f"{held.id}:id_card", w.clock(), w.clock() + timedelta(minutes=1)
        )
        await w.papers.take(actor(), held.id, ID, photo(2))
        old = replace(begun, state=ReadState.READ, by="local", read={"name": "李四"})
        assert not await w.paper_store.finish(old, None)
        await w.read_all()
        assert (await w.paper_store.find(held.id, ID)).read["name"] == "张三"


async def test_photos_of_a_paper_are_bounded(mongo_uri, mongo_db_name, redis_url, monkeypatch):
    monkeypatch.setattr(papers_module, "MOST_PHOTOS", 2)
    async with paper_world(mongo_uri, mongo_db_name, redis_url) as w:
        held = await w.held()
        for seed in (1, 2):
            await w.papers.take(actor(), held.id, ID, photo(seed))
        with pytest.raises(Conflict) as refused:
            await w.papers.take(actor(), held.id, ID, photo(3))
        assert refused.value.field == "photo"


async def test_nobody_touches_anothers_papers_or_an_ended_hold(mongo_uri, mongo_db_name, redis_url):
    async with paper_world(mongo_uri, mongo_db_name, redis_url) as w:
        held = await w.with_photos(await w.held())
        await w.papers.agree(actor("p2"), w.rules.papers_consent_version)
        asked = CorrectPaper(version=1, fields={"name": "李四"})
        for act in (
            lambda who: w.papers.take(who, held.id, ID, photo()),
            lambda who: w.papers.show(who, held.id),
            lambda who: w.papers.correct(who, held.id, ID, asked),
            lambda who: w.papers.link(who, held.id, ID),
        ):
            with pytest.raises(NotFound):
                await act(actor("p2"))
        w.later(hours=1)
        for act in (
            lambda: w.papers.take(actor(), held.id, ID, photo()),
            lambda: w.correct(held, ID, name="李四"),
        ):
            with pytest.raises(HoldOver):
                await act()
        assert await w.db["photos.files"].count_documents({}) == 2


# Corrections


async def test_corrections_lie_beside_what_was_read(mongo_uri, mongo_db_name, redis_url):
    async with paper_world(mongo_uri, mongo_db_name, redis_url) as w:
        w.recogniser.papers[ID] = replace(CARD, name="张王", number="440305199003070097")
        held = await w.with_photos(await w.held())
        seen = await w.view(held)
        assert rules_of(seen.findings) >= {("id_card", "number", "id_checksum")}
        zh = next(one.zh for one in seen.findings if one.rule == "id_checksum")
        assert zh.startswith("身份证公民身份号码")
        await w.correct(held, ID, name="张三")
        fixed = await w.correct(held, ID, number="44030519900307009x")
        card = fixed.sheets[0]
        assert card.read["name"] == "张王"
        assert card.read["number"] == "440305199003070097"
        assert card.corrected == {"name": "张三", "number": CARD.number}
        assert card.corrected_at is not None
        assert rules_of(fixed.findings) == set()
        assert ("id_card", "number", "id_checksum") in rules_of(fixed.findings_read)
        stored = encode(await w.db["booking_papers"].find_one({"kind": "id_card"}))
        assert CARD.number.encode() not in stored
        stale = CorrectPaper(version=card.version - 1, fields={"name": "李四"})
        with pytest.raises(StaleVersion):
            await w.papers.correct(actor(), held.id, ID, stale)
        assert (await w.paper_store.find(held.id, ID)).corrected["name"] == "张三"


async def test_a_correction_that_no_paper_can_hold_changes_nothing(
    mongo_uri, mongo_db_name, redis_url
):
    async with paper_world(mongo_uri, mongo_db_name, redis_url) as w:
        held = await w.with_photos(await w.held())
        before = await w.db["booking_papers"].find_one({"kind": "id_card"})
        for fields, field in (
            ({"plate": "粤B12345"}, "fields.plate"),
            ({"name": "三" * 121}, "fields.name"),
            ({"address": "a\u202eb"}, "fields.address"),
        ):
            with pytest.raises(InvalidInput) as refused:
                await w.correct(held, ID, **fields)
            assert refused.value.field == field
        assert await w.db["booking_papers"].find_one({"kind": "id_card"}) == before


async def test_papers_are_compared_with_the_form_once_it_is_sent(
    mongo_uri, mongo_db_name, redis_url
):
    async with paper_world(mongo_uri, mongo_db_name, redis_url) as w:
        made = await w.booked(name="李四", plate="粤B54321")
        told = rules_of((await w.view(made)).findings)
        assert told == {
            ("id_card", "name", "differs_from_typed"),
            ("vehicle_licence", "plate", "plate_differs"),
        }


async def test_a_companys_car_is_a_warning(mongo_uri, mongo_db_name, redis_url):
    async with paper_world(mongo_uri, mongo_db_name, redis_url) as w:
        w.recogniser.papers[LICENCE] = replace(VEHICLE, owner="某某汽车租赁有限公司")
        made = await w.booked()
        (found,) = (await w.view(made)).findings
        assert (found.rule, found.weight) == ("owner_is_company", "warn")
