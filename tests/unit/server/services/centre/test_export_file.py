"""CSV of an export: no cell computes, every leaf has its path."""

import csv
import io
from datetime import UTC, datetime

import pytest

from server.services.centre.export_file import csv_lines, flat


@pytest.mark.parametrize("cell", ["=1+1", "+86", "-2", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_computes(cell):
    (read,) = csv.reader(io.StringIO(csv_lines([("1", "name", cell)]), newline=""))
    assert read[2] == f"'{cell}"


def test_quotes_commas_and_ends_of_lines_come_back():
    row = ["1", "a,b", '他说"好"\n第二行']
    assert next(csv.reader(io.StringIO(csv_lines([tuple(row)]), newline=""))) == row


def test_leaves_are_named_by_their_path():
    document = {"a": {"b": [1, {"c": "x"}]}, "d": None, "e": datetime(2026, 1, 2, tzinfo=UTC)}
    assert list(flat(document)) == [
        ("a.b[1]", "1"),
        ("a.b[2].c", "x"),
        ("e", "2026-01-02T00:00:00+00:00"),
    ]
