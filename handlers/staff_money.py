"""Routes of finance: refunds and payouts, listed and decided on."""

from __future__ import annotations

from handlers.access import allow
from handlers.application import Route
from handlers.base import ApiHandler
from handlers.payments import ORDER
from realtime.wire.staff_money import (
    CloseSuspense,
    MoneyQuery,
    PayNow,
    RefundOrder,
    SettlePayout,
    StaffReason,
)
from server.domain.ids import OrderId, PayoutId, RefundId
from server.domain.people import Role
from server.services.money.payout_desk import PayoutDesk
from server.services.money.refund_desk import RefundDesk
from server.services.money.suspense import Suspense

REFUND = r"(?P<refund>[A-Za-z0-9]{1,64})"
PAYOUT = r"(?P<payout>[A-Za-z0-9]{1,64})"
NUMBER = r"(?P<number>[A-Za-z0-9]{1,64})"


class RefundsRoom(ApiHandler):
    """The base of the refunds' routes."""

    def initialize(self, refunds: RefundDesk) -> None:
        """Take the service."""
        self._refunds = refunds


class RefundsHandler(RefundsRoom):
    """GET /v1/staff/refunds."""

    @allow(Role.FINANCE, Role.REVIEWER)
    async def get(self) -> None:
        """`MoneyQuery` → `RefundPage`, newest first."""
        self.answer(await self._refunds.list(self.query(MoneyQuery)))


class OrderRefundsHandler(RefundsRoom):
    """POST /v1/staff/orders/{id}/refunds."""

    @allow(Role.FINANCE, idempotent=True)
    async def post(self, order: str) -> None:
        """`RefundOrder` → `RefundView`: a part of what was paid, or all that is left; recorded."""
        asked = self.body(RefundOrder)
        refund = await self._refunds.refund(
            self.actor, OrderId(order), asked.amount_fen, asked.reason, asked.note
        )
        self.answer(refund)


class RetryRefundHandler(RefundsRoom):
    """POST /v1/staff/refunds/{id}/retry."""

    @allow(Role.FINANCE)
    async def post(self, refund: str) -> None:
        """`StaffReason` → `RefundView`: ask the wallet again, under the same number; recorded."""
        reason = self.body(StaffReason).reason
        self.answer(await self._refunds.retry(self.actor, RefundId(refund), reason))


class SettleRefundHandler(RefundsRoom):
    """POST /v1/staff/refunds/{id}/settle."""

    @allow(Role.FINANCE)
    async def post(self, refund: str) -> None:
        """`StaffReason` → `RefundView`: it was given back past the wallet; recorded."""
        reason = self.body(StaffReason).reason
        self.answer(await self._refunds.settle(self.actor, RefundId(refund), reason))


class PayoutsRoom(ApiHandler):
    """The base of the payouts' routes."""

    def initialize(self, payouts: PayoutDesk) -> None:
        """Take the service."""
        self._payouts = payouts


class PayoutsHandler(PayoutsRoom):
    """GET /v1/staff/payouts."""

    @allow(Role.FINANCE)
    async def get(self) -> None:
        """`MoneyQuery` → `PayoutPage`, newest first."""
        self.answer(await self._payouts.list(self.query(MoneyQuery)))


class PayNowHandler(PayoutsRoom):
    """POST /v1/staff/payouts/pay."""

    @allow(Role.FINANCE)
    async def post(self) -> None:
        """`PayNow` → `PayoutPage`: how each stands; the limit of a day holds; recorded."""
        asked = self.body(PayNow)
        payouts = [PayoutId(payout) for payout in asked.payouts]
        self.answer(await self._payouts.pay(self.actor, payouts, asked.reason))


class HoldPayoutHandler(PayoutsRoom):
    """POST /v1/staff/payouts/{id}/hold."""

    @allow(Role.FINANCE)
    async def post(self, payout: str) -> None:
        """`StaffReason` → `StaffPayoutView`: not asked for until released; recorded."""
        reason = self.body(StaffReason).reason
        self.answer(await self._payouts.hold(self.actor, PayoutId(payout), reason))


class ReleasePayoutHandler(PayoutsRoom):
    """POST /v1/staff/payouts/{id}/release."""

    @allow(Role.FINANCE)
    async def post(self, payout: str) -> None:
        """`StaffReason` → `StaffPayoutView`: one that was held may be asked for; recorded."""
        reason = self.body(StaffReason).reason
        self.answer(await self._payouts.release(self.actor, PayoutId(payout), reason))


class CancelPayoutHandler(PayoutsRoom):
    """POST /v1/staff/payouts/{id}/cancel."""

    @allow(Role.FINANCE)
    async def post(self, payout: str) -> None:
        """`StaffReason` → `StaffPayoutView`: taken back, if it is not too late; recorded."""
        reason = self.body(StaffReason).reason
        self.answer(await self._payouts.cancel(self.actor, PayoutId(payout), reason))


class ReissuePayoutHandler(PayoutsRoom):
    """POST /v1/staff/payouts/{id}/reissue."""

    @allow(Role.FINANCE)
    async def post(self, payout: str) -> None:
        """`StaffReason` → `StaffPayoutView` of the order's last try; recorded."""
        reason = self.body(StaffReason).reason
        self.answer(await self._payouts.reissue(self.actor, PayoutId(payout), reason))


class SettlePayoutHandler(PayoutsRoom):
    """POST /v1/staff/payouts/{id}/settle."""

    @allow(Role.FINANCE)
    async def post(self, payout: str) -> None:
        """`SettlePayout` → `StaffPayoutView`: of one that its wallet forgot; recorded."""
        told = self.body(SettlePayout)
        number = PayoutId(payout)
        self.answer(await self._payouts.settle(self.actor, number, told.reason, paid=told.paid))


class SetOffPayoutHandler(PayoutsRoom):
    """POST /v1/staff/payouts/{id}/set-off."""

    @allow(Role.FINANCE)
    async def post(self, payout: str) -> None:
        """`StaffReason` → `StaffPayoutView`: what is owed is kept from the next pay; recorded."""
        reason = self.body(StaffReason).reason
        self.answer(await self._payouts.set_off(self.actor, PayoutId(payout), reason))


class WriteOffPayoutHandler(PayoutsRoom):
    """POST /v1/staff/payouts/{id}/write-off."""

    @allow(Role.FINANCE)
    async def post(self, payout: str) -> None:
        """`StaffReason` → `StaffPayoutView`: the platform bears what is owed; recorded."""
        reason = self.body(StaffReason).reason
        self.answer(await self._payouts.write_off(self.actor, PayoutId(payout), reason))


class CloseSuspenseHandler(ApiHandler):
    """POST /v1/staff/finance/suspense/{number}/close."""

    def initialize(self, suspense: Suspense) -> None:
        """Take the service."""
        self._suspense = suspense

    @allow(Role.FINANCE, idempotent=True)
    async def post(self, number: str) -> None:
        """`CloseSuspense` → `SuspenseClosed`: of a refund or a payout; recorded."""
        said = self.body(CloseSuspense)
        self.answer(await self._suspense.close(self.actor, number, said.reason, said.came_back))


def routes(refunds: RefundDesk, payouts: PayoutDesk, suspense: Suspense) -> list[Route]:
    """List this room's routes."""
    back, out = {"refunds": refunds}, {"payouts": payouts}
    return [
        (r"/v1/staff/refunds", RefundsHandler, back),
        (rf"/v1/staff/orders/{ORDER}/refunds", OrderRefundsHandler, back),
        (rf"/v1/staff/refunds/{REFUND}/retry", RetryRefundHandler, back),
        (rf"/v1/staff/refunds/{REFUND}/settle", SettleRefundHandler, back),
        (r"/v1/staff/payouts", PayoutsHandler, out),
        (r"/v1/staff/payouts/pay", PayNowHandler, out),
        (rf"/v1/staff/payouts/{PAYOUT}/hold", HoldPayoutHandler, out),
        (rf"/v1/staff/payouts/{PAYOUT}/release", ReleasePayoutHandler, out),
        (rf"/v1/staff/payouts/{PAYOUT}/cancel", CancelPayoutHandler, out),
        (rf"/v1/staff/payouts/{PAYOUT}/reissue", ReissuePayoutHandler, out),
        (rf"/v1/staff/payouts/{PAYOUT}/settle", SettlePayoutHandler, out),
        (rf"/v1/staff/payouts/{PAYOUT}/set-off", SetOffPayoutHandler, out),
        (rf"/v1/staff/payouts/{PAYOUT}/write-off", WriteOffPayoutHandler, out),
        (
            rf"/v1/staff/finance/suspense/{NUMBER}/close",
            CloseSuspenseHandler,
            {"suspense": suspense},
        ),
    ]
