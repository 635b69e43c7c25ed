"""Each field's value made of the text that was found for it; empty where it cannot be one.

Pure. What has a form is brought into it; what stands on a short list is taken from it when one
character is misread at most. Nothing else is guessed: the person sees the photo beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from itertools import product

from server.domain.bookings.checks import (
    ETHNICITIES,
    PROVINCES,
    VIN,
    VIN_CHECK_PLACE,
    is_plate,
    plain_vin,
    vin_check,
)
from server.domain.documents import id_check
from server.providers.ocr.words import OLD_FORMS

#: Letters that recognisers take digits for, where only digits can be.
AS_DIGITS = str.maketrans("OoQDIil|ZzSBＯ", "0000111122580")

NUMBER = re.compile(r"(?<![0-9])[1-9][0-9]{16}[0-9X](?![0-9])")
DATE = re.compile(r"([12][0-9]{3})[^0-9]{0,2}([01]?[0-9])[^0-9]{0,2}([0-3]?[0-9])")
ALPHANUMERIC = re.compile(r"[A-Z0-9]+")

#: GA 24 and GB/T 21085, those of cars with a person's or a firm's licence.
USES = (
    *(
        "非营运",
        "营运",
        "公路客运",
        "公交客运",
        "出租客运",
        "旅游客运",
        "货运",
        "租赁",
        "警用",
        "消防",
    ),
    *("救护", "工程救险", "教练", "幼儿校车", "小学生校车", "其他校车", "危化品运输", "营转非"),
    *("出租转非", "预约出租客运", "预约出租转非", "网络预约出租客运", "运钞"),
)
_SIZES = ("大型", "中型", "小型", "微型")
_LOADS = ("重型", "中型", "轻型", "微型")
TYPES = (
    *map("".join, product(_SIZES, ("普通客车", "双层客车", "卧铺客车", "铰接客车", "越野客车"))),
    *map("".join, product(_SIZES, ("轿车", "专用客车", "面包车", "专用校车"))),
    *map("".join, product(_LOADS, ("普通货车", "厢式货车", "封闭货车", "罐式货车", "平板货车"))),
    *map("".join, product(_LOADS, ("栏板货车", "仓栅式货车", "自卸货车", "特殊结构货车"))),
    *map("".join, product(_LOADS[:3], ("半挂牵引车", "牵引车", "专项作业车", "非载货专项作业车"))),
    *("普通二轮摩托车", "轻便二轮摩托车", "三轮汽车", "低速货车"),
)


def name(text: str) -> str:
    """Give a person's name."""
    dotted = re.sub(r"[•・‧∙．.。*]", "·", text)
    kept = re.sub(r"[^\u3400-\u9fffA-Za-z·]", "", dotted).strip("·")
    return kept if 2 <= len(kept) <= 20 else ""


def owner(text: str) -> str:
    """Give a person's or a firm's name."""
    kept = re.sub(r"[^\u3400-\u9fffA-Za-z0-9·•・()（）&-]", "", text)
    return kept.replace("(", "（").replace(")", "）").replace("•", "·").replace("・", "·")


def sex(text: str) -> str:
    """Give 男 or 女."""
    return next((mark for mark in text if mark in "男女"), "")


def ethnicity(text: str) -> str:
    """Give one of the 56 without 族."""
    plain = re.sub(r"[^\u3400-\u9fff]", "", text.translate(OLD_FORMS))
    for length in range(len(plain), 0, -1):
        if plain[:length] in ETHNICITIES:
            return plain[:length]
    return _nearest(plain.removesuffix("族"), [one for one in ETHNICITIES if len(one) > 2])


def address(text: str) -> str:
    """Give an address; blanks and stray points go."""
    return re.sub(r"[^\u3400-\u9fffA-Za-z0-9#()（）-]", "", text).strip("-")


def id_number(text: str) -> str:
    """Give an ID number, of several possible ones the one whose check character fits."""
    plain = "".join(text.split()).upper().replace("×", "X")
    found = NUMBER.findall(plain.translate(AS_DIGITS)) or NUMBER.findall(plain)
    as_it_stands = found[0] if found else _nearly(re.sub(r"[^0-9X]", "", plain), 18)
    return next((one for one in found if id_check(one[:17]) == one[17]), as_it_stands)


def day(text: str) -> str:
    """Give the first day of the calendar in a text as `YYYY-MM-DD`."""
    plain = "".join(text.split()).translate(AS_DIGITS)
    for year, month, number in DATE.findall(plain):
        try:
            return date(int(year), int(month), int(number)).isoformat()
        except ValueError:
            continue
    return ""


def plate(text: str) -> str:
    """Give the plate that a text holds; one that is no plate, as it stands, behind its word."""
    plain = re.sub(r"[^\u3400-\u9fffA-Z0-9]", "", text.upper().translate(OLD_FORMS))
    start = next((place for place, mark in enumerate(plain) if mark in PROVINCES), None)
    if start is None:
        return ""
    rest = plain[start:]
    fixed = rest[:2] + rest[2:].translate(str.maketrans("OI", "01"))
    sizes = (length for length in (8, 7) if is_plate(fixed[:length]))
    return fixed[: next(sizes, 8)]


def vin(text: str) -> str:
    """Give a VIN, from the place where its check digit fits; else the last that may be one."""
    plain = "".join(ALPHANUMERIC.findall(plain_vin(text)))
    found = [
        plain[start : start + 17]
        for start in range(len(plain) - 16)
        if VIN.fullmatch(plain[start : start + 17])
    ]
    fitting = (one for one in found if vin_check(one) == one[VIN_CHECK_PLACE])
    return next(fitting, found[-1] if found else _nearly(plain, 17))


def engine(text: str) -> str:
    """Give an engine's number."""
    plain = re.sub(r"[^A-Z0-9*/-]", "", text.upper()).strip("*/-")
    return plain if len(plain) > 2 else ""


def model(text: str) -> str:
    """Give make and model."""
    return re.sub(r"[^\u3400-\u9fffA-Za-z0-9()（）/-]", "", text).strip("-/")


def use(text: str) -> str:
    """Give a use of the list."""
    return _listed(text, USES)


def vehicle_type(text: str) -> str:
    """Give a type of the list, or one that it has not."""
    return _listed(text, TYPES)


def _nearly(text: str, length: int) -> str:
    """Give what has nearly the length that it should have: people mend it rather than type it."""
    return text if abs(len(text) - length) <= 3 else ""


def _listed(text: str, known: Iterable[str]) -> str:
    plain = re.sub(r"[^\u3400-\u9fff]", "", text.translate(OLD_FORMS))
    return _nearest(plain, known) or plain


def _nearest(text: str, known: Iterable[str]) -> str:
    """Give what is listed; with one character wrong only if that fits one alone."""
    listed = list(known)
    if text in listed:
        return text
    near = {one for one in listed if len(one) == len(text) > 2 and _apart(one, text) == 1}
    return near.pop() if len(near) == 1 else ""


def _apart(one: str, other: str) -> int:
    return sum(a != b for a, b in zip(one, other, strict=True))
