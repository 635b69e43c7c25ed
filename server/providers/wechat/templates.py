"""Our templates as code, and which of an account's templates each of them is.

WeChat gives an account's template an id and numbers its fields (`thing2`), both different in each
account. So ours are found by their title and labels, and filled by our own words for the fields.
Short ids in WeChat's library depend on the account's categories: a site gives its own
(`LANJIAN_WECHAT_TEMPLATES`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from server.providers.wechat.ports import Template

#: What messages are about; an event of an order goes out by one of these.
TemplateName = Literal["order_state", "money", "offers", "decision", "payout", "booking"]

_LINE = re.compile(r"\s*([^:：{]+?)\s*[:：]\s*\{\{([a-z_]+\d*)\.DATA\}\}\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateSpec:
    """One template as we want it: our word for each field → the label that people see."""

    name: TemplateName
    title: str
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundTemplate:
    """One of the account's templates, ready to be filled by our words."""

    template_id: str
    fields: Mapping[str, str]  #: our word → WeChat's field, such as `thing2`

    def filled(self, data: Mapping[str, str]) -> dict[str, str]:
        """Give the data by WeChat's fields; a word that is missing becomes an empty text."""
        return {field: data.get(word, "") for word, field in self.fields.items()}


TEMPLATES: tuple[TemplateSpec, ...] = (
    TemplateSpec(
        name="order_state",
        title="寄件状态通知",
        labels={"order": "订单编号", "state": "当前状态", "place": "地点", "at": "时间"},
    ),
    TemplateSpec(
        name="money",
        title="收付款通知",
        labels={"order": "订单编号", "amount": "金额", "note": "说明", "at": "时间"},
    ),
    TemplateSpec(
        name="offers",
        title="新订单提醒",
        labels={"note": "订单说明", "place": "取件地点", "at": "时间"},
    ),
    TemplateSpec(
        name="decision",
        title="审核结果通知",
        labels={"matter": "审核事项", "result": "审核结果", "note": "备注", "at": "时间"},
    ),
    TemplateSpec(
        name="payout",
        title="揽件报酬通知",
        labels={"amount": "金额", "note": "说明", "at": "时间"},
    ),
    TemplateSpec(
        name="booking",
        title="预约通知",
        labels={"state": "预约状态", "place": "网点", "at": "预约时间", "note": "说明"},
    ),
)


def found(spec: TemplateSpec, listed: Iterable[Template]) -> FoundTemplate | None:
    """Find one of ours among an account's; None when no template has its title and labels."""
    for template in listed:
        if template.title != spec.title:
            continue
        fields = _fields(template.content)
        if all(label in fields for label in spec.labels.values()):
            ours = {word: fields[label] for word, label in spec.labels.items()}
            return FoundTemplate(template_id=template.template_id, fields=ours)
    return None


def missing(listed: Iterable[Template]) -> list[TemplateSpec]:
    """List ours that an account does not have."""
    templates = tuple(listed)
    return [spec for spec in TEMPLATES if found(spec, templates) is None]


def book(listed: Iterable[Template]) -> dict[TemplateName, FoundTemplate]:
    """Find all of ours that an account has."""
    templates = tuple(listed)
    pairs = ((spec.name, found(spec, templates)) for spec in TEMPLATES)
    return {name: template for name, template in pairs if template is not None}


def _fields(content: str) -> dict[str, str]:
    """Read `label:{{field.DATA}}` line by line."""
    matches = (_LINE.fullmatch(line) for line in content.splitlines())
    return {match[1]: match[2] for match in matches if match is not None}
