"""Wiring of staff's desk of orders, complaints and prices."""

from __future__ import annotations

from handlers.staff_orders import StaffOrderServices
from server.app.process import Process
from server.services.dispatch.candidates import Candidates
from server.services.orders.acting import DeskActs
from server.services.orders.complaint_photos import ComplaintPhotos
from server.services.orders.complaints import Complaints
from server.services.orders.price_desk import PriceDesk
from server.services.orders.replays import Replays
from server.services.orders.story import Stories
from server.services.orders.stuck import Stuck


def build_desk(process: Process) -> StaffOrderServices:
    """Build what the desk's routes call."""
    bases, stores, orders = process.bases, process.stores, process.orders
    clock, rules = bases.clock, bases.settings.rules
    return StaffOrderServices(
        acts=DeskActs(
            assigning=orders.assigning,
            timers=orders.timers,
            orders=stores.orders,
            views=orders.views,
            audit=stores.audit,
            clock=clock,
        ),
        candidates=Candidates(
            orders=stores.orders,
            people=stores.people,
            couriers=stores.couriers,
            terminals=stores.terminals,
            duty=orders.notices.presence,
            whereabouts=orders.notices.positions,
            rules=rules,
            clock=clock,
        ),
        replays=Replays(
            orders=stores.orders,
            terminals=stores.terminals,
            cells=stores.cells,
            events=stores.door_events,
            commands=stores.commands,
            clock=clock,
        ),
        stories=Stories(
            orders=stores.orders,
            commands=stores.commands,
            doors=stores.door_events,
            ledger=stores.ledger,
            notices=stores.notices,
            audit=stores.audit,
        ),
        stuck=Stuck(store=stores.stuck, rules=rules, clock=clock),
    )


def build_complaints(process: Process) -> Complaints:
    """Build complaints, for servers and workers."""
    bases, stores, orders = process.bases, process.stores, process.orders
    return Complaints(
        store=stores.complaints,
        orders=stores.orders,
        refunds=stores.refunds,
        transactions=stores.transactions,
        photos=process.accounts.photos,
        notices=orders.notices.notices,
        staff=process.ways.staff,
        audit=stores.audit,
        rules=bases.settings.rules,
        clock=bases.clock,
    )


def build_price_desk(process: Process) -> PriceDesk:
    """Build staff's desk of prices."""
    bases, stores = process.bases, process.stores
    return PriceDesk(
        lists=process.orders.prices,
        store=stores.price_lists,
        transactions=stores.transactions,
        audit=stores.audit,
        clock=bases.clock,
    )


def build_complaint_photos(process: Process) -> ComplaintPhotos:
    """Build what shows their photos."""
    return ComplaintPhotos(complaints=process.stores.complaints, photos=process.accounts.photos)
