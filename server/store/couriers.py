"""What each courier carries: the cap's count, on the person's own document in `people`.

`carrying` lists {order, version}: the orders between the win and the upload, each with the
order's version when it was won. `active_orders` is the length of it, for reading. A list, since
taking an order off it twice is harmless and a count's `-1` twice is not; the version, since a
late clearing for an earlier win must not clear a later one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.domain.certifications import standing_at
from server.domain.ids import OrderId, PersonId
from server.domain.people import Certification
from server.store.documents import Document
from server.store.indexes import ensure_index
from server.store.transactions import Session

COLLECTION = "people"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Whether a courier may claim: certified, and under the cap."""

    certification: Certification
    carrying: int
    until: datetime | None = None  #: when the certification runs out

    def is_certified(self, now: datetime) -> bool:
        """Tell whether the certification counts at an instant."""
        return self.at(now) is Certification.CERTIFIED

    def at(self, now: datetime) -> Certification:
        """Give the certification that counts at an instant."""
        return standing_at(self.certification, self.until, now)


class MongoCouriers:
    """The couriers' side of the people collection."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._people = database[COLLECTION]

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(self._people, "carrying.order", sparse=True)

    async def standing(self, courier: PersonId, session: Session | None = None) -> Standing:
        """Read a courier's standing; someone unknown is not certified."""
        document = await self._people.find_one(
            {"_id": courier},
            {"certification": 1, "certified_until": 1, "active_orders": 1},
            session=session,
        )
        if document is None:
            return Standing(certification=Certification.NONE, carrying=0)
        return Standing(
            certification=Certification(document["certification"]),
            carrying=document.get("active_orders", 0),
            until=document.get("certified_until"),
        )

    async def take_on(
        self,
        courier: PersonId,
        order: OrderId,
        version: int,
        *,
        cap: int,
        now: datetime,
        session: Session,
    ) -> bool:
        """Count a won order if the courier is certified at `now` and under the cap; False if not.

        The time is looked at here, whether or not a worker has ended the certification.
        """
        others = {
            "$filter": {
                "input": {"$ifNull": ["$carrying", []]},
                "cond": {"$ne": ["$$this.order", order]},
            }
        }
        entry = [{"order": order, "version": version}]
        result = await self._people.update_one(
            {
                "_id": courier,
                "certification": Certification.CERTIFIED.value,
                "$or": [{"certified_until": None}, {"certified_until": {"$gt": now}}],
                "active_orders": {"$lt": cap},
            },
            [{"$set": {"carrying": {"$concatArrays": [others, entry]}}}, COUNT],
            session=session,
        )
        return result.modified_count == 1

    async def lay_down(
        self,
        order: OrderId,
        up_to_version: int,
        *,
        except_for: PersonId | None = None,
        session: Session | None = None,
    ) -> None:
        """Take an order off everyone's list but its holder's; idempotent.

        Entries of wins later than `up_to_version` (the order's version as the caller knows
        it) stay.
        """
        gone = {
            "$and": [
                {"$eq": ["$$this.order", order]},
                {"$lte": ["$$this.version", up_to_version]},
            ]
        }
        left = {"$filter": {"input": "$carrying", "cond": {"$not": gone}}}
        await self._people.update_many(
            {"carrying.order": order, "_id": {"$ne": except_for}},
            [{"$set": {"carrying": left}}, COUNT],
            session=session,
        )


#: The stage that makes the count say what the list says.
COUNT: Document = {"$set": {"active_orders": {"$size": "$carrying"}}}
