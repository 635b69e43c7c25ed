"""What a parcel's price goes by: size and zone; and the table that a new platform begins with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from server.domain.money import Fen


class Size(StrEnum):
    """The size class of parcel and cell."""

    S = "S"
    M = "M"
    L = "L"


class Zone(StrEnum):
    """How far a parcel goes, from terminal to recipient."""

    SAME_CITY = "same_city"
    SAME_PROVINCE = "same_province"
    OTHER = "other"


#: Largest parcel of a class, centimetres: length, width, height of the cell less a finger.
SIZE_LIMITS_CM: dict[Size, tuple[int, int, int]] = {
    Size.S: (40, 30, 8),
    Size.M: (40, 30, 18),
    Size.L: (40, 40, 38),
}

#: Of the first price list; staff write those after it (`price_lists.py`).
FIRST_TABLE: Mapping[Size, Mapping[Zone, Fen]] = {
    Size.S: {Zone.SAME_CITY: Fen(800), Zone.SAME_PROVINCE: Fen(1000), Zone.OTHER: Fen(1400)},
    Size.M: {Zone.SAME_CITY: Fen(1200), Zone.SAME_PROVINCE: Fen(1500), Zone.OTHER: Fen(2000)},
    Size.L: {Zone.SAME_CITY: Fen(1800), Zone.SAME_PROVINCE: Fen(2400), Zone.OTHER: Fen(3200)},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What the customer pays and how it is shared; fixed when the waybill is placed."""

    price_fen: Fen
    fee_fen: Fen
    pay_fen: Fen


def zone_between(origin_region: str, destination_region: str) -> Zone:
    """Tell the zone from two six-digit region codes (province 2 digits, city 4)."""
    if origin_region[:4] == destination_region[:4]:
        return Zone.SAME_CITY
    if origin_region[:2] == destination_region[:2]:
        return Zone.SAME_PROVINCE
    return Zone.OTHER
