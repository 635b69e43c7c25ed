"""Alerts: staff are told once of what is wrong and lasts, and once that it is over.

Every worker looks over the fleet on its beat, one at a time; what it finds is opened and ended
by conditional writes, so a second worker, or one that comes late, changes nothing. What was
written and not told is told by the next sweep.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import msgspec

from realtime.wire.fleet import AlertsQuery, AlertsView, AlertView
from realtime.wire.people import Fact
from server.domain.alerts import Alert, begin
from server.domain.errors import InvalidInput, Unavailable
from server.domain.ids import PersonId, TerminalId
from server.domain.rules import Rules
from server.domain.troubles import OF_MACHINE, OF_SITE, Kind, Reason, is_alarming
from server.services.ports import Audit, Clock, StaffFeed
from server.services.terminals.fleet import Assessed, Fleet
from server.services.terminals.views import alert_view
from server.store.alerts import MongoAlerts
from server.store.fleet import MongoFleet

log = logging.getLogger(__name__)

#: How often one worker looks over the fleet; how late an alert may be.
LOOK_SECONDS = 5.0

#: After a longer time without a look nobody knows who had a link: offline counts anew.
GAP_SECONDS = 60.0

#: When telling is tried again.
TELL_AGAIN_SECONDS = 5.0

BATCH = 100


class Alerts:
    """Opens, ends, tells, lists and acknowledges."""

    def __init__(
        self,
        *,
        alerts: MongoAlerts,
        marks: MongoFleet,
        fleet: Fleet,
        staff: StaffFeed,
        audit: Audit,
        rules: Rules,
        clock: Clock,
    ) -> None:
        """Take the collaborators; `marks` keeps who looks over the fleet, and who was seen."""
        self._alerts = alerts
        self._marks = marks
        self._fleet = fleet
        self._staff = staff
        self._audit = audit
        self._rules = rules
        self._clock = clock

    # The worker's look

    async def look(self) -> int:
        """Look over the fleet once, unless another worker just did; gives what changed.

        Raises:
            Unavailable: nobody knows who has a link; nothing is concluded from that.
        """
        # First: a worker that was stopped in the middle finds that others have looked since.
        now = self._clock()
        connected = await self._fleet.connected()
        since = await self._marks.take_watch(now, LOOK_SECONDS / 2, GAP_SECONDS)
        if since is None:
            return 0
        await self._marks.mark_seen(connected, now)
        # The open ones first: what is not found in facts that are read later has ended.
        known = await self._alerts.all_open()
        assessed = await self._fleet.watched(connected, now)
        return await self._begin(assessed, known, since, now) + await self._end(
            assessed, known, now
        )

    async def sweep(self) -> int:
        """Tell staff what was not told because a process died or the feed was away."""
        untold = await self._alerts.untold(self._clock(), TELL_AGAIN_SECONDS, BATCH)
        for alert in untold:
            await self._tell(alert)
        return len(untold)

    async def _begin(
        self, assessed: Iterable[Assessed], known: Iterable[Alert], since: datetime, now: datetime
    ) -> int:
        """Open what is new; a link that was lost while nobody looked counts from then on."""
        open_ones, opened = {alert.of for alert in known}, 0
        is_fresh = now - since < timedelta(seconds=self._rules.offline_alarm_seconds)
        for one in assessed:
            for reason in one.reasons:
                of = (one.facts.terminal, reason.kind, reason.cell, reason.part)
                if of in open_ones or not is_alarming(reason, self._rules, now):
                    continue
                if not (reason.kind is Kind.OFFLINE and is_fresh):
                    opened += await self._open(begin(one.facts.terminal, reason, now))
        return opened

    async def _end(
        self, assessed: Iterable[Assessed], known: Iterable[Alert], now: datetime
    ) -> int:
        by_terminal = {one.facts.terminal: one for one in assessed}
        ended = 0
        for alert in known:
            end = _end_of(alert, by_terminal.get(alert.terminal), now)
            changed = end and await self._alerts.end(alert.id, end, now)
            if changed:
                await self._tell(changed)
                ended += 1
        return ended

    # What events tell at once

    async def tampered(self, terminal: TerminalId, cell: int, since: datetime) -> None:
        """Alert staff of a door that opened without a command; once until it is closed."""
        await self._open(begin(terminal, Reason(kind=Kind.TAMPERED, since=since, cell=cell), since))

    # Staff

    async def list(self, query: AlertsQuery) -> AlertsView:
        """List alerts, latest first.

        Raises:
            InvalidInput: `before` is no page's end.
        """
        found = await self._alerts.page(
            pending=not query.all,
            terminal=TerminalId(query.terminal_id) if query.terminal_id else None,
            before=_place(query.before),
            limit=query.limit,
        )
        more = len(found) == query.limit
        return AlertsView(
            pending=await self._alerts.count_pending(),
            alerts=tuple(alert_view(one) for one in found),
            next=_page(found[-1]) if more else None,
        )

    async def acknowledge(self, actor: PersonId, alert: str) -> AlertView:
        """Note that somebody has seen an alert; a second one's word changes nothing.

        Raises:
            NotFound: there is no such alert.
        """
        known, now = await self._alerts.get(alert), self._clock()
        if known.acknowledged_by is None:
            await self._audit.record(
                actor=actor,
                action="acknowledge_alert",
                subject=f"alert:{alert}",
                purpose=f"{known.kind.value} {known.terminal}",
                at=now,
            )
            changed = await self._alerts.acknowledge(alert, actor, now)
            if changed is not None:
                await self._tell(changed)
        return alert_view(await self._alerts.get(alert))

    async def _open(self, alert: Alert) -> bool:
        is_new = await self._alerts.open(alert)
        if is_new:
            log.warning("alert", extra={"terminal": alert.terminal, "kind": alert.kind.value})
            await self._tell(alert)
        return is_new

    async def _tell(self, alert: Alert) -> None:
        data = msgspec.to_builtins(alert_view(alert))
        try:
            await self._staff.push(Fact(key=f"alert:{alert.id}", kind="alert", data=data))
        except Unavailable:
            log.warning("staff not told yet", extra={"alert": alert.id})
            return
        await self._alerts.told(alert)


def _end_of(alert: Alert, one: Assessed | None, now: datetime) -> datetime | None:
    """Tell when an open alert's matter ended; None while it lasts, or while nobody knows."""
    if alert.kind in OF_SITE:
        end = alert.since + timedelta(days=1)
        return end if end <= now else None
    if one is None:
        return now
    if alert.kind in OF_MACHINE and not one.facts.online:
        return None
    if any((alert.kind, alert.cell, alert.part) == (r.kind, r.cell, r.part) for r in one.reasons):
        return None
    if alert.kind is Kind.OFFLINE and one.facts.link_since is not None:
        return max(alert.since, one.facts.link_since)
    return now


def _page(alert: Alert) -> str:
    return f"{int(alert.since.timestamp() * 1000)}.{alert.id}"


def _place(text: str) -> tuple[datetime, str] | None:
    """Read a page's end.

    Raises:
        InvalidInput: it is none.
    """
    if not text:
        return None
    at, _, name = text.partition(".")
    if not at.isascii() or not at.isdigit() or len(at) > 13 or not name:
        raise InvalidInput(field="before", rule="next_of_a_page")
    return datetime.fromtimestamp(int(at) / 1000, UTC), name
