"""Payments and refunds over the provider's signed JSON API."""

from __future__ import annotations

import msgspec

from server.domain.errors import ProviderFailed
from server.domain.payments import Payment, Refund
from server.providers.client import SignedClient
from server.providers.money_ports import PayLink, PaymentSeen, RefundedState, RefundSeen

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

    async def ask(self, payment: Payment, payer: str | None = None) -> PayLink:
        """Open a payment and give the URL to pay at, whatever its way.

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
        asked = await self._client.post("/pay/orders", body, _Asked)
        return PayLink(way=payment.way, url=asked.pay_url)

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

    async def refund(self, refund: Refund) -> RefundSeen:
        """Give a payment back, all or a part.

        Raises:
            ProviderFailed: refused, or no answer.
        """
        body = {
            "out_refund_no": refund.id,
            "out_trade_no": refund.payment,
            "amount_fen": refund.amount_fen,
            "total_fen": refund.total_fen,
            "reason": refund.reason.value,
            "notify_url": self._notify_url,
        }
        taken = await self._client.post("/pay/refunds", body, _RefundTaken)
        return RefundSeen(out_refund_no=refund.id, amount_fen=refund.amount_fen, state=taken.state)

    async def refund_seen(self, refund: Refund) -> RefundSeen | None:
        """Tell how a refund stands.

        Raises:
            ProviderFailed: no answer.
        """
        try:
            return await self._client.get(f"/pay/refunds/{refund.id}", RefundSeen)
        except ProviderFailed as error:
            _accept_unknown(error)
            return None


def _accept_unknown(error: ProviderFailed) -> None:
    """Take "never heard of it" as an answer; raise every other failure."""
    if error.details.get("status") != 404:
        raise error
