"""Rules of a review: who may decide, what needs two, why a waybill goes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from server.domain.changes import Change, Context, move, note, pay_out
from server.domain.custody import Custody, Step
from server.domain.errors import Conflict, Forbidden, InvalidInput, StaleVersion
from server.domain.ids import PersonId
from server.domain.money import Payout
from server.domain.orders import Approval, Match, Order

#: Facts of an order's life that move nothing: the first of two approvals, and its withdrawal.
APPROVED_FIRST = "approved_first"
APPROVAL_WITHDRAWN = "approval_withdrawn"


class SendBack(StrEnum):
    """Why a finished waybill goes back to its courier; a note may say more."""

    PHOTO_UNCLEAR = "photo_unclear"
    NUMBER_DIFFERS = "number_differs"
    FIELDS_DIFFER = "fields_differ"
    WRONG_PARCEL = "wrong_parcel"
    NOT_POSTED = "not_posted"
    OTHER = "other"  #: the note is needed


#: How couriers read a reason.
SEND_BACK_TEXTS = {
    SendBack.PHOTO_UNCLEAR: ("面单照片不清晰", "the photo is not clear"),
    SendBack.NUMBER_DIFFERS: ("照片上的运单号不一致", "the photo shows another number"),
    SendBack.FIELDS_DIFFER: ("填写内容与面单不一致", "what was typed is not on the waybill"),
    SendBack.WRONG_PARCEL: ("不是这件包裹的面单", "the waybill is another parcel's"),
    SendBack.NOT_POSTED: ("快递公司没有收寄记录", "the carrier has no record of it"),
    SendBack.OTHER: ("其他原因", "another reason"),
}


def needs_two(order: Order, four_eyes_fen: int) -> bool:
    """Tell whether two reviewers must approve.

    By the courier's pay, not the price: it is what leaves the platform by this very act.
    """
    return order.pay_fen > four_eyes_fen


def check_disinterested(order: Order, reviewer: PersonId) -> None:
    """Check that a reviewer has no part in an order.

    Raises:
        Forbidden: a reviewer's own parcel or pay.
    """
    courier = order.pickup.courier if order.pickup else None
    if reviewer in (order.customer, courier):
        raise Forbidden(rule="not_your_own")


def check_reason(order: Order, reason: str | None) -> None:
    """Check that whoever approves in spite of the photo says why.

    Raises:
        InvalidInput: the photo shows another number and no reason is given.
    """
    reading = order.finished.reading if order.finished else None
    if reading is not None and reading.match is Match.MISMATCH and not (reason or "").strip():
        raise InvalidInput(field="reason", rule="why_in_spite_of_the_photo")


def approved(order: Order, context: Context) -> Change:
    """Approve for good, or mark the first of two approvals.

    For good, parcel and courier's money move in one write; the event is the approval's.

    Raises:
        IllegalTransition: not in review. Forbidden: the first approval is the same person's.
    """
    finished = order.finished
    if order.custody is not Custody.IN_REVIEW or finished is None:
        return move(order, Step.APPROVE, context)  # raises, naming the state
    if needs_two(order, context.rules.four_eyes_fen):
        if finished.approval is None:
            mark = Approval(reviewer=context.actor, at=context.at)
            return note(order, APPROVED_FIRST, context, finished=replace(finished, approval=mark))
        if finished.approval.reviewer == context.actor:
            raise Forbidden(rule="four_eyes")
    earned = pay_out(order, Payout.EARNED, context)
    payable = pay_out(earned.after, Payout.PAYABLE, context)
    data: dict[str, object] = {"pay_fen": order.pay_fen, "fee_fen": order.fee_fen}
    if finished.approval is not None:
        data["first"] = finished.approval.reviewer
    done = move(payable.after, Step.APPROVE, context, data)
    return replace(done, before=order)


def withdrawn(order: Order, context: Context) -> Change:
    """Take the first of two approvals back.

    Raises:
        Conflict: the person's own approval does not stand (any more).
    """
    finished = order.finished
    mark = finished.approval if finished and order.custody is Custody.IN_REVIEW else None
    if finished is None or mark is None or mark.reviewer != context.actor:
        raise Conflict(field="order_id", rule="your_approval")
    return note(order, APPROVAL_WITHDRAWN, context, finished=replace(finished, approval=None))


def sent_back(order: Order, rejection: str, context: Context) -> Change:
    """Send a finished waybill back; an approval that stood falls with it.

    Raises:
        IllegalTransition: not in review.
    """
    finished = order.finished and replace(order.finished, rejection=rejection, approval=None)
    return move(order, Step.REJECT, context, finished=finished)


def check_seen(order: Order, uploaded_at: datetime) -> None:
    """Check that the waybill in review is the one that the reviewer looked at.

    Raises:
        StaleVersion: it was handed in anew meanwhile.
    """
    finished = order.finished
    if order.custody is not Custody.IN_REVIEW or finished is None:
        return  # no verdict is possible on it; the act says so
    if finished.uploaded_at != uploaded_at:
        raise StaleVersion(field="uploaded_at", rule="as_seen")
