"""The account's menu as code, its form on the wire, and what applying it would change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

from server.providers.wechat.answers import Button
from server.providers.wechat.ports import ButtonKind, MenuButton

#: The keys that come back from the menu as `Clicked` and `ScanResult`.
KEY_SCAN_TERMINAL = "scan_terminal"
KEY_MY_ORDERS = "my_orders"


def wanted_menu(base_url: str) -> tuple[MenuButton, ...]:
    """Give the menu of the design: 寄件, 揽件, 我的订单."""
    return (
        MenuButton(
            name="寄件",
            kind="folder",
            buttons=(
                MenuButton(name="扫码寄件", kind="scancode_waitmsg", key=KEY_SCAN_TERMINAL),
                MenuButton(name="填写面单", url=f"{base_url}/customer"),
            ),
        ),
        MenuButton(name="揽件", url=f"{base_url}/courier"),
        MenuButton(name="我的订单", kind="click", key=KEY_MY_ORDERS),
    )


def button_of(told: Button) -> MenuButton:
    """Read a button; a kind that we do not make is shown as it is, as a key."""
    if told.sub_button:
        inner = tuple(button_of(one) for one in told.sub_button)
        return MenuButton(name=told.name, kind="folder", buttons=inner)
    for kind in get_args(ButtonKind):
        if told.type == kind:
            return MenuButton(name=told.name, url=told.url, key=told.key, kind=kind)
    return MenuButton(name=told.name, key=f"{told.type}:{told.key or told.url}", kind="click")


def button_body(button: MenuButton) -> dict[str, Any]:
    """Write a button as WeChat wants it."""
    if button.kind == "folder":
        return {"name": button.name, "sub_button": [button_body(one) for one in button.buttons]}
    body: dict[str, Any] = {"name": button.name, "type": button.kind}
    if button.url is not None:
        body["url"] = button.url
    if button.key is not None:
        body["key"] = button.key
    return body


def lines_of(buttons: Sequence[MenuButton], depth: int = 0) -> list[str]:
    """Write a menu line by line, for reading and for comparing."""
    lines: list[str] = []
    for button in buttons:
        target = button.url or button.key or ""
        lines.append(f"{'  ' * depth}{button.name} [{button.kind}] {target}".rstrip())
        lines += lines_of(button.buttons, depth + 1)
    return lines
