"""What people make of what was read: every field's forms, and every finding in words."""

import re
from datetime import date
from pathlib import Path

import pytest

from server.domain.bookings import checks, papers
from server.domain.bookings.finding_texts import FIELDS, RULES, words_of
from server.domain.bookings.papers import Finding, IdCard, PaperKind, VehicleLicence, Weight
from server.domain.bookings.readings import (
    LONGEST,
    NAMES,
    NEAR_BITS,
    Typed,
    corrections,
    fields_of,
    is_same_photo,
    judge,
)
from server.domain.errors import InvalidInput

ID, LICENCE = PaperKind.ID_CARD, PaperKind.VEHICLE_LICENCE
TODAY = date(2026, 11, 22)

CARD = IdCard(
    name="张三",
    sex="男",
    ethnicity="汉",
    birth="1990-03-07",
    address="某路 1 号",
    number="44030519900307009X",
)
VEHICLE = VehicleLicence(
    plate="粤B12345",
    type="小型轿车",
    owner="张三",
    address="某路 1 号",
    use="非营运",
    model="比亚迪牌BYD7000",
    vin="LSVAU033972020001",
    engine="TZ200XS",
    registered="2020-01-05",
    issued="2020-01-06",
)
OF = {ID: CARD, LICENCE: VEHICLE}
TYPED = Typed(name="张三", plate="粤B12345")


@pytest.mark.parametrize(
    ("kind", "name", "typed", "kept"),
    [
        (ID, "name", " 张 三 ", "张 三"),
        (ID, "name", "买买提・艾力", "买买提·艾力"),
        (ID, "sex", "男", "男"),
        (ID, "ethnicity", "壮族", "壮"),
        (ID, "birth", "1990年3月7日", "1990-03-07"),
        (ID, "birth", "1990.3.7", "1990-03-07"),
        (ID, "birth", "19900307", "1990-03-07"),
        (ID, "birth", "春天", "春天"),
        (ID, "address", "某路\n1 号", "某路 1 号"),
        (ID, "number", "44030519900307 009x", "44030519900307009X"),
        (ID, "number", "", ""),
        (LICENCE, "plate", "粤b·12345", "粤B12345"),
        (LICENCE, "plate", "粤Ｂ１２３４５", "粤B12345"),
        (LICENCE, "vin", "lsvau0339 72020001", "LSVAU033972020001"),
        (LICENCE, "engine", "tz 200xs", "TZ200XS"),
        (LICENCE, "registered", "2020/1/5", "2020-01-05"),
        (LICENCE, "issued", "2020-01-06", "2020-01-06"),
        (LICENCE, "use", "非营运", "非营运"),
    ],
)
def test_a_correction_gets_the_form_in_which_papers_are_compared(kind, name, typed, kept):
    assert corrections(kind, {name: typed}) == {name: kept}


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind in PaperKind for name in NAMES[kind]]
)
@pytest.mark.parametrize(
    ("text", "rule"),
    [("一" * (LONGEST + 1), "length"), ("a\x00b", "one_line"), ("\u202eb", "one_line")],
)
def test_what_no_paper_can_hold_is_refused_by_its_field(kind, name, text, rule):
    with pytest.raises(InvalidInput) as refused:
        corrections(kind, {name: text})
    assert (refused.value.field, refused.value.rule) == (f"fields.{name}", rule)


@pytest.mark.parametrize(
    ("kind", "name"), [(ID, "plate"), (LICENCE, "number"), (ID, "_id"), (ID, "$set"), (ID, "")]
)
def test_a_field_of_another_paper_is_refused(kind, name):
    with pytest.raises(InvalidInput) as refused:
        corrections(kind, {name: "x"})
    assert refused.value.rule == "known"


def test_no_correction_at_all_is_refused():
    with pytest.raises(InvalidInput):
        corrections(ID, {})


#: Of every field: what is wrong, and by which rule it is told.
BAD = [
    (ID, "name", "", "missing"),
    (ID, "name", "张3", "real_name"),
    (ID, "name", "李四", "differs_from_typed"),
    (ID, "sex", "X", "sex"),
    (ID, "sex", "女", "differs_from_number"),
    (ID, "ethnicity", "火星", "ethnicity"),
    (ID, "birth", "1990-02-30", "date"),
    (ID, "birth", "1990-03-08", "differs_from_number"),
    (ID, "number", "", "missing"),
    (ID, "number", "4403051990030700", "id_number"),
    (ID, "number", "440305199002300091", "id_birthday"),
    (ID, "number", "440305199003070091", "id_checksum"),
    (LICENCE, "plate", "", "missing"),
    (LICENCE, "plate", "B12345", "plate"),
    (LICENCE, "plate", "粤B54321", "plate_differs"),
    (LICENCE, "type", "", "missing"),
    (LICENCE, "type", "飞机", "vehicle_type"),
    (LICENCE, "owner", "", "missing"),
    (LICENCE, "owner", "李四", "owner_is_another"),
    (LICENCE, "owner", "某某有限公司", "owner_is_company"),
    (LICENCE, "vin", "", "missing"),
    (LICENCE, "vin", "LSVAU03397202000", "vin"),
    (LICENCE, "vin", "LSVAU033072020001", "vin_check_digit"),
    (LICENCE, "engine", "??", "engine_number"),
    (LICENCE, "registered", "2020-13-01", "date"),
    (LICENCE, "registered", "2027-01-01", "future"),
    (LICENCE, "issued", "2019-01-01", "before_registered"),
    (LICENCE, "issued", "", "missing"),
]


def test_two_good_papers_have_nothing_wrong():
    assert judge([(kind, fields_of(paper)) for kind, paper in OF.items()], TYPED, TODAY) == []


@pytest.mark.parametrize(("kind", "name", "text", "rule"), BAD)
def test_what_is_wrong_is_told_by_field_and_rule(kind, name, text, rule):
    papers = {one: dict(fields_of(paper)) for one, paper in OF.items()}
    papers[kind][name] = text
    found = judge(papers.items(), TYPED, TODAY)
    assert (kind, name, rule) in {(one.paper, one.field, one.rule) for one in found}
    for one in found:
        zh, en = words_of(one)
        assert re.search(r"[\u4e00-\u9fff]", zh)
        assert en.isascii() or "男" in en


def test_before_there_is_a_form_the_name_is_compared_with_nothing():
    found = judge([(ID, fields_of(CARD)), (LICENCE, None)], None, TODAY)
    assert found == []


def test_every_rule_and_field_has_its_words():
    source = Path(str(checks.__file__)).read_text()
    told = set(re.findall(r'"([a-z_]+)", Weight\.', source))
    told |= set(re.findall(r'return "(id_[a-z]+)"', source))
    assert told - {"number"} <= set(RULES)
    for kind in PaperKind:
        for name in (*NAMES[kind], "photo"):
            assert (kind, name) in FIELDS
    for rule in RULES:
        assert words_of(Finding(paper=ID, field="name", rule=rule, weight=Weight.WARN))
    assert papers.Weight.FAIL


def test_pictures_are_the_same_while_few_bits_differ():
    assert is_same_photo(0, (1 << NEAR_BITS) - 1)
    assert not is_same_photo(0, (1 << NEAR_BITS + 1) - 1)
