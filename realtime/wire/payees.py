"""Bodies and answers about where a courier is paid: wallets, links, the choice between them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from realtime.wire.requests import Body, Id
from realtime.wire.views import View

Handle = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class ChooseWallet(Body, frozen=True, kw_only=True):
    """PUT /v1/courier/payees: be paid there from now on; it has to be linked."""

    wallet: Literal["wechat", "alipay"]


class TakeAlipay(Body, frozen=True, kw_only=True):
    """POST /v1/courier/alipay: link the account that Alipay led back with."""

    handle: Handle


class SendAlipayCode(Body, frozen=True, kw_only=True):
    """POST /v1/courier/alipay/move-code."""

    handle: Handle
    device: Id


class MoveAlipay(Body, frozen=True, kw_only=True):
    """POST /v1/courier/alipay/move: `code` went to the phone of the account that has it now."""

    handle: Handle
    code: Annotated[str, msgspec.Meta(max_length=12)]


class AlipayBegun(View, frozen=True, kw_only=True):
    """POST /v1/courier/alipay/begin: lead the browser there.

    It comes back to the earnings with `?alipay=` a handle, or `failed`.
    """

    url: str


class PayeeView(View, frozen=True, kw_only=True):
    """One wallet that couriers are paid by here; `pays` is where the next payout goes."""

    wallet: str
    linked: bool
    pays: bool
    linked_at: datetime | None = None


class MyPayees(View, frozen=True, kw_only=True):
    """GET /v1/courier/payees: where one is paid, and where one could be.

    With nothing linked, pay waits (`payee`). A choice counts while its wallet is linked; without
    one WeChat comes first.
    """

    wallets: tuple[PayeeView, ...]
