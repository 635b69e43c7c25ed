"""The accounts' rooms on real MongoDB and Redis, with a clock to turn and a phone to read."""

import json
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from tornado.httpclient import AsyncHTTPClient, HTTPRequest, HTTPResponse
from tornado.web import Application

from handlers import accounts, certifications, desk, health, photos
from handlers.application import Route, RunningRequests, application
from realtime.limits import Limits
from realtime.wire.people import PushEvent
from server.domain.errors import ProviderFailed
from server.domain.ids import ALPHABET, PersonId, SessionId
from server.domain.keys import Key, KeyRing, Secret
from server.domain.rules import Rules
from server.providers.ports import Sms
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
from server.services.certification.certifications import Certifications
from server.services.certification.desk import CertificationDesk, DeskStores
from server.services.certification.news import CertificationNews
from server.services.certification.steps import CertificationSteps
from server.services.health import Health
from server.services.notices.texts_of_steps import Text
from server.services.photos.photos import Photos
from server.services.repeats import Repeats
from server.store.alerts import MongoAlerts
from server.store.audit import MongoAudit
from server.store.centre.erasures import MongoErasures
from server.store.certifications import MongoCertifications
from server.store.codes import MongoCodes
from server.store.people import MongoPeople
from server.store.photos import MongoPhotos
from server.store.queues import MongoQueues
from server.store.repeats import MongoRepeats
from server.store.seal import BlindIndex, Seal
from server.store.sessions import MongoSessions
from server.store.standings import MongoStandings
from server.store.transactions import Transactions

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BASE_URL = "https://lanjian.example"


def ring(*ids: str) -> KeyRing:
    return KeyRing(tuple(Key(key_id, Secret((key_id.encode() * 32)[:32])) for key_id in ids))


class TurnedClock:
    """Time stands still until it is turned."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def turn(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class PhoneInbox:
    """Every phone of the town: shows the last code of a number; fails when told to."""

    def __init__(self) -> None:
        self.received: list[Sms] = []
        self.fails = False

    async def send(self, message: Sms) -> None:
        if self.fails:
            raise ProviderFailed(part="sms")
        self.received.append(message)

    def code(self, phone: str) -> str:
        return next(sms.params["code"] for sms in reversed(self.received) if sms.phone == phone)


class ToldRecalls:
    """Implements `HeldGrants`: remembers whose were asked back."""

    def __init__(self) -> None:
        self.people: list[str] = []

    async def ask_of(self, person: PersonId) -> int:
        self.people.append(person)
        return 0


@dataclass
class ToldNews:
    """What was told to other processes."""

    ended: list[tuple[PersonId, SessionId]] = field(default_factory=list)
    changed: list[PersonId] = field(default_factory=list)
    down: Exception | None = None

    async def session_ended(self, person: PersonId, session: SessionId) -> None:
        if self.down:
            raise self.down
        self.ended.append((person, session))

    async def standing_changed(self, person: PersonId) -> None:
        if self.down:
            raise self.down
        self.changed.append(person)


@dataclass
class ToldPeople:
    """What people heard of their certification, and what else followed from it."""

    heard: list[tuple[PersonId, str, Text]] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    facts: list[PushEvent] = field(default_factory=list)
    forgotten: list[PersonId] = field(default_factory=list)
    woken: list[PersonId] = field(default_factory=list)  #: whose waiting pay was to go on

    async def tell_person(
        self, person: PersonId, *, kind: str, key: str, text: Text, at: datetime
    ) -> None:
        if key not in self.keys:
            self.keys.add(key)
            self.heard.append((person, kind, text))

    async def push(self, event: PushEvent) -> None:
        self.facts.append(event)

    def forget(self, courier: PersonId) -> None:
        self.forgotten.append(courier)

    async def wake(self, person: PersonId) -> None:
        self.woken.append(person)


class Rooms:
    """One server process's accounts; several may share a database, as processes do."""

    def __init__(
        self,
        database: AsyncIOMotorDatabase,
        redis: Any,
        *,
        clock: TurnedClock | None = None,
        rules: Rules | None = None,
        keys: KeyRing | None = None,
        seed: int = 7,
    ) -> None:
        self.clock = clock or TurnedClock()
        self.phones = PhoneInbox()
        self.news = ToldNews()
        self.recalls = ToldRecalls()
        self.rules = rules or Rules()
        chance = random.Random(seed)

        def draw(count: int) -> str:
            return "".join(chance.choice(ALPHABET) for _ in range(count))

        seal, index = Seal(ring("s")), BlindIndex(Secret(b"b" * 32))
        self.people = MongoPeople(database, seal=seal, index=index)
        self.sessions = MongoSessions(database)
        self.codes = MongoCodes(database)
        self.audit = MongoAudit(database)
        self.photo_store = MongoPhotos(database, seal=seal)
        self.tokens = Tokens(
            keys or ring("t"),
            issuer=BASE_URL,
            access_life_seconds=self.rules.access_life_seconds,
            clock=self.clock,
        )
        self.monotonic = 0.0
        self.gate = Gate(
            tokens=self.tokens,
            sessions=self.sessions,
            people=self.people,
            clock=self.clock,
            monotonic=lambda: self.monotonic,
        )
        self.announcements = Announcements(
            people=self.people,
            sessions=self.sessions,
            grants=self.recalls,
            gate=self.gate,
            news=self.news,
        )
        common = {"clock": self.clock, "draw": draw}
        limits, self.alerts = Limits(redis, clock=self.clock), MongoAlerts(database)
        self.sms_codes = SmsCodes(
            codes=self.codes,
            index=index,
            limits=limits,
            budget=CodesBudget(limits=limits, alerts=self.alerts, rules=self.rules),
            sms=self.phones,
            rules=self.rules,
            clock=self.clock,
            draw_code=lambda: f"{chance.randrange(10**6):06d}",
        )
        self.erasures = MongoErasures(database)
        self.accounts = Accounts(
            people=self.people,
            sessions=self.sessions,
            codes=self.sms_codes,
            index=index,
            tokens=self.tokens,
            announcements=self.announcements,
            returns=Returns(erasures=self.erasures),
            rules=self.rules,
            **common,
        )
        self.staffing = Staffing(
            transactions=Transactions(database.client),
            people=self.people,
            audit=self.audit,
            announcements=self.announcements,
            **common,
        )
        self.queues = Queues(queues=MongoQueues(database))
        self.audit_log = AuditLog(audit=self.audit, people=self.people, clock=self.clock)
        self.photos = Photos(
            store=self.photo_store,
            transactions=Transactions(database.client),
            audit=self.audit,
            rules=self.rules,
            **common,
        )
        self.standings = MongoStandings(database)
        self.applications = MongoCertifications(database, seal=seal, index=index)
        self.told = ToldPeople()
        self.certification_news = CertificationNews(
            standings=self.standings, teller=self.told, staff=self.told, clock=self.clock
        )
        self.steps = CertificationSteps(
            standings=self.standings,
            photos=self.photos,
            announcements=self.announcements,
            news=self.certification_news,
            eligibility=self.told,
            clock=self.clock,
        )
        self.certifications = Certifications(
            standings=self.standings,
            applications=self.applications,
            transactions=Transactions(database.client),
            steps=self.steps,
            photos=self.photos,
            news=self.certification_news,
            rules=self.rules,
            **common,
        )
        desk_stores = DeskStores(
            standings=self.standings,
            applications=self.applications,
            people=self.people,
            audit=self.audit,
            transactions=Transactions(database.client),
        )
        self.certification_desk = CertificationDesk(
            stores=desk_stores, steps=self.steps, pay=self.told, clock=self.clock
        )
        self.repeats = MongoRepeats(database, seal=seal)

    async def ensure_indexes(self) -> None:
        stores = (self.people, self.sessions, self.codes, self.audit, self.repeats)
        for store in (*stores, self.standings, self.applications, self.photo_store):
            await store.ensure_indexes()

    def app(self, *more: Route) -> Application:
        async def answers() -> None:
            """Stand for a database that answers."""

        health_service = Health(mongo=answers, redis=answers, sockets=lambda: 0)
        return application(
            [
                *accounts.routes(self.accounts, self.staffing),
                *certifications.routes(self.certifications, self.certification_desk),
                *photos.routes(self.photos),
                *desk.routes(self.queues, self.audit_log),
                *health.routes(health_service),
                *more,
            ],
            gate=self.gate,
            repeats=Repeats(store=self.repeats, clock=self.clock),
            running=RunningRequests(),
            base_url=BASE_URL,
        )


class Client:
    """Somebody at a device, over HTTP."""

    def __init__(self, http: AsyncHTTPClient, base_url: str, *, device: str = "device-1") -> None:
        self._http = http
        self._base_url = base_url
        self.device = device
        self.access_token: str | None = None
        self.refresh_token: str | None = None
        self.person_id: str | None = None

    async def ask(
        self, method: str, path: str, body: Any = None, *, raw: bool = False, **headers: str
    ) -> HTTPResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.access_token and "Authorization" not in named:
            named["Authorization"] = f"Bearer {self.access_token}"
        content = body if raw or body is None else json.dumps(body).encode()
        if content is not None:
            named.setdefault("Content-Type", "application/json")
        return await self._http.fetch(
            HTTPRequest(
                f"{self._base_url}{path}",
                method=method,
                headers=named,
                body=content,
                allow_nonstandard_methods=True,
            ),
            raise_error=False,
        )

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Ask and insist on a good answer."""
        response = await self.ask(method, path, body, **headers)
        assert response.code in {200, 201}, (response.code, response.body)
        return json.loads(response.body)

    async def refused(self, method: str, path: str, body: Any = None, **headers: str) -> tuple:
        """Ask and insist on a refusal; give status, code, field and rule."""
        return refusal(await self.ask(method, path, body, **headers))

    async def log_in(self, rooms: Rooms, phone: str) -> Any:
        """Log in with a code, accepting the agreement."""
        await self.call("POST", "/v1/codes", {"phone": phone, "device": self.device})
        opened = await self.call("POST", "/v1/sessions", self.form(rooms, phone))
        return self.keep(opened)

    def form(self, rooms: Rooms, phone: str, **fields: Any) -> dict[str, Any]:
        form = {
            "phone": phone,
            "code": rooms.phones.code(phone),
            "device": self.device,
            "agreement_version": rooms.rules.agreement_version,
        } | fields
        return {name: value for name, value in form.items() if value is not None}

    def keep(self, opened: Any) -> Any:
        self.access_token = opened["access_token"]
        self.refresh_token = opened["refresh_token"]
        self.person_id = opened["person"]["person_id"]
        return opened


def refusal(response: HTTPResponse) -> tuple:
    """Give status, code, field and rule of a refusal."""
    assert response.code >= 400, (response.code, response.body)
    found = json.loads(response.body)["error"]
    assert " / " in found["message"]
    return response.code, found["code"], found.get("field"), found.get("rule")
