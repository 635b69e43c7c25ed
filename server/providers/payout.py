"""Payouts to couriers over the provider's signed JSON API."""

from __future__ import annotations

import msgspec

from server.domain.errors import ProviderFailed
from server.domain.payments import Transfer
from server.providers.client import SignedClient
from server.providers.money_ports import Payee, TransferredState, TransferSeen

#: What the courier reads beside the amount.
REMARK = "揽件 揽件报酬 Lanjian pickup"


class _Transfer(msgspec.Struct, frozen=True, kw_only=True):
    """A transfer as the signed API tells of it: it is confirmed at a URL."""

    out_bill_no: str
    amount_fen: int
    state: TransferredState
    confirm_url: str | None = None

    def seen(self) -> TransferSeen:
        """Give it as every wallet's."""
        return TransferSeen(
            out_bill_no=self.out_bill_no,
            amount_fen=self.amount_fen,
            state=self.state,
            package_info=self.confirm_url,
        )


class SignedPayout:
    """Implements `PayoutProvider`."""

    def __init__(self, *, client: SignedClient, notify_url: str) -> None:
        self._client = client
        self._notify_url = notify_url

    async def transfer(self, transfer: Transfer, payee: Payee) -> TransferSeen:
        """Ask for a transfer.

        Raises:
            ProviderFailed: refused, or no answer; the transfer may exist then.
        """
        body = {
            "out_bill_no": transfer.id,
            "amount_fen": transfer.amount_fen,
            "payee": payee.account,
            "remark": REMARK,
            "notify_url": self._notify_url,
        }
        return (await self._client.post("/transfers", body, _Transfer)).seen()

    async def transfer_seen(self, transfer: Transfer) -> TransferSeen | None:
        """Tell how a transfer stands.

        Raises:
            ProviderFailed: no answer.
        """
        try:
            return (await self._client.get(f"/transfers/{transfer.id}", _Transfer)).seen()
        except ProviderFailed as error:
            if error.details.get("status") == 404:
                return None
            raise

    async def cancel(self, transfer: Transfer) -> TransferSeen:
        """Take a transfer back, which this API has no word for.

        Raises:
            ProviderFailed: rule `not_offered`.
        """
        raise ProviderFailed(rule="not_offered", payout_id=transfer.id)
