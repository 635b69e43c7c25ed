"""What can be sent to WeChat accounts: follows, windows and credits, on the accounts' documents.

Every spending is one conditional write that tells whether it was had. WeChat's messages arrive
late, repeated and in any order: what they change carries their instant (follows, windows) or
their key (credits), so that applying one again, or an older one, is nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.domain.ids import PersonId
from server.domain.wechat import WINDOWS, Slot, WeChatAccountId, WeChatApp, WindowKind
from server.store.documents import Document, milliseconds
from server.store.wechat_accounts import COLLECTION

#: Template ids become names of fields: nothing with a dot or a dollar.
_TEMPLATE = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)

#: So many templates one account may have credits of; WeChat lets an app have 50 at most.
MOST_TEMPLATES = 64

#: Credits of one template beyond these would never be spent.
MOST_CREDITS = 100

#: Keys of WeChat's messages that gave credits, remembered against their repetition. They are
#: repeated within seconds, and by our own worker until they are marked done.
KEPT_KEYS = 32


class MongoWeChatWindows:
    """Follows, windows and credits of the wechat_accounts collection."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._accounts = database[COLLECTION]

    async def follow(self, account: WeChatAccountId, at: datetime) -> bool:
        """Note that they follow, as of an instant; False when something newer is known."""
        fields = {"followed": True, "follow_changed_at": milliseconds(at)}
        return await self._newer(account, "follow_changed_at", at, fields)

    async def unfollow(self, account: WeChatAccountId, at: datetime) -> bool:
        """Note that they follow no more, as of an instant; False when something newer is known."""
        when = milliseconds(at)
        fields = {"followed": False, "follow_changed_at": when, "unfollowed_at": when}
        return await self._newer(account, "follow_changed_at", at, fields)

    async def open_window(self, account: WeChatAccountId, kind: WindowKind, at: datetime) -> bool:
        """Open a window for customer messages anew; False when it was opened as late or later."""
        path = f"windows.{kind.value}"
        result = await self._accounts.update_one(
            {"_id": account, "$or": [{path: {"$exists": False}}, {f"{path}.at": {"$lt": at}}]},
            {"$set": {path: {"at": milliseconds(at), "used": 0}}},
        )
        return result.modified_count == 1

    async def paid(self, person: PersonId, at: datetime) -> None:
        """Open the window of a payment that a person made in WeChat."""
        query = {"person": person, "app": WeChatApp.SERVICE.value}
        document = await self._accounts.find_one(query, {"_id": 1})
        if document is not None:
            await self.open_window(WeChatAccountId(document["_id"]), WindowKind.PAYMENT, at)

    async def spend_window(self, account: WeChatAccountId, now: datetime) -> Slot | None:
        """Have a customer message's place, in what ends first; None when none is left."""
        for kind, rule in WINDOWS.items():
            path = f"windows.{kind.value}"
            document = await self._accounts.find_one_and_update(
                {
                    "_id": account,
                    "followed": True,
                    f"{path}.at": {"$gt": now - timedelta(seconds=rule.seconds)},
                    f"{path}.used": {"$lt": rule.messages},
                },
                {"$inc": {f"{path}.used": 1}},
                projection={path: 1},
            )
            if document is not None:
                return Slot(kind=kind, opened_at=document["windows"][kind.value]["at"])
        return None

    async def return_window(self, account: WeChatAccountId, slot: Slot) -> None:
        """Give a place back, for a message that certainly was not sent.

        Giving back once what was had once is the caller's part.
        """
        path = f"windows.{slot.kind.value}"
        await self._accounts.update_one(
            {"_id": account, f"{path}.at": slot.opened_at, f"{path}.used": {"$gt": 0}},
            {"$inc": {f"{path}.used": -1}},
        )

    async def close_window(self, account: WeChatAccountId, slot: Slot) -> None:
        """Believe WeChat that a window is over or used up, unless it was opened anew."""
        path = f"windows.{slot.kind.value}"
        await self._accounts.update_one(
            {"_id": account, f"{path}.at": slot.opened_at},
            {"$max": {f"{path}.used": WINDOWS[slot.kind].messages}},
        )

    async def add_credits(
        self, account: WeChatAccountId, accepted: Mapping[str, int], key: str
    ) -> bool:
        """Count credits that one message of WeChat's gave, once a key; False when it was."""
        named = {name: count for name, count in accepted.items() if _TEMPLATE.fullmatch(name)}
        if not named:
            return False
        result = await self._accounts.update_one(
            {"_id": account, "applied": {"$ne": key}, "$expr": _HAS_ROOM},
            [{"$set": {**_added(named), "applied": _newest("applied", key)}}],
        )
        return result.modified_count == 1

    async def spend_credit(
        self, account: WeChatAccountId, template_id: str, *, keep: int = 0
    ) -> bool:
        """Have one credit of a template and leave `keep`; False when there are no more."""
        if not _TEMPLATE.fullmatch(template_id):
            return False
        path = f"credits.{template_id}"
        result = await self._accounts.update_one(
            {"_id": account, path: {"$gt": keep}}, {"$inc": {path: -1}}
        )
        return result.modified_count == 1

    async def return_credit(self, account: WeChatAccountId, template_id: str) -> None:
        """Give a credit back, for a message that certainly was not sent.

        Giving back once what was had once is the caller's part.
        """
        path = f"credits.{template_id}"
        await self._accounts.update_one(
            {"_id": account, path: {"$gte": 0, "$lt": MOST_CREDITS}}, {"$inc": {path: 1}}
        )

    async def void_credits(self, account: WeChatAccountId, template_id: str) -> None:
        """Believe WeChat, or the person's settings, that no credit of a template is left."""
        if not _TEMPLATE.fullmatch(template_id):
            return
        path = f"credits.{template_id}"
        await self._accounts.update_one({"_id": account, path: {"$gt": 0}}, {"$set": {path: 0}})

    async def _newer(
        self, account: WeChatAccountId, mark: str, at: datetime, fields: Document
    ) -> bool:
        """Set fields unless the mark's instant is later; of two in one second the last to come."""
        result = await self._accounts.update_one(
            {"_id": account, "$or": [{mark: {"$exists": False}}, {mark: {"$lte": at}}]},
            {"$set": fields},
        )
        return result.matched_count == 1


#: Bounds the document against templates that nobody made.
_HAS_ROOM: Document = {
    "$lt": [{"$size": {"$objectToArray": {"$ifNull": ["$credits", {}]}}}, MOST_TEMPLATES]
}


def _added(counts: Mapping[str, int]) -> Document:
    """Write sums for a pipeline; what is missing counts as none."""
    known = {name: {"$ifNull": [f"$credits.{name}", 0]} for name in counts}
    return {
        f"credits.{name}": {"$min": [{"$add": [known[name], count]}, MOST_CREDITS]}
        for name, count in counts.items()
    }


def _newest(field: str, value: str) -> Document:
    """Add to a bounded list, in a pipeline."""
    longer = {"$concatArrays": [{"$ifNull": [f"${field}", []]}, [{"$literal": value}]]}
    return {"$slice": [longer, -KEPT_KEYS]}
