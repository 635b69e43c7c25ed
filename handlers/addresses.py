"""Routes of a person's address book."""

from __future__ import annotations

from handlers.access import PERSON, allow
from handlers.application import Route
from handlers.centre import CentreRoom, CentreServices
from realtime.wire.addresses import AddAddress, ChangeAddress, ReadAddress
from server.domain.ids import AddressId

ADDRESS = r"(?P<address>[A-Z0-9]{1,32})"


class AddressesHandler(CentreRoom):
    """GET and POST /v1/me/addresses."""

    @allow(PERSON)
    async def get(self) -> None:
        """→ `AddressesView`, masked, used last first."""
        self.answer(await self._centre.addresses.mine(self.actor.person))

    @allow(PERSON, idempotent=True)
    async def post(self) -> None:
        """`AddAddress` → `AddressView`; a recipient that is there already is used again."""
        asked = self.body(AddAddress)
        self.answer(await self._centre.addresses.add(self.actor.person, asked), status=201)


class AddressHandler(CentreRoom):
    """PUT and DELETE /v1/me/addresses/{address}."""

    @allow(PERSON)
    async def put(self, address: str) -> None:
        """`ChangeAddress` → `AddressView`: the whole entry anew."""
        asked, name = self.body(ChangeAddress), AddressId(address)
        self.answer(await self._centre.addresses.change(self.actor.person, name, asked))

    @allow(PERSON)
    async def delete(self, address: str) -> None:
        """Remove one → `AddressesView`; waybills made with it stand."""
        self.answer(await self._centre.addresses.remove(self.actor.person, AddressId(address)))


class ReadAddressHandler(CentreRoom):
    """POST /v1/me/addresses/{address}/read."""

    @allow(PERSON)
    async def post(self, address: str) -> None:
        """`ReadAddress` → `FullAddress`; recorded."""
        asked, name = self.body(ReadAddress), AddressId(address)
        self.answer(await self._centre.addresses.read(self.actor.person, name, asked.purpose))


def routes(centre: CentreServices) -> list[Route]:
    """List this room's routes."""
    given = {"centre": centre}
    return [
        (r"/v1/me/addresses", AddressesHandler, given),
        (rf"/v1/me/addresses/{ADDRESS}", AddressHandler, given),
        (rf"/v1/me/addresses/{ADDRESS}/read", ReadAddressHandler, given),
    ]
