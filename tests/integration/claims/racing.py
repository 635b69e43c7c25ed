"""Engines, claims and outcomes, in the words the tests of a race use."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

from realtime.claims import (
    ClaimantId,
    ClaimOutcome,
    Claims,
    ClaimSettings,
    Judge,
    RequestId,
    ResourceId,
    Unavailable,
)

SETTINGS = ClaimSettings(
    lease_seconds=0.3,
    award_seconds=0.2,
    read_seconds=0.5,
    connect_seconds=0.5,
    reply_seconds=0.5,
    backoff_first_seconds=0.01,
    backoff_most_seconds=0.05,
)
# Long enough for any machine to connect, ask and be answered; only lease and award are short.
ANSWERED = replace(SETTINGS, read_seconds=30.0, connect_seconds=30.0, reply_seconds=30.0)
# Long enough, too, that no lease ends while a test looks at it.
PATIENT = replace(ANSWERED, lease_seconds=60.0, award_seconds=30.0)


@asynccontextmanager
async def engine(
    url: str, judge: Judge, settings: ClaimSettings = PATIENT
) -> AsyncIterator[Claims]:
    claims = Claims.connect(url, judge, settings)
    try:
        yield claims
    finally:
        await claims.aclose()


def order(number: int = 1) -> ResourceId:
    return ResourceId("order", f"LJ{number:06d}")


def courier(number: int) -> ClaimantId:
    return ClaimantId(f"courier-{number}")


def fresh() -> datetime:
    """An opening that Redis has seen for certain: its start is known to the second only."""
    return datetime.now(UTC) + timedelta(seconds=2)


async def claim(
    claims: Claims, who: int, resource: ResourceId, version: int = 1, request: str = "1"
) -> ClaimOutcome:
    return await claims.claim(resource, courier(who), version, RequestId(request))


async def claim_until_known(
    claims: Claims, who: int, resource: ResourceId, version: int = 1, request: str = "1"
) -> ClaimOutcome:
    """Claim as a phone does: while unavailable, again with the same request id."""
    for attempt in count():
        outcome = await claim(claims, who, resource, version, request)
        if not isinstance(outcome, Unavailable):
            return outcome
        assert attempt < 2000, "unavailable without end"
        await asyncio.sleep(0.005)
    raise AssertionError("unreachable")


async def race(
    engines: Sequence[Claims], couriers: int, resource: ResourceId, version: int = 1
) -> list[ClaimOutcome]:
    """Let couriers claim at once, in the order of their numbers, over the engines in turn."""
    return await asyncio.gather(
        *(
            claim_until_known(engines[number % len(engines)], number, resource, version)
            for number in range(couriers)
        )
    )


def kinds(outcomes: Sequence[ClaimOutcome]) -> Counter[str]:
    return Counter(type(outcome).__name__ for outcome in outcomes)
