"""Money's tables: payouts by what wallets say in any order, partial refunds, days, cases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from server.domain import compensations, saga
from server.domain.errors import BadNotice
from server.domain.money import Charge, Fen, charge_of_refunds
from server.domain.orders import Pickup
from server.domain.payments import Afterwards, TransferState, Waits, payout_id, refund_id
from server.domain.transfers import (
    AFTER,
    ENDS,
    IN_VAIN,
    LONGEST_WAIT,
    MOST_TRIES,
    PAID,
    RESTING,
    TABLE,
    UNDER_WAY,
    day_of,
    first_try,
    next_day,
    next_try,
    told,
)
from server.services.notices.texts_of_steps import STAFF_TEXTS, TEXTS, Hears
from tests import builders

FINAL = {"SUCCESS": TransferState.DONE, "FAIL": TransferState.FAILED}


def test_every_state_is_in_one_group_and_every_word_leads_to_one() -> None:
    assert RESTING | UNDER_WAY | ENDS == set(TransferState) == set(TABLE)
    never_told = {TransferState.PAID_LATE, TransferState.SET_OFF}
    assert set(AFTER.values()) == set(TransferState) - RESTING - never_told
    assert all(not TABLE[state] for state in PAID)
    assert all(TABLE[state] == {TransferState.PAID_LATE} for state in IN_VAIN)


@pytest.mark.parametrize("final", FINAL)
def test_words_in_any_order_end_alike(final: str) -> None:
    words = ("ACCEPTED", "PROCESSING", "WAIT_USER_CONFIRM", "TRANSFERING", final)
    for order in permutations(words):
        state = TransferState.ASKED
        for word in (*order, *order):
            state = told(state, word) or state
        assert state is FINAL[final]


def test_a_word_that_comes_late_leads_nowhere() -> None:
    for state, late in (
        (TransferState.AWAITING, ("ACCEPTED", "PROCESSING", "WAIT_USER_CONFIRM")),
        (TransferState.SENDING, ("PROCESSING", "WAIT_USER_CONFIRM", "CANCELING", "TRANSFERING")),
        (TransferState.CANCELING, ("ACCEPTED", "WAIT_USER_CONFIRM", "CANCELING")),
        (TransferState.DONE, ("WAIT_USER_CONFIRM", "TRANSFERING", "CANCELING", "SUCCESS")),
        (TransferState.CANCELLED, ("WAIT_USER_CONFIRM", "CANCELING", "CANCELLED", "FAIL")),
    ):
        assert [told(state, word) for word in late] == [None] * len(late)


def test_a_payout_that_ended_takes_nothing_back() -> None:
    for ended, word in (
        (TransferState.DONE, "FAIL"),
        (TransferState.DONE, "CANCELLED"),
        (TransferState.PAID_LATE, "FAIL"),
        (TransferState.PAID_LATE, "CANCELLED"),
    ):
        with pytest.raises(BadNotice) as refused:
            told(ended, word)
        assert refused.value.rule == "final"
    assert told(TransferState.FAILED, "CANCELLED") is None, "no money went either way"
    assert told(TransferState.CANCELING, "SUCCESS") is TransferState.DONE


def test_what_is_paid_after_it_had_ended_as_not_paid_is_paid_late() -> None:
    for ended in IN_VAIN:
        assert told(ended, "SUCCESS") is TransferState.PAID_LATE
    assert told(TransferState.PAID_LATE, "SUCCESS") is None


@pytest.mark.parametrize("state", sorted({*RESTING, TransferState.SET_OFF}))
@pytest.mark.parametrize("word", AFTER)
def test_nothing_is_told_of_what_was_never_asked(state: TransferState, word: str) -> None:
    with pytest.raises(BadNotice):
        told(state, word)


def test_the_next_try_waits_longer_each_time_and_in_the_end_for_staff() -> None:
    now = builders.NOON
    order = builders.order(pickup=Pickup(courier="c1", claimed_at=now, until=now))
    transfer = first_try(order, "c1", now)
    waits = []
    while transfer.state is TransferState.PAYABLE:
        transfer = next_try(order, replace(transfer, state=TransferState.FAILED), now)
        waits.append(transfer.not_before - now)
    assert waits[:-1] == sorted(waits[:-1]) and waits[0] == timedelta(minutes=1)
    assert max(waits) <= LONGEST_WAIT
    assert (transfer.waits, transfer.attempt) == (Waits.TRIES, MOST_TRIES + 1)


def test_what_staff_take_back_is_held_or_asked_for_at_once() -> None:
    now = builders.NOON
    last = first_try(builders.order(), "c1", now)
    held = next_try(builders.order(), replace(last, afterwards=Afterwards.HOLD), now)
    assert (held.state, held.waits) == (TransferState.HELD, Waits.STAFF)
    anew = next_try(builders.order(), replace(last, afterwards=Afterwards.REISSUE), now)
    assert (anew.state, anew.not_before, anew.attempt) == (TransferState.PAYABLE, now, 2)


def test_days_are_of_china() -> None:
    late = datetime(2026, 11, 22, 15, 59, 59, tzinfo=UTC)
    assert day_of(late) == "2026-11-22"
    assert day_of(late + timedelta(seconds=1)) == "2026-11-23"
    assert next_day(late) == late + timedelta(seconds=1)
    assert next_day(next_day(late)) == late + timedelta(days=1, seconds=1)


def test_numbers_fit_what_wallets_take() -> None:
    order = builders.order().id
    for number in (refund_id(f"P{order}ABCDEF", 12), payout_id(order, 11)):
        assert number.isalnum() and len(number) <= 32


@pytest.mark.parametrize(
    ("asked", "done", "charge"),
    [
        (0, 0, Charge.PAID),
        (500, 0, Charge.PAID),
        (500, 500, Charge.PAID),
        (2000, 500, Charge.REFUNDING),
        (2000, 2000, Charge.REFUNDED),
    ],
)
def test_a_part_leaves_the_order_paid(asked: int, done: int, charge: Charge) -> None:
    assert charge_of_refunds(Fen(2000), Fen(asked), Fen(done)) is charge


@pytest.mark.parametrize(("asked", "done"), [(2001, 0), (500, 501), (-1, -1)])
def test_more_back_than_was_paid_is_a_fault(asked: int, done: int) -> None:
    with pytest.raises(ValueError, match="back of"):
        charge_of_refunds(Fen(2000), Fen(asked), Fen(done))


def test_the_compensations_name_timers_and_texts_that_are_there() -> None:
    assert [row.case for row in compensations.TABLE] == list(compensations.Case)
    timers = {timer.name for timer in saga.TIMERS}
    for row in compensations.TABLE:
        assert set(row.timers) <= timers and row.hears
        for who, step in row.hears:
            if who is compensations.Told.STAFF:
                assert step in STAFF_TEXTS
            else:
                assert (step, Hears(who.value)) in TEXTS
