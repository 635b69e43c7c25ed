"""Double-entry bookkeeping in integer fen: accounts, postings, and what each event posts.

A posting's lines sum to zero: debit is positive, credit negative. Postings are only ever
added. The key of a posting (`kind:order` or the like) makes posting it twice impossible.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from server.domain.ids import OrderId, PersonId
from server.domain.money import Fen

#: Money at the payment provider, owed to us.
CLEARING = "provider_clearing"
#: Paid by customers for parcels not yet settled: owed to the customer or the courier.
CUSTOMER_FUNDS = "customer_funds"
PLATFORM_FEE = "platform_fee"
#: Transfers asked of the provider, outcome not known.
PAYOUTS_IN_FLIGHT = "payouts_in_flight"
#: Refunds asked of the provider, outcome not known.
REFUNDS_IN_FLIGHT = "refunds_in_flight"
#: Money that came for nothing we know of; staff sort it out.
SUSPENSE = "suspense"


def courier_account(courier: PersonId) -> str:
    """Name the account of what a courier has earned and not been paid."""
    return f"courier_earnings:{courier}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One side of a posting."""

    account: str
    fen: Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One balanced entry; `key` is unique for ever."""

    key: str
    order: OrderId | None
    at: datetime
    lines: tuple[Line, ...]

    def __post_init__(self) -> None:
        """Refuse an entry that does not balance: that is a fault of ours."""
        if sum(line.fen for line in self.lines) != 0 or len(self.lines) < 2:
            raise ValueError(f"posting {self.key} does not balance")


def _posting(key: str, order: OrderId, at: datetime, *lines: tuple[str, int]) -> Posting:
    return Posting(
        key=key,
        order=order,
        at=at,
        lines=tuple(Line(account=account, fen=Fen(fen)) for account, fen in lines if fen),
    )


def payment_received(payment: str, order: OrderId, at: datetime, fen: Fen) -> Posting:
    """Post a customer's payment."""
    return _posting(f"payment:{payment}", order, at, (CLEARING, fen), (CUSTOMER_FUNDS, -fen))


def refund_asked(refund: str, order: OrderId, at: datetime, fen: Fen) -> Posting:
    """Post a refund that was asked of the provider."""
    lines = ((CUSTOMER_FUNDS, fen), (REFUNDS_IN_FLIGHT, -fen))
    return _posting(f"refund_asked:{refund}", order, at, *lines)


def refund_done(refund: str, order: OrderId, at: datetime, fen: Fen) -> Posting:
    """Post a refund that the provider carried out."""
    lines = ((REFUNDS_IN_FLIGHT, fen), (CLEARING, -fen))
    return _posting(f"refund_done:{refund}", order, at, *lines)


def order_settled(order: OrderId, courier: PersonId, at: datetime, pay: Fen, fee: Fen) -> Posting:
    """Post the courier's earning and the platform's fee out of the customer's funds."""
    return _posting(
        f"settled:{order}",
        order,
        at,
        (CUSTOMER_FUNDS, pay + fee),
        (courier_account(courier), -pay),
        (PLATFORM_FEE, -fee),
    )


def payout_asked(payout: str, order: OrderId, courier: PersonId, at: datetime, fen: Fen) -> Posting:
    """Post a payout that was asked of the provider."""
    lines = ((courier_account(courier), fen), (PAYOUTS_IN_FLIGHT, -fen))
    return _posting(f"payout_asked:{payout}", order, at, *lines)


def payout_done(payout: str, order: OrderId, at: datetime, fen: Fen) -> Posting:
    """Post a payout that the provider carried out."""
    lines = ((PAYOUTS_IN_FLIGHT, fen), (CLEARING, -fen))
    return _posting(f"payout_done:{payout}", order, at, *lines)


def payout_failed(
    payout: str, order: OrderId, courier: PersonId, at: datetime, fen: Fen
) -> Posting:
    """Post the way back of a payout that failed for good."""
    lines = ((PAYOUTS_IN_FLIGHT, fen), (courier_account(courier), -fen))
    return _posting(f"payout_failed:{payout}", order, at, *lines)
