"""Drawing made-up papers flat: several layouts of each, with pattern, portrait and stamp.

Needs a font with Chinese glyphs from the system (`fonts-noto-cjk`); none is shipped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

from PIL import Image, ImageDraw, ImageFont

from server.domain.bookings.papers import IdCard, VehicleLicence

ID_SIZE = (1100, 694)  #: 85.6 × 54 mm
LICENCE_SIZE = (1100, 750)  #: 88 × 60 mm

#: Families by preference, with the place of simplified Chinese in their collections.
SANS = (("NotoSansCJK-Regular.ttc", 2), ("wqy-zenhei.ttc", 0), ("wqy-microhei.ttc", 0))
SERIF = (("NotoSerifCJK-Regular.ttc", 2), *SANS)
PLACES = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path.home() / ".local/share/fonts",
)

INK, BLUE, RED = (25, 25, 30), (60, 110, 170), (200, 40, 40)

Point = tuple[float, float]
Colour = tuple[int, int, int]


class FontMissing(Exception):
    """No font with Chinese glyphs was found; the text says what to install."""

    def __init__(self) -> None:
        super().__init__(
            "no font with Chinese glyphs: install fonts-noto-cjk (Debian, Ubuntu) or put "
            + " or ".join(name for name, _ in SERIF)
            + " below one of "
            + ", ".join(map(str, PLACES))
        )


@dataclass(frozen=True, slots=True)
class Fonts:
    """Where the glyphs are."""

    sans: tuple[Path, int]
    serif: tuple[Path, int]

    def of(self, size: float, *, serif: bool = False) -> ImageFont.FreeTypeFont:
        """Give the font in a size."""
        path, index = self.serif if serif else self.sans
        return ImageFont.truetype(str(path), round(size), index=index)


def find_fonts(places: tuple[Path, ...] = PLACES) -> Fonts:
    """Look for the system's fonts.

    Raises:
        FontMissing: there is none.
    """
    found = {path.name: path for place in places for path in place.rglob("*.tt[cf]")}

    def first(names: tuple[tuple[str, int], ...]) -> tuple[Path, int]:
        for name, index in names:
            if name in found:
                return found[name], index
        raise FontMissing

    return Fonts(sans=first(SANS), serif=first(SERIF))


class Sheet:
    """One paper being drawn; sizes and places in pixels."""

    def __init__(self, size: tuple[int, int], paper: Colour, fonts: Fonts, *, serif: bool) -> None:
        self.image = Image.new("RGB", size, paper)
        self.pen = ImageDraw.Draw(self.image)
        self._font = partial(fonts.of, serif=serif)
        self._label_font = fonts.of

    def write(self, at: Point, text: str, size: float, ink: Colour = INK, gap: float = 0) -> float:
        """Write a value; gives where it ends. `gap` stands between its characters."""
        return self._write(at, text, self._font(size), ink, gap)

    def label(self, at: Point, text: str, size: float, ink: Colour = BLUE, gap: float = 0) -> float:
        """Write a printed word."""
        return self._write(at, text, self._label_font(size), ink, gap)

    def wrapped(self, at: Point, text: str, size: float, width: float) -> int:
        """Write a value over as many lines as it needs; gives how many."""
        lines = list(_wrap(text, self._font(size), width))
        for row, line in enumerate(lines):
            self.write((at[0], at[1] + row * size * 1.3), line, size)
        return len(lines)

    def _write(
        self, at: Point, text: str, font: ImageFont.FreeTypeFont, ink: Colour, gap: float
    ) -> float:
        x, y = at
        for part in text if gap else [text]:
            self.pen.text((x, y), part, font=font, fill=ink)
            x += font.getlength(part) + gap
        return x


def _wrap(text: str, font: ImageFont.FreeTypeFont, width: float) -> Iterator[str]:
    line = ""
    for mark in text:
        if font.getlength(line + mark) > width:
            yield line
            line = ""
        line += mark
    yield line


def draw_id_card(card: IdCard, chance: Random, fonts: Fonts) -> Image.Image:
    """Draw the front of an ID card in one of three layouts."""
    sheet = Sheet(ID_SIZE, (232, 240, 244), fonts, serif=chance.random() < 0.3)
    _pattern(sheet, chance, (206, 222, 232))
    _portrait(sheet, (760, 110, 1030, 450))
    draw = chance.choice((_id_usual, _id_close, _id_wide))
    draw(sheet, card)
    return sheet.image


def _id_usual(sheet: Sheet, card: IdCard) -> None:
    _id_rows(sheet, card, x=80, value=200, size=36, gap=0)


def _id_close(sheet: Sheet, card: IdCard) -> None:
    _id_rows(sheet, card, x=70, value=158, size=38, gap=0)


def _id_wide(sheet: Sheet, card: IdCard) -> None:
    _id_rows(sheet, card, x=80, value=215, size=34, gap=4)


def _id_rows(sheet: Sheet, card: IdCard, *, x: int, value: int, size: int, gap: int) -> None:
    small, apart = size * 0.78, 10 + 2 * gap
    top, row = 90, 84
    year, month, day = (str(int(part)) for part in card.birth.split("-"))
    sheet.label((x, top + 6), "姓名", small, gap=apart)
    sheet.write((value, top), card.name, size * 1.1, gap=gap)
    sheet.label((x, top + row + 6), "性别", small, gap=apart)
    sheet.write((value, top + row), card.sex, size)
    end = sheet.label((value + 120, top + row + 6), "民族", small, gap=apart)
    sheet.write((end + 18, top + row), card.ethnicity, size)
    sheet.label((x, top + 2 * row + 6), "出生", small, gap=apart)
    at = float(value)
    for part, word in ((year, "年"), (month, "月"), (day, "日")):
        at = sheet.write((at, top + 2 * row), part, size) + 8 + gap
        at = sheet.label((at, top + 2 * row + 6), word, small) + 14 + 2 * gap
    sheet.label((x, top + 3 * row + 6), "住址", small, gap=apart)
    sheet.wrapped((value, top + 3 * row), card.address, size, 720 - value)
    end = sheet.label((x, 590), "公民身份号码", small, gap=2)
    sheet.write((max(end + 30, 360), 584), card.number, size * 1.15, gap=4 + gap)


def draw_licence(licence: VehicleLicence, chance: Random, fonts: Fonts) -> Image.Image:
    """Draw the front of a vehicle licence in one of three layouts."""
    sheet = Sheet(LICENCE_SIZE, (238, 244, 240), fonts, serif=chance.random() < 0.3)
    _pattern(sheet, chance, (214, 230, 220))
    draw: Callable[[Sheet, VehicleLicence], None]
    draw = chance.choice((_licence_usual, _licence_plain, _licence_in_line))
    draw(sheet, licence)
    return sheet.image


def _title(sheet: Sheet, english: bool) -> None:
    sheet.label((245, 22), "中华人民共和国机动车行驶证", 46, INK, gap=2)
    if english:
        text = "Vehicle License of the People's Republic of China"
        sheet.label((290, 84), text, 22, INK)


def _stamp(sheet: Sheet, at: Point, office: str = "样例省示范市公安局交通警察支队") -> None:
    """Draw the office's square stamp: four columns from the top left."""
    x, y = at
    sheet.pen.rectangle((x, y, x + 190, y + 190), outline=RED, width=4)
    for place, mark in enumerate(office):
        row, column = divmod(place, 4)
        sheet.label((x + 14 + column * 42, y + 12 + row * 42), mark, 36, RED)


def _licence_usual(sheet: Sheet, licence: VehicleLicence) -> None:
    """Chinese words above, small English ones below, as the true paper has them."""
    _title(sheet, english=True)

    def field(x: float, y: float, word: str, english: str, text: str, value: float) -> None:
        sheet.label((x, y), word, 24, INK, gap=3)
        sheet.label((x, y + 30), english, 17, INK)
        sheet.write((value, y + 6), text, 34)

    field(60, 130, "号牌号码", "Plate No.", licence.plate, 200)
    field(560, 130, "车辆类型", "Vehicle Type", licence.type, 700)
    field(60, 205, "所有人", "Owner", licence.owner, 200)
    sheet.label((60, 280), "住址", 24, INK, gap=24)
    sheet.label((60, 310), "Address", 17, INK)
    sheet.wrapped((200, 276), licence.address, 32, 840)
    field(60, 375, "使用性质", "Use Character", licence.use, 200)
    field(560, 375, "品牌型号", "Model", licence.model, 690)
    _stamp(sheet, (70, 470))
    field(300, 455, "车辆识别代号", "VIN", licence.vin, 500)
    field(300, 535, "发动机号码", "Engine No.", licence.engine, 500)
    field(300, 620, "注册日期", "Register Date", licence.registered, 430)
    field(690, 620, "发证日期", "Issue Date", licence.issued, 820)


def _licence_plain(sheet: Sheet, licence: VehicleLicence) -> None:
    """Chinese words only, with rules between the rows; the stamp lies at the right."""
    _title(sheet, english=False)
    rows = (
        (("号牌号码", licence.plate), ("车辆类型", licence.type)),
        (("所有人", licence.owner),),
        (("住址", licence.address),),
        (("使用性质", licence.use), ("品牌型号", licence.model)),
        (("车辆识别代号", licence.vin),),
        (("发动机号码", licence.engine),),
        (("注册日期", licence.registered), ("发证日期", licence.issued)),
    )
    for number, row in enumerate(rows):
        y = 110 + number * 88
        sheet.pen.line((50, y - 10, 1050, y - 10), fill=(150, 165, 160), width=2)
        for place, (word, text) in enumerate(row):
            x = 60 + place * 500
            end = sheet.label((x, y + 8), word, 28, (90, 100, 100))
            width = 1040 - end - 24 if len(row) == 1 else 520 + 500 * place - end - 24
            sheet.wrapped((end + 24, y + 4), text, 32 if width > 300 else 28, width)
    _stamp(sheet, (850, 450))


def _licence_in_line(sheet: Sheet, licence: VehicleLicence) -> None:
    """Words and values on one line close together, English behind the Chinese."""
    _title(sheet, english=True)

    def field(x: float, y: float, word: str, english: str, text: str) -> None:
        end = sheet.label((x, y + 6), word, 26, INK)
        if english:
            end = sheet.label((end + 8, y + 12), english, 18, INK)
        sheet.write((end + 14, y), text, 33)

    field(50, 130, "号牌号码", "Plate No.", licence.plate)
    field(570, 130, "车辆类型", "", licence.type)
    field(50, 205, "所有人", "Owner", licence.owner)
    end = sheet.label((50, 286), "住址", 26, INK)
    sheet.wrapped((end + 20, 280), licence.address, 33, 850)
    field(50, 380, "使用性质", "", licence.use)
    field(510, 380, "品牌型号", "Model", licence.model)
    _stamp(sheet, (60, 480))
    field(300, 470, "车辆识别代号", "VIN", licence.vin)
    field(300, 545, "发动机号码", "Engine No.", licence.engine)
    field(300, 620, "注册日期", "", licence.registered)
    field(690, 620, "发证日期", "", licence.issued)


def _pattern(sheet: Sheet, chance: Random, ink: Colour) -> None:
    """Draw faint waves, as papers have them behind the text."""
    width, height = sheet.image.size
    step, lean = chance.randrange(16, 30), chance.randrange(-60, 60)
    for y in range(-60, height + 60, step):
        points = [
            (x, y + lean * x / width + 14 * ((x // 40) % 2)) for x in range(0, width + 40, 40)
        ]
        sheet.pen.line(points, fill=ink, width=2)


def _portrait(sheet: Sheet, box: tuple[int, int, int, int]) -> None:
    """Draw nobody's head and shoulders."""
    left, top, right, bottom = box
    middle, third = (left + right) / 2, (bottom - top) / 3
    sheet.pen.rectangle(box, fill=(216, 226, 230))
    sheet.pen.ellipse(
        (middle - 62, top + 40, middle + 62, top + 40 + third + 50), fill=(150, 140, 135)
    )
    shoulders = (left + 20, bottom - third, right - 20, bottom + third)
    sheet.pen.pieslice(shoulders, 180, 360, fill=(90, 95, 105))
