"""Hours, days, numbers and regions as pages write them."""

from datetime import date, datetime
from pathlib import Path

import pytest

import web
from handlers.bookings.wording import RegionNames, day, dialled, opening, spans, week_rows
from realtime.wire.outlets import OpeningView, SpanBody
from server.domain.china import CHINA
from server.services.bookings.outlet_views import outlet_view
from tests.unit.server.domain.bookings.outlets import outlet, week
from tests.unit.server.domain.bookings.outlets import spans as hours

NOW = datetime(2026, 9, 28, 8, 30, tzinfo=CHINA)


@pytest.mark.parametrize(
    ("is_open", "changes", "zh", "en"),
    [
        (True, "2026-09-28T18:00", "营业中，至 18:00", "open until 18:00"),
        (True, "2026-09-29T00:00", "营业中，至 24:00", "open until 24:00"),
        (True, "2026-09-29T02:00", "营业中，至 明天 02:00", "open until tomorrow 02:00"),
        (True, None, "营业中，全天不休", "open, never closes"),
        (False, "2026-09-28T09:00", "休息中，09:00 开门", "closed, opens 09:00"),
        (False, "2026-09-29T00:00", "休息中，明天 00:00 开门", "closed, opens tomorrow 00:00"),
        (
            False,
            "2026-10-08T09:00",
            "休息中，10月8日（周四） 09:00 开门",
            "closed, opens 2026-10-08 Thu 09:00",
        ),
        (False, None, "暂停营业", "closed for now"),
    ],
)
def test_open_or_closed_in_words(is_open, changes, zh, en):
    at = datetime.fromisoformat(changes).replace(tzinfo=CHINA) if changes else None
    told = opening(OpeningView(is_open=is_open, changes_at=at, reason=None), NOW)
    assert (told.zh, told.en) == (zh, en)


def test_days_in_a_row_with_the_same_hours_are_one_row():
    workday, saturday = hours("09:00-18:00"), hours("09:00-12:00")
    view = outlet_view(outlet(week=week(*[workday] * 5, saturday)), "某企业", NOW)
    rows = [(days.zh, [one.zh for one in texts]) for days, texts in week_rows(view)]
    assert rows == [
        ("周一至周五", ["09:00–18:00"]),
        ("周六", ["09:00–12:00"]),
        ("周日", ["休息"]),
    ]
    every = outlet_view(outlet(week=(hours("00:00-24:00"),) * 7), "某企业", NOW)
    assert [(days.zh, texts[0].zh) for days, texts in week_rows(every)] == [("每天", "00:00–24:00")]


def test_spans_and_days():
    two = spans([SpanBody(opens=540, closes=720), SpanBody(opens=840, closes=1440)])
    assert [one.zh for one in two] == ["09:00–12:00", "14:00–24:00"]
    assert day(date(2026, 10, 1)).zh == "10月1日（周四）"


@pytest.mark.parametrize(
    ("phone", "dial"),
    [
        ("13800000001", "13800000001"),
        ("0755-22223333", "075522223333"),
        ("0755-22223333-801", "075522223333,801"),
        ("400-123-4567", "4001234567"),
    ],
)
def test_numbers_are_dialled_without_their_hyphens(phone, dial):
    assert dialled(phone) == dial


def test_regions_have_their_whole_names():
    names = RegionNames(Path(web.__file__).parent)
    assert names.name("440305") == "广东省 深圳市 南山区"
    assert names.name("440300") == "广东省 深圳市"
    assert names.name("110105") == "北京市 朝阳区"
    assert names.name("441900") == "广东省 东莞市"
    assert names.name("999999") == "999999"
    choices = names.choices(["440305", "110105", "441900", "999999"])
    assert [code for code, _ in choices] == ["110100", "110105", "440300", "440305", "441900"]
