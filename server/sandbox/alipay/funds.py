"""Transfers to people's Alipay accounts: at once, without their confirmation."""

from __future__ import annotations

import re
from typing import Any

from server.sandbox.alipay.people import people_of
from server.sandbox.alipay.requests import GatewayError, GatewayRequest, refused
from server.sandbox.alipay.signing import APP_SERIAL, ROOT_SERIAL, certificate_sn
from server.sandbox.alipay.texts import fen, yuan
from server.sandbox.alipay.trades import WIRE
from server.sandbox.errors import Refused
from server.sandbox.parts import Parts
from server.sandbox.wants import NewTransfer

Row = dict[str, Any]
Fields = dict[str, Any]

PRODUCT_CODE, BIZ_SCENE = "TRANS_ACCOUNT_NO_PWD", "DIRECT_TRANSFER"
LEAST_FEN, MOST_FEN = 10, 100_000_000

#: [MEM] What a failed transfer is told with.
FAILED = "PAYEE_ACCOUNT_STATUS_ERROR"

STATUS = {"SUCCESS": "SUCCESS", "FAIL": "FAIL"}  #: every other state of ours is DEALING

_USER_ID = re.compile(r"2088\d{12}", re.ASCII)


class Funds:
    """Answers the methods of alipay.fund."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def transfer(self, request: GatewayRequest) -> Fields:
        """alipay.fund.trans.uni.transfer; certificate mode only."""
        certificates = (request.app_cert_sn, request.root_cert_sn)
        if certificates != (certificate_sn(APP_SERIAL), certificate_sn(ROOT_SERIAL)):
            raise GatewayError("40006", "isv.insufficient-isv-permissions", "certificates")
        _check_product(request)
        payee, named = self._payee(request.contents.get("payee_info"))
        wanted = NewTransfer(
            out_bill_no=request.text("out_biz_no"),
            amount_fen=_amount(request),
            payee=payee,
            remark=str(request.contents.get("order_title", ""))[:128],
            wire=WIRE,
            named=named,
            at_once=True,
        )
        try:
            row = self._parts.transfers.place(wanted)
        except Refused as refusal:
            raise refused("INVALID_PARAMETER", "out_biz_no") from refusal
        if row["state"] == "FAIL":
            raise refused(FAILED)
        return {
            "out_biz_no": row["out_bill_no"],
            "order_id": row["transfer_bill_no"],
            "pay_fund_order_id": row["transfer_bill_no"],
            "status": STATUS.get(row["state"], "DEALING"),
        }

    def _payee(self, info: object) -> tuple[str, bool]:
        """Read who is paid, and whether the real name came along; it is not kept."""
        if not isinstance(info, dict):
            raise refused("INVALID_PARAMETER", "payee_info")
        identity, kind, name = _identity(info), str(info["identity_type"]), info.get("name")
        if kind != "ALIPAY_LOGON_ID":
            people_of(self._parts).check_payee(kind, identity, name)
        return identity, bool(name)

    def query(self, request: GatewayRequest) -> Fields:
        """alipay.fund.trans.common.query."""
        _check_product(request)
        try:
            row = self._parts.transfers.state_of(request.text("out_biz_no"), WIRE)
        except Refused as refusal:
            raise refused("ORDER_NOT_EXIST") from refusal
        told = {
            "out_biz_no": row["out_bill_no"],
            "order_id": row["transfer_bill_no"],
            "status": STATUS.get(row["state"], "DEALING"),
            "trans_amount": yuan(row["amount_fen"]),
        }
        if row["state"] == "FAIL":
            told |= {"error_code": FAILED, "fail_reason": "收款账户状态异常"}
        return told


def _check_product(request: GatewayRequest) -> None:
    asked = (request.contents.get("product_code"), request.contents.get("biz_scene"))
    if asked != (PRODUCT_CODE, BIZ_SCENE):
        raise refused("INVALID_PARAMETER", "product_code, biz_scene")


def _amount(request: GatewayRequest) -> int:
    try:
        amount_fen = fen(request.contents.get("trans_amount"))
    except ValueError:
        raise refused("INVALID_PARAMETER", "trans_amount") from None
    if not LEAST_FEN <= amount_fen <= MOST_FEN:
        raise refused("INVALID_PARAMETER", "trans_amount")
    return amount_fen


def _identity(info: dict[str, Any]) -> str:
    """Read who is paid."""
    identity, name = info.get("identity"), info.get("name")
    if not isinstance(identity, str) or not 0 < len(identity) <= 128:
        raise refused("INVALID_PARAMETER", "identity")
    match info.get("identity_type"):
        case "ALIPAY_USER_ID" if not _USER_ID.fullmatch(identity):
            raise refused("PAYEE_NOT_EXIST")
        case "ALIPAY_USER_ID" | "ALIPAY_OPEN_ID":
            return identity
        case "ALIPAY_LOGON_ID" if isinstance(name, str) and name:
            return identity
    raise refused("INVALID_PARAMETER", "payee_info")
