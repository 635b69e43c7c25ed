from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.errors import Conflict, InvalidInput
from server.domain.ids import PersonId
from server.domain.money import Fen
from server.domain.price_lists import (
    EVER,
    FURTHEST,
    LEAST_FEN,
    MOST_FEN,
    Oddity,
    PriceList,
    Standing,
    Withdrawal,
    beginning,
    checked_fee,
    checked_table,
    compared,
    first_list,
    in_force,
    oddities,
    price_of,
    same_prices,
    standing,
    withdraw,
)
from server.domain.prices import FIRST_TABLE, Size, Zone

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
BOSS = PersonId("PBOSS")
KINDS = list(product(Size, Zone))

fens = st.integers(LEAST_FEN, MOST_FEN).map(Fen)
tables = st.fixed_dictionaries(
    {size: st.fixed_dictionaries(dict.fromkeys(Zone, fens)) for size in Size}
)
instants = st.integers(-100, 100).map(lambda hours: NOW + timedelta(hours=hours))


def priced(table=FIRST_TABLE, percent=10, version=2, from_at=NOW, withdrawn=None) -> PriceList:
    return PriceList(
        version=version,
        from_at=from_at,
        prices=table,
        fee_percent=percent,
        reason="油价上涨",
        by=BOSS,
        at=EVER,
        withdrawn=withdrawn,
    )


GONE = Withdrawal(by=BOSS, at=NOW, reason="写错了")


@given(tables, st.integers(0, 50))
def test_shares_add_up_to_the_price_and_the_courier_gets_at_least_half(table, percent):
    for size, zone in KINDS:
        price = price_of(priced(table, percent), size, zone)
        assert price.fee_fen + price.pay_fen == price.price_fen == table[size][zone]
        assert 0 <= price.fee_fen <= price.pay_fen


@given(tables)
def test_a_whole_table_passes_unchanged_and_is_found_odd_only_where_it_falls(table):
    assert checked_table(table) == table
    found = oddities(table)
    for one in found:
        assert table[one.size][one.zone] < table[one.than_size][one.than_zone]
    rows = [[table[size][zone] for zone in Zone] for size in Size]
    columns = [list(column) for column in zip(*rows, strict=True)]
    assert (found == ()) is all(line == sorted(line) for line in (*rows, *columns))


@given(tables, st.sampled_from(KINDS))
def test_a_table_without_a_cell_is_refused_by_its_name(table, kind):
    size, zone = kind
    holed = {
        one: {z: fen for z, fen in row.items() if (one, z) != kind} for one, row in table.items()
    }
    with pytest.raises(InvalidInput) as refusal:
        checked_table(holed)
    assert (refusal.value.field, refusal.value.rule) == (f"prices_fen.{size}.{zone}", "required")


@pytest.mark.parametrize("fen", [-1, 0, LEAST_FEN - 1, MOST_FEN + 1, 10**9])
@pytest.mark.parametrize(("size", "zone"), KINDS)
def test_a_price_out_of_bounds_is_refused_by_its_cell(size, zone, fen):
    table = {one: dict(row) for one, row in FIRST_TABLE.items()}
    table[size][zone] = Fen(fen)
    with pytest.raises(InvalidInput) as refusal:
        checked_table(table)
    assert (refusal.value.field, refusal.value.rule) == (
        f"prices_fen.{size}.{zone}",
        "1_to_1000_yuan",
    )


def test_an_empty_table_is_refused():
    with pytest.raises(InvalidInput):
        checked_table({})


@pytest.mark.parametrize(("percent", "fits"), [(-1, False), (0, True), (50, True), (51, False)])
def test_the_platforms_part_is_up_to_half(percent, fits):
    if fits:
        assert checked_fee(percent) == percent
        return
    with pytest.raises(InvalidInput) as refusal:
        checked_fee(percent)
    assert refusal.value.field == "fee_percent"


def test_an_odd_price_is_told_with_what_it_is_below():
    table = {one: dict(row) for one, row in FIRST_TABLE.items()}
    table[Size.L][Zone.SAME_CITY] = Fen(700)
    assert oddities(table) == (
        Oddity(size=Size.L, zone=Zone.SAME_CITY, than_size=Size.M, than_zone=Zone.SAME_CITY),
    )
    assert oddities(FIRST_TABLE) == ()


@given(st.lists(st.tuples(instants, st.booleans()), max_size=12), instants)
def test_the_list_in_force_is_the_last_whose_day_has_come(made, at):
    lists = [first_list(10)] + [
        priced(version=number, from_at=from_at, withdrawn=GONE if gone else None)
        for number, (from_at, gone) in enumerate(made, 2)
    ]
    chosen = in_force(lists, at)
    assert chosen.withdrawn is None and chosen.from_at <= at
    for other in lists:
        holds = other.withdrawn is None and other.from_at <= at
        if holds and other is not chosen:
            assert (other.from_at, other.version) < (chosen.from_at, chosen.version)
    assert in_force(reversed(lists), at) is chosen
    states = [standing(one, chosen, at) for one in lists]
    assert states.count(Standing.IN_FORCE) == 1


def test_no_list_at_all_is_a_fault_of_ours():
    with pytest.raises(LookupError):
        in_force([priced(from_at=NOW + timedelta(seconds=1))], NOW)


def test_a_list_to_come_waits_then_holds_then_is_past():
    first, second = first_list(10), priced(from_at=NOW + timedelta(hours=1))
    third = priced(version=3, from_at=NOW + timedelta(hours=2))
    lists = [first, second, third]

    def states(hours):
        at = NOW + timedelta(hours=hours)
        return [standing(one, in_force(lists, at), at).value for one in lists]

    assert states(0) == ["in_force", "waiting", "waiting"]
    assert states(1) == ["past", "in_force", "waiting"]
    assert states(2) == ["past", "past", "in_force"]


@pytest.mark.parametrize(
    ("asked", "rule"),
    [
        (NOW, "later_than_now"),
        (NOW - timedelta(seconds=1), "later_than_now"),
        (EVER, "later_than_now"),
        (NOW + FURTHEST + timedelta(seconds=1), "within_a_year"),
    ],
)
def test_a_day_that_has_passed_or_is_far_ahead_is_refused(asked, rule):
    with pytest.raises(InvalidInput) as refusal:
        beginning(asked, NOW)
    assert (refusal.value.field, refusal.value.rule) == ("from_at", rule)


def test_a_list_begins_at_once_or_when_it_says():
    assert beginning(None, NOW) == NOW
    assert beginning(NOW + FURTHEST, NOW) == NOW + FURTHEST


def test_only_what_waits_can_be_withdrawn_and_only_once():
    waiting = priced(from_at=NOW + timedelta(hours=1))
    gone = withdraw(waiting, BOSS, NOW, "写错了")
    assert gone.withdrawn == GONE
    for one, at, rule in (
        (gone, NOW, "withdrawn_already"),
        (waiting, waiting.from_at, "in_force_already"),
        (first_list(10), NOW, "in_force_already"),
    ):
        with pytest.raises(Conflict) as refusal:
            withdraw(one, BOSS, at, "x")
        assert refusal.value.rule == rule


def test_two_lists_side_by_side():
    table = {one: dict(row) for one, row in FIRST_TABLE.items()}
    table[Size.S][Zone.SAME_CITY] = Fen(900)
    found = {(one.size, one.zone): one for one in compared(first_list(10), priced(table))}
    assert len(found) == len(KINDS)
    small = found[Size.S, Zone.SAME_CITY]
    assert (small.before.price_fen, small.after.price_fen) == (800, 900)
    assert (small.before.pay_fen, small.after.pay_fen) == (720, 810)
    assert not same_prices(first_list(10), priced(table))
    assert not same_prices(first_list(10), priced(percent=11))
    assert same_prices(first_list(10), priced())
