"""The printed waybill: a 100 x 150 mm PDF with the order's number as Code 128.

Chinese is set in the PDF base font STSong-Light, which readers bring themselves, so no font
file is embedded or shipped.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import zxingcpp
from PIL import Image
from reportlab.lib.pagesizes import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from realtime.wire.views import FullWaybill
from server.domain.errors import Forbidden
from server.domain.ids import OrderId
from server.domain.orders import Order
from server.domain.people import Actor
from server.services.orders.views import Viewer, viewer_of
from server.services.orders.waybills import Waybills
from server.store.orders import MongoOrders

WIDTH, HEIGHT = 100 * mm, 150 * mm
MARGIN = 6 * mm
FONT = "STSong-Light"

BAR_HEIGHT = 18 * mm
#: Width of the narrowest bar: a common 203 dpi label printer sets it in three dots.
BAR_WIDTH = 0.375 * mm
#: What Code 128 wants blank on either side, in narrowest bars.
QUIET_BARS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """Print waybills for who may read them."""

    orders: MongoOrders
    waybills: Waybills

    async def print(self, actor: Actor, order: OrderId) -> bytes:
        """Make the label for the winner or staff; the read is recorded.

        Raises:
            NotFound, Forbidden: not this person's to print.
        """
        known = await self.orders.get(order)
        if viewer_of(known, actor.person, actor.roles) is Viewer.CUSTOMER:
            raise Forbidden(field="order_id", rule="winner_or_staff")
        waybill = await self.waybills.read(actor, order, purpose="label")
        return draw_label(known, waybill)


@dataclass(frozen=True, slots=True)
class Barcode:
    """A number as Code 128, quiet zones included: a digit for each narrowest bar, 1 is dark."""

    bars: str

    @property
    def width(self) -> float:
        """The width in points."""
        return float(len(self.bars) * BAR_WIDTH)

    def dark(self) -> Iterator[tuple[float, float]]:
        """Give each dark bar's left edge and width in points, from the left."""
        at = 0
        for shade, run in groupby(self.bars):
            wide = len(list(run))
            if shade == "1":
                yield at * BAR_WIDTH, wide * BAR_WIDTH
            at += wide


def barcode(text: str) -> Barcode:
    """Write an order's number, or a battery's, as Code 128."""
    # reportlab can too, but importing that takes each process a sixth of a second.
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.Code128)
    image = Image.fromarray(code.to_image(scale=1, add_quiet_zones=False))
    dots = image.crop((0, 0, image.width, 1)).tobytes()
    quiet = "0" * QUIET_BARS
    return Barcode(quiet + "".join("0" if dot else "1" for dot in dots) + quiet)


def draw_label(order: Order, waybill: FullWaybill) -> bytes:
    """Draw the label as a PDF of one page."""
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    page = io.BytesIO()
    canvas = Canvas(page, pagesize=(WIDTH, HEIGHT), invariant=True)
    canvas.setTitle(order.id)
    canvas.setAuthor("Lanjian")
    top = _head(canvas, order)
    top = _block(
        canvas, top, "收件人 / To", 15, f"{waybill.recipient_name}  {waybill.recipient_phone}"
    )
    top = _block(canvas, top, "地址 / Address", 13, f"{waybill.region}  {waybill.address}")
    top = _block(canvas, top, "寄件人 / From", 11, waybill.sender_name)
    _block(canvas, top, "物品 / Contents", 11, f"{waybill.description}  （{order.size.value}）")
    _foot(canvas, order)
    canvas.showPage()
    canvas.save()
    return page.getvalue()


def _head(canvas: Canvas, order: Order) -> float:
    bars = barcode(order.id)
    top = HEIGHT - MARGIN - BAR_HEIGHT
    left = (WIDTH - bars.width) / 2
    for start, wide in bars.dark():
        canvas.rect(left + start, top, wide, BAR_HEIGHT, stroke=0, fill=1)
    canvas.setFont("Helvetica-Bold", 14)
    canvas.drawCentredString(WIDTH / 2, top - 6 * mm, order.id)
    return _rule(canvas, top - 9 * mm)


def _block(canvas: Canvas, top: float, title: str, size: float, text: str) -> float:
    """Set a titled text, broken to the page's width; gives where the next begins."""
    canvas.setFont(FONT, 8)
    canvas.drawString(MARGIN, top - 4 * mm, title)
    line = top - 4 * mm
    canvas.setFont(FONT, size)
    for words in simpleSplit(text, FONT, size, WIDTH - 2 * MARGIN):
        line -= size * 1.25
        canvas.drawString(MARGIN, line, words)
    return _rule(canvas, line - 3 * mm)


def _rule(canvas: Canvas, at: float) -> float:
    canvas.setLineWidth(0.6)
    canvas.line(MARGIN, at, WIDTH - MARGIN, at)
    return at


def _foot(canvas: Canvas, order: Order) -> None:
    place = order.placement
    where = f"{place.terminal} / 格口 {place.cell}" if place else ""
    canvas.setFont(FONT, 8)
    canvas.drawString(MARGIN, MARGIN, f"揽件 Lanjian   {where}")
    canvas.drawRightString(WIDTH - MARGIN, MARGIN, f"{order.created_at:%Y-%m-%d}")
