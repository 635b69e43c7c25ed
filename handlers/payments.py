"""Routes of payments: asking for a way to pay, looking at one, and the wallets' callbacks."""

from __future__ import annotations

from handlers.access import ANYONE, PERSON, allow
from handlers.application import Route
from handlers.base import ApiHandler
from server.domain.ids import OrderId, PaymentId
from server.services.money.payments import Payments
from server.services.money.provider_notices import ProviderNotices

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
    """POST /v1/callbacks/{wallet}: the signature is who it is."""

    def initialize(self, notices: ProviderNotices, callback: str) -> None:
        """Take the service and whose notices come here."""
        self._notices = notices
        self._callback = callback

    @allow(ANYONE, body_bytes=NOTICE_BYTES)
    async def post(self) -> None:
        """A signed notice → what its wallet wants to hear; anything else makes it repeat it."""
        headers, raw = self.request.headers, self.raw_body()
        content_type, told = await self._notices.receive(self._callback, headers, raw)
        self.answer_file(told, content_type)


def routes(payments: Payments, notices: ProviderNotices) -> list[Route]:
    """List this room's routes."""
    return [
        (rf"/v1/orders/{ORDER}/payment", OrderPaymentHandler, {"payments": payments}),
        (rf"/v1/payments/{PAYMENT}", PaymentHandler, {"payments": payments}),
        (
            r"/v1/callbacks/wechatpay",
            CallbackHandler,
            {"notices": notices, "callback": "wechatpay"},
        ),
        (r"/v1/callbacks/alipay", CallbackHandler, {"notices": notices, "callback": "alipay"}),
    ]
