"""Checks of papers: every rule by a table, and that nothing is found where nothing is wrong."""

from dataclasses import replace
from datetime import date

import pytest

from server.domain.bookings.checks import (
    VIN_CHECK_PLACE,
    check,
    is_new_energy,
    is_plate,
    plain_name,
    plain_plate,
    plain_vin,
    vin_check,
)
from server.domain.bookings.papers import Finding, IdCard, PaperKind, VehicleLicence, Weight
from server.domain.documents import id_check

TODAY = date(2026, 11, 22)

#: The standard's own example number, and synthetic ones.
STANDARD = "440524188001010014"


def number(area: str = "440101", born: str = "19900501", serial: str = "123") -> str:
    digits = area + born + serial
    return digits + id_check(digits)


CARD = IdCard(
    name="样例甲",
    sex="男",
    ethnicity="汉",
    birth="1990-05-01",
    address="广东省样例市示范区测试路1号",
    number=number(),
)


def vin(start: str = "L0TP6SEW", end: str = "BN574855") -> str:
    return start + vin_check(f"{start}0{end}") + end


LICENCE = VehicleLicence(
    plate="粤ZD12345",
    type="小型轿车",
    owner="样例甲",
    address="广东省样例市示范区测试路1号",
    use="非营运",
    model="样例牌SL7000BEV",
    vin=vin(),
    engine="EV1234567",
    registered="2024-01-02",
    issued="2024-01-03",
)


def mended(text: str, place: int) -> str:
    """Change one digit."""
    return text[:place] + ("1" if text[place] != "1" else "2") + text[place + 1 :]


def found(card: IdCard | None = CARD, licence: VehicleLicence | None = LICENCE, typed="样例甲"):
    return {(one.field, one.rule): one.weight for one in check(card, licence, typed, TODAY)}


def test_papers_in_order_have_no_findings():
    assert found() == {}
    assert found(None, None) == {}
    assert found(None) == {}
    assert found(licence=None) == {}


def test_a_finding_says_which_paper():
    assert check(replace(CARD, name=""), None, "样例甲", TODAY) == [
        Finding(paper=PaperKind.ID_CARD, field="name", rule="missing", weight=Weight.FAIL)
    ]


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        (STANDARD, "id_age"),  # right in itself, born 1880
        (number(area="441900"), None),  # Dongguan has no counties
        (number(area="429004"), None),
        (number(area="500228"), None),
        (number(area="810000"), None),  # residence permits
        (number(area="830000"), None),
        (number(born="20261122"), None),  # an owner may be a child
        (number(born="19061122"), None),  # 120 years old today
        (number(born="19051121"), "id_age"),
        (number(born="20261123"), "id_age"),  # tomorrow
        (number(born="19900230"), "id_birthday"),
        (number(born="19001301"), "id_birthday"),
        (number(born="19000229"), "id_birthday"),  # no leap year
        (mended(number(), 17), "id_checksum"),
        (mended(number(), 16), "id_checksum"),
        (mended(number(), 3), "id_checksum"),
        (number()[:-1], "id_number"),
        (number() + "0", "id_number"),
        ("0" + number()[1:], "id_number"),
        (number()[:-2] + "X" + number()[-1], "id_number"),
        ("４４０１０１１９９００５０１１２３４", "id_number"),  # full-width digits
        ("440101900501123", "id_number"),  # of the first generation
        ("", "missing"),
        ("   ", "missing"),
    ],
)
def test_id_numbers(given, rule):
    # Birth and sex follow the number, so that only the number is in question.
    card = replace(CARD, number=given, birth="", sex="")
    assert found(card, None) == ({} if rule is None else {("number", rule): Weight.FAIL})


def test_an_id_number_may_be_spaced_and_its_x_small():
    spaced = next(
        one for serial in range(100, 200) if (one := number(serial=str(serial))).endswith("X")
    )
    card = replace(CARD, number=f"{spaced[:6]} {spaced[6:14]} {spaced[14:].lower()}", sex="")
    assert found(card, None) == {}


@pytest.mark.parametrize("area", ["990101", "160101", "840000", "470000"])
def test_an_unknown_area_is_a_hint_only(area):
    card = replace(CARD, number=number(area=area))
    assert found(card, None) == {("number", "unknown_area"): Weight.WARN}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"sex": "女"}, ("sex", "differs_from_number")),
        ({"sex": "m"}, ("sex", "sex")),
        ({"birth": "1990-05-02"}, ("birth", "differs_from_number")),
        ({"birth": "1990年5月1日"}, ("birth", "date")),
        ({"birth": "1990-13-01"}, ("birth", "date")),
        ({"name": ""}, ("name", "missing")),
        ({"name": "样"}, ("name", "real_name")),
        ({"name": "样例12"}, ("name", "real_name")),
        ({"name": "样例乙"}, ("name", "differs_from_typed")),
    ],
)
def test_fields_of_an_id_card(changes, expected):
    assert found(replace(CARD, **changes), None) == {expected: Weight.FAIL}


def test_what_stands_on_a_card_may_be_missing_beside_its_number():
    card = IdCard(name=CARD.name, number=CARD.number)
    assert found(card, None) == {}


def test_sex_and_birth_are_not_held_against_a_wrong_number():
    card = replace(CARD, number=mended(CARD.number, 17), sex="女", birth="1991-01-01")
    assert set(found(card, None)) == {("number", "id_checksum")}


@pytest.mark.parametrize("text", ["汉", "维吾尔", "维吾尔族", "朝鲜族", ""])
def test_ethnicities(text):
    assert found(replace(CARD, ethnicity=text), None) == {}


def test_an_unknown_ethnicity_is_a_warning():
    assert found(replace(CARD, ethnicity="汊"), None) == {("ethnicity", "ethnicity"): Weight.WARN}


@pytest.mark.parametrize(
    ("on_card", "typed"),
    [
        ("样例甲", " 样 例甲 "),
        ("阿样·例甲", "阿样•例甲"),
        ("阿样·例甲", "阿样・例甲"),
        ("阿样·例甲", "阿样.例甲"),
        ("阿样・例甲", "阿样 · 例甲"),
        ("Mary Ann Sample", "MARY ANN  SAMPLE"),
    ],
)
def test_names_agree_over_spaces_and_dots(on_card, typed):
    card = replace(CARD, name=on_card)
    licence = replace(LICENCE, owner=on_card)
    assert found(card, licence, typed) == {}


@pytest.mark.parametrize(("one", "other"), [("样例甲", "样例申"), ("阿样·例甲", "阿样例甲")])
def test_names_that_differ(one, other):
    assert plain_name(one) != plain_name(other)


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("川A123AB", True),
        ("川A2222学", True),
        ("川AF12345", True),  # new energy, small
        ("川A12345D", True),  # new energy, large
        ("川AA12345", True),  # GA 36-2018: A is a letter of electric cars
        *((f"粤Z{letter}12345", True) for letter in "ABCDEFGHJK"),
        *((f"粤Z12345{letter}", True) for letter in "ABCDEFGHJK"),
        ("粤ZDA1234", True),
        ("粤Z1234挂", True),
        ("粤Z1234警", True),
        ("粤Z1234港", True),
        ("粤Z1234澳", True),
        ("川A123456", False),
        ("川AD12345A", False),
        ("粤ZL12345", False),
        ("粤Z12345L", False),
        ("粤ZDAB234", False),
        ("粤112345", False),
        ("粤Z1234", False),
        ("Z12345", False),
        ("朝Z12345", False),
        ("粤Z123港A", False),
        ("", False),
    ],
)
def test_plates(text, good):
    assert is_plate(plain_plate(text)) is good
    missing = "plate" if text else "missing"
    expected = {} if good else {("plate", missing): Weight.FAIL}
    assert found(licence=replace(LICENCE, plate=text)) == expected


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("川A2222I", "川A22221"),
        ("川AO1I23", "川A01123"),
        ("粤Z·D12345", "粤ZD12345"),
        ("粤Z D1234o", "粤ZD12340"),
        ("粤zd12345", "粤ZD12345"),
    ],
)
def test_letters_that_no_plate_has_are_digits(text, plain):
    assert plain_plate(text) == plain
    assert is_plate(plain)


@pytest.mark.parametrize(
    ("text", "is_new"), [("川AD12345", True), ("川A12345F", True), ("川A12345", False)]
)
def test_new_energy_is_told_apart(text, is_new):
    assert is_new_energy(text) is is_new


@pytest.mark.parametrize(
    "known",
    ["1M8GDM9AXKP042788", "11111111111111111", "5GZCZ43D13S812715", "LSVAM4187C2184847"],
)
def test_check_digits_of_published_vins(known):
    assert vin_check(known) == known[VIN_CHECK_PLACE]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (vin(), {}),
        (vin().lower(), {}),
        (vin().replace("0", "O"), {}),
        (f" {vin()[:8]} {vin()[8:]} ", {}),
        (mended(vin(), VIN_CHECK_PLACE), {("vin", "vin_check_digit"): Weight.WARN}),
        (mended(vin(), 16), {("vin", "vin_check_digit"): Weight.WARN}),
        (vin()[:-1], {("vin", "vin"): Weight.FAIL}),
        (vin() + "1", {("vin", "vin"): Weight.FAIL}),
        (vin()[:-1] + "Ö", {("vin", "vin"): Weight.FAIL}),
        ("", {("vin", "missing"): Weight.FAIL}),
    ],
)
def test_vins(text, expected):
    assert found(licence=replace(LICENCE, vin=text)) == expected


def test_a_vin_has_no_i_o_or_q():
    assert plain_vin("IOQ") == "100"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"type": ""}, {("type", "missing"): Weight.FAIL}),
        ({"type": "重型半挂车"}, {("type", "vehicle_type"): Weight.WARN}),
        ({"type": "轻型厢式货车"}, {}),
        ({"engine": ""}, {}),
        ({"engine": "发"}, {("engine", "engine_number"): Weight.WARN}),
        ({"registered": ""}, {("registered", "missing"): Weight.FAIL}),
        ({"issued": ""}, {("issued", "missing"): Weight.FAIL}),
        ({"registered": "2024-02-30"}, {("registered", "date"): Weight.FAIL}),
        ({"registered": "20240102"}, {("registered", "date"): Weight.FAIL}),
        ({"issued": "2026-11-23"}, {("issued", "future"): Weight.FAIL}),
        ({"issued": "2026-11-22"}, {}),
        ({"issued": "2024-01-01"}, {("issued", "before_registered"): Weight.FAIL}),
        ({"issued": "2024-01-02"}, {}),
        ({"address": "", "use": "", "model": ""}, {}),
    ],
)
def test_fields_of_a_licence(changes, expected):
    assert found(licence=replace(LICENCE, **changes)) == expected


@pytest.mark.parametrize(
    ("owner", "rule"),
    [
        ("样例甲", None),
        ("样 例甲", None),
        ("样例乙", "owner_is_another"),
        ("阿样·例甲", "owner_is_another"),
        ("样例新能源汽车服务有限公司", "owner_is_company"),
        ("示范市测试区人民医院", "owner_is_company"),
        ("示范汽车(样例)", "owner_is_company"),
    ],
)
def test_another_owner_is_a_warning_with_its_reason(owner, rule):
    expected = {} if rule is None else {("owner", rule): Weight.WARN}
    assert found(licence=replace(LICENCE, owner=owner)) == expected


def test_an_owner_that_is_missing_fails_and_is_compared_with_nobody():
    assert found(licence=replace(LICENCE, owner="")) == {("owner", "missing"): Weight.FAIL}


def test_empty_papers_name_each_field_that_must_be_there():
    assert set(found(IdCard(), VehicleLicence())) == {
        ("name", "missing"),
        ("number", "missing"),
        *((name, "missing") for name in ("plate", "type", "owner", "vin", "registered", "issued")),
    }
