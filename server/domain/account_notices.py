"""Kinds of notices about a person's account: their certification, and what they have linked."""

from __future__ import annotations

from server.domain.certifications import Step as Certified
from server.domain.notice_kind import CERTIFICATION_PAGE, EARNINGS_PAGE, Hears, Kind
from server.domain.notices import Use
from server.domain.payees import AlipayChange
from server.domain.wechat import LinkChange

_COURIER, _PERSON = Hears.COURIER, Hears.PERSON
_VITAL, _WANTED, _NICE = Use.VITAL, Use.WANTED, Use.NICE

ACCOUNT_ROWS: tuple[Kind, ...] = (
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
