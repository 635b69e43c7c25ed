r"""Forms of numbers that people and papers carry: phones, names, ID cards, waybills, regions.

Each check returns the normal form or raises `InvalidInput` naming the field and the rule. Digits
are ASCII ones: `\d` would take those of any script, and one phone would have many forms.
"""

from __future__ import annotations

import re
from datetime import date

from server.domain.errors import InvalidInput

#: Mainland mobile numbers; the second digit has never been 0, 1 or 2.
PHONE = re.compile(r"1[3-9][0-9]{9}")

#: What nearly all carriers' numbers fit; there is no public standard, so no narrower gate.
CARRIER_WAYBILL = re.compile(r"[A-Z0-9-]{8,30}")

#: Symbologies of bar codes, as scanners put them before a comma.
SYMBOLOGY = re.compile(r"(?:CODE|EAN|UPC|ITF|CODABAR|RSS)[A-Z0-9_-]*")

#: How links begin, wallets' own among them (`https:`, `weixin:`, `wxp:`).
LINK = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")

#: The codes by which people pay: WeChat's are 18 digits, Alipay's 16 to 24. A scanned QR that
#: says such a number is somebody's money, not a waybill; a bar code that names itself may.
PAY_CODE = re.compile(r"1[0-5][0-9]{16}|(?:2[5-9]|30)[0-9]{14,22}")

#: How a number tells its carrier, where it does; digits alone are used by several carriers.
CARRIERS = {
    "sf": re.compile(r"SF\d{12,15}"),
    "yto": re.compile(r"YT\d{13}"),
    "jt": re.compile(r"JT\d{13}"),
    "jd": re.compile(r"JD[A-Z0-9-]{10,20}"),
    "ems": re.compile(r"[A-Z]{2}\d{9}[A-Z]{2}"),
}
UNKNOWN_CARRIER = "unknown"

#: GB/T 2260 county-level code of a place; the first two digits are the province, four the city.
REGION = re.compile(r"[1-9][0-9]{5}")

#: Real names: Han characters and the middle dot of transliterated names, or Latin letters.
NAME = re.compile(r"[\u3400-\u9fff·]{2,20}|[A-Za-z][A-Za-z .'-]{1,39}")

#: GB 11643 citizen identification number: area 6, birthday 8, serial 3, check character. The area
#: is that of the first registration and may have ended since, so no list of areas gates it.
ID_NUMBER = re.compile(r"[1-9][0-9]{16}[0-9X]")
ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ID_CHECKS = "10X98765432"  #: by the weighted sum modulo 11 (ISO 7064 MOD 11-2)

#: Whole years that a courier may have lived, both ends included.
COURIER_AGES = (18, 70)


def phone(text: str, *, field: str = "phone") -> str:
    """Give the eleven digits of a mainland mobile number.

    Raises:
        InvalidInput: not such a number.
    """
    digits = re.sub(r"[\s-]", "", text)
    digits = digits.removeprefix("+86")
    if not PHONE.fullmatch(digits):
        raise InvalidInput(field=field, rule="mobile_number")
    return digits


def person_name(text: str, *, field: str) -> str:
    """Give a real name without outer spaces.

    Raises:
        InvalidInput: empty, too long, or with characters that no name has.
    """
    name = " ".join(text.split())
    if not NAME.fullmatch(name):
        raise InvalidInput(field=field, rule="real_name")
    return name


def id_check(digits: str) -> str:
    """Give the check character of an ID number's first seventeen digits."""
    total = sum(weight * int(digit) for weight, digit in zip(ID_WEIGHTS, digits, strict=True))
    return ID_CHECKS[total % 11]


def id_number(text: str, *, today: date, field: str = "id_number") -> str:
    """Give a courier's ID number without blanks, a small x made large.

    Raises:
        InvalidInput: not 18 characters of the right kind (`id_number`), a birthday that is no
            day of the calendar (`id_birthday`), a wrong check character (`id_checksum`), or
            an age outside `COURIER_AGES` (`courier_age`).
    """
    number = re.sub(r"\s", "", text).upper()
    if not ID_NUMBER.fullmatch(number):
        raise InvalidInput(field=field, rule="id_number")
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise InvalidInput(field=field, rule="id_birthday") from None
    if id_check(number[:17]) != number[17]:
        raise InvalidInput(field=field, rule="id_checksum")
    years = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    if not COURIER_AGES[0] <= years <= COURIER_AGES[1]:
        raise InvalidInput(field=field, rule="courier_age")
    return number


def region(text: str, *, field: str) -> str:
    """Give a six-digit region code.

    Raises:
        InvalidInput: not six digits, or a leading zero.
    """
    if not REGION.fullmatch(text):
        raise InvalidInput(field=field, rule="region_code")
    return text


def carrier_waybill(text: str, *, field: str = "carrier_waybill") -> str:
    """Give a carrier's waybill number from typed or scanned text.

    A scanner may prefix the symbology (`CODE_128,`); a payment or page QR is refused.

    Raises:
        InvalidInput: a link, a payment code, or nothing that a carrier prints.
    """
    given = text.strip()
    if LINK.match(given) or "://" in given:
        raise InvalidInput(field=field, rule="not_a_link")
    named, comma, rest = given.partition(",")
    is_bar_code = bool(comma) and bool(SYMBOLOGY.fullmatch(named.upper()))
    number = re.sub(r"\s", "", rest if is_bar_code else given).upper()
    if not CARRIER_WAYBILL.fullmatch(number):
        raise InvalidInput(field=field, rule="carrier_waybill")
    if not is_bar_code and PAY_CODE.fullmatch(number):
        raise InvalidInput(field=field, rule="not_a_payment_code")
    return number


def carrier_of(number: str) -> str:
    """Tell whose a normalised carrier waybill is by its form; `unknown` where that says nothing."""
    return next(
        (name for name, form in CARRIERS.items() if form.fullmatch(number)), UNKNOWN_CARRIER
    )


def mask_phone(digits: str) -> str:
    """Show the first three and last four digits."""
    return f"{digits[:3]}****{digits[-4:]}"


def mask_name(name: str) -> str:
    """Show the first character only."""
    return name[:1] + "*" * max(1, min(2, len(name) - 1))


def mask_id_number(number: str) -> str:
    """Show the first character and the last two."""
    return f"{number[:1]}{'*' * (len(number) - 3)}{number[-2:]}"


def mask_staff_number(number: str) -> str:
    """Show the last two characters, of four or more."""
    return "*" * (len(number) - 2) + number[-2:] if len(number) > 3 else "*" * len(number)
