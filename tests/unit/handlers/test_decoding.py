"""A bad body is refused by field and rule, and its values are not said back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.decoding import convert, decode
from realtime.wire.requests import PlaceOrder, ReportPlace, SendCode, SetDuty, UploadFinished
from server.domain.errors import InvalidInput

GOOD_ORDER = (
    '{"sender_name":"张三","recipient":{"name":"李四","phone":"13800000002","region":"110105",'
    '"address":"某路"},"description":"书","size":"M","origin_region":"440305","price_fen":2000,'
    '"no_prohibited_goods":true,"consent_version":"2026-11"}'
)


@pytest.mark.parametrize(
    ("kind", "raw", "field", "rule"),
    [
        (SendCode, '{"device":"d"}', "phone", "required"),
        (SendCode, '{"phone":1,"device":"d"}', "phone", "type"),
        (SendCode, '{"phone":"","device":"d"}', "phone", "length"),
        (SendCode, '{"phone":"1","device":"' + "d" * 65 + '"}', "device", "length"),
        (SendCode, '{"phone":"1","device":"d","role":"admin"}', "role", "unknown_field"),
        (SendCode, "[]", "body", "type"),
        (SendCode, "", "body", "json"),
        (SendCode, "{", "body", "json"),
        (SendCode, b"\xff\xfe", "body", "json"),
        (PlaceOrder, GOOD_ORDER.replace('"M"', '"XL"'), "size", "value"),
        (PlaceOrder, GOOD_ORDER.replace('"name":"李四",', ""), "recipient.name", "required"),
        (
            PlaceOrder,
            GOOD_ORDER.replace('"name":"李四"', '"name":"李四","x":1'),
            "recipient.x",
            "unknown_field",
        ),
        (PlaceOrder, GOOD_ORDER.replace("true", '"yes"'), "no_prohibited_goods", "type"),
        (ReportPlace, '{"lat":91,"lon":0,"at":"2026-11-22T00:00:00Z"}', "lat", "range"),
        (ReportPlace, '{"lat":1,"lon":0,"at":"2026-11-22T00:00:00"}', "at", "timezone"),
        (ReportPlace, '{"lat":1,"lon":0,"at":"noon"}', "at", "value"),
        (SetDuty, '{"on":true,"districts":["a",2]}', "districts[1]", "type"),
    ],
)
def test_field_and_rule_are_named(kind: type, raw: str | bytes, field: str, rule: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        decode(raw, kind)
    assert (caught.value.field, caught.value.rule) == (field, rule)


def test_what_was_sent_is_not_said_back() -> None:
    with pytest.raises(InvalidInput) as caught:
        decode(GOOD_ORDER.replace('"M"', '"13800000009"'), PlaceOrder)
    assert "13800000009" not in repr(vars(caught.value))
    assert caught.value.__suppress_context__


def test_a_good_body_is_decoded() -> None:
    assert decode(GOOD_ORDER, PlaceOrder).recipient.region == "110105"


def test_a_querys_numbers_are_read_from_digits() -> None:
    assert convert({"on": "true"}, SetDuty).on is True
    with pytest.raises(InvalidInput) as caught:
        convert({"on": "true", "off": "1"}, SetDuty)
    assert (caught.value.field, caught.value.rule) == ("off", "unknown_field")


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(raw: bytes) -> None:
    with pytest.raises(InvalidInput):
        decode(raw, UploadFinished)


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(InvalidInput):
        decode("[" * 100_000, SendCode)
