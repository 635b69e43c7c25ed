"""The label of a removed battery: 150 x 100 mm, its code as Code 128, the record as a QR code.

Nothing personal is on it: who removed it and for whom is found by the booking.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from types import MappingProxyType

import segno
from reportlab.lib.pagesizes import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from server.domain.bookings.batteries import Battery, Condition
from server.domain.china import CHINA
from server.services.orders.labels import BAR_WIDTH, FONT, barcode

WIDTH, HEIGHT = 150 * mm, 100 * mm
MARGIN = 6 * mm
BAR_HEIGHT = 20 * mm
QR_SIDE = 34 * mm

CONDITIONS: Mapping[Condition, str] = MappingProxyType(
    {
        Condition.INTACT: "完好 intact",
        Condition.DENTED: "外壳变形 dented",
        Condition.SWOLLEN: "鼓包 swollen",
        Condition.LEAKING: "漏液 leaking",
        Condition.FLOODED: "浸水 flooded",
        Condition.BURNT: "烧蚀 burnt",
    }
)


def draw_label(battery: Battery, outlet: str) -> bytes:
    """Draw the label as a PDF of one page."""
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    page = io.BytesIO()
    canvas = Canvas(page, pagesize=(WIDTH, HEIGHT), invariant=True)
    canvas.setTitle(battery.code)
    canvas.setAuthor("Lanjian")
    top = _bars(canvas, battery.code)
    _code_picture(canvas, qr_text(battery))
    _lines(canvas, top, battery, outlet)
    canvas.showPage()
    canvas.save()
    return page.getvalue()


def qr_text(battery: Battery) -> str:
    """Write what the QR code says: a line a fact, the kind of thing first."""
    return "\n".join(
        (
            "LANJIAN BATTERY",
            f"booking {battery.booking}",
            f"version {battery.version}",
            f"code {battery.code}",
            f"packs {battery.count}",
            f"grams {battery.weight_grams}",
            f"condition {battery.condition.value}",
        )
    )


def _bars(canvas: Canvas, code: str) -> float:
    bars = barcode(code)
    # The longest codes are narrower than a label's usual bars: two dots at 203 dpi.
    scale = min(1.0, (WIDTH - 2 * MARGIN) / (len(bars.bars) * BAR_WIDTH))
    bottom = HEIGHT - MARGIN - BAR_HEIGHT
    left = (WIDTH - bars.width * scale) / 2
    for start, wide in bars.dark():
        canvas.rect(left + start * scale, bottom, wide * scale, BAR_HEIGHT, stroke=0, fill=1)
    canvas.setFont("Helvetica-Bold", 13)
    canvas.drawCentredString(WIDTH / 2, bottom - 6 * mm, code)
    return float(bottom - 9 * mm)


def _code_picture(canvas: Canvas, text: str) -> None:
    rows = [list(row) for row in segno.make_qr(text, error="m").matrix]
    side = QR_SIDE / len(rows)
    left, top = WIDTH - MARGIN - QR_SIDE, MARGIN + QR_SIDE
    for down, row in enumerate(rows):
        for across, dark in enumerate(row):
            if dark:
                canvas.rect(
                    left + across * side, top - (down + 1) * side, side, side, stroke=0, fill=1
                )


def _lines(canvas: Canvas, top: float, battery: Battery, outlet: str) -> None:
    at = top
    for title, text in (
        ("型号 Model", battery.model),
        ("数量 / 总重 Packs / weight", f"{battery.count} 件  {battery.weight_grams / 1000:.3f} kg"),
        ("状况 Condition", CONDITIONS[battery.condition]),
        ("网点 Outlet", outlet),
        ("预约 Booking", f"{battery.booking}  v{battery.version}"),
        ("登记 Recorded", f"{battery.at.astimezone(CHINA):%Y-%m-%d %H:%M}"),
    ):
        canvas.setFont(FONT, 7)
        canvas.drawString(MARGIN, at - 3 * mm, title)
        canvas.setFont(FONT, 11)
        at -= 7.2 * mm
        (words, *_) = simpleSplit(text, FONT, 11, WIDTH - 3 * MARGIN - QR_SIDE) or ("",)
        canvas.drawString(MARGIN, at, words)
        at -= 1.6 * mm
