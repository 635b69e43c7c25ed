"""Deleting an account: refused while anything is open, undone by a log-in, then done everywhere."""

import asyncio
from dataclasses import dataclass

import pytest

from server.domain.centre import ErasureState
from server.domain.errors import NotFound
from server.domain.ids import PersonId, PhotoId
from server.domain.invoices import InvoiceState
from server.domain.people import Role
from server.domain.photos import PhotoPurpose
from server.domain.rules import DAY
from server.store.centre.knowledge import KNOWLEDGE
from server.store.centre.knows import Fate
from server.store.invoices import MongoInvoices
from server.store.orders import MongoOrders
from server.store.photos import Photo
from server.store.seal import Seal
from tests.integration.accounts.harness import START, Client, ring
from tests.integration.centre.lives import found_of, trace_everywhere

pytestmark = pytest.mark.gen_test

PHONE = "13800000001"


async def asked(rooms, client):
    code = await rooms.own_code(client, "erase")
    return await client.call("POST", "/v1/me/erasure", {"code": code, "device": client.device})


async def state(rooms, client):
    return (await rooms.erasures.get(client.person_id)).state


def told(rooms):
    return [sms for sms in rooms.phones.received if sms.template == "notice"]


async def erased(rooms, client):
    await asked(rooms, client)
    rooms.clock.turn(rooms.rules.erase_wait_seconds + 1)
    await rooms.centre.erasures.sweep()


async def test_it_waits_a_week_with_all_log_ins_ended(rooms, client):
    await client.log_in(rooms, PHONE)
    view = await asked(rooms, client)
    assert view["state"] == "waiting"
    assert (await client.refused("GET", "/v1/me"))[1] == "session_revoked"
    rooms.clock.turn(rooms.rules.erase_wait_seconds - 1)
    assert await rooms.centre.erasures.sweep() == 0
    assert await rooms.people.find(PHONE) is not None


async def test_a_log_in_undoes_it_and_it_may_be_asked_for_again(rooms, client):
    opened = await client.log_in(rooms, PHONE)
    await asked(rooms, client)
    rooms.clock.turn(3 * DAY)
    client.access_token = None
    back = await client.log_in(rooms, PHONE)
    assert back["person"] == opened["person"]
    assert (await client.call("GET", "/v1/me/erasure"))["state"] == "undone"
    rooms.clock.turn(30 * DAY)
    assert await rooms.centre.erasures.sweep() == 0
    await client.log_in(rooms, PHONE)
    assert (await asked(rooms, client))["state"] == "waiting"


async def test_the_person_is_gone_from_everywhere_and_the_number_is_free(rooms, client):
    await client.log_in(rooms, PHONE)
    await client.call("PUT", "/v1/me/details", {"name": "张三"})
    await client.call("POST", "/v1/me/vehicles", {"plate": "粤BD12345", "model": "秦"})
    await trace_everywhere(rooms, client)
    person = str(client.person_id)
    index = rooms.people.phone_index(PHONE)
    await erased(rooms, client)
    assert await state(rooms, client) is ErasureState.DONE
    left = await found_of(rooms, person, index)
    stays = {row.collection for row in KNOWLEDGE if row.fate is not Fate.DELETED}
    assert set(left) <= stays
    assert {name for name, said in left.items() if index in said} <= {"audit"}
    for row in KNOWLEDGE:
        if row.fate is Fate.CLEARED:
            async for document in rooms.database[row.collection].find():
                assert not set(row.clears) & set(document), row.collection
    assert await rooms.database["photos.chunks"].count_documents({}) == 0
    assert [sms.phone for sms in told(rooms)] == [PHONE]
    client.access_token = None
    again = await client.log_in(rooms, PHONE)
    assert again["person"]["person_id"] != person


async def test_pictures_of_others_parcels_end_by_their_own_time(rooms, client):
    await client.log_in(rooms, PHONE)
    person, now = PersonId(str(client.person_id)), rooms.clock.now
    for number, purpose in enumerate((None, *PhotoPurpose)):
        photo = PhotoId(f"F{number}")
        await rooms.photo_store.put(photo, Photo(owner=person, content=b"x"), now)
        await rooms.database["photos.files"].update_one(
            {"_id": photo}, {"$set": {"metadata.purpose": purpose}}
        )
    await erased(rooms, client)
    left = {one["metadata"]["purpose"] async for one in rooms.database["photos.files"].find()}
    assert left == set(PhotoPurpose) - {PhotoPurpose.ID_CARD, PhotoPurpose.BOOKING_PAPER}
    assert await rooms.database["photos.chunks"].count_documents({}) == len(left)


async def test_what_people_typed_as_a_reason_goes_with_them(rooms, client):
    await client.log_in(rooms, PHONE)
    typed = "我是张三，改打 13800000009"
    events = [
        {"version": 1, "step": "held", "data": {"slot": "O1@20261201T0100Z"}},
        {"version": 2, "step": "cancelled", "data": {"reason": typed, "from_slot": "O1"}},
    ]
    over = {"state": "cancelled", "reason": typed, "papers_reason": typed, "events": events}
    bookings = rooms.database["bookings"]
    await bookings.insert_one({"_id": "BK1", "person": client.person_id, **over})
    await erased(rooms, client)
    left = await bookings.find_one({"_id": "BK1"})
    assert typed not in repr(left)
    assert [event["step"] for event in left["events"]] == ["held", "cancelled"]
    assert left["events"][1]["data"] == {"from_slot": "O1"}


@pytest.mark.parametrize(("certification", "left"), [("certified", 0), ("suspended", 1)])
async def test_who_is_suspended_does_not_come_back_by_a_new_account(
    rooms, client, certification, left
):
    await client.log_in(rooms, PHONE)
    await rooms.database["people"].update_one({}, {"$set": {"certification": certification}})
    holder = {"_id": "digest", "person": client.person_id}
    await rooms.database["certified_ids"].insert_one(holder)
    await erased(rooms, client)
    assert await rooms.database["certified_ids"].count_documents({}) == left
    assert await rooms.people.find(PHONE) is None


async def test_what_is_left_of_orders_and_invoices_can_still_be_listed(rooms, client):
    await client.log_in(rooms, PHONE)
    await trace_everywhere(rooms, client)
    await erased(rooms, client)
    seal = Seal(ring("s"))
    order = (await rooms.database["orders"].find_one({}))["_id"]
    with pytest.raises(NotFound):
        await MongoOrders(rooms.database).sealed_waybill(order)
    await rooms.database["invoices"].update_one({}, {"$set": INVOICE})
    ((_, texts),) = await MongoInvoices(rooms.database, seal=seal).page(
        InvoiceState.ISSUED, None, 10
    )
    assert (texts.title, texts.tax_number, texts.email) == ("", "", "")


INVOICE = {
    "kind": "personal",
    "state": "issued",
    "version": 2,
    "amount_fen": 100,
    "requested_at": START,
}

OPEN = [
    ("orders", {"custody": "open", "charge": "paid"}, "order", "customer"),
    ("orders", {"custody": "cancelled", "charge": "refunding"}, "refund", "customer"),
    ("orders", {"custody": "cancelled", "charge": "paid"}, "refund", "customer"),
    (
        "orders",
        {"custody": "done", "charge": "paid", "refund_asked_fen": 5, "refund_done_fen": 0},
        "refund",
        "customer",
    ),
    ("payments", {"state": "pending"}, "payment", "customer"),
    ("invoices", {"state": "requested"}, "invoice", "customer"),
    ("payouts", {"state": "awaiting_confirmation"}, "payout", "courier"),
    ("payouts", {"state": "paid_late", "owed_fen": 5}, "payout", "courier"),
    ("bookings", {"state": "booked"}, "booking", "person"),
    ("bookings", {"state": "held"}, "booking", "person"),
]


@pytest.mark.parametrize(("collection", "fields", "kind", "path"), OPEN)
async def test_what_is_open_is_named_and_holds_it_up(rooms, client, collection, fields, kind, path):
    await client.log_in(rooms, PHONE)
    document = {"_id": "X1", path: client.person_id, **fields}
    code = await rooms.own_code(client, "erase")
    await rooms.database[collection].insert_one(document)
    body = {"code": code, "device": "d"}
    response = await client.ask("POST", "/v1/me/erasure", body)
    assert response.code == 409
    assert f'"open":[{{"kind":"{kind}","id":"X1"}}]'.encode() in response.body
    await rooms.database[collection].delete_many({})
    assert (await client.call("POST", "/v1/me/erasure", body))["state"] == "waiting"
    await rooms.database[collection].insert_one(document)
    rooms.clock.turn(rooms.rules.erase_wait_seconds + 1)
    assert await rooms.centre.erasures.sweep() == 0
    assert await rooms.people.find(PHONE) is not None
    await rooms.database[collection].delete_many({})
    rooms.clock.turn(DAY + 1)
    assert await rooms.centre.erasures.sweep() == 1


@pytest.mark.parametrize(
    "fields", [{"custody": "collected", "payout": "none"}, {"custody": "done", "payout": "payable"}]
)
async def test_a_couriers_orders_and_earnings_hold_it_up(rooms, client, fields):
    await client.log_in(rooms, PHONE)
    document = {"_id": "X1", "pickup": {"courier": client.person_id}, **fields}
    await rooms.database["orders"].insert_one(document)
    refused = await client.refused("POST", "/v1/me/erasure", {"code": "1", "device": "d"})
    assert refused[:2] == (409, "still_open")


async def test_staff_first_lose_their_roles(rooms, client):
    await rooms.staffing.add(PHONE, Role.FINANCE)
    await client.log_in(rooms, PHONE)
    refused = await client.refused("POST", "/v1/me/erasure", {"code": "1", "device": "d"})
    assert refused[:2] == (409, "staff_account")


async def test_a_wrong_code_ends_nothing(rooms, client):
    await client.log_in(rooms, PHONE)
    refused = await client.refused("POST", "/v1/me/erasure", {"code": "1", "device": "d"})
    assert refused == (400, "wrong_code", "code", "right")
    assert (await client.call("GET", "/v1/me/erasure"))["state"] == "none"


async def test_a_log_in_and_the_worker_at_once_leave_one_outcome(rooms, client):
    for turn in range(6):
        phone = f"1380000010{turn}"
        client.access_token = None
        opened = await client.log_in(rooms, phone)
        await asked(rooms, client)
        rooms.clock.turn(rooms.rules.erase_wait_seconds + 1)
        client.access_token = None
        await client.call("POST", "/v1/codes", {"phone": phone, "device": client.device})
        swept, answer = await asyncio.gather(
            rooms.centre.erasures.sweep(),
            client.ask("POST", "/v1/sessions", client.form(rooms, phone)),
        )
        known = await rooms.people.find(phone)
        if answer.code == 201 and known and known.id == opened["person"]["person_id"]:
            assert swept == 0
            assert await state(rooms, client) is ErasureState.UNDONE
        else:
            assert swept == 1
            assert await state(rooms, client) is ErasureState.DONE


class Killed(BaseException):
    """Stands for kill -9: nothing catches it."""


@dataclass
class DyingRecords:
    """A worker's records that die after so many steps, as after kill -9."""

    records: object
    steps: int

    def __getattr__(self, name):
        return getattr(self.records, name)

    async def erase(self, row, traces):
        if self.steps == 0:
            raise Killed
        self.steps -= 1
        await self.records.erase(row, traces)


@pytest.mark.parametrize("steps", [0, 1, 5, 20, len(KNOWLEDGE) - 1])
async def test_a_worker_that_dies_at_any_step_is_followed_by_another(rooms, client, steps):
    await client.log_in(rooms, PHONE)
    await trace_everywhere(rooms, client)
    person = PersonId(str(client.person_id))
    await asked(rooms, client)
    rooms.clock.turn(rooms.rules.erase_wait_seconds + 1)
    stores = rooms.centre.erasures._stores
    dying = DyingRecords(stores.records, steps)
    object.__setattr__(stores, "records", dying)
    with pytest.raises(Killed):
        await rooms.centre.erasures.sweep()
    object.__setattr__(stores, "records", dying.records)
    assert await rooms.centre.erasures.sweep() == 0  # the dead one's lease still runs
    rooms.clock.turn(121)
    assert await rooms.centre.erasures.sweep() == 1
    assert (await rooms.erasures.get(person)).state is ErasureState.DONE
    assert (await rooms.erasures.get(person)).number is None
    assert len(told(rooms)) == 1
    index = rooms.people.phone_index(PHONE)
    assert await found_of(rooms, index) == {}


async def test_several_workers_erase_once(rooms, client):
    await client.log_in(rooms, PHONE)
    await asked(rooms, client)
    rooms.clock.turn(rooms.rules.erase_wait_seconds + 1)
    ended = await asyncio.gather(*(rooms.centre.erasures.sweep() for _ in range(4)))
    assert sum(ended) == 1
    assert len(told(rooms)) == 1


async def test_others_are_left_alone(rooms, client, http_client, base_url):
    other = Client(http_client, base_url, device="two")
    await other.log_in(rooms, "13800000002")
    await other.call("POST", "/v1/me/vehicles", {"plate": "粤BD12345", "model": "秦"})
    await client.log_in(rooms, PHONE)
    await erased(rooms, client)
    assert len(await rooms.vehicles.of(other.person_id)) == 1
    assert await rooms.people.phone(other.person_id) == "13800000002"
