"""Bodies of requests to WeChat Pay; fields that we do not know are ignored."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from server.sandbox.bodies import Amount, Instant, Url

TradeNumber = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_\-|*]{6,32}$")]
RefundNumber = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_\-|*@]{1,64}$")]
BillNumber = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9]{1,32}$")]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=127)]
OpenId = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]

#: The two lines that must be reported with a commission (scene 1005).
COMMISSION_SCENE = "1005"
COMMISSION_LINES = {"岗位类型", "报酬说明"}

#: From here on the payee's name must come along.
NAME_FROM_FEN = 200_000


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """The root of all bodies."""


class Total(Body, frozen=True, kw_only=True):
    """An order's amount."""

    total: Amount
    currency: Literal["CNY"] = "CNY"


class Payer(Body, frozen=True, kw_only=True):
    """Who alone may pay."""

    openid: OpenId


class Place(Body, frozen=True, kw_only=True):
    """POST /v3/pay/transactions/native."""

    appid: str
    mchid: str
    description: Text
    out_trade_no: TradeNumber
    time_expire: Instant | None = None
    notify_url: Url
    amount: Total


class PlaceJsapi(Place, frozen=True, kw_only=True):
    """POST /v3/pay/transactions/jsapi."""

    payer: Payer


class Close(Body, frozen=True, kw_only=True):
    """POST /v3/pay/transactions/out-trade-no/{out_trade_no}/close."""

    mchid: str


class RefundAmount(Body, frozen=True, kw_only=True):
    """What goes back, of what was paid."""

    refund: Amount
    total: Amount
    currency: Literal["CNY"]


class Refund(Body, frozen=True, kw_only=True):
    """POST /v3/refund/domestic/refunds."""

    out_trade_no: TradeNumber
    out_refund_no: RefundNumber
    reason: Annotated[str, msgspec.Meta(max_length=80)] = ""
    notify_url: Url | None = None
    amount: RefundAmount


class Report(Body, frozen=True, kw_only=True):
    """One line that a transfer's scene wants."""

    info_type: str
    info_content: Annotated[str, msgspec.Meta(min_length=1, max_length=32)]


class Transfer(Body, frozen=True, kw_only=True):
    """POST /v3/fund-app/mch-transfer/transfer-bills."""

    appid: str
    out_bill_no: BillNumber
    transfer_scene_id: Literal["1005"]
    openid: OpenId
    user_name: str | None = None
    transfer_amount: Amount
    transfer_remark: Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
    notify_url: Url | None = None
    transfer_scene_report_infos: list[Report]


class JsapiCall(Body, frozen=True, kw_only=True):
    """POST /wallet/jsapi: what a page hands to WeixinJSBridge (getBrandWCPayRequest)."""

    appId: str
    timeStamp: str
    nonceStr: str
    package: str
    signType: Literal["RSA"]
    paySign: str


class TransferCall(Body, frozen=True, kw_only=True):
    """POST /wallet/transfer: what a page hands to WeixinJSBridge (requestMerchantTransfer)."""

    mchId: str
    appId: str
    package: str
