"""Claims: the race for a scarce thing, by the claim protocol of the design.

`Claims` is the engine; it is given a `Judge`, who decides in the end. Start with
`values` for the words, `protocol` for the decisions and the `.lua` files for the record.
"""

from realtime.claims.engine import Claims
from realtime.claims.judge import Judge, JudgeUncertain
from realtime.claims.lanes import ClaimsBusy
from realtime.claims.runner import ClaimsUnavailable
from realtime.claims.settings import ClaimSettings
from realtime.claims.values import (
    ANY_VERSION,
    Attempt,
    Award,
    Awarded,
    Barred,
    Claim,
    ClaimantId,
    ClaimOutcome,
    Closed,
    Held,
    Holder,
    Lost,
    NotEligible,
    Open,
    Receipts,
    Reconciled,
    RequestId,
    ResourceId,
    Stale,
    Taken,
    Truth,
    Unavailable,
    Why,
    Won,
    Yours,
)

__all__ = [
    "ANY_VERSION",
    "Attempt",
    "Award",
    "Awarded",
    "Barred",
    "Claim",
    "ClaimOutcome",
    "ClaimSettings",
    "ClaimantId",
    "Claims",
    "ClaimsBusy",
    "ClaimsUnavailable",
    "Closed",
    "Held",
    "Holder",
    "Judge",
    "JudgeUncertain",
    "Lost",
    "NotEligible",
    "Open",
    "Receipts",
    "Reconciled",
    "RequestId",
    "ResourceId",
    "Stale",
    "Taken",
    "Truth",
    "Unavailable",
    "Why",
    "Won",
    "Yours",
]
