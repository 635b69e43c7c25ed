"""One table of all routes, concatenated from the rooms; their modules say what each does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from handlers import (
    accounts,
    addresses,
    agreements,
    bookings,
    centre,
    certifications,
    complaints,
    courier,
    desk,
    finance,
    fleet,
    grants,
    health,
    map,
    notices,
    orders,
    pay_pages,
    payees,
    payments,
    photos,
    prices,
    reviews,
    sockets,
    staff,
    staff_money,
    staff_orders,
    terminals,
    texts,
    visits,
    wechat,
)
from handlers.application import Route
from handlers.bookings.services import BookingServices
from handlers.centre import CentreServices
from handlers.finance import FinanceServices
from handlers.fleet import FleetServices
from handlers.orders import OrderServices
from handlers.pay_pages import PayServices
from handlers.payees import PayeeServices
from handlers.sockets import PersonSockets, TerminalSockets
from handlers.staff_orders import StaffOrderServices
from handlers.visits import VisitServices
from handlers.wechat import WeChatServices
from server.services.accounts.accounts import Accounts
from server.services.accounts.audit_log import AuditLog
from server.services.accounts.queues import Queues
from server.services.accounts.staffing import Staffing
from server.services.certification.certifications import Certifications
from server.services.certification.desk import CertificationDesk
from server.services.dispatch.couriers import Couriers
from server.services.grants.desk import GrantDesk
from server.services.health import Health
from server.services.map.desk import MapDesk
from server.services.money.payments import Payments
from server.services.money.payout_desk import PayoutDesk
from server.services.money.provider_notices import ProviderNotices
from server.services.money.refund_desk import RefundDesk
from server.services.money.suspense import Suspense
from server.services.notices.desk import NoticeDesk
from server.services.notices.texts import Texts
from server.services.orders.complaint_photos import ComplaintPhotos
from server.services.orders.complaints import Complaints
from server.services.orders.desk import Desk
from server.services.orders.price_desk import PriceDesk
from server.services.photos.photos import Photos
from server.services.terminals.terminals import Terminals


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Every service that a room's handlers call; built in `server/app`."""

    accounts: Accounts
    audit_log: AuditLog
    bookings: BookingServices
    certification_desk: CertificationDesk
    centre: CentreServices
    certifications: Certifications
    complaint_photos: ComplaintPhotos
    complaints: Complaints
    couriers: Couriers
    desk: Desk
    finance: FinanceServices
    fleet: FleetServices
    grants: GrantDesk
    health: Health
    map: MapDesk
    notices: NoticeDesk
    orders: OrderServices
    pay: PayServices
    payees: PayeeServices
    payments: Payments
    payout_desk: PayoutDesk
    suspense: Suspense
    person_sockets: PersonSockets
    photos: Photos
    prices: PriceDesk
    provider_notices: ProviderNotices
    queues: Queues
    refund_desk: RefundDesk
    staff_orders: StaffOrderServices
    staffing: Staffing
    terminal_sockets: TerminalSockets
    terminals: Terminals
    texts: Texts
    visits: VisitServices
    wechat: WeChatServices


def all_routes(services: Services, web: Path) -> list[Route]:
    """List every route but the pages'; a test walks them for undeclared access."""
    return [
        *accounts.routes(services.accounts, services.staffing),
        *addresses.routes(services.centre),
        *bookings.routes(services.bookings, web),
        *centre.routes(services.centre),
        *certifications.routes(services.certifications, services.certification_desk),
        *complaints.routes(services.complaints, services.complaint_photos),
        *courier.routes(services.couriers),
        *desk.routes(services.queues, services.audit_log),
        *finance.routes(services.finance),
        *fleet.routes(services.fleet),
        *grants.routes(services.grants),
        *health.routes(services.health),
        *map.routes(services.map),
        *notices.routes(services.notices),
        *orders.routes(services.orders),
        *pay_pages.routes(services.pay),
        *payees.routes(services.payees),
        *payments.routes(services.payments, services.provider_notices),
        *photos.routes(services.photos),
        *prices.routes(services.prices),
        *reviews.routes(services.desk),
        *sockets.routes(services.person_sockets, services.terminal_sockets),
        *staff.routes(services.desk),
        *staff_money.routes(services.refund_desk, services.payout_desk, services.suspense),
        *staff_orders.routes(services.staff_orders),
        *terminals.routes(services.terminals),
        *texts.routes(services.texts),
        *visits.routes(services.visits),
        *wechat.routes(services.wechat),
        *agreements.routes(web),
    ]
