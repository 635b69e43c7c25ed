"""Hours, days and regions in words, for pages that the server writes; Chinese first."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from realtime.wire.outlets import OpeningView, OutletView, SpanBody
from server.domain.china import CHINA

WEEKDAYS = (
    ("周一", "Mon"),
    ("周二", "Tue"),
    ("周三", "Wed"),
    ("周四", "Thu"),
    ("周五", "Fri"),
    ("周六", "Sat"),
    ("周日", "Sun"),
)


#: Numbers of three parts without an extension.
SERVICE_LINES = ("400", "800")


@dataclass(frozen=True, slots=True)
class Words:
    """One text in both languages."""

    zh: str
    en: str


def clock(minute: int) -> str:
    """Write a minute of a day; its end is 24:00."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def spans(given: Iterable[SpanBody]) -> list[Words]:
    """Write the hours of one day, each span a text of its own."""
    texts = [f"{clock(span.opens)}–{clock(span.closes)}" for span in given]
    return [Words(text, text) for text in texts] or [Words("休息", "closed")]


def week_rows(outlet: OutletView) -> list[tuple[Words, list[Words]]]:
    """Write the week's hours; days in a row that have the same are one row."""
    rows: list[tuple[int, int]] = []
    for day, hours in enumerate(outlet.week):
        if rows and outlet.week[rows[-1][1]] == hours:
            rows[-1] = (rows[-1][0], day)
        else:
            rows.append((day, day))
    return [(_days(first, last), spans(outlet.week[first])) for first, last in rows]


def day(on: date) -> Words:
    """Write a day with its weekday."""
    zh, en = WEEKDAYS[on.weekday()]
    return Words(f"{on.month}月{on.day}日（{zh}）", f"{on.isoformat()} {en}")


def dialled(phone: str) -> str:
    """Write a number as a phone dials it; an extension after a pause."""
    digits, *rest = phone.split("-")
    if len(rest) < 2 or digits in SERVICE_LINES:
        return digits + "".join(rest)
    return f"{digits}{rest[0]},{rest[1]}"


def opening(told: OpeningView, now: datetime) -> Words:
    """Write whether it is open, and until when or when again."""
    if told.is_open:
        if told.changes_at is None:
            return Words("营业中，全天不休", "open, never closes")
        until = _moment(told.changes_at, now, ends=True)
        return Words(f"营业中，至 {until.zh}", f"open until {until.en}")
    if told.changes_at is None:
        return Words("暂停营业", "closed for now")
    again = _moment(told.changes_at, now, ends=False)
    return Words(f"休息中，{again.zh} 开门", f"closed, opens {again.en}")


def _moment(at: datetime, now: datetime, *, ends: bool) -> Words:
    local, today = at.astimezone(CHINA), now.astimezone(CHINA).date()
    time = f"{local:%H:%M}"
    if ends and time == "00:00":  # the midnight that ends a day
        local, time = local - timedelta(minutes=1), "24:00"
    match (local.date() - today).days:
        case 0:
            return Words(time, time)
        case 1:
            return Words(f"明天 {time}", f"tomorrow {time}")
        case _:
            words = day(local.date())
            return Words(f"{words.zh} {time}", f"{words.en} {time}")


def _days(first: int, last: int) -> Words:
    if first == last:
        return Words(*WEEKDAYS[first])
    if (first, last) == (0, 6):
        return Words("每天", "daily")
    (zh, en), (zh_last, en_last) = WEEKDAYS[first], WEEKDAYS[last]
    return Words(f"{zh}至{zh_last}", f"{en}–{en_last}")


class RegionNames:
    """Names of six-digit codes, from the same table that the pages' scripts use."""

    def __init__(self, web: Path) -> None:
        self._names: dict[str, str] = {}
        for province, province_name, cities in json.loads(
            (web / "static" / "regions.json").read_text()
        ):
            self._names[province] = province_name
            for city, city_name, districts in cities:
                # the four cities that are provinces have one city of the same name
                within = city_name if city_name == province_name else f"{province_name} {city_name}"
                self._names[city] = within
                for district, name in districts:
                    self._names[district] = within if name in within else f"{within} {name}"

    def name(self, code: str) -> str:
        """Name a code, or give the code back."""
        return self._names.get(code, code)

    def choices(self, codes: Iterable[str]) -> list[tuple[str, str]]:
        """List districts and the cities that they lie in, in the order of their codes."""
        wanted = {part for code in codes for part in (f"{code[:4]}00", code)}
        return [(code, self._names[code]) for code in sorted(wanted) if code in self._names]
