"""Routes of payments: asking for a QR, looking at one, and the providers' callbacks."""

from __future__ import annotations

from handlers.access import ANYONE, PERSON, allow
from handlers.application import Route
from handlers.base import ApiHandler
from realtime.wire.work import NoticeTaken
from server.domain.ids import OrderId, PaymentId
from server.services.payments import Payments
from server.services.provider_notices import PAY, PAYOUT, ProviderNotices

ORDER = r"(?P<order>[A-Za-z0-9_-]{1,32})"
PAYMENT = r"(?P<payment>[A-Za-z0-9_-]{1,48})"

#: Honest notices are a tenth of this, bytes.
NOTICE_BYTES = 16 * 1024


class OrderPaymentHandler(ApiHandler):
    """POST /v1/orders/{id}/payment."""

    def initialize(self, payments: Payments) -> None:
        """Take the service."""
        self._payments = payments

    @allow(PERSON)
    async def post(self, order: str) -> None:
        """No body → `PaymentView`: the running QR, or a new one when its time is over."""
        self.answer(await self._payments.ask(OrderId(order), self.actor.person))


class PaymentHandler(ApiHandler):
    """GET /v1/payments/{id}."""

    def initialize(self, payments: Payments) -> None:
        """Take the service."""
        self._payments = payments

    @allow(PERSON)
    async def get(self, payment: str) -> None:
        """`PaymentView` of one's own payment."""
        self.answer(await self._payments.get(PaymentId(payment), self.actor.person))


class CallbackHandler(ApiHandler):
    """POST /v1/callbacks/pay and /v1/callbacks/payout: the signature is who it is."""

    def initialize(self, notices: ProviderNotices, expected: frozenset[str]) -> None:
        """Take the service and the kinds of notices that come here."""
        self._notices = notices
        self._expected = expected

    @allow(ANYONE, body_bytes=NOTICE_BYTES)
    async def post(self) -> None:
        """A signed notice → {"code": "SUCCESS"}; anything else makes the provider repeat it."""
        await self._notices.receive(self.request.headers, self.raw_body(), self._expected)
        self.answer(NoticeTaken())


def routes(payments: Payments, notices: ProviderNotices) -> list[Route]:
    """List this room's routes."""
    return [
        (rf"/v1/orders/{ORDER}/payment", OrderPaymentHandler, {"payments": payments}),
        (rf"/v1/payments/{PAYMENT}", PaymentHandler, {"payments": payments}),
        (r"/v1/callbacks/pay", CallbackHandler, {"notices": notices, "expected": PAY}),
        (r"/v1/callbacks/payout", CallbackHandler, {"notices": notices, "expected": PAYOUT}),
    ]
