"""Photos of made-up papers, as phones take them: tilted, leaning, blurred, noisy, sideways.

Levels: 0 a flat scan; 1 a calm photo; 2 a bad one; 3 a calm one turned by a quarter or a half.
Everything follows from the seed and the number.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from server.domain.bookings.papers import IdCard, PaperKind, VehicleLicence
from server.proof.id_draw import Fonts, draw_id_card, draw_licence
from server.proof.id_papers import id_card, vehicle_licence

LEVELS = (0, 1, 2, 3)
SIZE = (1600, 1200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """One photo and what a perfect reader reads off it."""

    number: int
    kind: PaperKind
    level: int
    truth: IdCard | VehicleLicence
    jpeg: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """How bad a photo is."""

    tilt: float  #: degrees
    lean: float  #: how far corners move, of the paper's width
    blur: float  #: radius in pixels
    noise: float
    shade: float  #: how much darker one side is
    quality: int  #: of the JPEG


CAMERAS = {
    1: Camera(tilt=4, lean=0.02, blur=0.8, noise=0.04, shade=0.15, quality=82),
    2: Camera(tilt=9, lean=0.05, blur=1.4, noise=0.08, shade=0.3, quality=66),
    3: Camera(tilt=4, lean=0.02, blur=0.8, noise=0.04, shade=0.15, quality=82),
}


def photos(count: int, seed: int, fonts: Fonts) -> list[Photo]:
    """Take `count` photos: by turns of both papers, and of all levels."""
    return [photo(number, seed, fonts) for number in range(count)]


def photo(number: int, seed: int, fonts: Fonts) -> Photo:
    """Take one; even numbers are ID cards."""
    chance = Random(f"{seed} {number}")
    level = LEVELS[number // 2 % len(LEVELS)]
    truth: IdCard | VehicleLicence
    if number % 2 == 0:
        kind, truth = PaperKind.ID_CARD, id_card(chance)
        flat = draw_id_card(truth, chance, fonts)
    else:
        kind, truth = PaperKind.VEHICLE_LICENCE, vehicle_licence(chance)
        flat = draw_licence(truth, chance, fonts)
    jpeg = _jpeg(flat, 90) if level == 0 else taken(flat, CAMERAS[level], level == 3, chance)
    return Photo(number=number, kind=kind, level=level, truth=truth, jpeg=jpeg)


def taken(flat: Image.Image, camera: Camera, turned: bool, chance: Random) -> bytes:
    """Lay a paper on a table and take its photo."""
    ground = tuple(chance.randrange(40, 190) for _ in range(3))
    scale = chance.uniform(1.05, 1.3)
    picture = Image.new("RGB", SIZE, ground)
    mask = Image.new("L", flat.size, 255)
    matrix = _perspective(flat.size, scale, camera, chance)
    view = (Image.Transform.PERSPECTIVE, matrix, Image.Resampling.BICUBIC)
    picture.paste(flat.transform(SIZE, *view), mask=mask.transform(SIZE, *view))
    picture = _shaded(picture, camera.shade, chance)
    picture = picture.filter(ImageFilter.GaussianBlur(camera.blur * chance.uniform(0.6, 1)))
    grain = Image.frombytes("L", SIZE, chance.randbytes(SIZE[0] * SIZE[1]))
    picture = Image.blend(picture, grain.convert("RGB"), camera.noise * chance.uniform(0.4, 1))
    if turned:
        turns = (Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270)
        picture = picture.transpose(chance.choice(turns))
    return _jpeg(picture, camera.quality)


def no_paper(seed: int) -> bytes:
    """Take a photo of a table with a few things, none of them a paper."""
    chance = Random(seed)
    picture = Image.new("RGB", SIZE, (120, 95, 70))
    pen = ImageDraw.Draw(picture)
    for _ in range(12):
        x, y, size = chance.randrange(1400), chance.randrange(1000), chance.randrange(50, 300)
        pen.ellipse((x, y, x + size, y + size), fill=tuple(chance.randbytes(3)))
    return _jpeg(picture, 82)


def _shaded(picture: Image.Image, shade: float, chance: Random) -> Image.Image:
    """Let light fall from one side."""
    light = Image.linear_gradient("L").rotate(chance.choice((0, 90, 180, 270))).resize(SIZE)
    least = 255 * (1 - shade * chance.uniform(0.3, 1))
    dimmed = light.point(lambda value: round(least + value * (255 - least) / 255))
    return ImageChops.multiply(picture, dimmed.convert("RGB"))


def _perspective(
    size: tuple[int, int], scale: float, camera: Camera, chance: Random
) -> tuple[float, ...]:
    """Give the map from the photo's places back to the paper's."""
    width, height = size
    turn = complex(0, 1) ** (chance.uniform(-camera.tilt, camera.tilt) / 90)
    middle = complex(SIZE[0] / 2 + chance.uniform(-60, 60), SIZE[1] / 2 + chance.uniform(-40, 40))
    there: list[tuple[float, float]] = []
    here = [(0, 0), (width, 0), (width, height), (0, height)]
    for x, y in here:
        moved = complex(x - width / 2, y - height / 2) * scale * turn + middle
        wander = camera.lean * width
        moved += complex(chance.uniform(-wander, wander), chance.uniform(-wander, wander))
        there.append((moved.real, moved.imag))
    return _solved(there, [(float(x), float(y)) for x, y in here])


def _solved(
    places: list[tuple[float, float]], origins: list[tuple[float, float]]
) -> tuple[float, ...]:
    """Solve the eight numbers of a perspective by Gauss and Jordan."""
    rows: list[list[float]] = []
    for (x, y), (u, v) in zip(places, origins, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y, u])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y, v])
    for column in range(8):
        best = max(range(column, 8), key=lambda row: abs(rows[row][column]))
        rows[column], rows[best] = rows[best], rows[column]
        head = rows[column][column]
        rows[column] = [value / head for value in rows[column]]
        for row in range(8):
            if row != column:
                factor = rows[row][column]
                rows[row] = [a - factor * b for a, b in zip(rows[row], rows[column], strict=True)]
    return tuple(row[8] for row in rows)


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return out.getvalue()
