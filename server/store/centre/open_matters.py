"""What of a person is unfinished: while anything is, the account cannot be erased."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.domain.bookings.states import BookingState
from server.domain.centre import Open
from server.domain.custody import Custody
from server.domain.ids import PersonId
from server.domain.invoices import InvoiceState
from server.domain.money import Charge, Payout
from server.domain.payments import PaymentState
from server.domain.transfers import ENDS
from server.store.documents import Document

#: Most of one kind that are told.
MOST = 20

_AT_REST = [Custody.DONE, Custody.CANCELLED, Custody.RETURNED]
_CARRIED = [Custody.CLAIMED, Custody.COLLECTING, Custody.COLLECTED, Custody.IN_REVIEW]
_UNPAID_OUT = [Payout.EARNED, Payout.PAYABLE, Payout.PAYING, Payout.AWAITING]
_SEATED = [BookingState.HELD, BookingState.BOOKED, BookingState.CHECKED_IN]


@dataclass(frozen=True, slots=True)
class _Where:
    """One kind: its collection, the path of the person, and what makes it open."""

    collection: str
    path: str
    query: Document


#: By the kind's name on the wire.
OPEN: Mapping[str, _Where] = MappingProxyType(
    {
        "order": _Where("orders", "customer", {"custody": {"$nin": _AT_REST}}),
        "refund": _Where(
            "orders",
            "customer",
            {
                "$or": [
                    {"charge": Charge.REFUNDING},
                    {
                        "charge": Charge.PAID,
                        "custody": {"$in": [Custody.CANCELLED, Custody.RETURNED]},
                    },
                    {"$expr": {"$gt": ["$refund_asked_fen", "$refund_done_fen"]}},
                ]
            },
        ),
        "payment": _Where("payments", "customer", {"state": PaymentState.PENDING}),
        "invoice": _Where("invoices", "customer", {"state": InvoiceState.REQUESTED}),
        "courier_order": _Where("orders", "pickup.courier", {"custody": {"$in": _CARRIED}}),
        "earnings": _Where("orders", "pickup.courier", {"payout": {"$in": _UNPAID_OUT}}),
        "payout": _Where(
            "payouts",
            "courier",
            {"$or": [{"state": {"$nin": [*ENDS]}}, {"owed_fen": {"$gt": 0}}]},
        ),
        "booking": _Where("bookings", "person", {"state": {"$in": _SEATED}}),
    }
)


class MongoOpenMatters:
    """Questions to the collections of other rooms; nothing is changed."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._database = database

    async def of(self, person: PersonId) -> tuple[Open, ...]:
        """List what is unfinished, bounded a kind."""
        found: list[Open] = []
        for kind, where in OPEN.items():
            cursor = self._database[where.collection].find(
                {where.path: person, **where.query}, {"_id": 1}
            )
            found += [Open(kind, str(document["_id"])) async for document in cursor.limit(MOST)]
        return tuple(found)
