"""What strangers sent to our callbacks: how much was refused, by callback, reason and day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from realtime.wire.wechat import RefusedMessages, RefusedView
from server.store.refused_notices import MongoRefusedNotices

#: How far back staff look.
DAYS = 14


class RefusedDesk:
    """Show the counts."""

    def __init__(self, *, refused: MongoRefusedNotices, clock: Callable[[], datetime]) -> None:
        self._refused = refused
        self._clock = clock

    async def lately(self) -> RefusedMessages:
        """List the counts of the last two weeks, newest day first."""
        since = f"{self._clock() - timedelta(days=DAYS):%Y-%m-%d}"
        return RefusedMessages(
            refused=tuple(
                RefusedView(callback=one.callback, rule=one.rule, day=one.day, count=one.count)
                for one in await self._refused.since(since)
            )
        )
