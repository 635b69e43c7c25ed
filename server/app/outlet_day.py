"""Wiring of outlets' days: the list, arrivals, batteries, and what owners of bookings are told."""

from __future__ import annotations

from dataclasses import dataclass

from server.app.accounts import AccountRooms
from server.app.bases import Bases
from server.app.slots import SlotRooms
from server.app.stores import Stores
from server.services.bookings.arrivals import Arrivals, ArrivalStores
from server.services.bookings.batteries import Batteries, BatteryStores
from server.services.bookings.battery_photos import BatteryPhotos
from server.services.bookings.day import DayStores, OutletDay
from server.services.bookings.paper_findings import PaperFindings
from server.services.bookings.paper_views import PaperViews
from server.services.bookings.rights import OutletRights
from server.services.bookings.seating import PresentSeats

#: What signs the codes that cars are checked in by, apart from all else under the blind key.
ARRIVAL = "arrival"


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRooms:
    """The services at the outlet."""

    arrivals: Arrivals
    batteries: Batteries
    day: OutletDay


def build_day(bases: Bases, stores: Stores, accounts: AccountRooms, parts: SlotRooms) -> DayRooms:
    """Build them; nothing runs yet."""
    facts, clock = stores.bookings, bases.clock
    rights = OutletRights(facts.outlets)
    places = PresentSeats(outlets=facts.outlets, seats=facts.seats, counts=parts.counts)
    photos = BatteryPhotos(photos=accounts.photos, batteries=facts.batteries)

    def sign(text: str) -> str:
        return bases.index.digest(ARRIVAL, text)

    return DayRooms(
        arrivals=Arrivals(
            stores=ArrivalStores(
                batteries=facts.batteries,
                bookings=facts.bookings,
                days=facts.days,
                seats=facts.seats,
                transactions=stores.transactions,
                audit=stores.audit,
            ),
            outlets=facts.outlets,
            rights=rights,
            places=places,
            waitlist=parts.waitlist,
            photos=parts.photos,
            battery_photos=photos,
            relay=parts.kicks,
            sign=sign,
            clock=clock,
            rules=bases.settings.rules,
        ),
        batteries=Batteries(
            stores=BatteryStores(
                batteries=facts.batteries,
                bookings=facts.bookings,
                transactions=stores.transactions,
                audit=stores.audit,
            ),
            outlets=facts.outlets,
            rights=rights,
            photos=accounts.photos,
            used=photos,
            relay=parts.kicks,
            clock=clock,
        ),
        day=OutletDay(
            stores=DayStores(
                bookings=facts.bookings,
                days=facts.days,
                batteries=facts.batteries,
                audit=stores.audit,
            ),
            outlets=facts.outlets,
            rights=rights,
            places=places,
            views=parts.views,
            findings=_findings(bases, stores),
            sign=sign,
            clock=clock,
        ),
    )


def _findings(bases: Bases, stores: Stores) -> PaperFindings:
    facts = stores.bookings
    return PaperFindings(
        PaperViews(
            papers=facts.papers,
            bookings=facts.bookings,
            consents=facts.paper_consents,
            vehicles=stores.centre.vehicles,
            clock=bases.clock,
            rules=bases.settings.rules,
        )
    )
