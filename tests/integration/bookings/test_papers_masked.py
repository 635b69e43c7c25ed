"""One's own papers: in full while one has just photographed them, or after a code; else masked."""

import json

import pytest

from realtime.wire.centre import WithCode
from server.domain.errors import Forbidden, NotFound, WrongCode
from server.domain.ids import SessionId
from server.domain.people import Actor
from server.services.accounts.codes import Caller
from tests.integration.bookings.paper_world import (
    CARD,
    CODE,
    ID,
    LICENCE,
    VEHICLE,
    paper_world,
    photo,
)
from tests.integration.bookings.slot_world import actor

HERE = Caller(address="127.0.0.1", device="d")
GIVEN = WithCode(code=CODE, device="d")

SECRETS = (CARD.number, CARD.name, CARD.address, VEHICLE.plate, VEHICLE.vin, VEHICLE.engine)


def tells(view) -> set[str]:
    told = json.dumps(
        [[one.read, one.corrected] for one in view.sheets] + [str(view.offered_vehicle)],
        ensure_ascii=False,
    )
    return {secret for secret in SECRETS if secret in told}


async def test_papers_are_masked_a_while_after_their_photos_came(
    mongo_uri, mongo_db_name, redis_url
):
    async with paper_world(mongo_uri, mongo_db_name, redis_url) as w:
        made = await w.booked()
        fresh = await w.view(made)
        assert tells(fresh) == set(SECRETS)
        await w.correct(made, ID, address="广东省深圳市福田区别路 2 号")
        w.later(seconds=w.rules.papers_open_seconds)
        later = await w.view(made)
        assert tells(later) == set() and later.offered_vehicle is None
        assert all(one.masked for one in later.sheets)
        card = next(one for one in later.sheets if one.kind == "id_card")
        assert card.read["number"] == "4" + "*" * 16 + "X"
        assert (card.read["name"], card.read["sex"]) == ("张*", "男")
        assert card.corrected["address"].startswith("广*") and "别路" not in str(card.corrected)
        for kind in (ID, LICENCE):
            with pytest.raises(Forbidden) as refused:
                await w.papers.link(actor(made.person), made.id, kind)
            assert refused.value.rule == "code_needed"


async def test_a_code_shows_them_to_that_log_in_for_a_while(mongo_uri, mongo_db_name, redis_url):
    async with paper_world(mongo_uri, mongo_db_name, redis_url) as w:
        made = await w.booked()
        w.later(seconds=w.rules.papers_open_seconds)
        me = actor(made.person)
        with pytest.raises(WrongCode):
            await w.papers.unlock(me, made.id, WithCode(code="000000", device="d"), HERE)
        assert tells(await w.view(made)) == set()
        with pytest.raises(NotFound):
            await w.papers.unlock(actor("p2"), made.id, GIVEN, HERE)
        assert tells(await w.papers.unlock(me, made.id, GIVEN, HERE)) == set(SECRETS)
        assert tells(await w.view(made)) == set(SECRETS)
        assert (await w.papers.link(me, made.id, ID)).path
        elsewhere = Actor(person=me.person, session=SessionId("S9"), roles=me.roles)
        assert tells(await w.papers.show(elsewhere, made.id)) == set()
        w.later(seconds=w.rules.papers_open_seconds)
        assert tells(await w.view(made)) == set()
        assert len(await w.actions("unlock_papers")) == 1


async def test_a_new_photo_is_shown_and_the_other_stays_masked(mongo_uri, mongo_db_name, redis_url):
    async with paper_world(mongo_uri, mongo_db_name, redis_url) as w:
        made = await w.booked()
        w.later(seconds=w.rules.papers_open_seconds)
        await w.papers.take(actor(made.person), made.id, LICENCE, photo(77))
        await w.read_all()
        view = await w.view(made)
        assert [one.masked for one in view.sheets] == [True, False]
        assert tells(view) == {VEHICLE.plate, VEHICLE.vin, VEHICLE.engine} | (
            {CARD.name, CARD.address} & {VEHICLE.owner, VEHICLE.address}
        )
        corrected = await w.correct(made, ID, sex="女")
        assert CARD.number not in str(corrected), "a correction shows no more than a look"


async def test_staff_see_what_they_decide_on(mongo_uri, mongo_db_name, redis_url):
    async with paper_world(mongo_uri, mongo_db_name, redis_url) as w:
        made = await w.booked()
        w.later(seconds=w.rules.papers_open_seconds)
        view = await w.paper_views.of_staff(await w.bookings.get(made.id))
        assert set(SECRETS) <= tells(view)
