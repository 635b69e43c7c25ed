"""Wiring of enterprises and outlets: what people find, what staff edit."""

from __future__ import annotations

from dataclasses import dataclass

from server.app.accounts import AccountRooms
from server.app.bases import Bases
from server.app.stores import Stores
from server.services.bookings.counts import Counts
from server.services.bookings.enterprises import Enterprises
from server.services.bookings.outlet_desk import DeskStores, OutletDesk
from server.services.bookings.outlet_months import MonthStores, OutletMonths
from server.services.bookings.outlets import Outlets
from server.services.bookings.pages import Pages
from server.services.bookings.pictures import Pictures
from server.services.bookings.rights import OutletRights


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletRooms:
    """The services around enterprises and outlets; `rights` is for every room of bookings."""

    enterprises: Enterprises
    pages: Pages
    pictures: Pictures
    outlets: Outlets
    outlet_desk: OutletDesk
    outlet_months: OutletMonths
    rights: OutletRights


def build_outlets(
    bases: Bases, stores: Stores, accounts: AccountRooms, counts: Counts
) -> OutletRooms:
    """Build them; `counts` is of free places."""
    facts, audit = stores.bookings, stores.audit
    rules, clock, draw = bases.settings.rules, bases.clock, bases.draw
    rights = OutletRights(facts.outlets)
    return OutletRooms(
        enterprises=Enterprises(
            enterprises=facts.enterprises,
            outlets=facts.outlets,
            transactions=stores.transactions,
            audit=audit,
            clock=clock,
            draw=draw,
        ),
        pages=Pages(
            enterprises=facts.enterprises, pictures=facts.pictures, audit=audit, clock=clock
        ),
        pictures=Pictures(pictures=facts.pictures, clock=clock),
        outlets=Outlets(
            outlets=facts.outlets,
            enterprises=facts.enterprises,
            places=counts,
            rules=rules,
            clock=clock,
        ),
        outlet_desk=OutletDesk(
            stores=DeskStores(
                outlets=facts.outlets,
                enterprises=facts.enterprises,
                people=stores.people,
                transactions=stores.transactions,
            ),
            rights=rights,
            pages=counts,
            news=accounts.announcements,
            audit=audit,
            clock=clock,
            draw=draw,
        ),
        outlet_months=OutletMonths(
            stores=MonthStores(outlets=facts.outlets, bookings=facts.bookings, days=facts.days),
            rights=rights,
            rules=rules,
            clock=clock,
        ),
        rights=rights,
    )
