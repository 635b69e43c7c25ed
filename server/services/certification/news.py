"""What a courier hears of their certification: told at least once, each piece once a phone.

The news is in the person's document, written with the step it tells of (`store/standings.py`);
it is taken off when the notice is kept, and a worker's sweep tells what a dead process left.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any, Protocol

from realtime.wire.people import Fact
from server.domain.certifications import Certificate, reminder_due
from server.domain.errors import Unavailable
from server.domain.ids import PersonId
from server.services.notices.texts_of_steps import Text, certification_text
from server.services.one_by_one import one_by_one
from server.services.ports import Clock, StaffFeed
from server.store.standings import MongoStandings

SWEPT = 200


class Teller(Protocol):
    """Tells people; `server.services.notices.notices.Notices`."""

    async def tell_person(
        self, person: PersonId, *, kind: str, key: str, text: Text, at: datetime
    ) -> None:
        """Tell something that is about no order; the same key tells once."""


class CertificationNews:
    """Tell couriers, and staff that the queue has changed."""

    def __init__(
        self, *, standings: MongoStandings, teller: Teller, staff: StaffFeed, clock: Clock
    ) -> None:
        self._standings = standings
        self._teller = teller
        self._staff = staff
        self._clock = clock

    async def tell(self, person: PersonId) -> None:
        """Tell a person what is untold; with Redis away the page hears later, from its look."""
        await self._tell((person, await self._standings.untold_of(person)))

    async def sweep(self) -> int:
        """Tell what is still untold; returns to how many people."""
        untold = await self._standings.untold(SWEPT)
        await one_by_one(untold, self._tell, name="certification news")
        return len(untold)

    async def remind(self, now: datetime) -> int:
        """Remind whoever's time runs out soon, once for each of the days; returns how many."""
        soon = await self._standings.to_remind(now, SWEPT)
        return await one_by_one(soon, self._remind, name="certification reminder")

    async def staff_changed(self) -> None:
        """Tell open staff pages that the queue of applications has changed."""
        with suppress(Unavailable):  # the page looks again by itself
            fact = Fact(key="certifications", kind="certifications", data={})
            await self._staff.push(fact)

    async def _remind(self, certificate: Certificate) -> bool:
        now = self._clock()
        days = reminder_due(certificate, now)
        if days is None or not await self._standings.remind(certificate, days, now):
            return False
        await self.tell(certificate.person)
        return True

    async def _tell(self, untold: tuple[PersonId, list[dict[str, Any]]]) -> None:
        person, pieces = untold
        for piece in pieces:
            text = certification_text(piece["step"], piece.get("reason"))
            if text is not None:
                with suppress(Unavailable):  # kept: the phone will hear, and the page looks
                    await self._teller.tell_person(
                        person,
                        kind=piece["step"],
                        key=f"{person}:{piece['step']}:{piece['version']}",
                        text=text,
                        at=piece["at"],
                    )
            await self._standings.told(person, piece)
