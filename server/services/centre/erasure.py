"""Deleting an account (注销): asked for by a code, undone by a log-in, done by the worker.

    none ──(asked: nothing is open, no staff role, a fresh code)──► waiting, all log-ins ended
    waiting ──(a log-in)──► undone
    waiting ──(its time is over, nothing is open)──► running ──► done

A running one texts the person once, walks the register of what all rooms know (`knowledge.py`)
and ends with the account itself; its number is free then. Every step may be done again, so that
after a crash the next worker begins anew when the lease has ended.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta

from realtime.wire.centre import ErasureView
from server.domain.centre import Erasure, ErasureState, StaffAccount, StillOpen
from server.domain.errors import DomainError, NotFound
from server.domain.ids import PersonId
from server.domain.people import STAFF, SYSTEM, Actor
from server.domain.rules import DAY, Rules
from server.providers.ports import Sms, SmsSender
from server.services.accounts.accounts import Accounts
from server.services.accounts.codes import Caller
from server.services.centre.details import erasure_view
from server.services.centre.sessions import OwnSessions
from server.services.one_by_one import one_by_one
from server.services.ports import Clock
from server.store.audit import MongoAudit
from server.store.centre.erasures import MongoErasures
from server.store.centre.knowledge import KNOWLEDGE
from server.store.centre.open_matters import MongoOpenMatters
from server.store.centre.records import MongoRecords
from server.store.people import MongoPeople

log = logging.getLogger(__name__)

SWEPT = 20

#: A worker that says nothing for so long has died.
LEASE_SECONDS = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureStores:
    """What it reads and writes."""

    people: MongoPeople
    erasures: MongoErasures
    open_matters: MongoOpenMatters
    records: MongoRecords
    audit: MongoAudit


class Erasures:
    """Ask for, undo and carry out."""

    def __init__(
        self,
        *,
        stores: ErasureStores,
        accounts: Accounts,
        sessions: OwnSessions,
        sms: SmsSender,
        rules: Rules,
        clock: Clock,
    ) -> None:
        self._stores = stores
        self._accounts = accounts
        self._sessions = sessions
        self._sms = sms
        self._rules = rules
        self._clock = clock

    async def mine(self, person: PersonId) -> ErasureView:
        """Show how far a person's is."""
        return erasure_view(await self._stores.erasures.get(person))

    async def ask(self, actor: Actor, code: str, caller: Caller) -> ErasureView:
        """Begin to wait, and end all log-ins; asking again while it waits changes nothing.

        Raises:
            StaffAccount, StillOpen: not now; the code stays good.
            WrongCode, Limited: no right code of this purpose.
        """
        await self._require_free(actor.person)
        await self._accounts.prove_holder(actor.person, code, "erase", caller)
        now = self._clock()
        await self._record(actor.person, actor.person, "erasure_asked")
        due_at = now + timedelta(seconds=self._rules.erase_wait_seconds)
        await self._stores.erasures.ask(actor.person, due_at, now)
        await self._sessions.end(actor.person, opened_until=now, because="erasure")
        return await self.mine(actor.person)

    async def sweep(self) -> int:
        """Carry out what is due; give how many ended."""
        due = await self._stores.erasures.due(self._clock(), SWEPT)
        return await one_by_one(due, self._carry_out, name="erasure of")

    async def _require_free(self, person: PersonId) -> None:
        roles = (await self._stores.people.get(person)).roles
        if roles & STAFF:
            raise StaffAccount(field="person", rule="no_staff_role")
        if found := await self._stores.open_matters.of(person):
            raise StillOpen(
                field="person",
                rule="nothing_open",
                open=[{"kind": one.kind, "id": one.id} for one in found],
            )

    async def _carry_out(self, erasure: Erasure) -> bool:
        if erasure.state is ErasureState.WAITING and not await self._may_begin(erasure):
            return False
        now = self._clock()
        traces = await self._stores.records.traces(erasure.id, erasure.number)
        mine = await self._stores.erasures.run(
            erasure, traces.number, now + timedelta(seconds=LEASE_SECONDS)
        )
        if mine is None:
            return False
        await self._sessions.end(mine.id, opened_until=now, because="erased")
        await self._tell(mine.id)
        for row in KNOWLEDGE:
            await self._stores.records.erase(row, traces)
            await self._stores.erasures.step(mine.id, row.collection)
        await self._record(SYSTEM, mine.id, "erased")
        return await self._stores.erasures.done(mine.id, self._clock())

    async def _may_begin(self, erasure: Erasure) -> bool:
        """Look again after the waiting: come back, or something has opened meanwhile."""
        person, now = erasure.id, self._clock()
        if await self._sessions.sessions.opened_after(person, erasure.asked_at):
            # A log-in that passed beside the asking: they are here.
            await self._stores.erasures.undo(person)
            return False
        try:
            await self._require_free(person)
        except (StaffAccount, StillOpen) as refusal:
            log.info("an erasure waits another day: %s", refusal.rule)
            await self._stores.erasures.put_off(person, now + timedelta(seconds=DAY))
            return False
        return True

    async def _tell(self, person: PersonId) -> None:
        """Text the person, once: the mark comes first, since nobody is told twice."""
        try:
            phone = await self._stores.people.phone(person)
        except NotFound:
            return  # a worker before us came as far as the account itself
        if not await self._stores.erasures.tell(person):
            return
        state = "已按您的申请注销，个人资料已删除"
        message = Sms(
            phone=phone,
            template="notice",
            params={"matter": "揽件账号", "state": state},
            text=f"【揽件】揽件账号：{state}。请打开揽件页面查看。",
        )
        try:
            await self._sms.send(message)
        except DomainError as refusal:
            log.warning("the text about an erased account was not sent: %s", refusal.code)

    async def _record(self, actor: PersonId, person: PersonId, action: str) -> None:
        await self._stores.audit.record(
            actor=actor,
            action=action,
            subject=f"person:{person}",
            purpose="own",
            at=self._clock(),
        )
