"""One order's money, played event by event: each life has its own time, wallet and order.

The wallet answers as told. An event that the services refuse changes nothing: that is part of
what is tried. Lives share the stores and run side by side.
"""

import contextlib
import itertools
from collections.abc import Awaitable, Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from realtime.wire.requests import UploadFinished
from server.domain.changes import Change, Context, move
from server.domain.custody import Custody, Step
from server.domain.errors import DomainError
from server.domain.ids import PayoutId
from server.domain.ledger import CLEARING, Posting
from server.domain.money import Charge, Payout
from server.domain.orders import Order, Pickup
from server.domain.payments import PaymentState, RefundState, TransferState
from server.domain.people import SYSTEM, Role
from server.domain.transfers import RESTING, UNDER_WAY
from server.services.deposit.reactions import disarmed
from tests import builders
from tests.integration.services import notices
from tests.integration.services.house import House, actor

#: Each life's own time: tasks that run side by side do not see one another's.
NOW: ContextVar[datetime] = ContextVar("now", default=builders.NOON)

FINANCE = actor("finance", Role.FINANCE)
REVIEWER = actor("reviewer", Role.REVIEWER)
NUMBERS = itertools.count(1)

Event = Callable[[], Awaitable[object]]


@dataclass
class Life:
    """One order and what happens to its money."""

    h: House
    order: Order
    courier: str
    told: list[notices.Sent] = field(default_factory=list)

    # What the customer does

    async def ask(self, way: object = None) -> str:
        view = await self.h.payments.ask(self.order.id, builders.CUSTOMER, way)
        return view.payment_id

    def tap(self, payment: str) -> bool:
        return self.h.provider.tap_pay(payment)

    async def take_back(self) -> None:
        await self.change(
            lambda o: move(o, Step.TAKE_BACK, self.context(), placement=disarmed(o.placement))
        )

    async def take_out(self) -> None:
        await self.change(lambda o: move(o, Step.TAKE_OUT, self.context(), placement=None))

    # What the courier and the reviewer do

    async def claim(self) -> None:
        pickup = Pickup(courier=self.courier, claimed_at=self.now, until=self.now)
        await self.change(lambda o: move(o, Step.CLAIM, self.context(), pickup=pickup))

    async def collect(self) -> None:
        def collected(order: Order) -> Change:
            pickup = replace(order.pickup, carrier_waybill=f"SF{order.id}")
            bound = move(order, Step.BIND, self.context(), pickup=pickup)
            out = move(bound.after, Step.COLLECT, self.context())
            return replace(out, before=order)

        await self.change(collected)

    async def approve(self) -> None:
        if (await self.now_order()).custody is Custody.COLLECTED:
            body = finished(f"SF{self.order.id}", self.now)
            await self.h.review.upload(actor(self.courier), self.order.id, body)
        seen = await self.h.uploaded_at(self.order.id)
        await self.h.review.approve(REVIEWER, self.order.id, seen=seen)

    # What the wallet tells

    async def tell_paid(self, payment: str) -> None:
        if self.h.provider.payments[payment].state in ("SUCCESS", "REFUND"):
            await self.tell(notices.paid(self.h, payment))

    async def tell_refunds(self) -> None:
        for refund in await self.h.refunds_store.of_order(self.order.id):
            if refund.id in self.h.provider.refunds:
                await self.tell(notices.refunded(self.h, refund.id))

    async def tell_transfer(self, transfer: str) -> None:
        await self.tell(notices.transferred(self.h, transfer))

    async def tell(self, notice: notices.Sent) -> None:
        self.told.append(notice)
        await notice.deliver()

    # What our workers do

    async def look(self) -> None:
        """Ask the wallet how this order's payments stand."""
        for payment in await self.h.payments_store.of_order(self.order.id):
            if payment.state is PaymentState.PENDING:
                await self.h.payment_outcomes.look(payment)

    async def timers(self) -> None:
        await self.h.timers.act(self.order.id)

    async def give_back(self) -> None:
        for refund in await self.h.refunds_store.of_order(self.order.id):
            if refund.state is RefundState.ASKED:
                await self.h.refunds.send(refund)

    async def pay_out(self) -> None:
        """Ask for what is due, and how it stands."""
        for transfer in await self.h.payouts.of_order(self.order.id):
            if transfer.state is TransferState.PAYABLE and transfer.not_before <= self.now:
                await self.h.settlement.begin(transfer)
            elif transfer.state in UNDER_WAY:
                await self.h.settlement.follow(transfer)

    # Time and the order

    @property
    def now(self) -> datetime:
        return NOW.get()

    def later(self, **delta: float) -> None:
        NOW.set(NOW.get() + timedelta(**delta))

    def context(self) -> Context:
        return Context(actor=SYSTEM, at=self.now, rules=self.h.rules)

    async def change(self, decide: Callable[[Order], Change]) -> None:
        await self.h.orders.change(self.order.id, decide)

    async def now_order(self) -> Order:
        return await self.h.orders.get(self.order.id)

    async def last_try(self) -> PayoutId:
        return (await self.h.payouts.of_order(self.order.id))[-1].id

    # How a life is played and judged

    async def play(self, events: Iterable[Event]) -> None:
        """Let the events happen in this order, then let every notice come once more."""
        for event in events:
            with contextlib.suppress(DomainError):
                await event()
        for notice in [*self.told][::-1]:
            with contextlib.suppress(DomainError):
                await notice.deliver()

    async def settle(self, times: int = 2) -> None:
        """Let all that is under way come to its end, with everything working."""
        for _ in range(times):
            self.later(hours=1)
            for step in (self.look, self.timers, self.give_back, self.give_back, self.pay_out):
                with contextlib.suppress(DomainError):
                    await step()
            for transfer in await self.h.payouts.of_order(self.order.id):
                if transfer.id in self.h.provider.transfers:
                    self.h.provider.tap_confirm(transfer.id)
            if (await self.now_order()).custody is Custody.RETURNING:
                await self.take_out()

    async def steps(self) -> tuple[str, ...]:
        """List what the order's history says, oldest first."""
        return tuple(event.step for event in await self.h.orders.events(self.order.id))

    async def judge(self) -> "Verdict":
        """Hold what we wrote against the wallet's own books."""
        order = await self.now_order()
        world, books = self.h.provider, await self.h.ledger.of_order(order.id)
        payments = await self.h.payments_store.of_order(order.id)
        taken = [p for p in payments if world.payments[p.id].state in ("SUCCESS", "REFUND")]
        tries = await self.h.payouts.of_order(order.id)
        at_wallet = [world.transfers[t.id] for t in tries if t.id in world.transfers]
        paid_out = [seen for seen in at_wallet if seen.state == "SUCCESS"]
        verdict = Verdict(
            order=order,
            paid=sum(payment.amount_fen for payment in taken),
            back=sum(world.given_back(payment.id) for payment in payments),
            out=sum(seen.amount_fen for seen in paid_out),
            steps=await self.steps(),
        )
        late = [t.id for t in tries if t.state is TransferState.PAID_LATE]
        in_time = [seen for seen in paid_out if seen.out_bill_no not in late]
        assert len(in_time) <= 1, "the courier is paid twice"
        assert balance(books, CLEARING) == verdict.paid - verdict.back - verdict.out
        for account in ("refunds_in_flight", "payouts_in_flight"):
            assert balance(books, account) == 0, f"{account} is not at its end"
        assert {payment.id for payment in taken} == {
            payment.id for payment in payments if payment.state is PaymentState.PAID
        }, "paid at the wallet and not taken in"
        assert bool(paid_out) == (order.payout is Payout.PAID_OUT)
        assert verdict.out - sum(t.owed_fen + t.written_off_fen for t in tries) in (
            *(0, order.pay_fen),
        ), "the courier has other than the pay"
        kept = verdict.paid - verdict.back
        assert kept == {
            Charge.UNPAID: 0,
            Charge.PAID: order.price_fen - order.refund_asked_fen,
            Charge.REFUNDED: 0,
        }.get(order.charge), f"kept {kept} of an order that is {order.charge}"
        open_tries = [t for t in tries if t.state in RESTING | UNDER_WAY]
        assert len(open_tries) <= 1, "two tries at once"
        return verdict


@dataclass(frozen=True)
class Verdict:
    """How a life ended, fen by the wallet's own books."""

    order: Order
    paid: int
    back: int
    out: int
    steps: tuple[str, ...]


def balance(books: Iterable[Posting], account: str) -> int:
    """Sum what an order's postings did to an account, or to all of its kind."""
    return sum(
        line.fen
        for posting in books
        for line in posting.lines
        if line.account.partition(":")[0] == account
    )


def finished(number: str, at: datetime) -> UploadFinished:
    return UploadFinished(
        carrier="顺丰",
        number=number,
        sender="张三",
        recipient="李四",
        phone="13800000002",
        address="某路 1 号 2 单元",
        weight_grams=900,
        postage_fen=1200,
        date=at.date().isoformat(),
        photo_id="photo-1",
    )


async def new_life(h: House) -> Life:
    """Begin with a parcel in its cell, confirmed and not paid."""
    NOW.set(builders.NOON)
    return Life(h, await h.deposited(), f"c{next(NUMBERS)}")


async def paid_life(h: House) -> Life:
    """Begin with a parcel on offer."""
    life = await new_life(h)
    payment = await life.ask()
    life.tap(payment)
    await notices.paid(h, payment).deliver()
    return life


async def owed_life(h: House) -> tuple[Life, str]:
    """Begin with a courier's pay asked of the wallet, waiting for the courier to confirm."""
    life = await paid_life(h)
    for step in (life.claim, life.collect, life.approve, life.pay_out):
        await step()
    return life, await life.last_try()
