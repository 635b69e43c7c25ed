"""Notices of WeChat Pay: checked over the raw bytes, opened, and given in our words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Literal, TypeVar

import msgspec

from server.domain.errors import BadNotice
from server.domain.payments import Wallet
from server.providers.money_ports import PaymentSeen, RefundSeen, Told, TransferSeen
from server.providers.wechatpay.answers import Number, RefundNotice, Transaction, TransferBill
from server.providers.wechatpay.config import WechatPayConfig
from server.providers.wechatpay.crypto import WalletKey, unseal

T = TypeVar("T")

#: Any 200 stops the repeating; the body is for whoever reads along.
TAKEN = ("application/json; charset=utf-8", b'{"code":"SUCCESS"}')


class _Sealed(msgspec.Struct, frozen=True, kw_only=True):
    algorithm: Literal["AEAD_AES_256_GCM"]
    ciphertext: str
    nonce: str
    associated_data: str | None = None


class _Notice(msgspec.Struct, frozen=True, kw_only=True):
    id: Number
    event_type: str
    resource_type: Literal["encrypt-resource"]
    resource: _Sealed


class WechatPayNotices:
    """Implements `NoticeReader`."""

    def __init__(self, *, config: WechatPayConfig, fresh_seconds: float) -> None:
        self._config = config
        self._key = WalletKey(key_id=config.public_key_id, public_pem=config.public_key_pem)
        self._fresh_seconds = fresh_seconds
        self._readers: Mapping[str, Callable[[bytes], PaymentSeen | RefundSeen | TransferSeen]] = {
            "TRANSACTION.SUCCESS": self._payment,
            "REFUND.SUCCESS": self._refund,
            "REFUND.ABNORMAL": self._refund,
            "REFUND.CLOSED": self._refund,
            "MCHTRANSFER.BILL.FINISHED": self._transfer,
        }

    def read(self, headers: Mapping[str, str], raw: bytes, now: datetime) -> Told | None:
        """Verify the raw bytes and open them; None for events that are nothing to us.

        Raises:
            BadNotice: rule `signature`, `fresh`, `well_formed`, `app` or `merchant`.
        """
        nonce = self._key.check(headers, raw, now, self._fresh_seconds)
        notice = _decode(raw, _Notice)
        reader = self._readers.get(notice.event_type)
        if reader is None:
            return None
        opened = unseal(
            self._config.api_v3_key,
            nonce=notice.resource.nonce,
            associated=notice.resource.associated_data or "",
            ciphertext=notice.resource.ciphertext,
        )
        what = reader(opened)
        return Told(notify_id=notice.id, nonce=nonce, what=what, wallet=Wallet.WECHAT)

    @property
    def taken(self) -> tuple[str, bytes]:
        """The content type and body that stop the repeating."""
        return TAKEN

    def _payment(self, opened: bytes) -> PaymentSeen:
        told = _decode(opened, Transaction)
        self._check_merchant(told.mchid)
        if told.appid != self._config.app_id:
            raise BadNotice(field="appid", rule="app")
        seen = told.seen()
        if seen is None or seen.state != "SUCCESS":  # its event says that it is paid
            raise BadNotice(field="trade_state", rule="well_formed")
        return seen

    def _refund(self, opened: bytes) -> RefundSeen:
        told = _decode(opened, RefundNotice)
        self._check_merchant(told.mchid)
        return told.seen()

    def _transfer(self, opened: bytes) -> TransferSeen:
        told = _decode(opened, TransferBill)
        self._check_merchant(told.merchant)
        return told.seen()

    def _check_merchant(self, mchid: str | None) -> None:
        if mchid != self._config.mchid:
            raise BadNotice(field="mchid", rule="merchant")


def _decode(raw: bytes, wanted: type[T]) -> T:
    try:
        return msgspec.json.decode(raw, type=wanted)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise BadNotice(rule="well_formed") from error
