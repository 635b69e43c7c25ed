"""Every MongoDB store of bookings, built once over one database."""

from __future__ import annotations

from dataclasses import dataclass, fields

from server.app.bases import Bases
from server.store.bookings.batteries import MongoBatteries
from server.store.bookings.bookings import MongoBookings
from server.store.bookings.days import MongoDays
from server.store.bookings.enterprises import MongoEnterprises
from server.store.bookings.holds import MongoHolds
from server.store.bookings.outlets import MongoOutlets
from server.store.bookings.paper_consents import MongoPaperConsents
from server.store.bookings.paper_links import MongoPaperLinks
from server.store.bookings.paper_unlocks import MongoPaperUnlocks
from server.store.bookings.papers import MongoPapers
from server.store.bookings.papers_queue import MongoPapersQueue
from server.store.bookings.pictures import MongoPictures
from server.store.bookings.seats import MongoSeats
from server.store.bookings.waits import MongoWaits


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingStores:
    """The facts of bookings."""

    batteries: MongoBatteries
    bookings: MongoBookings
    days: MongoDays
    enterprises: MongoEnterprises
    holds: MongoHolds
    outlets: MongoOutlets
    paper_consents: MongoPaperConsents
    paper_links: MongoPaperLinks
    paper_unlocks: MongoPaperUnlocks
    papers: MongoPapers
    papers_queue: MongoPapersQueue
    pictures: MongoPictures
    seats: MongoSeats
    waits: MongoWaits

    async def ensure_indexes(self) -> None:
        """Create all indexes; idempotent."""
        for field in fields(self):
            ensure = getattr(getattr(self, field.name), "ensure_indexes", None)
            if ensure is not None:
                await ensure()


def build_booking_stores(bases: Bases) -> BookingStores:
    """Build them all."""
    database = bases.database
    return BookingStores(
        batteries=MongoBatteries(database, seal=bases.seal),
        days=MongoDays(database, seal=bases.seal),
        bookings=MongoBookings(database, seal=bases.seal, index=bases.index),
        enterprises=MongoEnterprises(database),
        holds=MongoHolds(database),
        outlets=MongoOutlets(database),
        paper_consents=MongoPaperConsents(database),
        paper_links=MongoPaperLinks(database),
        paper_unlocks=MongoPaperUnlocks(database),
        papers=MongoPapers(database, seal=bases.seal, index=bases.index),
        papers_queue=MongoPapersQueue(database),
        pictures=MongoPictures(database),
        seats=MongoSeats(database),
        waits=MongoWaits(database),
    )
