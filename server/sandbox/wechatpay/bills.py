"""The bills of a day (Asia/Shanghai) from the sandbox's own records, and differences on request.

The trade bill has payments and refunds with their fees, the fund-flow bill what transfers cost.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from server.sandbox.faults import Faults
from server.sandbox.keys import SandboxKeys
from server.sandbox.store import SandboxStore
from server.sandbox.wechatpay.views import BEIJING, SOMEBODY

Row = dict[str, Any]
Fields = list[str]

TRADE_HEADER = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,"
    "付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,"
    "退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
)
TRADE_SUMS = (
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
)
FLOW_HEADER = (
    "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),"
    "资金变更提交申请人,备注,业务凭证号"
)
FLOW_SUMS = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额"

# Where the faults reach into a line of the trade bill.
TRADE_NUMBER, REFUND_NUMBER, FEE, ORDER_AMOUNT, REFUND_ASKED = 6, 15, 22, 24, 25

REFUND_STATES = {"SUCCESS": "SUCCESS", "PROCESSING": "PROCESSING", "ABNORMAL": "CHANGE"}


class Bills:
    """Writes bills as they are at this moment."""

    def __init__(
        self, *, store: SandboxStore, faults: Faults, keys: SandboxKeys, fee_rate: float
    ) -> None:
        self._store = store
        self._faults = faults
        self._keys = keys
        self._rate = Decimal(str(fee_rate))

    def trade(self, day: date) -> str | None:
        """Write the trade bill; None when there is nothing to write."""
        begins, ends = _bounds(day)
        payments = self._store.all(
            "SELECT * FROM payments WHERE wire='wechatpay' AND paid_at >= ? AND paid_at < ?"
            " ORDER BY paid_at, rowid",
            *(begins, ends),
        )
        refunds = self._store.all(
            "SELECT refunds.*, transaction_id, payer, way, subject FROM refunds"
            " JOIN payments USING (out_trade_no)"
            " WHERE refunds.wire='wechatpay' AND refunds.created_at >= ?"
            " AND refunds.created_at < ? ORDER BY refunds.created_at, refunds.rowid",
            *(begins, ends),
        )
        lines = [self._payment(row) for row in payments] + [self._refund(row) for row in refunds]
        lines = self._spoilt(lines, begins)
        return _written(TRADE_HEADER, lines, TRADE_SUMS, _trade_sums(lines)) if lines else None

    def flow(self, day: date) -> str | None:
        """Write the fund-flow bill, of transfers alone; None when there is nothing to write."""
        begins, ends = _bounds(day)
        transfers = self._store.all(
            "SELECT * FROM transfers WHERE wire='wechatpay' AND state='SUCCESS'"
            " AND updated_at >= ? AND updated_at < ? ORDER BY updated_at, rowid",
            *(begins, ends),
        )
        lines = [
            [
                *(_at(row["updated_at"]), row["transfer_bill_no"], f"fl{row['transfer_bill_no']}"),
                *("商家转账", "商家转账", "支出", _yuan(row["amount_fen"]), "100000.00"),
                *(f"{self._keys.wechatpay_mchid}API", row["remark"], row["out_bill_no"]),
            ]
            for row in transfers
        ]
        total = _yuan(sum(row["amount_fen"] for row in transfers))
        sums = [str(len(lines)), "0", "0.00", str(len(lines)), total]
        return _written(FLOW_HEADER, lines, FLOW_SUMS, sums) if lines else None

    def _payment(self, row: Row) -> Fields:
        amount = _yuan(row["amount_fen"])
        return [
            *self._who(row, row["paid_at"], "SUCCESS"),
            *(amount, "0.00", "0", "0", "0.00", "0.00", "", "", row["subject"], ""),
            *(self._fee(row["amount_fen"]), self._percent(), amount, "0.00", ""),
        ]

    def _refund(self, row: Row) -> Fields:
        amount = _yuan(row["amount_fen"])
        return [
            *self._who(row, row["created_at"], "REFUND"),
            *("0.00", "0.00", row["refund_id"], row["out_refund_no"], amount, "0.00"),
            *("ORIGINAL", REFUND_STATES[row["state"]], row["subject"], ""),
            *(self._fee(-row["amount_fen"]), self._percent(), "0.00", amount, ""),
        ]

    def _who(self, row: Row, at: float, state: str) -> Fields:
        return [
            *(_at(at), self._keys.wechat_app_id, self._keys.wechatpay_mchid, "0", ""),
            *(row["transaction_id"], row["out_trade_no"], row["payer"] or SOMEBODY),
            *(row["way"].upper(), state, "OTHERS", "CNY"),
        ]

    def _fee(self, amount_fen: int) -> str:
        fen = (Decimal(amount_fen) * self._rate).quantize(Decimal(1), rounding=ROUND_HALF_UP)
        return f"{fen / 100:.5f}"

    def _percent(self) -> str:
        return f"{self._rate * 100:.2f}%"

    def _spoilt(self, lines: list[Fields], begins: float) -> list[Fields]:
        """Play the faults that are armed, each on a line of its own as far as there are."""
        if lines and self._faults.use("missing_line", "statement"):
            lines = lines[1:]
        if lines and self._faults.use("wrong_amount", "statement"):
            line = lines[-1]
            column = ORDER_AMOUNT if line[REFUND_NUMBER] == "0" else REFUND_ASKED
            line[column] = f"{Decimal(line[column]) + Decimal('0.01'):.2f}"
        if lines and self._faults.use("wrong_fee", "statement"):
            lines[0][FEE] = f"{Decimal(lines[0][FEE]) + Decimal('0.01'):.5f}"
        if self._faults.use("extra_line", "statement"):
            nobodys = {"paid_at": begins, "transaction_id": "txNOBODYS", "out_trade_no": "NOBODYS1"}
            row = {**nobodys, "payer": None, "way": "native", "subject": "?", "amount_fen": 100}
            lines = [*lines, self._payment(row)]
        return lines


def _trade_sums(lines: list[Fields]) -> Fields:
    def total(column: int) -> Decimal:
        return sum((Decimal(line[column]) for line in lines), Decimal(0))

    return [
        *(str(len(lines)), f"{total(12):.2f}", f"{total(16):.2f}", "0.00", f"{total(FEE):.5f}"),
        *(f"{total(ORDER_AMOUNT):.2f}", f"{total(REFUND_ASKED):.2f}"),
    ]


def _written(header: str, lines: list[Fields], sums_header: str, sums: Fields) -> str:
    rows = [header, *map(_row, lines), sums_header, _row(sums)]
    return "\ufeff" + "".join(f"{row}\r\n" for row in rows)


def _row(fields: Fields) -> str:
    return ",".join(f"`{field}" for field in fields)


def _bounds(day: date) -> tuple[float, float]:
    begins = datetime.combine(day, time(), tzinfo=BEIJING)
    return begins.timestamp(), (begins + timedelta(days=1)).timestamp()


def _at(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def _yuan(fen: int) -> str:
    return f"{Decimal(fen) / 100:.2f}"
