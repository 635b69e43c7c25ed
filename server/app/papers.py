"""Wiring of papers: who takes them, reads them, and decides on them."""

from __future__ import annotations

from dataclasses import dataclass

from server.app.accounts import AccountRooms
from server.app.bases import Bases
from server.app.slots import SlotRooms
from server.app.stores import Stores
from server.app.ways import Ways
from server.providers.ocr_ports import Recognisers
from server.services.bookings.paper_desk import PaperDesk
from server.services.bookings.paper_links import PaperLinks
from server.services.bookings.paper_reading import PaperReading, ReadingKicks
from server.services.bookings.paper_views import PaperViews
from server.services.bookings.papers import Papers, PaperStores


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperRooms:
    """The services around papers."""

    papers: Papers
    desk: PaperDesk
    links: PaperLinks
    reading: PaperReading


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    """What several of them are built on."""

    stores: PaperStores
    views: PaperViews
    links: PaperLinks


def build_papers(
    bases: Bases,
    stores: Stores,
    ways: Ways,
    accounts: AccountRooms,
    slots: SlotRooms,
    recognisers: Recognisers,
) -> PaperRooms:
    """Build them; nothing runs yet."""
    facts, rules, clock = stores.bookings, bases.settings.rules, bases.clock
    ground = _ground(bases, stores, accounts)
    kicks = ReadingKicks()
    return PaperRooms(
        papers=Papers(
            stores=ground.stores,
            photos=accounts.photos,
            views=ground.views,
            links=ground.links,
            holders=accounts.accounts,
            reading=kicks,
            relay=slots.kicks,
            clock=clock,
            rules=rules,
        ),
        desk=PaperDesk(
            stores=ground.stores,
            outlets=facts.outlets,
            views=ground.views,
            bookings=slots.views,
            links=ground.links,
            relay=slots.kicks,
            clock=clock,
            rules=rules,
        ),
        links=ground.links,
        reading=PaperReading(
            kicks=kicks,
            papers=facts.papers,
            photos=stores.photos,
            recognisers=recognisers,
            people=ways.people,
            clock=clock,
        ),
    )


def _ground(bases: Bases, stores: Stores, accounts: AccountRooms) -> _Ground:
    facts, rules, clock = stores.bookings, bases.settings.rules, bases.clock
    return _Ground(
        stores=PaperStores(
            papers=facts.papers,
            queue=facts.papers_queue,
            bookings=facts.bookings,
            consents=facts.paper_consents,
            unlocks=facts.paper_unlocks,
            transactions=stores.transactions,
            audit=stores.audit,
        ),
        views=PaperViews(
            papers=facts.papers,
            bookings=facts.bookings,
            consents=facts.paper_consents,
            vehicles=stores.centre.vehicles,
            clock=clock,
            rules=rules,
        ),
        links=PaperLinks(
            papers=facts.papers,
            links=facts.paper_links,
            photos=accounts.photos,
            audit=stores.audit,
            index=bases.index,
            rules=rules,
            clock=clock,
            draw=bases.draw,
        ),
    )
