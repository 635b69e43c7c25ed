"""Payments and refunds over the provider's signed JSON API."""

from __future__ import annotations

import msgspec

from server.domain.errors import ProviderFailed
from server.domain.ids import RefundId
from server.domain.payments import Payment, Refund
from server.providers.client import SignedClient
from server.providers.pay_ports import PaymentSeen, RefundedState, RefundSeen

#: What stands beside the amount on the payer's phone.
SUBJECT = "揽件 寄件费 Lanjian parcel"


class _Asked(msgspec.Struct, frozen=True):
    pay_url: str


class _RefundTaken(msgspec.Struct, frozen=True):
    state: RefundedState


class SignedPay:
    """Implements `PayProvider`."""

    def __init__(self, *, client: SignedClient, notify_url: str) -> None:
        self._client = client
        self._notify_url = notify_url

    async def ask(self, payment: Payment) -> str:
        """Open a payment and give the URL to pay at.

        Raises:
            ProviderFailed: refused, or no answer.
        """
        body = {
            "out_trade_no": payment.id,
            "amount_fen": payment.amount_fen,
            "subject": SUBJECT,
            "notify_url": self._notify_url,
            "expires_at": payment.expires_at.isoformat(),
        }
        return (await self._client.post("/pay/orders", body, _Asked)).pay_url

    async def seen(self, payment: Payment) -> PaymentSeen | None:
        """Tell how a payment stands.

        Raises:
            ProviderFailed: no answer.
        """
        try:
            return await self._client.get(f"/pay/orders/{payment.id}", PaymentSeen)
        except ProviderFailed as error:
            _accept_unknown(error)
            return None

    async def close(self, payment: Payment) -> bool:
        """Close an unpaid payment; False when it is paid already.

        Raises:
            ProviderFailed: no answer.
        """
        try:
            await self._client.post(f"/pay/orders/{payment.id}/close", {}, dict)
        except ProviderFailed as error:
            if error.rule == "order_paid":
                return False
            _accept_unknown(error)
        return True

    async def refund(self, refund: Refund) -> RefundedState:
        """Give all of a payment back.

        Raises:
            ProviderFailed: refused, or no answer.
        """
        body = {
            "out_refund_no": refund.id,
            "out_trade_no": refund.payment,
            "amount_fen": refund.amount_fen,
            "total_fen": refund.amount_fen,
            "reason": refund.reason,
            "notify_url": self._notify_url,
        }
        return (await self._client.post("/pay/refunds", body, _RefundTaken)).state

    async def refund_seen(self, refund: RefundId) -> RefundSeen | None:
        """Tell how a refund stands.

        Raises:
            ProviderFailed: no answer.
        """
        try:
            return await self._client.get(f"/pay/refunds/{refund}", RefundSeen)
        except ProviderFailed as error:
            _accept_unknown(error)
            return None


def _accept_unknown(error: ProviderFailed) -> None:
    """Take "never heard of it" as an answer; raise every other failure."""
    if error.details.get("status") != 404:
        raise error
