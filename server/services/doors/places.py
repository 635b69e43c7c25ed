"""Where a page of door events ends: the instant that the last was applied, and its number."""

from __future__ import annotations

from datetime import UTC, datetime

from server.domain.errors import InvalidInput
from server.store.documents import Document
from server.store.door_events import Place


def page_end(event: Document) -> str:
    """Write where a page ends, as clients hand it back."""
    return f"{int(event['applied_at'].timestamp() * 1000)}.{event['number']}"


def read_page_end(text: str, *, field: str = "before") -> Place | None:
    """Read a page's end; None of an empty text.

    Raises:
        InvalidInput: it is none.
    """
    if not text:
        return None
    at, _, number = text.partition(".")
    digits = at + number
    if not (digits.isascii() and at.isdigit() and number.isdigit()) or len(at) > 13:
        raise InvalidInput(field=field, rule="next_of_a_page")
    if len(number) > 16:
        raise InvalidInput(field=field, rule="next_of_a_page")
    return datetime.fromtimestamp(int(at) / 1000, UTC), int(number)
