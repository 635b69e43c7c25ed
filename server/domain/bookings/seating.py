"""Which places of a slot are free, when its capacity may have been lowered under its holders.

Places are numbered from 0. A holder whose place is beyond the capacity came before the capacity
was lowered and still counts: such holders are told in free places within it, from the highest
down, so that what is left to claim is the lowest free places, and never more than fit.
"""

from __future__ import annotations

from collections.abc import Collection


def told_places(capacity: int, taken: Collection[int]) -> dict[int, int]:
    """Tell where each taken place counts: itself within the capacity, or one of the free ones.

    With more holders than places, the rest keep their own numbers.
    """
    within = {place for place in taken if place < capacity}
    free = [place for place in range(capacity) if place not in within]
    told = {place: place for place in taken}
    for place in sorted(place for place in taken if place >= capacity):
        if free:
            told[place] = free.pop()
    return told


def free_places(capacity: int, taken: Collection[int]) -> tuple[int, ...]:
    """List the places that may be claimed, lowest first."""
    counted = set(told_places(capacity, taken).values())
    return tuple(place for place in range(capacity) if place not in counted)
