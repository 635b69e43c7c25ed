"""Files for spreadsheets: no cell is a formula, amounts are exact, times are China's."""

import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.sheets import FORMULA, Yuan, row, yuan


@pytest.mark.parametrize(
    ("fen", "text"),
    [(0, "0.00"), (5, "0.05"), (-5, "-0.05"), (123456, "1234.56"), (-100, "-1.00")],
)
def test_yuan_have_two_digits(fen, text):
    assert yuan(fen) == text
    assert row([Yuan(fen), fen]) == f"{text},{fen}\r\n".encode()


def test_a_row_has_chinas_time_with_its_zone_and_empty_cells():
    at = datetime(2026, 11, 21, 16, 0, 0, 123456, tzinfo=UTC)
    assert row([at, None, "a"]) == b"2026-11-22 00:00:00.123+08:00,,a\r\n"


@given(st.text(max_size=20), st.sampled_from(FORMULA), st.text(max_size=3, alphabet=" "))
def test_no_text_is_a_formula_and_every_text_comes_back(text, start, blanks):
    for given_text in (text, start + text, blanks + start + text):
        if "\x00" in given_text:
            continue
        line = row([given_text, "end"]).decode()
        assert line.endswith("\r\n")
        ((cell, end),) = csv.reader(io.StringIO(line, newline=""))
        assert end == "end"
        assert not cell.lstrip(" ").startswith(FORMULA)
        assert cell in (given_text, "'" + given_text)


@pytest.mark.parametrize("text", ["=1+1", "+86", "-x", "@SUM(A1)", "\t=1", " =1"])
def test_what_would_be_a_formula_gets_an_apostrophe(text):
    assert row([text]).decode().lstrip('"').startswith("'")
