"""Judges whether a grant can be withdrawn: what the disk knows of it in, a verdict out. No I/O."""

from __future__ import annotations

from datetime import datetime

from hardware.disk.memory import remembers
from hardware.disk.spool import CommandRow
from realtime.wire.terminal import DoorEventKind

#: It waits for the line: whether it is sent is known in a moment, when the server asks again.
BUSY = "busy"
#: Something was sent under its id, or may have been.
USED = "used"
#: It is older than this disk's memory, so that nobody here can say that it was not used.
FORGOTTEN = "forgotten"


def why_not(
    known: CommandRow | None, issued_at: datetime | None, since: datetime | None
) -> str | None:
    """Say why a grant cannot be withdrawn; None when it was not used, and may be refused for ever.

    `since` is from when on the disk remembers. A server of before `issued_at` tells none: of
    an unknown grant it is believed that this disk would know.
    """
    if known is None:
        is_known = issued_at is None or remembers(issued_at.timestamp(), since)
        return None if is_known else FORGOTTEN
    if known.kind is DoorEventKind.ASKED:
        return BUSY
    return None if known.kind is DoorEventKind.REFUSED else USED
