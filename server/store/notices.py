"""Notices in MongoDB: one a person and event, with how each try to send it ended.

A try is written before it is made (`begin`), by whoever finds the notice waiting and with so many
tries behind it: of two workers one writes it. A try that nobody ends is unknown after a while.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING, ReturnDocument
from pymongo.errors import DuplicateKeyError

from server.domain.ids import OrderId, PersonId
from server.domain.notices import NONE_LEFT, Channel, Outcome, State, StoredNotice, Try
from server.store.documents import Document, from_document, milliseconds, to_document
from server.store.indexes import ensure_index
from server.store.looking import each_once

COLLECTION = "notices"

#: Notices are kept this long after they were made.
KEEP_SECONDS = 30 * 24 * 3600

#: `looked_at` of what nobody has tried to send yet.
NEVER = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a try ended, and what the notice waits for now."""

    outcome: Outcome
    state: State
    rule: str | None = None
    msgid: str | None = None
    due_at: datetime = field(default=NEVER)  #: of the next try, while it waits


class MongoNotices:
    """The notices collection."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._notices = database[COLLECTION]

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(self._notices, [("state", ASCENDING), ("looked_at", ASCENDING)])
        await ensure_index(self._notices, [("person", ASCENDING), ("at", DESCENDING)])
        await ensure_index(self._notices, [("order", ASCENDING), ("at", DESCENDING)])
        await ensure_index(self._notices, "attempts.account", sparse=True)
        await ensure_index(self._notices, "at", expireAfterSeconds=KEEP_SECONDS)

    async def insert(self, notice: StoredNotice) -> bool:
        """Write a notice; False when this event's was written for this person before."""
        document = to_document(notice)
        document |= {"looked_at": NEVER, "due_at": NEVER}
        try:
            await self._notices.insert_one(document)
        except DuplicateKeyError:
            return False
        return True

    async def get(self, notice: str) -> StoredNotice | None:
        """Read one."""
        document = await self._notices.find_one({"_id": notice})
        return None if document is None else from_document(document, StoredNotice)

    async def waiting(self, before: datetime, now: datetime, limit: int) -> list[StoredNotice]:
        """Give notices whose next try is due; each to one caller, until its look is so old."""
        query = {
            "state": State.WAITING.value,
            "looked_at": {"$lte": before},
            "due_at": {"$lte": now},
        }
        found = await each_once(self._notices, query, now, limit)
        return [from_document(document, StoredNotice) for document in found]

    async def begin(
        self, notice: StoredNotice, attempt: Try, plan: Sequence[Channel]
    ) -> StoredNotice | None:
        """Write a try before it is made; None when somebody else has, or it waits no more."""
        document = await self._notices.find_one_and_update(
            _after(notice, State.WAITING),
            {
                "$set": {
                    "state": State.TRYING.value,
                    "plan": [way.value for way in plan],
                    "tried_at": milliseconds(attempt.at),
                },
                "$push": {"attempts": to_document(attempt)},
            },
            return_document=ReturnDocument.AFTER,
        )
        return None if document is None else from_document(document, StoredNotice)

    async def end(self, notice: StoredNotice, ending: Ending, now: datetime) -> StoredNotice | None:
        """Say how the running try ended; None when it was taken for unknown meanwhile."""
        last = f"attempts.{len(notice.attempts) - 1}"
        fields: Document = {
            "state": ending.state.value,
            f"{last}.outcome": ending.outcome.value,
            f"{last}.rule": ending.rule,
            f"{last}.ended_at": milliseconds(now),
            "due_at": ending.due_at,
            "looked_at": NEVER,
        }
        if ending.msgid is not None:
            fields[f"{last}.msgid"] = ending.msgid
        document = await self._notices.find_one_and_update(
            _after(notice, State.TRYING), {"$set": fields}, return_document=ReturnDocument.AFTER
        )
        return None if document is None else from_document(document, StoredNotice)

    async def rest(self, notice: StoredNotice, state: State, plan: Sequence[Channel]) -> bool:
        """End the telling without a try; False when somebody else has moved on with it."""
        fields = {"state": state.value, "plan": [way.value for way in plan]}
        result = await self._notices.update_one(_after(notice, State.WAITING), {"$set": fields})
        return result.modified_count == 1

    async def forsaken(self, before: datetime, limit: int) -> list[StoredNotice]:
        """List notices whose try began before an instant and was never ended."""
        query = {"state": State.TRYING.value, "tried_at": {"$lte": before}}
        found = self._notices.find(query).limit(limit)
        return [from_document(document, StoredNotice) async for document in found]

    async def by_message(self, account: str, msgid: str) -> StoredNotice | None:
        """Find the notice that a message's number belongs to."""
        document = await self._notices.find_one(
            {"attempts.account": account, "attempts.msgid": msgid}
        )
        return None if document is None else from_document(document, StoredNotice)

    async def by_template(
        self, account: str, template_id: str, since: datetime, until: datetime
    ) -> StoredNotice | None:
        """Find the oldest notice sent so within a time of which no number is known yet."""
        sent = {
            "account": account,
            "template_id": template_id,
            "outcome": Outcome.SENT.value,
            "msgid": None,
            "at": {"$gte": since, "$lte": until},
        }
        document = await self._notices.find_one(
            {"attempts.account": account, "attempts": {"$elemMatch": sent}},
            sort=[("at", ASCENDING)],
        )
        return None if document is None else from_document(document, StoredNotice)

    async def told_later(
        self, notice: StoredNotice, outcome: Outcome, state: State, msgid: str, rule: str | None
    ) -> bool:
        """Say what the provider told of the sent try; False when that is known already."""
        last = f"attempts.{len(notice.attempts) - 1}"
        result = await self._notices.update_one(
            _after(notice, State.SENT),
            {
                "$set": {
                    "state": state.value,
                    f"{last}.outcome": outcome.value,
                    f"{last}.msgid": msgid,
                    f"{last}.rule": rule,
                    "due_at": NEVER,
                    "looked_at": NEVER,
                }
            },
        )
        return result.modified_count == 1

    async def of_person(
        self, person: PersonId, before: datetime | None, limit: int
    ) -> list[StoredNotice]:
        """List a person's, newest first."""
        return await self._list({"person": person}, before, limit)

    async def of_order(
        self, order: OrderId, before: datetime | None, limit: int
    ) -> list[StoredNotice]:
        """List an order's, newest first."""
        return await self._list({"order": order}, before, limit)

    async def of_kind(
        self, person: PersonId, kind: str, since: datetime, limit: int
    ) -> list[StoredNotice]:
        """List a person's of one kind since an instant, newest first."""
        query = {"person": person, "kind": kind, "at": {"$gte": since}}
        found = self._notices.find(query).sort("at", DESCENDING).limit(limit)
        return [from_document(document, StoredNotice) async for document in found]

    async def texts_since(self, person: PersonId, since: datetime) -> int:
        """Count the texts tried to a person since an instant, whatever became of them."""
        asked = {"$ne": NONE_LEFT}
        tried = {"channel": Channel.SMS.value, "at": {"$gte": since}, "rule": asked}
        return await self._notices.count_documents(
            {"person": person, "attempts": {"$elemMatch": tried}}
        )

    async def _list(
        self, query: Document, before: datetime | None, limit: int
    ) -> list[StoredNotice]:
        if before is not None:
            query = {**query, "at": {"$lt": before}}
        found = self._notices.find(query).sort("at", DESCENDING).limit(limit)
        return [from_document(document, StoredNotice) async for document in found]


def _after(notice: StoredNotice, state: State) -> Document:
    """Match a notice in a state, with as many tries as we know of."""
    return {"_id": notice.id, "state": state.value, "attempts": {"$size": len(notice.attempts)}}
