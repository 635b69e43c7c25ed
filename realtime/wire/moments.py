"""Instants that peers send: with a time zone, and in years that every library below can write."""

from __future__ import annotations

from datetime import date

#: Moved to UTC, an instant near the ends of the calendar falls out of it.
FIRST_YEAR, LAST_YEAR = 1970, 9000


def check_instant(name: str, at: date | None) -> None:
    """Check an instant or a day of a peer in a struct's `__post_init__`.

    Raises:
        ValueError: out of range; in words that become the field and the rule.
    """
    if at is not None and not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise ValueError(f"Invalid instant in field `{name}`")
