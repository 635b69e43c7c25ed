"""The claim engine's numbers, checked where they meet."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ClaimSettings:
    """Hold the limits of the race; all durations are seconds.

    Raises: ValueError for numbers that would break the protocol.
    """

    # Spread of records over hash tags. Changing it forgets the records, not the truth.
    shards: int = 8
    # How long a winner's record waits for the judge before it says `unknown`.
    lease_seconds: float = 10.0
    # The judge's time to award, all retries included; below the lease.
    award_seconds: float = 6.0
    # The judge's time to read.
    read_seconds: float = 3.0
    # Records and receipts of open races, kept since their last change.
    open_seconds: float = 48 * 3600.0
    # Records of held or closed resources: late claimants are answered without the judge.
    ended_seconds: float = 3600.0
    # Full resources of many seats ask the judge again this often: their releases have no version.
    recheck_seconds: float = 60.0
    receipts_kept: int = 256
    bars_kept: int = 1024
    # Claims waiting in one process for one shard; more are refused as busy.
    queue_limit: int = 4096
    # Engines with different judges on one Redis keep their lists of deadlines apart by this:
    # else each would ask its own judge of the other's resources.
    leases_of: str = ""
    batch_limit: int = 512
    connect_seconds: float = 1.0
    reply_seconds: float = 2.0
    # While Redis is away: how long claims are refused at once before it is tried again.
    backoff_first_seconds: float = 0.05
    backoff_most_seconds: float = 1.0
    # Reads of the judge within one claim before it is given up as unavailable.
    rounds: int = 3

    def __post_init__(self) -> None:
        """Refuse a lease that the judge could outlive, and limits of nothing."""
        if self.award_seconds >= self.lease_seconds:
            raise ValueError("award_seconds must be below lease_seconds")
        counts = (
            self.shards,
            self.receipts_kept,
            self.bars_kept,
            self.queue_limit,
            self.batch_limit,
            self.rounds,
        )
        if min(counts) < 1:
            raise ValueError("shards, limits and rounds must be at least 1")
        # A batch's keys and arguments pass through Lua's stack, which is finite.
        if self.batch_limit > 1000:
            raise ValueError("batch_limit must be at most 1000")
