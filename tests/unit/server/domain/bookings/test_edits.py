"""What staff may write of outlets: each bad value names its field and its rule."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from server.domain.bookings.edits import (
    business_phone,
    checked_calendar,
    checked_details,
    region_prefix,
)
from server.domain.bookings.outlets import Span
from server.domain.errors import InvalidInput
from server.domain.geo import Place
from tests.unit.server.domain.bookings.outlets import every_day, outlet, spans, special, week

TODAY = date(2026, 9, 28)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("13800000001", "13800000001"),
        ("+86 138-0000-0001", "13800000001"),
        ("010-12345678", "010-12345678"),
        ("01012345678", "010-12345678"),
        ("020 1234 5678", "020-12345678"),
        ("0769-22223333", "0769-22223333"),
        ("07692222333", "0769-2222333"),
        ("(0769) 22223333", "0769-22223333"),
        ("（0769）22223333", "0769-22223333"),
        ("0769-22223333-801", "0769-22223333-801"),
        ("0769-22223333转801", "0769-22223333-801"),
        ("400-123-4567", "400-123-4567"),
        ("8001234567", "800-123-4567"),
    ],
)
def test_phones_have_one_form(typed, kept):
    assert business_phone(typed) == kept
    assert business_phone(kept) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "", "22223333", "12800000001", "1380000000", "138000000011", "010-1234567", "010-123456",
        "0769-222233334", "0200-1234567", "400-12-34567", "0769-2222333x", "tel:13800000001",
        "１３８００００００００", "0769-22223333-1234567", "1-0769-22223333",
    ],
)  # fmt: skip
def test_what_nobody_can_dial_is_no_phone(typed):
    with pytest.raises(InvalidInput) as refused:
        business_phone(typed)
    assert (refused.value.field, refused.value.rule) == ("phone", "phone")


def test_details_get_their_normal_form():
    kept = checked_details(
        outlet(
            name="  南山   网点 ",
            address=" 科技路 1 号",
            phone="075522223333",
            services=(" 拆卸 ",),
        )
    )
    assert (kept.name, kept.address, kept.phone, kept.services) == (
        "南山 网点",
        "科技路 1 号",
        "0755-22223333",
        ("拆卸",),
    )


@pytest.mark.parametrize(
    ("fields", "field", "rule"),
    [
        ({"name": " "}, "name", "required"),
        ({"name": "长" * 61}, "name", "length"),
        ({"address": ""}, "address", "required"),
        ({"address": "长" * 121}, "address", "length"),
        ({"region": "0440305"}, "region", "region_code"),
        ({"region": "044030"}, "region", "region_code"),
        ({"place": Place(lat=113.94, lon=22.53)}, "lat", "in_china"),  # exchanged
        ({"place": Place(lat=22.53, lon=13.94)}, "lon", "in_china"),
        ({"place": Place(lat=float("nan"), lon=113.0)}, "lat", "in_china"),
        ({"phone": "22223333"}, "phone", "phone"),
        ({"services": ()}, "services", "required"),
        ({"services": ("拆卸",) * 21}, "services", "most"),
        ({"services": ("拆卸", " ")}, "services[1]", "required"),
        ({"services": ("拆卸", "拆" * 31)}, "services[1]", "length"),
        ({"services": ("拆卸", "检测", " 拆卸")}, "services[2]", "each_once"),
    ],
)
def test_bad_details_name_field_and_rule(fields, field, rule):
    with pytest.raises(InvalidInput) as refused:
        checked_details(outlet(**fields))
    assert (refused.value.field, refused.value.rule) == (field, rule)


def test_a_calendar_gets_its_normal_form():
    shop = outlet(
        week=every_day("14:00-18:00", "09:00-12:00"),
        special_days=(special(date(2026, 10, 2)), special(date(2026, 10, 1), reason=" 国庆节 ")),
    )
    kept = checked_calendar(shop, today=TODAY)
    assert kept.week == every_day("09:00-12:00", "14:00-18:00")
    assert [(one.day.day, one.reason) for one in kept.special_days] == [
        (1, "国庆节"),
        (2, "国庆节"),
    ]
    assert checked_calendar(kept, today=TODAY) == kept


BAD_SPANS = [
    ((Span(-1, 60),), "[0].opens", "minute_of_day"),
    ((Span(1440, 1500),), "[0].opens", "minute_of_day"),
    ((Span(600, 1441),), "[0].closes", "minute_of_day"),
    ((Span(600, 600),), "[0].closes", "after_opens"),
    ((Span(1320, 120),), "[0].closes", "after_opens"),  # over midnight: two spans
    ((Span(600, 630),), "[0].closes", "holds_a_slot"),
    ((Span(540, 720), Span(660, 900)), "[1]", "no_overlap"),
    ((Span(540, 720), Span(540, 720)), "[1]", "no_overlap"),
    ((Span(540, 1080), Span(600, 720)), "[1]", "no_overlap"),
    (tuple(Span(120 * n, 120 * n + 60) for n in range(7)), "", "most"),
]


@pytest.mark.parametrize(("bad", "where", "rule"), BAD_SPANS)
def test_bad_hours_name_the_day_and_the_span(bad, where, rule):
    weekly = outlet(week=week(spans("09:00-12:00"), (), bad))
    of_a_day = outlet(special_days=(special(TODAY), replace(special(date(2026, 10, 1)), spans=bad)))
    for shop, prefix in ((weekly, "week[2]"), (of_a_day, "special_days[1].spans")):
        with pytest.raises(InvalidInput) as refused:
            checked_calendar(shop, today=TODAY)
        assert (refused.value.field, refused.value.rule) == (prefix + where, rule)


@pytest.mark.parametrize(
    ("fields", "field", "rule"),
    [
        ({"capacity": 0}, "capacity", "range"),
        ({"capacity": 201}, "capacity", "range"),
        ({"slot_minutes": 0}, "slot_minutes", "divides_the_day"),
        ({"slot_minutes": -60}, "slot_minutes", "divides_the_day"),
        ({"slot_minutes": 7}, "slot_minutes", "divides_the_day"),
        ({"slot_minutes": 50}, "slot_minutes", "divides_the_day"),
        ({"slot_minutes": 16}, "slot_minutes", "divides_the_day"),
        ({"slot_minutes": 1440}, "slot_minutes", "divides_the_day"),
        ({"cancel_before_seconds": -1}, "cancel_before_seconds", "range"),
        ({"cancel_before_seconds": 604801}, "cancel_before_seconds", "range"),
        ({"week": every_day("09:00-12:00")[:6]}, "week", "seven_days"),
        ({"special_days": (special(TODAY),) * 2}, "special_days[1].day", "each_once"),
        ({"special_days": (special(TODAY, reason=" "),)}, "special_days[0].reason", "required"),
        ({"special_days": (special(TODAY, reason="长" * 61),)}, "special_days[0].reason", "length"),
        (
            {"special_days": (special(TODAY + timedelta(days=801)),)},
            "special_days[0].day",
            "too_far",
        ),
        (
            {"special_days": tuple(special(TODAY + timedelta(days=n)) for n in range(201))},
            "special_days",
            "most",
        ),
    ],
)
def test_bad_calendars_name_field_and_rule(fields, field, rule):
    with pytest.raises(InvalidInput) as refused:
        checked_calendar(outlet(**fields), today=TODAY)
    assert (refused.value.field, refused.value.rule) == (field, rule)


@pytest.mark.parametrize("good", [1, 200])
def test_the_ends_of_ranges_are_in_them(good):
    shop = outlet(
        capacity=good, slot_minutes=10 if good == 1 else 480, week=every_day("00:00-24:00")
    )
    assert checked_calendar(shop, today=TODAY) == shop


@pytest.mark.parametrize(
    ("code", "prefix"),
    [("", ""), ("440000", "44"), ("440300", "4403"), ("440305", "440305"), ("441900", "4419")],
)
def test_a_place_stands_for_all_within_it(code, prefix):
    assert region_prefix(code) == prefix


def test_what_is_no_region_is_refused():
    with pytest.raises(InvalidInput):
        region_prefix("44")
