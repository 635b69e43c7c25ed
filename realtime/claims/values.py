"""The words of a claim: what is raced for, what the judge says, what the claimant hears.

Plain frozen values only; nothing here reads a clock or a socket. Instants that come
from Redis stay integer microseconds (`_us`), since they are compared with Redis's own
clock; instants that come from the judge are aware datetimes.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import NewType

ClaimantId = NewType("ClaimantId", str)
RequestId = NewType("RequestId", str)

# Whatever version is current: for seats (cells, slots), whose claimants saw no offer.
ANY_VERSION = 0

# Ids travel as words inside a record's fields, so they hold no blanks; the length bounds memory.
_WORD = re.compile(r"[!-~]{1,128}")
_KIND = re.compile(r"[a-z][a-z_]{0,31}")


def word(value: str, field: str) -> str:
    """Return `value` if it may be an id in a record.

    Raises: ValueError when it is empty, longer than 128, or has blanks or non-ASCII.
    """
    if not _WORD.fullmatch(value):
        raise ValueError(f"{field} must be 1 to 128 printable ASCII characters without blanks")
    return value


@dataclass(frozen=True, slots=True)
class ResourceId:
    """Name one scarce thing: an order, a terminal's cells of a size, an outlet's slot."""

    kind: str
    name: str

    def __post_init__(self) -> None:
        """Refuse kinds and names that could be mistaken for another key."""
        if not _KIND.fullmatch(self.kind):
            raise ValueError("resource kind must be a short lower-case word")
        word(self.name, "resource name")

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


@dataclass(frozen=True, slots=True)
class Claim:
    """One claimant's wish for one place of a resource at one version.

    When the judge gets it, `version` is the record's own (never `ANY_VERSION`) and
    `place` is the one the record gave, from 0; an order has the one place 0.
    """

    resource: ResourceId
    claimant: ClaimantId
    version: int
    request: RequestId
    place: int = 0

    def __post_init__(self) -> None:
        """Refuse ids that a record cannot hold."""
        word(self.claimant, "claimant")
        word(self.request, "request id")
        if self.version < 0 or self.place < 0:
            raise ValueError("version and place must not be negative")


# What the judge says of a resource ------------------------------------------------


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a place by the judge's word; `until` ends a hold that has a deadline.

    `request` is the request that won, where the judge keeps it: with it a repeated
    request hears `Won` again even after Redis forgot the race; without it, `Yours`.
    """

    claimant: ClaimantId
    since: datetime
    place: int = 0
    until: datetime | None = None
    request: RequestId | None = None


@dataclass(frozen=True, slots=True)
class Open:
    """At least one of `capacity` places is free at this version."""

    version: int
    capacity: int = 1
    holders: tuple[Holder, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a truth without a free place: it would be raced for in vain."""
        if self.capacity <= len(self.holders):
            raise ValueError("open means a place without a holder")


@dataclass(frozen=True, slots=True)
class Held:
    """Every place is held. `holders` must name them all."""

    version: int
    holders: tuple[Holder, ...]
    capacity: int = 1

    def __post_init__(self) -> None:
        """Refuse a truth that leaves a place unnamed: the record would think it free."""
        if not 1 <= self.capacity <= len(self.holders):
            raise ValueError("held means a holder for every place")


@dataclass(frozen=True, slots=True)
class Closed:
    """The resource ended or never was (version 0): nobody may win it at this version.

    Both a truth of the judge's and what a claimant hears.
    """

    version: int


Truth = Open | Held | Closed


@dataclass(frozen=True, slots=True)
class Awarded:
    """The judge wrote the claim, at `since` by its own clock."""

    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Lost:
    """The judge wrote nothing: `truth` is what stood in the way, read after the attempt."""

    truth: Truth


@dataclass(frozen=True, slots=True)
class NotEligible:
    """The judge wrote no claim, for a reason of the claimant's own.

    `new_version` is what the resource is open under now (raised by the judge, so that
    nothing of the old race counts); seats may keep their version.
    """

    reason: str
    new_version: int


Award = Awarded | Lost | NotEligible


# What the claimant hears ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Won:
    """The claimant holds the place; the judge has written it."""

    version: int
    place: int
    arrival: int


@dataclass(frozen=True, slots=True)
class Yours:
    """The claimant held it already, by an earlier request."""

    version: int
    place: int


@dataclass(frozen=True, slots=True)
class Taken:
    """Another was earlier, by this much; never who.

    `arrival` is the attempt's number in the race's receipt, 0 where Redis's record of
    the race was lost and the judge answered.
    """

    earlier_seconds: float
    arrival: int


@dataclass(frozen=True, slots=True)
class Stale:
    """The resource is at another version than the claim named: fetch the offer again."""

    version: int


@dataclass(frozen=True, slots=True)
class Barred:
    """This claimant may not have this resource until lifted; others may.

    `reason` is the judge's when it was just given, "" on later attempts.
    """

    reason: str


class Why(Enum):
    """Why no outcome could be given."""

    REDIS = "redis"  # no answer from Redis
    JUDGE = "judge"  # the judge's outcome is unknown; the record keeps its holder for now
    BUSY = "busy"  # the queue of claims is full


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Nothing is known: try again with the same request id."""

    why: Why


ClaimOutcome = Won | Yours | Taken | Stale | Closed | Barred | Unavailable


# Receipts ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt in the order it arrived; `arrived_us` is Redis's clock."""

    arrival: int
    claimant: ClaimantId
    request: RequestId
    arrived_us: int
    answer: str


@dataclass(frozen=True, slots=True)
class Receipts:
    """The attempts of one race, by arrival.

    `cut` counts attempts beyond the bound. `partial` says that Redis lost something
    since the race opened, so the list may have holes.
    """

    version: int
    attempts: tuple[Attempt, ...]
    cut: int
    partial: bool


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What one pass over lapsed records did."""

    lapsed: int
    mended: int
    uncertain: int
