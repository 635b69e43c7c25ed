"""`lanjian ledger check`: prove that the books balance, or name the first entry that is wrong."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from typing import TYPE_CHECKING

from server.domain.errors import DomainError
from server.settings import Settings

if TYPE_CHECKING:
    from server.store.ledger_check import LedgerCheck


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    check = acts.add_parser("check", help="check every posting; exit status 1 when one is bad")
    check.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    """Check and print; 1 when an entry is bad or nobody can tell."""
    settings = Settings.from_env(os.environ)
    begun = time.monotonic()
    try:
        check = asyncio.run(_check(settings))
    except DomainError as refusal:
        sys.stderr.write(f"lanjian ledger: {refusal.zh} / {refusal.en} ({refusal})\n")
        return 1
    told = as_told(check, time.monotonic() - begun)
    sys.stdout.write((json.dumps(told, ensure_ascii=False) if args.json else table(told)) + "\n")
    return 0 if check.ok else 1


def as_told(check: LedgerCheck, seconds: float) -> dict[str, object]:
    """Make what `--json` prints."""
    return {
        "ok": check.ok,
        "seconds": round(seconds, 3),
        "entries": check.entries,
        "first_bad": check.first_bad,
        "bad": [
            {"key": bad.key, "order": bad.order, "rule": bad.rule.value, "why": bad.why}
            for bad in check.bad
        ],
        "balances": check.balances,
        "open": [{"name": one.name, "fen": one.fen} for one in check.open],
    }


def table(told: dict[str, object]) -> str:
    """Write it for a person: balances, what is open, then what is bad, the first one first."""
    balances, bad, waiting = told["balances"], told["bad"], told["open"]
    if not (isinstance(balances, dict) and isinstance(bad, list) and isinstance(waiting, list)):
        raise TypeError("not what as_told makes")
    lines = [f"{account:<32}{fen / 100:>16.2f}" for account, fen in balances.items()]
    lines += [f"OPEN {one['name']} {one['fen'] / 100:.2f}" for one in waiting]
    lines += [f"BAD {one['key']} ({one['rule']}): {one['why']}" for one in bad]
    verdict = "the books are right" if told["ok"] else "the books are NOT right"
    return "\n".join([*lines, f"{told['entries']} entries, {told['seconds']} s: {verdict}"])


async def _check(settings: Settings) -> LedgerCheck:
    from server.app.commands import opened_stores
    from server.store.connection import refusal_of

    async with opened_stores(settings, role="ledger") as stores:
        try:
            return await stores.ledger.check()
        except Exception as fault:  # an outage is told as one; all else is a fault of ours
            raise refusal_of(fault) or fault from None
