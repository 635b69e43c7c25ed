"""The printed waybill: its barcode is read back, its page is 100 x 150 mm."""

import re

import zxingcpp
from PIL import Image

from realtime.wire.views import FullWaybill
from server.domain.ids import OrderId
from server.services.orders.labels import barcode, draw_label
from tests import builders

ORDER = OrderId("LJ2611228F3KQ0ZX")
DOTS_PER_POINT = 203 / 72


def drawn(order: OrderId) -> Image.Image:
    """Draw the bars as a 203 dpi label printer would: whole dots, black or white."""
    bars = barcode(order)
    width, height = round(bars.width * DOTS_PER_POINT), 120
    picture = Image.new("L", (width, height), 255)

    for start, wide in bars.dark():
        left, right = round(start * DOTS_PER_POINT), round((start + wide) * DOTS_PER_POINT)
        picture.paste(0, (left, 10, right, height - 10))
    return picture


def test_the_barcode_reads_back_as_the_orders_number() -> None:
    (found,) = zxingcpp.read_barcodes(drawn(ORDER))
    assert found.text == ORDER
    assert found.format == zxingcpp.BarcodeFormat.Code128


def test_the_barcode_fits_the_page() -> None:
    assert barcode(ORDER).width < 100 / 25.4 * 72


def test_the_page_is_a_label() -> None:
    waybill = FullWaybill(
        order_id=ORDER,
        sender_name="张三",
        recipient_name="李四",
        recipient_phone="13800000002",
        region="110105",
        address="某路 1 号 " * 15,
        description="书",
    )
    pdf = draw_label(builders.order(id=ORDER), waybill)
    (box,) = re.findall(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", pdf)
    assert [round(float(side) / 72 * 25.4) for side in box] == [100, 150]
    assert b"STSong-Light" in pdf
    assert draw_label(builders.order(id=ORDER), waybill) == pdf
