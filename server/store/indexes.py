"""Indexes as the code wants them, also where an older version of it left others.

MongoDB refuses to create an index where one of the same name, or over the same keys, has other
options. Then the old one is dropped and the new one built, if the old one is ours: under the name
that is wanted, or under the one that the driver makes of the keys. Others' are never touched. Where
only the time of an end differs it is changed in place, and an old one comes back where the new one
cannot be built: processes of the older version rely on it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo import IndexModel
from pymongo.errors import OperationFailure

from server.store.documents import Document

log = logging.getLogger(__name__)

#: MongoDB's codes: IndexOptionsConflict, IndexKeySpecsConflict; IndexNotFound, IndexBuildAborted.
CONFLICTS = frozenset({85, 86})
NOT_FOUND, ABORTED = 27, 276

#: How often an index may be in the way again: other processes that start do the same.
ATTEMPTS = 5

Keys = str | Sequence[tuple[str, Any]]


async def ensure_index(
    collection: AsyncIOMotorCollection[Document], keys: Keys, **options: Any
) -> None:
    """Have an index over keys with these options, and no other of ours in its place.

    Idempotent, and safe in several processes at once. Replacing one builds it anew, which takes
    its time on a large collection; until it stands, nothing is unique by it.

    Raises:
        OperationFailure: another's index is in the way, or the documents break a unique one.
    """
    wanted, dropped = IndexModel(keys, **options).document, list[IndexModel]()
    for attempt in range(1, ATTEMPTS + 1):
        try:
            await collection.create_index(keys, **options)
        except OperationFailure as refusal:
            if attempt < ATTEMPTS and refusal.code in CONFLICTS:
                if await _made_way(collection, wanted, dropped):
                    continue
            elif attempt < ATTEMPTS and refusal.code == ABORTED:
                continue  # by another process that dropped the old one late
            for old in dropped:
                await _put_back(collection, old, IndexModel(keys, **options))
            raise
        else:
            return


async def _put_back(
    collection: AsyncIOMotorCollection[Document], old: IndexModel, wanted: IndexModel
) -> None:
    """Build again what was dropped in vain, once no other process tries to build the new one.

    To ask for an index that is being built is to wait for how that ends. Where several processes
    give up in the same moment it may be gone all the same: the log says so.
    """
    name = old.document["name"]
    for _ in range(ATTEMPTS):
        for index in (old, wanted):
            try:
                await collection.create_indexes([index])
            except OperationFailure as refusal:
                log.info("index of %s not built: %s", collection.name, refusal.code)
                continue
            if name in await collection.index_information():
                return
    log.error("index %s of %s is not back", name, collection.name)


async def _made_way(
    collection: AsyncIOMotorCollection[Document], wanted: Document, dropped: list[IndexModel]
) -> bool:
    """Change or drop what is ours and in the way of a wanted index; False if another's is.

    What was dropped is added to `dropped`.
    """
    existing = await collection.index_information()
    by_keys = "_".join(f"{name}_{kind}" for name, kind in wanted["key"].items())
    ours = [name for name in {wanted["name"], by_keys} if name in existing]
    for name in ours:
        if name == wanted["name"] and _same(existing[name], wanted):
            continue  # another process has just replaced it
        if name == wanted["name"] and await _ends_otherwise(collection, existing[name], wanted):
            continue
        log.warning("index %s of %s is another than wanted: dropped", name, collection.name)
        try:
            await collection.drop_index(name)
        except OperationFailure as refusal:
            if refusal.code != NOT_FOUND:  # another process was quicker
                raise
        else:
            dropped.append(_as_it_was(name, existing[name]))
    keys = list(wanted["key"].items())
    others = [one for name, one in existing.items() if name not in ours and one["key"] == keys]
    return bool(ours) or not others


async def _ends_otherwise(
    collection: AsyncIOMotorCollection[Document], existing: Document, wanted: Document
) -> bool:
    """Change the time of an index's end in place; False where more than that differs."""
    ends = "expireAfterSeconds"
    if ends not in existing or ends not in wanted:
        return False
    if not _same({**existing, ends: wanted[ends]}, wanted):
        return False
    index = {"name": wanted["name"], ends: wanted[ends]}
    await collection.database.command("collMod", collection.name, index=index)
    return True


def _as_it_was(name: str, existing: Document) -> IndexModel:
    options = {key: value for key, value in existing.items() if key not in ("v", "key", "ns")}
    return IndexModel(existing["key"], name=name, **options)


def _same(existing: Document, wanted: Document) -> bool:
    """Tell whether an index is as wanted; what the server adds by itself does not count."""
    known = {name: existing.get(name) for name in wanted if name not in ("key", "name")}
    asked = {name: wanted[name] for name in known}
    extra = {"unique", "sparse", "partialFilterExpression", "expireAfterSeconds"} - set(wanted)
    keys = [(name, kind) for name, kind in existing["key"]]
    same_keys = keys == list(wanted["key"].items())
    return same_keys and known == asked and not any(existing.get(name) for name in extra)
