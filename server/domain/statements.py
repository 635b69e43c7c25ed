"""A wallet's bill of a day beside our books: what agrees, and each kind of difference.

Days are China's. Our postings come a little after the wallet's own time, so what we posted near
midnight may be in the bill of the day before or after: a number counts as billed in whatever day's
bill it is found, and what we have in a day's last hour is judged with the next day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from server.domain.china import CHINA

#: How long after the wallet's time we may post what it did.
SLACK = timedelta(hours=1)

#: Fees are rounded by the wallet, one way or the other.
FEE_ROUNDING_FEN = 1


class Flow(StrEnum):
    """Which way money went."""

    PAYMENT = "payment"
    REFUND = "refund"
    TRANSFER = "transfer"
    UNREAD = "unread"  #: nobody can tell


#: What a flow does to our money at the wallet.
SIGN = {Flow.PAYMENT: 1, Flow.REFUND: -1, Flow.TRANSFER: -1, Flow.UNREAD: 0}

#: A number of ours, as a bill names it.
Name = tuple[str, str]


class Kind(StrEnum):
    """How a bill and our books differ."""

    MISSING_AT_WALLET = "missing_at_wallet"
    MISSING_HERE = "missing_here"
    AMOUNT = "amount"
    DUPLICATE = "duplicate"
    FEE = "fee"
    UNREADABLE = "unreadable"


#: Kinds of which a number may have several, told apart by the wallet's number.
SEVERAL = frozenset({Kind.DUPLICATE, Kind.UNREADABLE})


class Billed(Protocol):
    """One line of a bill, as `server/providers/money_ports.py` has it."""

    @property
    def kind(self) -> str:
        """`payment`, `refund`, `transfer`, or `unread`: only its numbers say something."""

    @property
    def number(self) -> str:
        """Give our number."""

    @property
    def transaction(self) -> str:
        """Give the wallet's number."""

    @property
    def amount_fen(self) -> int:
        """Give the amount, positive whatever the kind."""

    @property
    def fee_fen(self) -> int:
        """Give what the wallet kept; negative when it gave a fee back."""

    @property
    def at(self) -> datetime:
        """Give the wallet's time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """What our books have at the wallet under one number."""

    flow: Flow
    number: str
    amount_fen: int
    at: datetime

    @property
    def name(self) -> Name:
        """Flow and number."""
        return self.flow.value, self.number


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One number on which bill and books differ; None where one of them has nothing."""

    kind: Kind
    flow: Flow
    number: str
    transaction: str | None = None
    ours_fen: int | None = None
    theirs_fen: int | None = None
    fee_fen: int | None = None

    @property
    def name(self) -> str:
        """Tell it from all others of its day and wallet."""
        again = f":{self.transaction}" if self.kind in SEVERAL else ""
        return f"{self.kind.value}:{self.flow.value}:{self.number}{again}"

    @property
    def effect_fen(self) -> int:
        """How much more the wallet has of our money than our books say; goes to suspense."""
        if self.kind is Kind.FEE:
            return 0
        return SIGN[self.flow] * ((self.theirs_fen or 0) - (self.ours_fen or 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """From when, and until before when, what we have is judged with a day's bill."""

    begin: datetime
    end: datetime

    def holds(self, at: datetime) -> bool:
        """Tell whether an instant is judged now."""
        return self.begin <= at < self.end


def bounds(day: date) -> Window:
    """Give a day's first instant and the next day's."""
    begin = datetime(day.year, day.month, day.day, tzinfo=CHINA)
    return Window(begin=begin, end=begin + timedelta(days=1))


def judged_with(day: date, *, is_first: bool) -> Window:
    """Give what of ours is judged with a day's bill; of the first day, without its first hour."""
    whole = bounds(day)
    begin = whole.begin + SLACK if is_first else whole.begin - SLACK
    return Window(begin=begin, end=whole.end - SLACK)


def reconcile(
    ours: Iterable[Ours],
    lines: Iterable[Billed],
    *,
    window: Window,
    earlier: Mapping[Name, str],
    later: AbstractSet[Name],
    fee_basis_points: int,
) -> tuple[Difference, ...]:
    """Compare a day's bill with our books; the outcome depends on no order of either.

    `ours` holds all that the window holds, and whatever else has a number of the bill.
    `earlier` (with the wallet's numbers) and `later` name what other days' bills have. Fees are
    judged by the wallet's rate: of payments up to it, of refunds given back up to it, of
    transfers none.
    """
    known = {one.name: one for one in ours}
    found: list[Difference] = []
    billed: set[Name] = set()
    unread: set[str] = set()
    for line in sorted(lines, key=lambda one: (one.kind, one.number, one.at, one.transaction)):
        if line.kind == Flow.UNREAD:
            unread.add(line.number)
            found.append(_unreadable(line))
            continue
        name = (line.kind, line.number)
        if name in billed or earlier.get(name, line.transaction) != line.transaction:
            found.append(_of_line(Kind.DUPLICATE, line, None))
            continue
        billed.add(name)
        found += _compared(known.get(name), line, fee_basis_points)
    for one in known.values():
        is_billed = one.name in billed or one.name in earlier or one.name in later
        is_billed = is_billed or one.number in unread  # which tells of it already
        if window.holds(one.at) and not is_billed:
            found.append(
                Difference(
                    kind=Kind.MISSING_AT_WALLET,
                    flow=one.flow,
                    number=one.number,
                    ours_fen=one.amount_fen,
                )
            )
    return tuple(sorted(found, key=lambda one: one.name))


def _compared(ours: Ours | None, line: Billed, fee_basis_points: int) -> list[Difference]:
    if ours is None:
        return [_of_line(Kind.MISSING_HERE, line, None)]
    found = []
    if ours.amount_fen != line.amount_fen:
        found.append(_of_line(Kind.AMOUNT, line, ours.amount_fen))
    if not _is_fee_right(line, fee_basis_points):
        found.append(_of_line(Kind.FEE, line, ours.amount_fen))
    return found


def _is_fee_right(line: Billed, basis_points: int) -> bool:
    most = -(-line.amount_fen * basis_points // 10_000) + FEE_ROUNDING_FEN
    match Flow(line.kind):
        case Flow.PAYMENT:
            return 0 <= line.fee_fen <= most
        case Flow.REFUND:
            return -most <= line.fee_fen <= 0
        case Flow.TRANSFER | Flow.UNREAD:
            return line.fee_fen == 0


def _unreadable(line: Billed) -> Difference:
    return Difference(
        kind=Kind.UNREADABLE,
        flow=Flow.UNREAD,
        number=line.number,
        transaction=line.transaction,
    )


def _of_line(kind: Kind, line: Billed, ours_fen: int | None) -> Difference:
    return Difference(
        kind=kind,
        flow=Flow(line.kind),
        number=line.number,
        transaction=line.transaction,
        ours_fen=ours_fen,
        theirs_fen=line.amount_fen,
        fee_fen=line.fee_fen,
    )
