"""Indexes as the code wants them, also where an older version of it left others.

MongoDB refuses to create an index where one of the same name, or over the same keys, has other
options. Then the old one is dropped and the new one built, if the old one is ours: under the name
that is wanted, or under the one that the driver makes of the keys. Others' are never touched.
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
    for _ in range(ATTEMPTS - 1):
        try:
            await collection.create_index(keys, **options)
        except OperationFailure as refusal:
            if refusal.code in CONFLICTS:
                if not await _dropped(collection, IndexModel(keys, **options).document):
                    raise
            elif refusal.code != ABORTED:  # by another process that dropped the old one late
                raise
        else:
            return
    await collection.create_index(keys, **options)


async def _dropped(collection: AsyncIOMotorCollection[Document], wanted: Document) -> bool:
    """Drop what is ours and in the way of a wanted index; False if another's is in the way."""
    existing = await collection.index_information()
    by_keys = "_".join(f"{name}_{kind}" for name, kind in wanted["key"].items())
    ours = [name for name in {wanted["name"], by_keys} if name in existing]
    for name in ours:
        if name == wanted["name"] and _same(existing[name], wanted):
            continue  # another process has just replaced it
        log.warning("index %s of %s is another than wanted: dropped", name, collection.name)
        try:
            await collection.drop_index(name)
        except OperationFailure as refusal:
            if refusal.code != NOT_FOUND:  # another process was quicker
                raise
    keys = list(wanted["key"].items())
    others = [one for name, one in existing.items() if name not in ours and one["key"] == keys]
    return bool(ours) or not others


def _same(existing: Document, wanted: Document) -> bool:
    """Tell whether an index is as wanted; what the server adds by itself does not count."""
    known = {name: existing.get(name) for name in wanted if name not in ("key", "name")}
    asked = {name: wanted[name] for name in known}
    extra = {"unique", "sparse", "partialFilterExpression", "expireAfterSeconds"} - set(wanted)
    keys = [(name, kind) for name, kind in existing["key"]]
    same_keys = keys == list(wanted["key"].items())
    return same_keys and known == asked and not any(existing.get(name) for name in extra)
