"""The real sources of chance; tests hand in repeatable ones."""

from __future__ import annotations

import secrets

from server.domain.ids import ALPHABET

CODE_DIGITS = 6


def draw(count: int) -> str:
    """Draw characters of ids, unguessable: five bits each."""
    return "".join(secrets.choice(ALPHABET) for _ in range(count))


def draw_code() -> str:
    """Draw the six digits of an SMS code."""
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
