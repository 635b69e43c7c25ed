"""A battery's label: read back as a printer would print it, bars and picture."""

import re

import pytest
import segno
import zxingcpp
from PIL import Image

from server.services.bookings.battery_labels import HEIGHT, WIDTH, draw_label, qr_text
from tests.unit.server.domain.bookings.test_batteries import battery

#: 600 dots to the inch, for the longest codes' thin bars.
DOTS = 600 / 72

RECT = re.compile(rb"(?:n )?([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+) re f")


def printed(pdf: bytes) -> Image.Image:
    """Set the page's filled boxes as dots; there are no others than bars and modules."""
    picture = Image.new("L", (round(WIDTH * DOTS), round(HEIGHT * DOTS)), 255)
    boxes = RECT.findall(pdf)
    assert boxes
    for x, y, wide, high in (map(float, box) for box in boxes):
        left, right = round(x * DOTS), round((x + wide) * DOTS)
        top, bottom = round((HEIGHT - y - high) * DOTS), round((HEIGHT - y) * DOTS)
        picture.paste(0, (left, top, right, bottom))
    return picture


@pytest.mark.parametrize("code", ["AB12", "08BPE1A00123ABC5D0000017", "A-" * 19 + "Z1"])
def test_the_label_reads_back(code, monkeypatch):
    monkeypatch.setattr("reportlab.rl_config.pageCompression", 0)
    record = battery(code=code)
    pdf = draw_label(record, "福田网点")
    found = {one.format: one.text for one in zxingcpp.read_barcodes(printed(pdf))}
    assert found[zxingcpp.BarcodeFormat.Code128] == code
    assert found[zxingcpp.BarcodeFormat.QRCode] == qr_text(record)


def test_the_page_is_a_label_and_holds_nobodys_name():
    pdf = draw_label(battery(), "福田网点")
    (box,) = re.findall(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", pdf)
    assert [round(float(side) / 72 * 25.4) for side in box] == [150, 100]
    assert draw_label(battery(), "福田网点") == pdf
    assert segno.make_qr(qr_text(battery())).version <= 8
