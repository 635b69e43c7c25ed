"""A notice as each channel says it: a template's fields, a text with a link, an SMS. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from server.domain.bookings.slots import read_slot_id
from server.domain.china import CHINA
from server.domain.notice_kind import Hears, Kind
from server.domain.notices import StoredNotice
from server.providers.ports import Sms

#: The text message's template; its parts are short words, as vendors want them.
SMS_TEMPLATE = "notice"

#: What a decision is about, by the beginning of its kind.
MATTERS = {"certification": "揽件员认证", "wechat": "微信绑定", "booking": "电池拆卸预约"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What goes out."""

    data: Mapping[str, str]  #: a template's fields, by our words for them
    text: str  #: of a customer message
    url: str
    sms_params: Mapping[str, str]
    sms_text: str

    def sms(self, phone: str) -> Sms:
        """Address the text message."""
        return Sms(phone=phone, template=SMS_TEMPLATE, params=self.sms_params, text=self.sms_text)


def message_of(notice: StoredNotice, kind: Kind, base_url: str, place: str) -> Message:
    """Write a notice out; `place` is the terminal's or outlet's name, where there is one.

    The time of a booking's is its slot's.
    """
    url = base_url + kind.path
    matter = _matter(notice)
    params = {"matter": matter, "state": kind.word}
    return Message(
        data={
            "order": notice.order or "-",
            "state": kind.word,
            "result": kind.word,
            "matter": matter,
            "place": place,
            "amount": _yuan(notice.amount_fen),
            "note": notice.zh,
            "at": _china(read_slot_id(notice.slot)[1] if notice.slot else notice.at),
        },
        text="\n".join(part for part in (notice.zh, notice.en, url) if part),
        url=url,
        sms_params=params,
        sms_text=f"【揽件】{matter}：{kind.word}。请打开揽件页面查看。",
    )


def _matter(notice: StoredNotice) -> str:
    if notice.order is not None:
        matter = "面单审核" if notice.hears == Hears.COURIER else "寄件"
        return f"{matter} {notice.order[-4:]}"
    beginning = notice.kind.partition("_")[0]
    return MATTERS.get(beginning, "账号")


def _yuan(fen: int | None) -> str:
    return "" if fen is None else f"{fen // 100}.{fen % 100:02d}元"


def _china(at: datetime) -> str:
    return f"{at.astimezone(CHINA):%Y-%m-%d %H:%M}"
