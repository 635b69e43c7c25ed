"""Double-entry bookkeeping in integer fen: accounts, postings, and what each event posts.

A posting's lines sum to zero: debit is positive, credit negative. Postings are only ever
added. The key of a posting (`kind:number`) makes posting it twice impossible. The rules that
all postings of an order keep together are in `ledger_rules.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from server.domain.ids import OrderId, PersonId
from server.domain.money import Fen
from server.domain.payments import Wallet

#: Money at the wallets, owed to us: one account for each, `provider_clearing:wechat`.
CLEARING = "provider_clearing"
#: Paid by customers for parcels not yet settled: owed to the customer or the courier.
CUSTOMER_FUNDS = "customer_funds"
PLATFORM_FEE = "platform_fee"
#: What the wallets kept for themselves, as their statements say.
PROVIDER_FEES = "provider_fees"
#: What couriers have earned and have not been paid: one account for each courier.
COURIER_EARNINGS = "courier_earnings"
#: What couriers owe us: a wallet paid them a number that had ended as not paid.
COURIER_RECEIVABLE = "courier_receivable"
#: Transfers asked of the wallet, outcome not known.
PAYOUTS_IN_FLIGHT = "payouts_in_flight"
#: Refunds asked of the wallet, outcome not known.
REFUNDS_IN_FLIGHT = "refunds_in_flight"
#: Money that came or went for nothing we know of; staff sort it out.
SUSPENSE = "suspense"
#: What staff gave past the wallets, from the company's own account.
BANK = "bank"

#: What each account is for; the documents' table is made of it.
ACCOUNTS: dict[str, str] = {
    CLEARING: "money at a wallet (`provider_clearing:wechat`, `:alipay`); debit",
    CUSTOMER_FUNDS: "paid for parcels that are not settled; credit; empty once settled",
    PLATFORM_FEE: "what the platform earned; credit",
    PROVIDER_FEES: "what the wallets kept, as their statements say; debit",
    COURIER_EARNINGS: "earned and not paid, `courier_earnings:PERSON`; credit",
    COURIER_RECEIVABLE: "owed to us by a courier, `courier_receivable:PERSON`; debit",
    PAYOUTS_IN_FLIGHT: "transfers asked for, outcome not known; credit",
    REFUNDS_IN_FLIGHT: "refunds asked for, outcome not known; credit",
    SUSPENSE: "came or went for nothing we know of; staff sort it out",
    BANK: "given past the wallets, from the company's own account; credit",
}


class Kind(StrEnum):
    """What a posting is for: the first word of its key."""

    PAYMENT = "payment"
    REFUND_ASKED = "refund_asked"
    REFUND_DONE = "refund_done"
    REFUND_BY_HAND = "refund_by_hand"
    REFUND_DONE_TOO = "refund_done_too"  #: by the wallet, after staff did it by hand
    SETTLED = "settled"
    PAYOUT_ASKED = "payout_asked"
    PAYOUT_DONE = "payout_done"
    PAYOUT_FAILED = "payout_failed"
    PAYOUT_DENIED = "payout_denied"  #: by the wallet, after staff had said that it was paid
    PAYOUT_LATE = "payout_late"  #: by the wallet, after it had ended as not paid
    SET_OFF = "set_off"  #: earnings that pay what a courier owes
    WRITTEN_OFF = "written_off"  #: what a courier owed and the platform bears
    PROVIDER_FEE = "provider_fee"
    SUSPENSE = "suspense"
    SUSPENSE_OUT = "suspense_out"


#: What each kind moves, debit first; the documents' table is made of it.
MOVES: dict[Kind, str] = {
    Kind.PAYMENT: "clearing ← customer funds",
    Kind.REFUND_ASKED: "customer funds (after settlement: platform fee) ← refunds in flight",
    Kind.REFUND_DONE: "refunds in flight ← clearing",
    Kind.REFUND_BY_HAND: "refunds in flight ← bank",
    Kind.REFUND_DONE_TOO: "suspense ← clearing",
    Kind.SETTLED: "customer funds ← courier earnings, platform fee",
    Kind.PAYOUT_ASKED: "courier earnings ← payouts in flight",
    Kind.PAYOUT_DONE: "payouts in flight ← clearing",
    Kind.PAYOUT_FAILED: "payouts in flight ← courier earnings",
    Kind.PAYOUT_DENIED: "suspense ← courier earnings",
    Kind.PAYOUT_LATE: "courier receivable ← clearing",
    Kind.SET_OFF: "courier earnings ← courier receivable",
    Kind.WRITTEN_OFF: "platform fee ← courier receivable",
    Kind.PROVIDER_FEE: "provider fees ← clearing",
    Kind.SUSPENSE: "clearing ← suspense, or back",
    Kind.SUSPENSE_OUT: "suspense ← platform fee (what customers sent back: bank), or back",
}

#: Kinds that belong to no order.
OF_NO_ORDER = frozenset({Kind.PROVIDER_FEE, Kind.SUSPENSE, Kind.SUSPENSE_OUT})


def clearing(wallet: Wallet) -> str:
    """Name the account of our money at a wallet."""
    return f"{CLEARING}:{wallet.value}"


def courier_account(courier: PersonId) -> str:
    """Name the account of what a courier has earned and not been paid."""
    return f"{COURIER_EARNINGS}:{courier}"


def receivable(courier: PersonId) -> str:
    """Name the account of what a courier owes us."""
    return f"{COURIER_RECEIVABLE}:{courier}"


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


def _posting(
    kind: Kind, number: str, order: OrderId | None, at: datetime, *lines: tuple[str, int]
) -> Posting:
    return Posting(
        key=f"{kind.value}:{number}",
        order=order,
        at=at,
        lines=tuple(Line(account=account, fen=Fen(fen)) for account, fen in lines if fen),
    )


def payment_received(
    payment: str, order: OrderId, at: datetime, fen: Fen, wallet: Wallet = Wallet.WECHAT
) -> Posting:
    """Post a customer's payment."""
    lines = ((clearing(wallet), fen), (CUSTOMER_FUNDS, -fen))
    return _posting(Kind.PAYMENT, payment, order, at, *lines)


def refund_asked(
    refund: str, order: OrderId, at: datetime, fen: Fen, *, by_platform: bool = False
) -> Posting:
    """Post a refund, all or a part, that was asked of the wallet.

    Before the settlement the customer's funds give it; afterwards they are empty, and the
    platform does, never the courier's pay.
    """
    giver = PLATFORM_FEE if by_platform else CUSTOMER_FUNDS
    return _posting(Kind.REFUND_ASKED, refund, order, at, (giver, fen), (REFUNDS_IN_FLIGHT, -fen))


def refund_done(
    refund: str, order: OrderId, at: datetime, fen: Fen, wallet: Wallet = Wallet.WECHAT
) -> Posting:
    """Post a refund that the wallet carried out."""
    lines = ((REFUNDS_IN_FLIGHT, fen), (clearing(wallet), -fen))
    return _posting(Kind.REFUND_DONE, refund, order, at, *lines)


def refund_by_hand(refund: str, order: OrderId, at: datetime, fen: Fen) -> Posting:
    """Post a refund that staff gave past the wallet, which could not."""
    lines = ((REFUNDS_IN_FLIGHT, fen), (BANK, -fen))
    return _posting(Kind.REFUND_BY_HAND, refund, order, at, *lines)


def refund_done_too(
    refund: str, order: OrderId, at: datetime, fen: Fen, wallet: Wallet = Wallet.WECHAT
) -> Posting:
    """Post a refund that the wallet carried out although staff had given it by hand."""
    lines = ((SUSPENSE, fen), (clearing(wallet), -fen))
    return _posting(Kind.REFUND_DONE_TOO, refund, order, at, *lines)


def order_settled(order: OrderId, courier: PersonId, at: datetime, pay: Fen, fee: Fen) -> Posting:
    """Post the courier's earning and the platform's fee out of the customer's funds.

    After a partial refund the fee is what is left; below zero the platform adds to the pay.
    """
    return _posting(
        Kind.SETTLED,
        order,
        order,
        at,
        (CUSTOMER_FUNDS, pay + fee),
        (courier_account(courier), -pay),
        (PLATFORM_FEE, -fee),
    )


def payout_asked(payout: str, order: OrderId, courier: PersonId, at: datetime, fen: Fen) -> Posting:
    """Post a payout that was asked of the wallet."""
    lines = ((courier_account(courier), fen), (PAYOUTS_IN_FLIGHT, -fen))
    return _posting(Kind.PAYOUT_ASKED, payout, order, at, *lines)


def payout_done(
    payout: str, order: OrderId, at: datetime, fen: Fen, wallet: Wallet = Wallet.WECHAT
) -> Posting:
    """Post a payout that the wallet carried out."""
    lines = ((PAYOUTS_IN_FLIGHT, fen), (clearing(wallet), -fen))
    return _posting(Kind.PAYOUT_DONE, payout, order, at, *lines)


def payout_failed(
    payout: str, order: OrderId, courier: PersonId, at: datetime, fen: Fen
) -> Posting:
    """Post the way back of a payout that failed for good."""
    lines = ((PAYOUTS_IN_FLIGHT, fen), (courier_account(courier), -fen))
    return _posting(Kind.PAYOUT_FAILED, payout, order, at, *lines)


def payout_denied(
    payout: str, order: OrderId, courier: PersonId, at: datetime, fen: Fen
) -> Posting:
    """Post that a payout did not come, though staff had said so: its pay is owed again.

    What we have at the wallet is its bill's to say; suspense holds the difference until then.
    """
    lines = ((SUSPENSE, fen), (courier_account(courier), -fen))
    return _posting(Kind.PAYOUT_DENIED, payout, order, at, *lines)


def payout_late(
    payout: str,
    order: OrderId,
    courier: PersonId,
    at: datetime,
    fen: Fen,
    wallet: Wallet = Wallet.WECHAT,
) -> Posting:
    """Post a payout that the wallet carried out after it had ended as not paid.

    What it paid is owed to the courier still, or was paid under another number: they owe it.
    """
    lines = ((receivable(courier), fen), (clearing(wallet), -fen))
    return _posting(Kind.PAYOUT_LATE, payout, order, at, *lines)


def set_off(payout: str, order: OrderId, courier: PersonId, at: datetime, fen: Fen) -> Posting:
    """Post that a payout, all or a part of it, pays what its courier owes."""
    lines = ((courier_account(courier), fen), (receivable(courier), -fen))
    return _posting(Kind.SET_OFF, payout, order, at, *lines)


def written_off(payout: str, order: OrderId, courier: PersonId, at: datetime, fen: Fen) -> Posting:
    """Post that the platform bears what a courier owed for a payout that came late."""
    lines = ((PLATFORM_FEE, fen), (receivable(courier), -fen))
    return _posting(Kind.WRITTEN_OFF, payout, order, at, *lines)


def provider_fee(wallet: Wallet, day: date, run: int, at: datetime, fen: int) -> Posting:
    """Post what a wallet kept on a day; `run` tells a later correction of the day apart."""
    lines = ((PROVIDER_FEES, fen), (clearing(wallet), -fen))
    return _posting(Kind.PROVIDER_FEE, f"{wallet.value}:{day}:{run}", None, at, *lines)


def suspense(number: str, wallet: Wallet, at: datetime, fen: int) -> Posting:
    """Post what a statement has more (or, below zero, less) than we know of."""
    lines = ((clearing(wallet), fen), (SUSPENSE, -fen))
    return _posting(Kind.SUSPENSE, number, None, at, *lines)


def suspense_out(number: str, at: datetime, fen: int, to: str = PLATFORM_FEE) -> Posting:
    """Post that staff give what was put in suspense, `fen` then, to the platform for good.

    Or to the bank: below zero, money that came back to the company's own account.
    """
    lines = ((SUSPENSE, fen), (to, -fen))
    return _posting(Kind.SUSPENSE_OUT, number, None, at, *lines)
