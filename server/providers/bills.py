"""Reading wallets' bills line by line: one that nobody can read is told of by itself.

A new word in one line, or an amount that is none, must not hide all else that a day brought. Where
many lines cannot be read it is the bill that has another form than we know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from decimal import InvalidOperation

from server.domain.errors import ProviderFailed
from server.providers.money_ports import StatementLine

Row = dict[str, str]

#: So many lines of a bill may be unreadable.
MOST_UNREAD = 20

#: How bills leave a number out.
EMPTY = (None, "", "0")

#: When an unreadable line was; nothing goes by that.
NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)


def read_lines(
    rows: Iterable[Row],
    read: Callable[[Row], StatementLine | None],
    names: tuple[tuple[str, ...], tuple[str, ...]],
) -> list[StatementLine]:
    """Read rows, with an `unread` line for each of a few that cannot be read.

    `read` gives None for a row that is not for us, and raises ValueError or InvalidOperation. In
    `names` are the columns that may have our number, and those that may have the wallet's.

    Raises:
        ProviderFailed: `bad_answer`: too many of them.
    """
    lines: list[StatementLine] = []
    unread = 0
    for row in rows:
        try:
            line = read(row)
        except (ValueError, InvalidOperation):
            unread += 1
            line = _unread(row, *names)
        if unread > MOST_UNREAD:
            raise ProviderFailed(rule="bad_answer")
        if line is not None:
            lines.append(line)
    return lines


def _unread(row: Row, ours: tuple[str, ...], theirs: tuple[str, ...]) -> StatementLine:
    number, transaction = (
        next((row[name] for name in names if row.get(name) not in EMPTY), "")
        for names in (ours, theirs)
    )
    return StatementLine(
        kind="unread",
        number=number,
        transaction=transaction,
        amount_fen=0,
        fee_fen=0,
        at=NO_TIME,
    )
