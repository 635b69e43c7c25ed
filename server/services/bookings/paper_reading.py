"""Reading papers in the background: one job a photo, in its document, so that no kill loses it.

The process that took the photo is kicked; whatever it leaves, a worker's sweep takes up. A reader
has a lease and an attempt's number: what an overtaken one finds is not written. A recogniser's
failure ends as "not read", and the booking goes on.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta

from realtime.tasks import is_wanted
from realtime.wire.papers import PapersRead
from server.domain.bookings.readings import ReadState, Sheet, fields_of
from server.domain.errors import NotFound, ProviderFailed
from server.domain.ids import BookingId
from server.providers.ocr_ports import Recognisers
from server.services import kicks
from server.services.bookings.likeness import likeness
from server.services.one_by_one import one_by_one
from server.services.ports import Clock, PersonFeed
from server.store.bookings.papers import Marks, MongoPapers
from server.store.documents import milliseconds
from server.store.photos import MongoPhotos

log = logging.getLogger(__name__)

#: Photos read at once in one process; the local recogniser has a row of its own.
AT_ONCE = 2

#: Longer than any recogniser takes, one after the other.
READ_SECONDS = 75.0

#: A reader that has not written by then has died.
LEASE_SECONDS = READ_SECONDS + 15.0

#: How often a photo is tried where trying again may help, and how long between.
MOST_ATTEMPTS = 3
AGAIN_SECONDS = 5.0
MAY_PASS = frozenset({"busy", "no_answer", "broken"})

#: Papers in one sweep.
SWEPT = 20


class ReadingKicks(kicks.Kicks[BookingId]):
    """Papers that this process should read soon, by their ids."""


class PaperReading:
    """Reads papers that wait."""

    def __init__(
        self,
        *,
        kicks: ReadingKicks,
        papers: MongoPapers,
        photos: MongoPhotos,
        recognisers: Recognisers,
        people: PersonFeed,
        clock: Clock,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        self._kicks = kicks
        self._papers = papers
        self._photos = photos
        self._recognisers = recognisers
        self._people = people
        self._clock = clock
        self._read_seconds = read_seconds

    async def run(self) -> None:
        """Read what is kicked, until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(self._run_one())

    async def sweep(self) -> int:
        """Read what no process has taken up in time; returns how many papers."""
        due = await self._papers.due(self._clock(), SWEPT)
        return await one_by_one(due, self.read, name="reading")

    async def read(self, sheet: str) -> bool:
        """Read one paper, if it waits; False if there is nothing to do."""
        now = self._clock()
        begun = await self._papers.begin(sheet, now, now + timedelta(seconds=LEASE_SECONDS))
        if begun is None:
            return False
        read, marks = await self._read(begun)
        if read is None:
            pause = timedelta(seconds=AGAIN_SECONDS * begun.attempt)
            await self._papers.wait(begun, self._clock() + pause)
            return True
        if await self._papers.finish(read, marks):
            await self._tell(read)
        return True

    async def _run_one(self) -> None:
        while is_wanted():
            async with self._kicks.next() as sheet:
                await one_by_one((sheet,), self.read, name="reading")

    async def _read(self, sheet: Sheet) -> tuple[Sheet | None, Marks | None]:
        """Read a paper; None for the sheet: try again later."""
        if sheet.attempt > MOST_ATTEMPTS:
            return self._not_read(sheet, "given_up"), None
        try:
            photo = await self._photos.content(sheet.photo)
        except NotFound:
            return self._not_read(sheet, "photo"), None
        marks = Marks(content=photo, likeness=await asyncio.to_thread(likeness, photo))
        try:
            async with asyncio.timeout(self._read_seconds):
                read = await self._recognisers.ask(sheet.kind, photo)
        except TimeoutError:
            return self._failed(sheet, "no_answer"), marks
        except ProviderFailed as failure:
            return self._failed(sheet, failure.rule or "refused"), marks
        done = replace(
            sheet,
            state=ReadState.READ,
            by=read.by,
            read_at=milliseconds(self._clock()),
            read=fields_of(read.paper),
        )
        return done, marks

    def _failed(self, sheet: Sheet, rule: str) -> Sheet | None:
        if rule in MAY_PASS and sheet.attempt < MOST_ATTEMPTS:
            return None
        return self._not_read(sheet, rule)

    def _not_read(self, sheet: Sheet, rule: str) -> Sheet:
        at = milliseconds(self._clock())
        return replace(sheet, state=ReadState.NOT_READ, why_not=rule, read_at=at)

    async def _tell(self, sheet: Sheet) -> None:
        """Tell open pages; one that is not told fetches by itself."""
        event = PapersRead(booking_id=sheet.booking, kind=sheet.kind.value, state=sheet.state.value)
        await self._people.push(sheet.person, event)
