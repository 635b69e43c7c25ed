"""How Alipay writes amounts and times; the sandbox's own copy, read from the vendor's documents."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8))
TIME_FORM = "%Y-%m-%d %H:%M:%S"

_YUAN = re.compile(r"(0|[1-9]\d{0,8})(?:\.(\d{1,2}))?", re.ASCII)
_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)


def yuan(fen: int) -> str:
    """Write an amount with two decimals, a minus before it when it is below zero."""
    whole, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole}.{rest:02d}"


def fen(text: object) -> int:
    """Read an amount.

    Raises:
        ValueError: it is none, or zero.
    """
    found = _YUAN.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError("not an amount")
    amount = int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0"))
    if amount == 0:
        raise ValueError("not an amount to pay")
    return amount


def beijing(at: float) -> str:
    """Write an instant in Beijing time."""
    return datetime.fromtimestamp(at, CHINA).strftime(TIME_FORM)


def instant(text: str) -> float:
    """Read a time of Beijing's.

    Raises:
        ValueError: it is none.
    """
    if not _TIME.fullmatch(text):
        raise ValueError("not a time")
    return datetime.strptime(text, TIME_FORM).replace(tzinfo=CHINA).timestamp()
