"""Stand-ins that older versions of us did not write: what staff's search finds people by.

Every write of a phone or a name writes its stand-in beside it. What was written before there was
one gets it here, so many at a time; once all have theirs, two looks at an index find nothing.
"""

from __future__ import annotations

from server.store.certifications import MongoCertifications
from server.store.people import MongoPeople

#: Done at once: few enough that other jobs of the same process do not wait for them.
BATCH = 500


class StandIns:
    """Writes what is missing. What is done shows in the documents: any process may go on."""

    def __init__(self, *, people: MongoPeople, applications: MongoCertifications) -> None:
        self._people = people
        self._applications = applications
        self._is_first = True

    async def sweep(self) -> int:
        """Write a batch of each; returns how many were missing.

        The first one of a process tries those again that no process could open.
        """
        if self._is_first:
            await self._people.try_tails_again()
            await self._applications.try_names_again()
            self._is_first = False
        tails = await self._people.note_tails(BATCH)
        return tails + await self._applications.note_names(BATCH)
