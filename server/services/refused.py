"""What strangers sent to our callbacks: how much was refused, by callback, reason and day."""

from __future__ import annotations

from datetime import timedelta

from realtime.wire.wechat import RefusedMessages, RefusedView
from server.domain.rules import Rules
from server.services.ports import Clock
from server.store.refused_notices import MongoRefusedNotices

#: How far back staff look.
DAYS = 14

#: Counts deleted in one sweep.
SWEPT = 500


class RefusedDesk:
    """Show the counts, and forget them in time."""

    def __init__(self, *, refused: MongoRefusedNotices, rules: Rules, clock: Clock) -> None:
        self._refused = refused
        self._rules = rules
        self._clock = clock

    async def sweep(self) -> int:
        """Delete the counts of days that are kept long enough; returns how many."""
        kept_for = timedelta(seconds=self._rules.refused_count_keep_seconds)
        return await self._refused.delete_before(self._clock() - kept_for, SWEPT)

    async def lately(self) -> RefusedMessages:
        """List the counts of the last two weeks, newest day first."""
        since = f"{self._clock() - timedelta(days=DAYS):%Y-%m-%d}"
        return RefusedMessages(
            refused=tuple(
                RefusedView(callback=one.callback, rule=one.rule, day=one.day, count=one.count)
                for one in await self._refused.since(since)
            )
        )
