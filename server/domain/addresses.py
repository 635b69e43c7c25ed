"""A person's address book: recipients of parcels, as typed once and chosen again. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from server.domain.documents import person_name, phone, region
from server.domain.errors import InvalidInput
from server.domain.ids import AddressId, PersonId
from server.domain.orders import MAX_ADDRESS

MOST_ADDRESSES = 50

#: How much of a street address is shown in a list, half of it at most: enough to tell one from
#: another.
SHOWN = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """To whom and where; personal data of somebody who has no account here."""

    name: str
    phone: str
    region: str  #: six-digit code of the district
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One entry of a person's book. Name, phone and address are sealed at rest."""

    id: AddressId
    person: PersonId
    recipient: Recipient
    version: int
    used_at: datetime  #: when it was last chosen for a waybill, or written


def check_recipient(given: Recipient) -> Recipient:
    """Give the recipient in normal form, by the rules of waybills.

    Raises:
        InvalidInput: names the first field that breaks its rule.
    """
    address = " ".join(given.address.split())
    if not 4 <= len(address) <= MAX_ADDRESS:
        raise InvalidInput(field="address", rule="4_to_120_characters")
    return Recipient(
        name=person_name(given.name, field="name"),
        phone=phone(given.phone, field="phone"),
        region=region(given.region, field="region"),
        address=address,
    )


def mask_address(address: str) -> str:
    """Show how it begins."""
    shown = min(SHOWN, len(address) // 2)
    return f"{address[:shown]}{'*' * min(4, len(address) - shown)}"
