"""Instants as the sandbox keeps them (unix seconds) and shows them (RFC 3339 with a zone)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

#: Tells the time in unix seconds; handed in, so that tests can turn it.
Clock = Callable[[], float]


def rfc3339(at: float) -> str:
    """Write an instant."""
    return datetime.fromtimestamp(at, UTC).isoformat()
