"""Hours become slots: whole, apart, in order, and the same after unrelated edits."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.domain.bookings.bookings import Seat
from server.domain.bookings.calendar import (
    bookable_slots,
    instant,
    opening,
    outside,
    slot_of,
    slots_of,
    spans_of,
)
from server.domain.bookings.outlets import DAY_MINUTES, Span
from server.domain.bookings.slots import slot_id
from server.domain.china import CHINA
from server.domain.errors import InvalidInput
from server.domain.ids import OutletId
from server.domain.rules import Rules
from tests.unit.server.domain.bookings.outlets import every_day, outlet, spans, special, week

MONDAY = date(2026, 9, 28)
RULES = Rules()


def china(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


def starts(slots) -> list[str]:
    return [slot.starts_at.astimezone(CHINA).strftime("%H:%M") for slot in slots]


@pytest.mark.parametrize(
    ("hours", "minutes", "expected"),
    [
        (["09:00-12:00"], 60, ["09:00", "10:00", "11:00"]),
        (["09:30-12:00"], 60, ["09:30", "10:30"]),  # half an hour is left over
        (["09:00-10:00", "14:00-15:00"], 60, ["09:00", "14:00"]),
        (["09:00-10:00", "10:00-11:30"], 60, ["09:00", "10:00"]),
        (["00:00-02:00", "22:00-24:00"], 60, ["00:00", "01:00", "22:00", "23:00"]),
        (["23:30-24:00"], 30, ["23:30"]),
        (["09:00-10:00"], 90, []),
        ([], 60, []),
    ],
)
def test_slots_of_a_day(hours, minutes, expected):
    found = slots_of(outlet(week=every_day(*hours), slot_minutes=minutes), MONDAY)
    assert starts(found) == expected
    assert all(slot.ends_at - slot.starts_at == timedelta(minutes=minutes) for slot in found)
    assert all(slot.capacity == 3 for slot in found)


def test_a_slot_that_ends_at_midnight_ends_on_the_next_day():
    (slot,) = slots_of(outlet(week=every_day("23:00-24:00")), MONDAY)
    assert slot.ends_at == china("2026-09-29T00:00")
    assert slot.id == "N1@20260928T1500Z"


def test_a_special_day_goes_before_its_weekday_and_an_inactive_outlet_has_no_hours():
    closed = outlet(special_days=(special(MONDAY),))
    assert slots_of(closed, MONDAY) == ()
    assert starts(slots_of(closed, MONDAY + timedelta(days=1)))[0] == "09:00"
    extra = outlet(week=week(), special_days=(special(MONDAY, "10:00-11:00", reason="加班"),))
    assert starts(slots_of(extra, MONDAY)) == ["10:00"]
    assert spans_of(replace(extra, active=False), MONDAY) == ()


# Booking

NOW = china("2026-09-28T08:30")


def test_slots_are_bookable_after_the_notice_and_within_the_days_ahead():
    shop = outlet()
    found = bookable_slots(shop, NOW, RULES, days=100)
    assert found[0].starts_at == china("2026-09-28T11:00")  # 10:00 is sooner than two hours
    assert found[-1].starts_at == china("2026-10-28T17:00")
    assert all(slot_of(shop, slot.id, NOW, RULES) == slot for slot in found)
    from_later = bookable_slots(shop, NOW, RULES, first=date(2026, 10, 27), days=31)
    assert {slot.starts_at.astimezone(CHINA).day for slot in from_later} == {27, 28}
    assert bookable_slots(shop, NOW, RULES, first=date.max, days=31) == ()
    assert bookable_slots(shop, NOW, RULES, first=date.min, days=1) == found[:5]


@pytest.mark.parametrize(
    ("start", "rule"),
    [
        ("2026-09-28T08:30", "past"),
        ("2026-09-27T10:00", "past"),
        ("2026-09-28T09:00", "too_soon"),
        ("2026-09-28T10:29", "too_soon"),
        ("2026-09-28T11:30", "slot"),  # open, and no slot begins then
        ("2026-09-28T12:00", "closed"),
        ("2026-09-28T18:00", "closed"),
        ("2026-10-01T10:00", "closed"),  # the holiday
        ("2026-10-29T00:00", "too_far"),
        ("9999-12-31T07:59", "too_far"),
    ],
)
def test_a_slot_that_is_none_says_why(start, rule):
    shop = outlet(special_days=(special(date(2026, 10, 1)),))
    wanted = slot_id(shop.id, china(start))
    with pytest.raises(InvalidInput) as refused:
        slot_of(shop, wanted, NOW, RULES)
    assert (refused.value.field, refused.value.rule) == ("slot_id", rule)
    if start.startswith("2026-10-01"):
        assert refused.value.details == {"reason": "国庆节"}


@pytest.mark.parametrize(
    "text", ["", "N1", "N1@", "@20260928T0300Z", "N2@20260928T0300Z", "N1@2026-09-28", "N1@0@1"]
)
def test_what_names_no_slot_of_this_outlet_is_refused(text):
    with pytest.raises(InvalidInput) as refused:
        slot_of(outlet(), text, NOW, RULES)
    assert refused.value.rule == "slot"


def test_the_notice_ends_exactly_at_its_second():
    shop, slot = outlet(), slot_id(OutletId("N1"), china("2026-09-28T11:00"))
    assert slot_of(shop, slot, china("2026-09-28T09:00"), RULES).id == slot
    with pytest.raises(InvalidInput):
        slot_of(shop, slot, china("2026-09-28T09:00:01"), RULES)


# Open or closed

NIGHTS = every_day("00:00-02:00", "20:00-24:00")


@pytest.mark.parametrize(
    ("hours", "now", "is_open", "changes"),
    [
        (every_day("09:00-18:00"), "2026-09-28T08:59", False, "2026-09-28T09:00"),
        (every_day("09:00-18:00"), "2026-09-28T09:00", True, "2026-09-28T18:00"),
        (every_day("09:00-18:00"), "2026-09-28T17:59:59", True, "2026-09-28T18:00"),
        (every_day("09:00-18:00"), "2026-09-28T18:00", False, "2026-09-29T09:00"),
        (every_day("09:00-12:00", "12:00-18:00"), "2026-09-28T10:00", True, "2026-09-28T18:00"),
        (NIGHTS, "2026-09-28T23:00", True, "2026-09-29T02:00"),  # over midnight in one piece
        (NIGHTS, "2026-09-28T01:00", True, "2026-09-28T02:00"),
        (NIGHTS, "2026-09-28T00:00", True, "2026-09-28T02:00"),
        (week(spans("09:00-18:00")), "2026-09-28T19:00", False, "2026-10-05T09:00"),
        (every_day("00:00-24:00"), "2026-09-28T12:00", True, None),
        (week(), "2026-09-28T12:00", False, None),
    ],
)
def test_open_or_closed_and_until_when(hours, now, is_open, changes):
    told = opening(outlet(week=hours), china(now))
    assert told.is_open is is_open
    assert told.changes_at == (china(changes) if changes else None)


def test_a_special_day_is_told_with_its_reason():
    shop = outlet(special_days=tuple(special(date(2026, 10, day)) for day in (1, 2, 3)))
    told = opening(shop, china("2026-10-01T10:00"))
    assert not told.is_open
    assert told.special is not None
    assert told.special.reason == "国庆节"
    assert told.changes_at == china("2026-10-04T09:00")


# Seats that the calendar gives no more


def seats_of(slots, places=1) -> list[Seat]:
    return [
        Seat(slot=slot.id, place=place, starts_at=slot.starts_at, ends_at=slot.ends_at)
        for slot in slots
        for place in range(places)
    ]


def test_an_edit_tells_which_taken_seats_lie_outside():
    shop = outlet()
    taken = seats_of(slots_of(shop, MONDAY), places=3)
    assert outside(shop, taken) == ()
    shorter = outlet(week=every_day("09:00-12:00"))
    assert {seat.starts_at.astimezone(CHINA).hour for seat in outside(shorter, taken)} == {
        14, 15, 16, 17,
    }  # fmt: skip
    assert {seat.place for seat in outside(outlet(capacity=1), taken)} == {1, 2}
    assert outside(outlet(slot_minutes=30), taken) == tuple(taken)  # they end elsewhere
    assert outside(replace(shop, active=False), taken) == tuple(taken)


# Properties

EPOCH = datetime(2025, 1, 1, tzinfo=UTC)

STEPS = DAY_MINUTES // 5


@st.composite
def hours(draw):
    """Hours of a day in their normal form: apart and in order."""
    cuts = sorted(draw(st.sets(st.integers(0, STEPS), max_size=6)))
    return tuple(
        Span(5 * opens, 5 * ends) for opens, ends in zip(cuts[::2], cuts[1::2], strict=False)
    )


weeks = st.tuples(*[hours() for _ in range(7)])
minutes = st.sampled_from([10, 15, 30, 45, 60, 90, 120, 240])
days = st.dates(date(2020, 1, 1), date(2040, 12, 31))
instants = st.timedeltas(timedelta(0), timedelta(days=1500)).map(EPOCH.__add__)


@given(weeks, minutes, days)
@settings(max_examples=50)
def test_slots_are_apart_within_hours_and_in_order(week_, length, day):
    shop = outlet(week=week_, slot_minutes=length)
    found = slots_of(shop, day)
    assert all(one.ends_at <= two.starts_at for one, two in pairwise(found))
    open_times = [
        (instant(day, span.opens), instant(day, span.closes)) for span in spans_of(shop, day)
    ]
    for slot in found:
        assert any(opens <= slot.starts_at and slot.ends_at <= ends for opens, ends in open_times)
        assert slot.ends_at - slot.starts_at == timedelta(minutes=length)
    # nothing that would have held another slot is left over
    for opens, ends in open_times:
        held = [slot for slot in found if opens <= slot.starts_at < ends]
        left = (ends - opens) - len(held) * timedelta(minutes=length)
        assert timedelta(0) <= left < timedelta(minutes=length)


@given(weeks, minutes, days, st.integers(1, 6), hours(), st.integers(1, 200))
@settings(max_examples=50)
def test_slots_stay_the_same_after_edits_of_other_days(week_, length, day, later, other, places):
    shop = outlet(week=week_, slot_minutes=length)
    before = slots_of(shop, day)
    weekday = (day.weekday() + later) % 7
    edited = replace(
        shop,
        week=(*week_[:weekday], other, *week_[weekday + 1 :]),
        special_days=(special(day + timedelta(days=later)),),
        name="改名",
        phone="13800000001",
    )
    assert slots_of(edited, day) == before
    names = [slot.id for slot in slots_of(replace(edited, capacity=places), day)]
    assert names == [slot.id for slot in before]


@given(weeks, instants, st.integers(0, 31))
@settings(max_examples=30)
def test_bookable_slots_and_the_one_slot_agree(week_, now, days_):
    shop = outlet(week=week_)
    for slot in bookable_slots(shop, now, RULES, days=days_)[::7]:
        assert slot_of(shop, slot.id, now, RULES) == slot


@given(weeks, instants)
@settings(max_examples=50)
def test_it_is_open_exactly_within_its_hours_and_changes_when_told(week_, now):
    shop = outlet(week=week_)
    told = opening(shop, now)
    assert told.is_open is _within_hours(shop, now)
    if told.changes_at is not None:
        assert told.changes_at > now
        assert _within_hours(shop, told.changes_at) is not told.is_open
        assert _within_hours(shop, told.changes_at - timedelta(seconds=1)) is told.is_open


def _within_hours(shop, now) -> bool:
    local = now.astimezone(CHINA)
    at = 60 * local.hour + local.minute
    return any(span.opens <= at < span.closes for span in spans_of(shop, local.date()))
