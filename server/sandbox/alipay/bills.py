"""Daily bills as Alipay writes them: a zip of CSV files in GBK.

Alipay keeps 0.6 % of a payment and gives the same part of a refund's back.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from server.sandbox.alipay.texts import CHINA, TIME_FORM, beijing, yuan
from server.sandbox.alipay.trades import WIRE
from server.sandbox.faults import Faults
from server.sandbox.store import SandboxStore

Row = dict[str, Any]

FEE_PER_MILLE = 6

TRADE_HEAD = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,"
    "对方账户,订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,"
    "商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,"
    "退款批次号/请求号,服务费（元）,分润（元）,备注"
)
ACCOUNT_HEAD = (
    "账务流水号,业务流水号,商户订单号,商品名称,发生时间,对方账号,收入金额（+元）,支出金额（-元）,"
    "账户余额（元）,交易渠道,业务类型,备注"
)
RULE = "-" * 41


@dataclass(frozen=True, slots=True, kw_only=True)
class BillLine:
    """One payment or refund; `amount_fen` and `fee_fen` are below zero where money leaves us."""

    kind: str
    trade_no: str
    number: str
    refund_no: str
    subject: str
    amount_fen: int
    fee_fen: int
    began_at: float
    at: float


class Bills:
    """Writes what a day's bill has to say."""

    def __init__(self, *, store: SandboxStore, faults: Faults, seller_id: str) -> None:
        self._store = store
        self._faults = faults
        self._seller_id = seller_id

    def trade(self, day: date) -> bytes:
        """Write the business bill, with the differences that are armed for it."""
        lines = self._spoilt([*self._payments(day), *self._refunds(day)])
        text = _bill("业务", self._seller_id, day, TRADE_HEAD, map(_trade_row, lines))
        sums = _bill("业务汇总", self._seller_id, day, "门店编号,门店名称,交易订单总笔数", ())
        return _zipped({f"{day:%Y%m%d}_业务明细.csv": text, f"{day:%Y%m%d}_汇总.csv": sums})

    def account(self, day: date) -> bytes:
        """Write the account bill: transfers, beside lines that are of no interest to us."""
        rows = [_transfer_row(row) for row in self._transfers(day)]
        payments = [_income_row(line) for line in self._payments(day)]
        text = _bill("账务", self._seller_id, day, ACCOUNT_HEAD, [*payments, *rows])
        return _zipped({f"{day:%Y%m%d}_账务明细.csv": text})

    def _payments(self, day: date) -> list[BillLine]:
        rows = self._store.all(
            "SELECT * FROM payments WHERE wire=? AND paid_at >= ? AND paid_at < ?"
            " ORDER BY paid_at, rowid",
            *(WIRE, *_bounds(day)),
        )
        return [
            BillLine(
                kind="交易",
                trade_no=row["transaction_id"],
                number=row["out_trade_no"],
                refund_no="",
                subject=row["subject"],
                amount_fen=row["amount_fen"],
                fee_fen=-fee(row["amount_fen"]),
                began_at=row["created_at"],
                at=row["paid_at"],
            )
            for row in rows
        ]

    def _refunds(self, day: date) -> list[BillLine]:
        rows = self._store.all(
            "SELECT refunds.*, transaction_id, subject, payments.created_at AS began_at"
            " FROM refunds JOIN payments USING (out_trade_no) WHERE refunds.wire=?"
            " AND refunds.state='SUCCESS' AND refunds.created_at >= ? AND refunds.created_at < ?"
            " ORDER BY refunds.created_at, refunds.rowid",
            *(WIRE, *_bounds(day)),
        )
        return [
            BillLine(
                kind="退款",
                trade_no=row["transaction_id"],
                number=row["out_trade_no"],
                refund_no=row["out_refund_no"],
                subject=row["subject"],
                amount_fen=-row["amount_fen"],
                fee_fen=fee(row["amount_fen"]),
                began_at=row["began_at"],
                at=row["created_at"],
            )
            for row in rows
        ]

    def _transfers(self, day: date) -> list[Row]:
        return self._store.all(
            "SELECT * FROM transfers WHERE wire=? AND state='SUCCESS'"
            " AND updated_at >= ? AND updated_at < ? ORDER BY updated_at, rowid",
            *(WIRE, *_bounds(day)),
        )

    def _spoilt(self, lines: list[BillLine]) -> list[BillLine]:
        if lines and self._faults.use("missing_line", "statement"):
            lines = lines[1:]
        if lines and self._faults.use("wrong_amount", "statement"):
            lines[0] = replace(lines[0], amount_fen=lines[0].amount_fen + 1)
        if lines and self._faults.use("wrong_fee", "statement"):
            lines[0] = replace(lines[0], fee_fen=lines[0].fee_fen - 1)
        if lines and self._faults.use("extra_line", "statement"):
            lines.append(replace(lines[0], number="NOBODYS0001", trade_no="txnobodys0001"))
        return lines


def fee(amount_fen: int) -> int:
    """Give 0.6 % of an amount, rounded to the nearest fen."""
    return (amount_fen * FEE_PER_MILLE + 500) // 1000


def _bounds(day: date) -> tuple[float, float]:
    start = datetime.combine(day, time(), CHINA)
    return start.timestamp(), (start + timedelta(days=1)).timestamp()


def _trade_row(line: BillLine) -> str:
    cells = [f"{line.trade_no}\t", f"{line.number}\t", line.kind, _quoted(line.subject)]
    cells += [beijing(line.began_at), beijing(line.at), "\t", "\t", "\t", "\t", "**(138******00)"]
    cells += [yuan(line.amount_fen)] * 2 + ["0.00"] * 5 + ["", "0.00\t", "0.00"]
    cells += [f"{line.refund_no}\t", yuan(line.fee_fen), "0.00", ""]
    return ",".join(cells)


def _transfer_row(row: Row) -> str:
    bill = row["transfer_bill_no"]
    cells = [f"{bill}\t", f"{bill}\t", f"{row['out_bill_no']}\t", _quoted(row["remark"])]
    cells += [beijing(row["updated_at"]), "**(138******01)", "", yuan(-row["amount_fen"])]
    return ",".join([*cells, "0.00", "支付宝", "转账", ""])


def _income_row(line: BillLine) -> str:
    cells = [f"{line.trade_no}\t", f"{line.trade_no}\t", f"{line.number}\t", _quoted(line.subject)]
    cells += [beijing(line.at), "**(138******00)", yuan(line.amount_fen), ""]
    return ",".join([*cells, "0.00", "支付宝", "在线支付", ""])


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if set(text) & set('",\r\n') else text


def _bill(name: str, seller_id: str, day: date, head: str, rows: Iterable[str]) -> str:
    start = datetime.combine(day, time(), CHINA)
    end = start + timedelta(days=1)
    return "\r\n".join(
        [
            f"#支付宝{name}明细查询",
            f"#账号：[{seller_id}0156]",
            f"#起始日期：[{start.strftime(TIME_FORM)}]   终止日期：[{end.strftime(TIME_FORM)}]",
            f"#{RULE}{name}明细列表{RULE}",
            head,
            *rows,
            f"#{RULE}{name}明细列表结束{RULE}",
            f"#导出时间：[{end.strftime(TIME_FORM)}]",
            "",
        ]
    )


def _zipped(files: dict[str, str]) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text.encode("gbk", errors="replace"))
    return kept.getvalue()
