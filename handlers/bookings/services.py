"""What the handlers of bookings call."""

from __future__ import annotations

from dataclasses import dataclass

from server.services.bookings.enterprises import Enterprises


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingServices:
    """One field a service; each module of this room takes all of them."""

    enterprises: Enterprises
