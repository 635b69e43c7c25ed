"""Every kind of notice: who hears what of which event, how useful it is, by SMS or not.

One row a kind and hearer. A new kind is a new row here (in `account_notices.py` or
`booking_notices.py` when it is about no order), and whoever makes its event; the tables in
`docs/operations.md` are drawn from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from server.domain.account_notices import ACCOUNT_ROWS
from server.domain.booking_notices import BOOKING_ROWS
from server.domain.custody import Step
from server.domain.money import Charge, Payout
from server.domain.notice_kind import CERTIFICATION_PAGE, HOUR, MINUTE, Hears, Kind
from server.domain.notices import Use, Wants

#: Steps of an order that are not of its tables; see the services that write them.
REMINDED = "reminded_unpaid"

#: Offers near a courier whose page sleeps; see `server/services/dispatch/nearby_offers.py`.
OFFERS_NEAR = "offers_near"

#: Staff's words in a customer's complaint; see `server/services/orders/complaints.py`.
COMPLAINT_ANSWERED, COMPLAINT_SETTLED = "complaint_answered", "complaint_settled"

_CUSTOMER, _COURIER = Hears.CUSTOMER, Hears.COURIER
_VITAL, _WANTED, _NICE = Use.VITAL, Use.WANTED, Use.NICE

ROWS: tuple[Kind, ...] = (
    # The customer's parcel
    Kind(
        *(_CUSTOMER, Step.CONFIRM_INSIDE, "order_state", _NICE, "已存入"),
        even_own=True,
        zh="包裹已存入格口，请完成支付。",
        en="Your parcel is in its cell. Please pay now.",
    ),
    Kind(
        *(_CUSTOMER, Step.OFFER, "money", _NICE, "已付款"),
        zh="已收到付款，正在通知附近的揽件员。",
        en="Paid. Couriers nearby can see your parcel now.",
    ),
    Kind(
        *(_CUSTOMER, REMINDED, "order_state", _VITAL, "待付款"),
        sms=True,
        zh="您的包裹已在柜中，尚未付款，请尽快完成支付。",
        en="Your parcel is in the locker but not paid yet.",
    ),
    Kind(
        *(_CUSTOMER, "deposit_unconfirmed", "order_state", _VITAL, "待确认"),
        fresh_seconds=HOUR,
        zh="格口门开过，但还没有确认放入。请回到终端扫码确认，或取出包裹。",
        en="The door was opened and nothing confirmed: scan again to confirm, or take it out.",
    ),
    Kind(
        *(_CUSTOMER, "door_left_open", "order_state", _WANTED, "门未关好"),
        fresh_seconds=10 * MINUTE,
        zh="格口门还开着，请关好门。",
        en="The door still stands open: please close it.",
    ),
    Kind(
        *(_CUSTOMER, Step.CLAIM, "order_state", _WANTED, "已接单"),
        even_own=True,
        zh="揽件员已接单，即将前往取件。",
        en="A courier has taken your parcel on and will collect it.",
    ),
    Kind(
        *(_CUSTOMER, Step.ASSIGN, "order_state", _WANTED, "已接单"),
        zh="已为您的包裹安排揽件员，即将前往取件。",
        en="A courier was found for your parcel and will collect it.",
    ),
    Kind(
        *(_CUSTOMER, Step.UNASSIGN, "order_state", _NICE, "重新派单"),
        zh="正在为您的包裹重新安排揽件员。",
        en="Another courier is being found for your parcel.",
    ),
    Kind(
        *(_CUSTOMER, Step.EXPIRE_CLAIM, "order_state", _NICE, "重新派单"),
        zh="揽件员未按时取件，正在重新通知附近的揽件员。",
        en="The courier did not come in time; couriers nearby can see your parcel again.",
    ),
    Kind(
        *(_CUSTOMER, Step.HAND_BACK, "order_state", _NICE, "重新派单"),
        zh="揽件员已退回订单，正在重新通知附近的揽件员。",
        en="The courier gave the order back; couriers nearby can see your parcel again.",
    ),
    Kind(
        *(_CUSTOMER, Step.COLLECT, "order_state", _WANTED, "已揽收"),
        zh="包裹已由揽件员取走。",
        en="Your parcel has been collected by the courier.",
    ),
    Kind(
        *(_CUSTOMER, Step.REFUSE, "order_state", _VITAL, "待取回"),
        sms=True,
        zh="揽件员验视后未能收寄，请到柜取回，取回后自动退款。",
        en="The courier could not accept your parcel. Take it back; the refund follows.",
    ),
    Kind(
        *(_CUSTOMER, Step.NO_TAKER, "order_state", _VITAL, "待取回"),
        sms=True,
        zh="暂无揽件员接单，请到柜取回，取回后全额退款。",
        en="No courier took your parcel. Take it back; the full refund follows.",
    ),
    Kind(
        *(_CUSTOMER, Step.CANCEL, "order_state", _WANTED, "已取消"),
        zh="您的订单已由客服取消。",
        en="Your order was cancelled by staff.",
    ),
    Kind(
        *(_CUSTOMER, Step.TAKE_BACK, "order_state", _VITAL, "待取回"),
        sms=True,
        zh="您的订单已由客服取消，请到柜取回包裹；已付款的，取回后自动退款。",
        en="Your order was cancelled by staff. Take your parcel back; "
        "what you paid is refunded then.",
    ),
    Kind(
        *(_CUSTOMER, Step.TAKE_OUT, "order_state", _WANTED, "已取回"),
        zh="包裹已取回；已付款的将原路退回。",
        en="Your parcel is out of the locker; what you paid goes back to you.",
    ),
    Kind(
        *(_CUSTOMER, Step.APPROVE, "order_state", _WANTED, "已寄出"),
        zh="寄件已完成，感谢使用。",
        en="Your parcel is on its way. Thank you.",
    ),
    # The customer's money
    Kind(
        *(_CUSTOMER, "paid_twice", "money", _WANTED, "重复付款"),
        zh="检测到重复付款，多付款项将原路退回。",
        en="You paid twice; the second payment goes back to you.",
    ),
    Kind(
        *(_CUSTOMER, Charge.REFUNDING, "money", _NICE, "退款中"),
        zh="退款已提交，请留意到账。",
        en="Your refund has been asked for.",
    ),
    Kind(
        *(_CUSTOMER, Charge.REFUNDED, "money", _VITAL, "已退款"),
        sms=True,
        zh="退款已到账。",
        en="Your refund has arrived.",
    ),
    Kind(
        *(_CUSTOMER, "part_refund_asked", "money", _NICE, "退款中"),
        zh="部分退款已提交，请留意到账。",
        en="A part of your money is on its way back to you.",
    ),
    Kind(
        *(_CUSTOMER, "part_refunded", "money", _WANTED, "部分退款"),
        zh="部分退款已到账。",
        en="A part of your money has arrived back.",
    ),
    Kind(
        *(_CUSTOMER, "second_payment_refunded", "money", _WANTED, "已退款"),
        zh="多付的款项已原路退回。",
        en="What you paid too much is back with you.",
    ),
    # The courier's orders
    Kind(
        *(_COURIER, OFFERS_NEAR, "offers", _WANTED, "附近有单"),
        fresh_seconds=2 * MINUTE,
        zh="附近{count}单可抢，最新一单在{place}。",
        en="Parcels near you: {count}, the latest at {place}.",
    ),
    Kind(
        *(_COURIER, Step.CLAIM, "order_state", _NICE, "抢单成功"),
        even_own=True,
        zh="抢单成功，请按时到柜取件。",
        en="You won the order. Please collect it in time.",
    ),
    Kind(
        *(_COURIER, Step.ASSIGN, "order_state", _VITAL, "客服派单"),
        zh="客服为您指派了一单，请按时到柜取件。",
        en="Customer service gave you an order. Please collect it in time.",
    ),
    Kind(
        *(_COURIER, Step.UNASSIGN, "order_state", _WANTED, "已收回"),
        zh="客服已将该订单改派，无需再前往取件。",
        en="Customer service took this order back: you need not collect it.",
    ),
    Kind(
        *(_COURIER, "door_left_open_collecting", "order_state", _WANTED, "门未关好"),
        fresh_seconds=10 * MINUTE,
        zh="格口门还开着，请关好门。",
        en="The door still stands open: please close it.",
    ),
    Kind(
        *(_COURIER, Step.OPEN_OFFLINE, "order_state", _WANTED, "待确认"),
        zh="柜机已恢复联网：已记录您用离线码开门。取出包裹后请在订单中确认。",
        en="The terminal is back online: your offline opening is noted. Please confirm the parcel.",
    ),
    Kind(
        *(_COURIER, Step.EXPIRE_CLAIM, "order_state", _WANTED, "已超时"),
        zh="超时未取件，该订单已重新开放。",
        en="Not collected in time: the order is open to others again.",
    ),
    Kind(
        *(_COURIER, Step.TAKE_BACK, "order_state", _WANTED, "已取消"),
        zh="该订单已由客服取消。",
        en="This order was cancelled by staff.",
    ),
    # Review
    Kind(
        *(_COURIER, Step.REJECT, "decision", _VITAL, "未通过"),
        zh="面单审核未通过，请按原因修改后重新上传。",
        en="The finished waybill was rejected. Please mend it and upload it again.",
    ),
    Kind(
        *(_COURIER, Step.APPROVE, "decision", _WANTED, "已通过"),
        zh="面单审核通过，报酬即将发放。",
        en="Approved: your pay is on its way.",
    ),
    # The courier's pay
    Kind(
        *(_COURIER, Payout.AWAITING, "payout", _VITAL, "待收款"),
        zh="报酬待您确认收款。",
        en="Please confirm the receipt of your pay.",
    ),
    Kind(
        *(_COURIER, Payout.PAID_OUT, "payout", _WANTED, "已到账"),
        zh="报酬已到账。",
        en="Your pay has arrived.",
    ),
    Kind(
        *(_COURIER, "payout_without_payee", "payout", _VITAL, "待绑定"),
        sms=True,
        zh="报酬待发放：请先绑定收款的微信或支付宝。",
        en="Your pay is waiting: please link the WeChat or Alipay account it should go to.",
    ),
    Kind(
        *(_COURIER, "payout_held_for_debt", "payout", _WANTED, "暂缓发放"),
        zh="此前有一笔报酬重复到账，本次报酬暂缓发放，请联系客服。",
        en="An earlier pay reached you twice; this one waits. Please call customer service.",
    ),
    Kind(
        *(_COURIER, "payout_set_off", "payout", _WANTED, "部分抵扣"),
        zh="本次报酬的一部分抵扣了此前重复到账的款项。",
        en="A part of this pay was kept for an earlier one that had reached you twice.",
    ),
    Kind(
        *(_COURIER, "payout_without_name", "payout", _VITAL, "待实名"),
        page=CERTIFICATION_PAGE,
        sms=True,
        zh="报酬待发放：微信单笔 2000 元起需核对实名，请先提交认证，或改用支付宝收款。",
        en="Your pay is waiting: from 2,000 yuan on WeChat compares your name. "
        "Please hand in your papers, or choose Alipay.",
    ),
    # Complaints
    Kind(
        *(Hears.PERSON, COMPLAINT_ANSWERED, "order_state", _VITAL, "已回复"),
        zh="客服已回复您的投诉，请查看。",
        en="Customer service has answered your complaint.",
    ),
    Kind(
        *(Hears.PERSON, COMPLAINT_SETTLED, "order_state", _VITAL, "已处理"),
        zh="您的投诉已处理，请查看结果。",
        en="Your complaint is settled; please see how.",
    ),
    *ACCOUNT_ROWS,
    *BOOKING_ROWS,
)

KINDS: Mapping[tuple[str, Hears], Kind] = MappingProxyType(
    {(str(row.event), row.hears): row for row in ROWS}
)


def kind_of(event: str, hears: str) -> Kind | None:
    """Find a row; None for a kind of another version's."""
    known = {one.value: one for one in Hears}.get(hears)
    return None if known is None else KINDS.get((str(event), known))


def wants_of(kind: Kind) -> Wants:
    """Say what a kind asks of its channel."""
    others = (row for row in ROWS if row.topic == kind.topic and row.hears is kind.hears)
    return Wants(
        topic=kind.topic,
        use=kind.use,
        sms=kind.sms,
        keeps_last=any(other.use < kind.use for other in others),
    )
