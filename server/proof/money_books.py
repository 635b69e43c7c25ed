"""The wallets' own books of one run, and what they and ours must agree on.

What the stand-in wrote of payments, refunds and transfers is the truth: it is read from its file,
past every interface of ours.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from server.domain.custody import Custody
from server.domain.ids import OrderId
from server.domain.ledger import CLEARING, COURIER_RECEIVABLE, SUSPENSE, Kind, Posting
from server.domain.ledger_rules import key_kind
from server.domain.money import Charge, Payout
from server.domain.orders import Order
from server.domain.payments import Transfer, TransferState, Waits, Wallet

Row = dict[str, Any]

#: Between two texts: all numbers that begin with the first.
IN = "BETWEEN ? AND ?"

PAID = ("SUCCESS", "REFUND")

#: Paid by a wallet after it had ended as not paid.
LATE = (Kind.PAYOUT_LATE,)

#: Deliveries that say what never happened, or say it too late: none may be taken for true.
FALSE = ("forged", "wrong_amount", "old_timestamp", "probe")

#: The promises.
BALANCES = "the ledger balances after each run"
TWICE = "nobody is paid twice"
LOST = "nothing paid is lost"
NAMED = "every order ends in a named state"
FALSE_TAKEN = "no false notice is taken"

WALLET_OF = {"wechatpay": Wallet.WECHAT, "alipay": Wallet.ALIPAY}

#: How an order may end: where the parcel is, the customer's money, the courier's.
ENDS = frozenset(
    {
        (Custody.DEPOSITED, Charge.UNPAID, Payout.NONE),
        (Custody.RETURNED, Charge.UNPAID, Payout.NONE),
        (Custody.RETURNED, Charge.REFUNDED, Payout.NONE),
        (Custody.DONE, Charge.PAID, Payout.PAID_OUT),
        (Custody.DONE, Charge.REFUNDED, Payout.PAID_OUT),
    }
)


@dataclass(slots=True)
class Books:
    """What the wallets have of one run's orders."""

    payments: list[Row] = field(default_factory=list)
    refunds: list[Row] = field(default_factory=list)
    transfers: list[Row] = field(default_factory=list)
    taken_for_true: list[Row] = field(default_factory=list)

    def position(self, order: OrderId, wallet: Wallet) -> int:
        """Sum up what an order has left at a wallet, fen."""
        paid = sum(one["amount_fen"] for one in self.paid(order) if _at(one) is wallet)
        gone = [*self.given_back(order), *self.paid_out(order)]
        return int(paid - sum(one["amount_fen"] for one in gone if _at(one) is wallet))

    def paid(self, order: OrderId) -> list[Row]:
        """List what customers paid for an order."""
        return [one for one in self.payments if _is_of(one, order) and one["state"] in PAID]

    def given_back(self, order: OrderId) -> list[Row]:
        """List what customers have back of it."""
        return [one for one in self.refunds if _is_of(one, order) and one["state"] == "SUCCESS"]

    def paid_out(self, order: OrderId) -> list[Row]:
        """List what couriers were paid for it."""
        return [one for one in self.transfers if _is_of(one, order) and one["state"] == "SUCCESS"]


def opened(file: Path) -> sqlite3.Connection:
    """Open the stand-in's file, to be read only."""
    truth = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    truth.row_factory = sqlite3.Row
    return truth


def read(truth: sqlite3.Connection, orders: Sequence[OrderId]) -> Books:
    """Read what the wallets have of some orders, oldest first, as runs are to repeat."""
    books = Books()
    for order in orders:
        paid, out = (f"P{order}", f"P{order}~"), (f"T{order}N", f"T{order}N~")
        by_trade, by_bill = f"out_trade_no {IN} ORDER BY rowid", f"out_bill_no {IN} ORDER BY rowid"
        books.payments += _rows(truth, f"SELECT * FROM payments WHERE {by_trade}", *paid)
        books.refunds += _rows(truth, f"SELECT * FROM refunds WHERE {by_trade}", *paid)
        books.transfers += _rows(truth, f"SELECT * FROM transfers WHERE {by_bill}", *out)
    return books


def read_all(truth: sqlite3.Connection, orders: Sequence[OrderId], since: float) -> Books:
    """Read the same, and which false notices were taken for true since then."""
    books, marks = read(truth, orders), ", ".join("?" * len(FALSE))
    books.taken_for_true = _rows(
        truth,
        "SELECT fault, seen, on_what, wire, resource FROM deliveries"
        f" JOIN notices USING (notify_id) WHERE at >= ? AND fault IN ({marks})"
        " AND seen = 'SUCCESS'",
        *(since, *FALSE),
    )
    return books


def waiting_notices(truth: sqlite3.Connection) -> int:
    """Count notices that are still to be delivered."""
    (count,) = truth.execute("SELECT count(*) FROM notices WHERE state='waiting'").fetchone()
    return int(count)


def faults_used(truth: sqlite3.Connection) -> Counter[str]:
    """Count the faults that truly happened, by what they happened to."""
    found = truth.execute("SELECT on_what, kind, used FROM faults WHERE used > 0")
    return Counter({f"{on}:{kind}": used for on, kind, used in found})


def _rows(truth: sqlite3.Connection, sql: str, *values: object) -> list[Row]:
    return [dict(row) for row in truth.execute(sql, values)]


@dataclass(slots=True)
class Wrong:
    """What was found wrong, by the promise that it breaks."""

    found: dict[str, list[str]] = field(default_factory=dict)

    def add(self, check: str, why: str) -> None:
        """Note one thing."""
        self.found.setdefault(check, []).append(why)


def judge_order(
    wrong: Wrong, order: Order, books: Books, postings: Sequence[Posting], by_hand_fen: int
) -> None:
    """Look for what is wrong with one order that has come to rest.

    `by_hand_fen` is what staff gave back past the wallets.
    """
    end = (order.custody, order.charge, order.payout)
    if end not in ENDS:
        wrong.add(NAMED, f"{order.id} rests as {' '.join(end)}")
    _courier_paid_once(wrong, order, books, postings)
    _customer_paid_once(wrong, order, books, by_hand_fen)
    _ledger_agrees(wrong, order, books, postings)


def _courier_paid_once(
    wrong: Wrong, order: Order, books: Books, postings: Sequence[Posting]
) -> None:
    """Compare what a courier has of an order with its pay.

    What a wallet paid late is a debt; what was set off against one is pay that came before.
    """
    out = books.paid_out(order.id)
    late, set_off = _moved(postings, Kind.PAYOUT_LATE), _moved(postings, Kind.SET_OFF)
    late_numbers = {p.key.partition(":")[2] for p in postings if key_kind(p.key) in LATE}
    in_time = [one for one in out if one["out_bill_no"] not in late_numbers]
    has = sum(one["amount_fen"] for one in out) - late + set_off
    due = order.pay_fen if order.payout is Payout.PAID_OUT else 0
    if len(in_time) > 1 or has > due:
        wrong.add(TWICE, f"{order.id} {order.payout}: its courier has {has} fen of {due}")
    elif has < due:
        wrong.add(LOST, f"{order.id} {order.payout}: its courier has {has} fen of {due}")


def _moved(postings: Sequence[Posting], kind: Kind) -> int:
    """Sum what postings of a kind moved."""
    moved = [p.lines for p in postings if key_kind(p.key) == kind]
    return sum(max(line.fen for line in lines) for lines in moved)


def _customer_paid_once(wrong: Wrong, order: Order, books: Books, by_hand_fen: int) -> None:
    """Compare what the platform keeps of a customer's money with what it should."""
    paid = sum(one["amount_fen"] for one in books.paid(order.id))
    back = sum(one["amount_fen"] for one in books.given_back(order.id)) + by_hand_fen
    keeps = order.price_fen - order.refund_asked_fen if order.charge is Charge.PAID else 0
    if paid - back != keeps:
        name = LOST if paid - back > keeps else TWICE
        wrong.add(name, f"{order.id} {order.charge}: {paid} paid, {back} back, should keep {keeps}")
    for one in books.paid(order.id):
        given = [r for r in books.given_back(order.id) if r["out_trade_no"] == one["out_trade_no"]]
        sum_fen = sum(r["amount_fen"] for r in given)
        if sum_fen > one["amount_fen"]:
            wrong.add(TWICE, f"{one['out_trade_no']}: {sum_fen} back of {one['amount_fen']}")


def _ledger_agrees(wrong: Wrong, order: Order, books: Books, postings: Sequence[Posting]) -> None:
    """Compare the clearing accounts with the wallets, and each number with its posting."""
    for wallet in Wallet:
        account = f"{CLEARING}:{wallet.value}"
        ours = sum(line.fen for p in postings for line in p.lines if line.account == account)
        theirs = books.position(order.id, wallet)
        if ours != theirs:
            wrong.add(LOST, f"{order.id} at {wallet}: ledger {ours}, wallet {theirs} fen")
    theirs_too = {f"{Kind.PAYMENT}:{one['out_trade_no']}" for one in books.paid(order.id)}
    theirs_too |= {
        f"{Kind.REFUND_DONE}:{one['out_refund_no']}" for one in books.given_back(order.id)
    }
    theirs_too |= {f"{Kind.PAYOUT_DONE}:{one['out_bill_no']}" for one in books.paid_out(order.id)}
    kinds = (Kind.PAYMENT, Kind.REFUND_DONE, Kind.REFUND_DONE_TOO, Kind.PAYOUT_DONE, *LATE)
    made = {_plain(p.key) for p in postings if key_kind(p.key) in kinds}
    for key in sorted(theirs_too - made):
        wrong.add(LOST, f"not in the ledger: {key}")
    for key in sorted(made - theirs_too):
        wrong.add(BALANCES, f"not at a wallet: {key}")


def _plain(key: str) -> str:
    """Name what came although staff had ended it otherwise like any other."""
    kind, _, number = key.partition(":")
    usual = {Kind.REFUND_DONE_TOO: Kind.REFUND_DONE, Kind.PAYOUT_LATE: Kind.PAYOUT_DONE}
    return f"{usual[Kind(kind)]}:{number}" if kind in usual else key


def judge_run(wrong: Wrong, books: Books, balances: dict[str, int], strange_fen: int) -> None:
    """Look for what is wrong with a run as a whole.

    `strange_fen` is what bills had of nobody's: it must be in suspense, and nothing else.
    """
    in_suspense = balances.get(SUSPENSE, 0)
    if in_suspense != -strange_fen:
        wrong.add(LOST, f"{SUSPENSE}: {in_suspense:+d} fen, {-strange_fen:+d} expected")
    for account, fen in balances.items():
        if _must_be_empty(account) and fen:
            wrong.add(BALANCES, f"{account}: {fen:+d} fen at rest")
    for one in filter(_has_effect, books.taken_for_true):
        number = json.loads(one["resource"]).get("out_trade_no", "")
        wrong.add(FALSE_TAKEN, f"{one['fault']}: {one['wire']} {one['on_what']} {number}")


def judge_debts(wrong: Wrong, tries: Sequence[Transfer], balances: dict[str, int]) -> None:
    """Hold all that couriers have beyond their pay against what they owe, or the platform bears."""
    paid = sum(one.amount_fen for one in tries if one.state is TransferState.PAID_LATE)
    kept = sum(one.amount_fen for one in tries if one.state is TransferState.SET_OFF)
    borne = sum(one.written_off_fen for one in tries)
    owed = balances.get(COURIER_RECEIVABLE, 0)
    if paid - kept - borne != owed:
        wrong.add(TWICE, f"{paid} paid late, {kept} set off, {borne} written off, {owed} owed")
    for one in tries:
        if one.waits is Waits.OWES and one.state is TransferState.HELD:
            wrong.add(NAMED, f"{one.id} is held for a debt at rest")


def _has_effect(one: Row) -> bool:
    """Tell whether a notice says anything that we go by; of Alipay's only a payment does."""
    if one["wire"] != "alipay" or one["fault"] != "wrong_amount":
        return True
    told = json.loads(one["resource"])
    return bool(one["on_what"] == "payment" and told["state"] == "SUCCESS")


def _must_be_empty(account: str) -> bool:
    kind = account.partition(":")[0]
    return kind in ("payouts_in_flight", "refunds_in_flight", "courier_earnings")


def _is_of(one: Row, order: OrderId) -> bool:
    return order in str(one.get("out_trade_no") or one.get("out_bill_no"))


def _at(one: Row) -> Wallet:
    return WALLET_OF[one["wire"]]
