"""What lies between an account as it is and as the code has it, and doing away with that."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

from server.domain.errors import ProviderFailed
from server.providers.wechat.menu import lines_of, wanted_menu
from server.providers.wechat.ports import MenuButton, MiniApi, WeChatApi
from server.providers.wechat.templates import TEMPLATES, TemplateSpec, missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What would change; what a site must do by hand comes with its reason."""

    wanted: tuple[MenuButton, ...]
    menu_diff: tuple[str, ...]  #: unified, empty when the menu is as it should be
    to_add: tuple[tuple[TemplateSpec, str], ...]  #: with their short ids
    by_hand: tuple[TemplateSpec, ...]  #: the site gave no short id of these
    subscriptions_missing: tuple[TemplateSpec, ...]  #: WeChat's console alone adds these

    @property
    def changes(self) -> bool:
        """Tell whether applying would change anything."""
        return bool(self.menu_diff or self.to_add)

    def lines(self) -> list[str]:
        """Write it for people."""
        told = list(self.menu_diff)
        told += [f"+ 模板 template {spec.title} ({short_id})" for spec, short_id in self.to_add]
        told += [f"! 模板 {_by_hand(spec)}" for spec in self.by_hand]
        told += [f"! 订阅通知 subscription {_by_hand(spec)}" for spec in self.subscriptions_missing]
        return told or ["已一致 nothing to change"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    what: str
    ok: bool
    why: str = ""


async def plan(client: WeChatApi, base_url: str, short_ids: Mapping[str, str]) -> Plan:
    """Look at the account; changes nothing.

    Raises:
        ProviderFailed: WeChat refused, or did not answer.
    """
    wanted = wanted_menu(base_url)
    lacking = missing(await client.templates())
    return Plan(
        wanted=wanted,
        menu_diff=_diff(await client.menu(), wanted),
        to_add=tuple((spec, short_ids[spec.name]) for spec in lacking if spec.name in short_ids),
        by_hand=tuple(spec for spec in lacking if spec.name not in short_ids),
        subscriptions_missing=tuple(missing(await client.subscriptions())),
    )


async def apply(client: WeChatApi, planned: Plan) -> None:
    """Do what is planned; safe to do again after a failure.

    Raises:
        ProviderFailed: WeChat refused, or did not answer; what came before is done.
    """
    for spec, short_id in planned.to_add:
        await client.add_template(short_id, list(spec.labels.values()))
    if planned.menu_diff:
        await client.put_menu(planned.wanted)


async def check(client: WeChatApi, mini: MiniApi | None, base_url: str) -> list[Finding]:
    """Look whether WeChat lets us do what we do, and has what we use; sends nothing."""
    found: list[Finding] = []
    try:
        planned = await plan(client, base_url, {})
        await client.page_config(f"{base_url}/")
    except ProviderFailed as failure:
        found.append(Finding(what="服务号 service account", ok=False, why=str(failure.rule)))
    else:
        found.append(Finding(what="服务号 service account", ok=True))
        found.append(
            Finding(what="菜单 menu", ok=not planned.menu_diff, why="lanjian wechat apply")
        )
        lacking = {"模板 template": planned.by_hand, "订阅通知": planned.subscriptions_missing}
        found += [
            Finding(what=f"{kind} {spec.title}", ok=spec not in specs, why="没有 missing")
            for kind, specs in lacking.items()
            for spec in TEMPLATES
        ]
    if mini is not None:
        found.append(await _check_mini(mini))
    return found


async def _check_mini(mini: MiniApi) -> Finding:
    try:
        await mini.subscriptions()
    except ProviderFailed as failure:
        return Finding(what="小程序 mini program", ok=False, why=str(failure.rule))
    return Finding(what="小程序 mini program", ok=True)


def _diff(now: tuple[MenuButton, ...], wanted: tuple[MenuButton, ...]) -> tuple[str, ...]:
    return tuple(
        difflib.unified_diff(
            lines_of(now),
            lines_of(wanted),
            "菜单现状 menu now",
            "菜单目标 menu wanted",
            lineterm="",
        )
    )


def _by_hand(spec: TemplateSpec) -> str:
    labels = "、".join(spec.labels.values())
    return f"{spec.title}（{labels}）: 请在公众平台添加 add it in WeChat's console"
