"""Wiring of bookings: enterprises and outlets, their slots, who has one, a car's papers."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.bookings.services import BookingServices
from server.app.accounts import AccountRooms
from server.app.bases import Bases
from server.app.outlets import OutletRooms, build_outlets
from server.app.slots import SlotRooms, build_slots
from server.app.stores import Stores
from server.app.ways import Ways


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingRooms:
    """The services around bookings; what handlers call is in `services`."""

    services: BookingServices
    outlets: OutletRooms
    slots: SlotRooms


def build_bookings(
    bases: Bases, stores: Stores, ways: Ways, accounts: AccountRooms
) -> BookingRooms:
    """Build them; nothing runs yet."""
    slots = build_slots(bases, stores, ways, accounts)
    outlets = build_outlets(bases, stores, slots.counts)
    return BookingRooms(
        services=BookingServices(
            enterprises=outlets.enterprises,
            pages=outlets.pages,
            pictures=outlets.pictures,
            outlets=outlets.outlets,
            outlet_desk=outlets.outlet_desk,
            own=slots.own,
            waitlist=slots.waitlist,
        ),
        outlets=outlets,
        slots=slots,
    )
