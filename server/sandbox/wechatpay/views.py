"""The sandbox's things in WeChat Pay's JSON, as its answers and opened notices have them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from server.sandbox.keys import SandboxKeys

Row = dict[str, Any]

BEIJING = timezone(timedelta(hours=8))

#: Who scanned a Native QR.
SOMEBODY = "oSandboxPayer0000000000000001"

DESCRIPTIONS = {"SUCCESS": "支付成功", "REFUND": "转入退款", "NOTPAY": "未支付", "CLOSED": "已关闭"}


def beijing(instant: str) -> str:
    """Write an instant as WeChat Pay does."""
    return datetime.fromisoformat(instant).astimezone(BEIJING).isoformat(timespec="seconds")


def transaction(told: Row, keys: SandboxKeys, *, amount_off_fen: int = 0) -> Row:
    """Give a payment."""
    total = told["amount_fen"] + amount_off_fen
    view: Row = {
        "appid": keys.wechat_app_id,
        "mchid": keys.wechatpay_mchid,
        "out_trade_no": told["out_trade_no"],
        "trade_type": told["way"].upper(),
        "trade_state": told["state"],
        "trade_state_desc": DESCRIPTIONS[told["state"]],
        "attach": "",
        "amount": {"total": total, "currency": "CNY"},
    }
    if "transaction_id" in told:
        view |= {
            "transaction_id": told["transaction_id"],
            "bank_type": "OTHERS",
            "success_time": beijing(told["paid_at"]),
            "payer": {"openid": told.get("payer") or SOMEBODY},
            "amount": {
                "total": total,
                "payer_total": total,
                "currency": "CNY",
                "payer_currency": "CNY",
            },
        }
    return view


def refund(told: Row) -> Row:
    """Give a refund as queries do."""
    return {
        "refund_id": told["refund_id"],
        "out_refund_no": told["out_refund_no"],
        "transaction_id": told["transaction_id"],
        "out_trade_no": told["out_trade_no"],
        "channel": "ORIGINAL",
        "user_received_account": "支付用户零钱",
        "create_time": beijing(told["created_at"]),
        "status": told["state"],
        "funds_account": "AVAILABLE",
        "amount": {**_refund_amount(told, 0), "currency": "CNY"},
        **({"success_time": beijing(told["created_at"])} if told["state"] == "SUCCESS" else {}),
    }


def refund_notice(told: Row, keys: SandboxKeys, *, amount_off_fen: int = 0) -> Row:
    """Give a refund as notices do."""
    return {
        "mchid": keys.wechatpay_mchid,
        "transaction_id": told["transaction_id"],
        "out_trade_no": told["out_trade_no"],
        "refund_id": told["refund_id"],
        "out_refund_no": told["out_refund_no"],
        "refund_status": told["state"],
        "user_received_account": "支付用户零钱",
        "amount": _refund_amount(told, amount_off_fen),
        **({"success_time": beijing(told["created_at"])} if told["state"] == "SUCCESS" else {}),
    }


def _refund_amount(told: Row, amount_off_fen: int) -> Row:
    back = told["amount_fen"] + amount_off_fen
    total = told["total_fen"]
    return {"total": total, "refund": back, "payer_total": total, "payer_refund": back}


def transfer_taken(told: Row) -> Row:
    """Give a transfer as asking for one is answered; `package_info` only while it waits."""
    view = {
        "out_bill_no": told["out_bill_no"],
        "transfer_bill_no": told["transfer_bill_no"],
        "create_time": beijing(told["created_at"]),
        "state": told["state"],
    }
    if told["state"] == "WAIT_USER_CONFIRM":
        view["package_info"] = told["package_info"]
    return view


def transfer_cancelled(told: Row) -> Row:
    """Give a transfer as cancelling one is answered."""
    return {
        "out_bill_no": told["out_bill_no"],
        "transfer_bill_no": told["transfer_bill_no"],
        "state": told["state"],
        "update_time": beijing(told["updated_at"]),
    }


def transfer(told: Row, keys: SandboxKeys, *, amount_off_fen: int = 0) -> Row:
    """Give a transfer as queries and notices do."""
    return {
        "mch_id": keys.wechatpay_mchid,
        "out_bill_no": told["out_bill_no"],
        "transfer_bill_no": told["transfer_bill_no"],
        "appid": keys.wechat_app_id,
        "state": told["state"],
        "transfer_amount": told["amount_fen"] + amount_off_fen,
        "transfer_remark": told["remark"],
        "openid": told["payee"],
        "create_time": beijing(told["created_at"]),
        "update_time": beijing(told["updated_at"]),
        **({"fail_reason": told["fail_reason"]} if told["fail_reason"] else {}),
    }
