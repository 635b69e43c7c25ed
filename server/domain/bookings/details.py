"""What a car's owner fills in, checked and brought into one form: name, phone, plate.

The plate is checked for its form only; whether it is the one on the licence is for the papers to
say.
"""

from __future__ import annotations

import re
import unicodedata

from server.domain.bookings.bookings import Details
from server.domain.bookings.checks import is_plate, plain_plate
from server.domain.errors import InvalidInput

PHONE = re.compile(r"1[3-9][0-9]{9}")
#: Chinese names with a dot between parts, or Latin ones with blanks.
NAME = re.compile(r"[\u3400-\u9fff\U00020000-\U000323af·]{2,30}|[A-Za-z][A-Za-z .'-]{1,59}")


def checked_details(*, name: str, phone: str, plate: str) -> Details:
    """Bring the form's texts into one form.

    Raises:
        InvalidInput: names the field and `required` or the rule it breaks.
    """
    return Details(name=_name(name), phone=_phone(phone), plate=plate_of(plate))


def plate_of(text: str) -> str:
    """Bring a plate into the form in which plates are compared.

    Raises:
        InvalidInput: it is none.
    """
    plate = plain_plate(text)
    if not plate:
        raise InvalidInput(field="plate", rule="required")
    if not is_plate(plate):
        raise InvalidInput(field="plate", rule="plate")
    return plate


def _name(text: str) -> str:
    name = re.sub(r"[•‧・.．](?=[\u3400-\u9fff])", "·", " ".join(text.split()))
    if not name:
        raise InvalidInput(field="name", rule="required")
    if not NAME.fullmatch(name):
        raise InvalidInput(field="name", rule="real_name")
    return name


def _phone(text: str) -> str:
    phone = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text)).removeprefix("+86")
    if not phone:
        raise InvalidInput(field="phone", rule="required")
    if not PHONE.fullmatch(phone):
        raise InvalidInput(field="phone", rule="mobile_number")
    return phone
