"""Money under random orders of everything that can happen to it, on real MongoDB.

Whatever comes, in whatever order, lost and repeated: the ledger balances after every step,
nobody is paid twice, and in the end the ledger says what the provider's own books say.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from realtime.wire.requests import UploadFinished
from server.domain.custody import Custody
from server.domain.errors import BadNotice, DomainError
from server.domain.ids import OrderId, PersonId
from server.domain.money import Charge, Payout
from server.domain.orders import Order
from server.domain.payments import PayWay, RefundState, TransferState
from server.domain.people import Actor, Role
from server.domain.reviews import SendBack
from tests import builders
from tests.integration.services import notices
from tests.integration.services.house import House, actor, house

pytestmark = pytest.mark.slow

STEPS = 160
ORDERS = 6
REVIEWER = actor("reviewer", Role.REVIEWER)
FINANCE = actor("finance", Role.FINANCE)


Act = Callable[[], Awaitable[None]]


@dataclass
class World:
    """Random acts of customers, couriers, reviewers, the provider and its enemies."""

    h: House
    couriers: list[Actor]
    orders: list[OrderId]
    held_back: list[notices.Sent] = field(default_factory=list)
    delivered: list[tuple[notices.Sent, bytes]] = field(default_factory=list)
    meant: Order | None = None

    async def step(self) -> None:
        act = self.forward if self.h.dice.random() < 0.5 else self.h.dice.choice(self.acts())
        with contextlib.suppress(DomainError):
            await act()

    def acts(self) -> list[Act]:
        return [
            *(self.ask_payment, self.tap_pay, self.tap_pay, self.deliver, self.deliver),
            *(self.repeat, self.forge, self.wrong_amount, self.take_back, self.take_out),
            *(self.claim, self.hand_back, self.collect, self.upload, self.review, self.confirm),
            *(self.sweep, self.time_passes, self.lose_answers, self.pay_twice),
            *(self.other_way, self.refund_part, self.refund_part, self.staff_payout),
        ]

    async def forward(self) -> None:
        """Do what brings some order on its way, so that a run reaches every state."""
        usual: dict[Custody, Act] = {
            Custody.DEPOSITED: self.h.dice.choice(
                (self.ask_payment, self.tap_pay, self.deliver, self.pay_twice)
            ),
            Custody.OPEN: self.h.dice.choice((self.claim, self.claim, self.take_back)),
            Custody.CLAIMED: self.collect,
            Custody.COLLECTED: self.upload,
            Custody.IN_REVIEW: self.review,
            Custody.DONE: self.h.dice.choice((self.sweep, self.confirm, self.deliver)),
            Custody.RETURNING: self.take_out,
            Custody.RETURNED: self.h.dice.choice((self.sweep, self.deliver)),
        }
        self.meant = await self.h.orders.get(self.h.dice.choice(self.orders))
        try:
            await usual[self.meant.custody]()
        finally:
            self.meant = None

    async def some_order(self) -> Order:
        return self.meant or await self.h.orders.get(self.h.dice.choice(self.orders))

    # The customer

    async def ask_payment(self) -> None:
        await self.h.payments.ask((await self.some_order()).id, builders.CUSTOMER)

    async def tap_pay(self) -> None:
        if self.h.provider.payments:
            number = self.h.dice.choice(list(self.h.provider.payments))
            if self.h.provider.tap_pay(number):
                self.held_back.append(notices.paid(self.h, number))

    async def pay_twice(self) -> None:
        """Renew a QR whose closing gets lost, and pay both."""
        order = await self.some_order()
        first = await self.h.payments.ask(order.id, builders.CUSTOMER)
        self.h.later(seconds=self.h.rules.payment_life_seconds)
        self.h.provider.loses = 0.6
        with contextlib.suppress(DomainError):
            await self.h.payments.ask(order.id, builders.CUSTOMER)
        self.h.provider.loses = 0.0
        second = await self.h.payments.ask(order.id, builders.CUSTOMER)
        for number in (first.payment_id, second.payment_id):
            if self.h.provider.tap_pay(number):
                self.held_back.append(notices.paid(self.h, number))

    async def take_back(self) -> None:
        order = await self.some_order()
        if order.custody in (Custody.DEPOSITED, Custody.OPEN):
            await self.h.set_order(order.id, custody="returning", custody_since=self.h.now)

    async def take_out(self) -> None:
        order = await self.some_order()
        if order.custody is Custody.RETURNING:
            since = {"custody_since": self.h.now, "due_at": self.h.now}
            await self.h.set_order(order.id, custody="returned", **since)

    async def other_way(self) -> None:
        way = self.h.dice.choice((PayWay.NATIVE, PayWay.PRECREATE))
        await self.h.payments.ask((await self.some_order()).id, builders.CUSTOMER, way)

    # Finance

    async def refund_part(self) -> None:
        """Give some of it back, at times twice at once, at times all that is left."""
        order = await self.some_order()
        fen = self.h.dice.choice((1, 300, 900, 1500, None))
        ask = self.h.refund_desk.refund
        twice = [ask(FINANCE, order.id, fen, "damaged", "x") for _ in range(2)]
        await asyncio.gather(*twice, return_exceptions=True)

    async def staff_payout(self) -> None:
        tries = await self.h.payouts.page(None, None, 20)
        if tries:
            number, desk = self.h.dice.choice(tries).id, self.h.payout_desk
            act = self.h.dice.choice((desk.hold, desk.release, desk.cancel, desk.reissue))
            await act(FINANCE, number, "x")

    # The courier and the reviewer

    async def claim(self) -> None:
        order, courier = await self.some_order(), self.h.dice.choice(self.couriers)
        if order.offer is not None:
            request = f"r{self.h.dice.randrange(3)}"
            await self.h.dispatch.claim(courier, order.id, order.offer.version, request)

    async def hand_back(self) -> None:
        courier = self.h.dice.choice(self.couriers)
        await self.h.dispatch.hand_back(courier, (await self.some_order()).id)

    async def collect(self) -> None:
        order = await self.some_order()
        if order.custody is Custody.CLAIMED:
            bound = {"pickup.carrier_waybill": f"SF{order.id}"}
            await self.h.set_order(order.id, custody="collected", due_at=None, **bound)

    async def upload(self) -> None:
        order = await self.some_order()
        if order.pickup is not None:
            await self.h.review.upload(
                actor(order.pickup.courier, Role.COURIER), order.id, finished(order)
            )

    async def review(self) -> None:
        order = await self.some_order()
        seen = await self.h.uploaded_at(order.id)
        if self.h.dice.random() < 0.3:
            await self.h.review.reject(REVIEWER, order.id, SendBack.PHOTO_UNCLEAR, seen=seen)
        else:
            twice = [self.h.review.approve(REVIEWER, order.id, seen=seen) for _ in range(2)]
            await asyncio.gather(*twice, return_exceptions=True)

    # The provider and its enemies

    async def confirm(self) -> None:
        if self.h.provider.transfers:
            number = self.h.dice.choice(list(self.h.provider.transfers))
            if self.h.provider.tap_confirm(number, accept=self.h.dice.random() < 0.7):
                self.held_back.append(notices.transferred(self.h, number))

    async def deliver(self) -> None:
        self.collect_refund_notices()
        if self.held_back:
            notice = self.held_back.pop(self.h.dice.randrange(len(self.held_back)))
            body = notice.body()
            copies = self.h.dice.choice((1, 1, 2, 3))
            await asyncio.gather(*(notice.deliver(body=body) for _ in range(copies)))
            self.delivered.append((notice, body))

    async def repeat(self) -> None:
        if self.delivered:
            notice, body = self.h.dice.choice(self.delivered)
            await notice.deliver(body=body)

    async def forge(self) -> None:
        if self.h.provider.payments:
            number = self.h.dice.choice(list(self.h.provider.payments))
            with pytest.raises(BadNotice):
                await notices.paid(self.h, number).deliver(key=notices.OTHER_KEY)
            with pytest.raises(BadNotice):
                await notices.paid(self.h, number).deliver(age_seconds=600)

    async def wrong_amount(self) -> None:
        if self.h.provider.payments:
            number = self.h.dice.choice(list(self.h.provider.payments))
            amount = self.h.provider.payments[number].amount_fen + self.h.dice.choice((-1, 1))
            wrong = notices.paid(self.h, number, amount_fen=amount)
            wrong.notify_id = f"wrong-{self.h.dice.randrange(10**9)}"
            with pytest.raises(BadNotice):
                await wrong.deliver()

    def collect_refund_notices(self) -> None:
        sent = {s.notify_id for s in self.held_back} | {s.notify_id for s, _ in self.delivered}
        for number in self.h.provider.refunds:
            notice = notices.refunded(self.h, number)
            if notice.notify_id not in sent:
                self.held_back.append(notice)

    # Us

    async def sweep(self) -> None:
        sweeps = (
            *(self.h.timers.sweep, self.h.payment_outcomes.sweep),
            *(self.h.refunds.sweep, self.h.settlement.sweep),
        )
        await asyncio.gather(*(sweep() for sweep in sweeps for _ in range(2)))

    async def time_passes(self) -> None:
        self.h.later(seconds=self.h.dice.choice((1, 1, 21, 90, 880, 880, 8000)))

    async def lose_answers(self) -> None:
        self.h.provider.loses = self.h.dice.choice((0.0, 0.0, 0.2, 0.6))
        self.h.provider.refunds_end = self.h.dice.choice(("SUCCESS", "SUCCESS", "ABNORMAL"))

    async def settle_all(self) -> None:
        """Let every open business come to its end, with everything working."""
        self.h.provider.loses, self.h.provider.refunds_end = 0.0, "SUCCESS"
        for _ in range(4):
            self.h.later(seconds=24 * 3600 + 1)
            for stuck in await self.h.refunds_store.page(RefundState.STUCK, None, 50):
                await self.h.refund_desk.retry(FINANCE, stuck.id, "x")
            for held in await self.h.payouts.page(TransferState.HELD, None, 50):
                await self.h.payout_desk.release(FINANCE, held.id, "x")
            await self.sweep()
            for number in list(self.h.provider.transfers):
                if self.h.provider.tap_confirm(number):
                    self.held_back.append(notices.transferred(self.h, number))
            for number in self.orders:
                self.meant = await self.h.orders.get(number)
                await self.take_out()
            self.meant = None
            self.collect_refund_notices()
            while self.held_back:
                with contextlib.suppress(DomainError):
                    await self.deliver()


def finished(order: Order) -> UploadFinished:
    return UploadFinished(
        carrier="顺丰",
        number=f"SF{order.id}",
        sender="张三",
        recipient="李四",
        phone="13800000002",
        address="某路 1 号 2 单元",
        weight_grams=900,
        postage_fen=1200,
        date=order.created_at.date().isoformat(),
        photo_id="photo-1",
    )


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_the_ledger_balances_and_nothing_is_lost(seed, mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url, seed=seed) as h:
        couriers = [await h.person(f"c{n}", certified=True) for n in range(3)]
        orders = [(await h.deposited()).id for _ in range(ORDERS)]
        world = World(h, couriers, orders)
        for n in range(STEPS):
            await world.step()
            if n % 20 == 0:
                assert (await h.ledger.check()).ok
        await world.settle_all()
        await check_books(h, orders, [one.person for one in couriers])
        assert h.provider.refunds and h.provider.transfers, "the run reached too little"


async def check_books(h: House, orders: list[OrderId], couriers: list[PersonId]) -> None:
    check = await h.ledger.check()
    assert check.ok
    balances = check.balances
    clearing = [fen for name, fen in balances.items() if name.startswith("provider_clearing:")]
    assert sum(clearing) == h.provider.books()
    assert balances.get("payouts_in_flight", 0) == 0
    assert balances.get("refunds_in_flight", 0) == 0
    held = 0
    for number in orders:
        order = await h.orders.get(number)
        done = [t for t in h.provider.transfers.values() if order.id in t.out_bill_no]
        paid_out = [t for t in done if t.state == "SUCCESS"]
        assert len(paid_out) <= 1, "paid twice"
        assert len(paid_out) == (order.payout is Payout.PAID_OUT)
        kept = sum(
            p.amount_fen - h.provider.given_back(p.out_trade_no)
            for p in h.provider.payments.values()
            if order.id in p.out_trade_no and p.state in ("SUCCESS", "REFUND")
        )
        left = order.price_fen - order.refund_asked_fen if order.charge is Charge.PAID else 0
        assert kept == left, "kept what it should not, or lost it"
        if order.payout is Payout.NONE:
            held += left
    assert -balances.get("customer_funds", 0) == held
    for courier in couriers:
        shown = await h.settlement.earnings(courier)
        assert shown.available_fen == 0, "somebody's pay is still owed"
        done = [t for t in await h.payouts.of_courier(courier) if t.state is TransferState.DONE]
        assert shown.paid_fen == sum(transfer.amount_fen for transfer in done)
