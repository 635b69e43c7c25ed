"""`lanjian wechat apply|check`: the account's menu and templates as the code has them."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys

from server.domain.errors import DomainError
from server.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    apply = acts.add_parser("apply", help="show what differs, then put the menu and templates")
    apply.add_argument(
        "--dry-run", action="store_true", help="only show; exit status 1 when something differs"
    )
    acts.add_parser("check", help="see whether WeChat lets us in and has what we use")


def run(args: argparse.Namespace) -> int:
    """Do it; 1 when something is left to do, 2 when WeChat is not configured."""
    settings = Settings.from_env(os.environ)
    if settings.providers.wechat is None:
        sys.stderr.write("lanjian wechat: 未配置服务号 LANJIAN_WECHAT_APP_ID is not set\n")
        return 2
    try:
        if args.act == "check":
            return asyncio.run(_check(settings))
        return asyncio.run(_apply(settings, dry_run=args.dry_run))
    except DomainError as refusal:
        rule = refusal.rule or refusal.code
        sys.stderr.write(f"lanjian wechat: {refusal.zh} / {refusal.en} ({rule})\n")
        return 1


async def _apply(settings: Settings, *, dry_run: bool) -> int:
    from server.app.wechat import wechat_alone
    from server.providers.wechat import applying

    config = settings.providers.wechat
    async with wechat_alone(settings) as wechat:
        if config is None or wechat.client is None:
            return 2
        planned = await applying.plan(wechat.client, settings.http.base_url, config.short_ids)
        sys.stdout.write("\n".join(planned.lines()) + "\n")
        if dry_run:
            return int(planned.changes)
        await applying.apply(wechat.client, planned)
    sys.stdout.write("已应用 applied\n" if planned.changes else "")
    return int(bool(planned.by_hand))


async def _check(settings: Settings) -> int:
    from server.app.wechat import wechat_alone
    from server.providers.wechat import applying

    async with wechat_alone(settings) as wechat:
        if wechat.client is None:
            return 2
        found = await applying.check(wechat.client, wechat.mini, settings.http.base_url)
    for one in found:
        sys.stdout.write(f"{'✓' if one.ok else '✗'} {one.what}{'' if one.ok else ': ' + one.why}\n")
    return int(not all(one.ok for one in found))
