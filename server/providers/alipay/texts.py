"""How Alipay writes amounts (yuan, two decimals) and instants (Beijing time, no zone)."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from server.domain.china import CHINA

TIME_FORM = "%Y-%m-%d %H:%M:%S"

_YUAN = re.compile(r"(-?)(\d{1,10})(?:\.(\d{1,2}))?", re.ASCII)
_TIME = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}", re.ASCII)


def yuan_text(amount_fen: int) -> str:
    """Write an amount, zero or above: 1 is "0.01".

    Raises:
        ValueError: it is negative.
    """
    if amount_fen < 0:
        raise ValueError("an amount of Alipay's is never negative")
    return f"{amount_fen // 100}.{amount_fen % 100:02d}"


def fen_of(text: str) -> int:
    """Read an amount exactly.

    Raises:
        ValueError: it is no decimal number of at most two places.
    """
    found = _YUAN.fullmatch(text)
    if found is None:
        raise ValueError("not an amount in yuan")
    sign, yuan, rest = found.groups()
    fen = int(yuan) * 100 + int((rest or "").ljust(2, "0"))
    return -fen if sign else fen


def time_text(at: datetime) -> str:
    """Write an instant in Beijing time, whatever zone the process is in."""
    return at.astimezone(CHINA).strftime(TIME_FORM)


def instant_of(text: str) -> datetime:
    """Read an instant.

    Raises:
        ValueError: it is not in Alipay's form, or no such time exists.
    """
    if not _TIME.fullmatch(text):
        raise ValueError("not a time of Alipay's")
    return datetime.strptime(text, TIME_FORM).replace(tzinfo=CHINA).astimezone(UTC)
