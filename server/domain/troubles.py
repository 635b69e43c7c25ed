"""What may be wrong with a terminal: one table with severities, words, and what staff are told.

Staff's list is ordered by severity, worst first; the alerts are those rows that have an
`alarm_after`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from server.domain.rules import Rules


class Kind(StrEnum):
    """What may be wrong."""

    TAMPERED = "tampered"
    OFFLINE = "offline"
    TWO_AGENTS = "two_agents"
    DISK_REFUSES = "disk_refuses"
    PORT_UNREACHABLE = "port_unreachable"
    BOARD_SILENT = "board_silent"
    LEFT_OPEN = "left_open"
    CLOCK_OFF = "clock_off"
    CELL_RETIRED = "cell_retired"
    OVERDUE = "overdue"
    TAMPERED_LATELY = "tampered_lately"
    AWAY = "away"
    DOORS_UNKNOWN = "doors_unknown"
    DISK_LOW = "disk_low"
    JAMMED_LATELY = "jammed_lately"
    BOARD_REFUSES = "board_refuses"
    LINE_NOISY = "line_noisy"
    EVENTS_WAIT = "events_wait"
    NO_FREE_CELL = "no_free_cell"
    NEVER_SEEN = "never_seen"
    OLD_AGENT = "old_agent"
    CODES_SPENT = "codes_spent"


class Level(StrEnum):
    """How loud a severity is."""

    ALARM = "alarm"
    WARNING = "warning"
    NOTICE = "notice"
    FINE = "fine"


#: The least severity of each level.
LEVELS: tuple[tuple[int, Level], ...] = (
    (60, Level.ALARM),
    (30, Level.WARNING),
    (1, Level.NOTICE),
    (0, Level.FINE),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One kind: how bad, in which words, and from what age on it is an alert."""

    severity: int
    zh: str
    en: str
    #: None: never an alert of its own.
    alarm_after: Callable[[Rules], float] | None = None


def _at_once(rules: Rules) -> float:
    return 0.0


TABLE: Mapping[Kind, Row] = {
    Kind.TAMPERED: Row(95, "{cell} 号门被撬开", "door {cell} opened without a command", _at_once),
    Kind.OFFLINE: Row(90, "离线", "offline", lambda r: r.offline_alarm_seconds),
    Kind.TWO_AGENTS: Row(85, "两台机器用同一身份", "two agents with one identity", _at_once),
    Kind.DISK_REFUSES: Row(80, "磁盘拒绝写入：{why}", "the disk refuses: {why}", _at_once),
    Kind.PORT_UNREACHABLE: Row(
        75, "串口 {device} 连不上", "port {device} unreachable", lambda r: r.line_alarm_seconds
    ),
    Kind.BOARD_SILENT: Row(
        70,
        "锁板 {address}（{device}）不应答",
        "board {address} ({device}) silent",
        lambda r: r.line_alarm_seconds,
    ),
    Kind.LEFT_OPEN: Row(
        60, "{cell} 号门一直开着", "door {cell} left open", lambda r: r.left_open_alarm_seconds
    ),
    Kind.CLOCK_OFF: Row(55, "时钟差 {count} 秒", "clock off by {count} s", _at_once),
    Kind.CELL_RETIRED: Row(50, "{cell} 号格口停用", "cell {cell} out of service", _at_once),
    Kind.OVERDUE: Row(45, "{count} 件包裹滞留", "{count} parcels overdue"),
    Kind.TAMPERED_LATELY: Row(
        40, "24 小时内被撬 {count} 次", "{count} doors opened without a command in 24 h"
    ),
    Kind.AWAY: Row(38, "刚刚离线", "offline just now"),
    Kind.DOORS_UNKNOWN: Row(35, "{count} 扇门状态不明", "{count} doors not known"),
    Kind.DISK_LOW: Row(33, "磁盘只剩 {count} MB", "{count} MB of disk left"),
    Kind.JAMMED_LATELY: Row(30, "24 小时内卡门 {count} 次", "{count} jams in 24 h"),
    Kind.BOARD_REFUSES: Row(28, "锁板 {address} 报错：{why}", "board {address} refuses: {why}"),
    Kind.LINE_NOISY: Row(25, "串口 {device} 出错率 {count}%", "{count}% errors on {device}"),
    Kind.EVENTS_WAIT: Row(20, "{count} 条门事件未上报", "{count} door events not applied"),
    Kind.NO_FREE_CELL: Row(15, "没有空格口", "no free cell"),
    Kind.CODES_SPENT: Row(
        88,
        "今天的验证码额度（{count} 条）已用完，无法登录",
        "the day's {count} codes are spent: nobody can log in",
    ),
    Kind.NEVER_SEEN: Row(10, "尚未上线", "never came online"),
    Kind.OLD_AGENT: Row(5, "程序版本旧（{why}）", "older agent ({why})"),
}

#: Stands in a terminal's place where an alert is about the whole site.
SITE = "site"

#: What is about the whole site, and lasts a day.
OF_SITE = frozenset({Kind.CODES_SPENT})

#: What is known from the machine's own word alone.
OF_MACHINE = frozenset(
    {
        Kind.DISK_REFUSES,
        Kind.PORT_UNREACHABLE,
        Kind.BOARD_SILENT,
        Kind.CLOCK_OFF,
        Kind.DISK_LOW,
        Kind.BOARD_REFUSES,
        Kind.LINE_NOISY,
        Kind.EVENTS_WAIT,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One thing that is wrong with one terminal."""

    kind: Kind
    since: datetime | None = None
    cell: int | None = None
    #: What tells two of a kind apart beside the cell: a port, a board.
    part: str = ""
    about: Mapping[str, object] = field(default_factory=dict)

    @property
    def severity(self) -> int:
        """Tell how bad it is; higher is worse."""
        return TABLE[self.kind].severity

    @property
    def level(self) -> Level:
        """Tell how loud it is."""
        return level(self.severity)

    @property
    def zh(self) -> str:
        """Say it in Chinese."""
        return TABLE[self.kind].zh.format(cell=self.cell, **self.about)

    @property
    def en(self) -> str:
        """Say it in English."""
        return TABLE[self.kind].en.format(cell=self.cell, **self.about)


def level(severity: int) -> Level:
    """Tell how loud a severity is."""
    return next(name for least, name in LEVELS if severity >= least)


def is_alarming(reason: Reason, rules: Rules, now: datetime) -> bool:
    """Tell whether staff are alerted of it: of an alerting kind, and for long enough."""
    after = TABLE[reason.kind].alarm_after
    if after is None:
        return False
    return reason.since is None or now - reason.since >= timedelta(seconds=after(rules))
