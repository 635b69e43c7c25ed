"""What the proof of the books asks of the database, as aggregations; `ledger_check.py` asks it.

Each gives rows only for what is wrong. The database joins, groups and sorts, on its disk where it
has to, so what an answer takes of memory does not grow with the ledger.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pymongo import ASCENDING

from server.domain import ledger
from server.domain.ledger import Kind
from server.domain.ledger_rules import NEVER_DEBIT, OF_CUSTOMER, Rule
from server.domain.payments import PayWay, Wallet
from server.store.documents import Document

LEDGER = "ledger"

Stages = list[dict[str, Any]]
Expression = Any

IN_TIME = [("at", ASCENDING), ("_id", ASCENDING)]
FIRST: Stages = [{"$sort": dict(IN_TIME)}, {"$limit": 1}]

#: The first word of a line's account, and of a key.
ACCOUNT_KIND = {"$arrayElemAt": [{"$split": ["$$line.account", ":"]}, 0]}
KEY_KIND = {"$arrayElemAt": [{"$split": ["$_id", ":"]}, 0]}

#: Accounts of one courier each; a site has too many of them to list.
OF_COURIERS = (ledger.COURIER_EARNINGS, ledger.COURIER_RECEIVABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """One posting, of one of the kinds, for each document of a state: same number, order and fen.

    `account` is where the fen are; a document tells the whole account in `named` where it knows.
    """

    rule: Rule
    kinds: tuple[Kind, ...]
    collection: str
    match: Document
    fen: str
    account: str
    order: str = "$order"
    named: Expression = None


BY_WALLET: Expression = {
    "$cond": [
        {"$eq": ["$way", PayWay.PRECREATE.value]},
        ledger.clearing(Wallet.ALIPAY),
        ledger.clearing(Wallet.WECHAT),
    ]
}

AGREEMENTS = (
    Agreement(
        rule=Rule.PAYMENT,
        kinds=(Kind.PAYMENT,),
        collection="payments",
        match={"state": "paid"},
        fen="$amount_fen",
        account=ledger.CLEARING,
        named=BY_WALLET,
    ),
    Agreement(
        rule=Rule.REFUND,
        kinds=(Kind.REFUND_ASKED,),
        collection="refunds",
        match={},
        fen="$amount_fen",
        account=ledger.REFUNDS_IN_FLIGHT,
    ),
    Agreement(
        rule=Rule.REFUND,
        kinds=(Kind.REFUND_DONE, Kind.REFUND_BY_HAND),
        collection="refunds",
        match={"state": {"$in": ["done", "by_hand"]}},
        fen="$amount_fen",
        account=ledger.REFUNDS_IN_FLIGHT,
    ),
    Agreement(
        rule=Rule.ORDER,
        kinds=(Kind.SETTLED,),
        collection="orders",
        match={"payout": {"$ne": "none"}},
        fen="$pay_fen",
        account=ledger.COURIER_EARNINGS,
        order="$_id",
    ),
    Agreement(
        rule=Rule.PAYOUT,
        kinds=(Kind.PAYOUT_ASKED,),
        collection="payouts",
        match={"state": {"$nin": ["payable", "held", "set_off"]}},
        fen="$amount_fen",
        account=ledger.PAYOUTS_IN_FLIGHT,
    ),
    Agreement(
        rule=Rule.PAYOUT,
        kinds=(Kind.PAYOUT_DONE,),
        collection="payouts",
        match={"state": "done"},
        fen="$amount_fen",
        account=ledger.PAYOUTS_IN_FLIGHT,
    ),
    Agreement(
        rule=Rule.PAYOUT,
        kinds=(Kind.PAYOUT_FAILED,),
        collection="payouts",
        match={"state": {"$in": ["failed", "cancelled", "paid_late"]}},
        fen="$amount_fen",
        account=ledger.PAYOUTS_IN_FLIGHT,
    ),
    Agreement(
        rule=Rule.PAYOUT,
        kinds=(Kind.PAYOUT_DENIED,),
        collection="payouts",
        match={"denied_at": {"$ne": None}},
        fen="$amount_fen",
        account=ledger.COURIER_EARNINGS,
    ),
    Agreement(
        rule=Rule.PAYOUT,
        kinds=(Kind.PAYOUT_LATE,),
        collection="payouts",
        match={"state": "paid_late"},
        fen="$amount_fen",
        account=ledger.COURIER_RECEIVABLE,
    ),
    Agreement(
        rule=Rule.PAYOUT,
        kinds=(Kind.SET_OFF,),
        collection="payouts",
        match={"state": "set_off"},
        fen="$amount_fen",
        account=ledger.COURIER_RECEIVABLE,
    ),
    Agreement(
        rule=Rule.PAYOUT,
        kinds=(Kind.WRITTEN_OFF,),
        collection="payouts",
        match={"written_off_fen": {"$gt": 0}},
        fen="$written_off_fen",
        account=ledger.COURIER_RECEIVABLE,
    ),
)


def alone() -> Stages:
    """Find postings that do not balance, or whose accounts or key say nothing known."""
    each = {"input": "$lines", "as": "line"}
    whole = {"$in": [{"$type": "$$line.fen"}, ["int", "long"]]}
    known = {"$in": [ACCOUNT_KIND, list(ledger.ACCOUNTS)]}
    of_none = [kind.value for kind in ledger.OF_NO_ORDER]
    # An order's number is the rest of the key of its settlement, and no fee has an order.
    key = {
        "$and": [
            {"$in": [KEY_KIND, [kind.value for kind in Kind]]},
            {"$eq": [{"$in": [KEY_KIND, of_none]}, {"$eq": ["$order", None]}]},
            {
                "$or": [
                    {"$ne": [KEY_KIND, Kind.SETTLED.value]},
                    {"$eq": ["$_id", {"$concat": [f"{Kind.SETTLED.value}:", "$order"]}]},
                ]
            },
        ]
    }
    branches = [
        (Rule.SUM, {"$ne": ["$sum", 0]}),
        (Rule.SUM, {"$not": {"$allElementsTrue": {"$map": {**each, "in": whole}}}}),
        (Rule.SUM, {"$lt": [{"$size": "$lines"}, 2]}),
        (Rule.ACCOUNT, {"$not": {"$allElementsTrue": {"$map": {**each, "in": known}}}}),
        (Rule.KEY, {"$not": key}),
    ]
    switch = [{"case": case, "then": rule.value} for rule, case in branches]
    return [
        {"$set": {"sum": {"$sum": "$lines.fen"}}},
        {"$set": {"broken": {"$switch": {"branches": switch, "default": ""}}}},
        {"$match": {"broken": {"$ne": ""}}},
    ]


def joined(one: Agreement) -> Stages:
    """Put documents and postings of a kind side by side by their number; keep what differs."""
    theirs = {
        "_id": 1,
        "n": {"$literal": 1},
        "fen": one.fen,
        "order": one.order,
        "named": one.named if one.named is not None else {"$literal": None},
        "at": {"$ifNull": ["$created_at", "$asked_at"]},
    }
    on_account = {"$eq": [ACCOUNT_KIND, one.account]}
    lines = {"$filter": {"input": "$lines", "as": "line", "cond": on_account}}
    ours = {
        "_id": {"$substrBytes": ["$_id", {"$add": [{"$indexOfBytes": ["$_id", ":"]}, 1]}, -1]},
        "posted": "$_id",
        "n": {"$literal": -1},
        "fen": {"$multiply": [-1, {"$abs": {"$sum": "$on.fen"}}]},
        "order": 1,
        "named": {"$first": "$on.account"} if one.named is not None else {"$literal": None},
        "at": 1,
    }
    of_kinds = [{"_id": {"$gte": f"{kind.value}:", "$lt": f"{kind.value};"}} for kind in one.kinds]
    differs = [
        {"n": {"$ne": 0}},
        {"fen": {"$ne": 0}},
        {"$expr": {"$ne": ["$order", "$other"]}},
        {"$expr": {"$ne": ["$named", "$named_too"]}},
    ]
    return [
        {"$match": one.match},
        {"$project": theirs},
        {
            "$unionWith": {
                "coll": LEDGER,
                "pipeline": [
                    {"$match": {"$or": of_kinds}},
                    {"$set": {"on": lines}},
                    {"$project": ours},
                ],
            }
        },
        {
            "$group": {
                "_id": "$_id",
                "posted": {"$max": "$posted"},
                "n": {"$sum": "$n"},
                "fen": {"$sum": "$fen"},
                "order": {"$min": "$order"},
                "other": {"$max": "$order"},
                "named": {"$min": "$named"},
                "named_too": {"$max": "$named"},
                "at": {"$min": "$at"},
            }
        },
        {"$match": {"$or": differs}},
    ]


def of_orders() -> Stages:
    """Sum each order's accounts; keep the orders where one is on the wrong side."""

    def sum_of(condition: Expression) -> Expression:
        return {"$sum": {"$cond": [condition, "$lines.fen", 0]}}

    def on(name: str) -> Expression:
        if name not in OF_COURIERS:
            return {"$eq": ["$lines.account", name]}
        return _begins("$lines.account", f"{name}:")

    sums: Document = {name: sum_of(on(name)) for name in NEVER_DEBIT}
    from_customers = {"$or": [_begins("$_id", f"{kind.value}:") for kind in sorted(OF_CUSTOMER)]}
    for wallet in Wallet:
        at_wallet = {"$eq": ["$lines.account", ledger.clearing(wallet)]}
        sums[wallet.value] = sum_of({"$and": [from_customers, at_wallet]})
    is_settled = {"$cond": [_begins("$_id", f"{Kind.SETTLED.value}:"), 1, 0]}
    wrong: list[Document] = [
        *({name: {"$gt": 0}} for name in NEVER_DEBIT),
        *({wallet.value: {"$lt": 0}} for wallet in Wallet),
        {"settled": 1, ledger.CUSTOMER_FUNDS: {"$ne": 0}},
    ]
    return [
        {"$match": {"order": {"$ne": None}}},
        {"$unwind": "$lines"},
        {
            "$group": {
                "_id": "$order",
                "at": {"$min": "$at"},
                "settled": {"$max": is_settled},
                **sums,
            }
        },
        {"$match": {"$or": wrong}},
    ]


def accounts() -> Stages:
    """Sum every account, then those of couriers together; name one on the wrong side."""
    kind = {"$arrayElemAt": [{"$split": ["$_id", ":"]}, 0]}
    wrong = {
        "$or": [
            {"$and": [{"$eq": [kind, ledger.COURIER_EARNINGS]}, {"$gt": ["$fen", 0]}]},
            {"$and": [{"$eq": [kind, ledger.COURIER_RECEIVABLE]}, {"$lt": ["$fen", 0]}]},
        ]
    }
    return [
        {"$unwind": "$lines"},
        {"$group": {"_id": "$lines.account", "fen": {"$sum": "$lines.fen"}}},
        {
            "$group": {
                "_id": {"$cond": [{"$in": [kind, list(OF_COURIERS)]}, kind, "$_id"]},
                "fen": {"$sum": "$fen"},
                "wrong": {"$min": {"$cond": [wrong, "$_id", None]}},
            }
        },
    ]


def debts() -> Stages:
    """Hold what the payouts say that couriers owe against their accounts; keep what differs."""
    account = f"{ledger.COURIER_RECEIVABLE}:"
    ours = {"lines.account": {"$gte": account, "$lt": f"{ledger.COURIER_RECEIVABLE};"}}
    posted: Stages = [
        {"$match": ours},
        {"$unwind": "$lines"},
        {"$match": ours},
        {
            "$project": {
                "courier": {"$substrBytes": ["$lines.account", len(account), -1]},
                "fen": {"$multiply": [-1, "$lines.fen"]},
                "at": 1,
            }
        },
    ]
    told = {"courier": 1, "fen": "$owed_fen", "at": "$created_at"}
    return [
        {"$match": {"state": "paid_late"}},
        {"$project": told},
        {"$unionWith": {"coll": LEDGER, "pipeline": posted}},
        {"$group": {"_id": "$courier", "fen": {"$sum": "$fen"}, "at": {"$min": "$at"}}},
        {"$match": {"fen": {"$ne": 0}}},
    ]


def open_items() -> Stages:
    """Sum up what staff have still to see to: suspense by what it came from, debts by courier."""
    account = f"{ledger.COURIER_RECEIVABLE}:"
    to_see_to = {
        "$or": [
            {"lines.account": ledger.SUSPENSE},
            {"lines.account": {"$gte": account, "$lt": f"{ledger.COURIER_RECEIVABLE};"}},
        ]
    }
    words = {"$split": ["$_id", ":"]}
    # A difference's changes are numbered: `suspense:DIFFERENCE:TURN`.
    end = {"$cond": [_begins("$_id", f"{Kind.SUSPENSE.value}:"), 2, 1]}
    length = {"$max": [1, {"$subtract": [{"$size": words}, end]}]}
    source = {"$slice": [words, 1, length]}
    is_suspense = {"$eq": ["$lines.account", ledger.SUSPENSE]}
    name = {"account": "$lines.account", "of": {"$cond": [is_suspense, source, []]}}
    return [
        {"$match": to_see_to},
        {"$unwind": "$lines"},
        {"$match": to_see_to},
        {"$group": {"_id": name, "fen": {"$sum": "$lines.fen"}, "since": {"$min": "$at"}}},
        {"$match": {"fen": {"$ne": 0}}},
        {"$sort": {"_id": 1}},
    ]


def _begins(text: str, start: str) -> Expression:
    """Tell whether a text begins so; splitting millions of them takes twice as long."""
    return {"$eq": [{"$substrBytes": [text, 0, len(start)]}, start]}
