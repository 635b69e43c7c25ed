"""A courier's papers as the proofs hand them in: applied for by the courier, approved by staff.

The names are invented; the ID numbers are of area 990000, which no province has.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from server.domain.documents import id_check
from server.proof.acts import small_photo
from server.proof.people import JsonObject, Visitor

#: Couriers who may have papers at once: that many serial numbers and birthdays are used.
MOST = 999 * 28


def id_number(number: int) -> str:
    """Make up the ID number of one courier."""
    if not 0 <= number < MOST:
        raise ValueError(f"papers are made for {MOST} couriers")
    born = date(1990, 5, 1 + number // 999)
    digits = f"990000{born:%Y%m%d}{number % 999 + 1:03}"
    return digits + id_check(digits)


async def apply(person: Visitor, number: int) -> str:
    """Hand papers in; answers the application's id."""
    photo = await person.ask("POST", "/v1/photos", raw=small_photo(), content_type="image/jpeg")
    body: JsonObject = {
        "real_name": "揽收戊己",
        "id_number": id_number(number),
        "employer": "某某速运",
        "staff_number": f"LJ-{number:05}",
        "expires_on": (datetime.now(UTC) + timedelta(days=365)).date().isoformat(),
        "photo_id": photo["photo_id"],
    }
    view = await person.ask("POST", "/v1/certification", body)
    return str(view["application"]["application_id"])


async def certify(person: Visitor, staff: Visitor, number: int) -> None:
    """Apply as the courier, approve as staff."""
    application = await apply(person, number)
    await staff.ask("POST", f"/v1/certifications/{application}/approve")
