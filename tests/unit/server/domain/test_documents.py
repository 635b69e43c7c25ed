"""Phones, names, regions, carrier waybills, prices and distances: good, bad, and normal forms."""

import pytest

from server.domain import documents, ids, ledger, prices
from server.domain.errors import InvalidInput, leaves
from server.domain.geo import Place, metres_between
from server.domain.money import Fen
from server.domain.orders import check_waybill
from server.domain.prices import Zone
from tests.builders import NOON, waybill


@pytest.mark.parametrize(
    ("text", "normal"),
    [("13800000001", "13800000001"), ("+86 138-0000-0001", "13800000001")],
)
def test_a_phone_has_one_normal_form(text, normal):
    assert documents.phone(text) == normal


@pytest.mark.parametrize("text", ["", "12800000001", "1380000000", "138000000011", "1380000000a"])
def test_a_bad_phone_names_field_and_rule(text):
    with pytest.raises(InvalidInput) as refusal:
        documents.phone(text, field="recipient.phone")
    assert (refusal.value.field, refusal.value.rule) == ("recipient.phone", "mobile_number")


@pytest.mark.parametrize("text", ["张三", "阿卜杜拉·买买提", "Anna O'Neil"])
def test_real_names_pass(text):
    assert documents.person_name(f" {text} ", field="name") == text


@pytest.mark.parametrize("text", ["", "张", "张3", "<b>张三</b>", "1234", "x"])
def test_no_names_are_refused(text):
    with pytest.raises(InvalidInput):
        documents.person_name(text, field="name")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("SF1234567890123", "SF1234567890123"),
        ("CODE_128,sf1234567890123", "SF1234567890123"),
        (" YT 1234567890123 ", "YT1234567890123"),
    ],
)
def test_a_scanned_carrier_waybill_is_normalised(text, number):
    assert documents.carrier_waybill(text) == number


@pytest.mark.parametrize(
    "text", ["", "https://example.test/pay/1", "weixin://wxpay/x", "SF1", "运单12345678"]
)
def test_what_is_no_carrier_waybill_is_refused(text):
    with pytest.raises(InvalidInput):
        documents.carrier_waybill(text)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"sender_name": "1"}, "sender_name"),
        ({"recipient_name": ""}, "recipient.name"),
        ({"recipient_phone": "123"}, "recipient.phone"),
        ({"region": "0"}, "recipient.region"),
        ({"address": "短"}, "recipient.address"),
        ({"address": "长" * 121}, "recipient.address"),
        ({"description": ""}, "description"),
        ({"description": "x" * 61}, "description"),
    ],
)
def test_each_waybill_field_is_checked(fields, field):
    with pytest.raises(InvalidInput) as refusal:
        check_waybill(waybill(**fields))
    assert refusal.value.field == field
    assert refusal.value.rule


@pytest.mark.parametrize(
    ("origin", "destination", "zone"),
    [
        ("440305", "440304", Zone.SAME_CITY),
        ("440305", "440106", Zone.SAME_PROVINCE),
        ("440305", "110105", Zone.OTHER),
    ],
)
def test_the_zone_comes_from_the_region_codes(origin, destination, zone):
    assert prices.zone_between(origin, destination) is zone


def test_distance_is_right_to_a_tenth_of_a_percent():
    tiananmen, drum_tower = Place(lat=39.9087, lon=116.3975), Place(lat=39.9406, lon=116.3964)
    assert metres_between(tiananmen, drum_tower) == pytest.approx(3548, rel=0.002)
    assert metres_between(tiananmen, tiananmen) == 0


def test_masks_keep_no_more_than_meant():
    assert documents.mask_phone("13812345678") == "138****5678"
    assert documents.mask_name("张三丰") == "张**"
    assert documents.mask_name("欧") == "欧*"


def test_an_unbalanced_posting_cannot_be_made():
    lines = (ledger.Line(account="a", fen=Fen(5)), ledger.Line(account="b", fen=Fen(-4)))
    with pytest.raises(ValueError, match="does not balance"):
        ledger.Posting(key="k", order=None, at=NOON, lines=lines)


def test_an_order_number_reads_well_on_a_label():
    assert ids.order_id(NOON, lambda count: "0" * count) == "LJ26112200000000"


def test_every_refusal_has_a_code_and_both_languages():
    for kind in leaves():
        assert kind.code and kind.zh and kind.en and kind.__doc__


@pytest.mark.parametrize(
    "text", ["13９00001111", "139٠٠٠٠1111", "１３９００００１１１１", "139𝟎𝟎𝟎𝟎1111"]
)
def test_digits_of_other_scripts_are_no_phone(text):
    """Or one number would have millions of forms, each with SMS limits of its own."""
    with pytest.raises(InvalidInput):
        documents.phone(text)
    with pytest.raises(InvalidInput):
        documents.region(text[:6], field="region")


@pytest.mark.parametrize(
    ("number", "carrier"),
    [
        ("SF1234567890123", "sf"),
        ("YT1234567890123", "yto"),
        ("JT1234567890123", "jt"),
        ("JDVA12345678901-1-1", "jd"),
        ("EA123456789CN", "ems"),
        ("773123456789012", "unknown"),
    ],
)
def test_a_number_tells_its_carrier_where_its_form_does(number, carrier):
    assert documents.carrier_of(documents.carrier_waybill(number)) == carrier
