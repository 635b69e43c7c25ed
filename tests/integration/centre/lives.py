"""Somebody who has left a trace in every collection that knows people."""

import io
from datetime import UTC, datetime
from typing import Any

from PIL import Image

from server.domain.ids import PersonId, PhotoId
from server.store.centre.knowledge import KNOWLEDGE
from server.store.centre.knows import By, Knows
from server.store.photos import Photo
from server.store.seal import Place, Seal
from tests.integration.accounts.harness import Client, ring
from tests.integration.centre.harness import CentreRooms

#: What nobody may find anywhere when the person is gone.
SECRET = "绝密资料"

#: Collections that have documents of the person's by themselves.
ITS_OWN = {"people", "photos.files", "wechat_accounts", "sessions", "audit", "erasures"}

#: What nothing is open in.
AT_REST: dict[str, dict[str, Any]] = {
    "position_history": {"at": datetime.now(UTC)},  # a time series, which wants it
    "orders": {"custody": "done", "charge": "paid", "payout": "paid_out"},
    "payouts": {"state": "done"},
    "bookings": {"state": "done"},
}


async def trace_everywhere(rooms: CentreRooms, client: Client) -> None:
    """Write a document for every row of the register that has none of the person's yet."""
    person = PersonId(str(client.person_id))
    picture = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(picture, "JPEG")
    photo = PhotoId("FTRACE")
    await rooms.photo_store.put(
        photo, Photo(owner=person, content=picture.getvalue()), rooms.clock.now
    )
    account = "w" * 40
    await _insert(rooms, "wechat_accounts", {"_id": account, "person": person, "app": "mini"})
    traces = await rooms.records.traces(person)
    for row in KNOWLEDGE:
        if row.collection in ITS_OWN:
            continue
        if row.paths == ("_id",):
            document: dict[str, Any] = {"_id": _value(row, traces.number, person, account)}
        else:
            document = {"_id": f"trace:{row.collection}:{row.paths[0]}"}
            _put(document, row.paths[0], _value(row, traces.number, person, account))
        document |= AT_REST.get(row.collection, {})
        for name in row.clears:
            place = Place(row.collection, name, document["_id"])
            document[name] = Seal(ring("s")).close_text(SECRET, place)
        await _insert(rooms, row.collection, document)


def _value(row: Knows, number: str | None, person: str, account: str) -> str:
    match row.by:
        case By.PERSON:
            return person
        case By.SUBJECT:
            return f"person:{person}"
        case By.BEGINS:
            return f"{person}:2026-11-22"
        case By.LEDGER:
            return f"courier_earnings:{person}"
        case By.NUMBER:
            return f"{number}:look"
        case By.ACCOUNT:
            return account


def _put(document: dict[str, Any], path: str, value: str) -> None:
    first, _, rest = path.partition(".")
    if not rest:
        document[first] = value
    elif first in {"lines", "attempts"}:
        document[first] = [{rest: value}]
    else:
        document[first] = {rest: value}


async def _insert(rooms: CentreRooms, collection: str, document: dict[str, Any]) -> None:
    known = await rooms.database[collection].find_one({"_id": document["_id"]})
    if known is None:
        await rooms.database[collection].insert_one(document)


async def found_of(rooms: CentreRooms, *needles: str) -> dict[str, set[str]]:
    """Name the collections whose documents say one of the needles anywhere, and which."""
    found: dict[str, set[str]] = {}
    for name in await rooms.database.list_collection_names():
        async for document in rooms.database[name].find():
            said = {needle for needle in needles if needle in repr(document)}
            if said:
                found.setdefault(name, set()).update(said)
    return found
