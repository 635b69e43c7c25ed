"""The day's budget of codes for the whole site: a flood that is under every other limit ends here.

Whoever sends codes to ever new numbers from ever new addresses costs money and burns the
account's standing at the vendors. What is over the budget is refused, and staff are alerted.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol

from server.domain.alerts import Alert, begin
from server.domain.errors import Limited
from server.domain.ids import TerminalId
from server.domain.rules import DAY, Rules
from server.domain.troubles import SITE, Kind, Reason

log = logging.getLogger(__name__)

KEY = "code:site"


class Limits(Protocol):
    """Sliding counters over all processes; `realtime.limits.Limits`."""

    async def hit(self, key: str, limits: Sequence[tuple[int, float]]) -> float | None:
        """Count one hit; give None, or the seconds until it would be allowed."""


class OpenAlerts(Protocol):
    """Where alerts are opened; workers tell staff of them. `server.store.alerts.MongoAlerts`."""

    async def open(self, alert: Alert) -> bool:
        """Write a new episode; False when it is there."""


class CodesBudget:
    """Counts every code of the site."""

    def __init__(self, *, limits: Limits, alerts: OpenAlerts, rules: Rules) -> None:
        self._limits = limits
        self._alerts = alerts
        self._most = rules.codes_per_site_day

    async def spend(self, now: datetime) -> None:
        """Count one code.

        Raises:
            Limited: the budget of 24 hours is spent; staff are alerted, once a day.
        """
        wait = await self._limits.hit(KEY, [(self._most, DAY)])
        if wait is None:
            return
        day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        reason = Reason(kind=Kind.CODES_SPENT, since=day, about={"count": self._most})
        if await self._alerts.open(begin(TerminalId(SITE), reason, now)):
            log.warning("the day's budget of %d codes is spent", self._most)
        raise Limited.for_seconds(wait, field="site")
