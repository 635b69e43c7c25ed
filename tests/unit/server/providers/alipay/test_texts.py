"""Amounts and times as Alipay writes them."""

import time
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.providers.alipay.texts import fen_of, instant_of, time_text, yuan_text


@pytest.mark.parametrize(
    ("fen", "text"), [(1, "0.01"), (10, "0.10"), (100, "1.00"), (123_456_789, "1234567.89")]
)
def test_fen_and_yuan(fen: int, text: str):
    assert yuan_text(fen) == text
    assert fen_of(text) == fen


@given(st.integers(0, 10**10))
def test_every_amount_comes_back(fen: int):
    assert fen_of(yuan_text(fen)) == fen


@pytest.mark.parametrize(("text", "fen"), [("12", 1200), ("12.3", 1230), ("-0.06", -6), ("0", 0)])
def test_shorter_amounts_and_signs(text: str, fen: int):
    assert fen_of(text) == fen


@pytest.mark.parametrize(
    "text", ["", "1.234", "1,000.00", ".5", "1.", "1e2", "NaN", " 1", "+1", "١.٠٠", "--1"]
)
def test_what_is_no_amount(text: str):
    with pytest.raises(ValueError, match="amount"):
        fen_of(text)


def test_no_amount_is_negative():
    with pytest.raises(ValueError, match="negative"):
        yuan_text(-1)


def test_times_are_beijings_in_every_zone(monkeypatch: pytest.MonkeyPatch):
    at = datetime(2026, 11, 22, 18, 30, 5, tzinfo=UTC)
    try:
        for zone in ("America/New_York", "Asia/Shanghai", "UTC"):
            monkeypatch.setenv("TZ", zone)
            time.tzset()
            assert time_text(at) == "2026-11-23 02:30:05"
            assert instant_of("2026-11-23 02:30:05") == at
    finally:
        monkeypatch.undo()
        time.tzset()


@given(st.text(max_size=24))
def test_what_is_no_time_raises_value_error_only(text: str):
    with suppress(ValueError):
        instant_of(text)
