"""Carriers' numbers read from a photo, with zxing-cpp."""

from __future__ import annotations

import io

import zxingcpp
from PIL import Image

from server.domain.documents import PHONE, carrier_waybill
from server.domain.errors import InvalidInput

#: What carriers print their numbers in. Others (EAN on the goods, Aztec on tickets) say nothing.
FORMATS = (
    zxingcpp.BarcodeFormat.Code128,
    zxingcpp.BarcodeFormat.Code39,
    zxingcpp.BarcodeFormat.Code93,
    zxingcpp.BarcodeFormat.ITF,
    zxingcpp.BarcodeFormat.QRCode,
    zxingcpp.BarcodeFormat.DataMatrix,
)

#: More than our photos have (1600 pixels at their longest); nothing larger is decoded.
MOST_PIXELS = 1600 * 1600

#: Numbers kept of one photo.
MOST_NUMBERS = 8


def read_numbers(picture: bytes) -> tuple[str, ...]:
    """Give the carriers' numbers on a JPEG, in normal form; blocks: call it in a thread.

    Only what can be a carrier's number leaves this function: links and the rest of what a
    carrier's QR may hold (names, addresses) do not.
    """
    try:
        image = Image.open(io.BytesIO(picture), formats=("JPEG",))
        if image.width * image.height > MOST_PIXELS:
            return ()
        grey = image.convert("L")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return ()
    formats = zxingcpp.BarcodeFormats(FORMATS)
    numbers: dict[str, None] = {}
    for found in zxingcpp.read_barcodes(grey, formats=formats):
        number = _carriers(found.text)
        if number is not None:
            numbers[number] = None
    return tuple(numbers)[:MOST_NUMBERS]


def _carriers(text: str) -> str | None:
    """Give the number if the code holds that alone; lists and phones are somebody's data."""
    if "," in text or PHONE.fullmatch(text):
        return None
    try:
        return carrier_waybill(text)
    except InvalidInput:
        return None
