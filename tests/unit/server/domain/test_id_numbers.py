"""ID numbers by GB 11643. Those made here are of area 990000, which no province has."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.documents import COURIER_AGES, id_check, id_number, mask_id_number
from server.domain.errors import InvalidInput

TODAY = date(2026, 11, 22)

#: The standard's own example.
EXAMPLE = "11010519491231002X"


def made(born: date, *, area: str = "990000", serial: str = "002") -> str:
    digits = f"{area}{born:%Y%m%d}{serial}"
    return digits + id_check(digits)


def refused(text: str, today: date = TODAY) -> str | None:
    with pytest.raises(InvalidInput) as refusal:
        id_number(text, today=today)
    assert refusal.value.field == "id_number"
    return refusal.value.rule


def test_the_standards_example_is_good():
    assert id_number(EXAMPLE, today=date(1990, 1, 1)) == EXAMPLE
    assert id_number(" 110105 19491231 002x ", today=date(1990, 1, 1)) == EXAMPLE
    assert refused(EXAMPLE) == "courier_age"  # its bearer would be 76


def test_no_list_of_areas_gates_it():
    """Dongguan (441900) has no counties below it; ended areas stay on cards for a lifetime."""
    for area in ("441900", "110103", "990000"):
        number = made(date(1990, 5, 1), area=area)
        assert id_number(number, today=TODAY) == number


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "id_number"),
        ("11010519491231002", "id_number"),
        ("110105194912310021X", "id_number"),
        ("X1010519491231002X", "id_number"),
        ("01010519491231002X", "id_number"),
        ("11010519491231002Y", "id_number"),
        ("11010519491231002x0", "id_number"),
        ("１１０１０５１９４９１２３１００２Ｘ", "id_number"),
        ("110105194912310020", "id_checksum"),
        ("110105194902300029", "id_birthday"),
        ("110105194913010029", "id_birthday"),
        ("110105000012310029", "id_birthday"),
    ],
)
def test_what_is_no_id_number(text, rule):
    assert refused(text, date(1990, 1, 1)) == rule


def test_the_age_counts_from_birthday_to_birthday():
    youngest, oldest = COURIER_AGES
    for born, good in (
        (date(TODAY.year - youngest, 11, 22), True),
        (date(TODAY.year - youngest, 11, 23), False),
        (date(TODAY.year - oldest - 1, 11, 23), True),
        (date(TODAY.year - oldest - 1, 11, 22), False),
        (TODAY + timedelta(days=1), False),
    ):
        number = made(born)
        if good:
            assert id_number(number, today=TODAY) == number
        else:
            assert refused(number) == "courier_age"


@given(st.dates(date(1960, 1, 1), date(2005, 1, 1)), st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_never_passes(born, place, shift):
    number = made(born)
    digit = str((int(number[place]) + shift) % 10)
    assert refused(number[:place] + digit + number[place + 1 :]) is not None


@given(st.text(max_size=40))
def test_any_text_is_an_id_number_or_a_refusal(text):
    try:
        assert len(id_number(text, today=TODAY)) == 18
    except InvalidInput as refusal:
        assert refusal.field == "id_number"


def test_masks_show_three_characters():
    assert mask_id_number(EXAMPLE) == "1" + "*" * 15 + "2X"
