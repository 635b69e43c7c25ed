"""Terminals in MongoDB: where they stand, their kiosk's key, and the end of their connections.

Each connection raises `epoch` (rule 8, see `agents`); whatever an older connection does later
matches no filter. Tokens are kept as digests, the kiosk's key sealed by the caller.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from server.domain.errors import Conflict, NotFound
from server.domain.geo import Place
from server.domain.ids import TerminalId
from server.domain.terminals import Terminal
from server.store.documents import Document, from_document, to_document
from server.store.indexes import ensure_index
from server.store.transactions import Session

COLLECTION = "terminals"

#: How many holes in the numbering of door events are remembered, newest first.
MAX_HOLES = 20

PLAIN = dict.fromkeys(
    (
        *("token_digest", "token_expires_at", "used_digest", "public_key", "enrolled_at", "boots"),
        *("kiosk_key", "applied", "holes", "location", "health", "troubles", "layout"),
    ),
    0,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalSecrets:
    """What a new terminal's agent enrols with, and what keys its kiosk's code."""

    token_digest: str
    token_expires_at: datetime
    kiosk_key: bytes  #: sealed


class MongoTerminals:
    """The terminals collection."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._terminals = database[COLLECTION]

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(self._terminals, [("location", "2dsphere")])

    async def insert(
        self, terminal: Terminal, secrets: TerminalSecrets, session: Session | None = None
    ) -> None:
        """Write a new terminal.

        Raises:
            Conflict: the id is in use.
        """
        place = terminal.place
        document = to_document(terminal)
        document["location"] = {"type": "Point", "coordinates": [place.lon, place.lat]}
        document["token_digest"] = secrets.token_digest
        document["token_expires_at"] = secrets.token_expires_at
        document["kiosk_key"] = secrets.kiosk_key
        try:
            await self._terminals.insert_one(document, session=session)
        except DuplicateKeyError:
            raise Conflict(field="terminal_id", rule="id_unused") from None

    async def get(self, terminal: TerminalId) -> Terminal:
        """Read one terminal.

        Raises:
            NotFound: there is none.
        """
        document = await self._terminals.find_one({"_id": terminal}, PLAIN)
        if document is None:
            raise NotFound(field="terminal_id", rule="exists")
        return from_document(document, Terminal)

    async def named(self, ids: Iterable[TerminalId]) -> dict[TerminalId, Terminal]:
        """Read several terminals at once; unknown ids are left out."""
        wanted = list(ids)
        if not wanted:
            return {}
        cursor = self._terminals.find({"_id": {"$in": wanted}}, PLAIN)
        return {
            TerminalId(document["_id"]): from_document(document, Terminal)
            async for document in cursor
        }

    async def near(
        self, place: Place, limit: int, area: str | None = None
    ) -> list[tuple[Terminal, float]]:
        """List terminals nearest first, with their distance in metres; `area`: see `all`."""
        near = {"type": "Point", "coordinates": [place.lon, place.lat]}
        looked = {"near": near, "distanceField": "metres", "spherical": True}
        stages: list[Document] = [
            {"$geoNear": {**looked, "query": _inside(area)}},
            {"$limit": limit},
            {"$project": PLAIN},
        ]
        return [
            (from_document(document, Terminal), float(document["metres"]))
            async for document in self._terminals.aggregate(stages)
        ]

    async def all(self, limit: int = 1000, area: str | None = None) -> list[Terminal]:
        """List terminals by id; `area` keeps to a province, city or district by its code."""
        cursor = self._terminals.find(_inside(area), PLAIN).sort("_id").limit(limit)
        return [from_document(document, Terminal) async for document in cursor]

    async def kiosk_key(self, terminal: TerminalId) -> bytes:
        """Read the sealed key of a terminal's kiosk.

        Raises:
            NotFound: there is none.
        """
        document = await self._terminals.find_one({"_id": terminal}, {"kiosk_key": 1})
        if document is None:
            raise NotFound(field="terminal_id", rule="exists")
        return bytes(document["kiosk_key"])

    async def speaks(self, terminal: TerminalId, protocol: int) -> None:
        """Note which protocol a terminal's agent booted with."""
        await self._terminals.update_one({"_id": terminal}, {"$set": {"protocol": protocol}})

    async def put_layout(self, terminal: TerminalId, epoch: int, layout: Document | None) -> bool:
        """Keep how a cabinet is built, by this connection's agent; False for an older one.

        None is what an agent tells that does not know how to.
        """
        change = {"$unset": {"layout": ""}} if layout is None else {"$set": {"layout": layout}}
        result = await self._terminals.update_one({"_id": terminal, "epoch": epoch}, change)
        return result.matched_count == 1

    async def layout(self, terminal: TerminalId) -> Document | None:
        """Read how a cabinet is built; None when its agent did not tell.

        Raises:
            NotFound: there is no such terminal.
        """
        document = await self._terminals.find_one({"_id": terminal}, {"layout": 1})
        if document is None:
            raise NotFound(field="terminal_id", rule="exists")
        layout: Document | None = document.get("layout")
        return layout

    async def disconnect(self, terminal: TerminalId, epoch: int, now: datetime) -> bool:
        """Mark a terminal offline unless a newer connection has come; tells whether it did."""
        result = await self._terminals.update_one(
            {"_id": terminal, "epoch": epoch, "online": True},
            {"$set": {"online": False, "gone_at": now}},
        )
        return result.modified_count == 1

    async def holds(self, terminal: TerminalId, epoch: int) -> bool:
        """Tell whether this connection is still the newest."""
        found = await self._terminals.find_one({"_id": terminal, "epoch": epoch}, {"_id": 1})
        return found is not None

    async def applied(self, terminal: TerminalId, spool: str) -> int | None:
        """Tell the number up to which a spool's events are applied; None for a new spool."""
        path = f"applied.{_key(spool)}"
        document = await self._terminals.find_one({"_id": terminal}, {path: 1})
        number = (document or {}).get("applied", {}).get(_key(spool))
        return None if number is None else int(number)

    async def set_applied(self, terminal: TerminalId, spool: str, number: int) -> None:
        """Remember that a spool's events are applied up to a number; never falls."""
        await self._terminals.update_one(
            {"_id": terminal}, {"$max": {f"applied.{_key(spool)}": number}}
        )

    async def record_hole(
        self, terminal: TerminalId, spool: str, first: int, last: int, at: datetime
    ) -> None:
        """Remember that door events of these numbers never came."""
        hole = {"spool": spool, "first": first, "last": last, "at": at}
        await self._terminals.update_one(
            {"_id": terminal}, {"$push": {"holes": {"$each": [hole], "$slice": -MAX_HOLES}}}
        )

    async def take_screen(self, terminal: TerminalId, visit: str) -> None:
        """Give the kiosk's screen to a visit; the newest scan has it."""
        await self._terminals.update_one({"_id": terminal}, {"$set": {"visit": visit}})

    async def leave_screen(self, terminal: TerminalId, visit: str) -> bool:
        """Take the screen from a visit if it has it; tells whether it had."""
        result = await self._terminals.update_one(
            {"_id": terminal, "visit": visit}, {"$unset": {"visit": ""}}
        )
        return result.modified_count == 1

    async def draw_screen(self, terminal: TerminalId) -> tuple[int, str | None]:
        """Number the next picture of the kiosk and tell whose visit has the screen.

        The number is drawn before the state is read, so the highest number belongs to a
        picture that was made after the last change.
        """
        document = await self._terminals.find_one_and_update(
            {"_id": terminal},
            {"$inc": {"screen_version": 1}},
            projection={"screen_version": 1, "visit": 1},
            return_document=ReturnDocument.AFTER,
        )
        if document is None:
            raise NotFound(field="terminal_id", rule="exists")
        return int(document["screen_version"]), document.get("visit")


def _key(spool: str) -> str:
    """Make a spool's id a field name: no dots, no leading dollar."""
    return "s" + spool.replace("%", "%25").replace(".", "%2e").replace("\0", "%00")


def _inside(area: str | None) -> Document:
    """Ask for a region and all within it: a code ends in zeros, two for each level left open."""
    if area is None:
        return {}
    return {"region": {"$regex": f"^{re.escape(re.sub('(00){1,2}$', '', area))}"}}
