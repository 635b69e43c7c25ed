"""Postings balance whatever is posted, and an order's first bad posting is named."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain import ledger
from server.domain.ledger import Posting, clearing
from server.domain.ledger_rules import Rule, first_bad_of_order
from server.domain.payments import Wallet
from tests import builders

NOW, ORDER = builders.NOON, "LJ261122TESTTEST"
FEN = st.integers(min_value=1, max_value=10**9)


def sums(*postings: Posting) -> dict[str, int]:
    """Sum accounts, leaving out the empty ones."""
    found: dict[str, int] = {}
    for posting in postings:
        for line in posting.lines:
            found[line.account] = found.get(line.account, 0) + line.fen
    return {account: fen for account, fen in found.items() if fen}


@given(fen=FEN)
def test_every_posting_balances_and_its_way_back_undoes_it(fen):
    asked = ledger.refund_asked("R1", ORDER, NOW, fen, by_platform=True)
    assert sums(asked, ledger.refund_by_hand("R1", ORDER, NOW, fen)) == {
        ledger.PLATFORM_FEE: fen,
        ledger.BANK: -fen,
    }
    payout = ledger.payout_asked("T1", ORDER, "c1", NOW, fen)
    assert sums(payout, ledger.payout_failed("T1", ORDER, "c1", NOW, fen)) == {}
    into = ledger.suspense("d1", Wallet.ALIPAY, NOW, fen)
    assert sums(into, ledger.suspense("d1:2", Wallet.ALIPAY, NOW, -fen)) == {}
    out = ledger.suspense_out("d1", NOW, fen)
    assert sums(into, out) == {clearing(Wallet.ALIPAY): fen, ledger.PLATFORM_FEE: -fen}
    fee = ledger.provider_fee(Wallet.WECHAT, date(2026, 11, 21), 1, NOW, fen)
    assert sums(fee) == {ledger.PROVIDER_FEES: fen, clearing(Wallet.WECHAT): -fen}


@given(price=FEN, part=st.floats(0, 1), fee=st.integers(0, 100))
def test_an_orders_money_ends_where_it_belongs_after_a_partial_refund(price, part, fee):
    back = int(price * part)
    pay = price - price * fee // 100
    postings = [ledger.payment_received("P1", ORDER, NOW, price, Wallet.ALIPAY)]
    if back:
        postings.append(ledger.refund_asked("R1", ORDER, NOW, back))
        postings.append(ledger.refund_done("R1", ORDER, NOW, back, Wallet.ALIPAY))
    if price - back:
        postings.append(ledger.order_settled(ORDER, "c1", NOW, pay, price - back - pay))
        assert sums(*postings).get(ledger.CUSTOMER_FUNDS) is None
    assert first_bad_of_order(postings) is None


def test_a_courier_who_was_paid_twice_owes_it():
    later = NOW + timedelta(minutes=1)
    postings = [
        ledger.payment_received("P1", ORDER, NOW, 2000),
        ledger.order_settled(ORDER, "c1", NOW, 1800, 200),
        ledger.payout_asked("T1", ORDER, "c1", NOW, 1800),
        ledger.payout_failed("T1", ORDER, "c1", NOW, 1800),
        ledger.payout_asked("T2", ORDER, "c1", later, 1800),
        ledger.payout_done("T2", ORDER, later, 1800),
        ledger.payout_late("T1", ORDER, "c1", later, 1800),
    ]
    assert first_bad_of_order(postings) is None
    assert sums(*postings) == {
        clearing(Wallet.WECHAT): 2000 - 2 * 1800,
        ledger.receivable("c1"): 1800,
        ledger.PLATFORM_FEE: -200,
    }
    kept = ledger.set_off("T9", "LJ261122OTHER000", "c1", NOW, 1000)
    borne = ledger.written_off("T1", ORDER, "c1", NOW, 800)
    assert ledger.receivable("c1") not in sums(*postings, kept, borne)


@pytest.mark.parametrize(
    ("postings", "key", "rule"),
    [
        (
            [
                ledger.payment_received("P1", ORDER, NOW, 2000),
                ledger.refund_asked("R1", ORDER, NOW, 2000),
                ledger.refund_asked("R2", ORDER, NOW, 1),
                ledger.payment_received("P2", ORDER, NOW + timedelta(seconds=1), 1),
            ],
            "refund_asked:R2",
            Rule.OVERDRAWN,
        ),
        (
            [
                ledger.payment_received("P1", ORDER, NOW, 2000),
                ledger.order_settled(ORDER, "c1", NOW, 1800, 199),
            ],
            f"settled:{ORDER}",
            Rule.UNSETTLED,
        ),
        (
            [
                ledger.payment_received("P1", ORDER, NOW, 2000),
                ledger.order_settled(ORDER, "c1", NOW, 1800, 200),
                ledger.payout_asked("T1", ORDER, "c1", NOW, 1800),
                ledger.payout_asked("T2", ORDER, "c1", NOW, 1800),
            ],
            "payout_asked:T2",
            Rule.OVERDRAWN,
        ),
        (
            [
                ledger.payment_received("P1", ORDER, NOW, 2000, Wallet.WECHAT),
                ledger.refund_asked("R1", ORDER, NOW, 2000),
                ledger.refund_done("R1", ORDER, NOW, 2000, Wallet.ALIPAY),
            ],
            "refund_done:R1",
            Rule.OVERDRAWN,
        ),
    ],
)
def test_the_first_bad_posting_of_an_order_is_named(postings, key, rule):
    bad = first_bad_of_order(postings)
    assert bad is not None and (bad.key, bad.rule) == (key, rule)


def test_a_posting_of_nothing_cannot_be_made():
    with pytest.raises(ValueError, match="does not balance"):
        ledger.payment_received("P1", ORDER, NOW, 0)
