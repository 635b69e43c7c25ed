"""What all postings keep, and how to tell the first of an order that does not.

A posting's own rules: it sums to zero, in whole fen, over known accounts, under a key that says
what it is. An order's: no account goes to the wrong side, and its customer's funds are empty once
it is settled. `store/ledger_check.py` asks the database the same of millions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from server.domain.ledger import (
    CLEARING,
    COURIER_EARNINGS,
    CUSTOMER_FUNDS,
    PAYOUTS_IN_FLIGHT,
    REFUNDS_IN_FLIGHT,
    Kind,
    Posting,
)


class Rule(StrEnum):
    """What a bad entry breaks."""

    SUM = "sum"  #: its lines do not sum to zero, or are no whole numbers
    ACCOUNT = "account"  #: an account that there is not
    KEY = "key"  #: a key that says nothing known, or of another order
    PAYMENT = "payment"  #: does not agree with the payments
    REFUND = "refund"  #: does not agree with the refunds
    PAYOUT = "payout"  #: does not agree with the payouts
    ORDER = "order"  #: does not agree with the orders
    OVERDRAWN = "overdrawn"  #: an order gave more than it had
    UNSETTLED = "unsettled"  #: settled, and the customer's funds are not empty


#: Accounts that, within one order, never get above zero: nobody takes out what is not there.
NEVER_DEBIT = (CUSTOMER_FUNDS, COURIER_EARNINGS, PAYOUTS_IN_FLIGHT, REFUNDS_IN_FLIGHT)

IN_LIFE = tuple(kind.value for kind in Kind)

#: Kinds that move money between a wallet and the customer.
OF_CUSTOMER = frozenset({Kind.PAYMENT, Kind.REFUND_DONE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Bad:
    """One entry that breaks a rule; `why` is for staff: numbers and ids only."""

    key: str
    order: str | None
    rule: Rule
    why: str


def account_kind(account: str) -> str:
    """Give an account's first word."""
    return account.partition(":")[0]


def key_kind(key: str) -> str:
    """Give a key's first word."""
    return key.partition(":")[0]


def first_bad_of_order(postings: Iterable[Posting]) -> Bad | None:
    """Play an order's postings in time and name the first that breaks its rules.

    Of one instant, they come in the order in which the kinds follow each other in life.
    """
    balances: defaultdict[str, int] = defaultdict(int)
    is_settled = False
    for posting in sorted(postings, key=_in_life):
        kind = key_kind(posting.key)
        for line in posting.lines:
            balances[account_kind(line.account)] += line.fen
            if kind in OF_CUSTOMER and account_kind(line.account) == CLEARING:
                balances[line.account] += line.fen
        is_settled = is_settled or kind == Kind.SETTLED
        if why := _wrong_side(balances):
            return Bad(key=posting.key, order=posting.order, rule=Rule.OVERDRAWN, why=why)
        if is_settled and (left := balances[CUSTOMER_FUNDS]):
            why = f"{CUSTOMER_FUNDS} {left:+d} fen"
            return Bad(key=posting.key, order=posting.order, rule=Rule.UNSETTLED, why=why)
    return None


def _in_life(posting: Posting) -> tuple[datetime, int]:
    kind = key_kind(posting.key)
    return posting.at, IN_LIFE.index(kind) if kind in IN_LIFE else len(IN_LIFE)


def _wrong_side(balances: dict[str, int]) -> str | None:
    for account, fen in balances.items():
        if account in NEVER_DEBIT and fen > 0:
            return f"{account} {fen:+d} fen"
        if account.startswith(f"{CLEARING}:") and fen < 0:
            return f"{account} {fen:+d} fen: more given back than paid by it"
    return None
