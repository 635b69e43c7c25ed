"""Notices of the provider's signed JSON API, read as every wallet's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal, TypeVar

import msgspec

from server.domain.errors import BadNotice
from server.domain.keys import Secret
from server.providers.money_ports import (
    PaidState,
    PaymentSeen,
    RefundedState,
    RefundSeen,
    Told,
    TransferredState,
    TransferSeen,
)
from server.providers.signing import check

T = TypeVar("T")

Number = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Amount = Annotated[int, msgspec.Meta(ge=0, le=100_000_000)]

#: Which notices each of our callback URLs takes.
PAY = frozenset({"payment", "refund"})
PAYOUT = frozenset({"transfer"})

#: What the provider wants to hear.
TAKEN = ("application/json; charset=utf-8", b'{"code":"SUCCESS"}')


class NoticeBody(msgspec.Struct, frozen=True, kw_only=True):
    """The envelope of every notice; fields that we do not know are ignored."""

    notify_id: Number
    type: Literal["payment", "refund", "transfer"]
    resource: msgspec.Raw


class PaymentNotice(msgspec.Struct, frozen=True, kw_only=True):
    """A payment changed at the provider."""

    out_trade_no: Number
    amount_fen: Amount
    state: PaidState
    transaction_id: Number | None = None
    paid_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class RefundNotice(msgspec.Struct, frozen=True, kw_only=True):
    """A refund changed at the provider."""

    out_refund_no: Number
    amount_fen: Amount
    state: RefundedState


class TransferNotice(msgspec.Struct, frozen=True, kw_only=True):
    """A transfer changed at the provider."""

    out_bill_no: Number
    amount_fen: Amount
    state: TransferredState
    fail_reason: Annotated[str, msgspec.Meta(max_length=64)] | None = None


class SignedReader:
    """Implements `NoticeReader` for one of the two callback URLs."""

    def __init__(self, *, key: Secret, fresh_seconds: float, expected: frozenset[str]) -> None:
        self._key = key
        self._fresh_seconds = fresh_seconds
        self._expected = expected

    def read(self, headers: Mapping[str, str], raw: bytes, now: datetime) -> Told:
        """Verify the raw bytes and decode them.

        Raises:
            BadNotice: rule `signature`, `fresh`, `well_formed` or `of_this_address`.
        """
        nonce = check(self._key.value, headers, raw, now, self._fresh_seconds)
        notice = _decode(raw, NoticeBody)
        if notice.type not in self._expected:
            raise BadNotice(field="type", rule="of_this_address")
        return Told(notify_id=notice.notify_id, nonce=nonce, what=_what(notice))

    @property
    def taken(self) -> tuple[str, bytes]:
        """What the provider wants to hear."""
        return TAKEN


def _what(notice: NoticeBody) -> PaymentSeen | RefundSeen | TransferSeen:
    match notice.type:
        case "payment":
            paid = _decode(notice.resource, PaymentNotice)
            return PaymentSeen(
                out_trade_no=paid.out_trade_no,
                state=paid.state,
                amount_fen=paid.amount_fen,
                transaction_id=paid.transaction_id,
                paid_at=paid.paid_at,
            )
        case "refund":
            back = _decode(notice.resource, RefundNotice)
            return RefundSeen(
                out_refund_no=back.out_refund_no, amount_fen=back.amount_fen, state=back.state
            )
        case "transfer":
            out = _decode(notice.resource, TransferNotice)
            return TransferSeen(
                out_bill_no=out.out_bill_no,
                amount_fen=out.amount_fen,
                state=out.state,
                fail_reason=out.fail_reason,
            )


def _decode(raw: bytes | msgspec.Raw, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise BadNotice(field="body", rule="well_formed") from None
