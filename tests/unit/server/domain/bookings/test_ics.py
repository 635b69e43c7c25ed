"""Calendar files, line by line: RFC 5545's ends, folds and escapes, and how an entry changes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.bookings.ics import MOST_OCTETS, Entry, calendar, escaped, folded

NOW = datetime(2026, 11, 22, 3, 4, 5, tzinfo=UTC)
CHINA = timezone(timedelta(hours=8))
ENTRY = Entry(
    uid="B1@lanjian.example",
    sequence=3,
    starts_at=datetime(2026, 11, 25, 9, 0, tzinfo=CHINA),
    ends_at=datetime(2026, 11, 25, 10, 0, tzinfo=CHINA),
    cancelled=False,
    summary="电池拆卸预约 · 南山一号店",
    location="深圳市南山区科技园南区高新南七道数字技术园一号楼首层, 东门;停车场旁",
    description="请携带身份证和行驶证。\n预约号 B1",
    url="https://lanjian.example/me",
    lat=22.54,
    lon=114.05,
    alarms_seconds=(86400, 7200),
)


def unfolded(entry=ENTRY):
    """Read a file back as its lines."""
    text = calendar(entry, NOW).decode()
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    return text.replace("\r\n ", "").split("\r\n")[:-1]


def test_a_booking_is_one_confirmed_entry_in_utc():
    lines = unfolded()
    assert lines[:2] == ["BEGIN:VCALENDAR", "VERSION:2.0"]
    assert lines[-1] == "END:VCALENDAR"
    for line in (
        "UID:B1@lanjian.example",
        "SEQUENCE:3",
        "DTSTAMP:20261122T030405Z",
        "DTSTART:20261125T010000Z",
        "DTEND:20261125T020000Z",
        "STATUS:CONFIRMED",
        "GEO:22.540000;114.050000",
        "DESCRIPTION:请携带身份证和行驶证。\\n预约号 B1",
    ):
        assert lines.count(line) == 1, line
    assert "一号楼首层\\, 东门\\;停车场旁" in "".join(lines)


def test_every_alarm_rings_before_the_start():
    lines = unfolded()
    assert [line for line in lines if line.startswith("TRIGGER")] == [
        "TRIGGER:-PT1440M",
        "TRIGGER:-PT120M",
    ]
    assert lines.count("BEGIN:VALARM") == lines.count("END:VALARM") == 2


def test_a_cancelled_one_keeps_its_uid_and_rings_no_more():
    lines = unfolded(replace(ENTRY, cancelled=True, sequence=4))
    assert "STATUS:CANCELLED" in lines
    assert "UID:B1@lanjian.example" in lines
    assert "SEQUENCE:4" in lines
    assert not any("ALARM" in line for line in lines)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a,b;c\\d", "a\\,b\\;c\\\\d"),
        ("a\r\nb\rc\nd", "a\\nb\\nc\\nd"),
        ("x\x00\x07y\x7f", "xy"),
        ("tab\there", "tab\there"),
        ("END:VEVENT\nBEGIN:VEVENT", "END:VEVENT\\nBEGIN:VEVENT"),
    ],
)
def test_texts_are_escaped(text, wanted):
    assert escaped(text) == wanted


@given(st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=400))
def test_no_line_is_too_long_and_no_character_is_cut(text):
    whole = folded(f"SUMMARY:{text}")
    lines = whole.split("\r\n")
    assert lines.pop() == ""
    assert all(len(line.encode()) <= MOST_OCTETS for line in lines)
    assert all(line.startswith(" ") for line in lines[1:])
    assert lines[0] + "".join(line[1:] for line in lines[1:]) == f"SUMMARY:{text}"
