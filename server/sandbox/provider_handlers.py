"""The signed routes that the platform calls: SMS, payments, refunds, transfers."""

from __future__ import annotations

from server.sandbox.base import SignedHandler
from server.sandbox.bodies import PlacePayment, PlaceRefund, PlaceTransfer, SendSms
from server.sandbox.wants import NewPayment, NewRefund, NewTransfer


class SmsHandler(SignedHandler):
    """POST /sms → {message_id}."""

    async def post(self) -> None:
        """Deliver one SMS."""
        body = self.decode(SendSms)
        self.may_fail("sms")
        await self.answer("sms", self.parts.inbox.receive_sms(body))


class PaymentsHandler(SignedHandler):
    """POST /pay/orders → {prepay_id, pay_url}."""

    async def post(self) -> None:
        """Place a payment."""
        body = self.decode(PlacePayment)
        self.parts.destinations.check(body.notify_url)
        self.may_fail("payment")
        wanted = NewPayment(
            out_trade_no=body.out_trade_no,
            amount_fen=body.amount_fen,
            subject=body.subject,
            notify_url=body.notify_url,
            expires_at=body.expires_at.timestamp(),
        )
        told = self.parts.payments.place(wanted)
        await self.answer("payment", {name: told[name] for name in ("prepay_id", "pay_url")})


class PaymentHandler(SignedHandler):
    """GET /pay/orders/{out_trade_no} → its state."""

    def get(self, number: str) -> None:
        """Tell how it stands."""
        self.finish(self.parts.payments.state_of(number, "signed"))


class ClosePaymentHandler(SignedHandler):
    """POST /pay/orders/{out_trade_no}/close → {state}."""

    async def post(self, number: str) -> None:
        """Close it."""
        self.may_fail("payment")
        told = self.parts.payments.close(number)
        await self.answer("payment", {"state": told["state"]})


class RefundsHandler(SignedHandler):
    """POST /pay/refunds → {refund_id, state}."""

    async def post(self) -> None:
        """Give money back."""
        body = self.decode(PlaceRefund)
        self.parts.destinations.check(body.notify_url)
        self.may_fail("refund")
        wanted = NewRefund(
            out_refund_no=body.out_refund_no,
            out_trade_no=body.out_trade_no,
            amount_fen=body.amount_fen,
            total_fen=body.total_fen,
            reason=body.reason,
            notify_url=body.notify_url,
        )
        told = self.parts.refunds.place(wanted)
        await self.answer("refund", {name: told[name] for name in ("refund_id", "state")})


class RefundHandler(SignedHandler):
    """GET /pay/refunds/{out_refund_no} → its state."""

    def get(self, number: str) -> None:
        """Tell how it stands."""
        self.finish(self.parts.refunds.state_of(number))


class TransfersHandler(SignedHandler):
    """POST /transfers → {transfer_bill_no, state, confirm_url}."""

    async def post(self) -> None:
        """Place a transfer."""
        body = self.decode(PlaceTransfer)
        self.parts.destinations.check(body.notify_url)
        self.may_fail("transfer")
        wanted = NewTransfer(
            out_bill_no=body.out_bill_no,
            amount_fen=body.amount_fen,
            payee=body.payee,
            remark=body.remark,
            notify_url=body.notify_url,
        )
        await self.answer("transfer", self.parts.transfers.place(wanted))


class TransferHandler(SignedHandler):
    """GET /transfers/{out_bill_no} → its state."""

    def get(self, number: str) -> None:
        """Tell how it stands."""
        self.finish(self.parts.transfers.state_of(number, "signed"))
