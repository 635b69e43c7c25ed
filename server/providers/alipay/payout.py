"""Transfers to couriers' Alipay accounts; certificate mode only, by Alipay's rules.

They need no confirmation, and cannot be taken back.
"""

from __future__ import annotations

import re

import msgspec

from server.domain.errors import ProviderFailed
from server.domain.payments import Transfer
from server.providers.alipay.client import AlipayClient, fitting, read_as
from server.providers.alipay.texts import fen_of, yuan_text
from server.providers.money_ports import Payee, TransferredState, TransferSeen

#: What the courier reads beside the amount.
TITLE = "揽件报酬 Lanjian pickup"

PRODUCT = {"product_code": "TRANS_ACCOUNT_NO_PWD", "biz_scene": "DIRECT_TRANSFER"}

NO_TRANSFER = "ORDER_NOT_EXIST"

#: [MEM] Refusals that are the payee's account's own: nothing was paid, and the same number can
#: never be. Every other refusal may pass (our balance, our limits, our rights).
PAYEE_FAULTS = frozenset(
    {
        "PAYEE_NOT_EXIST",
        "PAYEE_USER_INFO_ERROR",
        "PAYEE_USERINFO_STATUS_ERROR",
        "PAYEE_ACCOUNT_STATUS_ERROR",
        "PERM_AML_NOT_REALNAME_REV",
    }
)

MAX_REASON = 128

_USER_ID = re.compile(r"2088\d{12}", re.ASCII)

_STATES: dict[str, TransferredState] = {
    "SUCCESS": "SUCCESS",
    "FAIL": "FAIL",
    "CLOSED": "FAIL",
    "INIT": "PROCESSING",
    "WAIT_PAY": "PROCESSING",
    "DEALING": "PROCESSING",
}


class _Transferred(msgspec.Struct, frozen=True):
    out_biz_no: str
    status: str


class _Found(msgspec.Struct, frozen=True):
    out_biz_no: str
    status: str
    trans_amount: str | None = None
    fail_reason: str | None = None
    error_code: str | None = None


class AlipayPayout:
    """Implements `PayoutProvider`.

    A payee's account is an Alipay user id (2088 and twelve digits), an open id of our app, or what
    the person logs in with (phone or e-mail), which Alipay takes together with the real name only.
    """

    def __init__(self, *, client: AlipayClient) -> None:
        self._client = client

    async def transfer(self, transfer: Transfer, payee: Payee) -> TransferSeen:
        """Ask for a transfer; the same number again pays nothing twice.

        Raises:
            ProviderFailed: rule `certificates` (none are configured) or `payee_name` (it is
                wanted): nothing was asked; refused; or no answer: it may be paid.
        """
        if not self._client.can_transfer:
            raise ProviderFailed(rule="certificates")
        contents = {
            **PRODUCT,
            "out_biz_no": transfer.id,
            "trans_amount": yuan_text(transfer.amount_fen),
            "order_title": TITLE,
            "remark": TITLE,
            "payee_info": _payee_info(payee),
        }
        try:
            told = await self._client.ask("alipay.fund.trans.uni.transfer", contents, _Transferred)
        except ProviderFailed as error:
            if error.rule not in PAYEE_FAULTS:
                raise
            return _seen(transfer, transfer.amount_fen, "FAIL", error.rule)
        fitting(told.out_biz_no == transfer.id)
        fitting(told.status in _STATES)
        return _seen(transfer, transfer.amount_fen, _STATES[told.status], None)

    async def transfer_seen(self, transfer: Transfer) -> TransferSeen | None:
        """Tell how a transfer stands; None when Alipay never heard of it.

        Raises:
            ProviderFailed: no answer.
        """
        contents = {**PRODUCT, "out_biz_no": transfer.id}
        try:
            told = await self._client.ask("alipay.fund.trans.common.query", contents, _Found)
        except ProviderFailed as error:
            if error.rule != NO_TRANSFER:
                raise
            return None
        fitting(told.out_biz_no == transfer.id)
        fitting(told.status in _STATES)
        asked = yuan_text(transfer.amount_fen)
        amount_fen = read_as(fen_of, asked if told.trans_amount is None else told.trans_amount)
        reason = told.error_code or told.fail_reason
        return _seen(transfer, amount_fen, _STATES[told.status], reason)

    async def cancel(self, transfer: Transfer) -> TransferSeen:
        """Tell how the transfer stands: Alipay takes none back.

        Raises:
            ProviderFailed: no answer; `ORDER_NOT_EXIST` when Alipay never heard of it, which is
                no promise while an earlier request may still be on its way.
        """
        seen = await self.transfer_seen(transfer)
        if seen is None:
            raise ProviderFailed(rule=NO_TRANSFER)
        return seen


def _payee_info(payee: Payee) -> dict[str, str]:
    kind = _identity_type(payee)
    if kind == "ALIPAY_LOGON_ID" and not payee.real_name:
        raise ProviderFailed(rule="payee_name")
    info = {"identity": payee.account, "identity_type": kind}
    if payee.real_name:
        info["name"] = payee.real_name
    return info


def _identity_type(payee: Payee) -> str:
    if payee.is_open_id:
        return "ALIPAY_OPEN_ID"
    by_id = _USER_ID.fullmatch(payee.account) is not None
    return "ALIPAY_USER_ID" if by_id else "ALIPAY_LOGON_ID"


def _seen(
    transfer: Transfer, amount_fen: int, state: TransferredState, reason: str | None
) -> TransferSeen:
    is_told = state == "FAIL" and reason is not None and reason.isprintable()
    return TransferSeen(
        out_bill_no=transfer.id,
        amount_fen=amount_fen,
        state=state,
        fail_reason=reason[:MAX_REASON] if reason and is_told else None,
    )
