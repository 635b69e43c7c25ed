"""What a disk can vouch for: grants that were issued after it began to remember. No I/O."""

from __future__ import annotations

from datetime import datetime

#: A grant's issue is told in whole seconds, and the disk's beginning by a measured clock.
SINCE_SLACK_SECONDS = 2.0


def remembers(issued_at: float, since: datetime | None) -> bool:
    """Tell whether a disk would know of a grant's use, had there been one.

    `issued_at` is in seconds since 1970 and may lie beyond every calendar; `since` is from when
    on the disk remembers, None while it never began.
    """
    return since is not None and issued_at >= since.timestamp() - SINCE_SLACK_SECONDS
