"""Each value to the right field: on recorded lines, and on what may become of them."""

import math
from dataclasses import fields, replace
from random import Random

import pytest

from server.domain.bookings.papers import IdCard, PaperKind, VehicleLicence
from server.providers.ocr.fields import Reading, cleaned, read
from server.providers.ocr.lines import Line
from tests.unit.server.providers.ocr.recorded import Recorded, recorded

RECORDED = recorded()
UPRIGHT = [one for one in RECORDED if one.level != 3]
CARDS = [one for one in UPRIGHT if one.kind is PaperKind.ID_CARD]
LICENCES = [one for one in UPRIGHT if one.kind is PaperKind.VEHICLE_LICENCE]

#: Fields that the engine itself missed on these photos; nothing in the lines tells them.
UNREAD = 3


def wrong(one: Recorded, reading: Reading) -> set[str]:
    names = [field.name for field in fields(one.truth)]
    return {name for name in names if getattr(reading.paper, name) != getattr(one.truth, name)}


def moved(line: Line, degrees: float, scale: float = 1.0) -> Line:
    turn, middle = math.radians(degrees), 800.0

    def place(x: float, y: float) -> tuple[float, float]:
        dx, dy = (x - middle) * scale, (y - middle) * scale
        return (
            middle + dx * math.cos(turn) - dy * math.sin(turn),
            middle + dx * math.sin(turn) + dy * math.cos(turn),
        )

    a, b, c, d = (place(x, y) for x, y in line.box)
    return replace(line, box=(a, b, c, d))


def halves(line: Line, at: int) -> list[Line]:
    """Cut a line in two, as a recogniser may."""
    share = at / len(line.text)
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = line.box
    top = (ax + (bx - ax) * share, ay + (by - ay) * share)
    bottom = (dx + (cx - dx) * share, dy + (cy - dy) * share)
    return [
        Line(text=line.text[:at], box=((ax, ay), top, bottom, (dx, dy))),
        Line(text=line.text[at:], box=(top, (bx, by), (cx, cy), bottom)),
    ]


def test_recorded_lines_come_to_the_right_fields():
    missed = {
        (number, name)
        for number, one in enumerate(RECORDED)
        for name in wrong(one, read(one.kind, one.lines))
    }
    assert len(missed) <= UNREAD, missed


@pytest.mark.parametrize("degrees", [-12, -7, 5, 11])
@pytest.mark.parametrize("scale", [0.4, 1.0])
def test_a_tilted_photo_reads_the_same(degrees, scale):
    for one in UPRIGHT:
        tilted = [moved(line, degrees, scale) for line in one.lines]
        assert read(one.kind, tilted).paper == read(one.kind, one.lines).paper


@pytest.mark.parametrize(("degrees", "turns"), [(90, 3), (180, 2), (270, 1)])
def test_lines_of_a_turned_photo_say_how_to_turn_it(degrees, turns):
    for one in UPRIGHT:
        reading = read(one.kind, [moved(line, degrees) for line in one.lines])
        assert reading.turns == turns
        assert reading.paper == read(one.kind, one.lines).paper


def test_the_order_of_lines_means_nothing():
    chance = Random(5)
    for one in RECORDED:
        shuffled = chance.sample(one.lines, len(one.lines))
        assert read(one.kind, shuffled).paper == read(one.kind, one.lines).paper


def test_lines_cut_between_word_and_value_read_the_same():
    """Every joined line of a card is cut behind its word."""
    for one in CARDS:
        cut = []
        for line in one.lines:
            at = next((n for n in (6, 2) if line.text[:n] in WORDS and len(line.text) > n), 0)
            cut += halves(line, at) if at else [line]
        assert read(one.kind, cut).paper == read(one.kind, one.lines).paper


WORDS = {"姓名", "性别", "民族", "出生", "住址", "公民身份号码"}


@pytest.mark.parametrize("one", LICENCES[:4])
def test_lines_cut_anywhere_lose_no_value(one):
    """A line of a licence cut in the middle of its value comes together again."""
    for place, line in enumerate(one.lines):
        if len(line.text) < 8:
            continue
        lines = [*one.lines[:place], *halves(line, len(line.text) - 2), *one.lines[place + 1 :]]
        assert wrong(one, read(one.kind, lines)) <= wrong(one, read(one.kind, one.lines))


def without(one: Recorded, *parts: str) -> list[Line]:
    """Leave printed words out, as if a finger lay on them."""
    lines = []
    for line in one.lines:
        text = line.text
        for part in parts:
            text = text.replace(part, "")
        if text.strip():
            lines.append(replace(line, text=text))
    return lines


@pytest.mark.parametrize("one", CARDS)
def test_a_card_is_read_without_some_of_its_words(one):
    usual = wrong(one, read(one.kind, one.lines))
    for word in ("公民身份号码", "出生", "性别"):
        assert wrong(one, read(one.kind, without(one, word))) <= usual, word


@pytest.mark.parametrize("one", LICENCES)
def test_a_licence_is_read_without_some_of_its_words(one):
    usual = wrong(one, read(one.kind, one.lines))
    gone = {
        "plate": ("号牌号码", "Plate No."),
        "vin": ("车辆识别代号", "VIN", "vIn", "vin", "VIn"),
    }
    for field, words in gone.items():
        assert field not in wrong(one, read(one.kind, without(one, *words))) - usual


def test_words_with_a_character_wrong_are_words():
    (one,) = [one for one in LICENCES if one.level == 0][:1]
    swaps = {"号牌号码": "号碑号码", "发动机号码": "发动机号妈", "注册日期": "注册口期"}
    lines = list(one.lines)
    for word, misread in swaps.items():
        lines = [replace(line, text=line.text.replace(word, misread)) for line in lines]
    assert wrong(one, read(one.kind, lines)) == wrong(one, read(one.kind, one.lines))


def test_the_other_paper_gives_an_empty_one():
    for one in RECORDED:
        is_card = one.kind is PaperKind.ID_CARD
        other = PaperKind.VEHICLE_LICENCE if is_card else PaperKind.ID_CARD
        empty = VehicleLicence() if is_card else IdCard()
        assert read(other, one.lines).paper == empty


@pytest.mark.parametrize("kind", PaperKind)
@pytest.mark.parametrize(
    "texts",
    [
        (),
        ("",),
        ("1234567890" * 40,),
        ("姓名",) * 50,
        ("停车场收费标准", "小型轿车每小时5元", "2026-01-02", "沪Z12345"),
    ],
)
def test_what_is_no_paper_gives_an_empty_one(kind, texts):
    lines = [
        Line(text=text, box=((0, y), (300, y), (300, y + 20), (0, y + 20)))
        for y, text in enumerate(texts)
    ]
    assert read(kind, lines).paper in (IdCard(), VehicleLicence())


def test_boxes_without_extent_break_nothing():
    flat = Line(text="姓名样例", box=((5, 5), (5, 5), (5, 5), (5, 5)))
    also = Line(text="性别男", box=((5, 5), (5, 5), (5, 5), (5, 5)))
    assert isinstance(read(PaperKind.ID_CARD, [flat, also, flat]).paper, IdCard)


def test_fields_that_others_assigned_are_brought_into_form():
    card = cleaned(
        PaperKind.ID_CARD,
        {"name": "样例 甲", "number": "440101 19900501 1234", "ethnicity": "漢族"},
    )
    assert card == IdCard(name="样例甲", ethnicity="汉", number="440101199005011234")
    licence = cleaned(PaperKind.VEHICLE_LICENCE, {"registered": "20240102", "plate": "粤ZO1234"})
    assert licence == VehicleLicence(registered="2024-01-02", plate="粤Z01234")
