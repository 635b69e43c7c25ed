"""Judges for tests. The honest one decides like a database: a conditional write at a time,
with time passing before and after; the others are named for their fault."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from realtime.claims import (
    Award,
    Awarded,
    Claim,
    ClaimantId,
    Closed,
    Held,
    Holder,
    JudgeUncertain,
    Lost,
    NotEligible,
    Open,
    ResourceId,
    Truth,
)


class HonestJudge:
    """Keep the truth of resources in one place, for all engines of a test."""

    def __init__(self, capacity: int = 1) -> None:
        self.capacity = capacity
        self.versions: dict[ResourceId, int] = {}
        self.holders: dict[ResourceId, dict[int, Holder]] = {}
        self.closed: set[ResourceId] = set()
        self.ineligible: set[ClaimantId] = set()
        # Every award ever written: (resource, version, place) -> who, in order.
        self.awards: dict[tuple[ResourceId, int, int], list[ClaimantId]] = {}
        self.reads: Counter[ResourceId] = Counter()
        self.appeals: Counter[ResourceId] = Counter()
        self.clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def open(self, resource: ResourceId, version: int = 1) -> None:
        self.versions[resource] = version
        self.holders[resource] = {}

    def release(self, resource: ResourceId, place: int = 0, *, raised: bool = True) -> int:
        """Free a place as the judge would; return the version it is open under."""
        del self.holders[resource][place]
        self.versions[resource] += int(raised)
        return self.versions[resource]

    def truth(self, resource: ResourceId) -> Truth:
        version = self.versions.get(resource, 0)
        if resource in self.closed or not version:
            return Closed(version)
        holders = tuple(self.holders[resource].values())
        if len(holders) == self.capacity:
            return Held(version, holders, self.capacity)
        return Open(version, self.capacity, holders)

    async def read(self, resource: ResourceId) -> Truth:
        self.reads[resource] += 1
        await asyncio.sleep(0.002)
        truth = self.truth(resource)
        await asyncio.sleep(0)
        return truth

    async def award(self, claim: Claim) -> Award:
        self.appeals[claim.resource] += 1
        await asyncio.sleep(0.001)
        award = self.decide(claim)
        await asyncio.sleep(0)
        return award

    def decide(self, claim: Claim) -> Award:
        """Do the one conditional write."""
        resource, held = claim.resource, self.holders.get(claim.resource, {})
        for holder in held.values():
            if holder.claimant == claim.claimant and self.versions[resource] == claim.version:
                return Awarded(holder.since, holder.until)
        truth = self.truth(resource)
        open_at_version = isinstance(truth, Open) and truth.version == claim.version
        if not open_at_version or claim.place in held:
            return Lost(truth)
        if claim.claimant in self.ineligible:
            self.versions[resource] += 1
            return NotEligible("not_certified", self.versions[resource])
        holder = Holder(claim.claimant, self.clock(), claim.place, None, claim.request)
        held[claim.place] = holder
        key = (resource, claim.version, claim.place)
        self.awards.setdefault(key, []).append(claim.claimant)
        return Awarded(holder.since)

    def assert_one_winner_each(self, count: int) -> None:
        assert len(self.awards) == count
        assert all(len(winners) == 1 for winners in self.awards.values())


class UncertainJudge(HonestJudge):
    """Lose the answers of the next `left` awards, `written` or not."""

    def __init__(self, left: int, *, written: bool) -> None:
        super().__init__()
        self.left = left
        self.written = written

    async def award(self, claim: Claim) -> Award:
        if not self.left:
            return await super().award(claim)
        self.left -= 1
        if self.written:
            # Without a wait, in which a slow machine would use up the engine's patience.
            self.appeals[claim.resource] += 1
            self.decide(claim)
        raise JudgeUncertain("the answer was lost")


class LosingJudge(HonestJudge):
    """Has given the resource to another already, whatever Redis thinks."""

    def lose(self, resource: ResourceId, to: ClaimantId, seconds_ago: float) -> None:
        since = self.clock() - timedelta(seconds=seconds_ago)
        self.holders[resource][0] = Holder(to, since)


class StuckJudge(HonestJudge):
    """Does not answer while `stuck` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.stuck = True
        self.freed = asyncio.Event()

    async def read(self, resource: ResourceId) -> Truth:
        if self.stuck:
            await self.freed.wait()
        return await super().read(resource)

    async def award(self, claim: Claim) -> Award:
        if self.stuck:
            await self.freed.wait()
        return await super().award(claim)

    def free(self) -> None:
        self.stuck = False
        self.freed.set()
