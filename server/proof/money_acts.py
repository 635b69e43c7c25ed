"""What happens to orders' money, one act a method, drawn at random by `chaos_money`.

An act that is refused has changed nothing: that is part of what is tried. Parcels are moved by
the store where a door would have been; everything about money goes through the services.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from realtime.wire.requests import UploadFinished
from server.domain.changes import Change, move
from server.domain.custody import Custody, Step
from server.domain.errors import DomainError
from server.domain.ids import OrderId, RefundId
from server.domain.orders import Order, Pickup
from server.domain.payments import Payer, PayWay, RefundState, TransferState, Wallet
from server.domain.people import SYSTEM, Role
from server.domain.reviews import SendBack
from server.domain.transfers import UNDER_WAY
from server.proof.money_books import read
from server.proof.money_cast import Cast, actor

PARTS = (1, 300, 900, None, None)
PAUSES = (1, 25, 25, 90, 400, 400, 880, 880, 2_000, 8_000, 20_000, 90_000)

#: The trouble of a payout that never came to its wallet, which its courier has left since: staff
#: take it back, so that the next is paid at the new one.
NO_WALLET = "payee"

#: How many payouts are forgotten while all comes to rest, in runs where wallets forget.
FORGET = 0.9

Act = Callable[[], Awaitable[object]]


FINANCE = actor("m-finance", Role.FINANCE)
OPERATOR = actor("m-operator", Role.OPERATOR, Role.ADMIN)
REVIEWERS = (actor("m-reviewer-1", Role.REVIEWER), actor("m-reviewer-2", Role.REVIEWER))


class Acts(Cast):
    """What can happen in a run."""

    __slots__ = ()

    # What is drawn

    def all_acts(self) -> dict[str, tuple[float, Act]]:
        """Name every act, with how often it is drawn."""
        return {
            "ask": (4, self.ask),
            "pay": (8, self.pay),
            "pay_all": (2, self.pay_all),
            "cancel": (2, self.cancel),
            "cancel_by_staff": (1, self.cancel_by_staff),
            "take_out": (2, self.take_out),
            "claim": (4, self.claim),
            "hand_back": (1, self.hand_back),
            "collect": (3, self.collect),
            "upload": (3, self.upload),
            "approve": (4, self.approve),
            "reject": (1, self.reject),
            "refund": (3, self.refund),
            "refund_stuck": (2, self.refund_stuck),
            "payout_by_staff": (4, self.payout_by_staff),
            "payout_forgotten": (4 if self.forgets else 0, self.payout_forgotten),
            "debt": (2 if self.forgets else 0, self.debt),
            "confirm": (4, self.confirm),
            "decline": (1, self.decline),
            "let_expire": (1, self.let_expire),
            "link_wallet": (1, self.link_wallet),
            "sweep": (6, self.sweep),
            "statements": (0.5, self.statements),
            "time": (5, self.time),
            "site_away": (1, self.site_away),
        }

    async def next_of(self, order: Order) -> str:
        """Name an act that brings an order on its way."""
        usual: dict[Custody, tuple[str, ...]] = {
            Custody.DEPOSITED: ("ask", "pay", "pay", "pay_all"),
            Custody.OPEN: ("claim", "claim", "claim", "cancel"),
            Custody.CLAIMED: ("collect", "collect", "collect", "cancel_by_staff"),
            Custody.COLLECTED: ("upload",),
            Custody.IN_REVIEW: ("approve", "approve", "approve", "reject"),
            Custody.DONE: (
                *("sweep", "confirm", "confirm", "time", "payout_by_staff", "decline"),
                *(("payout_forgotten", "payout_forgotten", "debt") if self.forgets else ()),
            ),
            Custody.RETURNING: ("take_out",),
            Custody.RETURNED: ("sweep", "pay", "time"),
        }
        return self.draw.choice(usual.get(order.custody, ("time",)))

    # The customer

    async def ask(self) -> None:
        """Ask for a way to pay: any, or another than the last."""
        order = await self.some_order()
        way = self.draw.choice((None, *PayWay))
        payer = Payer(account="m-account", openid="oSandbox-customer")
        payments = self.world.rooms.money.payments
        twice = self.draw.random() < 0.15
        asked = [
            payments.ask(order.id, order.customer, way, payer) for _ in range(2 if twice else 1)
        ]
        await _all(asked)

    async def pay(self) -> None:
        """Pay one of an order's payments, or let a wallet's page look at it only."""
        order = await self.some_order()
        shown = [one for one in self._at_wallets([order.id]) if one["state"] == "NOTPAY"]
        if not shown:
            await self.ask()
            return
        await self._tap(self.draw.choice(shown))

    async def pay_all(self) -> None:
        """Pay every payment that can still be paid, at once: one of them for nothing."""
        order = await self.some_order()
        payments = self.world.rooms.money.payments
        for way in (PayWay.PRECREATE, PayWay.NATIVE):
            await payments.ask(order.id, order.customer, way)
        await _all([self._tap(one) for one in self._at_wallets([order.id])])

    async def _tap(self, one: dict[str, object]) -> None:
        wallets = self.world.stand_in
        if one["wire"] == "alipay":
            wallets.scan(str(one["prepay_id"]))
            if self.draw.random() < 0.2:
                return
        wallets.tap(str(one["out_trade_no"]), "pay")

    def _at_wallets(self, orders: list[OrderId]) -> list[dict[str, object]]:
        return read(self.world.truth, orders).payments

    async def cancel(self) -> None:
        """Call it off, as its customer may until it is claimed."""
        order = await self.some_order()
        await self.world.rooms.orders.cancel(self.customer, order.id, None)

    async def cancel_by_staff(self) -> None:
        """Call it off, as staff may after that."""
        order = await self.some_order()
        await self.world.rooms.orders.cancel(OPERATOR, order.id, "chaos")

    async def take_out(self) -> None:
        """Take the parcel back through the door."""
        order = await self.some_order()
        await self._change(
            order.id, lambda o: move(o, Step.TAKE_OUT, self.context(), placement=None)
        )

    # Couriers and reviewers

    async def claim(self) -> None:
        """Let all couriers claim at once."""
        order = await self.some_order()
        if order.offer is None:
            return
        version = order.offer.version
        dispatch = self.world.rooms.dispatch
        await _all([dispatch.claim(one, order.id, version, f"r{version}") for one in self.couriers])

    async def hand_back(self) -> None:
        """Give a won order back."""
        order = await self.some_order()
        await self.world.rooms.dispatch.hand_back(self.holder(order), order.id)

    async def collect(self) -> None:
        """Bind a carrier waybill and take the parcel out."""
        order = await self.some_order()

        def collected(current: Order) -> Change:
            pickup = current.pickup or Pickup(
                courier=SYSTEM, claimed_at=current.created_at, until=current.created_at
            )
            bound = replace(pickup, carrier="SF", carrier_waybill=f"SF{current.id}")
            first = move(current, Step.BIND, self.context(), pickup=bound)
            return replace(move(first.after, Step.COLLECT, self.context()), before=current)

        await self._change(order.id, collected)

    async def upload(self) -> None:
        """Hand the finished waybill in."""
        order = await self.some_order()
        holder = self.holder(order)
        body = UploadFinished(
            carrier="顺丰",
            number=f"SF{order.id}",
            sender="寄件甲乙",
            recipient="收件丙丁",
            phone="13900007777",
            address="秘密大道 77 号",
            weight_grams=900,
            postage_fen=1200,
            date=order.created_at.date().isoformat(),
            photo_id=await self.photo(holder),
        )
        await self.world.rooms.review.upload(holder, order.id, body)

    async def approve(self) -> None:
        """Approve, by one reviewer or by two at once."""
        order, review = await self.some_order(), self.world.rooms.review
        chosen = self.draw.sample(REVIEWERS, self.draw.choice((1, 2)))
        seen = self.uploaded_at(order)
        await _all([review.approve(one, order.id, seen=seen, reason="seen") for one in chosen])

    async def reject(self) -> None:
        """Send a finished waybill back."""
        order, review = await self.some_order(), self.world.rooms.review
        seen = self.uploaded_at(order)
        await review.reject(REVIEWERS[0], order.id, SendBack.PHOTO_UNCLEAR, seen=seen)

    # Finance

    async def refund(self) -> None:
        """Give some of it back, or all that is left; at times twice at once."""
        order, desk = await self.some_order(), self.world.rooms.money.refund_desk
        fen = self.draw.choice(PARTS)
        times = self.draw.choice((1, 1, 2))
        await _all([desk.refund(FINANCE, order.id, fen, "damaged", "chaos") for _ in range(times)])

    async def refund_stuck(self) -> None:
        """Ask again for a refund that is stuck."""
        order, desk = await self.some_order(), self.world.rooms.money.refund_desk
        for refund in await self.world.stores.refunds.of_order(order.id):
            if refund.state is RefundState.STUCK:
                await desk.retry(FINANCE, RefundId(refund.id), "chaos")

    async def payout_by_staff(self) -> None:
        """Hold, release, pay now, take back or issue anew, whatever it is good for."""
        order, desk = await self.some_order(), self.world.rooms.money.payout_desk
        tries = await self.world.stores.payouts.of_order(order.id)
        if not tries:
            return
        chosen = self.draw.choice((tries[-1], tries[-1], self.draw.choice(tries))).id
        act = self.draw.choice(("hold", "release", "cancel", "reissue", "reissue", "pay"))
        if act == "pay":
            await desk.pay(FINANCE, [chosen], "chaos")
            return
        await getattr(desk, act)(FINANCE, chosen, "chaos")

    async def payout_forgotten(self) -> None:
        """Have a wallet not know a payout that it has, and staff end it as not paid."""
        order, money = await self.some_order(), self.world.rooms.money
        tries = await self.world.stores.payouts.of_order(order.id)
        chosen = next((one for one in tries if one.state in UNDER_WAY), None)
        if chosen is None:
            return
        self.arm("forgotten", "transfer", 2)
        await money.settlement.follow(chosen)
        await money.payout_desk.settle(FINANCE, chosen.id, "chaos", paid=False)

    async def forget_some(self) -> None:
        """Let payouts be forgotten and ended, of some of all orders."""
        for number in self.orders:
            self.meant = number
            if self.draw.random() < FORGET:
                with suppress(DomainError):  # its wallet said otherwise
                    await self.payout_forgotten()
        self.meant = None

    async def debt(self) -> None:
        """Keep what a courier owes from the next pay, or bear it."""
        desk, couriers = self.world.rooms.money.payout_desk, self.couriers
        act = self.draw.choice((desk.set_off, desk.write_off))
        for courier in couriers:
            for debt in await self.world.stores.payouts.owed_by(courier.person):
                await act(FINANCE, debt.id, "chaos")

    async def statements(self) -> None:
        """Fetch and compare the wallets' bills that are due."""
        if self.has_bills:
            await self.world.rooms.finance.statements.sweep()

    # The courier's wallet

    async def confirm(self) -> None:
        """Confirm transfers that wait."""
        await self._tap_transfers("confirm")

    async def decline(self) -> None:
        """Decline one."""
        await self._tap_transfers("decline", most=1)

    async def let_expire(self) -> None:
        """Let one's time be over."""
        await self._tap_transfers("expire", most=1)

    async def _tap_transfers(self, tap: str, most: int = 10) -> None:
        found = read(self.world.truth, self.orders).transfers
        waiting = [one for one in found if one["state"] == "WAIT_USER_CONFIRM"]
        for one in waiting[:most]:
            self.world.stand_in.tap(str(one["out_bill_no"]), tap)

    async def link_wallet(self) -> None:
        """Link a wallet, or another one than before."""
        person = self.draw.choice(self.couriers).person
        for wallet in Wallet:
            self.world.payees.linked.pop((person, wallet), None)
        self.link(person)

    # We, and time

    async def sweep(self, workers: int = 2) -> None:
        """Let two workers look at everything at once."""
        rooms = self.world.rooms
        sweeps = (
            *(rooms.timers.sweep, rooms.money.payment_outcomes.sweep),
            *(rooms.money.refunds.sweep, rooms.money.settlement.sweep),
        )
        await asyncio.gather(*(sweep() for sweep in sweeps for _ in range(workers)))

    async def time(self) -> None:
        """Let some time pass."""
        await self.world.later(self.draw.choice(PAUSES))

    async def site_away(self) -> None:
        """Be away for the wallets' notices, or back again."""
        self.world.door.away = not self.world.door.away

    # How all comes to rest

    async def see_to_all(self) -> None:
        """Do what is left to be done by people, with nothing going wrong any more."""
        stores, money = self.world.stores, self.world.rooms.money
        for courier in self.couriers:
            if not any(person == courier.person for person, _ in self.world.payees.linked):
                self.link(courier.person)
        for number in self.orders:
            self.meant = number
            for refund in await stores.refunds.of_order(number):
                if refund.state is RefundState.STUCK:
                    with suppress(DomainError):  # done after all
                        await money.refund_desk.settle(FINANCE, refund.id, "chaos")
            await self._payouts_go_on(number)
            with suppress(DomainError):  # decided on before
                await self.debt()
            with suppress(DomainError):  # a reviewer too many, or a payment under way
                await self._on_its_way(await self.some_order())
        self.meant = None
        await self.confirm()

    async def _payouts_go_on(self, order: OrderId) -> None:
        """Release what is held, and issue anew what never came to a wallet that is left."""
        desk = self.world.rooms.money.payout_desk
        for transfer in await self.world.stores.payouts.of_order(order):
            with suppress(DomainError):  # another was faster
                if transfer.state is TransferState.HELD:
                    await desk.release(FINANCE, transfer.id, "chaos")
                elif transfer.state is TransferState.ASKED and transfer.trouble == NO_WALLET:
                    await desk.reissue(FINANCE, transfer.id, "chaos")

    async def _on_its_way(self, order: Order) -> None:
        """Carry an order to an end by people."""
        match order.custody:
            case Custody.RETURNING:
                await self.take_out()
            case Custody.OPEN | Custody.CLAIMED:
                await self.cancel_by_staff()
            case Custody.COLLECTED:
                await self.upload()
            case Custody.IN_REVIEW:
                review, seen = self.world.rooms.review, self.uploaded_at(order)
                for reviewer in REVIEWERS:
                    with suppress(DomainError):  # whose first approval stands, or not needed
                        await review.approve(reviewer, order.id, seen=seen, reason="seen")

    async def _change(self, order: OrderId, decide: Callable[[Order], Change]) -> None:
        await self.world.stores.orders.change(order, decide)


async def _all(acts: Sequence[Awaitable[object]]) -> None:
    """Do all at once; the first refusal is raised once all are done."""
    done = await asyncio.gather(*acts, return_exceptions=True)
    for outcome in done:
        if isinstance(outcome, BaseException):
            raise outcome
