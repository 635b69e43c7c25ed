"""Enterprises: found by people, named and placed by staff."""

from __future__ import annotations

from dataclasses import replace

from realtime.wire.enterprises import (
    EditEnterprise,
    EnterprisesQuery,
    EnterprisesView,
    EnterpriseView,
    NewEnterprise,
)
from server.domain.bookings.edits import enterprise_name, region_prefix
from server.domain.bookings.outlets import Enterprise
from server.domain.documents import region
from server.domain.errors import Conflict, StaleVersion
from server.domain.ids import Draw, EnterpriseId
from server.domain.people import Actor
from server.services.ports import Clock
from server.store.audit import MongoAudit
from server.store.bookings.enterprises import MongoEnterprises
from server.store.bookings.outlets import MongoOutlets
from server.store.transactions import Session, Transactions

ID_CHARACTERS = 12


class Enterprises:
    """All enterprises."""

    def __init__(
        self,
        *,
        enterprises: MongoEnterprises,
        outlets: MongoOutlets,
        transactions: Transactions,
        audit: MongoAudit,
        clock: Clock,
        draw: Draw,
    ) -> None:
        self._enterprises = enterprises
        self._outlets = outlets
        self._transactions = transactions
        self._audit = audit
        self._clock = clock
        self._draw = draw

    async def search(self, asked: EnterprisesQuery, *, for_staff: bool = False) -> EnterprisesView:
        """List enterprises by name, of a region those with an outlet there too.

        People see active ones only.

        Raises:
            InvalidInput: the region is no code.
        """
        prefix = region_prefix(asked.region)
        found = await self._enterprises.search(
            name=" ".join(asked.name.split()),
            region=prefix,
            among=await self._outlets.enterprises_in(prefix) if prefix else (),
            active_only=not for_staff,
            skip=asked.skip,
            limit=asked.limit + 1,
        )
        more = len(found) > asked.limit
        return EnterprisesView(
            enterprises=tuple(enterprise_view(one) for one in found[: asked.limit]),
            next=asked.skip + asked.limit if more else None,
        )

    async def regions(self) -> frozenset[str]:
        """Name the regions where active enterprises sit or have an active outlet."""
        return await self._enterprises.regions() | await self._outlets.regions()

    async def show(self, enterprise: EnterpriseId) -> EnterpriseView:
        """Show an enterprise to staff.

        Raises:
            NotFound: there is none.
        """
        return enterprise_view(await self._enterprises.get(enterprise))

    async def create(self, actor: Actor, asked: NewEnterprise) -> EnterpriseView:
        """Take a new enterprise in, active and without a page; recorded.

        Raises:
            InvalidInput: its name or region breaks its rule.
        """
        made = Enterprise(
            id=EnterpriseId(f"E{self._draw(ID_CHARACTERS)}"),
            name=enterprise_name(asked.name),
            region=region(asked.region, field="region"),
            active=True,
            page_version=0,
            version=1,
        )
        await self._record(actor, "create_enterprise", made.id, name=made.name)
        await self._enterprises.insert(made)
        return enterprise_view(made)

    async def edit(
        self, actor: Actor, enterprise: EnterpriseId, asked: EditEnterprise
    ) -> EnterpriseView:
        """Write an enterprise's name, region and whether people see it; recorded.

        Raises:
            InvalidInput: its name or region breaks its rule.
            StaleVersion: it changed meanwhile.
            Conflict: it has an active outlet, so it cannot be hidden.
            NotFound: there is none.
        """
        known = await self._enterprises.get(enterprise)
        if known.version != asked.version:
            raise StaleVersion(field="version", rule="current")
        edited = replace(
            known,
            name=enterprise_name(asked.name),
            region=region(asked.region, field="region"),
            active=asked.active,
        )

        async def body(session: Session) -> Enterprise:
            if not edited.active and await self._outlets.any_active(enterprise, session):
                raise Conflict(field="active", rule="hide_its_outlets_first")
            return await self._enterprises.change(edited, session)

        now = f"{edited.name}, {edited.region}, {'active' if edited.active else 'hidden'}"
        await self._record(actor, "edit_enterprise", enterprise, to=now)
        return enterprise_view(await self._transactions.run(body))

    async def _record(
        self, actor: Actor, action: str, enterprise: EnterpriseId, **details: str
    ) -> None:
        await self._audit.record(
            actor=actor.person,
            action=action,
            subject=f"enterprise:{enterprise}",
            purpose="edit",
            at=self._clock(),
            details=details,
        )


def enterprise_view(enterprise: Enterprise) -> EnterpriseView:
    """Show one."""
    return EnterpriseView(
        enterprise_id=enterprise.id,
        name=enterprise.name,
        region=enterprise.region,
        active=enterprise.active,
        page_version=enterprise.page_version,
        version=enterprise.version,
    )
