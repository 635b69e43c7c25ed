"""Wiring of couriers' certification."""

from __future__ import annotations

from server.app.accounts import AccountRooms
from server.app.bases import Bases
from server.app.stores import Stores
from server.app.ways import Ways
from server.services.certification.certifications import (
    Certifications,
    CertificationStores,
    Forgets,
)
from server.services.certification.news import CertificationNews, Teller


def build_certifications(
    bases: Bases,
    stores: Stores,
    ways: Ways,
    accounts: AccountRooms,
    *,
    teller: Teller,
    eligibility: Forgets,
) -> tuple[CertificationNews, Certifications]:
    """Build what tells couriers of their certification, and what changes it."""
    news = CertificationNews(
        standings=stores.standings, teller=teller, staff=ways.staff, clock=bases.clock
    )
    certifications = Certifications(
        stores=CertificationStores(
            standings=stores.standings,
            applications=stores.certifications,
            people=stores.people,
            audit=stores.audit,
            transactions=stores.transactions,
        ),
        photos=accounts.photos,
        announcements=accounts.announcements,
        news=news,
        eligibility=eligibility,
        clock=bases.clock,
        draw=bases.draw,
    )
    return news, certifications
