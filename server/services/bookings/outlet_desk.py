"""Outlets as staff edit them: operators all of it, outlet staff their own outlet's calendar.

Every edit is checked whole, recorded with what it changes, and written over the version that it
was made from. Nothing that is booked is taken away by one: `OutletMonths` names what staff have
to look at.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol

import msgspec

from realtime.wire.outlets import (
    DetailsBody,
    EditCalendar,
    EditDetails,
    NewOutlet,
    OutletStaffView,
    StaffOutletsQuery,
    StaffOutletsView,
    StaffOutletView,
)
from server.domain.bookings.calendar import day_of
from server.domain.bookings.edits import (
    DAYS_OF_WEEK,
    checked_calendar,
    checked_details,
    region_prefix,
)
from server.domain.bookings.outlets import Outlet
from server.domain.errors import StaleVersion
from server.domain.geo import Place
from server.domain.ids import Draw, EnterpriseId, OutletId, PersonId
from server.domain.people import Actor, Person
from server.services.bookings.outlet_views import staff_outlet_view, with_calendar
from server.services.bookings.rights import OutletRights
from server.services.ports import Clock
from server.store.audit import MongoAudit
from server.store.bookings.enterprises import MongoEnterprises
from server.store.bookings.outlets import MongoOutlets, Wanted
from server.store.transactions import Session, Transactions

ID_CHARACTERS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskStores:
    """What this desk reads and writes, and how two are written at once."""

    outlets: MongoOutlets
    enterprises: MongoEnterprises
    people: StaffPeople
    transactions: Transactions


class LivePages(Protocol):
    """Pages that show an outlet's slots as they change."""

    async def calendar_changed(self, outlet: OutletId) -> None:
        """Have them fetch the slots again."""


class StandingNews(Protocol):
    """Tells every process that what a person may do is another now."""

    async def changed(self, person: PersonId, standing: int | None = None) -> None:
        """Have the person's sockets come back and be judged anew; a sweep does what is missed."""


class StaffPeople(Protocol):
    """People who work at outlets."""

    async def get(self, person: PersonId) -> Person:
        """Read one; raises NotFound."""

    async def mark_standing(self, person: PersonId, session: Session) -> None:
        """Mark that what one may do is another now, until that is told."""


class OutletDesk:
    """Staff's side of outlets."""

    def __init__(
        self,
        *,
        stores: DeskStores,
        rights: OutletRights,
        pages: LivePages,
        news: StandingNews,
        audit: MongoAudit,
        clock: Clock,
        draw: Draw,
    ) -> None:
        self._outlets = stores.outlets
        self._enterprises = stores.enterprises
        self._people = stores.people
        self._transactions = stores.transactions
        self._rights = rights
        self._pages = pages
        self._news = news
        self._audit = audit
        self._clock = clock
        self._draw = draw

    async def list(self, actor: Actor, asked: StaffOutletsQuery) -> StaffOutletsView:
        """List the outlets that are this member of staff's, by name, hidden ones too.

        Raises:
            InvalidInput: the region is no code.
        """
        chosen = frozenset({EnterpriseId(asked.enterprise_id)}) if asked.enterprise_id else None
        wanted = Wanted(
            ids=await self._rights.outlets_of(actor),
            enterprises=chosen,
            region=region_prefix(asked.region),
            text=" ".join(asked.text.split()),
            active_only=False,
        )
        found = await self._outlets.by_name(wanted, skip=asked.skip, limit=asked.limit + 1)
        now = self._clock()
        return StaffOutletsView(
            outlets=tuple(staff_outlet_view(one, now) for one in found[: asked.limit]),
            next=asked.skip + asked.limit if len(found) > asked.limit else None,
        )

    async def show(self, actor: Actor, outlet: OutletId) -> StaffOutletView:
        """Show one outlet.

        Raises:
            Forbidden: it is not this member of staff's.
            NotFound: there is none.
        """
        await self._rights.require(actor, outlet)
        return staff_outlet_view(await self._outlets.get(outlet), self._clock())

    async def create(self, actor: Actor, asked: NewOutlet) -> StaffOutletView:
        """Take a new outlet in: hidden, and without hours until staff give it some; recorded.

        Raises:
            InvalidInput: a field breaks its rule.
            NotFound: there is no such enterprise.
        """
        enterprise = await self._enterprises.get(EnterpriseId(asked.enterprise_id))
        made = checked_details(
            Outlet(
                id=OutletId(f"N{self._draw(ID_CHARACTERS)}"),
                enterprise=enterprise.id,
                **_details(asked),
                week=((),) * DAYS_OF_WEEK,
                active=False,
                version=1,
            )
        )
        await self._record(actor, "create_outlet", made.id, {"name": made.name})
        await self._outlets.insert(made)
        return staff_outlet_view(made, self._clock())

    async def edit_details(
        self, actor: Actor, outlet: OutletId, asked: EditDetails
    ) -> StaffOutletView:
        """Write what an outlet is and whether people see it; recorded.

        Raises:
            InvalidInput: a field breaks its rule.
            StaleVersion: it changed meanwhile.
            Conflict: it cannot be active under a hidden enterprise.
            Forbidden: it is not this member of staff's.
            NotFound: there is none.
        """
        known = await self._editable(actor, outlet, asked.version)
        edited = checked_details(replace(known, **_details(asked), active=asked.active))
        return await self._write(actor, "edit_outlet", known, edited)

    async def edit_calendar(
        self, actor: Actor, outlet: OutletId, asked: EditCalendar
    ) -> StaffOutletView:
        """Write an outlet's hours, special days and numbers; recorded. Bookings stay.

        Raises:
            InvalidInput: a field breaks its rule.
            StaleVersion: it changed meanwhile.
            Forbidden: it is not this member of staff's.
            NotFound: there is none.
        """
        known = await self._editable(actor, outlet, asked.version)
        edited = checked_calendar(with_calendar(known, asked), today=day_of(self._clock()))
        return await self._write(actor, "edit_outlet_calendar", known, edited)

    # Who works where

    async def staff_of(self, outlet: OutletId) -> OutletStaffView:
        """Name who works at an outlet.

        Raises:
            NotFound: there is none.
        """
        await self._outlets.get(outlet)
        return OutletStaffView(outlet_id=outlet, people=dict(await self._outlets.staff_of(outlet)))

    async def link(self, actor: Actor, outlet: OutletId, person: PersonId) -> OutletStaffView:
        """Let a person work at an outlet, while they are outlet staff; recorded, idempotent.

        Raises:
            NotFound: there is no such outlet or person.
        """
        await self._outlets.get(outlet)
        await self._people.get(person)
        await self._record(actor, "link_outlet_staff", outlet, {"person": person})
        await self._outlets.link(outlet, person, actor.person, self._clock())
        return await self.staff_of(outlet)

    async def unlink(self, actor: Actor, outlet: OutletId, person: PersonId) -> OutletStaffView:
        """Take that back; recorded, idempotent. Their open pages are judged anew at once.

        Raises:
            NotFound: there is no such outlet.
        """
        await self._outlets.get(outlet)
        await self._record(actor, "unlink_outlet_staff", outlet, {"person": person})

        async def body(session: Session) -> bool:
            was_linked = await self._outlets.unlink(outlet, person, session)
            if was_linked:
                await self._people.mark_standing(person, session)
            return was_linked

        if await self._transactions.run(body):
            await self._news.changed(person)
        return await self.staff_of(outlet)

    async def _editable(self, actor: Actor, outlet: OutletId, version: int) -> Outlet:
        await self._rights.require(actor, outlet)
        known = await self._outlets.get(outlet)
        if known.version != version:
            raise StaleVersion(field="version", rule="current")
        return known

    async def _write(
        self, actor: Actor, action: str, known: Outlet, edited: Outlet
    ) -> StaffOutletView:
        async def body(session: Session) -> Outlet:
            if edited.active:
                await self._enterprises.require_active(edited.enterprise, session)
            return await self._outlets.change(edited, session)

        await self._record(actor, action, known.id, _changes(known, edited))
        written = await self._transactions.run(body)
        await self._pages.calendar_changed(written.id)
        return staff_outlet_view(written, self._clock())

    async def _record(
        self, actor: Actor, action: str, outlet: OutletId, details: dict[str, str]
    ) -> None:
        await self._audit.record(
            actor=actor.person,
            action=action,
            subject=f"outlet:{outlet}",
            purpose="edit",
            at=self._clock(),
            details=details,
        )


def _details(asked: DetailsBody) -> dict[str, Any]:
    return {
        "name": asked.name,
        "region": asked.region,
        "address": asked.address,
        "place": Place(lat=asked.lat, lon=asked.lon),
        "phone": asked.phone,
        "services": asked.services,
    }


def _changes(before: Outlet, after: Outlet) -> dict[str, str]:
    """Say what an edit changes, field by field, for the record."""
    was, is_now = msgspec.to_builtins(before), msgspec.to_builtins(after)
    return {
        name: f"{_text(was[name])} → {_text(is_now[name])}"
        for name in was
        if was[name] != is_now[name]
    }


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()
