"""Reading Alipay's notices: a form, signed over its sorted fields as they decode.

Published facts: `sign` and `sign_type` are left out of what is signed; a notice is repeated for
a day under one `notify_id` until it is answered `success`; a refund sends the trade's notice
again, with `refund_fee` (the sum of all refunds so far) and the refund's number in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

from server.domain.errors import BadNotice
from server.domain.payments import Wallet
from server.providers.alipay.config import AlipayConfig
from server.providers.alipay.signing import SIGN_TYPE, AlipaySigner
from server.providers.alipay.texts import fen_of, instant_of
from server.providers.money_ports import PaidState, PaymentSeen, Told

#: Alipay writes `application/x-www-form-urlencoded; text/html; charset=utf-8`.
CONTENT_TYPE = "application/x-www-form-urlencoded"
MAX_NOTICE_BYTES = 64 * 1024
MAX_FIELDS = 128

TRADE_NOTICE = "trade_status_sync"

#: Alipay names a trade's currency only where it may be another; ours is asked for in yuan.
CURRENCY = "CNY"

#: How far Alipay's clock may be ahead of ours.
AHEAD = timedelta(minutes=5)

_SUCCESS = b"success"
_NOTIFY_ID = re.compile(r"[\x21-\x7e]{8,128}")
_NUMBER = re.compile(r"[\x21-\x7e]{1,64}")

#: A field that only a refund, whole or in part, puts in a trade's notice.
_REFUND_FIELDS = ("gmt_refund", "out_biz_no")

Fields = dict[str, str]


class AlipayNoticeReader:
    """Implements `NoticeReader`."""

    def __init__(self, *, config: AlipayConfig, signer: AlipaySigner) -> None:
        self._app_id = config.app_id
        self._seller_id = config.seller_id
        self._fresh = timedelta(seconds=config.notice_fresh_seconds)
        self._signer = signer

    def read(self, headers: Mapping[str, str], raw: bytes, now: datetime) -> Told | None:
        """Verify the fields and decode them; None when the notice has no effect for us.

        Of trades only being paid and being closed unpaid have one: refunds are asked about by
        their own number, since a notice does not tell the amount of one refund.

        Raises:
            BadNotice: rule `well_formed`, `signature`, `app`, `merchant` or `fresh`.
        """
        fields = _fields(headers, raw)
        sign_type, signature = fields.pop("sign_type", ""), fields.pop("sign", "")
        if sign_type != SIGN_TYPE or not self._signer.holds_fields(fields, signature):
            raise BadNotice(field="sign", rule="signature")
        if fields.get("app_id") != self._app_id:
            raise BadNotice(field="app_id", rule="app")
        if fields.get("notify_type") != TRADE_NOTICE:
            return None
        if fields.get("seller_id") != self._seller_id:
            raise BadNotice(field="seller_id", rule="merchant")
        at = _instant(fields, "notify_time")
        if at is None or not -self._fresh <= at - now <= AHEAD:
            raise BadNotice(field="notify_time", rule="fresh")
        what = _trade(fields)
        if what is None:
            return None
        notify_id = _text(fields, "notify_id", _NOTIFY_ID)
        nonce = f"{notify_id} {fields['notify_time']}"
        return Told(notify_id=notify_id, nonce=nonce, what=what, wallet=Wallet.ALIPAY)

    @property
    def taken(self) -> tuple[str, bytes]:
        """Give the seven letters that end the repeating; anything more and it goes on."""
        return "text/plain; charset=utf-8", _SUCCESS


def _fields(headers: Mapping[str, str], raw: bytes) -> Fields:
    kind = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind != CONTENT_TYPE:
        raise BadNotice(field="Content-Type", rule="well_formed")
    if len(raw) > MAX_NOTICE_BYTES:
        raise BadNotice(field="body", rule="well_formed")
    try:
        pairs = parse_qsl(
            raw.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=MAX_FIELDS,
        )
    except ValueError:  # which a UnicodeError is too
        raise BadNotice(field="body", rule="well_formed") from None
    fields = dict(pairs)
    if not fields or len(fields) != len(pairs):
        raise BadNotice(field="body", rule="well_formed")
    return fields


def _trade(fields: Fields) -> PaymentSeen | None:
    """Read how the trade stands; None when that is nothing new to whoever waits for money."""
    state = _state(fields)
    if state is None:
        return None
    transaction = fields.get("trade_no")
    if state == "SUCCESS":
        transaction = _text(fields, "trade_no", _NUMBER)
    try:
        amount_fen = fen_of(fields.get("total_amount", ""))
    except ValueError:
        raise BadNotice(field="total_amount", rule="well_formed") from None
    if fields.get("trans_currency", CURRENCY) != CURRENCY:
        raise BadNotice(field="trans_currency", rule="currency")
    return PaymentSeen(
        out_trade_no=_text(fields, "out_trade_no", _NUMBER),
        state=state,
        amount_fen=amount_fen,
        transaction_id=transaction,
        paid_at=_instant(fields, "gmt_payment"),
    )


def _state(fields: Fields) -> PaidState | None:
    if _tells_refund(fields):
        return None
    match fields.get("trade_status"):
        case "TRADE_SUCCESS" | "TRADE_FINISHED":
            return "SUCCESS"
        case "TRADE_CLOSED" if "gmt_payment" not in fields:
            return "CLOSED"
        case "WAIT_BUYER_PAY" | "TRADE_CLOSED":
            return None
    raise BadNotice(field="trade_status", rule="well_formed")


def _tells_refund(fields: Fields) -> bool:
    if any(fields.get(name) for name in _REFUND_FIELDS):
        return True
    try:
        return fen_of(fields.get("refund_fee") or "0") != 0
    except ValueError:
        raise BadNotice(field="refund_fee", rule="well_formed") from None


def _instant(fields: Fields, name: str) -> datetime | None:
    text = fields.get(name)
    if not text:
        return None
    try:
        return instant_of(text)
    except ValueError:
        raise BadNotice(field=name, rule="well_formed") from None


def _text(fields: Fields, name: str, form: re.Pattern[str]) -> str:
    text = fields.get(name, "")
    if not form.fullmatch(text):
        raise BadNotice(field=name, rule="well_formed")
    return text
