"""Routes of bookings (预约), concatenated from the modules of this room.

Whoever adds a part: a module here and its line in `routes`, a field of `BookingServices`, a line
in `server/app/bookings.py`.
"""

from __future__ import annotations

from pathlib import Path

from handlers.application import Route
from handlers.bookings import day, enterprises, outlets, own, papers, public_pages
from handlers.bookings.services import BookingServices


def routes(services: BookingServices, web: Path) -> list[Route]:
    """List this room's routes; `web` has the templates of its pages."""
    return [
        *enterprises.routes(services),
        *outlets.routes(services),
        *public_pages.routes(services, web),
        *own.routes(services),
        *day.routes(services),
        *papers.routes(services),
    ]
