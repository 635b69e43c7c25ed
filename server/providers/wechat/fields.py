"""What fits into a template's fields: breaking a rule costs the whole message (47003).

Each field's name begins with its type (`thing1`, `time2`). The table is WeChat's
订阅消息参数值内容限制说明, as copied at blog.bitefu.net/post/660.html; category templates of
service accounts have the same types. How WeChat counts emoji is not documented: they count as
two here, so that a text is rather cut than refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

#: The older form `keyword1` has no types; WeChat folds it on the screen and refuses nothing.
OLD_MOST = 200

_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")
_TYPE = re.compile(r"[a-z_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRule:
    """How long a field may be, what is dropped from it, and what stands for an empty one."""

    most: int
    dropped: re.Pattern[str] | None = None
    empty: str = "-"
    dots: str = ""  #: says that a text was cut, where the type takes it


_NOT_HANZI = re.compile(r"[^\u4e00-\u9fff]")
_NOT_ASCII = re.compile(r"[^\x21-\x7e ]")
_NOT_DIGIT = re.compile(r"[^0-9.]")
_NOT_LETTER = re.compile(r"[^A-Za-z]")

RULES: Mapping[str, FieldRule] = {
    "thing": FieldRule(most=20, empty="无", dots="…"),
    "number": FieldRule(most=32, dropped=_NOT_DIGIT, empty="0"),
    "letter": FieldRule(most=32, dropped=_NOT_LETTER, empty="N"),
    "symbol": FieldRule(most=5),
    "character_string": FieldRule(most=32, dropped=_NOT_ASCII),
    "time": FieldRule(most=40),
    "date": FieldRule(most=40),
    "amount": FieldRule(most=12, empty="0"),  # a sign, ten digits, 元
    "phone_number": FieldRule(most=17),
    "car_number": FieldRule(most=8),
    "name": FieldRule(most=10),  # ten of Hanzi; of letters alone it would be twenty
    "phrase": FieldRule(most=5, dropped=_NOT_HANZI, empty="无"),
    "const": FieldRule(most=20),
}


def fitted(data: Mapping[str, str]) -> dict[str, str]:
    """Make every field fit, by dropping what its type does not take and cutting the rest."""
    return {name: fit(name, text) for name, text in data.items()}


def fit(name: str, text: str) -> str:
    """Make one field fit."""
    found = _TYPE.match(name)
    rule = RULES.get(found[0] if found else "", FieldRule(most=OLD_MOST, dots="…"))
    text = _CONTROL.sub(" ", text)
    if rule.dropped is not None:
        text = rule.dropped.sub("", text)
    return cut(text.strip(), rule.most, rule.dots).strip() or rule.empty


def cut(text: str, most: int, dots: str = "") -> str:
    """Cut a text to so many UTF-16 units, at a whole character, with dots where it was cut."""
    if _units(text) <= most:
        return text
    kept: list[str] = []
    left = most - _units(dots)
    for character in text:
        left -= _units(character)
        if left < 0:
            break
        kept.append(character)
    return "".join(kept) + dots


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
