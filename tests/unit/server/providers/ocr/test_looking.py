"""How often a photo is looked at, and which look counts."""

from collections.abc import Sequence

from server.domain.bookings.papers import IdCard, PaperKind
from server.providers.ocr.lines import Line
from server.providers.ocr.looking import read_photo
from tests.unit.server.providers.ocr.recorded import recorded

CARD = next(one for one in recorded() if one.kind is PaperKind.ID_CARD and one.level == 0)
SIZE = (1100, 694)


class Turning:
    """Shows the lines of a paper that lies some quarter turns clockwise; counts the looks."""

    def __init__(self, lying: int, *, readable: Sequence[int] = (0, 1, 3)) -> None:
        self.lying = lying
        self.readable = readable
        self.looks: list[int] = []

    def __call__(self, turns: int) -> list[Line]:
        self.looks.append(turns)
        lies = (self.lying + turns) % 4
        return [
            Line(
                text=line.text if lies in self.readable else "乱乱乱乱",
                box=tuple(_turned(point, lies) for point in line.box),
            )
            for line in CARD.lines
        ]


def _turned(point: tuple[float, float], quarters: int) -> tuple[float, float]:
    x, y = point
    for _ in range(quarters):
        x, y = 1000 - y, x
    return x, y


def test_an_upright_paper_is_looked_at_once():
    look = Turning(0)
    assert read_photo(PaperKind.ID_CARD, look) == CARD.truth
    assert look.looks == [0]


def test_a_paper_on_its_side_is_looked_at_again_upright():
    for lying, again in ((1, 3), (3, 1)):
        look = Turning(lying)
        assert read_photo(PaperKind.ID_CARD, look) == CARD.truth
        assert look.looks == [0, again]


def test_text_that_nobody_can_read_is_turned_until_somebody_can():
    upside_down = Turning(2)
    assert read_photo(PaperKind.ID_CARD, upside_down) == CARD.truth
    assert upside_down.looks == [0, 2]
    sideways = Turning(1, readable=(0,))
    assert read_photo(PaperKind.ID_CARD, sideways) == CARD.truth
    assert sideways.looks == [0, 1, 3]


def test_a_second_look_that_shows_less_keeps_the_first():
    look = Turning(1, readable=(1,))
    assert read_photo(PaperKind.ID_CARD, look) == CARD.truth
    assert look.looks == [0, 3]


def test_a_page_of_other_text_ends_empty_after_a_few_looks():
    look = Turning(0, readable=())
    assert read_photo(PaperKind.ID_CARD, look) == IdCard()
    assert look.looks == [0, 2]


def test_a_few_marks_are_no_reason_to_look_again():
    looks = []

    def look(turns: int) -> list[Line]:
        looks.append(turns)
        return [Line(text="3", box=((0, 0), (9, 0), (9, 9), (0, 9)))]

    assert read_photo(PaperKind.ID_CARD, look) == IdCard()
    assert looks == [0]


def test_a_card_of_which_little_is_seen_upside_down_is_turned():
    upside_down = Turning(2)

    def hardly(turns: int) -> list[Line]:
        lines = upside_down(turns)
        return lines if turns else lines[:3]

    assert read_photo(PaperKind.ID_CARD, hardly) == CARD.truth
    assert upside_down.looks == [0, 2]
