"""Wiring of couriers' certification."""

from __future__ import annotations

from dataclasses import dataclass

from server.app.accounts import AccountRooms
from server.app.bases import Bases
from server.app.stores import Stores
from server.app.ways import Ways
from server.services.certification.certifications import Certifications
from server.services.certification.desk import CertificationDesk, DeskStores
from server.services.certification.news import CertificationNews, Teller
from server.services.certification.steps import CertificationSteps, Forgets
from server.services.money.payee_desk import WaitingPay


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificationRooms:
    """The services around certification."""

    news: CertificationNews
    certifications: Certifications
    desk: CertificationDesk


def build_certifications(
    bases: Bases,
    stores: Stores,
    ways: Ways,
    accounts: AccountRooms,
    *,
    teller: Teller,
    eligibility: Forgets,
) -> CertificationRooms:
    """Build what tells couriers of their certification, and what changes it."""
    clock = bases.clock
    news = CertificationNews(
        standings=stores.standings, teller=teller, staff=ways.staff, clock=clock
    )
    steps = CertificationSteps(
        standings=stores.standings,
        photos=accounts.photos,
        announcements=accounts.announcements,
        news=news,
        eligibility=eligibility,
        clock=clock,
    )
    desk_stores = DeskStores(
        standings=stores.standings,
        applications=stores.certifications,
        people=stores.people,
        audit=stores.audit,
        transactions=stores.transactions,
    )
    return CertificationRooms(
        news=news,
        certifications=Certifications(
            standings=stores.standings,
            applications=stores.certifications,
            transactions=stores.transactions,
            steps=steps,
            photos=accounts.photos,
            news=news,
            rules=bases.settings.rules,
            clock=clock,
            draw=bases.draw,
        ),
        desk=CertificationDesk(
            stores=desk_stores,
            steps=steps,
            pay=WaitingPay(payouts=stores.payouts, clock=clock),
            clock=clock,
        ),
    )
