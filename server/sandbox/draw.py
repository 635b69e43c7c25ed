"""The source of ids and nonces."""

from __future__ import annotations

import secrets
from collections.abc import Callable

#: Draws 24 characters that nobody has seen; handed in, so that tests can repeat a run.
Draw = Callable[[], str]


def draw_id() -> str:
    """Draw from the system's randomness."""
    return secrets.token_hex(12)
