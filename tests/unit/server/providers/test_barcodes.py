"""Numbers read off photos that are drawn here: bars, a carrier's QR, rubbish."""

import io
import random

import pytest
import zxingcpp
from PIL import Image, ImageOps

from server.domain.orders import Match, read_against
from server.providers.barcodes import read_numbers
from server.services.photos.pictures import normal_form

NUMBER = "SF1234567890123"
CODE_128, QR = zxingcpp.BarcodeFormat.Code128, zxingcpp.BarcodeFormat.QRCode


def bars(text: str, form: zxingcpp.BarcodeFormat = CODE_128, scale: int = 3) -> Image.Image:
    drawn = zxingcpp.create_barcode(text, form).to_image(scale=scale)
    height, width = drawn.shape
    return Image.frombytes("L", (width, height), bytes(memoryview(drawn)))


def photo(*pictures: Image.Image, turned: float = 0) -> bytes:
    """Lay pictures on a sheet and take a photo of it, as it is kept."""
    sheet = Image.new("L", (1200, 1600), 225)
    for at, picture in enumerate(pictures):
        sheet.paste(ImageOps.expand(picture, 20, 255), (200, 150 + 500 * at))
    sheet = sheet.rotate(turned, expand=True, fillcolor=225)
    file = io.BytesIO()
    sheet.convert("RGB").save(file, "JPEG", quality=80)
    return normal_form(file.getvalue())


@pytest.mark.parametrize("turned", [0, 90, 180, 4])
def test_a_waybills_number_is_read(turned):
    assert read_numbers(photo(bars(NUMBER), turned=turned)) == (NUMBER,)


def test_all_numbers_on_it_are_read_and_compared():
    found = read_numbers(photo(bars(NUMBER), bars("YT9876543210123")))
    assert set(found) == {NUMBER, "YT9876543210123"}
    assert read_against(NUMBER, found).match is Match.MATCH
    assert read_against("JT0000000000000", found).match is Match.MISMATCH
    assert read_against(NUMBER, ()).match is Match.UNREADABLE


@pytest.mark.parametrize(
    "text",
    [
        "https://pay.example/x",
        "SF1234567890123,13800000002",
        "李四 13800000002 某路 1 号",
        "13800000002",
        "short",
    ],
)
def test_what_else_a_code_may_hold_stays_unread(text):
    assert read_numbers(photo(bars(text, QR, scale=8))) == ()


def test_a_carriers_qr_with_the_number_alone_counts():
    assert read_numbers(photo(bars(NUMBER, QR, scale=8))) == (NUMBER,)


def test_blank_noise_and_rubbish_are_unreadable():
    chance = random.Random(3)
    noise = Image.frombytes("L", (600, 400), chance.randbytes(240_000))
    assert read_numbers(photo()) == () == read_numbers(photo(noise))
    for rubbish in (b"", b"\xff\xd8\xff", b"x" * 100, photo(bars(NUMBER))[:600]):
        assert read_numbers(rubbish) == ()


def test_more_pixels_than_our_photos_have_are_not_decoded():
    file = io.BytesIO()
    Image.new("L", (1601, 1601)).save(file, "JPEG")
    assert read_numbers(file.getvalue()) == ()
