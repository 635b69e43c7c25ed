"""Alerts: what staff are told of once, for as long as it lasts."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from server.domain.ids import PersonId, TerminalId
from server.domain.troubles import Kind, Reason

ID_LENGTH = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One episode of one thing that is wrong, from its beginning to its end."""

    id: str
    kind: Kind
    terminal: TerminalId
    since: datetime
    opened_at: datetime  #: when staff were told
    zh: str
    en: str
    severity: int
    cell: int | None = None
    part: str = ""
    ended: datetime | None = None
    acknowledged_by: PersonId | None = None
    acknowledged_at: datetime | None = None
    version: int = 1

    @property
    def of(self) -> tuple[TerminalId, Kind, int | None, str]:
        """Say what it is about; of each there is one open episode at most."""
        return self.terminal, self.kind, self.cell, self.part


def begin(terminal: TerminalId, reason: Reason, now: datetime) -> Alert:
    """Make the alert of a reason.

    Its id is the episode's own: whoever comes too late with the same one makes no second.
    """
    since = reason.since or now
    milliseconds = int(since.timestamp() * 1000)
    name = f"{terminal}:{reason.kind.value}:{reason.cell}:{reason.part}:{milliseconds}"
    return Alert(
        id=hashlib.sha256(name.encode()).hexdigest()[:ID_LENGTH],
        kind=reason.kind,
        terminal=terminal,
        since=since,
        opened_at=now,
        zh=reason.zh,
        en=reason.en,
        severity=reason.severity,
        cell=reason.cell,
        part=reason.part,
    )


def lasted(alert: Alert) -> tuple[str, str]:
    """Say how long an ended alert lasted, in Chinese and English; nothing for an open one."""
    if alert.ended is None:
        return "", ""
    minutes = round(max(0.0, (alert.ended - alert.since).total_seconds()) / 60)
    if minutes < 1:
        return "不到 1 分钟后恢复", "over within a minute"
    hours, left = divmod(minutes, 60)
    zh = f"{hours} 小时 {left} 分钟" if hours else f"{minutes} 分钟"
    en = f"{hours} h {left} min" if hours else f"{minutes} min"
    if alert.kind is Kind.OFFLINE:
        return f"{zh}后恢复在线", f"back online after {en}"
    return f"{zh}后恢复", f"over after {en}"
