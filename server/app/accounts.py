"""Wiring of accounts: who is let in, log-ins, roles, photos, and the news of all that."""

from __future__ import annotations

from dataclasses import dataclass

from realtime.limits import Limits
from realtime.revocations import Revocations
from server.app.bases import Bases
from server.app.stores import Stores
from server.app.texts import build_texts
from server.app.ways import Ways
from server.services.accounts.accounts import Accounts
from server.services.accounts.announcements import Announcements
from server.services.accounts.audit_log import AuditLog
from server.services.accounts.codes import SmsCodes
from server.services.accounts.codes_budget import CodesBudget
from server.services.accounts.gate import Gate
from server.services.accounts.queues import Queues
from server.services.accounts.staffing import Staffing
from server.services.accounts.tokens import Tokens
from server.services.centre.returns import Returns
from server.services.chance import draw_code
from server.services.grants.recalls import Recalls
from server.services.notices.texts import Texts
from server.services.photos.photos import Photos
from server.services.repeats import Repeats


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRooms:
    """The services around people."""

    gate: Gate
    revocations: Revocations
    announcements: Announcements
    recalls: Recalls
    codes: SmsCodes
    accounts: Accounts
    audit_log: AuditLog
    queues: Queues
    staffing: Staffing
    photos: Photos
    repeats: Repeats
    texts: Texts


def build_accounts(bases: Bases, stores: Stores, ways: Ways) -> AccountRooms:
    """Build them; nothing runs yet."""
    settings, clock = bases.settings, bases.clock
    texts, limits = build_texts(bases, stores), Limits(bases.redis, clock=clock)
    tokens = Tokens(
        settings.secrets.token_keys,
        issuer=settings.http.base_url,
        access_life_seconds=settings.rules.access_life_seconds,
        clock=clock,
    )
    gate = Gate(tokens=tokens, sessions=stores.sessions, people=stores.people, clock=clock)
    revocations = Revocations(feeds=bases.feeds, hub=ways.hub, memory=gate, is_live=gate.is_live)
    recalls = Recalls(grants=stores.grants, routing=ways.routing, clock=clock)
    announcements = Announcements(
        people=stores.people,
        sessions=stores.sessions,
        grants=recalls,
        gate=gate,
        news=revocations,
    )
    codes = SmsCodes(
        codes=stores.codes,
        index=bases.index,
        limits=limits,
        budget=CodesBudget(limits=limits, alerts=stores.alerts, rules=settings.rules),
        sms=texts,
        rules=settings.rules,
        clock=clock,
        draw_code=draw_code,
    )
    return AccountRooms(
        gate=gate,
        revocations=revocations,
        announcements=announcements,
        recalls=recalls,
        codes=codes,
        accounts=Accounts(
            people=stores.people,
            sessions=stores.sessions,
            codes=codes,
            index=bases.index,
            tokens=tokens,
            announcements=announcements,
            returns=Returns(erasures=stores.centre.erasures),
            rules=settings.rules,
            clock=clock,
            draw=bases.draw,
        ),
        audit_log=AuditLog(audit=stores.audit, people=stores.people, clock=clock),
        queues=Queues(queues=stores.queues),
        staffing=Staffing(
            people=stores.people,
            transactions=stores.transactions,
            audit=stores.audit,
            announcements=announcements,
            clock=clock,
            draw=bases.draw,
        ),
        photos=Photos(
            store=stores.photos,
            transactions=stores.transactions,
            audit=stores.audit,
            rules=settings.rules,
            clock=clock,
            draw=bases.draw,
        ),
        repeats=Repeats(store=stores.repeats, clock=clock),
        texts=texts,
    )
