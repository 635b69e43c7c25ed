"""Every way to refuse a wish, as one tree; each leaf has a stable code.

    DomainError
    ├── InvalidInput          a field breaks a rule (field, rule)
    ├── NotAuthenticated      no token, an expired or a foreign one
    ├── Forbidden             known, but not allowed; NotCertified is one of them
    ├── NotFound              no such thing, or not this person's
    ├── Conflict              the thing is not in a state that allows it
    ├── Limited               too often (retry_after_seconds)
    └── Unavailable           a part of ours cannot answer now; try again, same request id

`handlers/errors.py` maps each to an HTTP status and a close code in one table.
A lost race is a result of a claim, turned into `OrderTaken` at the service's edge.
"""

from __future__ import annotations

import math
from collections.abc import Iterator


class DomainError(Exception):
    """The root: a refusal that changed nothing. `zh` and `en` are for people."""

    code = "refused"
    zh = "请求被拒绝"
    en = "The request was refused."

    def __init__(
        self, *, field: str | None = None, rule: str | None = None, **details: object
    ) -> None:
        self.field = field
        self.rule = rule
        self.details = details
        super().__init__(self.code)

    def __str__(self) -> str:
        where = f"{self.code} {self.field}" if self.field else self.code
        return f"{where}: {self.rule}" if self.field or self.rule else where


class InvalidInput(DomainError):
    """A field is missing, of a wrong type, unknown, or breaks its rule."""

    code = "invalid_input"
    zh = "填写有误"
    en = "Something in the form is not right."


class BodyTooLarge(InvalidInput):
    """The body or frame is over its limit."""

    code = "too_large"
    zh = "内容过大"
    en = "That is too large."


class WrongCode(InvalidInput):
    """The SMS code is wrong, used, expired or tried too often: one answer for all."""

    code = "wrong_code"
    zh = "验证码错误或已失效"
    en = "The code is wrong or no longer valid."


class AgreementRequired(InvalidInput):
    """The user agreement's current version was not accepted."""

    code = "agreement_required"
    zh = "请先阅读并同意用户协议"
    en = "Please read and accept the user agreement first."


class NotAuthenticated(DomainError):
    """No valid access token came with the request."""

    code = "not_authenticated"
    zh = "请先登录"
    en = "Please log in."


class TokenExpired(NotAuthenticated):
    """The access token has run out: refresh it."""

    code = "token_expired"
    zh = "登录已过期"
    en = "The log-in has expired."


class SessionRevoked(NotAuthenticated):
    """The session was ended, or its refresh token was used twice."""

    code = "session_revoked"
    zh = "登录已失效，请重新登录"
    en = "The session has ended; please log in again."


class AgentRefused(NotAuthenticated):
    """A terminal's agent did not prove itself: the rule says what to mend."""

    code = "agent_refused"
    zh = "终端身份未通过验证，请联系工作人员"
    en = "This terminal could not prove itself; please tell the staff."


class Forbidden(DomainError):
    """This role may not do this."""

    code = "forbidden"
    zh = "没有权限"
    en = "You may not do this."


class NotCertified(Forbidden):
    """The courier is not certified (details: certification, and the page that leads there)."""

    code = "not_certified"
    zh = "请先完成揽件员认证"
    en = "Please finish the courier certification first."


class NotFound(DomainError):
    """There is no such thing, or this person may not know of it."""

    code = "not_found"
    zh = "没有找到"
    en = "Not found."


class Conflict(DomainError):
    """The thing is not in a state that allows this."""

    code = "conflict"
    zh = "当前状态不能这样操作"
    en = "This is not possible in the present state."


class IllegalTransition(Conflict):
    """The order's state table has no such step from here."""

    code = "illegal_transition"


class StaleVersion(Conflict):
    """The thing changed meanwhile: look again."""

    code = "stale"
    zh = "内容已更新，请刷新"
    en = "This has changed meanwhile; please look again."


class InProgress(Conflict):
    """The same request, by its idempotency key, is being answered right now."""

    code = "in_progress"
    zh = "正在处理，请稍候"
    en = "This is being worked on; please wait a moment."


class OrderTaken(Conflict):
    """Another courier was earlier (details: earlier_seconds), or the order is gone."""

    code = "taken"
    zh = "已被其他揽件员抢先"
    en = "Another courier was earlier."

    def __init__(self, *, earlier_seconds: float | None = None) -> None:
        """Say by how much the winner was earlier, where it is known; never who won."""
        if earlier_seconds is None:
            super().__init__()
            return
        super().__init__(earlier_seconds=earlier_seconds)
        self.zh = f"另一位揽件员早了 {earlier_seconds:.2f} 秒"
        self.en = f"Another courier was {earlier_seconds:.2f} s earlier."


class OfferClosed(Conflict):
    """The order is no longer offered."""

    code = "offer_closed"
    zh = "该订单已不可抢"
    en = "This order is no longer on offer."


class CapReached(Conflict):
    """The courier already carries as many orders as allowed."""

    code = "cap_reached"
    zh = "手上的订单已达上限"
    en = "You already carry as many orders as allowed."


class Barred(Conflict):
    """This courier may not claim this order at present."""

    code = "barred"
    zh = "您暂时不能抢这个订单"
    en = "You may not claim this order at present."


class NoFreeCell(Conflict):
    """No free cell of the size at this terminal."""

    code = "no_free_cell"
    zh = "没有合适的空格口"
    en = "No free cell of this size here."


class TerminalOffline(Conflict):
    """The terminal is not connected; no door can be opened through it now."""

    code = "terminal_offline"
    zh = "终端离线，暂时无法开门"
    en = "The terminal is offline; its doors cannot be opened now."


class DoorDidNotOpen(Conflict):
    """The door was not sensed open in time."""

    code = "door_did_not_open"
    zh = "格口门没有打开"
    en = "The door did not open."


class TooManyOpens(Conflict):
    """The door was opened again as often as allowed."""

    code = "too_many_opens"
    zh = "重新开门次数已用完"
    en = "The door was opened again as often as allowed."


class VisitOver(Conflict):
    """The kiosk code or the visit has run out: scan again."""

    code = "visit_over"
    zh = "二维码已过期，请重新扫码"
    en = "The code has expired; please scan again."


class WaybillBound(Conflict):
    """The carrier waybill number is bound to another order."""

    code = "waybill_bound"
    zh = "该运单号已绑定其他订单"
    en = "This waybill number is bound to another order."


class IdNumberTaken(Conflict):
    """The ID number certifies another account."""

    code = "id_number_taken"
    zh = "该身份证号已用于认证其他账号，请联系客服"
    en = "This ID number certifies another account; please call customer service."


class WeChatElsewhere(Conflict):
    """This WeChat is another account's: it moves after a code sent to that account's phone."""

    code = "wechat_elsewhere"
    zh = "该微信已绑定另一个账号，移过来需要那个账号的短信验证码"
    en = "This WeChat belongs to another account; moving it needs a code sent to that phone."


class AnotherWeChat(Conflict):
    """The account has another WeChat: unlink that one first."""

    code = "another_wechat"
    zh = "您的账号已绑定另一个微信，请先解绑"
    en = "Your account has another WeChat; please unlink that one first."


class WeChatOver(Conflict):
    """What WeChat said about who this is was used, is too old, or is of another browser."""

    code = "wechat_over"
    zh = "微信登录已过期，请重试"
    en = "The log-in by WeChat has run out; please try again."


class AlipayElsewhere(Conflict):
    """This Alipay is another account's: it moves after a code sent to that account's phone."""

    code = "alipay_elsewhere"
    zh = "该支付宝已绑定另一个账号，移过来需要那个账号的短信验证码"
    en = "This Alipay belongs to another account; moving it needs a code sent to that phone."


class AnotherAlipay(Conflict):
    """The account has another Alipay: unlink that one first."""

    code = "another_alipay"
    zh = "您的账号已绑定另一个支付宝，请先解绑"
    en = "Your account has another Alipay; please unlink that one first."


class AlipayOver(Conflict):
    """What Alipay said about who this is was used, is too old, or is of another browser."""

    code = "alipay_over"
    zh = "支付宝授权已过期，请重试"
    en = "What Alipay said about you has run out; please try again."


class SlotFull(Conflict):
    """Every place of the slot is claimed (details: nearest, slots that are free)."""

    code = "slot_full"
    zh = "该时段已约满，请选择其他时段"
    en = "This slot is full; please choose another one."


class HoldOver(Conflict):
    """The hold on the slot has ended: choose a slot again."""

    code = "hold_over"
    zh = "为您保留的时段已过期，请重新选择"
    en = "Your hold on the slot has ended; please choose again."


class HeldLonger(Conflict):
    """The hold was prolonged before; it is prolonged once."""

    code = "held_longer"
    zh = "保留时间只能延长一次"
    en = "A hold can be prolonged once."


class TooManyHolds(Conflict):
    """This person holds as many slots as allowed: fill one form, or give one up."""

    code = "too_many_holds"
    zh = "您正在保留的时段已达上限，请先完成或放弃一个"
    en = "You hold as many slots as allowed; please finish or give up one."


class VehicleBooked(Conflict):
    """The vehicle has another booking on the same day."""

    code = "vehicle_booked"
    zh = "该车辆当天已有预约"
    en = "This vehicle has a booking on that day already."


class TooLate(Conflict):
    """The outlet's cut-off has passed (details: until): staff may still help."""

    code = "too_late"
    zh = "已过可修改时间，请联系客服"
    en = "It is too late for this; please call customer service."


class Limited(DomainError):
    """Too often; details: retry_after_seconds."""

    code = "limited"
    zh = "操作太频繁，请稍后再试"
    en = "Too often; please try again later."

    @classmethod
    def for_seconds(cls, wait_seconds: float, *, field: str) -> Limited:
        """Refuse for so long, rounded up: whoever waits as told is not too early again."""
        told = math.ceil(wait_seconds * 10) / 10
        return cls(field=field, rule="rate", retry_after_seconds=told)


class Unavailable(DomainError):
    """A part of the platform cannot answer now; the same request id may be sent again."""

    code = "unavailable"
    zh = "服务暂时不可用，请重试"
    en = "Not available at the moment; please try again."


class OutcomeUnknown(Unavailable):
    """It was sent to be written and the answer was lost: it may or may not be so."""

    code = "outcome_unknown"


class ProviderFailed(Unavailable):
    """An outside provider refused or did not answer."""

    code = "provider_failed"


class BadNotice(InvalidInput):
    """A provider's notice is forged, late, repeated under another text, or of a wrong amount."""

    code = "bad_notice"
    zh = "通知无效"
    en = "The notice is not valid."


def leaves(root: type[DomainError] = DomainError) -> Iterator[type[DomainError]]:
    """Walk the tree: every class of refusal, the root included."""
    yield root
    for child in root.__subclasses__():
        yield from leaves(child)
