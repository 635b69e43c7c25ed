"""Exports of one's own data: asked for by a code, made by the worker, fetched by a link.

One a person at a time. A maker has a lease and an attempt's number: after a kill another makes
the file anew, and what the first wrote is nobody's. The link is good for a while, without a token,
so that a browser's own download can use it; each use is recorded.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from realtime.wire.centre import ExportView, LinkView
from server.domain.centre import Export, ExportRuns, ExportState
from server.domain.errors import NotFound
from server.domain.ids import Draw
from server.domain.people import SYSTEM, Actor
from server.domain.rules import Rules
from server.services.accounts.accounts import Accounts
from server.services.accounts.codes import Caller
from server.services.centre.export_file import ExportFile
from server.services.ports import Clock
from server.store.audit import MongoAudit
from server.store.centre.exports import MongoExports
from server.store.centre.records import MongoRecords
from server.store.photos import MongoPhotos
from server.store.seal import BlindIndex

log = logging.getLogger(__name__)

EXPORT_CHARACTERS = 15
LINK_CHARACTERS = 26  # 130 bits

#: A worker that hands nothing on for so long has died.
LEASE_SECONDS = 60.0

#: An export that fails so often is given up; its person may ask again.
MOST_ATTEMPTS = 5


class Overtaken(Exception):
    """Another attempt has begun, or the person is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportStores:
    """What it reads and writes."""

    exports: MongoExports
    records: MongoRecords
    photos: MongoPhotos
    audit: MongoAudit


class Exports:
    """Ask for, make and fetch."""

    def __init__(
        self,
        *,
        stores: ExportStores,
        accounts: Accounts,
        index: BlindIndex,
        rules: Rules,
        clock: Clock,
        draw: Draw,
    ) -> None:
        self._stores = stores
        self._accounts = accounts
        self._index = index
        self._rules = rules
        self._clock = clock
        self._draw = draw

    async def mine(self, actor: Actor) -> ExportView:
        """Show how far the newest is."""
        return self._view(await self._stores.exports.latest(actor.person))

    async def ask(self, actor: Actor, code: str, caller: Caller) -> ExportView:
        """Ask for one; recorded.

        Raises:
            ExportRuns: one runs; the code stays good.
            WrongCode, Limited: no right code of this purpose.
        """
        latest = await self._stores.exports.latest(actor.person)
        if latest is not None and latest.state in (ExportState.ASKED, ExportState.MAKING):
            raise ExportRuns(rule="one_at_a_time")
        await self._accounts.prove_holder(actor.person, code, "export", caller)
        await self._record(actor, "export_asked")
        name = f"E{self._draw(EXPORT_CHARACTERS)}"
        return self._view(await self._stores.exports.ask(name, actor.person, self._clock()))

    async def link(self, actor: Actor, code: str, caller: Caller) -> LinkView:
        """Give a link to the ready file, by a code; the one before is void. Recorded.

        A session lives for days: it is not enough to carry all of a person's data away.

        Raises:
            NotFound: no file is ready; the code stays good.
            WrongCode, Limited: no right code of this purpose.
        """
        latest, now = await self._stores.exports.latest(actor.person), self._clock()
        if latest is None or self._view(latest).state != "ready":
            raise NotFound(field="export", rule="ready")
        await self._accounts.prove_holder(actor.person, code, "export", caller)
        return await self._link(actor, latest, now)

    async def _link(self, actor: Actor, latest: Export, now: datetime) -> LinkView:
        code = self._draw(LINK_CHARACTERS)
        until = now + timedelta(seconds=self._rules.own_link_seconds)
        if not await self._stores.exports.link(
            actor.person, latest.id, self._digest(code), until, now
        ):
            raise NotFound(field="export", rule="ready")
        await self._record(actor, "export_link")
        return LinkView(path=f"/v1/exports/{code}", expires_at=until)

    async def fetch(self, code: str) -> AsyncIterator[bytes]:
        """Open the file of a link; recorded.

        Raises:
            NotFound: no such link, or its time is over.
        """
        export = await self._stores.exports.by_link(self._digest(code), self._clock())
        await self._stores.audit.record(
            actor=export.person,
            action="export_fetched",
            subject=f"person:{export.person}",
            purpose="own",
            at=self._clock(),
        )
        return self._stores.exports.content(export)

    async def sweep(self) -> int:
        """Make what is asked for, one after the other; give how many were begun."""
        begun = 0
        while export := await self._stores.exports.begin(self._clock(), self._lease()):
            begun += 1
            await self._make(export)
        return begun

    async def _make(self, export: Export) -> None:
        if export.attempt > MOST_ATTEMPTS:
            log.error("an export failed %d times and is given up", MOST_ATTEMPTS)
            await self._stores.exports.failed(export)
            return
        now = self._clock()
        await self._stores.audit.record(
            actor=SYSTEM,
            action="export_made",
            subject=f"person:{export.person}",
            purpose="own",
            at=now,
        )
        expires_at = now + timedelta(seconds=self._rules.export_kept_seconds)
        chunks = size = 0

        async def hand_on(piece: bytes) -> None:
            nonlocal chunks, size
            await self._stores.exports.put(export, chunks, piece, expires_at)
            # After the write: an erasure in between has looked for chunks before this one came.
            if not await self._stores.exports.go_on(export, self._lease()):
                await self._stores.exports.drop(export)
                raise Overtaken
            chunks, size = chunks + 1, size + len(piece)

        file = ExportFile(
            records=self._stores.records,
            photos=self._stores.photos,
            traces=await self._stores.records.traces(export.person),
            now=now,
        )
        try:
            await file.write(hand_on)
        except Overtaken:
            return
        await self._stores.exports.ready(
            export, chunks=chunks, size=size, now=self._clock(), expires_at=expires_at
        )

    async def _record(self, actor: Actor, action: str) -> None:
        await self._stores.audit.record(
            actor=actor.person,
            action=action,
            subject=f"person:{actor.person}",
            purpose="own",
            at=self._clock(),
        )

    def _lease(self) -> datetime:
        return self._clock() + timedelta(seconds=LEASE_SECONDS)

    def _digest(self, code: str) -> str:
        return self._index.digest("export link", code)

    def _view(self, export: Export | None) -> ExportView:
        if export is None:
            return ExportView(state="none")
        over = export.expires_at is not None and export.expires_at <= self._clock()
        return ExportView(
            state="over" if over else export.state.value,
            asked_at=export.asked_at,
            expires_at=export.expires_at,
            size=export.size,
        )
