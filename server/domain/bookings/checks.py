"""What is wrong with papers: every field by itself, and the two papers beside each other.

Pure. Sources: GB 11643-1999 (ID number), GB 16735 (VIN), GA 36-2018 (plates), GA 37 (licence).
Nothing here refuses a booking: a finding is told to the person, and to staff who decide.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date

from server.domain.bookings.papers import Finding, IdCard, PaperKind, VehicleLicence, Weight
from server.domain.documents import ID_NUMBER, NAME, id_check

#: Whole years that the holder of an ID card may have lived, both ends included.
AGES = (0, 120)

#: A broken rule and what it means.
Verdict = tuple[str, Weight]

#: GB/T 2260's provinces, and 81 to 83: residence permits of Hong Kong, Macao and Taiwan people.
#: Counties come and go and are not looked at.
PROVINCE_CODES = frozenset(
    f"{code}"
    for first, last in (
        (11, 15),
        (21, 23),
        (31, 37),
        (41, 46),
        (50, 54),
        (61, 65),
        (71, 71),
        (81, 83),
    )
    for code in range(first, last + 1)
)

PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_MARK = "A-HJ-NP-Z0-9"
_CITY = f"[{PROVINCES}][A-HJ-NP-Z]"

#: Ordinary plates; the last place may say trailer, learner, police, or across the border.
PLATE = re.compile(f"{_CITY}[{_MARK}]{{4}}[{_MARK}挂学警港澳]")

#: New energy: pure electric ones have A to E, others F to K without I. Small cars' stands first,
#: large ones' last.
ENERGY_PLATE = re.compile(f"{_CITY}(?:[A-HJK][{_MARK}][0-9]{{4}}|[0-9]{{5}}[A-HJK])")

VIN = re.compile(r"[A-HJ-NPR-Z0-9]{17}")
VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
VIN_VALUES = {
    **{digit: int(digit) for digit in "0123456789"},
    **{letter: place for place, letter in enumerate("ABCDEFGH", start=1)},
    **{letter: place for place, letter in enumerate("JKLMN", start=1)},
    **{"P": 7, "R": 9},
    **{letter: place for place, letter in enumerate("STUVWXYZ", start=2)},
}
VIN_CHECK_PLACE = 8

ENGINE = re.compile(r"[A-Z0-9][A-Z0-9*/.-]{2,29}")

#: Words that vehicle types end with (GA 802); what is none of these has no drive battery of ours.
MOTOR_TYPES = ("轿车", "客车", "货车", "牵引车", "作业车", "面包车", "校车", "汽车", "摩托车")

DOTS = "·•・‧∙.．｡。-"  #: how middle dots come from keyboards and recognisers
DOT = "·"

_ETHNICITIES = (
    "汉 蒙古 回 藏 维吾尔 苗 彝 壮 布依 朝鲜 满 侗 瑶 白 土家 哈尼 哈萨克 傣 黎 傈僳 佤 畲 高山"
    " 拉祜 水 东乡 纳西 景颇 柯尔克孜 土 达斡尔 仫佬 羌 布朗 撒拉 毛南 仡佬 锡伯 阿昌 普米 塔吉克"
    " 怒 乌孜别克 俄罗斯 鄂温克 德昂 保安 裕固 京 塔塔尔 独龙 鄂伦春 赫哲 门巴 珞巴 基诺"
)
ETHNICITIES = frozenset(_ETHNICITIES.split())

#: Signs that an owner is no person.
COMPANY = re.compile(r"公司|企业|集团|中心|厂|店|所|局|院|校|会|社|行|站|队|部|处|馆|[()（）]")


def check(
    id_card: IdCard | None, licence: VehicleLicence | None, typed: str, today: date
) -> list[Finding]:
    """Tell all that is wrong; `typed` is the real name of the form, None a paper not there yet.

    At most one FAIL a field, in the order of the papers' fields.
    """
    found: list[Finding] = []
    if id_card is not None:
        found += _id_findings(id_card, typed, today)
    if licence is not None:
        found += _licence_findings(licence, today)
    if id_card is not None and licence is not None:
        found += _between(id_card, licence)
    return found


def plain_name(text: str) -> str:
    """Give a name as names are compared: no spaces, one kind of middle dot, capital letters."""
    joined = re.sub(r"\s", "", text).upper()
    dotted = re.sub(f"[{re.escape(DOTS)}]+", DOT, joined)
    return dotted.strip(DOT)


def plain_number(text: str) -> str:
    """Give an ID number without blanks, a small x made large."""
    return re.sub(r"\s", "", text).upper()


def plain_plate(text: str) -> str:
    """Give a plate in the one form that plates are compared in, wherever it was typed or read.

    Full-width letters are made plain, blanks, dots and hyphens go, and O and I become the digits
    that alone are possible.
    """
    plain = unicodedata.normalize("NFKC", text)
    letters = re.sub(rf"[\s{re.escape(DOTS)}]", "", plain).upper()
    return letters.translate(str.maketrans("OI", "01"))


def plain_vin(text: str) -> str:
    """Give a VIN without blanks; I, O and Q, which no VIN has, made digits."""
    return re.sub(r"[\s*-]", "", text).upper().translate(str.maketrans("OQI", "001"))


def is_plate(text: str) -> bool:
    """Tell whether a plate in its plain form is one, of any kind."""
    return bool(PLATE.fullmatch(text) or ENERGY_PLATE.fullmatch(text))


def is_new_energy(text: str) -> bool:
    """Tell whether a plate in its plain form is a new-energy car's."""
    return bool(ENERGY_PLATE.fullmatch(text))


def vin_check(vin: str) -> str:
    """Give the check character of a VIN in its plain form, whatever stands in its place."""
    total = sum(w * VIN_VALUES[mark] for w, mark in zip(VIN_WEIGHTS, vin, strict=True))
    return "X" if total % 11 == 10 else str(total % 11)


def born_on(number: str) -> date | None:
    """Give the birthday in an ID number; None where it is no day of the calendar."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def sex_of(number: str) -> str:
    """Give the sex in an ID number: the seventeenth digit is odd for men."""
    return "男" if int(number[16]) % 2 else "女"


def day_of(text: str) -> date | None:
    """Read `YYYY-MM-DD`; None where it is no day of the calendar."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _id_findings(card: IdCard, typed: str, today: date) -> Iterator[Finding]:
    number = plain_number(card.number)
    number_rule = _number_rule(number, today)
    of_number = number if number_rule is None else ""
    told = {
        "name": _name_verdict(card.name, typed),
        "sex": _sex_verdict(card.sex, of_number),
        "ethnicity": _ethnicity_verdict(card.ethnicity),
        "birth": _birth_verdict(card.birth, of_number),
        "number": (number_rule, Weight.FAIL) if number_rule else _area_verdict(number),
    }
    return _findings(PaperKind.ID_CARD, told)


def _findings(paper: PaperKind, told: Mapping[str, Verdict | None]) -> Iterator[Finding]:
    for field, verdict in told.items():
        if verdict is not None:
            yield Finding(paper=paper, field=field, rule=verdict[0], weight=verdict[1])


def _name_verdict(text: str, typed: str) -> Verdict | None:
    name = plain_name(text)
    if not name:
        return "missing", Weight.FAIL
    if not NAME.fullmatch(" ".join(text.split())) and not NAME.fullmatch(name):
        return "real_name", Weight.FAIL
    return None if plain_name(typed) == name else ("differs_from_typed", Weight.FAIL)


def _sex_verdict(sex: str, number: str) -> Verdict | None:
    """Judge the sex by itself and, where there is a right one, by the number."""
    if sex and sex not in ("男", "女"):
        return "sex", Weight.FAIL
    agrees = not sex or not number or sex == sex_of(number)
    return None if agrees else ("differs_from_number", Weight.FAIL)


def _ethnicity_verdict(text: str) -> Verdict | None:
    known = not text or text.removesuffix("族") in ETHNICITIES
    return None if known else ("ethnicity", Weight.WARN)


def _birth_verdict(text: str, number: str) -> Verdict | None:
    if text and day_of(text) is None:
        return "date", Weight.FAIL
    agrees = not text or not number or day_of(text) == born_on(number)
    return None if agrees else ("differs_from_number", Weight.FAIL)


def _area_verdict(number: str) -> Verdict | None:
    return None if number[:2] in PROVINCE_CODES else ("unknown_area", Weight.WARN)


def _number_rule(number: str, today: date) -> str | None:
    """Name the rule that an ID number breaks; the area is none of them."""
    if not number:
        return "missing"
    if not ID_NUMBER.fullmatch(number):
        return "id_number"
    born = born_on(number)
    if born is None:
        return "id_birthday"
    if id_check(number[:17]) != number[17]:
        return "id_checksum"
    years = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return None if AGES[0] <= years <= AGES[1] else "id_age"


def _licence_findings(licence: VehicleLicence, today: date) -> Iterator[Finding]:
    told = {
        "plate": _plate_verdict(plain_plate(licence.plate)),
        "type": _type_verdict(licence.type.strip()),
        "owner": None if licence.owner.strip() else ("missing", Weight.FAIL),
        "vin": _vin_verdict(plain_vin(licence.vin)),
        "engine": _engine_verdict(re.sub(r"\s", "", licence.engine).upper()),
        **{field: (rule, Weight.FAIL) for field, rule in _dates(licence, today)},
    }
    return _findings(PaperKind.VEHICLE_LICENCE, told)


def _plate_verdict(plate: str) -> Verdict | None:
    if not plate:
        return "missing", Weight.FAIL
    return None if is_plate(plate) else ("plate", Weight.FAIL)


def _type_verdict(text: str) -> Verdict | None:
    if not text:
        return "missing", Weight.FAIL
    return None if text.endswith(MOTOR_TYPES) else ("vehicle_type", Weight.WARN)


def _vin_verdict(vin: str) -> Verdict | None:
    """Judge a VIN; imported cars need not have a check digit, so that a wrong one only warns."""
    if not vin:
        return "missing", Weight.FAIL
    if not VIN.fullmatch(vin):
        return "vin", Weight.FAIL
    fits = vin_check(vin) == vin[VIN_CHECK_PLACE]
    return None if fits else ("vin_check_digit", Weight.WARN)


def _engine_verdict(engine: str) -> Verdict | None:
    """Judge an engine's number; pure electric cars' licences may have the motor's or none."""
    fits = not engine or ENGINE.fullmatch(engine)
    return None if fits else ("engine_number", Weight.WARN)


def _dates(licence: VehicleLicence, today: date) -> Iterator[tuple[str, str]]:
    days = {}
    for field in ("registered", "issued"):
        text = getattr(licence, field).strip()
        day = day_of(text)
        if not text:
            yield field, "missing"
        elif day is None:
            yield field, "date"
        elif day > today:
            yield field, "future"
        else:
            days[field] = day
    if len(days) == 2 and days["issued"] < days["registered"]:
        yield "issued", "before_registered"


def _between(card: IdCard, licence: VehicleLicence) -> Iterator[Finding]:
    """Compare the owner with the person: a company's or a relative's car is no fault."""
    name, owner = plain_name(card.name), plain_name(licence.owner)
    if not name or not owner or name == owner:
        return
    is_company = bool(COMPANY.search(licence.owner)) or (len(owner) > 6 and DOT not in owner)
    yield Finding(
        paper=PaperKind.VEHICLE_LICENCE,
        field="owner",
        rule="owner_is_company" if is_company else "owner_is_another",
        weight=Weight.WARN,
    )
