"""The order services on real MongoDB and Redis, with a clock that tests move."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from realtime.claims import Claims, ClaimSettings
from realtime.wire.people import OfferGone, PushEvent
from realtime.wire.views import OfferView
from server.domain.custody import Custody
from server.domain.geo import Place
from server.domain.ids import ALPHABET, OrderId, PersonId, PhotoId, SessionId, TerminalId
from server.domain.keys import Key, KeyRing, Secret
from server.domain.orders import Order, Placement, Reading, read_against
from server.domain.payments import Wallet
from server.domain.people import Actor, Role
from server.domain.rules import Rules
from server.domain.terminals import Terminal
from server.providers.money_ports import Payee
from server.services.dispatch.dispatch import Dispatch
from server.services.dispatch.eligibility import Eligibility
from server.services.dispatch.judge import OrderJudge
from server.services.dispatch.races import Races
from server.services.doors.doors import Doors
from server.services.doors.pulse_tests import PulseTests
from server.services.grants.grants import Grants
from server.services.grants.issue import GrantIssue
from server.services.grants.recalls import Recalls
from server.services.money.courier_debts import CourierDebts
from server.services.money.payment_outcomes import PaymentOutcomes
from server.services.money.payments import Payments
from server.services.money.payout_desk import PayoutDesk
from server.services.money.payout_outcomes import PayoutOutcomes
from server.services.money.payout_steps import PayoutSteps
from server.services.money.provider_notices import ProviderNotices
from server.services.money.refund_desk import RefundDesk
from server.services.money.refunds import Refunds
from server.services.money.settlement import Settlement
from server.services.money.suspense import Suspense
from server.services.notices.notices import Notices
from server.services.orders.relay import Kicks, OrderRelay
from server.services.orders.views import OrderViews
from server.services.review.finished import FinishedWaybills
from server.services.review.review import Review
from server.services.timers import Timers
from server.store.audit import MongoAudit
from server.store.cells import MongoCells
from server.store.commands import MongoCommands
from server.store.connection import connect
from server.store.couriers import MongoCouriers
from server.store.grants import MongoGrants
from server.store.ledger import MongoLedger
from server.store.notices import MongoNotices
from server.store.order_details import MongoOrderDetails
from server.store.orders import MongoOrders
from server.store.payments import MongoPayments, MongoRefunds
from server.store.payouts import MongoPayouts
from server.store.races import MongoRaces
from server.store.refused_notices import MongoRefusedNotices
from server.store.replays import MongoReplays
from server.store.seal import Seal
from server.store.terminals import MongoTerminals, TerminalSecrets
from server.store.transactions import Transactions
from tests import builders
from tests.integration.services.provider_world import ForgetfulProvider
from tests.integration.services.signed_notices import SignedReader

KEY = Secret(b"k" * 32)
TERMINAL = TerminalId("SZ-0001")
PLACE = Place(lat=22.54, lon=114.05)
#: Long enough that no claim on a busy machine is told to come again.
CLAIM_SETTINGS = ClaimSettings(
    lease_seconds=20.0,
    award_seconds=10.0,
    read_seconds=10.0,
    connect_seconds=10.0,
    reply_seconds=10.0,
)


@dataclass
class Heard:
    """Implements every feed: keeps what was published."""

    opened_offers: list[OfferView] = field(default_factory=list)
    gone_offers: list[OfferGone] = field(default_factory=list)
    people: list[tuple[str, PushEvent]] = field(default_factory=list)
    staff: list[PushEvent] = field(default_factory=list)
    followed: list[str] = field(default_factory=list)

    async def opened(self, offer: OfferView) -> None:
        self.opened_offers.append(offer)

    async def gone(self, gone: OfferGone, offer: OfferView) -> None:
        self.gone_offers.append(gone)

    async def order_changed(self, order: OrderId) -> None:
        self.followed.append(order)


@dataclass
class PeopleHeard:
    heard: Heard

    async def push(self, person: PersonId, event: PushEvent) -> None:
        self.heard.people.append((person, event))


@dataclass
class StaffHeard:
    heard: Heard

    async def push(self, event: PushEvent) -> None:
        self.heard.staff.append(event)


class DoorsThatStayShut:
    """The deposit and pickup sides' timers, which these tests do not reach."""

    async def end_hold(self, order: OrderId) -> bool:
        return False

    async def conclude(self, order: OrderId) -> bool:
        return False


class PaidByTheirIds:
    """Couriers' accounts at a wallet of the tests: their own ids."""

    async def wallets(self, courier: PersonId) -> list[Wallet]:
        return [Wallet.WECHAT]

    async def payee(self, courier: PersonId, wallet: Wallet, amount_fen: int) -> Payee | None:
        return Payee(account=courier) if wallet is Wallet.WECHAT else None


class NobodyHolds:
    """Routing to terminals that are all away."""

    async def connected(self, terminal: TerminalId) -> bool:
        return False

    async def send(self, terminal: TerminalId, frame: object) -> bool:
        return False


class EverybodysPhotos:
    """Photos that are always the asker's own."""

    async def require_own(self, person: PersonId, photo: PhotoId) -> None:
        return None

    async def use(self, person, photo, use, session=None, *, until=None) -> None:
        return None

    async def release(self, photo, use, session, *, until=None) -> None:
        return None


class House(SimpleNamespace):
    """All services, stores and what they told; `now` is the clock."""

    now: datetime

    def clock(self) -> datetime:
        return self.now

    def later(self, **delta: float) -> None:
        self.now += timedelta(**delta)

    async def uploaded_at(self, order: str) -> datetime:
        """Tell which upload a reviewer looks at now."""
        finished = (await self.orders.get(order)).finished
        return finished.uploaded_at if finished else self.now

    def draw(self, n: int) -> str:
        return "".join(self.dice.choices(ALPHABET, k=n))

    async def person(self, name: str, *, certified: bool = False) -> Actor:
        await self.db["people"].insert_one(
            {
                "_id": name,
                "phone_index": name,
                "roles": ["courier"] if certified else [],
                "certification": "certified" if certified else "none",
                "active_orders": 0,
            }
        )
        return actor(name, *([Role.COURIER] if certified else []))

    async def deposited(self, **fields: Any) -> Order:
        """Insert an order whose parcel lies in a cell, confirmed and not paid."""
        made = {
            "id": OrderId(f"LJ261122{self.draw(8)}"),
            "custody": Custody.DEPOSITED,
            "placement": Placement(terminal=TERMINAL, cell=1, opened=True, closed=True, opens=1),
            "custody_since": self.clock(),
            "created_at": self.clock(),
        }
        order = builders.order(**(made | fields))
        await self.orders.insert(order, builders.placed_event(order), {})
        return order

    async def set_order(self, order: OrderId, **fields: Any) -> None:
        """Put an order into a state that other rooms bring about."""
        await self.db["orders"].update_one({"_id": order}, {"$set": fields, "$inc": {"version": 1}})


def actor(name: str, *roles: Role) -> Actor:
    return Actor(
        person=PersonId(name),
        session=SessionId(f"s-{name}"),
        roles=frozenset({Role.CUSTOMER, *roles}),
    )


@asynccontextmanager
async def house(
    mongo_uri: str,
    name: str,
    redis_url: str,
    *,
    seed: int = 1,
    providers: dict[str, Any] | None = None,
    clock: Callable[[], datetime] | None = None,
) -> AsyncIterator[House]:
    """Build it. `providers` are real ones (`pay`, `payout`); then time is real as well."""
    client = connect(mongo_uri)
    made = House(client=client, db=client[name], dice=random.Random(seed), now=builders.NOON)
    made.rules = Rules()
    made.provider = ForgetfulProvider(made.dice)
    made.payees = made.provider
    made.readers = {"wechatpay": SignedReader(key=KEY.value)}
    made.providers = dict.fromkeys(("pay", "payout"), made.provider)
    if providers:
        made.readers = providers.get("readers", made.readers)
        made.providers, made.payees = providers, PaidByTheirIds()
        clock = lambda: datetime.now(UTC)  # noqa: E731
    if clock is not None:
        made.clock = clock
    _stores(made)
    _services(made, redis_url)
    try:
        await asyncio.gather(*(store.ensure_indexes() for store in made.stores))
        await made.terminals.insert(
            Terminal(id=TERMINAL, name="南山一号柜", place=PLACE, region="440305"),
            TerminalSecrets(
                token_digest="0" * 64, token_expires_at=builders.NOON, kiosk_key=b"k" * 32
            ),
        )
        yield made
    finally:
        await made.claims.aclose()
        client.close()


def _stores(h: House) -> None:
    db = h.db
    h.orders, h.couriers, h.ledger = MongoOrders(db), MongoCouriers(db), MongoLedger(db)
    h.payments_store, h.refunds_store = MongoPayments(db), MongoRefunds(db)
    h.payouts, h.replays, h.notices_store = MongoPayouts(db), MongoReplays(db), MongoNotices(db)
    h.terminals, h.details, h.audit = MongoTerminals(db), MongoOrderDetails(db), MongoAudit(db)
    h.transactions, h.refused = Transactions(h.client), MongoRefusedNotices(db)
    h.commands, h.grants_store = MongoCommands(db), MongoGrants(db)
    h.stores = [
        *(h.orders, h.couriers, h.ledger, h.payments_store, h.refunds_store, h.payouts),
        *(h.replays, h.refused, h.notices_store, h.terminals, h.audit, h.commands, h.grants_store),
    ]


def _grants(h: House, timing: dict[str, Any]) -> Grants:
    """Offline grants, of terminals that nobody holds."""
    h.recalls = Recalls(grants=h.grants_store, routing=NobodyHolds(), clock=h.clock)
    h.cells = MongoCells(h.db, fault_window_seconds=h.rules.fault_window_seconds)
    h.doors = Doors(
        commands=h.commands,
        cells=h.cells,
        orders=h.orders,
        routing=NobodyHolds(),
        pulse_tests=PulseTests(cells=h.cells, staff=StaffHeard(h.heard), clock=h.clock),
        staff=StaffHeard(h.heard),
        audit=h.audit,
        draw=h.draw,
        **timing,
    )
    h.grants = Grants(
        orders=h.orders,
        commands=h.commands,
        cells=h.cells,
        terminals=h.terminals,
        recalls=h.recalls,
        doors=h.doors,
        **timing,
    )
    return h.grants


def _payouts(h: House, money: dict[str, Any]) -> None:
    books: dict[str, Any] = {
        "payouts": h.payouts,
        "ledger": h.ledger,
        "transactions": h.transactions,
        "clock": h.clock,
    }
    books["steps"] = PayoutSteps(orders=h.orders, clock=h.clock, rules=h.rules)
    books["debts"] = h.debts = CourierDebts(**books)
    h.payout_outcomes = PayoutOutcomes(relay=h.kicks, **books)
    h.settlement = Settlement(
        outcomes=h.payout_outcomes,
        wallets={Wallet.WECHAT: h.providers["payout"]},
        payees=h.payees,
        **{**money, **books},
    )


@dataclass
class ToldReader:
    """Reads off every photo what a test has put there; the bound number where it put nothing."""

    numbers: tuple[str, ...] | None = None

    async def read(self, photo: PhotoId, bound: str) -> Reading:
        return read_against(bound, (bound,) if self.numbers is None else self.numbers)


def _services(h: House, redis_url: str) -> None:
    h.kicks, h.heard, h.reader = Kicks(), Heard(), ToldReader()
    timing: dict[str, Any] = {"clock": h.clock, "rules": h.rules, "relay": h.kicks}
    h.judge = OrderJudge(
        orders=h.orders,
        couriers=h.couriers,
        transactions=h.transactions,
        issue=GrantIssue(terminals=h.terminals, commands=h.commands, draw=h.draw),
        within_seconds=8.0,
        **timing,
    )
    h.claims = Claims.connect(redis_url, h.judge, CLAIM_SETTINGS)
    h.eligibility = Eligibility(couriers=h.couriers, clock=h.clock, cap=h.rules.courier_cap)
    h.dispatch = Dispatch(
        claims=h.claims,
        orders=h.orders,
        couriers=h.couriers,
        transactions=h.transactions,
        eligibility=h.eligibility,
        withdrawals=_grants(h, timing),
        **timing,
    )
    money: dict[str, Any] = {
        "orders": h.orders,
        "ledger": h.ledger,
        "transactions": h.transactions,
        **timing,
    }
    wallets = dict.fromkeys(Wallet, h.providers["pay"])
    stores: dict[str, Any] = {"payments": h.payments_store, "wallets": wallets}
    h.refunds = Refunds(refunds=h.refunds_store, **stores, **money)
    h.payment_outcomes = PaymentOutcomes(refunds=h.refunds, **stores, **money)
    asking = {name: part for name, part in money.items() if name != "ledger"}
    h.payments = Payments(outcomes=h.payment_outcomes, draw=h.draw, **stores, **asking)
    _payouts(h, money)
    h.refund_desk = RefundDesk(refunds=h.refunds, store=h.refunds_store, audit=h.audit, **money)
    h.payout_desk = PayoutDesk(
        settlement=h.settlement,
        outcomes=h.payout_outcomes,
        debts=h.debts,
        payouts=h.payouts,
        transactions=h.transactions,
        audit=h.audit,
        clock=h.clock,
    )
    h.suspense = Suspense(
        refunds=h.refunds_store,
        payouts=h.payouts,
        ledger=h.ledger,
        transactions=h.transactions,
        audit=h.audit,
        clock=h.clock,
    )
    h.provider_notices = ProviderNotices(
        payments=h.payment_outcomes,
        refunds=h.refunds,
        payouts=h.payout_outcomes,
        replays=h.replays,
        refused=h.refused,
        readers=h.readers,
        transactions=h.transactions,
        clock=h.clock,
        relay=h.kicks,
    )
    h.review = Review(
        orders=h.orders,
        couriers=h.couriers,
        transactions=h.transactions,
        waybills=FinishedWaybills(
            orders=h.orders,
            seal=Seal(KeyRing((Key("s1", KEY),))),
            audit=h.audit,
            clock=h.clock,
        ),
        settlement=h.settlement,
        eligibility=h.eligibility,
        photos=EverybodysPhotos(),
        reader=h.reader,
        audit=h.audit,
        **timing,
    )
    people, shut = PeopleHeard(h.heard), DoorsThatStayShut()
    h.notices = Notices(notices=h.notices_store, people=people)
    h.races = Races(claims=h.claims, races=MongoRaces(h.db), orders=h.orders, clock=h.clock)
    h.relay = OrderRelay(
        kicks=h.kicks,
        orders=h.orders,
        couriers=h.couriers,
        views=OrderViews(details=h.details, terminals=h.terminals, rules=h.rules),
        claims=h.claims,
        offers=h.heard,
        people=people,
        staff=StaffHeard(h.heard),
        notices=h.notices,
        races=h.races,
        follower=h.heard,
        clock=h.clock,
    )
    h.timers = Timers(
        orders=h.orders, dispatch=h.dispatch, refunds=h.refunds, holds=shut, windows=shut, **timing
    )
