"""Where a page of a list ends: the instant and the id of its last entry, as one text.

Many entries may be of one instant, so an instant alone would lose some of them at a page's end.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from server.domain.errors import InvalidInput

#: Between the two; in no id of ours, and nothing that a URL has to quote.
BETWEEN = "~"

#: Moved to UTC, an instant near the ends of the calendar falls out of it.
FIRST_YEAR, LAST_YEAR = 1970, 9000


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a list that is sorted by instant and id, newest first."""

    at: datetime
    id: str = ""  #: empty: before all entries of the instant

    def __str__(self) -> str:
        """Write it as clients hand it back."""
        at = self.at.astimezone(UTC).replace(tzinfo=None).isoformat()
        return f"{at}Z{BETWEEN}{self.id}"


def read_position(text: str) -> Position | None:
    """Read what a client hands back; None of an empty text: the list's beginning.

    Raises:
        InvalidInput: it is no position of ours; an instant alone is one.
    """
    if not text:
        return None
    at, _, last = text.partition(BETWEEN)
    try:
        read = datetime.fromisoformat(at)
    except ValueError:
        raise InvalidInput(field="before", rule="position") from None
    if read.tzinfo is None or not FIRST_YEAR <= read.year <= LAST_YEAR:
        raise InvalidInput(field="before", rule="position")
    return Position(read, last)
