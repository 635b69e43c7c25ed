"""Made-up papers: nobody's, right in themselves, the same for the same seed, and marked fairly."""

import io
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from random import Random

import pytest
from PIL import Image

from server.domain.bookings.checks import PROVINCE_CODES, check
from server.domain.bookings.papers import IdCard, VehicleLicence, Weight
from server.proof.bench_ocr import Marks
from server.proof.id_draw import FontMissing, find_fonts
from server.proof.id_papers import id_card, vehicle_licence
from server.proof.id_photos import LEVELS, photo

TODAY = date(2026, 11, 22)


def test_papers_of_nobody_pass_every_check():
    for seed in range(300):
        chance = Random(seed)
        card, licence = id_card(chance), vehicle_licence(chance)
        found = check(card, licence, card.name, TODAY)
        assert all(one.weight is Weight.WARN for one in found), (card, licence, found)
        assert {one.rule for one in found} <= {
            *("unknown_area", "owner_is_another", "owner_is_company")
        }


def test_numbers_are_of_no_province_and_no_maker():
    for seed in range(100):
        chance = Random(seed)
        assert id_card(chance).number[:2] not in PROVINCE_CODES
        assert vehicle_licence(chance).vin.startswith("L0")


def test_every_field_is_drawn():
    chance = Random(1)
    for paper in (id_card(chance), vehicle_licence(chance)):
        assert all(getattr(paper, one.name) for one in fields(paper))


def test_the_same_seed_takes_the_same_photos():
    fonts = find_fonts()
    one = [photo(number, 3, fonts) for number in (0, 5)]
    assert one == [photo(number, 3, fonts) for number in (0, 5)]
    assert one[0].jpeg != photo(0, 4, fonts).jpeg
    assert [type(shown.truth) for shown in one] == [IdCard, VehicleLicence]


def test_photos_are_as_large_as_the_normal_form_and_of_all_levels():
    fonts = find_fonts()
    shown = [photo(number, 1, fonts) for number in (0, 3, 4, 7)]
    assert sorted(one.level for one in shown) == list(LEVELS)
    assert all(max(Image.open(io.BytesIO(one.jpeg)).size) <= 1600 for one in shown)


def test_without_a_chinese_font_it_says_what_to_install(tmp_path: Path):
    with pytest.raises(FontMissing, match="fonts-noto-cjk"):
        find_fonts((tmp_path,))


def test_a_value_in_the_wrong_field_is_wrong():
    shown = photo(0, 1, find_fonts())
    truth = shown.truth
    assert isinstance(truth, IdCard)
    marks = Marks()
    marks.judge(shown, replace(truth, name=f" {truth.name} "))
    assert marks.right["all"] == marks.asked["all"] == 6
    marks.judge(shown, replace(truth, name=truth.address, address=truth.name))
    assert marks.right["all"] == marks.asked["all"] - 2 == 10
    assert marks.percent("id_card.name") == 50.0
    assert marks.percent("id_card.number") == 100.0
    assert len(marks.wrong) == 2
