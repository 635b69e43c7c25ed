"""WeChat Pay's paths: Native and JSAPI payments, refunds, merchant transfers, daily bills."""

from __future__ import annotations

import gzip
import hashlib
from datetime import date, datetime, time, timedelta

from server.sandbox.bodies import Subject
from server.sandbox.errors import Refused
from server.sandbox.wants import NewPayment, NewRefund, NewTransfer, Way, WireName
from server.sandbox.wechatpay import bodies, views
from server.sandbox.wechatpay.base import WechatPayHandler

WIRE: WireName = "wechatpay"

#: How long a payment lives whose `time_expire` is left out.
LIFE_SECONDS = 2 * 3600.0

#: Bills are made by ten in the morning of the next day, and kept for three months.
READY_AT = time(10, tzinfo=views.BEIJING)
KEPT_DAYS = 90

#: [MEM] What a transfer is told with whose `user_name` is not its payee's.
ANOTHERS_NAME = "NAME_NOT_CORRECT"


class PlaceHandler(WechatPayHandler):
    """POST /v3/pay/transactions/native → {code_url}, …/jsapi → {prepay_id}."""

    async def post(self, way: Way) -> None:
        """Place a payment.

        The code URL leads to the sandbox's own page, so that a person can follow it; the real
        one is `weixin://wxpay/bizpayurl?pr=…`, which only WeChat can.
        """
        body = self.decode(bodies.PlaceJsapi if way == "jsapi" else bodies.Place)
        self.check_merchant(body.mchid, body.appid)
        self.parts.destinations.check(body.notify_url)
        self.may_fail("payment")
        expires = body.time_expire
        wanted = NewPayment(
            out_trade_no=body.out_trade_no,
            amount_fen=body.amount.total,
            subject=body.description,
            notify_url=body.notify_url,
            expires_at=expires.timestamp() if expires else self.parts.clock() + LIFE_SECONDS,
            wire=WIRE,
            way=way,
            payer=body.payer.openid if isinstance(body, bodies.PlaceJsapi) else None,
        )
        told = self.parts.payments.place(wanted)
        if told["state"] == "CLOSED":
            raise Refused(400, "ORDER_CLOSED", "订单已关闭")
        if told["state"] != "NOTPAY":
            raise Refused(400, "ORDERPAID", "该订单已支付")
        name, value = ("prepay_id", "prepay_id") if way == "jsapi" else ("code_url", "pay_url")
        await self.answer("payment", {name: told[value]})


class TransactionHandler(WechatPayHandler):
    """GET /v3/pay/transactions/out-trade-no/{out_trade_no}?mchid= → the payment."""

    async def get(self, number: str) -> None:
        """Tell how it stands."""
        self.check_merchant(self.get_query_argument("mchid", ""))
        self.may_fail("payment")
        told = self.parts.payments.state_of(number, WIRE)
        await self.answer("payment", views.transaction(told, self.desk.keys))


class CloseHandler(WechatPayHandler):
    """POST /v3/pay/transactions/out-trade-no/{out_trade_no}/close → 204."""

    async def post(self, number: str) -> None:
        """Close it."""
        self.check_merchant(self.decode(bodies.Close).mchid)
        self.may_fail("payment")
        self.parts.payments.close(number, WIRE)
        await self.answer("payment", None)


class RefundsHandler(WechatPayHandler):
    """POST /v3/refund/domestic/refunds → the refund."""

    async def post(self) -> None:
        """Give money back."""
        body = self.decode(bodies.Refund)
        if body.notify_url is not None:
            self.parts.destinations.check(body.notify_url)
        self.may_fail("refund")
        wanted = NewRefund(
            out_refund_no=body.out_refund_no,
            out_trade_no=body.out_trade_no,
            amount_fen=body.amount.refund,
            total_fen=body.amount.total,
            reason=body.reason,
            notify_url=body.notify_url,
            wire=WIRE,
        )
        await self.answer("refund", views.refund(self.parts.refunds.place(wanted)))


class RefundHandler(WechatPayHandler):
    """GET /v3/refund/domestic/refunds/{out_refund_no} → the refund."""

    async def get(self, number: str) -> None:
        """Tell how it stands."""
        self.may_fail("refund")
        await self.answer("refund", views.refund(self.parts.refunds.state_of(number, WIRE)))


class TransfersHandler(WechatPayHandler):
    """POST /v3/fund-app/mch-transfer/transfer-bills → the transfer, with its `package_info`."""

    async def post(self) -> None:
        """Place a transfer."""
        body = self.decode(bodies.Transfer)
        self.check_merchant(self.desk.keys.wechatpay_mchid, body.appid)
        if body.notify_url is not None:
            self.parts.destinations.check(body.notify_url)
        if {line.info_type for line in body.transfer_scene_report_infos} != bodies.COMMISSION_LINES:
            raise Refused(400, "PARAM_ERROR", "转账场景报备信息不符合要求")
        is_theirs = self._check_name(body)
        self.may_fail("transfer")
        wanted = NewTransfer(
            out_bill_no=body.out_bill_no,
            amount_fen=body.transfer_amount,
            payee=body.openid,
            remark=body.transfer_remark,
            notify_url=body.notify_url,
            wire=WIRE,
            named=body.user_name is not None,
            fails=None if is_theirs else ANOTHERS_NAME,
        )
        told = self.parts.transfers.place(wanted)
        await self.answer("transfer", views.transfer_taken(told))

    def _check_name(self, body: bodies.Transfer) -> bool:
        """Open the name that came along; False when it is not the payee's."""
        if body.user_name is None:
            if body.transfer_amount >= bodies.NAME_FROM_FEN:
                raise Refused(400, "PARAM_ERROR", "收款用户姓名必填")
            return True
        serial = self.request.headers.get("Wechatpay-Serial")
        name = self.desk.seals.open_name(body.user_name, serial).strip()
        if not name:
            raise Refused(400, "PARAM_ERROR", "收款用户姓名为空")
        return self.parts.wechat.people.is_named(body.openid, name)


class TransferHandler(WechatPayHandler):
    """GET /v3/fund-app/mch-transfer/transfer-bills/out-bill-no/{out_bill_no} → the transfer."""

    async def get(self, number: str) -> None:
        """Tell how it stands."""
        self.may_fail("transfer")
        told = self.parts.transfers.state_of(number, WIRE)
        await self.answer("transfer", views.transfer(told, self.desk.keys))


class CancelHandler(WechatPayHandler):
    """POST …/transfer-bills/out-bill-no/{out_bill_no}/cancel → its state."""

    async def post(self, number: str) -> None:
        """Take it back."""
        self.may_fail("transfer")
        told = self.parts.transfers.cancel(number, WIRE)
        await self.answer("transfer", views.transfer_cancelled(told))


class BillHandler(WechatPayHandler):
    """GET /v3/bill/tradebill?bill_date=&bill_type=&tar_type=, /v3/bill/fundflowbill?… (alike).

    → {hash_type, hash_value, download_url}; the hash is of the bill before its compression.
    """

    async def get(self, which: str) -> None:
        """Write the bill as it is now, and keep it until it is fetched."""
        on: Subject = "statement"
        self.may_fail(on)
        self._check_query(which)
        day = self._day()
        bills = self.desk.bills
        text = bills.trade(day) if which == "tradebill" else bills.flow(day)
        if text is None:
            raise Refused(400, "NO_STATEMENT_EXIST", "账单文件不存在")
        raw = text.encode()
        digest = hashlib.sha1(raw, usedforsecurity=False).hexdigest()
        if self.parts.faults.use("bad_hash", on):
            digest = digest[::-1]
        packed = self.get_query_argument("tar_type", "") == "GZIP"
        token = self.parts.draw()
        self.parts.store.change(
            "INSERT INTO wechatpay_bills VALUES (?, ?)",
            token,
            gzip.compress(raw) if packed else raw,
        )
        self.parts.store.trim("wechatpay_bills")
        url = f"{self.request.protocol}://{self.request.host}/v3/billdownload/file?token={token}"
        await self.answer(on, {"hash_type": "SHA1", "hash_value": digest, "download_url": url})

    def _check_query(self, which: str) -> None:
        if which == "tradebill":
            good = self.get_query_argument("bill_type", "ALL") == "ALL"
        else:
            good = self.get_query_argument("account_type", "BASIC") in ("BASIC", "OPERATION")
        if not good or self.get_query_argument("tar_type", "") not in ("", "GZIP"):
            raise Refused(400, "PARAM_ERROR", "参数错误")

    def _day(self) -> date:
        """Read the day, which must have a bill by now.

        Raises:
            Refused: 400 `PARAM_ERROR`, `STATEMENT_CREATING`.
        """
        try:
            day = date.fromisoformat(self.get_query_argument("bill_date", ""))
        except ValueError as error:
            raise Refused(400, "PARAM_ERROR", "bill_date 格式错误") from error
        now = datetime.fromtimestamp(self.parts.clock(), views.BEIJING)
        if day > now.date() or (now.date() - day).days > KEPT_DAYS:
            raise Refused(400, "PARAM_ERROR", "bill_date 超出范围")
        early = now < datetime.combine(day + timedelta(days=1), READY_AT)
        not_ready = self.parts.faults.use("not_ready", "statement")
        if not_ready or (early and not self.parts.settings.early_statements):
            raise Refused(400, "STATEMENT_CREATING", "账单生成中")
        return day


class DownloadHandler(WechatPayHandler):
    """GET /v3/billdownload/file?token= → the file, unsigned as the real one."""

    async def get(self) -> None:
        """Send it."""
        row = self.parts.store.one(
            "SELECT content FROM wechatpay_bills WHERE token=?",
            self.get_query_argument("token", ""),
        )
        if row is None:
            raise Refused(400, "INVALID_REQUEST", "账单地址已失效")
        content = bytes(row["content"])
        self.set_header("Content-Type", "application/octet-stream")
        if self.parts.faults.use("half_file", "statement"):
            await self.cut_short(content)
            return
        self.finish(content)
