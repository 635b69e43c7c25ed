"""Every MongoDB store, built once over one database."""

from __future__ import annotations

from dataclasses import dataclass, fields

from server.app.bases import Bases
from server.store.audit import MongoAudit
from server.store.codes import MongoCodes
from server.store.couriers import MongoCouriers
from server.store.ledger import MongoLedger
from server.store.notices import MongoNotices
from server.store.order_details import MongoOrderDetails
from server.store.orders import MongoOrders
from server.store.payments import MongoPayments, MongoRefunds
from server.store.payouts import MongoPayouts
from server.store.people import MongoPeople
from server.store.photos import MongoPhotos
from server.store.repeats import MongoRepeats
from server.store.replays import MongoReplays
from server.store.sessions import MongoSessions
from server.store.transactions import Transactions


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """The facts."""

    audit: MongoAudit
    codes: MongoCodes
    couriers: MongoCouriers
    details: MongoOrderDetails
    ledger: MongoLedger
    notices: MongoNotices
    orders: MongoOrders
    payments: MongoPayments
    payouts: MongoPayouts
    people: MongoPeople
    photos: MongoPhotos
    refunds: MongoRefunds
    repeats: MongoRepeats
    replays: MongoReplays
    sessions: MongoSessions
    transactions: Transactions

    async def ensure_indexes(self) -> None:
        """Create all indexes; idempotent, so every process does it at its start."""
        for field in fields(self):
            ensure = getattr(getattr(self, field.name), "ensure_indexes", None)
            if ensure is not None:
                await ensure()


def build_stores(bases: Bases) -> Stores:
    """Build them all."""
    database, seal = bases.database, bases.seal
    return Stores(
        audit=MongoAudit(database),
        codes=MongoCodes(database),
        couriers=MongoCouriers(database),
        details=MongoOrderDetails(database),
        ledger=MongoLedger(database),
        notices=MongoNotices(database),
        orders=MongoOrders(database),
        payments=MongoPayments(database),
        payouts=MongoPayouts(database),
        people=MongoPeople(database, seal=seal, index=bases.index),
        photos=MongoPhotos(database, seal=seal),
        refunds=MongoRefunds(database),
        repeats=MongoRepeats(database),
        replays=MongoReplays(database),
        sessions=MongoSessions(database),
        transactions=Transactions(bases.mongo),
    )
