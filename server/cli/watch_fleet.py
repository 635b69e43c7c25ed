"""The fleet as `lanjian watch` draws it: terminals worst first, with the reasons why."""

from __future__ import annotations

from datetime import UTC, datetime

from rich.console import Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from server.proof.people import JsonObject

#: From this width on the counters fit beside the reasons, which are what matters. On a narrower
#: screen they come below them, where all terminals that are told of fit so.
WIDE = 120

#: Lines of the screen that are no rows of the table.
OTHER_LINES = 13
MOST_ALERTS = 5

STYLES = {"alarm": "bold red", "warning": "yellow", "notice": "cyan", "fine": "green"}
MARKS = {"alarm": "●", "warning": "▲", "notice": "·", "fine": " "}


def fleet_page(fleet: JsonObject, alerts: JsonObject, *, width: int, height: int) -> Group:
    """Draw the fleet and the alerts; either may be empty while nothing was heard yet."""
    rows = max(3, height - OTHER_LINES)
    return Group(_alerts(alerts), _terminals(fleet, rows, is_wide=width >= WIDE))


def _terminals(fleet: JsonObject, rows: int, *, is_wide: bool) -> Panel:
    table = Table(expand=True, box=None, pad_edge=False, header_style="dim")
    table.add_column("终端 terminal", no_wrap=True, ratio=3, overflow="ellipsis")
    table.add_column("连接 link", no_wrap=True, min_width=9)
    if is_wide:
        table.add_column("板 boards", justify="right", no_wrap=True)
        table.add_column("门 doors", no_wrap=True, ratio=2)
        table.add_column("空/共 S M L", no_wrap=True)
        table.add_column("滞留/在柜", justify="right", no_wrap=True)
        table.add_column("版本 agent", no_wrap=True)
    table.add_column("原因 why, worst first", ratio=5, no_wrap=True, overflow="ellipsis")
    terminals = fleet.get("terminals", [])
    has_room = not is_wide and 2 * len(terminals) <= rows
    for one in terminals[:rows]:
        counters = _counts(one) if is_wide else []
        style = "" if one["online"] else "dim"
        table.add_row(*_named(one), *counters, _why(one["worst"]), style=style)
        if has_room:
            table.add_row("", "", _below(one), style=style)
    counts = "  ".join(
        f"{MARKS[level]} {level} {count}" for level, count in fleet.get("levels", {}).items()
    )
    more = fleet.get("total", 0) - min(rows, len(terminals))
    below = f"（还有 {more} 台 / {more} more）" if more > 0 else ""
    return Panel(table, title=f"终端 fleet  {counts}", subtitle=below or None)


def _named(one: JsonObject) -> list[Text]:
    level = one["level"]
    name = Text(f"{MARKS[level]} {one['terminal_id']} {one['name']}", style=STYLES[level])
    link = Text("在线" if one["online"] else "离线", style="green" if one["online"] else "red")
    link.append(f" {_age(one['link_since'])}")
    return [name, link]


def _counts(one: JsonObject) -> list[Text]:
    outdated = "↓" if one["agent_outdated"] else ""
    return [
        _boards(one["machine"]),
        _doors(one["doors"]),
        _cells(one["cells"]),
        Text(f"{one['overdue']}/{one['parcels']}", style="yellow" if one["overdue"] else ""),
        Text(f"{one['agent_version'] or '—'}{outdated}"),
    ]


def _below(one: JsonObject) -> Text:
    """Put the counters in one line, each with its name."""
    boards, doors, cells, parcels, version = _counts(one)
    named = (("板", boards), ("门", doors), ("空", cells), ("滞留", parcels), ("", version))
    return Text(" ").join(Text(name) + counter for name, counter in named)


def _boards(machine: JsonObject | None) -> Text:
    if machine is None:
        return Text("—")
    answering = sum(board["is_answering"] for board in machine["boards"])
    all_of_them = len(machine["boards"])
    return Text(f"{answering}/{all_of_them}", style="red" if answering < all_of_them else "")


def _doors(doors: JsonObject) -> Text:
    parts = [
        (doors["open"], "开"),
        (len(doors["left_open"]), "久开"),
        (doors["tampered_day"], "撬"),
        (doors["jammed_day"], "卡"),
        (max(doors["stale"], doors["unknown"]), "不明"),
    ]
    return Text(" ".join(f"{name}{count}" for count, name in parts if count) or "—")


def _cells(cells: JsonObject) -> Text:
    """Say of each size how many are free of how many."""
    shown = []
    for size in ("S", "M", "L"):
        if size in cells:
            shown.append(f"{cells[size]['free']}/{sum(cells[size].values())}")
        else:
            shown.append("—")
    return Text(" ".join(shown))


def _why(worst: list[JsonObject]) -> Text:
    text = Text()
    for at, reason in enumerate(worst):
        text.append("；" if at else "")
        text.append(f"{reason['zh']} {reason['en']}", style=STYLES[reason["level"]])
    return text


def _alerts(alerts: JsonObject) -> Panel:
    lines = Text()
    found = sorted(alerts.get("alerts", []), key=_urgency)
    for at, one in enumerate(found[:MOST_ALERTS]):
        seen = "" if one["acknowledged_by"] is None else "  已知悉 seen"
        over = f"  {one['lasted_zh']} {one['lasted_en']}" if one["ended"] else ""
        style = "dim" if one["ended"] else STYLES[one["level"]]
        text = f"{one['terminal_id']}  {one['zh']} {one['en']}  {_age(one['since'])}{over}{seen}"
        lines.append(("\n" if at else "") + text, style=style)
    pending = alerts.get("pending", 0)
    return Panel(lines if found else Text("—"), title=f"警报 alerts  {pending}")


def _urgency(alert: JsonObject) -> tuple[bool, int]:
    return alert["ended"] is not None, -alert["severity"]


def _age(instant: str | None) -> str:
    """Say how long ago an instant is, in its largest unit."""
    if instant is None:
        return ""
    seconds = int((datetime.now(UTC) - datetime.fromisoformat(instant)).total_seconds())
    for size, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {name}"
    return f"{max(0, seconds)} s"
