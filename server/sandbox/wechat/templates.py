"""Templates of messages: WeChat's library, what the account took from it, and what fits.

The library is the sandbox's own; a real one depends on the account's categories. Field limits are
those of WeChat's 订阅消息参数值内容限制说明.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Literal

from server.sandbox.store import SandboxStore
from server.sandbox.wechat.refusals import WeChatRefused

Row = dict[str, Any]
TemplateKind = Literal["template", "subscription", "mini"]

#: Short id → title, and each label with the type of its field.
LIBRARY: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "46001": (
        "寄件状态通知",
        {"订单编号": "character_string", "当前状态": "phrase", "地点": "thing", "时间": "time"},
    ),
    "46002": (
        "收付款通知",
        {"订单编号": "character_string", "金额": "amount", "说明": "thing", "时间": "time"},
    ),
    "46003": ("新订单提醒", {"订单说明": "thing", "取件地点": "thing", "时间": "time"}),
    "46004": (
        "审核结果通知",
        {"审核事项": "thing", "审核结果": "phrase", "备注": "thing", "时间": "time"},
    ),
    "46005": ("揽件报酬通知", {"金额": "amount", "说明": "thing", "时间": "time"}),
    "46006": (
        "预约通知",
        {"预约状态": "phrase", "网点": "thing", "预约时间": "time", "说明": "thing"},
    ),
}

_LIMITS = {
    "thing": r"[^\n\r\t]{1,20}",
    "phrase": r"[\u4e00-\u9fff]{1,5}",
    "character_string": r"[\x20-\x7e]{1,32}",
    "amount": r"[¥￥$]?[0-9]{1,10}(\.[0-9]{1,2})?元?",
    "time": r"[0-9年月日:：/.~ -]{3,40}",
}
_FIELD = re.compile(r"\{\{(([a-z_]+)\d*)\.DATA\}\}")


class Templates:
    """What the account and the mini program have taken."""

    def __init__(self, *, store: SandboxStore, draw: Callable[[], str]) -> None:
        self._store = store
        self._draw = draw

    def add(self, kind: TemplateKind, short_id: str, labels: list[str] | None = None) -> str:
        """Take one from the library, with some of its labels; again gives the same.

        Raises:
            WeChatRefused: 40037, no such template, or a label that it does not have.
        """
        known = LIBRARY.get(short_id)
        if known is None or any(label not in known[1] for label in labels or ()):
            raise WeChatRefused(40037, "invalid template_id")
        row = self._store.one(
            "SELECT template_id FROM wx_templates WHERE kind = ? AND short_id = ?", kind, short_id
        )
        if row is not None:
            return str(row["template_id"])
        template_id = f"sandbox{self._draw()}{self._draw()}"[:43]
        lines = [
            f"{label}:{{{{{known[1][label]}{number}.DATA}}}}"
            for number, label in enumerate(labels or known[1], start=1)
        ]
        self._store.change(
            "INSERT INTO wx_templates VALUES (?, ?, ?, ?, ?)",
            *(template_id, kind, short_id, known[0], "\n".join(lines)),
        )
        return template_id

    def listed(self, kind: TemplateKind) -> list[Row]:
        """List those of a kind."""
        return self._store.all(
            "SELECT template_id, title, content FROM wx_templates WHERE kind = ? ORDER BY rowid",
            kind,
        )

    def kind_of(self, template_id: str) -> str | None:
        """Tell whose template it is."""
        row = self._store.one("SELECT kind FROM wx_templates WHERE template_id = ?", template_id)
        return str(row["kind"]) if row else None

    def filled(self, kind: TemplateKind, template_id: str, data: Mapping[str, Any]) -> Row:
        """Fill one in: its title, and a line for each label.

        Raises:
            WeChatRefused: 40037, or 47003 naming the field.
        """
        row = self._store.one(
            "SELECT * FROM wx_templates WHERE template_id = ? AND kind = ?", template_id, kind
        )
        if row is None:
            raise WeChatRefused(40037, "invalid template_id")
        lines = []
        for line in row["content"].splitlines():
            label, _, place = line.partition(":")
            lines.append(f"{label}：{_value(place, data)}")
        return {"title": row["title"], "text": "\n".join(lines)}


def _value(place: str, data: Mapping[str, Any]) -> str:
    found = _FIELD.fullmatch(place)
    if found is None:
        return place
    name, kind = found[1], found[2]
    field = data.get(name)
    value = field.get("value") if isinstance(field, dict) else None
    if not isinstance(value, str) or not value:
        raise WeChatRefused(47003, f"argument invalid! data.{name}.value is empty")
    if not re.fullmatch(_LIMITS.get(kind, r".{1,200}"), value):
        raise WeChatRefused(47003, f"argument invalid! data.{name}.value invalid")
    return value
