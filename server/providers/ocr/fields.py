"""From lines of text to the fields of a paper: each value to the right field.

Pure. A value belongs to the nearest printed word at its left on its row; an address goes on below
itself. Where a word was not read, what has a form (numbers, plates, days) is found by it, and
names by their row. Two words of one field (Chinese and English) count as one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise

from server.domain.bookings.checks import VIN, born_on, is_plate, sex_of
from server.domain.bookings.papers import IdCard, PaperKind, VehicleLicence
from server.domain.documents import id_check
from server.providers.ocr import values
from server.providers.ocr.lines import Line, Piece, lies_sideways, straightened
from server.providers.ocr.words import ROWS, Part, is_noise, taken_apart

Paper = IdCard | VehicleLicence

#: How far from a row's middle its pieces may be, of their height.
ROW = 0.62

#: Two pieces closer than this, of their height, are one value.
CLOSE = 1.6

CLEANERS: Mapping[PaperKind, Mapping[str, Callable[[str], str]]] = {
    PaperKind.ID_CARD: {
        "name": values.name,
        "sex": values.sex,
        "ethnicity": values.ethnicity,
        "birth": values.day,
        "address": values.address,
        "number": values.id_number,
    },
    PaperKind.VEHICLE_LICENCE: {
        "plate": values.plate,
        "type": values.vehicle_type,
        "owner": values.owner,
        "address": values.address,
        "use": values.use,
        "model": values.model,
        "vin": values.vin,
        "engine": values.engine,
        "registered": values.day,
        "issued": values.day,
    },
}

#: Words that make a text such a paper at all.
LEAST_WORDS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was made of a photo's lines."""

    paper: Paper
    words: int  #: how many of the paper's fields had their word read
    turns: int  #: quarter turns clockwise that bring the photo upright


def read(kind: PaperKind, lines: Sequence[Line]) -> Reading:
    """Make a paper of lines; an empty one when they show none of this kind."""
    if not lines:
        return Reading(paper=fields_of(kind, {}), words=0, turns=0)
    turns = _turns(kind, lines)
    page = _Page(kind, taken_apart(straightened(lines, turns), kind))
    found = page.read() if len(page.words) >= LEAST_WORDS else {}
    return Reading(paper=fields_of(kind, found), words=len(page.words), turns=turns)


def _turns(kind: PaperKind, lines: Sequence[Line]) -> int:
    """Tell by the order of its words which way up a paper lies."""
    first = 1 if lies_sideways(lines) else 0
    order = sum(
        (below.row > above.row) - (below.row < above.row)
        for above, below in _ordered(kind, taken_apart(straightened(lines, first), kind))
    )
    return first if order >= 0 else first + 2


def _ordered(kind: PaperKind, parts: Sequence[Part]) -> list[tuple[Piece, Piece]]:
    rows = ROWS[kind]
    placed = [(rows[part.field], part.piece) for part in parts if part.field is not None]
    placed += [(rows.get("title", -1), part.piece) for part in parts if is_noise(part.piece.text)]
    return [(one, other) for a, one in placed for b, other in placed if a < b]


def fields_of(kind: PaperKind, found: Mapping[str, str]) -> Paper:
    """Make a paper of its fields; what is not among them is empty."""
    known = IdCard if kind is PaperKind.ID_CARD else VehicleLicence
    return known(**{one.name: found.get(one.name, "") for one in fields(known)})


def cleaned(kind: PaperKind, given: Mapping[str, str]) -> Paper:
    """Make a paper of texts that somebody else assigned, each in its field's form."""
    found = {field: cleaner(given.get(field, "")) for field, cleaner in CLEANERS[kind].items()}
    return fields_of(kind, _with_number(found) if kind is PaperKind.ID_CARD else found)


def _with_number(found: Mapping[str, str]) -> dict[str, str]:
    """Fill in what a right ID number tells, where it was not read."""
    whole, number = dict(found), found["number"]
    born = born_on(number) if _is_number(number) else None
    if born is not None:
        whole["birth"] = found["birth"] or born.isoformat()
        whole["sex"] = found["sex"] or sex_of(number)
    return whole


@dataclass(frozen=True, slots=True)
class _Word:
    """A field's printed word, Chinese and English together."""

    field: str
    left: float
    right: float
    top: float  #: its first row
    bottom: float  #: its last row
    height: float


class _Page:
    """The words and values of one paper, upright."""

    def __init__(self, kind: PaperKind, parts: Sequence[Part]) -> None:
        self._kind = kind
        self._values = [
            part.piece
            for part in parts
            if part.field is None and not is_noise(part.piece.text) and part.piece.text.strip()
        ]
        self.words = _words(parts)
        self._owned: dict[str, list[Piece]] = {}
        self._free: list[Piece] = []
        for piece in self._values:
            word = self._word_of(piece)
            if word is None:
                self._free.append(piece)
            else:
                self._owned.setdefault(word.field, []).append(piece)

    def read(self) -> dict[str, str]:
        """Give all fields that can be made out."""
        cleaners = CLEANERS[self._kind]
        found = {field: cleaner(self._text(field)) for field, cleaner in cleaners.items()}
        if self._kind is PaperKind.ID_CARD:
            self._complete_id(found)
        else:
            self._complete_licence(found)
        return found

    def _word_of(self, piece: Piece) -> _Word | None:
        """Give the nearest word at the left of a piece on its row."""
        near = [
            word
            for word in self.words.values()
            if word.right <= piece.left + 0.7 * piece.height
            and _is_between(piece.row, word, ROW * max(piece.height, word.height))
        ]
        return max(near, key=lambda word: word.right, default=None)

    def _text(self, field: str) -> str:
        """Join a field's pieces from left to right, up to the first wide gap."""
        if field == "address":
            return self._address()
        owned = sorted(self._owned.get(field, ()), key=lambda piece: (piece.left, piece.place))
        joined = owned[:1]
        has_form = field in ("number", "vin", "plate", "birth", "registered", "issued")
        for before, piece in pairwise(owned):
            if piece.left - before.right > CLOSE * piece.height and not has_form:
                break
            joined.append(piece)
        return "".join(piece.text for piece in joined)

    def _address(self) -> str:
        """Join the address and the rows below it, as far as the next word's row."""
        word = self.words.get("address")
        first = sorted(self._owned.get("address", ()), key=lambda piece: (piece.row, piece.left))
        if word is None or not first:
            return self._between_rows(
                "birth" if self._is_id else "owner", "number" if self._is_id else "use"
            )
        left, height = first[0].left, first[0].height
        end = min(
            (other.top for other in self.words.values() if other.top > word.bottom + 0.8 * height),
            default=first[0].row + 4 * height,
        )
        rest = [
            piece
            for piece in self._free
            if first[0].row + 0.5 * height < piece.row < end - 0.5 * height
            and abs(piece.left - left) < 3 * height
        ]
        whole = sorted(
            first + rest, key=lambda piece: (round((piece.row - first[0].row) / height), piece.left)
        )
        return "".join(piece.text for piece in whole)

    @property
    def _is_id(self) -> bool:
        return self._kind is PaperKind.ID_CARD

    def _between_rows(self, above: str, below: str) -> str:
        """Join what nobody owns between two words' rows; empty when either is missing."""
        if above not in self.words or below not in self.words:
            return ""
        first, last = self.words[above], self.words[below]
        between = [
            piece
            for piece in self._free
            if first.bottom + 0.5 * piece.height < piece.row < last.top - 0.5 * piece.height
        ]
        return "".join(piece.text for piece in sorted(between, key=lambda piece: piece.row))

    def _complete_id(self, found: dict[str, str]) -> None:
        """Find the number by its form, and what it tells; the name above all other rows."""
        if not _is_number(found["number"]):
            found["number"] = self._by_form(values.id_number, _is_number) or found["number"]
        found |= _with_number(found)
        if not found["name"] and (word := self.words.get("sex") or self.words.get("birth")):
            above = [piece for piece in self._free if piece.row < word.top - 0.6 * word.height]
            names = [
                values.name(piece.text)
                for piece in above
                if piece.left < word.right + 9 * word.height
            ]
            found["name"] = names[-1] if len(names) == 1 else ""

    def _complete_licence(self, found: dict[str, str]) -> None:
        """Find by their form what lost its word."""
        if not is_plate(found["plate"]):
            found["plate"] = self._by_form(values.plate, is_plate) or found["plate"]
        if not VIN.fullmatch(found["vin"]):
            found["vin"] = self._by_form(values.vin, _is_vin) or found["vin"]
        if not found["owner"]:
            found["owner"] = values.owner(self._between_rows("plate", "address"))
        days = [piece for piece in self._values if values.day(piece.text)]
        if len(days) == 2 and not (found["registered"] and found["issued"]):
            left, right = sorted(days, key=lambda piece: piece.left)
            found["registered"], found["issued"] = values.day(left.text), values.day(right.text)

    def _by_form(self, cleaner: Callable[[str], str], fits: Callable[[str], bool]) -> str:
        """Give the one value of a form that stands anywhere; empty when there are two."""
        all_found = {cleaner(piece.text) for piece in self._values}
        fitting = [one for one in all_found if one and fits(one)]
        return fitting[0] if len(fitting) == 1 else ""


def _words(parts: Sequence[Part]) -> dict[str, _Word]:
    """Join each field's words; of one that was found twice far apart, the first counts."""
    words: dict[str, _Word] = {}
    for part in parts:
        if part.field is None:
            continue
        piece, known = part.piece, words.get(part.field)
        if known is None:
            words[part.field] = _Word(
                part.field, piece.left, piece.right, piece.row, piece.row, piece.height
            )
        elif abs(piece.row - known.top) < 2.5 * max(piece.height, known.height):
            words[part.field] = _Word(
                part.field,
                min(known.left, piece.left),
                max(known.right, piece.right),
                min(known.top, piece.row),
                max(known.bottom, piece.row),
                max(known.height, piece.height),
            )
    return words


def _is_between(row: float, word: _Word, slack: float) -> bool:
    return word.top - slack < row < word.bottom + slack


def _is_number(text: str) -> bool:
    return len(text) == 18 and id_check(text[:17]) == text[17]


def _is_vin(text: str) -> bool:
    return bool(VIN.fullmatch(text))
