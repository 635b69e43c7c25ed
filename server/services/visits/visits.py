"""Visits come and go: a scan of the kiosk's QR, a log-in, a role, an end.

The code is checked against this step and the one before, and used once per account. The visit
survives log-in and filling a waybill. What is done in it at the doors is in visit_acts.py.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from realtime.wire.kiosk import code_is_of, kiosk_step
from realtime.wire.views import VisitView
from server.domain.errors import (
    InvalidInput,
    Limited,
    NotFound,
    StaleVersion,
    VisitOver,
)
from server.domain.ids import Draw, OrderId, PersonId, VisitId
from server.domain.people import Role
from server.domain.rules import Rules
from server.domain.visits import ScannedCode, Visit, VisitRole, read_scanned
from server.services.ports import Clock, People
from server.services.terminals.keys import TerminalKeys
from server.services.visits.screens import Screens
from server.store.terminals import MongoTerminals
from server.store.visits import CodeUsed, MongoVisits

#: Drawn characters of a visit's id: 130 bits, since whoever has it holds an unjoined visit.
ID_LENGTH = 26


#: Visits without a log-in that one code may begin; more is somebody playing with the screen.
MOST_UNJOINED = 10


class Visits:
    """People at kiosks."""

    def __init__(
        self,
        *,
        visits: MongoVisits,
        terminals: MongoTerminals,
        screens: Screens,
        keys: TerminalKeys,
        people: People,
        rules: Rules,
        clock: Clock,
        draw: Draw,
    ) -> None:
        self._visits = visits
        self._terminals = terminals
        self._screens = screens
        self._keys = keys
        self._people = people
        self._rules = rules
        self._clock = clock
        self._draw = draw

    async def start(self, code: str, person: PersonId | None) -> VisitView:
        """Begin a visit with a scanned code, signed in or not.

        The same account scanning the same code again comes back to its visit.

        Raises:
            InvalidInput: no code of ours.
            VisitOver: the code is too old, or its visit is over.
            Limited: too many began with this code without a log-in; the next code is new.
        """
        scanned = read_scanned(code)
        await self._check_code(scanned)
        if person is None:
            await self._check_unjoined(scanned)
        now = self._clock()
        visit = Visit(
            id=VisitId(f"V{self._draw(ID_LENGTH)}"),
            terminal=scanned.terminal,
            code_step=scanned.step,
            created_at=now,
            expires_at=now + timedelta(seconds=self._rules.visit_seconds),
            person=person,
            role=await self._only_role(person) if person else None,
        )
        if not await self._visits.insert(visit):
            visit = await self._earlier(visit, person)
        await self._terminals.take_screen(visit.terminal, visit.id)
        return await self._screens.show(visit.id)

    async def _check_unjoined(self, scanned: ScannedCode) -> None:
        if await self._visits.unjoined(scanned.terminal, scanned.step) >= MOST_UNJOINED:
            wait = float(self._rules.kiosk_step_seconds)
            raise Limited(field="code", rule="rate", retry_after_seconds=wait)

    async def join(self, visit: VisitId, person: PersonId) -> VisitView:
        """Make a visit that began without a log-in this person's.

        Raises:
            NotFound: there is none, or it is somebody else's.
            VisitOver: it ran out, or this account has used its code already.
        """
        known = await self._visits.get(visit)
        known.check_running(self._clock())
        if known.person is None:
            try:
                joined = await self._visits.join(visit, person)
            except CodeUsed:
                earlier = await self._earlier(known, person)
                await self._terminals.take_screen(earlier.terminal, earlier.id)
                return await self._screens.show(earlier.id)
            known = joined or await self._visits.get(visit)
        if known.person != person:
            raise NotFound(field="visit_id", rule="exists")
        if known.role is None and (role := await self._only_role(person)):
            await self.set(known, role=role.value)
        return await self._screens.show(visit)

    async def get(self, visit: VisitId, person: PersonId | None) -> VisitView:
        """Show a visit to its person, or to whoever holds its id while nobody joined.

        Raises:
            NotFound: there is none, or it is somebody else's.
        """
        known = await self._visits.get(visit)
        if known.person is not None and known.person != person:
            raise NotFound(field="visit_id", rule="exists")
        return await self._screens.look(visit)

    async def leave(self, visit: VisitId, person: PersonId | None) -> None:
        """End a visit; what it began goes on."""
        known = await self._visits.get(visit)
        if known.person is not None and known.person != person:
            raise NotFound(field="visit_id", rule="exists")
        if not known.ended:
            await self.set(known, ended=True)
        await self._screens.leave(visit, known.terminal)

    async def end_expired(self, now: datetime) -> int:
        """End visits that ran out, so that their kiosks are free; gives how many."""
        expired = await self._visits.expired(now)
        for visit in expired:
            if await self._visits.update(visit, ended=True):
                await self._screens.leave(visit.id, visit.terminal)
        return len(expired)

    async def choose_role(self, visit: VisitId, person: PersonId, role: VisitRole) -> VisitView:
        """Say what one is here for; the order chosen for the other role is put aside."""
        known = await self.own(visit, person)
        order = known.order if known.role is role else None
        await self.set(known, role=role.value, order=order)
        return await self._screens.show(visit)

    async def _check_code(self, scanned: ScannedCode) -> None:
        try:
            key = await self._keys.kiosk_key(scanned.terminal)
        except NotFound:
            raise InvalidInput(field="code", rule="kiosk_code") from None
        if not code_is_of(key, scanned.terminal, scanned.step, scanned.code):
            raise InvalidInput(field="code", rule="kiosk_code")
        present = kiosk_step(self._clock().timestamp(), self._rules.kiosk_step_seconds)
        if not present - self._rules.kiosk_slack_steps <= scanned.step <= present:
            raise VisitOver(rule="code_expired")

    async def _earlier(self, visit: Visit, person: PersonId | None) -> Visit:
        """Find the visit for which the account used this code, if it still runs."""
        earlier = (
            await self._visits.by_code(visit.terminal, visit.code_step, person) if person else None
        )
        if earlier is None:
            raise VisitOver(rule="code_used")
        earlier.check_running(self._clock())
        return earlier

    async def _only_role(self, person: PersonId) -> VisitRole | None:
        """Who can only deposit is here to deposit; a courier chooses."""
        known = await self._people.get(person)
        return None if Role.COURIER in known.roles else VisitRole.DEPOSIT

    async def own(self, visit: VisitId, person: PersonId) -> Visit:
        """Give a running visit to its person.

        Raises:
            NotFound: there is none, or it is somebody else's.
            VisitOver: it has run out.
        """
        known = await self._visits.get(visit)
        if known.person != person:
            raise NotFound(field="visit_id", rule="exists")
        known.check_running(self._clock())
        return known

    async def note(self, visit: VisitId, order: OrderId, until: datetime, **fields: Any) -> None:
        """Note what a visit is about after an act; whatever else changed in it stands."""
        await self._visits.at_door(visit, order, until, **fields)

    async def set(self, visit: Visit, **fields: Any) -> Visit:
        """Set fields of a visit as it was read.

        Raises:
            StaleVersion: it changed meanwhile.
        """
        changed = await self._visits.update(visit, **fields)
        if changed is None:
            raise StaleVersion(field="visit_id", rule="unchanged")
        return changed
