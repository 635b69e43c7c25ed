"""What the platform needs of payment, payout and push providers, whoever they are."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Protocol

import msgspec

from server.domain.ids import PayoutId, PersonId, RefundId
from server.domain.payments import Payment, Refund, Transfer

PaidState = Literal["NOTPAY", "SUCCESS", "CLOSED", "REFUND"]
RefundedState = Literal["PROCESSING", "SUCCESS"]
TransferredState = Literal["WAIT_USER_CONFIRM", "SUCCESS", "FAIL"]


class PaymentSeen(msgspec.Struct, frozen=True, kw_only=True):
    """How a payment stands at the provider."""

    out_trade_no: str
    state: PaidState
    amount_fen: int
    transaction_id: str | None = None
    paid_at: datetime | None = None


class RefundSeen(msgspec.Struct, frozen=True, kw_only=True):
    """How a refund stands at the provider."""

    out_refund_no: str
    amount_fen: int
    state: RefundedState


class TransferSeen(msgspec.Struct, frozen=True, kw_only=True):
    """How a transfer stands at the provider."""

    out_bill_no: str
    amount_fen: int
    state: TransferredState
    confirm_url: str | None = None


class PayProvider(Protocol):
    """Takes customers' money and gives it back; every method raises ProviderFailed."""

    async def ask(self, payment: Payment) -> str:
        """Open a payment and give the URL to pay at; the same number again answers the same."""

    async def seen(self, payment: Payment) -> PaymentSeen | None:
        """Tell how a payment stands; None when the provider never heard of it."""

    async def close(self, payment: Payment) -> bool:
        """Close an unpaid payment; False when it is paid already."""

    async def refund(self, refund: Refund) -> RefundedState:
        """Give all of a payment back; the same number again gives nothing twice."""

    async def refund_seen(self, refund: RefundId) -> RefundSeen | None:
        """Tell how a refund stands; None when the provider never heard of it."""


class PayoutProvider(Protocol):
    """Pays couriers; every method raises ProviderFailed."""

    async def transfer(self, transfer: Transfer) -> TransferSeen:
        """Ask for a transfer; the same number again pays nothing twice."""

    async def seen(self, transfer: PayoutId) -> TransferSeen | None:
        """Tell how a transfer stands; None when the provider never heard of it."""


class PushProvider(Protocol):
    """Puts a text on a person's phone."""

    async def push(self, person: PersonId, title: str, text: str) -> None:
        """Send one text. Raises: ProviderFailed."""
