"""Emptying a database for the next test, which costs a tenth of making one.

Most of the cost of a fresh database is its eighty indexes, each a file that is synced. So
collections stay with their indexes, and only what is in them goes. A test that wants to see an
index made, or makes one that no store makes, needs a server of its own (`mongo_server`).
"""

from typing import Any

from pymongo import WriteConcern
from pymongo.database import Database

#: Where the last write goes, so that what a majority has seen is empty as well.
MARK = "emptied"


def empty(database: Database[dict[str, Any]]) -> None:
    """Remove every document; returns once no reader, however strict, can still find one."""
    # A transaction that a test left half done would hold its documents until its time is over.
    database.client.admin.command({"killAllSessions": []})
    quick = WriteConcern(w=1)
    names = database.list_collection_names(filter={"type": "collection"})
    for name in set(names) - {MARK}:
        if database[name].find_one({}, {"_id": True}):
            database[name].with_options(write_concern=quick).delete_many({})
    if names:
        database[MARK].with_options(write_concern=WriteConcern(w="majority")).replace_one(
            {"_id": MARK}, {}, upsert=True
        )
