"""Photos in their normal form: JPEG, upright, no longer than 1600 pixels, nothing else inside.

A phone's photo tells where and when it was taken; decoding and encoding it anew leaves all of
that behind, and with it whatever else was hidden in the file.
"""

from __future__ import annotations

import io

from PIL import Image, ImageOps

from server.domain.errors import InvalidInput

LONGEST_PIXELS = 1600

#: More than any phone's camera gives; a small file may unfold into gigabytes.
MOST_PIXELS = 60_000_000

QUALITY = 82


def normal_form(raw: bytes) -> bytes:
    """Decode a JPEG or PNG and encode it anew; blocks for up to a second: call it in a thread.

    Raises:
        InvalidInput: it is no such picture, is damaged, or has too many pixels.
    """
    try:
        return _encode(_decode(raw))
    except InvalidInput:
        raise
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError, OverflowError):
        raise InvalidInput(field="photo", rule="jpeg_or_png") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):  # by the library
        raise InvalidInput(field="photo", rule="pixels") from None


def _decode(raw: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(raw), formats=("JPEG", "PNG"))
    width, height = picture.size
    if width * height > MOST_PIXELS:
        raise InvalidInput(field="photo", rule="pixels")
    picture.draft("RGB", (LONGEST_PIXELS, LONGEST_PIXELS))  # JPEG: decode no more than needed
    picture.load()
    return ImageOps.exif_transpose(picture) or picture


def _encode(picture: Image.Image) -> bytes:
    picture.thumbnail((LONGEST_PIXELS, LONGEST_PIXELS))
    flat = Image.new("RGB", picture.size, "white")
    solid = picture.convert("RGBA")
    flat.paste(solid, mask=solid.getchannel("A"))
    out = io.BytesIO()
    flat.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()
