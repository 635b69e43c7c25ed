r"""Forms of numbers that people and papers carry: phones, names, carrier waybills, regions.

Each check returns the normal form or raises `InvalidInput` naming the field and the rule. Digits
are ASCII ones: `\d` would take those of any script, and one phone would have many forms.
"""

from __future__ import annotations

import re

from server.domain.errors import InvalidInput

#: Mainland mobile numbers; the second digit has never been 0, 1 or 2.
PHONE = re.compile(r"1[3-9][0-9]{9}")

#: What nearly all carriers' numbers fit; there is no public standard, so no narrower gate.
CARRIER_WAYBILL = re.compile(r"[A-Z0-9-]{8,30}")

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
        InvalidInput: a link, or nothing that a carrier prints.
    """
    if "://" in text:
        raise InvalidInput(field=field, rule="not_a_link")
    number = re.sub(r"\s", "", text.rsplit(",", 1)[-1]).upper()
    if not CARRIER_WAYBILL.fullmatch(number):
        raise InvalidInput(field=field, rule="carrier_waybill")
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
