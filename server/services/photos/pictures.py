"""Photos in their normal form: JPEG, upright, no longer than 1600 pixels, nothing else inside.

A phone's photo tells where and when it was taken; decoding and encoding it anew leaves all of
that behind, and with it whatever else was hidden in the file. What a file is, its own first bytes
say: no name, no content type.
"""

from __future__ import annotations

import io

import pillow_heif
from PIL import Image, ImageOps

from server.domain.errors import InvalidInput

LONGEST_PIXELS = 1600

#: More than any phone's camera gives; a small file may unfold into gigabytes.
MOST_PIXELS = 60_000_000

QUALITY = 82

#: Of what Pillow itself decodes; HEIC has a library of its own.
FORMATS = ("JPEG", "PNG", "WEBP")

#: ISO 23008-12: the brands of still pictures and of bursts, of which the first picture counts.
HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})

#: Bits of one colour that a JPEG has no room for.
DEEP = ("I", "I;16", "I;16B", "I;16L", "I;16N")


def normal_form(raw: bytes) -> bytes:
    """Decode a picture and encode it anew; blocks for up to a second: call it in a thread.

    Raises:
        InvalidInput: no JPEG, PNG, HEIC or WebP, damaged, or too many pixels.
    """
    try:
        return _encode(_decode(raw))
    except InvalidInput:
        raise
    except (
        *(OSError, ValueError, SyntaxError, EOFError, MemoryError, OverflowError, RuntimeError),
        *(TypeError, IndexError, KeyError),  # from readers of broken metadata
    ):
        raise InvalidInput(field="photo", rule="picture") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):  # by the library
        raise InvalidInput(field="photo", rule="pixels") from None


def is_heic(raw: bytes) -> bool:
    """Tell by a file's first box whether it is HEIC."""
    return raw[4:8] == b"ftyp" and raw[8:12] in HEIC_BRANDS


def _decode(raw: bytes) -> Image.Image:
    if is_heic(raw):
        return _decode_heic(raw)
    picture = Image.open(io.BytesIO(raw), formats=FORMATS)
    _require_size(picture.size)
    picture.draft("RGB", (LONGEST_PIXELS, LONGEST_PIXELS))  # JPEG: decode no more than needed
    picture.load()
    return ImageOps.exif_transpose(picture) or picture


def _decode_heic(raw: bytes) -> Image.Image:
    """Decode the first picture; the library itself turns it upright, whatever its EXIF says."""
    file = pillow_heif.open_heif(io.BytesIO(raw), convert_hdr_to_8bit=True)
    _require_size(file.size)
    return file.to_pillow()


def _require_size(size: tuple[int, int]) -> None:
    if size[0] * size[1] > MOST_PIXELS:
        raise InvalidInput(field="photo", rule="pixels")


def _encode(picture: Image.Image) -> bytes:
    if picture.mode in DEEP:  # else all that is not black becomes white
        picture = picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    picture.thumbnail((LONGEST_PIXELS, LONGEST_PIXELS))
    flat = Image.new("RGB", picture.size, "white")
    solid = picture.convert("RGBA")
    flat.paste(solid, mask=solid.getchannel("A"))
    out = io.BytesIO()
    flat.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()
