"""What the kiosk shows for a visit: a pure function of its scene. Chinese first, all masked."""

from __future__ import annotations

import msgspec

from realtime.wire.terminal import KioskAction, KioskOrder, KioskStep, KioskView
from server.domain.custody import Custody
from server.domain.orders import Order
from server.services.visits.scenes import Scene

ON_PHONE = {
    "log_in": "请在手机上登录 / Please log in on your phone",
    "fill_waybill": "请在手机上填写寄件面单 / Please fill in a waybill on your phone",
    "certify": "请先在手机上完成揽件员认证 / Please finish the courier certification first",
}

CHOOSE_DEPOSIT = "请选择要寄的包裹 / Choose the parcel to send"
CHOOSE_PICKUP = "请选择订单，或扫描打印的面单 / Choose an order, or scan its printed waybill"
NOTHING_TO_COLLECT = "这里没有您要揽的包裹 / You have no parcel to collect here"
SCAN = "请扫描快递运单号 / Scan the carrier's waybill"
OPENING = "正在开门 / The door is opening"
PUT_IN = "请放入包裹并关好门 / Put the parcel in and close the door"
TAKE_OUT = "请取出包裹并关好门 / Take the parcel out and close the door"
PUT_BACK = "请把包裹放回并关好门 / Put the parcel back and close the door"
INSIDE = "包裹放进去了吗？ / Is the parcel inside?"
SEEMS_EMPTY = (
    "格口里好像没有包裹：放好了请再按一次，没放请再开门 / "
    "The cell seems empty: press again if the parcel is inside, else open the door again"
)
TAKEN = "包裹取出来了吗？ / Is the parcel out?"
JAMMED = "格口门没有打开 / The door did not open"
TAKE_BACK = "请点击开门取回包裹 / Open the door to take your parcel back"
PAY = "请用微信或支付宝扫码支付 / Scan with WeChat or Alipay to pay"
PAY_ON_PHONE = "请在手机上支付 / Please pay on your phone"
DONE = "已完成，谢谢 / Done, thank you"
REFUSED = "已登记拒收，谢谢 / The refusal is noted, thank you"
CANCELLED = "订单已取消 / The order is cancelled"

LEAVE = KioskAction.LEAVE

#: A courier has these to collect.
WON = (Custody.CLAIMED, Custody.COLLECTING)


def welcome(version: int) -> KioskView:
    """Show the screen for nobody: the turning QR, 寄件 and 揽件."""
    return KioskView(version=version, step=KioskStep.WELCOME)


def kiosk_view(version: int, scene: Scene) -> KioskView:
    """Show a visit."""
    if not scene.running:
        return welcome(version)
    step = scene.next
    if step in ON_PHONE:
        return _view(version, scene, KioskStep.ON_PHONE, ON_PHONE[step], LEAVE)
    if step == "choose_role":
        return _view(version, scene, KioskStep.CHOOSE_ROLE, None, KioskAction.CHOOSE_ROLE, LEAVE)
    if step == "choose_order":
        return _list(version, scene, CHOOSE_DEPOSIT, KioskAction.SCAN)
    if step == "pay":
        return _pay(version, scene)
    if step == "done":
        return _view(version, scene, KioskStep.DONE, _how_it_ended(scene.current), LEAVE)
    if scene.current is None:
        return _list(
            version, scene, CHOOSE_PICKUP if scene.orders else NOTHING_TO_COLLECT, KioskAction.SCAN
        )
    return _at_door(version, scene, scene.current)


def _at_door(version: int, scene: Scene, order: Order) -> KioskView:
    door, depositing = scene.door, order.custody is Custody.DEPOSITING
    if door is None:
        return _before_door(version, scene, order)
    if door == "opening":
        return _view(version, scene, KioskStep.DOOR_OPENING, OPENING)
    if door == "open":
        return _view(version, scene, KioskStep.DOOR_OPEN, _what_to_do(order))
    again = _again(scene, order)
    another = (KioskAction.ANOTHER_CELL,) if depositing and not _holds_item(order) else ()
    if door == "failed":
        return _view(version, scene, KioskStep.DOOR_JAMMED, JAMMED, *another, *again, LEAVE)
    if depositing:
        said = KioskAction.CONFIRM_INSIDE
        place = order.placement
        asked = SEEMS_EMPTY if place is not None and place.doubted else INSIDE
        return _view(version, scene, KioskStep.PARCEL_INSIDE, asked, said, *again, *another)
    said = KioskAction.CONFIRM_TAKEN
    return _view(version, scene, KioskStep.PARCEL_TAKEN, TAKEN, said, *again)


def _holds_item(order: Order) -> bool:
    """Tell whether the cell's own sensor sees something inside: no other cell until it is out."""
    place = order.placement
    return place is not None and place.closed and bool(place.item)


def _before_door(version: int, scene: Scene, order: Order) -> KioskView:
    if order.custody is Custody.RETURNING:
        return _view(
            version, scene, KioskStep.CHOOSE_ORDER, TAKE_BACK, KioskAction.OPEN_AGAIN, LEAVE
        )
    return _view(version, scene, KioskStep.SCAN_CARRIER, SCAN, KioskAction.SCAN, LEAVE)


def _how_it_ended(order: Order | None) -> str:
    """Say what a visit came to; a parcel going back without a refusal was called off by staff."""
    if order is None or order.custody not in (Custody.CANCELLED, Custody.RETURNING):
        return DONE
    return REFUSED if order.pickup and order.pickup.refusal else CANCELLED


def _what_to_do(order: Order) -> str:
    if order.custody is Custody.DEPOSITING:
        return PUT_IN
    if order.pickup is not None and order.pickup.refusal and order.custody is Custody.COLLECTING:
        return PUT_BACK
    return TAKE_OUT


def _again(scene: Scene, order: Order) -> tuple[KioskAction, ...]:
    """Offer to open again while that is allowed; a courier's limit is the window of time."""
    place = order.placement
    if order.custody is Custody.COLLECTING:
        return (KioskAction.OPEN_AGAIN,)
    left = place is not None and place.opens <= scene.rules.opens_again
    return (KioskAction.OPEN_AGAIN,) if left else ()


def _pay(version: int, scene: Scene) -> KioskView:
    pay = scene.pay
    message = PAY if pay else PAY_ON_PHONE
    view = _view(version, scene, KioskStep.PAY, message, LEAVE)
    if pay is None:
        return view
    return _with(view, pay_url=pay.url, amount_fen=pay.amount_fen)


def _list(version: int, scene: Scene, message: str, *more: KioskAction) -> KioskView:
    view = _view(
        version, scene, KioskStep.CHOOSE_ORDER, message, KioskAction.CHOOSE_ORDER, *more, LEAVE
    )
    return _with(view, orders=tuple(_line(order) for order in scene.orders))


def _line(order: Order) -> KioskOrder:
    """Show one order to whoever looks over the shoulder: the last four of its number."""
    place = order.placement
    won = order.pickup if order.custody in WON else None
    return KioskOrder(
        order_id=order.id,
        label=f"尾号 {order.id[-4:]}",
        size=order.size.value,
        cell=place.cell if place else None,
        until=won.until if won else None,
    )


def _view(
    version: int, scene: Scene, step: KioskStep, message: str | None, *actions: KioskAction
) -> KioskView:
    role = scene.visit.role
    place = scene.current.placement if scene.current else None
    return KioskView(
        version=version,
        step=step,
        visit_id=scene.visit.id,
        role=role.value if role else None,
        message=message,
        cell=place.cell if place else None,
        actions=actions,
        expires_at=scene.visit.expires_at,
    )


def _with(view: KioskView, **fields: object) -> KioskView:
    return msgspec.structs.replace(view, **fields)
