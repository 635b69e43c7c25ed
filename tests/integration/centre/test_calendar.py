"""Calendar files over HTTP: one's own bookings, by a token or by a link that runs out."""

from datetime import timedelta

import pytest

from server.domain.bookings.bookings import Booking, Seat
from server.domain.bookings.slots import slot_id
from server.domain.bookings.states import BookingState, PapersState
from server.domain.ids import BookingId, PersonId
from server.store.documents import to_document
from tests.integration.accounts.harness import Client
from tests.unit.server.domain.bookings.outlets import outlet

pytestmark = pytest.mark.gen_test

PHONE = "13800000001"
BOOKING = "B1"


@pytest.fixture
def booked(rooms, client, io_loop):
    async def make():
        await client.log_in(rooms, PHONE)
        place, start = outlet(), rooms.clock.now + timedelta(days=1)
        await rooms.outlets.insert(place)
        booking = Booking(
            id=BookingId(BOOKING),
            person=PersonId(client.person_id),
            outlet=place.id,
            seat=Seat(
                slot=slot_id(place.id, start),
                place=0,
                starts_at=start,
                ends_at=start + timedelta(hours=1),
            ),
            state=BookingState.BOOKED,
            papers=PapersState.PENDING,
            version=2,
            created_at=rooms.clock.now,
        )
        await rooms.database["bookings"].insert_one(to_document(booking))

    io_loop.run_sync(make)


async def changed(rooms, **fields):
    await rooms.database["bookings"].update_one({"_id": BOOKING}, {"$set": fields})


async def test_a_token_gives_the_file(rooms, client, booked):
    response = await client.ask("GET", f"/v1/bookings/{BOOKING}/calendar")
    assert response.code == 200
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    lines = response.body.decode().split("\r\n")
    assert {"UID:B1@lanjian.example", "SEQUENCE:2", "STATUS:CONFIRMED"} <= set(lines)
    assert PHONE not in response.body.decode()


async def test_a_link_gives_it_without_a_token_as_it_is_by_then(rooms, client, booked):
    link = await client.call("POST", f"/v1/bookings/{BOOKING}/calendar-link")
    client.access_token = None
    response = await client.ask("GET", link["path"])
    assert b"SEQUENCE:2\r\n" in response.body
    assert response.headers["Content-Disposition"] == 'attachment; filename="booking.ics"'
    await changed(rooms, state="cancelled", version=3)
    response = await client.ask("GET", link["path"])
    assert b"SEQUENCE:3\r\n" in response.body
    assert b"STATUS:CANCELLED\r\n" in response.body
    code = link["path"].rsplit("/", 1)[1].removesuffix(".ics")
    assert code not in repr(await rooms.database["calendar_links"].find_one({}))
    rooms.clock.turn(rooms.rules.own_link_seconds)
    assert (await client.ask("GET", link["path"])).code == 404
    assert (await client.ask("GET", "/v1/calendars/NOBODY.ics")).code == 404


async def test_links_do_not_pile_up(rooms, client, booked):
    links = [await client.call("POST", f"/v1/bookings/{BOOKING}/calendar-link") for _ in range(3)]
    assert await rooms.database["calendar_links"].count_documents({}) == 1
    codes = [(await client.ask("GET", link["path"])).code for link in links]
    assert codes == [404, 404, 200]


async def test_others_and_holds_have_none(rooms, client, booked, http_client, base_url):
    other = Client(http_client, base_url, device="two")
    await other.log_in(rooms, "13800000002")
    for verb, path in (("GET", "calendar"), ("POST", "calendar-link")):
        refused = await other.refused(verb, f"/v1/bookings/{BOOKING}/{path}")
        assert refused[:3] == (404, "not_found", "booking_id")
    await changed(rooms, state="held")
    assert (await client.ask("GET", f"/v1/bookings/{BOOKING}/calendar")).code == 404
