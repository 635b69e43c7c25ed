"""Exports: everything of a person and nothing of others, in bounded pieces, one at a time."""

import asyncio
import csv
import io
import json
from dataclasses import replace
from zipfile import ZipFile

import pytest

from server.domain.ids import PersonId, PhotoId
from server.domain.photos import PhotoPurpose
from server.services.centre.export_file import CHUNK, ExportFile
from server.store.centre.knowledge import KNOWLEDGE
from server.store.photos import Photo
from tests.integration.accounts.harness import Client
from tests.integration.centre.lives import SECRET, trace_everywhere

pytestmark = pytest.mark.gen_test

PHONE = "13800000001"
LINK = "/v1/me/export/link"


async def ask(rooms, client):
    code = await rooms.own_code(client, "export")
    return await client.call("POST", "/v1/me/export", {"code": code, "device": client.device})


async def linked(rooms, client):
    code = await rooms.own_code(client, "export")
    return await client.call("POST", LINK, {"code": code, "device": client.device})


async def fetched(rooms, client):
    rooms.clock.turn(60)
    await client.log_in(rooms, PHONE)
    link = await linked(rooms, client)
    client.access_token = None
    response = await client.ask("GET", link["path"])
    assert response.code == 200
    assert response.headers["Content-Type"] == "application/zip"
    assert "attachment" in response.headers["Content-Disposition"]
    return ZipFile(io.BytesIO(response.body))


async def test_everything_is_in_it_opened_and_nobody_else(rooms, client, http_client, base_url):
    other = Client(http_client, base_url, device="two")
    await other.log_in(rooms, "13800000002")
    await other.call("POST", "/v1/me/vehicles", {"plate": "粤C99999", "model": "汉"})
    await client.log_in(rooms, PHONE)
    await client.call("PUT", "/v1/me/details", {"name": "张三"})
    await client.call("POST", "/v1/me/vehicles", {"plate": "粤BD12345", "model": "秦"})
    await trace_everywhere(rooms, client)
    await rooms.database["exports"].delete_many({})
    assert (await ask(rooms, client))["state"] == "asked"
    assert await rooms.centre.exports.sweep() == 1
    archive = await fetched(rooms, client)
    assert archive.testzip() is None
    names = archive.namelist()
    for row in KNOWLEDGE:
        if row.exported and row.collection != "erasures":
            assert {f"{row.title}.json", f"{row.title}.csv"} <= set(names), row.collection
    account = json.loads(archive.read("账号.json"))[0]
    assert (account["phone"], account["real_name"]) == (PHONE, "张三")
    assert account["agreements"][0]["version"] == rooms.rules.agreement_version
    assert "phone_index" not in account
    assert "粤BD12345" in [one.get("plate") for one in json.loads(archive.read("车辆.json"))]
    assert json.loads(archive.read("我寄的订单.json"))[0]["waybill"] == SECRET
    assert archive.read("照片/FTRACE.jpg")[:2] == b"\xff\xd8"
    whole = "".join(archive.read(name).decode(errors="replace") for name in names)
    for needle in ("13800000002", str(other.person_id), "粤C99999"):
        assert needle not in whole
    assert rooms.people.phone_index(PHONE) not in whole
    rows = list(csv.reader(io.StringIO(archive.read("账号.csv").decode("utf-8-sig"))))
    assert ["1", "phone", PHONE] in rows
    actions = ("export_asked", "export_made", "export_link", "export_fetched")
    assert [len(await rooms.audited(one)) for one in actions] == [1, 1, 1, 1]
    assert SECRET.encode() not in repr(await rooms.database["export_chunks"].find_one()).encode()


async def test_what_a_courier_earns_is_not_the_customers(rooms, client):
    await client.log_in(rooms, PHONE)
    steps = ("placed", "earned", "paid_out")
    order = {"_id": "LJ1", "customer": client.person_id, "price_fen": 900, "pay_fen": 500}
    events = [{"step": step, "version": number} for number, step in enumerate(steps)]
    await rooms.database["orders"].insert_one(
        {**order, "fee_fen": 400, "payout": "paid_out", "events": events}
    )
    mine = next(row for row in KNOWLEDGE if row.paths == ("customer",))
    traces = await rooms.records.traces(client.person_id)
    (shown,) = [document async for document in rooms.records.documents(mine, traces)]
    kept = {"_id": "LJ1", "customer": client.person_id, "price_fen": 900}
    assert shown == {**kept, "events": [{"step": "placed", "version": 0}]}


async def test_one_at_a_time_and_the_refused_code_stays_good(rooms, client):
    await client.log_in(rooms, PHONE)
    await ask(rooms, client)
    code = await rooms.own_code(client, "export")
    body = {"code": code, "device": "d"}
    assert (await client.refused("POST", "/v1/me/export", body))[:2] == (409, "export_runs")
    await rooms.centre.exports.sweep()
    assert (await client.call("POST", "/v1/me/export", body))["state"] == "asked"
    asks = [rooms.exports.ask(f"E{n}", PersonId("P1"), rooms.clock.now) for n in range(5)]
    answers = await asyncio.gather(*asks, return_exceptions=True)
    assert sum(isinstance(answer, Exception) for answer in answers) == 4


async def test_links_are_others_to_nobody_and_run_out(rooms, client):
    await client.log_in(rooms, PHONE)
    kept = {"code": await rooms.own_code(client, "export"), "device": client.device}
    assert (await client.refused("POST", LINK, kept))[0] == 404
    assert (await client.call("POST", "/v1/me/export", kept))["state"] == "asked", "still good"
    await rooms.centre.exports.sweep()
    first = await linked(rooms, client)
    second = await linked(rooms, client)
    assert (await client.ask("GET", first["path"])).code == 404
    assert (await client.ask("GET", second["path"])).code == 200
    rooms.clock.turn(rooms.rules.own_link_seconds)
    assert (await client.ask("GET", second["path"])).code == 404
    await client.log_in(rooms, PHONE)
    third = await linked(rooms, client)
    rooms.clock.turn(rooms.rules.export_kept_seconds)
    assert (await client.ask("GET", third["path"])).code == 404
    rooms.clock.turn(60)
    await client.log_in(rooms, PHONE)
    assert (await client.call("GET", "/v1/me/export"))["state"] == "over"
    document = await rooms.database["exports"].find_one({})
    assert third["path"].rsplit("/", 1)[1] not in repr(document)


async def test_a_log_in_alone_carries_nothing_away(rooms, client):
    await client.log_in(rooms, PHONE)
    await ask(rooms, client)
    await rooms.centre.exports.sweep()
    assert (await client.ask("POST", LINK, {})).code == 400, "there is no code in it"
    for purpose in ("look", "erase"):
        code = await rooms.own_code(client, purpose)
        refused = await client.refused("POST", LINK, {"code": code, "device": client.device})
        assert refused[:2] == (400, "wrong_code")
    code = {"code": await rooms.own_code(client, "export"), "device": client.device}
    await client.call("POST", LINK, code)
    assert (await client.refused("POST", LINK, code))[1] == "wrong_code", "good once"
    assert len(await rooms.audited("export_link")) == 1


async def test_a_maker_that_dies_is_followed_by_another_from_the_beginning(rooms, client):
    await client.log_in(rooms, PHONE)
    await ask(rooms, client)
    first = await rooms.exports.begin(rooms.clock.now, rooms.centre.exports._lease())
    await rooms.exports.put(first, 0, b"half of a file", rooms.clock.now)
    assert await rooms.centre.exports.sweep() == 0
    rooms.clock.turn(61)
    assert await rooms.centre.exports.sweep() == 1
    assert not await rooms.exports.go_on(first, rooms.clock.now)
    archive = await fetched(rooms, client)
    assert archive.testzip() is None
    chunks = rooms.database["export_chunks"]
    assert await chunks.count_documents({"attempt": 1}) == 0


class ErasedMeanwhile:
    """Exports whose person is erased just before a chunk is written."""

    def __init__(self, rooms):
        self._rooms = rooms

    def __getattr__(self, name):
        return getattr(self._rooms.exports, name)

    async def put(self, *of):
        for collection in ("exports", "export_chunks"):
            await self._rooms.database[collection].delete_many({})
        await self._rooms.exports.put(*of)


async def test_no_chunk_is_left_of_who_is_erased_while_it_is_made(rooms, client):
    await client.log_in(rooms, PHONE)
    await ask(rooms, client)
    exports = rooms.centre.exports
    exports._stores = replace(exports._stores, exports=ErasedMeanwhile(rooms))
    assert await exports.sweep() == 1
    assert await rooms.database["export_chunks"].count_documents({}) == 0


async def test_what_fails_each_time_is_given_up_and_may_be_asked_for_again(rooms, client):
    await client.log_in(rooms, PHONE)
    broken = {"_id": "X", "customer": client.person_id, "waybill": b"\x01\x01s not sealed"}
    await rooms.database["orders"].insert_one(broken)
    await ask(rooms, client)
    for _ in range(5):
        with pytest.raises(Exception, match="sealed"):
            await rooms.centre.exports.sweep()
        rooms.clock.turn(61)
    await rooms.centre.exports.sweep()
    await client.log_in(rooms, PHONE)
    assert (await client.call("GET", "/v1/me/export"))["state"] == "failed"
    await rooms.database["orders"].delete_many({})
    await ask(rooms, client)
    assert await rooms.centre.exports.sweep() == 1


async def test_no_more_than_a_photo_and_a_chunk_is_held(rooms, client):
    await client.log_in(rooms, PHONE)
    person = PersonId(str(client.person_id))
    size = 700_000
    for number in range(6):
        photo = Photo(owner=person, content=bytes([number]) * size)
        await rooms.photo_store.put(PhotoId(f"F{number}"), photo, rooms.clock.now)
    file = ExportFile(
        records=rooms.records,
        photos=rooms.photo_store,
        traces=await rooms.records.traces(person),
        now=rooms.clock.now,
    )
    pieces, held = [], []

    async def hand_on(piece):
        held.append(len(file._out._waiting))
        pieces.append(piece)

    await file.write(hand_on)
    assert max(held) <= size + CHUNK
    assert max(map(len, pieces)) == CHUNK
    with ZipFile(io.BytesIO(b"".join(pieces))) as archive:
        assert sum(name.startswith("照片/") for name in archive.namelist()) == 6


async def test_photos_of_others_papers_stay_out(rooms, client):
    """A courier photographs waybills: names, phones and addresses of who sent and receives."""
    await client.log_in(rooms, PHONE)
    person = PersonId(str(client.person_id))
    for purpose in (None, *PhotoPurpose):
        photo = PhotoId(f"F{purpose or 'NEW'}".upper())
        content = f"picture of {purpose}".encode()
        await rooms.photo_store.put(photo, Photo(owner=person, content=content), rooms.clock.now)
        if purpose is not None:
            await rooms.database["photos.files"].update_one(
                {"_id": photo}, {"$set": {"metadata.purpose": purpose.value}}
            )
    await ask(rooms, client)
    await rooms.centre.exports.sweep()
    archive = await fetched(rooms, client)
    pictures = {name for name in archive.namelist() if name.startswith("照片/")}
    assert pictures == {"照片/FNEW.jpg", "照片/FID_CARD.jpg", "照片/FBOOKING_PAPER.jpg"}
    listed = {one["_id"] for one in json.loads(archive.read("照片.json"))}
    assert listed == {"FNEW", "FID_CARD", "FBOOKING_PAPER"}
