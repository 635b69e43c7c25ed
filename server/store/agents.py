"""What proves terminals' agents, in the terminals' documents: a one-time token, then a key.

    token_digest, token_expires_at   a drawn token that waits for its one use
    public_key, enrolled_at          the agent's key; a new token leaves it in force
    used_digest                      the token that `public_key` came with

A terminal of before keys has a `token_digest` without an end; the same goes for one whose agent
of the previous protocol came in time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ReturnDocument

from server.domain.errors import NotFound
from server.domain.ids import TerminalId
from server.store.documents import Document
from server.store.terminals import COLLECTION

#: How many of the last boots are remembered, to tell two agents from one that came back.
MOST_BOOTS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentProof:
    """What is kept of how an agent proves itself."""

    token_digest: str | None = None
    token_expires_at: datetime | None = None
    public_key: str | None = None
    enrolled_at: datetime | None = None
    used_digest: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """An admitted connection: its fence, and the boots before it, the latest last."""

    epoch: int
    boots_before: tuple[str, ...]


class MongoAgents:
    """The proofs and connections of terminals' agents. Each change is one conditional write."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._terminals = database[COLLECTION]

    async def get(self, terminal: TerminalId) -> AgentProof:
        """Read how a terminal's agent proves itself.

        Raises:
            NotFound: there is no such terminal.
        """
        fields = dict.fromkeys(AgentProof.__slots__, 1)
        document = await self._terminals.find_one({"_id": terminal}, fields)
        if document is None:
            raise NotFound(field="terminal_id", rule="exists")
        return AgentProof(**{name: document.get(name) for name in fields})

    async def put_token(self, terminal: TerminalId, digest: str, expires_at: datetime) -> None:
        """Keep a newly drawn token; one that waited is void, a key stays in force.

        Raises:
            NotFound: there is no such terminal.
        """
        change = {"token_digest": digest, "token_expires_at": expires_at}
        result = await self._terminals.update_one({"_id": terminal}, {"$set": change})
        if not result.matched_count:
            raise NotFound(field="terminal_id", rule="exists")

    async def enrol(
        self, terminal: TerminalId, digest: str, public_key: str, now: datetime
    ) -> int | None:
        """Store a key and burn the token it came with, as one.

        Returns:
            The fence from which on the agent before counts no longer; None when the token does
            not fit (any more), and nothing was changed.
        """
        document = await self._terminals.find_one_and_update(
            {"_id": terminal, **_waiting(digest, now)},
            {
                "$set": {
                    "public_key": public_key,
                    "enrolled_at": now,
                    "used_digest": digest,
                    "online": False,
                },
                "$unset": {"token_digest": "", "token_expires_at": ""},
                "$inc": {"epoch": 1},
            },
            projection={"epoch": 1},
            return_document=ReturnDocument.AFTER,
        )
        return None if document is None else int(document["epoch"])

    async def connect_by_key(
        self, terminal: TerminalId, public_key: str, *, version: str, boot: str, now: datetime
    ) -> Connected | None:
        """Count a connection that proved this key; None when it is no longer the agent's."""
        return await self._connect({"_id": terminal, "public_key": public_key}, version, boot, now)

    async def connect_by_token(
        self, terminal: TerminalId, digest: str, *, version: str, boot: str, now: datetime
    ) -> Connected | None:
        """Count a connection of the previous protocol; None when its token does not fit.

        From then on the token has no end: the agent goes on with it until it has a key.
        """
        proved = {"_id": terminal, "public_key": {"$exists": False}, **_waiting(digest, now)}
        return await self._connect(proved, version, boot, now, {"token_expires_at": ""})

    async def note_two_agents(self, terminal: TerminalId, now: datetime) -> None:
        """Remember when two agents last took turns under one identity."""
        await self._terminals.update_one({"_id": terminal}, {"$set": {"two_agents_at": now}})

    async def _connect(
        self,
        proved: Document,
        version: str,
        boot: str,
        now: datetime,
        unset: Document | None = None,
    ) -> Connected | None:
        change: Document = {
            "$inc": {"epoch": 1},
            "$set": {"online": True, "agent_version": version, "connected_at": now},
            "$push": {"boots": {"$each": [boot], "$slice": -MOST_BOOTS}},
        }
        if unset:
            change["$unset"] = unset
        before = await self._terminals.find_one_and_update(
            proved,
            change,
            projection={"epoch": 1, "boots": 1},
            return_document=ReturnDocument.BEFORE,
        )
        return None if before is None else _connected(before)


def _connected(before: Document) -> Connected:
    boots = tuple(before.get("boots", ()))
    return Connected(epoch=int(before.get("epoch", 0)) + 1, boots_before=boots)


def _waiting(digest: str, now: datetime) -> Document:
    """Match a document whose token waits for its use."""
    no_end = {"token_expires_at": {"$exists": False}}
    in_time = {"token_expires_at": {"$gt": now}}
    return {"token_digest": digest, "$or": [no_end, in_time]}
