"""The record of a battery: each field's bad cases, and its normal form."""

from dataclasses import replace
from datetime import timedelta

import pytest

from server.domain.bookings.batteries import (
    CLOCK_SLACK,
    Battery,
    Condition,
    Handover,
    checked_battery,
)
from server.domain.errors import InvalidInput
from server.domain.ids import BookingId, PersonId, PhotoId
from tests.builders import NOON


def battery(**fields) -> Battery:
    return replace(
        Battery(
            booking=BookingId("BK1"),
            version=1,
            model="NCM811 75kWh",
            code="08BPE1A00123ABC5D0000017",
            count=1,
            weight_grams=438_500,
            condition=Condition.INTACT,
            note="",
            photos=(),
            handover=None,
            by=PersonId("s1"),
            at=NOON,
        ),
        **fields,
    )


@pytest.mark.parametrize(
    ("fields", "field", "rule"),
    [
        ({"model": "  "}, "model", "required"),
        ({"model": "x" * 61}, "model", "length"),
        ({"code": ""}, "code", "required"),
        ({"code": "AB"}, "code", "battery_code"),
        ({"code": "-AB12"}, "code", "battery_code"),
        ({"code": "电池12345"}, "code", "battery_code"),
        ({"code": "A" * 41}, "code", "battery_code"),
        ({"count": 0}, "count", "1_to_50"),
        ({"count": 51}, "count", "1_to_50"),
        ({"weight_grams": 0}, "weight_grams", "1_to_5000000"),
        ({"weight_grams": 5_000_001}, "weight_grams", "1_to_5000000"),
        ({"note": "x" * 201}, "note", "length"),
        ({"photos": (PhotoId("F1"), PhotoId("F1"))}, "photos", "6_each_once"),
        ({"photos": tuple(PhotoId(f"F{n}") for n in range(7))}, "photos", "6_each_once"),
        ({"handover": Handover(to=" ", at=NOON)}, "handed_to", "required"),
        (
            {"handover": Handover(to="回收厂", at=NOON + CLOCK_SLACK + timedelta(seconds=1))},
            "handed_at",
            "not_in_future",
        ),
    ],
)
def test_what_is_wrong_names_its_field_and_rule(fields, field, rule):
    with pytest.raises(InvalidInput) as refused:
        checked_battery(battery(**fields))
    assert (refused.value.field, refused.value.rule) == (field, rule)


def test_a_code_has_one_form():
    checked = checked_battery(battery(code=" ０8bpe-1a00 123 ", model=" a  b "))
    assert (checked.code, checked.model) == ("08BPE-1A00123", "a b")
    assert checked_battery(checked) == checked
