"""Rules of what staff write about enterprises and outlets; each check names field and rule."""

from __future__ import annotations

from server.domain.documents import region
from server.domain.errors import InvalidInput

NAME_CHARACTERS = 60


def enterprise_name(text: str, *, field: str = "name") -> str:
    """Give a name without outer spaces.

    Raises:
        InvalidInput: empty or too long.
    """
    return line(text, field=field, most=NAME_CHARACTERS)


def line(text: str, *, field: str, most: int) -> str:
    """Give one line of text without outer or double spaces.

    Raises:
        InvalidInput: nothing is left (`required`), or too much (`length`).
    """
    words = " ".join(text.split())
    if not words:
        raise InvalidInput(field=field, rule="required")
    if len(words) > most:
        raise InvalidInput(field=field, rule="length", most=most)
    return words


def region_prefix(code: str, *, field: str = "region") -> str:
    """Give the beginning that all codes within a district, city or province share.

    Codes of provinces end in four zeros, those of cities in two; nothing gives nothing.

    Raises:
        InvalidInput: no six-digit code.
    """
    if not code:
        return ""
    return region(code, field=field).removesuffix("00").removesuffix("00")
