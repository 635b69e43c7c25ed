"""The printed words of both papers, and lines taken apart by them.

Recognisers join a word and its value, or two words and two values, into one line; a word may be
misread by a character, stand in English, or be missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise

from server.domain.bookings.papers import PaperKind
from server.providers.ocr.lines import Piece

#: Each field's words, the fullest first.
WORDS: Mapping[PaperKind, Mapping[str, tuple[str, ...]]] = {
    PaperKind.ID_CARD: {
        "name": ("姓名",),
        "sex": ("性别",),
        "ethnicity": ("民族",),
        "birth": ("出生日期", "出生"),
        "address": ("住址",),
        "number": ("公民身份证号码", "公民身份号码", "身份证号码", "身份号码"),
    },
    PaperKind.VEHICLE_LICENCE: {
        "plate": ("号牌号码", "PlateNo.", "PlateNo"),
        "type": ("车辆类型", "VehicleType"),
        "owner": ("所有人", "Owner"),
        "address": ("住址", "Address"),
        "use": ("使用性质", "UseCharacter"),
        "model": ("品牌型号", "Model"),
        "vin": ("车辆识别代号", "车架号", "VIN"),
        "engine": ("发动机号码", "EngineNo.", "EngineNo"),
        "registered": ("注册日期", "RegisterDate"),
        "issued": ("发证日期", "IssueDate"),
    },
}

#: On which row of its paper each field stands, from the top.
ROWS: Mapping[PaperKind, Mapping[str, int]] = {
    PaperKind.ID_CARD: {
        "name": 0, "sex": 1, "ethnicity": 1, "birth": 2, "address": 3, "number": 4
    },
    PaperKind.VEHICLE_LICENCE: {
        "title": 0, "plate": 1, "type": 1, "owner": 2, "address": 3, "use": 4, "model": 4,
        "vin": 5, "engine": 6, "registered": 7, "issued": 7,
    },
}  # fmt: skip

#: Printed text that belongs to no field.
NOISE = re.compile(r"中华人民共和国|行驶证|VehicleLicen[cs]e|People'?sRepublic|居民身份证", re.I)

#: Recognisers give old forms of characters here and there, where papers print the new ones.
OLD_FORMS = str.maketrans(
    "別號車輛類動機碼註冊發證質識戶址蘇滬贛魯粵瓊陝遼貴寧閩雲漢滿壯瑤維爾門華東營運貨轎廂",
    "别号车辆类动机码注册发证质识户址苏沪赣鲁粤琼陕辽贵宁闽云汉满壮瑶维尔门华东营运货轿厢",
)


def _misread(word: str) -> Iterator[str]:
    """Give patterns of a word with a character or two wrong; values must not look like it."""
    if word == "VIN":
        yield "v[i1l|][nm]"
        return
    if len(word) <= 3:
        wrong = 1 if len(word) == 3 else 0
    elif word.isascii():
        wrong = len(word) // 5
    else:
        wrong = 1 if len(word) < 6 else 2
    for places in combinations(range(len(word)), wrong):
        kept = (re.escape(mark) if n not in places else "." for n, mark in enumerate(word))
        yield ("^" if len(word) == 3 else "") + "".join(kept)


def _pattern(words: Mapping[str, Sequence[str]]) -> re.Pattern[str]:
    """Compile all words of a paper: right ones first, in groups named by field and `0` or `1`."""
    right = [f"(?P<{name}0>{'|'.join(map(re.escape, ones))})" for name, ones in words.items()]
    misread = [
        f"(?P<{name}1>{'|'.join(part for one in ones for part in _misread(one))})"
        for name, ones in words.items()
    ]
    return re.compile("|".join(right + misread), re.IGNORECASE)


PATTERNS = {kind: _pattern(words) for kind, words in WORDS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A printed word in a line without its blanks: from `start` to `end`."""

    field: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A piece that is a field's word, or (field None) a value or whatever else."""

    piece: Piece
    field: str | None


def taken_apart(pieces: Sequence[Piece], kind: PaperKind) -> list[Part]:
    """Split pieces at the words of a paper; each keeps its place on its row."""
    return [part for piece in pieces for part in _split(piece, kind)]


def is_noise(text: str) -> bool:
    """Tell whether a text is the paper's own title."""
    return bool(NOISE.search(text.replace(" ", "")))


def _split(piece: Piece, kind: PaperKind) -> Iterator[Part]:
    text = "".join(piece.text.split())
    found = list(find_words(text, kind))
    if not found or is_noise(text):
        yield Part(piece=piece, field=None)
        return
    cuts = sorted({0, len(text), *(one.start for one in found), *(one.end for one in found)})
    fields = {one.start: one.field for one in found}
    for place, (start, end) in enumerate(pairwise(cuts)):
        part = replace(
            piece,
            text=text[start:end],
            left=_at(piece, text, start),
            right=_at(piece, text, end),
            place=place,
        )
        yield Part(piece=part, field=fields.get(start))


def find_words(text: str, kind: PaperKind) -> Iterator[Found]:
    """Find a paper's words in a text without blanks, from its start; they do not overlap."""
    for match in PATTERNS[kind].finditer(text.translate(OLD_FORMS)):
        assert match.lastgroup is not None  # every alternative is a group
        yield Found(field=match.lastgroup[:-1], start=match.start(), end=match.end())


def _at(piece: Piece, text: str, place: int) -> float:
    """Tell where a character begins: Latin ones are half as wide."""
    widths = [0.55 if mark.isascii() else 1.0 for mark in text]
    return piece.left + (piece.right - piece.left) * sum(widths[:place]) / sum(widths)
