"""A person's own details: masked for the page, in full after a fresh code, and on record."""

from __future__ import annotations

from realtime.wire.accounts import CodeSent
from realtime.wire.centre import ErasureView, FullDetails, FullVehicle, MyDetails
from server.domain.centre import Erasure
from server.domain.documents import mask_name, mask_phone, person_name
from server.domain.ids import PersonId
from server.domain.people import Actor
from server.services.accounts.accounts import Accounts
from server.services.accounts.code_texts import Purpose
from server.services.accounts.codes import Caller
from server.services.ports import Clock
from server.store.audit import MongoAudit
from server.store.centre.erasures import MongoErasures
from server.store.centre.own_details import MongoOwnDetails
from server.store.centre.vehicles import MongoVehicles


class Details:
    """Show and change own details."""

    def __init__(
        self,
        *,
        details: MongoOwnDetails,
        vehicles: MongoVehicles,
        erasures: MongoErasures,
        accounts: Accounts,
        audit: MongoAudit,
        clock: Clock,
    ) -> None:
        self._details = details
        self._vehicles = vehicles
        self._erasures = erasures
        self._accounts = accounts
        self._audit = audit
        self._clock = clock

    async def send_code(self, actor: Actor, purpose: Purpose, caller: Caller) -> CodeSent:
        """Send a code of one act to the account's own phone.

        Raises:
            Limited, ProviderFailed: see `Accounts.send_holder_code`.
        """
        return await self._accounts.send_holder_code(actor.person, purpose, caller)

    async def mine(self, person: PersonId) -> MyDetails:
        """Show a person's details, masked."""
        known = await self._details.get(person)
        return MyDetails(
            person_id=person,
            masked_name=None if known.name is None else mask_name(known.name),
            masked_phone=mask_phone(known.phone),
            agreement_version=known.agreement_version,
            agreed_at=known.agreed_at,
            created_at=known.created_at,
            erasure=erasure_view(await self._erasures.get(person)),
        )

    async def change(self, actor: Actor, name: str) -> MyDetails:
        """Keep the person's real name.

        Raises:
            InvalidInput: no name.
        """
        normal = person_name(name, field="name")
        await self._details.set_name(actor.person, normal)
        return await self.mine(actor.person)

    async def full(self, actor: Actor, code: str, caller: Caller) -> FullDetails:
        """Show a person's own details in full, once a code; recorded.

        Raises:
            WrongCode, Limited: no right code of this purpose.
        """
        await self._accounts.prove_holder(actor.person, code, "look", caller)
        await self._audit.record(
            actor=actor.person,
            action="read_own_details",
            subject=f"person:{actor.person}",
            purpose="own",
            at=self._clock(),
        )
        known = await self._details.get(actor.person)
        return FullDetails(
            name=known.name,
            phone=known.phone,
            vehicles=tuple(
                FullVehicle(vehicle_id=one.id, plate=one.plate, model=one.model, vin=one.vin)
                for one in await self._vehicles.of(actor.person)
            ),
        )


def erasure_view(erasure: Erasure | None) -> ErasureView:
    """Show how far an erasure is."""
    if erasure is None:
        return ErasureView(state="none")
    return ErasureView(state=erasure.state.value, asked_at=erasure.asked_at, due_at=erasure.due_at)
