"""A person's address book: recipients kept, shown masked, read in full for a waybill or an edit."""

from __future__ import annotations

from typing import Literal

from realtime.wire.addresses import (
    AddAddress,
    AddressesView,
    AddressView,
    ChangeAddress,
    FullAddress,
)
from server.domain.addresses import (
    MOST_ADDRESSES,
    Address,
    Recipient,
    check_recipient,
    mask_address,
)
from server.domain.documents import mask_name, mask_phone
from server.domain.ids import AddressId, Draw, PersonId
from server.services.ports import Audit, Clock
from server.store.centre.addresses import MongoAddresses

ADDRESS_CHARACTERS = 15


class Addresses:
    """The book of each person, their own only."""

    def __init__(
        self, *, addresses: MongoAddresses, audit: Audit, clock: Clock, draw: Draw
    ) -> None:
        self._addresses = addresses
        self._audit = audit
        self._clock = clock
        self._draw = draw

    async def mine(self, person: PersonId) -> AddressesView:
        """List a person's, masked, used last first."""
        found = await self._addresses.of(person)
        return AddressesView(addresses=tuple(_view(one) for one in found), most=MOST_ADDRESSES)

    async def add(self, person: PersonId, asked: AddAddress) -> AddressView:
        """Keep a recipient; one that is there already is only used again.

        Raises:
            InvalidInput: a field breaks its rule. Conflict: too many.
        """
        address = Address(
            id=AddressId(f"A{self._draw(ADDRESS_CHARACTERS)}"),
            person=person,
            recipient=_checked(asked),
            version=1,
            used_at=self._clock(),
        )
        return _view(await self._addresses.add(address))

    async def change(
        self, person: PersonId, address: AddressId, asked: ChangeAddress
    ) -> AddressView:
        """Write one anew, over the version that was read.

        Raises:
            NotFound: not theirs. InvalidInput: a field breaks its rule.
            StaleVersion: changed meanwhile. Conflict: another of theirs is the same recipient.
        """
        changed = Address(
            id=address,
            person=person,
            recipient=_checked(asked),
            version=asked.version,
            used_at=self._clock(),
        )
        return _view(await self._addresses.change(changed))

    async def remove(self, person: PersonId, address: AddressId) -> AddressesView:
        """Remove one; waybills made with it stand. Removing it twice does no harm."""
        await self._addresses.remove(person, address)
        return await self.mine(person)

    async def read(
        self, person: PersonId, address: AddressId, purpose: Literal["waybill", "edit"]
    ) -> FullAddress:
        """Show one in full; recorded first. For a waybill it becomes the one used last.

        Raises:
            NotFound: there is none, or it is somebody else's.
        """
        await self._addresses.get(person, address)
        await self._audit.record(
            actor=person,
            action="read_own_address",
            subject=f"address:{address}",
            purpose=purpose,
            at=self._clock(),
        )
        if purpose == "waybill":
            return _full(await self._addresses.use(person, address, self._clock()))
        return _full(await self._addresses.get(person, address))


def _checked(asked: AddAddress | ChangeAddress) -> Recipient:
    return check_recipient(
        Recipient(name=asked.name, phone=asked.phone, region=asked.region, address=asked.address)
    )


def _view(address: Address) -> AddressView:
    kept = address.recipient
    return AddressView(
        address_id=address.id,
        masked_name=mask_name(kept.name),
        masked_phone=mask_phone(kept.phone),
        region=kept.region,
        masked_address=mask_address(kept.address),
        used_at=address.used_at,
        version=address.version,
    )


def _full(address: Address) -> FullAddress:
    kept = address.recipient
    return FullAddress(
        address_id=address.id,
        name=kept.name,
        phone=kept.phone,
        region=kept.region,
        address=kept.address,
        version=address.version,
    )
