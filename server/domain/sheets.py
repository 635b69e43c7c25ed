"""Rows of CSV files for spreadsheets: safe to open, exact in fen, with China's times.

UTF-8 with a byte order mark (Excel guesses another encoding without it), lines end with CRLF. A
text that a spreadsheet would take for a formula gets an apostrophe before it; numbers are ours
and stay numbers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import datetime

from server.domain.china import CHINA

BYTE_ORDER_MARK = b"\xef\xbb\xbf"

#: What begins a formula, also behind blanks that a spreadsheet strips.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

Cell = str | int | datetime | None


class Yuan(int):
    """Fen that are shown as yuan with two digits."""


def row(cells: Iterable[Cell]) -> bytes:
    """Write one line."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow([_text(cell) for cell in cells])
    return line.getvalue().encode()


def yuan(fen: int) -> str:
    """Write fen as yuan, exactly."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02}"


def _text(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case Yuan():
            return yuan(cell)
        case int():
            return str(cell)
        case datetime():
            return cell.astimezone(CHINA).isoformat(sep=" ", timespec="milliseconds")
        case str():
            is_formula = cell.lstrip(" ").startswith(FORMULA)
            return f"'{cell}" if is_formula else cell
