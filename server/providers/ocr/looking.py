"""Looking at one photo as often as it needs: as it lies, then turned, and no more.

Pure but for the engine, which is handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields, replace

from server.domain.bookings.papers import PaperKind
from server.providers.ocr.fields import LEAST_WORDS, Paper, Reading, fields_of, read
from server.providers.ocr.lines import Line, lies_sideways

#: Gives the lines of the photo after so many quarter turns clockwise.
Look = Callable[[int], Sequence[Line]]

#: Fewer lines are no paper that lies some other way. Of an upside-down card, three were found.
LEAST_LINES = 2


def read_photo(kind: PaperKind, look: Look) -> Paper:
    """Read a paper off a photo, by at most three looks; empty when it shows none."""
    lines = look(0)
    first = read(kind, lines)
    if first.words >= LEAST_WORDS:
        return first.paper if first.turns == 0 else _upright(kind, look, first)
    if len(lines) < LEAST_LINES:
        return first.paper
    for turns in (1, 3) if lies_sideways(lines) else (2,):
        seen = read(kind, look(turns))
        if seen.words >= LEAST_WORDS and seen.turns == 0:
            return seen.paper
    return fields_of(kind, {})


def _upright(kind: PaperKind, look: Look, first: Reading) -> Paper:
    """Look again the right way up; what is missing there is the first look's."""
    again = read(kind, look(first.turns))
    if again.words < LEAST_WORDS or again.turns != 0:
        return first.paper
    names = [one.name for one in fields(again.paper) if not getattr(again.paper, one.name)]
    return replace(again.paper, **{name: getattr(first.paper, name) for name in names})
