"""The proving commands, run small: the same that `lanjian journey|race|chaos` show at length."""

import pytest

from tests.e2e.commands import failed, lanjian


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_the_parcel_journey_keeps_every_promise():
    shown = lanjian("journey", "parcel", "--couriers", "8", deadline_seconds=170)
    assert failed(shown) == []
    assert len(shown["checks"]) >= 15


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_a_race_on_two_servers_has_one_winner_each():
    shown = lanjian("race", "--orders", "30", "--couriers", "20", deadline_seconds=170)
    assert failed(shown) == []
    assert (shown["orders"], shown["double_winners"], shown["unclaimed"]) == (30, 0, 0)
    assert shown["attempts"] >= 30 * 20


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_chaos_leaves_one_winner_each_and_loses_nothing():
    shown = lanjian("chaos", "claims", "--runs", "5", "--seed", "7", deadline_seconds=230)
    assert failed(shown) == []
    assert len(shown["faults"]) == 5
