"""The scan conversation: what a person in WeChat is answered, as a table. Pure.

Who did what (`Trigger`), with which visit (`VisitNow`) and who they are (`Standing`) makes one
row; each has its words and the page that its link opens. The first row that fits counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Trigger(StrEnum):
    """What the person did."""

    FOLLOWED = "followed"  #: without a visit
    VISIT = "visit"  #: followed or scanned a scene, or scanned a kiosk by the menu
    WAYBILL = "waybill"  #: scanned a carrier's waybill number by the menu
    STRANGE = "strange"  #: scanned something else by the menu
    MY_ORDERS = "my_orders"
    WROTE = "wrote"


class VisitNow(StrEnum):
    """How the visit stands that they came with, or are in."""

    NONE = "none"
    RUNNING = "running"
    OVER = "over"  #: run out, unknown, or somebody else's


class Standing(StrEnum):
    """Who they are to us."""

    STRANGER = "stranger"  #: no account is linked, so no phone is bound
    CUSTOMER = "customer"
    SENDER = "sender"  #: a customer with a waybill that waits for its deposit
    APPLICANT = "applicant"  #: asked to be a courier and may not collect (yet)
    COURIER = "courier"


class Target(StrEnum):
    """Which page the answer's link opens."""

    NOWHERE = ""
    VISIT = "/visit/"  #: the visit's id is appended
    WAYBILL = "/customer#send"
    ORDERS = "/customer#orders"
    COURIER = "/courier"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is said: a card with a link, or a text where it leads nowhere."""

    title: str
    text: str
    target: Target = Target.NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row; an empty set stands for any."""

    trigger: Trigger
    visit: frozenset[VisitNow] = frozenset()
    who: frozenset[Standing] = frozenset()
    answer: Answer

    def fits(self, trigger: Trigger, visit: VisitNow, who: Standing) -> bool:
        """Tell whether this is the row for them."""
        return (
            self.trigger is trigger
            and (not self.visit or visit in self.visit)
            and (not self.who or who in self.who)
        )


def _row(
    trigger: Trigger,
    title: str,
    text: str,
    target: Target = Target.NOWHERE,
    *,
    visit: VisitNow | None = None,
    who: tuple[Standing, ...] = (),
) -> Row:
    return Row(
        trigger=trigger,
        visit=frozenset() if visit is None else frozenset((visit,)),
        who=frozenset(who),
        answer=Answer(title=title, text=text, target=target),
    )


_S, _T = Standing, Target

TABLE: tuple[Row, ...] = (
    _row(
        Trigger.VISIT,
        "二维码已失效",
        "这次扫码已超过 10 分钟，请重新扫描终端屏幕上的二维码。"
        " This scan has run out; please scan the kiosk's QR again.",
        visit=VisitNow.OVER,
    ),
    _row(
        Trigger.VISIT,
        "绑定手机号，继续",
        "登录并绑定手机号后，回到刚才的终端继续。 Log in with your phone, then go on here.",
        _T.VISIT,
        who=(_S.STRANGER,),
    ),
    _row(
        Trigger.VISIT,
        "继续存件",
        "您有一张待存的面单，点这里打开格口。 Your waybill waits: open a door.",
        _T.VISIT,
        who=(_S.SENDER,),
    ),
    _row(
        Trigger.VISIT,
        "填写面单，继续寄件",
        "填一张面单，格口就会打开。 Fill in a waybill, then a door opens.",
        _T.VISIT,
        who=(_S.CUSTOMER,),
    ),
    _row(
        Trigger.VISIT,
        "寄件或揽件",
        "揽件前需要完成揽件员认证；寄件可直接继续。"
        " Collecting needs your certification; sending does not.",
        _T.VISIT,
        who=(_S.APPLICANT,),
    ),
    _row(
        Trigger.VISIT,
        "寄件或揽件",
        "选择您来做什么，格口随后打开。 Choose what you are here for.",
        _T.VISIT,
        who=(_S.COURIER,),
    ),
    _row(
        Trigger.WAYBILL,
        "绑定这张运单",
        "在终端页面里扫描或输入运单号 {number}，格口随后打开。"
        " Scan or type this number in the visit's page.",
        _T.VISIT,
        visit=VisitNow.RUNNING,
        who=(_S.COURIER,),
    ),
    _row(
        Trigger.WAYBILL,
        "快递运单号 {number}",
        "先扫描终端屏幕上的二维码，再扫运单号取件。 Scan the kiosk's QR first, then this number.",
        _T.COURIER,
        who=(_S.COURIER, _S.APPLICANT),
    ),
    _row(
        Trigger.WAYBILL,
        "快递运单号 {number}",
        "运单号由揽件员在终端取件时扫描；查您的件请看“我的订单”。"
        " Couriers scan it at the kiosk; your parcels are under My orders.",
        _T.ORDERS,
    ),
    _row(
        Trigger.STRANGE,
        "不是揽件终端的二维码",
        "请扫描终端屏幕上的二维码。 This is not a kiosk's QR.",
    ),
    _row(
        Trigger.MY_ORDERS,
        "登录后查看订单",
        "登录并绑定手机号后查看您的订单。 Log in to see your orders.",
        _T.ORDERS,
        who=(_S.STRANGER,),
    ),
    _row(
        Trigger.MY_ORDERS,
        "我的揽件",
        "已抢到的订单和收入；您寄的件在那里的“我的”中。"
        " Orders you won, and your earnings; what you sent is under Me.",
        _T.COURIER,
        who=(_S.COURIER,),
    ),
    _row(
        Trigger.MY_ORDERS,
        "我的订单",
        "查看您寄的件。 Your parcels.",
        _T.ORDERS,
    ),
    _row(
        Trigger.FOLLOWED,
        "欢迎使用揽件",
        "寄件：填好面单，扫终端屏幕上的二维码存件。 Fill in a waybill, then scan a kiosk.",
        _T.WAYBILL,
    ),
    _row(
        Trigger.WROTE,
        "回到终端继续",
        "您还在终端前，点这里继续。 You are at a kiosk: go on here.",
        _T.VISIT,
        visit=VisitNow.RUNNING,
    ),
    _row(
        Trigger.WROTE,
        "揽件",
        "请使用下方菜单：寄件、揽件、我的订单。 Please use the menu below.",
    ),
)


def answer_of(trigger: Trigger, visit: VisitNow, who: Standing) -> Answer:
    """Find what a person is answered; every combination has a row."""
    return next(row.answer for row in TABLE if row.fits(trigger, visit, who))
