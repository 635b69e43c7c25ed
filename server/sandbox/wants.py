"""What the platform may want of the wallets, whichever wire it came by.

Every wire decodes and checks its own requests, then hands over one of these. Amounts are fen,
instants unix seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: Whose form a thing came in, and its notices go out in.
WireName = Literal["wechatpay", "alipay", "wechat", "aliyun", "tencent"]

#: How a payment is paid at its wallet.
Way = Literal["native", "jsapi", "precreate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPayment:
    """An order to pay."""

    out_trade_no: str
    amount_fen: int
    subject: str
    notify_url: str
    expires_at: float
    wire: WireName
    way: Way = "native"
    payer: str | None = None  #: the openid that alone may pay (JSAPI)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRefund:
    """All or a part of a payment to give back; `total_fen` None is not compared."""

    out_refund_no: str
    out_trade_no: str
    amount_fen: int
    reason: str
    total_fen: int | None = None
    notify_url: str | None = None  #: None: nobody is told
    wire: WireName


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTransfer:
    """Money for a person; `at_once` needs no confirmation of theirs."""

    out_bill_no: str
    amount_fen: int
    payee: str
    remark: str
    notify_url: str | None = None  #: None: nobody is told
    wire: WireName
    named: bool = False  #: the payee's real name came along (it is not kept)
    at_once: bool = False
    fails: str | None = None  #: why it comes to nothing at once
