"""The claim engine: Redis takes the race, the judge decides, the claimant hears.

The decisions are `protocol`'s; this shell runs them against Redis and the judge.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from time import monotonic

from redis.asyncio import Redis

from realtime.claims import protocol
from realtime.claims.flights import Flights
from realtime.claims.judge import Judge, JudgeUncertain
from realtime.claims.lanes import ClaimsBusy, Lane
from realtime.claims.protocol import (
    Answer,
    Appeal,
    Ask,
    Course,
    Finish,
    Next,
    Refresh,
    Release,
    Settle,
)
from realtime.claims.runner import ClaimsUnavailable, Gate, Runner, connect
from realtime.claims.scripts import Call, Calls, read_answers, read_due, read_receipts
from realtime.claims.settings import ClaimSettings
from realtime.claims.values import (
    Award,
    Claim,
    ClaimantId,
    ClaimOutcome,
    Closed,
    Open,
    Receipts,
    Reconciled,
    RequestId,
    ResourceId,
    Truth,
    Why,
)


class Claims:
    """Race for scarce resources: exactly one holder a place, by the judge's word."""

    def __init__(
        self,
        redis: Redis,
        judge: Judge,
        settings: ClaimSettings,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._judge = judge
        self._settings = settings
        self._calls = Calls(settings)
        self._runner = Runner(redis, Gate(settings, clock))
        self._lanes = tuple(self._claim_lane(shard) for shard in range(settings.shards))
        self._writes: Lane[Call, object] = Lane(
            self._runner.run_all,
            queue_limit=settings.queue_limit,
            batch_limit=settings.batch_limit,
        )
        # One read of the judge a resource, one award a claimant and version, at a time.
        self._reads: Flights[Truth] = Flights()
        self._awards: Flights[Award] = Flights()

    @classmethod
    def connect(cls, url: str, judge: Judge, settings: ClaimSettings) -> "Claims":
        """Make an engine with its own Redis client; nothing is connected yet."""
        return cls(connect(url, settings), judge, settings)

    def _claim_lane(self, shard: int) -> Lane[Claim, tuple[Answer, int]]:
        async def carry(claims: Sequence[Claim]) -> list[tuple[Answer, int]]:
            reply = await self._runner.run(self._calls.claims(shard, claims))
            now_us, answers = read_answers(reply)
            return [(answer, now_us) for answer in answers]

        return Lane(
            carry,
            queue_limit=self._settings.queue_limit,
            batch_limit=self._settings.batch_limit,
        )

    # The race ---------------------------------------------------------------------

    async def claim(
        self, resource: ResourceId, claimant: ClaimantId, version: int, request: RequestId
    ) -> ClaimOutcome:
        """Claim one place; always ends with an outcome, within bounded time.

        A repeated request id gets the same outcome while its version stands. A cancelled
        call stops waiting only: an award under way goes on.
        Raises: ValueError for ids a record cannot hold.
        """
        claim = Claim(resource, claimant, version, request)
        course, step = protocol.start(claim, self._settings.rounds)
        while not isinstance(step, Finish):
            course, step = await self._take(course, step)
        return step.outcome

    async def _take(self, course: Course, step: Ask | Refresh | Appeal) -> Next:
        try:
            match step:
                case Ask():
                    lane = self._lanes[self._calls.shard(course.claim.resource)]
                    return protocol.on_answer(course, *await lane.ask(course.claim))
                case Refresh(as_of_us):
                    truth = await self._read(course.claim.resource, as_of_us)
                    return protocol.on_truth(course, truth)
                case Appeal():
                    return protocol.on_award(course, await self._appeal(step))
        except ClaimsBusy:
            return protocol.on_failure(course, Why.BUSY)
        except ClaimsUnavailable:
            return protocol.on_failure(course, Why.REDIS)
        except (JudgeUncertain, TimeoutError):
            return protocol.on_failure(course, Why.JUDGE)

    async def _read(self, resource: ResourceId, as_of_us: int) -> Truth:
        async def run() -> Truth:
            async with asyncio.timeout(self._settings.read_seconds):
                truth = await self._judge.read(resource)
            await self._try_write(Settle(resource, truth, as_of_us=as_of_us))
            return truth

        return await self._reads.join(resource, run)

    async def _appeal(self, step: Appeal) -> Award:
        claim = step.claim

        async def run() -> Award:
            async with asyncio.timeout(self._settings.award_seconds):
                award = await self._judge.award(claim)
            await self._try_write(protocol.consequence(step, award))
            return award

        return await self._awards.join((claim.resource, claim.version, claim.claimant), run)

    async def _try_write(self, write: protocol.Write) -> None:
        # The judge has spoken: without Redis the record is mended later, by `unknown`.
        with suppress(ClaimsUnavailable):
            await self._writes.ask(self._calls.write(write))

    # What the judge's changes tell the records; repeat until they succeed ------------

    async def open(
        self, resource: ResourceId, version: int, *, opened_at: datetime, capacity: int = 1
    ) -> bool:
        """Open a record at a version; False when it already is there or beyond.

        `opened_at` is when the judge opened it: an opening older than Redis's own start
        marks the receipts partial. Raises: ClaimsUnavailable.
        """
        opened_us = protocol.microseconds(opened_at)
        return await self._write(Settle(resource, Open(version, capacity), opened_us=opened_us))

    async def close(self, resource: ResourceId, version: int) -> bool:
        """Close a record for good at this version; False when it is beyond.

        Raises: ClaimsUnavailable.
        """
        return await self._write(Settle(resource, Closed(version)))

    async def release(
        self, resource: ResourceId, claimant: ClaimantId, held_version: int, new_version: int
    ) -> bool:
        """Free the claimant's place; a raised version begins a new race.

        Seats may keep their version. Raises: ClaimsUnavailable.
        """
        return await self._write(Release(resource, claimant, held_version, new_version))

    async def bar(self, resource: ResourceId, claimant: ClaimantId) -> bool:
        """Keep a claimant from a resource over all versions.

        Raises: ClaimsUnavailable.
        """
        return bool(await self._writes.ask(self._calls.bar(resource, claimant, "bar")))

    async def lift(self, resource: ResourceId, claimant: ClaimantId) -> bool:
        """Let a barred claimant claim again. Raises: ClaimsUnavailable."""
        return bool(await self._writes.ask(self._calls.bar(resource, claimant, "lift")))

    async def _write(self, write: protocol.Write) -> bool:
        return bool(await self._writes.ask(self._calls.write(write)))

    # Looking back -------------------------------------------------------------------

    async def receipts(self, resource: ResourceId, version: int) -> Receipts:
        """Return the attempts of the race at a version. Raises: ClaimsUnavailable."""
        reply = await self._runner.run(self._calls.receipts(resource, version))
        return read_receipts(reply, version)

    async def refresh(self, resource: ResourceId) -> Truth:
        """Make one record say what the judge says now.

        Raises: ClaimsUnavailable, JudgeUncertain, TimeoutError.
        """
        clock = self._calls.due(self._calls.shard(resource), 0)
        now_us, _ = read_due(await self._runner.run(clock))
        return await self._read(resource, now_us)

    async def reconcile(self, limit: int = 100) -> Reconciled:
        """Mend up to `limit` lapsed records a shard from the judge's word.

        Called by the worker every few seconds; safe from many at once.
        Raises: ClaimsUnavailable.
        """
        lapsed = mended = 0
        for shard in range(self._settings.shards):
            now_us, found = read_due(await self._runner.run(self._calls.due(shard, limit)))
            lapsed += len(found)
            for resource in found:
                with suppress(JudgeUncertain, TimeoutError):
                    await self._read(resource, now_us)
                    mended += 1
        return Reconciled(lapsed, mended, lapsed - mended)

    async def aclose(self) -> None:
        """Finish awards under way, refuse waiting claims and leave Redis."""
        await self._awards.drain(self._settings.award_seconds)
        await self._reads.drain(self._settings.read_seconds)
        for lane in self._lanes:
            await lane.aclose()
        await self._writes.aclose()
        await self._runner.aclose()
