"""What the lists of money have in common: which state is asked for, and where a page ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import TypeVar

from server.domain.errors import InvalidInput
from server.domain.paging import Position

Listed = TypeVar("Listed")
State = TypeVar("State", bound=StrEnum)


def state_of(states: type[State], text: str) -> State | None:
    """Read the state that a list is asked for; None of an empty text: all of them.

    Raises:
        InvalidInput: no such state.
    """
    if not text:
        return None
    try:
        return states(text)
    except ValueError:
        raise InvalidInput(field="state", rule="state") from None


def next_page(
    found: Sequence[Listed], limit: int, position: Callable[[Listed], Position]
) -> str | None:
    """Say where the next page begins; None after the last one."""
    return str(position(found[-1])) if len(found) == limit else None
