"""Payments by QR (Native) and within WeChat (JSAPI), and refunds of all or a part."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType

import msgspec
from wechatpayv3.async_.type import WeChatPayType

from server.domain.china import CHINA
from server.domain.errors import ProviderFailed
from server.domain.ids import Draw
from server.domain.payments import Payment, PayWay, Refund
from server.providers.money_ports import PayLink, PaymentSeen, RefundSeen
from server.providers.wechatpay.answers import RefundAnswer, Transaction
from server.providers.wechatpay.client import WechatPayClient
from server.providers.wechatpay.errors import is_refusal, is_unheard

#: What stands beside the amount on the payer's phone.
SUBJECT = "揽件 寄件费 Lanjian parcel"

NONCE_LENGTH = 32


class _NativeAsked(msgspec.Struct, frozen=True):
    code_url: str


class _JsapiAsked(msgspec.Struct, frozen=True):
    prepay_id: str


class WechatPay:
    """Implements `PayProvider` for the ways NATIVE and JSAPI."""

    def __init__(
        self,
        *,
        client: WechatPayClient,
        notify_url: str,
        clock: Callable[[], datetime],
        draw: Draw,
    ) -> None:
        self._client = client
        self._notify_url = notify_url
        self._clock = clock
        self._draw = draw

    async def ask(self, payment: Payment, payer: str | None = None) -> PayLink:
        """Open a payment; `payer` is the openid that JSAPI wants, and that alone may pay then.

        Raises:
            ProviderFailed: `payer_missing`, `way_not_offered`, ORDERPAID, ORDER_CLOSED, another
                refusal, or no answer.
        """
        if payment.way is PayWay.NATIVE:
            native = await self._client.read(
                self._asked(payment, WeChatPayType.NATIVE), _NativeAsked
            )
            return PayLink(way=payment.way, url=native.code_url)
        if payment.way is not PayWay.JSAPI:
            raise ProviderFailed(rule="way_not_offered")
        if not payer:
            raise ProviderFailed(rule="payer_missing")
        asked = self._asked(payment, WeChatPayType.JSAPI, {"openid": payer})
        jsapi = await self._client.read(asked, _JsapiAsked)
        return PayLink(way=payment.way, prepay_id=jsapi.prepay_id)

    async def _asked(
        self, payment: Payment, kind: WeChatPayType, payer: dict[str, str] | None = None
    ) -> tuple[int, bytes | str]:
        expires = payment.expires_at.astimezone(CHINA).isoformat(timespec="seconds")
        answered: tuple[int, bytes | str] = await self._client.wallet.pay(
            description=SUBJECT,
            out_trade_no=payment.id,
            amount={"total": payment.amount_fen, "currency": "CNY"},
            payer=payer,
            time_expire=expires,
            notify_url=self._notify_url,
            pay_type=kind,
        )
        return answered

    def jsapi_parameters(self, prepay_id: str) -> Mapping[str, str]:
        """Give what a page in WeChat hands to `WeixinJSBridge` (getBrandWCPayRequest).

        Signed at each call; good for the two hours that a prepaid order lives.
        """
        app_id = self._client.config.app_id
        timestamp = str(int(self._clock().timestamp()))
        nonce = self._draw(NONCE_LENGTH)
        package = f"prepay_id={prepay_id}"
        signature = self._client.wallet.sign([app_id, timestamp, nonce, package])
        return MappingProxyType(
            {
                "appId": app_id,
                "timeStamp": timestamp,
                "nonceStr": nonce,
                "package": package,
                "signType": "RSA",
                "paySign": signature,
            }
        )

    async def seen(self, payment: Payment) -> PaymentSeen | None:
        """Tell how a payment stands; None when the wallet never heard of it.

        Raises:
            ProviderFailed: no answer, or one that is not of this payment.
        """
        asked = self._client.wallet.query(out_trade_no=payment.id)
        try:
            told = await self._client.read(asked, Transaction)
        except ProviderFailed as error:
            if is_unheard(error):
                return None
            raise
        config = self._client.config
        seen = told.seen(unpaid_fen=payment.amount_fen)
        ours = (told.out_trade_no, told.mchid, told.appid)
        if seen is None or ours != (payment.id, config.mchid, config.app_id):
            raise ProviderFailed(rule="bad_answer")
        return seen

    async def close(self, payment: Payment) -> bool:
        """Close an unpaid payment; False when it is paid already.

        A refusal says in several words that it is paid, or closed already: the payment's state
        decides which.

        Raises:
            ProviderFailed: no answer, or refused though it is unpaid.
        """
        try:
            await self._client.done(self._client.wallet.close(out_trade_no=payment.id))
        except ProviderFailed as error:
            if error.rule == "ORDERPAID":
                return False
            if is_unheard(error):
                return True
            seen = await self.seen(payment) if is_refusal(error) else None
            if seen is None or seen.state == "NOTPAY":
                raise
            return seen.state == "CLOSED"
        return True

    async def refund(self, refund: Refund) -> RefundSeen:
        """Give a payment back, all or a part; the same number again gives nothing twice.

        Raises:
            ProviderFailed: NOT_ENOUGH or another refusal, or no answer.
        """
        total = refund.total_fen or refund.amount_fen
        asked = self._client.wallet.refund(
            out_refund_no=refund.id,
            out_trade_no=refund.payment,
            amount={"refund": refund.amount_fen, "total": total, "currency": "CNY"},
            reason=refund.reason,
            notify_url=self._notify_url,
        )
        return _of(refund, await self._client.read(asked, RefundAnswer))

    async def refund_seen(self, refund: Refund) -> RefundSeen | None:
        """Tell how a refund stands; None when the wallet never heard of it.

        Raises:
            ProviderFailed: no answer, or one that is not of this refund.
        """
        asked = self._client.wallet.query_refund(refund.id)
        try:
            return _of(refund, await self._client.read(asked, RefundAnswer))
        except ProviderFailed as error:
            if is_unheard(error):
                return None
            raise


def _of(refund: Refund, told: RefundAnswer) -> RefundSeen:
    if (told.out_refund_no, told.out_trade_no) != (refund.id, refund.payment):
        raise ProviderFailed(rule="bad_answer")
    return told.seen()
