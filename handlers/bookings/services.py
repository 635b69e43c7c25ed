"""What the handlers of bookings call."""

from __future__ import annotations

from dataclasses import dataclass

from server.services.bookings.arrivals import Arrivals
from server.services.bookings.batteries import Batteries
from server.services.bookings.day import OutletDay
from server.services.bookings.enterprises import Enterprises
from server.services.bookings.outlet_desk import OutletDesk
from server.services.bookings.outlet_months import OutletMonths
from server.services.bookings.outlets import Outlets
from server.services.bookings.own import OwnBookings
from server.services.bookings.pages import Pages
from server.services.bookings.paper_desk import PaperDesk
from server.services.bookings.paper_links import PaperLinks
from server.services.bookings.papers import Papers
from server.services.bookings.pictures import Pictures
from server.services.bookings.waitlist import Waitlist
from server.services.centre.service_line import ServiceLines


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingServices:
    """One field a service; each module of this room takes all of them."""

    enterprises: Enterprises
    pages: Pages
    pictures: Pictures
    outlets: Outlets
    outlet_desk: OutletDesk
    outlet_months: OutletMonths
    own: OwnBookings
    day: OutletDay
    arrivals: Arrivals
    batteries: Batteries
    papers: Papers
    paper_desk: PaperDesk
    paper_links: PaperLinks
    waitlist: Waitlist
    service_line: ServiceLines
