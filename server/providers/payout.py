"""Payouts to couriers over the provider's signed JSON API."""

from __future__ import annotations

from server.domain.errors import ProviderFailed
from server.domain.ids import PayoutId
from server.domain.payments import Transfer
from server.providers.client import SignedClient
from server.providers.pay_ports import TransferSeen

#: What the courier reads beside the amount.
REMARK = "揽件 揽件报酬 Lanjian pickup"


class SignedPayout:
    """Implements `PayoutProvider`. The payee is the person's opaque id, never a name or phone."""

    def __init__(self, *, client: SignedClient, notify_url: str) -> None:
        self._client = client
        self._notify_url = notify_url

    async def transfer(self, transfer: Transfer) -> TransferSeen:
        """Ask for a transfer.

        Raises:
            ProviderFailed: refused, or no answer; the transfer may exist then.
        """
        body = {
            "out_bill_no": transfer.id,
            "amount_fen": transfer.amount_fen,
            "payee": transfer.courier,
            "remark": REMARK,
            "notify_url": self._notify_url,
        }
        return await self._client.post("/transfers", body, TransferSeen)

    async def seen(self, transfer: PayoutId) -> TransferSeen | None:
        """Tell how a transfer stands.

        Raises:
            ProviderFailed: no answer.
        """
        try:
            return await self._client.get(f"/transfers/{transfer}", TransferSeen)
        except ProviderFailed as error:
            if error.details.get("status") == 404:
                return None
            raise
