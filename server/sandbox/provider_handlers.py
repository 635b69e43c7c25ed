"""The signed routes that the platform calls: SMS, pushes, payments, refunds, transfers."""

from __future__ import annotations

from server.sandbox.base import SignedHandler
from server.sandbox.bodies import PlacePayment, PlaceRefund, PlaceTransfer, SendPush, SendSms


class SmsHandler(SignedHandler):
    """POST /sms → {message_id}."""

    async def post(self) -> None:
        """Deliver one SMS."""
        body = self.decode(SendSms)
        self.may_fail("sms")
        await self.answer("sms", self.parts.inbox.receive_sms(body))


class PushHandler(SignedHandler):
    """POST /push → {message_id}."""

    async def post(self) -> None:
        """Deliver one push."""
        told = self.parts.inbox.receive_push(self.decode(SendPush))
        self.parts.pages_bell.ring()
        self.finish(told)


class PaymentsHandler(SignedHandler):
    """POST /pay/orders → {prepay_id, pay_url}."""

    async def post(self) -> None:
        """Place a payment."""
        body = self.decode(PlacePayment)
        self.parts.destinations.check(body.notify_url)
        self.may_fail("payment")
        await self.answer("payment", self.parts.payments.place(body))


class PaymentHandler(SignedHandler):
    """GET /pay/orders/{out_trade_no} → its state."""

    def get(self, number: str) -> None:
        """Tell how it stands."""
        self.finish(self.parts.payments.state_of(number))


class ClosePaymentHandler(SignedHandler):
    """POST /pay/orders/{out_trade_no}/close → {state}."""

    async def post(self, number: str) -> None:
        """Close it."""
        self.may_fail("payment")
        await self.answer("payment", self.parts.payments.close(number))


class RefundsHandler(SignedHandler):
    """POST /pay/refunds → {refund_id, state}."""

    async def post(self) -> None:
        """Give money back."""
        body = self.decode(PlaceRefund)
        self.parts.destinations.check(body.notify_url)
        self.may_fail("refund")
        await self.answer("refund", self.parts.payments.refund(body))


class RefundHandler(SignedHandler):
    """GET /pay/refunds/{out_refund_no} → its state."""

    def get(self, number: str) -> None:
        """Tell how it stands."""
        self.finish(self.parts.payments.state_of_refund(number))


class TransfersHandler(SignedHandler):
    """POST /transfers → {transfer_bill_no, state, confirm_url}."""

    async def post(self) -> None:
        """Place a transfer."""
        body = self.decode(PlaceTransfer)
        self.parts.destinations.check(body.notify_url)
        self.may_fail("transfer")
        await self.answer("transfer", self.parts.transfers.place(body))


class TransferHandler(SignedHandler):
    """GET /transfers/{out_bill_no} → its state."""

    def get(self, number: str) -> None:
        """Tell how it stands."""
        self.finish(self.parts.transfers.state_of(number))
