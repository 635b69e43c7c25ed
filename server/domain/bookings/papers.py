"""The papers of a booking: what was read off them, what the person made of it, what is wrong.

ID card: GB 11643 number and the front's fields. Vehicle licence (行驶证): GA 37, the front's.
Every field is text as printed, empty where nothing was read; dates are `YYYY-MM-DD`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class IdCard:
    """The front of an ID card (居民身份证)."""

    name: str = ""
    sex: str = ""  #: 男 or 女
    ethnicity: str = ""
    birth: str = ""
    address: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleLicence:
    """The front of a vehicle licence (机动车行驶证)."""

    plate: str = ""
    type: str = ""
    owner: str = ""
    address: str = ""
    use: str = ""
    model: str = ""
    vin: str = ""
    engine: str = ""
    registered: str = ""
    issued: str = ""


class PaperKind(StrEnum):
    """Which paper a photo shows."""

    ID_CARD = "id_card"
    VEHICLE_LICENCE = "vehicle_licence"


class Weight(StrEnum):
    """What a finding means for the booking; none of them ends it."""

    FAIL = "fail"  #: to be corrected, or staff decide
    WARN = "warn"  #: goes through with a reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is wrong with one field of one paper, for the person and for staff."""

    paper: PaperKind
    field: str
    rule: str
    weight: Weight
