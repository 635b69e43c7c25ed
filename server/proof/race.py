"""The race: many couriers claim many orders over sockets, on two servers; one winner each.

Orders are put into the store as open (a cabinet would take hours to fill with hundreds);
everything from the offer on is the real thing: relay, claim records, judge, sockets. A racer
whose socket breaks comes back and sends the same request ids again, as pages do.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from server.domain.custody import Custody, Step
from server.domain.ids import ALPHABET, OrderId, PersonId, TerminalId, order_id
from server.domain.money import Charge, Payout
from server.domain.orders import Consent, Offer, Order, OrderEvent, Placement
from server.domain.price_lists import first_list, price_of
from server.domain.prices import Size, Zone
from server.local.site import Site
from server.proof.people import PATIENCE_SECONDS, JsonObject, Refused, Visitor, live_socket
from server.proof.report import Report
from server.proof.town import courier, each, register_terminal, staff_member
from server.store.connection import connect
from server.store.orders import MongoOrders

TERMINAL = "T-RACE"

#: Answers that end a claim; anything else is asked again under the same request id.
FINAL = frozenset({"claimed", "taken", "stale", "offer_closed", "barred", "cap_reached"})

CHECKS = (
    "one winner each",
    "every order claimed",
    "each racer told the truth",
    "each receipt is whole and fair",
)

#: How many claims one racer has under way at once: a thumb is slower, a race is not.
UNDER_WAY = 4

RETRY_SECONDS = 0.05


@asynccontextmanager
async def orders_of(site: Site) -> AsyncIterator[MongoOrders]:
    """Open the site's own orders, to seed and to judge the judge."""
    uri = site.environment["LANJIAN_MONGODB_URI"]
    client = connect(uri)
    try:
        yield MongoOrders(client[site.environment.get("LANJIAN_DATABASE", "lanjian")])
    finally:
        client.close()


async def put_open_orders(orders: MongoOrders, count: int, draw: random.Random) -> list[OrderId]:
    """Store paid, open orders, with their opening event still to be published."""
    now = datetime.now(UTC).replace(microsecond=0)
    made = []
    for number in range(count):
        price = price_of(first_list(10), Size.S, Zone.OTHER)
        order = Order(
            id=order_id(now, lambda n: "".join(draw.choices(ALPHABET, k=n))),
            version=1,
            customer=PersonId("race-customer"),
            custody=Custody.OPEN,
            custody_since=now,
            charge=Charge.PAID,
            payout=Payout.NONE,
            size=Size.S,
            zone=Zone.OTHER,
            origin_region="440304",
            destination_region="110105",
            price_fen=price.price_fen,
            fee_fen=price.fee_fen,
            pay_fen=price.pay_fen,
            consent=Consent(locker_version="2026-11", no_prohibited_goods=True, at=now),
            created_at=now,
            placement=Placement(
                terminal=TerminalId(TERMINAL), cell=number + 1, opened=True, closed=True
            ),
            offer=Offer(version=1, ring=0, opened_at=now),
        )
        event = OrderEvent(
            version=1,
            step=Step.OFFER.value,
            at=now,
            actor=order.customer,
            custody=order.custody,
            charge=order.charge,
        )
        await orders.insert(order, event, {})
        made.append(order.id)
    return made


async def published(orders: MongoOrders, made: Sequence[OrderId]) -> None:
    """Wait until the offers are out: nobody claims what nobody was shown."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        # The relay is in other processes; what it has done is seen in the store.
        while set(made) & set(await orders.unpublished(len(made))):  # noqa: ASYNC110
            await asyncio.sleep(RETRY_SECONDS)


@dataclass(slots=True)
class Racer:
    """One courier in the race, who comes back after every break."""

    visitor: Visitor
    urls: Sequence[str]
    seed: int
    outcomes: dict[str, str] = field(default_factory=dict)
    breaks: int = 0
    attempts: int = 0

    async def run(self, orders: Sequence[OrderId], version: int, until: float) -> None:
        """Claim every order until each has a final answer or the deadline passes."""
        draw = random.Random(self.seed)
        home = draw.randrange(len(self.urls))
        while self._left(orders) and time.monotonic() < until:
            url = self.urls[(home + self.breaks) % len(self.urls)]
            try:
                async with live_socket(url, str(self.visitor.token)) as socket:
                    gate = asyncio.Semaphore(UNDER_WAY)

                    async def one(order: OrderId) -> None:
                        async with gate:  # noqa: B023
                            await self._claim(socket, order, version, until)

                    async with asyncio.TaskGroup() as group:
                        for order in self._left(orders):
                            group.create_task(one(order))
            except* (ConnectionError, OSError, TimeoutError, EOFError):
                self.breaks += 1
                await asyncio.sleep(RETRY_SECONDS)

    def _left(self, orders: Sequence[OrderId]) -> list[OrderId]:
        return [order for order in orders if order not in self.outcomes]

    async def _claim(self, socket: object, order: OrderId, version: int, until: float) -> None:
        while order not in self.outcomes and time.monotonic() < until:
            self.attempts += 1
            answer: JsonObject = await socket.ask(  # type: ignore[attr-defined]
                "claim_order",
                id=f"c-{order}-{version}",
                order_id=order,
                offer_version=version,
            )
            outcome = "claimed" if answer["type"] == "claimed" else str(answer.get("code"))
            if outcome in FINAL:
                self.outcomes[order] = outcome
            else:
                await asyncio.sleep(RETRY_SECONDS)


@dataclass(slots=True)
class Field:
    """A site with its racers."""

    site: Site
    staff: Visitor
    racers: list[Racer]
    draw: random.Random

    async def race(
        self, orders: Sequence[OrderId], *, version: int = 1, limit_seconds: float = 120
    ) -> float:
        """Let everybody claim every order; answers the seconds it took."""
        began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for racer in self.racers:
                group.create_task(racer.run(orders, version, began + limit_seconds))
        return time.monotonic() - began


async def line_up(site: Site, couriers: int, seed: int) -> Field:
    """Log in that many certified couriers and register the terminal the orders lie in."""
    staff = await staff_member(site)
    try:
        await register_terminal(staff, TERMINAL)
    except Refused as refusal:
        if refusal.code != "conflict":
            raise
    found: dict[int, Visitor] = {}

    async def join(number: int) -> None:
        found[number] = await courier(site, number, staff)

    await each(range(couriers), join)
    racers = [
        Racer(visitor=found[number], urls=site.server_urls, seed=seed + number)
        for number in sorted(found)
    ]
    return Field(site=site, staff=staff, racers=racers, draw=random.Random(seed))


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the store says of a race, beside what the racers were told."""

    orders: int
    attempts: int
    double_winners: int  #: orders with two claimed events of one version, or two told winners
    unclaimed: int
    told_wrongly: int  #: a racer told won whom the store does not name, or the reverse
    unanswered: int  #: claims without a final answer
    answers: dict[str, int]


async def judge(store: MongoOrders, field_: Field, orders: Sequence[OrderId]) -> Verdict:
    """Compare every order's events with what every racer heard."""
    winners: dict[str, list[str]] = {order: [] for order in orders}
    for racer in field_.racers:
        for order in orders:
            if racer.outcomes.get(order) == "claimed":
                winners[order].append(racer.visitor.person_id)
    doubles = unclaimed = wrong = 0
    for order in orders:
        events = await store.events(order)
        claims = [event for event in events if event.step == Step.CLAIM.value]
        truth = await store.get(order)
        holder = truth.pickup.courier if truth.pickup else None
        doubles += len(claims) > 1 or len(winners[order]) > 1
        unclaimed += holder is None
        wrong += winners[order] != ([holder] if holder else [])
    answers = Counter(
        racer.outcomes.get(order, "none") for racer in field_.racers for order in orders
    )
    return Verdict(
        orders=len(orders),
        attempts=sum(racer.attempts for racer in field_.racers),
        double_winners=doubles,
        unclaimed=unclaimed,
        told_wrongly=wrong,
        unanswered=answers["none"],
        answers=dict(answers),
    )


async def play(site: Site, *, orders: int, couriers: int, seed: int, report: Report) -> None:
    """Run one race and report it."""
    report.expect(CHECKS)
    field_ = await line_up(site, couriers, seed)
    async with orders_of(site) as store:
        ids = await put_open_orders(store, orders, field_.draw)
        await published(store, ids)
        seconds = await field_.race(ids)
        verdict = await judge(store, field_, ids)
        note(report, verdict)
        await check_receipts(field_, ids, report)
        report.counts["attempts_per_second"] = round(verdict.attempts / seconds)


async def check_receipts(field_: Field, orders: Sequence[OrderId], report: Report) -> None:
    """Read each race's receipt as staff do: who arrived first has won, and nobody is missing."""
    bad: list[str] = []

    async def check(order: OrderId) -> None:
        shown = await field_.staff.ask("GET", f"/v1/staff/orders/{order}/races")
        race = shown["races"][-1]
        answers = [attempt["answer"].split()[0] for attempt in race["attempts"]]
        arrivals = [attempt["arrival"] for attempt in race["attempts"]]
        whole = not race["partial"] and len(answers) + race["cut"] == len(field_.racers)
        fair = answers[0] == "won" and answers.count("won") == 1
        if not (whole and fair and arrivals == sorted(arrivals)):
            bad.append(order)

    await each(orders, check)
    report.counts["receipts_checked"] = len(orders)
    seen = f"{len(orders) - len(bad)} of {len(orders)} receipts: first come, first served"
    report.check("each receipt is whole and fair", not bad, seen)


def note(report: Report, verdict: Verdict) -> None:
    """Put a verdict into a report."""
    for name in ("orders", "attempts", "double_winners", "unclaimed", "unanswered", "answers"):
        report.counts[name] = getattr(verdict, name)
    report.check("one winner each", verdict.double_winners == 0, verdict.double_winners)
    report.check("every order claimed", verdict.unclaimed == 0, verdict.unclaimed)
    told = verdict.told_wrongly == 0 and verdict.unanswered == 0
    seen = f"{verdict.told_wrongly} wrong, {verdict.unanswered} unanswered"
    report.check("each racer told the truth", told, seen)
