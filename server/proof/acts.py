"""What people do, one act a function: scan, deposit, pay, pick up, finish, be paid.

The journey checks what these acts show; the demo city and the chaos runs repeat them.
"""

from __future__ import annotations

import asyncio
import io
from urllib.parse import urlsplit

import zxingcpp
from PIL import Image

from server.proof.people import PATIENCE_SECONDS, Api, JsonObject, Refused, Visitor

#: How often a page without a socket would look again.
LOOK_SECONDS = 0.05


async def scan(kiosk: Api, visitor: Visitor, role: str) -> str:
    """Scan the kiosk's QR with a phone, as the page behind it does; answers the visit's id."""
    code = urlsplit(await kiosk_url(kiosk)).path.rsplit("/", 1)[-1]
    visit = await visitor.ask("POST", "/v1/visits", {"code": code})
    visit_id = str(visit["visit_id"])
    if visit["next"] == "choose_role":
        await visitor.ask("POST", f"/v1/visits/{visit_id}/role", {"role": role})
    return visit_id


async def kiosk_url(kiosk: Api) -> str:
    """Read the QR as it is now; a cabinet that has just booted shows none for a moment."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not (url := (await kiosk.ask("GET", "/state"))["qr_url"]):  # noqa: ASYNC110
            await asyncio.sleep(LOOK_SECONDS)
    return str(url)


async def order_where(visitor: Visitor, order: str, **wanted: object) -> JsonObject:
    """Look at an order until its fields (or its placement's) are as wanted."""
    seen: JsonObject = {}
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                seen = await visitor.ask("GET", f"/v1/orders/{order}")
                fields = {**seen, **(seen.get("placement") or {})}
                if all(fields.get(name) == value for name, value in wanted.items()):
                    return seen
                await asyncio.sleep(LOOK_SECONDS)
    except TimeoutError:
        raise TimeoutError(f"order {order} never was {wanted}; last seen {seen}") from None


async def deposit(kiosk: Api, customer: Visitor, order: str) -> None:
    """Scan, choose the waybill, let the door open and close, confirm that it is inside."""
    await deposit_in(await scan(kiosk, customer, "deposit"), customer, order)


async def deposit_in(visit: str, customer: Visitor, order: str) -> None:
    """Do so in a visit that runs already."""
    await customer.ask("POST", f"/v1/visits/{visit}/order", {"order_id": order})
    await order_where(customer, order, closed=True)
    await customer.ask("POST", f"/v1/visits/{visit}/confirm")
    await order_where(customer, order, custody="deposited", charge="unpaid")


async def pay(sandbox_url: str, customer: Visitor, order: str) -> None:
    """Ask for the payment and tap "pay" on the sandbox phone."""
    payment = await customer.ask("POST", f"/v1/orders/{order}/payment")
    sandbox = Api(sandbox_url)
    await sandbox.ask("POST", f"/pay/orders/{payment['payment_id']}/tap-pay", {})
    sandbox.close()


async def pick_up(kiosk: Api, winner: Visitor, order: str, carrier_waybill: str) -> None:
    """Scan as the winner, bind the carrier waybill, take the parcel out, confirm."""
    await pick_up_in(await scan(kiosk, winner, "pickup"), winner, order, carrier_waybill)


async def pick_up_in(visit: str, winner: Visitor, order: str, carrier_waybill: str) -> None:
    """Do so in a visit that runs already."""
    await winner.ask("POST", f"/v1/visits/{visit}/order", {"order_id": order})
    bound = {"carrier_waybill": carrier_waybill, "visit_id": visit}
    await winner.ask("POST", f"/v1/orders/{order}/carrier", bound)
    await order_where(winner, order, custody="collecting", closed=True)
    await winner.ask("POST", f"/v1/visits/{visit}/confirm")
    await order_where(winner, order, custody="collected")


def small_photo() -> bytes:
    """Draw a small JPEG, as a camera would give one."""
    file = io.BytesIO()
    Image.new("RGB", (320, 240), (200, 180, 90)).save(file, "JPEG")
    return file.getvalue()


def waybill_photo(number: str) -> bytes:
    """Draw a JPEG of a carrier's label: its number as bars on paper."""
    bars = zxingcpp.create_barcode(number, zxingcpp.BarcodeFormat.Code128).to_image(scale=2)
    height, width = bars.shape
    paper = Image.new("L", (width + 120, height + 160), 235)
    drawn = bytes(memoryview(bars))  # type: ignore[arg-type]  # a buffer, which the stub omits
    paper.paste(Image.frombytes("L", (width, height), drawn), (60, 80))
    file = io.BytesIO()
    paper.convert("RGB").save(file, "JPEG", quality=80)
    return file.getvalue()


async def finish(winner: Visitor, order: str, number: str, date: str) -> None:
    """Upload the finished waybill with its photo."""
    raw = waybill_photo(number)
    photo = await winner.ask("POST", "/v1/photos", raw=raw, content_type="image/jpeg")
    full = await winner.ask("GET", f"/v1/orders/{order}/waybill")
    body = {
        "carrier": "SF",
        "number": number,
        "sender": full["sender_name"],
        "recipient": full["recipient_name"],
        "phone": full["recipient_phone"],
        "address": full["address"],
        "weight_grams": 850,
        "postage_fen": 1300,
        "date": date,
        "photo_id": photo["photo_id"],
    }
    await winner.ask("POST", f"/v1/orders/{order}/finished", body)


async def confirm_transfer(sandbox_url: str, winner: Visitor, order: str) -> None:
    """Confirm the payout on the sandbox phone as soon as it waits there."""
    sandbox = Api(sandbox_url)
    await order_where(winner, order, payout="awaiting_confirmation")
    async with asyncio.timeout(PATIENCE_SECONDS):
        # Another program is looked at over HTTP; there is no event of ours to wait on.
        while not await _confirmed(sandbox, winner, order):  # noqa: ASYNC110
            await asyncio.sleep(LOOK_SECONDS)
    sandbox.close()
    await order_where(winner, order, payout="paid_out")


async def _confirmed(sandbox: Api, winner: Visitor, order: str) -> bool:
    earnings = await winner.ask("GET", "/v1/courier/earnings")
    for payout in earnings["payouts"]:
        if payout["order_id"] == order:
            try:
                await sandbox.ask("POST", f"/transfers/{payout['payout_id']}/tap-confirm", {})
            except Refused:
                return False  # not yet at the provider
            return True
    return False
