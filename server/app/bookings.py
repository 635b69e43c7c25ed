"""Wiring of bookings: enterprises and outlets, their slots, who has one, a car's papers."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.bookings.services import BookingServices
from server.app.bases import Bases
from server.app.stores import Stores
from server.services.bookings.enterprises import Enterprises


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingRooms:
    """The services around bookings; what handlers call is in `services`."""

    services: BookingServices


def build_bookings(bases: Bases, stores: Stores) -> BookingRooms:
    """Build them; nothing runs yet."""
    facts, clock, draw = stores.bookings, bases.clock, bases.draw
    return BookingRooms(
        services=BookingServices(
            enterprises=Enterprises(
                enterprises=facts.enterprises, audit=stores.audit, clock=clock, draw=draw
            ),
        ),
    )
