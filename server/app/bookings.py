"""Wiring of bookings: enterprises and outlets, their slots, who has one, a car's papers."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.bookings.services import BookingServices
from server.app.accounts import AccountRooms
from server.app.bases import Bases
from server.app.outlet_day import DayRooms, build_day
from server.app.outlets import OutletRooms, build_outlets
from server.app.papers import PaperRooms, build_papers
from server.app.slots import SlotRooms, build_slots
from server.app.stores import Stores
from server.app.ways import Ways
from server.providers.ocr_ports import Recognisers
from server.services.bookings.ports import Follower
from server.services.centre.service_line import ServiceLines


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingRooms:
    """The services around bookings; what handlers call is in `services`."""

    services: BookingServices
    outlets: OutletRooms
    papers: PaperRooms
    slots: SlotRooms
    day: DayRooms


def build_bookings(
    bases: Bases,
    stores: Stores,
    ways: Ways,
    accounts: AccountRooms,
    recognisers: Recognisers,
    told: Follower,
) -> BookingRooms:
    """Build them; nothing runs yet. `told` tells owners of bookings."""
    slots = build_slots(bases, stores, ways, accounts, told)
    outlets = build_outlets(bases, stores, accounts, slots.counts)
    papers = build_papers(bases, stores, ways, accounts, slots, recognisers)
    day = build_day(bases, stores, accounts, slots)
    return BookingRooms(
        services=BookingServices(
            enterprises=outlets.enterprises,
            pages=outlets.pages,
            pictures=outlets.pictures,
            outlets=outlets.outlets,
            outlet_desk=outlets.outlet_desk,
            outlet_months=outlets.outlet_months,
            own=slots.own,
            papers=papers.papers,
            paper_desk=papers.desk,
            paper_links=papers.links,
            waitlist=slots.waitlist,
            day=day.day,
            arrivals=day.arrivals,
            batteries=day.batteries,
            service_line=ServiceLines(
                lines=stores.centre.service_line, audit=stores.audit, clock=bases.clock
            ),
        ),
        outlets=outlets,
        papers=papers,
        slots=slots,
        day=day,
    )
