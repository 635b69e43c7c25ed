"""Where couriers on duty were: a time series in MongoDB that forgets by itself.

A point is {courier, at, lat, lon}: ids only. Points are written in batches and without an id of
their own, so that a batch that is written twice after an outage may stand there twice; readers
take one of the same courier and instant. An erasure deletes by `courier`, the series' meta field,
which is all that MongoDB lets be deleted by before its version 7.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING
from pymongo.errors import CollectionInvalid, OperationFailure

from server.domain.geo import Place
from server.domain.ids import PersonId
from server.store.documents import Document, milliseconds

COLLECTION = "position_history"

#: MongoDB's code: NamespaceExists.
EXISTS = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Where a courier was at an instant."""

    courier: PersonId
    place: Place
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """An area of the map, degrees; `west` is below `east`."""

    west: float
    south: float
    east: float
    north: float


class MongoPositionHistory:
    """The position history."""

    def __init__(self, database: AsyncIOMotorDatabase[Document], *, keep_seconds: float) -> None:
        self._database = database
        self._points = database[COLLECTION]
        self._keep_seconds = round(keep_seconds)

    async def ensure_indexes(self) -> None:
        """Create the series, or give the one that is there the time it is kept; idempotent."""
        try:
            await self._database.create_collection(
                COLLECTION,
                timeseries={"timeField": "at", "metaField": "courier", "granularity": "seconds"},
                expireAfterSeconds=self._keep_seconds,
            )
        except (CollectionInvalid, OperationFailure) as refusal:
            if isinstance(refusal, OperationFailure) and refusal.code != EXISTS:
                raise
            await self._keep_as_long()

    async def add(self, points: Iterable[Point]) -> None:
        """Write a batch; the same point twice does no harm."""
        documents = [
            {
                "courier": one.courier,
                "at": milliseconds(one.at),
                "lat": one.place.lat,
                "lon": one.place.lon,
            }
            for one in points
        ]
        if documents:
            await self._points.insert_many(documents, ordered=False)

    async def between(
        self, since: datetime, until: datetime, box: Box, *, step_seconds: int, limit: int
    ) -> list[Point]:
        """List where couriers were in an area, oldest first, one point a courier and step."""
        step = {"date": "$at", "unit": "second", "binSize": step_seconds}
        stages: list[Document] = [
            {
                "$match": {
                    "at": {"$gte": since, "$lt": until},
                    "lat": {"$gte": box.south, "$lte": box.north},
                    "lon": {"$gte": box.west, "$lte": box.east},
                }
            },
            {"$sort": {"at": ASCENDING}},
            {
                "$group": {
                    "_id": {"courier": "$courier", "step": {"$dateTrunc": step}},
                    **{name: {"$last": f"${name}"} for name in ("at", "lat", "lon")},
                }
            },
            {"$sort": {"at": ASCENDING}},
            {"$limit": limit},
        ]
        return [_point(row) async for row in self._points.aggregate(stages, allowDiskUse=True)]

    async def _keep_as_long(self) -> None:
        """Change how long points are kept where the setting is another than it was."""
        seconds = self._keep_seconds
        async for found in await self._database.list_collections(filter={"name": COLLECTION}):
            kept = found["options"].get("expireAfterSeconds")
            if found["type"] == "timeseries" and kept != seconds:
                await self._database.command("collMod", COLLECTION, expireAfterSeconds=seconds)


def _point(row: Document) -> Point:
    return Point(
        courier=PersonId(row["_id"]["courier"]),
        place=Place(lat=row["lat"], lon=row["lon"]),
        at=row["at"],
    )
