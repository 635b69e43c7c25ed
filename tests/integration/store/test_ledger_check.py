"""The proof of the books on a real MongoDB: right books pass, each broken rule is named."""

import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from server.domain import ledger
from server.domain.ledger import Posting, clearing, courier_account, receivable
from server.domain.payments import Wallet
from server.store.connection import connect
from server.store.documents import to_document
from server.store.ledger import MongoLedger
from tests import builders

PRICE, PAY, FEE = 2000, 1800, 200


def posted(posting: Posting) -> dict[str, Any]:
    document = to_document(posting)
    document["_id"] = document.pop("key")
    return document


@dataclass
class Books:
    """A ledger with the collections that it has to agree with."""

    db: Any
    ledger: MongoLedger

    async def right(self, orders: int) -> None:
        """Write whole orders: paid by either wallet, settled and paid out, or refunded."""
        made: dict[str, list[dict[str, Any]]] = {}
        for n in range(orders):
            for name, document in one_order(n):
                made.setdefault(name, []).append(document)
        for name, documents in made.items():
            await self.db[name].insert_many(documents, ordered=False)

    async def alter(self, key: str, **fields: Any) -> None:
        result = await self.db["ledger"].update_one({"_id": key}, {"$set": fields})
        assert result.modified_count == 1, key


def one_order(n: int) -> list[tuple[str, dict[str, Any]]]:
    """Make one order's documents; every third goes back, every second is Alipay's."""
    order, at = f"LJ{n:08}", builders.NOON + timedelta(seconds=n)
    alipay, is_refunded = n % 2 == 1, n % 3 == 2
    wallet = Wallet.ALIPAY if alipay else Wallet.WECHAT
    ids = {"p": f"P{order}", "r": f"RP{order}", "t": f"T{order}N1", "c": f"C{n % 7}"}
    way = "alipay_precreate" if alipay else "wechat_native"
    payment = {"amount_fen": PRICE, "order": order, "state": "paid", "way": way, "created_at": at}
    rows: list[tuple[str, dict[str, Any]]] = [
        ("payments", {"_id": ids["p"], **payment}),
        ("payments", {"_id": f"{ids['p']}X", **payment, "state": "closed"}),
        ("ledger", posted(ledger.payment_received(ids["p"], order, at, PRICE, wallet))),
    ]
    amounts = {"order": order, "state": "done"}
    if is_refunded:
        return [
            *rows,
            ("orders", {"_id": order, "payout": "none", "pay_fen": PAY, "created_at": at}),
            ("refunds", {"_id": ids["r"], "amount_fen": PRICE, "asked_at": at, **amounts}),
            ("ledger", posted(ledger.refund_asked(ids["r"], order, at, PRICE))),
            ("ledger", posted(ledger.refund_done(ids["r"], order, at, PRICE, wallet))),
        ]
    return [
        *rows,
        ("orders", {"_id": order, "payout": "paid_out", "pay_fen": PAY, "created_at": at}),
        ("payouts", {"_id": ids["t"], "amount_fen": PAY, "created_at": at, **amounts}),
        ("ledger", posted(ledger.order_settled(order, ids["c"], at, PAY, FEE))),
        ("ledger", posted(ledger.payout_asked(ids["t"], order, ids["c"], at, PAY))),
        ("ledger", posted(ledger.payout_done(ids["t"], order, at, PAY, Wallet.WECHAT))),
    ]


@asynccontextmanager
async def books(mongo_uri, name, orders=6):
    client = connect(mongo_uri)
    try:
        made = Books(client[name], MongoLedger(client[name]))
        await made.ledger.ensure_indexes()
        await made.right(orders)
        yield made
    finally:
        client.close()


async def test_right_books_pass_and_show_their_balances(mongo_uri, mongo_db_name):
    async with books(mongo_uri, mongo_db_name) as b:
        check = await b.ledger.check()
        assert (check.ok, check.bad, check.entries) == (True, (), 4 * 4 + 2 * 3)
        assert check.balances == {
            "courier_earnings": 0,
            "customer_funds": 0,
            "payouts_in_flight": 0,
            "platform_fee": -4 * FEE,
            clearing(Wallet.ALIPAY): 2 * PRICE,
            clearing(Wallet.WECHAT): 2 * PRICE - 4 * PAY,
            "refunds_in_flight": 0,
        }
        earned = await b.ledger.earned("C0")
        assert (earned.available_fen, earned.paid_fen) == (0, PAY)


async def test_no_books_are_right_books(mongo_uri, mongo_db_name):
    client = connect(mongo_uri)
    try:
        check = await MongoLedger(client[mongo_db_name]).check()
        assert (check.ok, check.entries, check.balances) == (True, 0, {})
    finally:
        client.close()


def lines(**accounts: Any) -> list[dict[str, Any]]:
    return [{"account": name.replace("__", ":"), "fen": fen} for name, fen in accounts.items()]


#: What is done to right books, and which entry is named by which rule.
ALTERED: dict[str, tuple[str, dict[str, Any], str]] = {
    "a line is a fen off": (
        "payment:PLJ00000000",
        {"lines.0.fen": PRICE + 1},
        "sum",
    ),
    "fen are no whole number": (
        "payment:PLJ00000000",
        {"lines": lines(provider_clearing__wechat=0.5, customer_funds=-0.5)},
        "sum",
    ),
    "one line only": ("payment:PLJ00000000", {"lines": lines(suspense=0)}, "sum"),
    "an account that there is not": (
        "settled:LJ00000001",
        {"lines.2.account": "pocket"},
        "account",
    ),
    "settled under another order's key": (
        "settled:LJ00000001",
        {"order": "LJ00000000"},
        "key",
    ),
    "no order": ("payment:PLJ00000001", {"order": None}, "key"),
    "a payment of another amount": (
        "payment:PLJ00000003",
        {"lines": lines(provider_clearing__alipay=1, customer_funds=-1)},
        "payment",
    ),
    "a payment at another wallet": (
        "payment:PLJ00000003",
        {"lines.0.account": clearing(Wallet.WECHAT)},
        "payment",
    ),
    "a payment of another order": ("payment:PLJ00000003", {"order": "LJ00000004"}, "payment"),
    "a refund of another amount": (
        "refund_asked:RPLJ00000002",
        {"lines": lines(customer_funds=1, refunds_in_flight=-1)},
        "refund",
    ),
    "a pay of another amount": (
        "settled:LJ00000001",
        {"lines.1.fen": -PAY - 1, "lines.2.fen": -FEE + 1},
        "order",
    ),
    "a payout of another amount": (
        "payout_done:TLJ00000000N1",
        {"lines": lines(payouts_in_flight=1, provider_clearing__wechat=-1)},
        "payout",
    ),
    "customer's funds left after the settlement": (
        "settled:LJ00000001",
        {"lines.0.fen": PRICE - 1, "lines.2.fen": -FEE + 1},
        "unsettled",
    ),
    "paid by one wallet, given back by the other": (
        "refund_done:RPLJ00000002",
        {"lines.1.account": clearing(Wallet.ALIPAY)},
        "overdrawn",
    ),
}


@pytest.mark.parametrize("what", ALTERED)
async def test_an_altered_posting_is_named(what, mongo_uri, mongo_db_name):
    key, fields, rule = ALTERED[what]
    async with books(mongo_uri, mongo_db_name) as b:
        await b.alter(key, **fields)
        check = await b.ledger.check()
        assert not check.ok and check.first_bad is not None
        assert (key, rule) in [(bad.key, bad.rule.value) for bad in check.bad], check.bad
        assert all(bad.why for bad in check.bad)


#: A posting that goes, or one that comes; and who misses it.
GONE = {
    "payment:PLJ00000003": "payment",
    "refund_asked:RPLJ00000002": "refund",
    "refund_done:RPLJ00000002": "refund",
    "settled:LJ00000001": "order",
    "payout_asked:TLJ00000001N1": "payout",
    "payout_done:TLJ00000001N1": "payout",
}


@pytest.mark.parametrize("key", GONE)
async def test_a_missing_posting_is_named(key, mongo_uri, mongo_db_name):
    async with books(mongo_uri, mongo_db_name) as b:
        await b.db["ledger"].delete_one({"_id": key})
        bad = (await b.ledger.check()).bad
        assert (key, GONE[key]) in [(one.key, one.rule.value) for one in bad]


NOW, ORDER = builders.NOON, "LJ00000000"
STRAY = [
    (ledger.payment_received("PLJ00000000X", ORDER, NOW, PRICE), "payment"),  # a closed one
    (ledger.payment_received("PLJ00000000:again", ORDER, NOW, PRICE), "payment"),
    (ledger.refund_asked("RNONE", ORDER, NOW, 1), "refund"),
    (ledger.payout_done("TLJ00000000N2", ORDER, NOW, PAY), "payout"),
    (ledger.payout_failed("TLJ00000000N1", ORDER, "C0", NOW, PAY), "payout"),
    (ledger.order_settled("LJ00000002", "C2", NOW, PAY, FEE), "order"),
    (ledger.set_off("S1", ORDER, "C0", NOW, 1), "overdrawn"),
]


@pytest.mark.parametrize(("posting", "rule"), STRAY, ids=[one.key for one, _ in STRAY])
async def test_a_posting_of_nothing_is_named(posting, rule, mongo_uri, mongo_db_name):
    async with books(mongo_uri, mongo_db_name) as b:
        await b.db["ledger"].insert_one(posted(posting))
        bad = (await b.ledger.check()).bad
        assert (posting.key, rule) in [(one.key, one.rule.value) for one in bad]


async def test_an_unknown_key_is_named(mongo_uri, mongo_db_name):
    async with books(mongo_uri, mongo_db_name) as b:
        known = await b.db["ledger"].find_one({"_id": "payment:PLJ00000000"})
        await b.db["ledger"].insert_one({**known, "_id": "gift:PLJ00000000"})
        assert (await b.ledger.check()).first_bad == "gift:PLJ00000000"


async def test_a_courier_on_the_wrong_side_is_named(mongo_uri, mongo_db_name):
    async with books(mongo_uri, mongo_db_name) as b:
        await b.db["ledger"].insert_one(posted(ledger.set_off("S1", "LJNEW", "C0", NOW, 1)))
        keys = {one.key for one in (await b.ledger.check()).bad}
        assert {courier_account("C0"), receivable("C0"), "set_off:S1"} <= keys


@pytest.mark.slow
async def test_many_postings_are_proved_in_seconds(mongo_uri, mongo_db_name):
    async with books(mongo_uri, mongo_db_name, orders=20_000) as b:
        begun = time.monotonic()
        check = await b.ledger.check()
        assert check.ok and check.entries > 70_000
        assert time.monotonic() - begun < 60
