"""Invoice requests in MongoDB: one an order (`_id`), what is personal sealed."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING

from server.domain.ids import OrderId, PersonId
from server.domain.invoices import Invoice, InvoiceState, InvoiceTexts
from server.domain.paging import Position
from server.store.documents import Document, from_document, milliseconds, to_document
from server.store.indexes import ensure_index
from server.store.newest import newest
from server.store.seal import Place, Seal
from server.store.transactions import Session

COLLECTION = "invoices"

SEALED = tuple(field.name for field in fields(InvoiceTexts))


class MongoInvoices:
    """The invoices collection."""

    def __init__(self, database: AsyncIOMotorDatabase[Document], *, seal: Seal) -> None:
        self._invoices = database[COLLECTION]
        self._seal = seal

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(
            self._invoices,
            [("state", ASCENDING), ("requested_at", DESCENDING), ("_id", DESCENDING)],
        )

    async def find(
        self, order: OrderId, session: Session | None = None
    ) -> tuple[Invoice, InvoiceTexts] | None:
        """Read and open one, or None; callers record the read of another's (rule 11)."""
        document = await self._invoices.find_one({"_id": order}, session=session)
        return self._opened(document) if document else None

    async def insert(self, invoice: Invoice, texts: InvoiceTexts, session: Session) -> None:
        """Write a new request; one an order, ever."""
        document = {**to_document(invoice), **self._closed(invoice.id, texts)}
        await self._invoices.insert_one(document, session=session)

    async def correct(
        self, known: Invoice, after: Invoice, texts: InvoiceTexts, session: Session
    ) -> bool:
        """Write a correction; False when it was decided or corrected meanwhile."""
        fresh = to_document(after)
        fresh.pop("_id")
        result = await self._invoices.update_one(
            {"_id": known.id, "version": known.version},
            {"$set": {**fresh, **self._closed(known.id, texts)}},
            session=session,
        )
        return result.modified_count == 1

    async def decide(
        self,
        known: Invoice,
        state: InvoiceState,
        session: Session,
        *,
        note: str,
        by: PersonId,
        at: datetime,
    ) -> bool:
        """Issue or refuse it, of its amount; False when it was corrected or decided meanwhile."""
        result = await self._invoices.update_one(
            {
                "_id": known.id,
                "version": known.version,
                "state": InvoiceState.REQUESTED.value,
            },
            {
                "$set": {
                    "state": state.value,
                    "amount_fen": known.amount_fen,
                    "note": note,
                    "decided_by": by,
                    "decided_at": milliseconds(at),
                },
                "$inc": {"version": 1},
            },
            session=session,
        )
        return result.modified_count == 1

    async def page(
        self, state: InvoiceState, before: Position | None, limit: int
    ) -> list[tuple[Invoice, InvoiceTexts]]:
        """List requests of a state, newest first, opened; callers record each read."""
        query: Document = {"state": state.value}
        found = await newest(self._invoices, query, "requested_at", before, limit)
        return [self._opened(document) for document in found]

    def _closed(self, order: OrderId, texts: InvoiceTexts) -> dict[str, bytes]:
        return {
            name: self._seal.close_text(getattr(texts, name), _place(order, name))
            for name in SEALED
        }

    def _opened(self, document: Document) -> tuple[Invoice, InvoiceTexts]:
        """Open a request; of a person who is gone, nothing is left to open."""
        invoice = from_document(document, Invoice)
        texts = dict.fromkeys(SEALED, "") | {
            name: self._seal.open_text(bytes(document[name]), _place(invoice.id, name))
            for name in SEALED
            if name in document
        }
        return invoice, InvoiceTexts(**texts)


def _place(order: OrderId, name: str) -> Place:
    return Place(COLLECTION, name, order)
