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
    kinds = {"type": {"$in": ["collection", "timeseries"]}}
    names = [
        name
        for name in database.list_collection_names(filter=kinds)
        if not name.startswith("system.")
    ]
    for name in _filled(database, set(names) - {MARK}):
        database[name].with_options(write_concern=quick).delete_many({})
    if names:
        database[MARK].with_options(write_concern=WriteConcern(w="majority")).replace_one(
            {"_id": MARK}, {}, upsert=True
        )


def _filled(database: Database[dict[str, Any]], names: set[str]) -> list[str]:
    """Name the collections that hold anything, by one question of them all."""
    stages: list[dict[str, Any]] = [{"$match": {"_id": None}}]
    for name in sorted(names):
        first = [{"$limit": 1}, {"$project": {"_id": 0, "name": {"$literal": name}}}]
        stages.append({"$unionWith": {"coll": name, "pipeline": first}})
    return [str(row["name"]) for row in database[MARK].aggregate(stages)]
