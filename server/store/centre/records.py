"""A person's documents wherever they are: read for an export, cleared or deleted for an erasure.

What the register `KNOWLEDGE` says is done here. Every act is idempotent, so that a walk may be
begun anew after any crash.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.domain.ids import PersonId, PhotoId
from server.store.centre.knowledge import KNOWLEDGE
from server.store.centre.knows import By, Fate, Knows
from server.store.documents import Document
from server.store.seal import Place, Seal

#: The accounts of the ledger that are couriers' own.
LEDGER_ACCOUNTS = ("courier_earnings", "courier_receivable")

#: Files deleted with their chunks at a time.
BATCH = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """What a person is found by."""

    person: PersonId
    number: str | None  #: the phone's blind index
    accounts: tuple[str, ...]  #: at WeChat


class MongoRecords:
    """Everybody's documents."""

    def __init__(self, database: AsyncIOMotorDatabase[Document], *, seal: Seal) -> None:
        self._database = database
        self._seal = seal

    async def traces(self, person: PersonId, number: str | None = None) -> Traces:
        """Tell what a person is found by; `number` where the account has lost it already."""
        known = await self._database["people"].find_one({"_id": person}, {"phone_index": 1})
        accounts = self._database["wechat_accounts"].find({"person": person}, {"_id": 1})
        return Traces(
            person=person,
            number=number or (known or {}).get("phone_index"),
            accounts=tuple([str(document["_id"]) async for document in accounts]),
        )

    async def documents(self, knows: Knows, traces: Traces) -> AsyncIterator[dict[str, Any]]:
        """Read what one row knows of a person, opened, without what it hides."""
        query = _query(knows, traces)
        if query is None:
            return
        query = _without_others(query, knows)
        async for document in self._database[knows.collection].find(query):
            shown = {name: value for name, value in document.items() if name not in knows.hides}
            yield self._opened(shown, knows, str(document["_id"]), "")

    async def photos(self, traces: Traces) -> AsyncIterator[PhotoId]:
        """List a person's own photos: not those that they took of others' papers and parcels."""
        for row in KNOWLEDGE:
            query = _query(row, traces)
            if row.chunks is None or query is None:
                continue
            found = self._database[row.collection].find(_without_others(query, row), {"_id": 1})
            async for document in found:
                yield PhotoId(document["_id"])

    async def erase(self, knows: Knows, traces: Traces) -> None:
        """Do with one row's documents what its fate says."""
        query = _query(knows, traces)
        if query is None or knows.fate is Fate.KEPT or await self._is_kept(knows, traces.person):
            return
        query = _without_others(query, knows)
        collection = self._database[knows.collection]
        if knows.fate is Fate.CLEARED:
            await collection.update_many(query, {"$unset": dict.fromkeys(knows.clears, "")})
            if knows.words is not None:
                items, path = knows.words
                listed = {"$and": [query, {items: {"$type": "array"}}]}
                await collection.update_many(listed, {"$unset": {f"{items}.$[].{path}": ""}})
        elif knows.chunks is None:
            await collection.delete_many(query)
        else:
            await self._delete_files(knows.collection, knows.chunks, query)

    async def _is_kept(self, knows: Knows, person: PersonId) -> bool:
        """Tell whether the account, which goes last, keeps a row's documents."""
        if knows.kept_if is None:
            return False
        field, value = knows.kept_if
        query = {"_id": person, field: value}
        return await self._database["people"].find_one(query, {"_id": 1}) is not None

    async def _delete_files(self, files: str, chunks: str, query: Document) -> None:
        """Delete chunks before their file: what a crash leaves is found again."""
        while ids := [
            document["_id"]
            async for document in self._database[files].find(query, {"_id": 1}).limit(BATCH)
        ]:
            await self._database[chunks].delete_many({"files_id": {"$in": ids}})
            await self._database[files].delete_many({"_id": {"$in": ids}})

    def _opened(self, value: Any, knows: Knows, of: str, path: str) -> Any:
        """Open what is sealed in a document: each seal names its collection, path and document."""
        if isinstance(value, bytes):
            return self._seal.open_text(value, Place(knows.collection, path, of))
        if isinstance(value, Mapping):
            named = {name: f"{path}.{name}".lstrip(".") for name in value}
            return {
                name: self._opened(value[name], knows, of, below)
                for name, below in named.items()
                if below not in knows.hides
            }
        if isinstance(value, Sequence) and not isinstance(value, str):
            return [
                self._opened(one, knows, of, path) for one in value if not _skips(knows, path, one)
            ]
        return value


def _skips(knows: Knows, path: str, item: Any) -> bool:
    """Tell whether an item of a list is others' business, and not exported."""
    if knows.skips is None or not isinstance(item, Mapping):
        return False
    items, name, values = knows.skips
    return path == items and item.get(name) in values


def _query(knows: Knows, traces: Traces) -> Document | None:
    """Find a person's documents; None where nothing is known to find them by."""
    wanted = _wanted(knows.by, traces)
    if wanted is None:
        return None
    return {"$or": [{path: wanted} for path in knows.paths]}


def _without_others(query: Document, knows: Knows) -> Document:
    """Leave out what a row spares: the person has it, and it shows others."""
    if knows.spares is None:
        return query
    path, values = knows.spares
    return {"$and": [query, {path: {"$nin": list(values)}}]}


def _wanted(by: By, traces: Traces) -> Any:
    person = traces.person
    match by:
        case By.PERSON:
            return person
        case By.SUBJECT:
            return f"person:{person}"
        case By.BEGINS:
            return {"$regex": f"^{re.escape(person)}:"}
        case By.LEDGER:
            return {"$in": [f"{account}:{person}" for account in LEDGER_ACCOUNTS]}
        case By.NUMBER:
            return {"$regex": f"^{traces.number}(:|$)"} if traces.number else None
        case By.ACCOUNT:
            return {"$in": list(traces.accounts)} if traces.accounts else None
