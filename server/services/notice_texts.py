"""Which step of an order tells whom what: texts for people, Chinese first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from server.domain.certifications import RejectionReason
from server.domain.certifications import Step as Certified
from server.domain.custody import Step
from server.domain.ids import PersonId
from server.domain.money import Charge, Payout
from server.domain.orders import Order, OrderEvent


class Hears(StrEnum):
    """Who is told."""

    CUSTOMER = "customer"
    COURIER = "courier"  #: who carries the order, or carried it until this step


@dataclass(frozen=True, slots=True)
class Text:
    """One text in two languages."""

    zh: str
    en: str


#: Steps of an order that are not of its tables; see the services that write them.
REMINDED = "reminded_unpaid"

TEXTS: dict[tuple[str, Hears], Text] = {
    (Step.OFFER, Hears.CUSTOMER): Text(
        "已收到付款，正在通知附近的揽件员。", "Paid. Couriers nearby can see your parcel now."
    ),
    (REMINDED, Hears.CUSTOMER): Text(
        "您的包裹已在柜中，尚未付款，请尽快完成支付。",
        "Your parcel is in the locker but not paid yet.",
    ),
    ("deposit_unconfirmed", Hears.CUSTOMER): Text(
        "格口门开过，但还没有确认放入。请回到终端扫码确认，或取出包裹。",
        "The door was opened and nothing confirmed: scan again to confirm, or take it out.",
    ),
    ("door_left_open", Hears.CUSTOMER): Text(
        "格口门还开着，请关好门。", "The door still stands open: please close it."
    ),
    ("door_left_open_collecting", Hears.COURIER): Text(
        "格口门还开着，请关好门。", "The door still stands open: please close it."
    ),
    (Step.CLAIM, Hears.CUSTOMER): Text(
        "揽件员已接单，即将前往取件。", "A courier has taken your parcel on and will collect it."
    ),
    (Step.CLAIM, Hears.COURIER): Text(
        "抢单成功，请按时到柜取件。", "You won the order. Please collect it in time."
    ),
    (Step.OPEN_OFFLINE, Hears.COURIER): Text(
        "柜机已恢复联网：已记录您用离线码开门。取出包裹后请在订单中确认。",
        "The terminal is back online: your offline opening is noted. Please confirm the parcel.",
    ),
    (Step.EXPIRE_CLAIM, Hears.COURIER): Text(
        "超时未取件，该订单已重新开放。",
        "Not collected in time: the order is open to others again.",
    ),
    (Step.EXPIRE_CLAIM, Hears.CUSTOMER): Text(
        "揽件员未按时取件，正在重新通知附近的揽件员。",
        "The courier did not come in time; couriers nearby can see your parcel again.",
    ),
    (Step.HAND_BACK, Hears.CUSTOMER): Text(
        "揽件员已退回订单，正在重新通知附近的揽件员。",
        "The courier gave the order back; couriers nearby can see your parcel again.",
    ),
    (Step.COLLECT, Hears.CUSTOMER): Text(
        "包裹已由揽件员取走。", "Your parcel has been collected by the courier."
    ),
    (Step.REFUSE, Hears.CUSTOMER): Text(
        "揽件员验视后未能收寄，请到柜取回，取回后自动退款。",
        "The courier could not accept your parcel. Take it back; the refund follows.",
    ),
    (Step.NO_TAKER, Hears.CUSTOMER): Text(
        "暂无揽件员接单，请到柜取回，取回后全额退款。",
        "No courier took your parcel. Take it back; the full refund follows.",
    ),
    (Step.CANCEL, Hears.CUSTOMER): Text(
        "您的订单已由客服取消。", "Your order was cancelled by staff."
    ),
    (Step.TAKE_BACK, Hears.CUSTOMER): Text(
        "您的订单已由客服取消，请到柜取回包裹；已付款的，取回后自动退款。",
        "Your order was cancelled by staff. Take your parcel back; what you paid is refunded then.",
    ),
    (Step.TAKE_BACK, Hears.COURIER): Text(
        "该订单已由客服取消。", "This order was cancelled by staff."
    ),
    (Step.REJECT, Hears.COURIER): Text(
        "面单审核未通过，请按原因修改后重新上传。",
        "The finished waybill was rejected. Please mend it and upload it again.",
    ),
    (Step.APPROVE, Hears.CUSTOMER): Text(
        "寄件已完成，感谢使用。", "Your parcel is on its way. Thank you."
    ),
    (Step.APPROVE, Hears.COURIER): Text(
        "面单审核通过，报酬即将发放。", "Approved: your pay is on its way."
    ),
    (Payout.AWAITING, Hears.COURIER): Text(
        "报酬待您确认收款。", "Please confirm the receipt of your pay."
    ),
    (Payout.PAID_OUT, Hears.COURIER): Text("报酬已到账。", "Your pay has arrived."),
    ("paid_twice", Hears.CUSTOMER): Text(
        "检测到重复付款，多付款项将原路退回。",
        "You paid twice; the second payment goes back to you.",
    ),
    (Charge.REFUNDING, Hears.CUSTOMER): Text(
        "退款已提交，请留意到账。", "Your refund has been asked for."
    ),
    (Charge.REFUNDED, Hears.CUSTOMER): Text("退款已到账。", "Your refund has arrived."),
    ("part_refund_asked", Hears.CUSTOMER): Text(
        "部分退款已提交，请留意到账。", "A part of your money is on its way back to you."
    ),
    ("part_refunded", Hears.CUSTOMER): Text(
        "部分退款已到账。", "A part of your money has arrived back."
    ),
    ("second_payment_refunded", Hears.CUSTOMER): Text(
        "多付的款项已原路退回。", "What you paid too much is back with you."
    ),
    ("payout_without_payee", Hears.COURIER): Text(
        "报酬待发放：请先绑定收款的微信或支付宝。",
        "Your pay is waiting: please link the WeChat or Alipay account it should go to.",
    ),
}

#: What staff read when a timer of the saga says so, by the timer's name, or by the step itself.
STAFF_TEXTS: dict[str, Text] = {
    "door_left_open_long": Text(
        "格口门长时间未关，请到现场查看。", "A door has stood open too long: please look."
    ),
    "grant_waits": Text(
        "订单在等离线的柜机确认离线码是否已使用，请查看柜机；必要时可强制解除。",
        "An order waits for a terminal that is away to tell what became of its offline code.",
    ),
    "grant_forgotten": Text(
        "柜机更换过存储，无法确认离线码是否已使用：请到现场查看格口，再解除离线码。",
        "A terminal's disk is newer than an offline code and cannot tell whether it was used: "
        "look into the cell, then release the code.",
    ),
    "opened_after_release": Text(
        "已解除的离线码仍然打开了格口门，请到现场查看包裹。",
        "A door was opened with an offline code that had been released: please look inside.",
    ),
    "pickup_unfinished": Text(
        "取件时间已到，但格口门没有正常开关，请联系揽件员。",
        "A pickup ran out of time without its door opening and closing: please call.",
    ),
    "unpaid_staff": Text(
        "包裹在柜中长时间未付款，请联系客户。",
        "A parcel has long been in its locker unpaid: please call.",
    ),
    "unconfirmed_staff": Text(
        "格口门开过，但客户长时间没有确认，请联系客户。",
        "A door was opened for a parcel that nobody confirmed for long: please call.",
    ),
    "not_taken_back": Text(
        "包裹长时间未被客户取回，请联系客户。",
        "A parcel has long waited for its customer to take it back: please call.",
    ),
    "upload_late": Text(
        "揽件员取件后长时间未上传面单，请联系揽件员。",
        "A courier has had a parcel for long without uploading its waybill: please call.",
    ),
    "refund_stuck": Text(
        "退款未能原路退回，请重新发起或线下处理。",
        "A wallet could not give a refund back: ask it again, or settle it by hand.",
    ),
    "refunded_by_wallet_too": Text(
        "已线下处理的退款又由钱包退回，客户收到两次，请联系客户。",
        "A refund that was settled by hand was carried out by the wallet as well: please call.",
    ),
    "payout_tries_used": Text(
        "揽件员的报酬多次打款未成功，已暂停，请查看。",
        "A courier's pay failed again and again and is held: please look.",
    ),
    "no_taker_staff": Text("订单久无揽件员接单。", "An order has found no courier yet."),
    "review_late": Text("面单审核超时。", "A finished waybill has waited too long for review."),
}

#: The title that phones show.
TITLE = "揽件 Lanjian"


def told_by(order: Order, event: OrderEvent) -> Iterator[tuple[PersonId, Text]]:
    """List who is told what by an event; who did a thing is not told of it, but a claim is."""
    for hears, person in (
        (Hears.CUSTOMER, order.customer),
        (Hears.COURIER, _courier(order, event)),
    ):
        text = TEXTS.get((event.step, hears))
        if text is None or person is None:
            continue
        if person != event.actor or event.step == Step.CLAIM:
            yield person, text


def _courier(order: Order, event: OrderEvent) -> PersonId | None:
    left = event.data.get("courier")
    if isinstance(left, str):
        return PersonId(left)
    return order.pickup.courier if order.pickup else None


#: What a courier hears of their certification, by its step.
CERTIFICATION_TEXTS: dict[str, Text] = {
    Certified.APPROVE: Text(
        "揽件员认证已通过，现在可以抢单。", "You are certified and may claim orders now."
    ),
    Certified.CERTIFY: Text(
        "揽件员认证已通过，现在可以抢单。", "You are certified and may claim orders now."
    ),
    Certified.REJECT: Text(
        "揽件员认证未通过：{reason}。请修改后重新提交。",
        "Your certification was refused: {reason}. Please mend it and apply again.",
    ),
    Certified.SUSPEND: Text(
        "您的揽件资格已停用，暂时不能接单，请联系客服。",
        "You are suspended and get no offers; please call customer service.",
    ),
    Certified.REINSTATE: Text(
        "您的揽件资格已恢复，可以继续抢单。", "You are reinstated and may claim orders again."
    ),
    Certified.WITHDRAW: Text(
        "您的揽件员认证已撤销，请联系客服。",
        "Your certification was withdrawn; please call customer service.",
    ),
    Certified.EXPIRE: Text(
        "您的揽件员认证已到期，暂停接单，请重新提交认证。",
        "Your certification has run out: you get no offers until you are certified again.",
    ),
    "certification_ends_30": Text(
        "您的揽件员认证将在 30 天内到期，请尽快提交新的证件。",
        "Your certification runs out within 30 days: please hand new papers in.",
    ),
    "certification_ends_7": Text(
        "您的揽件员认证将在 7 天内到期，到期后不能接单，请尽快提交新的证件。",
        "Your certification runs out within 7 days; you get no offers after that.",
    ),
}

#: Why an application was refused, in words.
REJECTIONS: dict[str, Text] = {
    RejectionReason.PHOTO_UNCLEAR: Text("证件照片不清晰", "the photo is not clear"),
    RejectionReason.NAME_DIFFERS: Text("姓名与证件不一致", "the name is not that of the ID card"),
    RejectionReason.NUMBER_DIFFERS: Text(
        "身份证号与证件不一致", "the number is not that of the ID card"
    ),
    RejectionReason.EMPLOYER_UNCONFIRMED: Text(
        "所属公司或工号无法核实", "the employer or staff number could not be confirmed"
    ),
    RejectionReason.PAPERS_EXPIRED: Text("证件已过期", "the papers have run out"),
    RejectionReason.NOT_AN_ID: Text("照片不是身份证件", "the photo shows no ID card"),
    RejectionReason.OTHER: Text("请看审核说明", "see the reviewer's note"),
}


def certification_text(step: str, reason: str | None) -> Text | None:
    """Give what a courier hears of a step of their certification; None for what they did."""
    text = CERTIFICATION_TEXTS.get(step)
    why = REJECTIONS.get(reason or "")
    if text is None or why is None:
        return text
    return Text(text.zh.format(reason=why.zh), text.en.format(reason=why.en))
