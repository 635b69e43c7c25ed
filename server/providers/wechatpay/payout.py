"""Payouts by the merchant transfer of 2025-01-15: the courier confirms each in WeChat.

The money is only given once the courier has confirmed, on a page that `package_info` opens. An
answer that was lost is asked for again under the same number, which gives `package_info` again;
a query does not give it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from server.domain.errors import ProviderFailed
from server.domain.payments import Transfer
from server.providers.money_ports import Payee, TransferSeen
from server.providers.wechatpay.answers import TransferBill, TransferTaken
from server.providers.wechatpay.client import WechatPayClient
from server.providers.wechatpay.errors import is_refusal, is_unheard

#: What the courier reads beside the amount; at most 32 characters.
REMARK = "揽件报酬 Lanjian pickup"

#: From 2,000 yuan on WeChat Pay wants the payee's name, and compares it (发起转账, `user_name`:
#: 转账金额 >= 2,000 元时必填; in the documents and in wechatpayv3's `mch_transfer_bills`).
NAME_FROM_FEN = 200_000

BILLS = "/v3/fund-app/mch-transfer/transfer-bills/out-bill-no"


class WechatPayout:
    """Implements `PayoutProvider`; a payee's account is the openid."""

    def __init__(self, *, client: WechatPayClient, notify_url: str) -> None:
        self._client = client
        self._notify_url = notify_url

    async def transfer(self, transfer: Transfer, payee: Payee) -> TransferSeen:
        """Ask for a transfer; the same number again pays nothing twice.

        The name goes along, encrypted, only where WeChat Pay wants it.

        Raises:
            ProviderFailed: `name_missing`, NOT_ENOUGH or another refusal, or no answer.
        """
        named = transfer.amount_fen >= NAME_FROM_FEN
        if named and not payee.real_name:
            raise ProviderFailed(rule="name_missing")
        config = self._client.config
        asked = self._client.wallet.mch_transfer_bills(
            out_bill_no=transfer.id,
            transfer_scene_id=config.transfer_scene,
            openid=payee.account,
            transfer_amount=transfer.amount_fen,
            transfer_remark=REMARK,
            user_name=payee.real_name if named else None,
            transfer_scene_report_infos=[
                {"info_type": kind, "info_content": text} for kind, text in config.transfer_report
            ],
            notify_url=self._notify_url,
        )
        return _taken(transfer, await self._client.read(asked, TransferTaken))

    async def transfer_seen(self, transfer: Transfer) -> TransferSeen | None:
        """Tell how a transfer stands; None when the wallet never heard of it.

        WeChat Pay forgets transfers after 30 days: do not take None for "not paid" then.

        Raises:
            ProviderFailed: no answer, or one that is not of this transfer.
        """
        asked = self._client.wallet.mch_transfer_bills_query(out_bill_no=transfer.id)
        try:
            told = await self._client.read(asked, TransferBill)
        except ProviderFailed as error:
            if is_unheard(error):
                return None
            raise
        if (told.out_bill_no, told.merchant) != (transfer.id, self._client.config.mchid):
            raise ProviderFailed(rule="bad_answer")
        return told.seen()

    async def cancel(self, transfer: Transfer) -> TransferSeen:
        """Take back what is not confirmed; its state tells what came of it.

        CANCELING is not the end: only CANCELLED says that the money did not go.

        Raises:
            ProviderFailed: no answer, or the wallet never heard of it.
        """
        try:
            asked = self._client.post_empty(f"{BILLS}/{transfer.id}/cancel")
            return _taken(transfer, await self._client.read(asked, TransferTaken))
        except ProviderFailed as error:
            seen = await self.transfer_seen(transfer) if is_refusal(error) else None
            if seen is None or seen.state in ("ACCEPTED", "PROCESSING", "WAIT_USER_CONFIRM"):
                raise
            return seen

    def confirm_parameters(self, package_info: str) -> Mapping[str, str]:
        """Give what a page in WeChat hands to `WeixinJSBridge` (requestMerchantTransfer)."""
        config = self._client.config
        return MappingProxyType(
            {"mchId": config.mchid, "appId": config.app_id, "package": package_info}
        )


def _taken(transfer: Transfer, told: TransferTaken) -> TransferSeen:
    if told.out_bill_no != transfer.id:
        raise ProviderFailed(rule="bad_answer")
    return TransferSeen(
        out_bill_no=transfer.id,
        amount_fen=transfer.amount_fen,
        state=told.state,
        package_info=told.package_info or None,
        fail_reason=told.fail_reason or None,
    )
