"""Every kind of notice: who hears what of which event, how useful it is, by SMS or not.

One row a kind and hearer. A new kind is a new row here, and whoever makes its event; the tables
in `docs/operations.md` are drawn from these rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from enum import StrEnum
from types import MappingProxyType

from server.domain.certifications import Step as Certified
from server.domain.custody import Step
from server.domain.money import Charge, Payout
from server.domain.notices import Topic, Use, Wants
from server.domain.payees import AlipayChange
from server.domain.wechat import LinkChange

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0


class Hears(StrEnum):
    """Who is told."""

    CUSTOMER = "customer"
    COURIER = "courier"  #: who carries the order, or carried it until this step
    PERSON = "person"  #: whom it is about, of no order


EARNINGS_PAGE = "/courier#earnings"

#: The page that a notice leads to, by its hearer, and for couriers by its topic.
PAGES: Mapping[Hears, str] = MappingProxyType(
    {Hears.CUSTOMER: "/customer#orders", Hears.COURIER: "/courier#work", Hears.PERSON: "/customer"}
)
COURIER_PAGES: Mapping[Topic, str] = MappingProxyType(
    {"offers": "/courier#offers", "payout": EARNINGS_PAGE}
)
CERTIFICATION_PAGE = "/courier#certification"


@dataclass(frozen=True, slots=True)
class Kind:
    """One row."""

    hears: Hears
    event: str  #: the step, timer or change that it tells of
    topic: Topic
    use: Use
    word: str  #: the state in at most five Hanzi: what a template's 当前状态 takes
    _: KW_ONLY
    zh: str
    en: str
    sms: bool = False
    fresh_seconds: float = DAY  #: later it would be old news
    even_own: bool = False  #: also told to who did it themselves: WeChat keeps it for them
    page: str | None = None  #: where it leads, if not to its hearer's page

    @property
    def path(self) -> str:
        """Give the page that it leads to."""
        if self.page is not None:
            return self.page
        own = COURIER_PAGES.get(self.topic) if self.hears is Hears.COURIER else None
        return own or PAGES[self.hears]


#: Steps of an order that are not of its tables; see the services that write them.
REMINDED = "reminded_unpaid"

#: Offers near a courier whose page sleeps; see `server/services/dispatch/nearby_offers.py`.
OFFERS_NEAR = "offers_near"

_CUSTOMER, _COURIER, _PERSON = Hears.CUSTOMER, Hears.COURIER, Hears.PERSON
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
    # Certification
    Kind(
        *(_COURIER, Certified.APPROVE, "decision", _VITAL, "已通过"),
        page=CERTIFICATION_PAGE,
        sms=True,
        zh="揽件员认证已通过，现在可以抢单。",
        en="You are certified and may claim orders now.",
    ),
    Kind(
        *(_COURIER, Certified.CERTIFY, "decision", _VITAL, "已通过"),
        page=CERTIFICATION_PAGE,
        sms=True,
        zh="揽件员认证已通过，现在可以抢单。",
        en="You are certified and may claim orders now.",
    ),
    Kind(
        *(_COURIER, Certified.REJECT, "decision", _VITAL, "未通过"),
        page=CERTIFICATION_PAGE,
        sms=True,
        zh="揽件员认证未通过：{reason}。请修改后重新提交。",
        en="Your certification was refused: {reason}. Please mend it and apply again.",
    ),
    Kind(
        *(_COURIER, Certified.SUSPEND, "decision", _VITAL, "已停用"),
        page=CERTIFICATION_PAGE,
        sms=True,
        zh="您的揽件资格已停用，暂时不能接单，请联系客服。",
        en="You are suspended and get no offers; please call customer service.",
    ),
    Kind(
        *(_COURIER, Certified.REINSTATE, "decision", _VITAL, "已恢复"),
        page=CERTIFICATION_PAGE,
        sms=True,
        zh="您的揽件资格已恢复，可以继续抢单。",
        en="You are reinstated and may claim orders again.",
    ),
    Kind(
        *(_COURIER, Certified.WITHDRAW, "decision", _VITAL, "已撤销"),
        page=CERTIFICATION_PAGE,
        sms=True,
        zh="您的揽件员认证已撤销，请联系客服。",
        en="Your certification was withdrawn; please call customer service.",
    ),
    Kind(
        *(_COURIER, Certified.EXPIRE, "decision", _VITAL, "已到期"),
        page=CERTIFICATION_PAGE,
        sms=True,
        zh="您的揽件员认证已到期，暂停接单，请重新提交认证。",
        en="Your certification has run out: you get no offers until you are certified again.",
    ),
    Kind(
        *(_COURIER, "certification_ends_30", "decision", _WANTED, "将到期"),
        page=CERTIFICATION_PAGE,
        zh="您的揽件员认证将在 30 天内到期，请尽快提交新的证件。",
        en="Your certification runs out within 30 days: please hand new papers in.",
    ),
    Kind(
        *(_COURIER, "certification_ends_7", "decision", _VITAL, "将到期"),
        page=CERTIFICATION_PAGE,
        sms=True,
        zh="您的揽件员认证将在 7 天内到期，到期后不能接单，请尽快提交新的证件。",
        en="Your certification runs out within 7 days; you get no offers after that.",
    ),
    # The account
    Kind(
        *(_PERSON, LinkChange.LINKED, "decision", _NICE, "已绑定"),
        zh="微信已绑定您的账号",
        en="A WeChat was linked with your account.",
    ),
    Kind(
        *(_PERSON, LinkChange.UNLINKED, "decision", _WANTED, "已解绑"),
        zh="微信已与您的账号解绑",
        en="Your WeChat was unlinked.",
    ),
    Kind(
        *(_PERSON, LinkChange.MOVED_HERE, "decision", _WANTED, "已移入"),
        zh="微信已从另一个账号移到您的账号",
        en="A WeChat was moved here from another account.",
    ),
    Kind(
        *(_PERSON, LinkChange.MOVED_AWAY, "decision", _VITAL, "已移走"),
        sms=True,
        zh="您绑定的微信已凭短信验证码移到另一个账号；若不是您本人，请联系客服",
        en="Your WeChat was moved to another account by your SMS code; not you? Please call us.",
    ),
    Kind(
        *(_PERSON, AlipayChange.LINKED, "decision", _NICE, "已绑定"),
        page=EARNINGS_PAGE,
        zh="收款支付宝已绑定您的账号",
        en="An Alipay account was linked with your account, to be paid there.",
    ),
    Kind(
        *(_PERSON, AlipayChange.UNLINKED, "decision", _WANTED, "已解绑"),
        page=EARNINGS_PAGE,
        zh="收款支付宝已与您的账号解绑",
        en="Your Alipay account was unlinked: you are not paid there any more.",
    ),
    Kind(
        *(_PERSON, AlipayChange.MOVED_HERE, "decision", _WANTED, "已移入"),
        page=EARNINGS_PAGE,
        zh="收款支付宝已从另一个账号移到您的账号",
        en="An Alipay account was moved here from another account.",
    ),
    Kind(
        *(_PERSON, AlipayChange.MOVED_AWAY, "decision", _VITAL, "已移走"),
        page=EARNINGS_PAGE,
        sms=True,
        zh="您绑定的收款支付宝已凭短信验证码移到另一个账号；若不是您本人，请联系客服",
        en="Your Alipay was moved to another account by your SMS code; not you? Please call us.",
    ),
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
