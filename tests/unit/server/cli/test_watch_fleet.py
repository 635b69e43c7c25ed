"""The fleet as the terminal shows it: worst first, and readable on a narrow screen too."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rich.console import Console

from server.cli.watch_fleet import fleet_page

NOW = datetime.now(UTC)


def ago(**delta: float) -> str:
    return (NOW - timedelta(**delta)).isoformat()


def terminal(name: str, **fields: Any) -> dict[str, Any]:
    size = {"free": 3, "held": 0, "occupied": 1, "out_of_service": 0, "not_ready": 0}
    given = {
        "terminal_id": name,
        "name": "南山柜",
        "online": True,
        "link_since": ago(hours=3, minutes=1),
        "agent_version": "1.2.0",
        "agent_outdated": False,
        "level": "fine",
        "worst": [],
        "doors": {
            "open": 0,
            "left_open": [],
            "tampered_day": 0,
            "jammed_day": 0,
            "stale": 0,
            "unknown": 0,
        },
        "cells": {"M": size},
        "parcels": 1,
        "overdue": 0,
        "machine": None,
    }
    return given | fields


BAD = terminal(
    "SZ-1",
    online=False,
    level="alarm",
    agent_outdated=True,
    worst=[{"zh": "离线", "en": "offline", "level": "alarm"}],
    machine={"boards": [{"is_answering": False}, {"is_answering": True}]},
)
FLEET = {"total": 30, "levels": {"alarm": 1, "fine": 29}, "terminals": [BAD] + 29 * [terminal("T")]}
ALERT = {
    "terminal_id": "SZ-1",
    "zh": "离线",
    "en": "offline",
    "level": "alarm",
    "severity": 90,
    "since": ago(minutes=12),
    "ended": None,
    "lasted_zh": "",
    "lasted_en": "",
    "acknowledged_by": None,
}
OVER = ALERT | {
    "terminal_id": "SZ-2",
    "ended": ago(minutes=1),
    "lasted_zh": "12 分钟后恢复在线",
    "lasted_en": "back online after 12 min",
}


def drawn(fleet: dict[str, Any], alerts: dict[str, Any], width: int, height: int = 24) -> str:
    screen = Console(file=io.StringIO(), width=width, height=height)
    with screen.capture() as text:
        screen.print(fleet_page(fleet, alerts, width=width, height=height))
    return text.get()


@pytest.mark.parametrize("width", [80, 100, 119, 120, 200])
def test_the_worst_and_why_are_seen_at_every_width(width: int) -> None:
    text = drawn(FLEET, {"pending": 2, "alerts": [OVER, ALERT]}, width)
    assert text.index("SZ-1") < text.index("SZ-2"), "what lasts comes first"
    assert "back online after 12 min" in text
    assert "离线 offline" in text and "● SZ-1" in text
    assert text.count("\n") <= 23
    assert "还有 19 台 / 19 more" in text


def test_a_wide_screen_has_the_counters() -> None:
    text = drawn(FLEET, {}, 170)
    assert "1/2" in text and "1.2.0↓" in text and "— 3/4 —" in text


@pytest.mark.parametrize("width", [80, 100, 119, 120])
def test_a_small_fleet_has_its_counters_on_every_screen(width: int) -> None:
    few = {
        "total": 3,
        "levels": {"alarm": 1, "fine": 2},
        "terminals": [BAD, *FLEET["terminals"][1:3]],
    }
    text = drawn(few, {}, width)
    assert "1/2" in text and "— 3/4 —" in text and "0/1" in text
    assert text.count("1.2.0") == 3 and "1.2.0↓" in text
    assert "离线 offline" in text


def test_before_anything_was_heard_there_is_an_empty_page() -> None:
    assert "终端 fleet" in drawn({}, {}, 100)
