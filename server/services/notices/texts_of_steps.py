"""Who is told by a step of an order, and what staff read; the rows are `notice_kinds.py`'s."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from server.domain.certifications import RejectionReason
from server.domain.ids import PersonId
from server.domain.notice_kind import Hears, Kind
from server.domain.notice_kinds import KINDS
from server.domain.orders import Order, OrderEvent


@dataclass(frozen=True, slots=True)
class Text:
    """One text in two languages."""

    zh: str
    en: str


TEXTS: dict[tuple[str, Hears], Text] = {key: Text(kind.zh, kind.en) for key, kind in KINDS.items()}

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
    "payout_denied": Text(
        "员工按已付处理的一笔报酬，查明并未到账：下一笔已暂停，请到“款项”查看后恢复打款。",
        "Pay that staff had said was paid did not come: the next try is held. "
        "Please see the money tab, and release it.",
    ),
    "payout_paid_late": Text(
        "已按未付款结束的打款后来又到账，揽件员可能被付两次：请到“款项”查看并抵扣或核销。",
        "A payout that had ended as not paid was paid after all: its courier may have it twice. "
        "Please see the money tab: keep it from the next pay, or write it off.",
    ),
    "no_taker_staff": Text("订单久无揽件员接单。", "An order has found no courier yet."),
    "review_late": Text("面单审核超时。", "A finished waybill has waited too long for review."),
}


def told_by(order: Order, event: OrderEvent) -> Iterator[tuple[PersonId, Kind]]:
    """List who is told what by an event; who did a thing is not told of it, but by some rows."""
    for hears, person in (
        (Hears.CUSTOMER, order.customer),
        (Hears.COURIER, _courier(order, event)),
    ):
        kind = KINDS.get((event.step, hears))
        if kind is None or person is None:
            continue
        if person != event.actor or kind.even_own:
            yield person, kind


def _courier(order: Order, event: OrderEvent) -> PersonId | None:
    left = event.data.get("courier")
    if isinstance(left, str):
        return PersonId(left)
    return order.pickup.courier if order.pickup else None


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
    text = TEXTS.get((step, Hears.COURIER))
    why = REJECTIONS.get(reason or "")
    if text is None or why is None:
        return text
    return Text(text.zh.format(reason=why.zh), text.en.format(reason=why.en))
