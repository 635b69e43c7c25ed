"""Photos in their normal form: what goes in, in every disguise, and what comes out."""

import io
import struct
import zipfile
import zlib

import pillow_heif
import pytest
from PIL import Image

from server.domain.errors import InvalidInput
from server.services.photos.pictures import LONGEST_PIXELS, is_heic, normal_form

SIZE = (400, 300)
ORIENTATION = 0x0112


def drawn(size=SIZE, mode="RGB"):
    """A picture whose left half is red and whose right half is blue."""
    picture = Image.new("RGB", size, (220, 30, 30))
    picture.paste((30, 30, 220), (size[0] // 2, 0, size[0], size[1]))
    return picture.convert(mode)


def written(kind, picture=None, **options):
    out = io.BytesIO()
    picture = picture or drawn()
    if kind == "HEIF":
        pillow_heif.from_pillow(picture).save(out, **options)
    else:
        picture.save(out, kind, **options)
    return out.getvalue()


def exif(orientation=1):
    tags = Image.Exif()
    tags[ORIENTATION] = orientation
    tags[0x010F] = "SecretCamera"
    return tags.tobytes()


def zipped():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb", bytes(2_000_000))
    return out.getvalue()


def png_chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(*chunks):
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def head(width, height):
    return png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))


def text_bomb():
    """A picture whose comment unfolds to 80 MB."""
    comment = b"c\0\0" + zlib.compress(bytes(80_000_000), 9)
    whole = written("PNG")
    return whole[:33] + png_chunk(b"zTXt", comment) + whole[33:]


def opened(raw):
    back = Image.open(io.BytesIO(normal_form(raw)))
    assert (back.format, back.mode) == ("JPEG", "RGB")
    assert not back.getexif()
    return back


def looks(back, *, left, right):
    width, height = back.size
    for colour, x in ((left, width // 5), (right, width * 4 // 5)):
        there = back.getpixel((x, height // 2))
        assert all(abs(a - b) < 40 for a, b in zip(there, colour, strict=True)), (there, colour)


RED, BLUE = (220, 30, 30), (30, 30, 220)

GOOD = {
    "jpeg": lambda: written("JPEG", quality=92),
    "progressive jpeg": lambda: written("JPEG", progressive=True),
    "png": lambda: written("PNG"),
    "png with a palette": lambda: written("PNG", drawn(mode="P")),
    "webp": lambda: written("WEBP"),
    "webp, lossless": lambda: written("WEBP", lossless=True),
    "heic": lambda: written("HEIF", quality=80),
    "heic with an alpha channel": lambda: written("HEIF", drawn(mode="RGBA")),
    "cmyk": lambda: written("JPEG", drawn(mode="CMYK")),
    "a moving png: its first picture": lambda: written(
        "PNG", save_all=True, append_images=[Image.new("RGB", SIZE, "green")]
    ),
    "a moving webp: its first picture": lambda: written(
        "WEBP", save_all=True, append_images=[Image.new("RGB", SIZE, "green")]
    ),
    "a jpeg with an archive behind it": lambda: written("JPEG") + zipped(),
    "a png with a page behind it": lambda: written("PNG") + b"<script>alert(1)</script>",
}


@pytest.mark.parametrize("make", GOOD.values(), ids=GOOD.keys())
def test_a_picture_of_any_kind_becomes_the_same_jpeg(make):
    back = opened(make())
    assert back.size == SIZE
    looks(back, left=RED, right=BLUE)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_whatever_was_hidden_stays_behind(kind):
    raw = written(kind, exif=exif())
    assert b"SecretCamera" in raw
    made = normal_form(raw + b"hidden words")
    assert b"SecretCamera" not in made
    assert b"hidden words" not in made


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    ("orientation", "size", "left"),
    [(1, SIZE, RED), (3, SIZE, BLUE), (2, SIZE, BLUE), (6, SIZE[::-1], None)],
)
def test_a_picture_that_lies_sideways_is_turned_upright(kind, orientation, size, left):
    back = opened(written(kind, exif=exif(orientation)))
    assert back.size == size
    if left is not None:
        looks(back, left=left, right=BLUE if left == RED else RED)


def test_an_upright_heic_is_not_turned_once_more():
    turned = drawn().transpose(Image.Transpose.ROTATE_270)
    raw = written("HEIF", turned, exif=exif(1))
    assert opened(raw).size == SIZE[::-1]


@pytest.mark.parametrize("kind", ["JPEG", "HEIF"])
def test_twelve_megapixels_are_made_smaller(kind):
    options = {"quality": 50} | ({"preset": "ultrafast"} if kind == "HEIF" else {})
    back = opened(written(kind, drawn((4032, 3024)), **options))
    assert back.size == (LONGEST_PIXELS, 1200)
    looks(back, left=RED, right=BLUE)


def test_sixteen_bits_keep_their_shades():
    grey = Image.new("I;16", SIZE, 0x8000)
    back = opened(written("PNG", grey))
    assert abs(back.getpixel((10, 10))[0] - 0x80) < 4


def test_what_is_transparent_lies_on_white():
    assert opened(written("PNG", Image.new("RGBA", SIZE, (0, 0, 0, 0)))).getpixel((5, 5)) == (
        255,
        255,
        255,
    )


BAD = {
    "nothing": (lambda: b"", "picture"),
    "words": (lambda: b"hello", "picture"),
    "a page": (lambda: b"<html><script>alert(1)</script></html>", "picture"),
    "a drawing": (lambda: b'<svg xmlns="http://www.w3.org/2000/svg"/>', "picture"),
    "a document": (lambda: b"%PDF-1.7\n%%EOF", "picture"),
    "a program": (lambda: b"\x7fELF" + bytes(200), "picture"),
    "an archive": (zipped, "picture"),
    "a page before a jpeg": (lambda: b"<html></html>" + written("JPEG"), "picture"),
    "a gif": (lambda: written("GIF"), "picture"),
    "a bmp": (lambda: written("BMP"), "picture"),
    "a tiff": (lambda: written("TIFF"), "picture"),
    "a magic number only": (lambda: b"\xff\xd8\xff\xe0" + bytes(100), "picture"),
    "heic's first box only": (lambda: b"\0\0\0\x18ftypheic" + bytes(100), "picture"),
    "another film": (lambda: b"\0\0\0\x18ftypisom" + bytes(100), "picture"),
    "a jpeg cut short": (lambda: written("JPEG")[:600], "picture"),
    "a png cut short": (lambda: written("PNG")[:100], "picture"),
    "a webp cut short": (lambda: written("WEBP")[:60], "picture"),
    "a heic cut short": (lambda: written("HEIF")[:500], "picture"),
    "a png that unfolds to gigabytes": (
        lambda: png(head(60_000, 60_000), png_chunk(b"IDAT", zlib.compress(bytes(1000)))),
        "pixels",
    ),
    "a png of one long line": (
        lambda: png(head(2_000_000, 100), png_chunk(b"IDAT", zlib.compress(bytes(1000)))),
        "pixels",
    ),
    "a png whose comment unfolds": (text_bomb, "picture"),
}


@pytest.mark.parametrize(("make", "rule"), BAD.values(), ids=BAD.keys())
def test_what_is_no_picture_is_refused(make, rule):
    with pytest.raises(InvalidInput) as refused:
        normal_form(make())
    assert (refused.value.field, refused.value.rule) == ("photo", rule)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_any_damage_is_a_clear_refusal_or_a_picture(kind):
    whole = written(kind, drawn((64, 48)))
    for place in range(0, len(whole), max(1, len(whole) // 15)):
        for raw in (whole[:place], whole[:place] + b"\xff\x00\xff" + whole[place + 3 :]):
            try:
                normal_form(raw)
            except InvalidInput as refused:
                assert refused.field == "photo"


def test_a_file_is_heic_by_its_first_box():
    assert is_heic(written("HEIF"))
    assert not is_heic(written("WEBP"))
    assert not is_heic(b"")
