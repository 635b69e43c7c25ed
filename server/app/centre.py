"""Wiring of the personal centre."""

from __future__ import annotations

from handlers.centre import CentreServices
from server.app.accounts import AccountRooms
from server.app.bases import Bases
from server.app.stores import Stores
from server.services.centre.addresses import Addresses
from server.services.centre.calendars import Calendars, CalendarStores
from server.services.centre.details import Details
from server.services.centre.erasure import Erasures, ErasureStores
from server.services.centre.exports import Exports, ExportStores
from server.services.centre.phones import Phones
from server.services.centre.service_line import ServiceLines
from server.services.centre.sessions import OwnSessions
from server.services.centre.vehicles import Vehicles


def build_centre(bases: Bases, stores: Stores, accounts: AccountRooms) -> CentreServices:
    """Build it; nothing runs yet."""
    rules, clock, centre = bases.settings.rules, bases.clock, stores.centre
    sessions = OwnSessions(
        sessions=stores.sessions, announcements=accounts.announcements, clock=clock
    )
    return CentreServices(
        addresses=Addresses(
            addresses=centre.addresses, audit=stores.audit, clock=clock, draw=bases.draw
        ),
        calendars=Calendars(
            stores=CalendarStores(
                bookings=stores.bookings.bookings,
                outlets=stores.bookings.outlets,
                links=centre.calendar_links,
            ),
            index=bases.index,
            base_url=bases.settings.http.base_url,
            rules=rules,
            clock=clock,
            draw=bases.draw,
        ),
        details=Details(
            details=centre.details,
            vehicles=centre.vehicles,
            erasures=centre.erasures,
            accounts=accounts.accounts,
            audit=stores.audit,
            clock=clock,
        ),
        erasures=Erasures(
            stores=ErasureStores(
                people=stores.people,
                erasures=centre.erasures,
                open_matters=centre.open_matters,
                records=centre.records,
                audit=stores.audit,
            ),
            accounts=accounts.accounts,
            sessions=sessions,
            sms=accounts.texts,
            rules=rules,
            clock=clock,
        ),
        exports=Exports(
            stores=ExportStores(
                exports=centre.exports,
                records=centre.records,
                photos=stores.photos,
                audit=stores.audit,
            ),
            accounts=accounts.accounts,
            index=bases.index,
            rules=rules,
            clock=clock,
            draw=bases.draw,
        ),
        phones=Phones(
            people=stores.people,
            details=centre.details,
            codes=accounts.codes,
            sessions=sessions,
            sms=accounts.texts,
            audit=stores.audit,
            clock=clock,
        ),
        service_line=ServiceLines(lines=centre.service_line, audit=stores.audit, clock=clock),
        vehicles=Vehicles(vehicles=centre.vehicles, clock=clock, draw=bases.draw),
    )
