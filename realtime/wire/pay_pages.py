"""Pay pages over HTTP: how one stands, and asking for a way to pay at it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from realtime.wire.requests import Body
from realtime.wire.views import View

Way = Literal["wechat_native", "wechat_jsapi", "alipay_precreate"]


class AskPayPage(Body, frozen=True, kw_only=True):
    """POST /v1/pay/{code}: which way; `handle` (of a log-in by WeChat) says who pays by JSAPI."""

    way: Way
    handle: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] | None = None


class PagePayment(View, frozen=True, kw_only=True):
    """The payment that runs: a URL with its QR, or what a page hands to WeChat's bridge."""

    way: str
    expires_at: datetime
    url: str | None = None
    qr: str | None = None  #: the URL as a picture, a data URI
    jsapi: dict[str, str] | None = None  #: getBrandWCPayRequest; to its own payer only


class PayPageView(View, frozen=True, kw_only=True):
    """A pay page; it tells nothing of whose parcel it is.

    `state` is `waiting`, `paying` (a payment runs), `paid`, `expired` (the code; the order may
    still be paid by a newer one) or `gone` (nothing is to be paid). Of the last two it tells
    nothing more.
    """

    state: str
    ways: tuple[str, ...] = ()  #: what is offered here
    amount_fen: int | None = None
    size: str | None = None
    terminal_name: str | None = None
    expires_at: datetime | None = None
    payment: PagePayment | None = None
