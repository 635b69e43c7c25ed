"""Bills beside books: what agrees gives nothing, each change gives exactly its difference."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from server.domain.statements import (
    SIGN,
    SLACK,
    Difference,
    Flow,
    Kind,
    Ours,
    bounds,
    judged_with,
    reconcile,
)
from server.store.statements import Line

DAY = date(2026, 11, 21)
WINDOW = judged_with(DAY, is_first=False)
NOON = bounds(DAY).begin + timedelta(hours=12)
RATE = 60
OURS = (Flow.PAYMENT, Flow.REFUND, Flow.TRANSFER)


def billed(ours: Ours, **fields) -> Line:
    fee = ours.amount_fen * RATE // 10_000
    fees = {Flow.PAYMENT: fee, Flow.REFUND: -fee, Flow.TRANSFER: 0}
    made = {
        "kind": ours.flow.value,
        "number": ours.number,
        "transaction": f"W{ours.number}",
        "amount_fen": ours.amount_fen,
        "fee_fen": fees[ours.flow],
        "at": ours.at,
    }
    return Line(**(made | fields))


def compared(ours, lines, **others) -> tuple[Difference, ...]:
    usual = {"window": WINDOW, "earlier": {}, "later": frozenset(), "fee_basis_points": RATE}
    return reconcile(ours, lines, **(usual | others))


@st.composite
def books(draw) -> list[Ours]:
    """What we have on a day, under numbers of its own each."""
    numbers = draw(st.lists(st.integers(0, 10**6), unique=True, max_size=12))
    seconds = int((WINDOW.end - WINDOW.begin).total_seconds()) - 1
    return [
        Ours(
            flow=draw(st.sampled_from(OURS)),
            number=f"N{number}",
            amount_fen=draw(st.integers(1, 10**7)),
            at=WINDOW.begin + timedelta(seconds=draw(st.integers(0, seconds))),
        )
        for number in numbers
    ]


@given(ours=books(), seed=st.integers(0, 99))
def test_a_bill_of_our_books_has_no_difference_in_any_order(ours, seed):
    lines = [billed(one) for one in ours]
    random.Random(seed).shuffle(lines)
    assert compared(ours, lines) == ()


@given(ours=books(), seed=st.integers(0, 9999))
def test_each_change_of_a_bill_gives_its_difference_and_no_other(ours, seed):
    dice = random.Random(seed)
    lines: list[Line] = []
    expected: list[tuple[Kind, str]] = []
    kept = []
    for one in ours:
        line = billed(one)
        match dice.choice(["same", "same", "gone", "more", "fee", "twice", "unknown"]):
            case "same":
                lines.append(line)
            case "gone":
                expected.append((Kind.MISSING_AT_WALLET, one.number))
            case "more":
                fee = {Flow.PAYMENT: 0, Flow.REFUND: 0, Flow.TRANSFER: 0}[one.flow]
                lines.append(replace(line, amount_fen=line.amount_fen + 1, fee_fen=fee))
                expected.append((Kind.AMOUNT, one.number))
            case "fee":
                lines.append(replace(line, fee_fen=line.amount_fen * 2 + 10))
                expected.append((Kind.FEE, one.number))
            case "twice":
                lines += [line, replace(line, transaction="other")]
                expected.append((Kind.DUPLICATE, one.number))
            case "unknown":
                lines.append(line)
                expected.append((Kind.MISSING_HERE, one.number))
                continue  # we do not have it
        kept.append(one)
    dice.shuffle(lines)
    found = compared(kept, lines)
    assert sorted((one.kind, one.number) for one in found) == sorted(expected)
    assert compared(reversed(kept), reversed(lines)) == found
    # What the bill says, less what our books say, is what goes to suspense.
    theirs = sum(SIGN[Flow(line.kind)] * line.amount_fen for line in lines)
    mine = sum(SIGN[one.flow] * one.amount_fen for one in kept)
    assert sum(one.effect_fen for one in found) == theirs - mine
    assert len({one.name for one in found}) == len(found)


def payment(at: datetime = NOON, number: str = "P1") -> Ours:
    return Ours(flow=Flow.PAYMENT, number=number, amount_fen=2000, at=at)


def test_a_number_near_midnight_is_judged_once_and_found_in_either_days_bill():
    end = bounds(DAY).end
    late = payment(end - timedelta(minutes=10))
    assert compared([late], []) == ()  # judged with the next day
    next_day = {"window": judged_with(DAY + timedelta(days=1), is_first=False)}
    (missing,) = compared([late], [], **next_day)
    assert missing.kind is Kind.MISSING_AT_WALLET
    assert compared([late], [], **next_day, earlier={("payment", "P1"): "WP1"}) == ()
    early = payment(end + timedelta(minutes=1))  # posted just after the wallet's midnight
    assert compared([early], [billed(early, at=end - timedelta(seconds=5))]) == ()
    assert compared([payment()], [], later=frozenset({("payment", "P1")})) == ()


def test_windows_of_days_join_without_gap_or_overlap():
    one = judged_with(DAY, is_first=False)
    other = judged_with(DAY + timedelta(days=1), is_first=False)
    assert one.end == other.begin
    assert bounds(DAY).begin.astimezone(UTC) == datetime(2026, 11, 20, 16, tzinfo=UTC)
    assert judged_with(DAY, is_first=True).begin == bounds(DAY).begin + SLACK


def test_a_number_billed_again_on_a_later_day_is_a_duplicate_there():
    again = {"earlier": {("payment", "P1"): "W0"}}
    (found,) = compared([payment()], [billed(payment())], **again)
    assert (found.kind, found.effect_fen) == (Kind.DUPLICATE, 2000)
    same = {"earlier": {("payment", "P1"): "WP1"}}
    assert compared([payment()], [billed(payment())], **same) == ()


def test_fees_may_be_rounded_and_never_given_back_for_nothing():
    one = payment()
    for fee in (0, 12, 13):
        assert compared([one], [billed(one, fee_fen=fee)]) == ()
    for fee in (-1, 14):
        (found,) = compared([one], [billed(one, fee_fen=fee)])
        assert (found.kind, found.effect_fen) == (Kind.FEE, 0)


def test_a_line_that_nobody_can_read_is_told_of_and_hides_nothing():
    ours = Ours(flow=Flow.PAYMENT, number="N1", amount_fen=500, at=NOON)
    strange = replace(billed(ours), kind="unread", amount_fen=0, fee_fen=0)
    other = replace(strange, number="N2", transaction="W2")
    found = compared([ours], [strange, strange, other])
    assert {one.name for one in found} == {
        "unreadable:unread:N1:WN1",
        "unreadable:unread:N2:W2",
    }
    assert sum(one.effect_fen for one in found) == 0
