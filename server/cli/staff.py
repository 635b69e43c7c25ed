"""`lanjian staff add`: how the first admin comes to be; later ones are set through the API."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys

from server.domain.errors import DomainError
from server.domain.people import STAFF, Role
from server.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    add = acts.add_parser("add", help="give staff roles to a phone's account")
    add.add_argument("--phone", required=True, help="mobile number; the account is made if needed")
    add.add_argument(
        "--role",
        required=True,
        action="append",
        choices=sorted(role.value for role in STAFF),
        help="staff role (repeatable)",
    )


def run(args: argparse.Namespace) -> int:
    """Give the roles and print the account."""
    settings = Settings.from_env(os.environ)
    try:
        line = asyncio.run(_add(settings, args.phone, [Role(name) for name in args.role]))
    except DomainError as refusal:
        sys.stderr.write(f"lanjian staff: {refusal.zh} / {refusal.en} ({refusal})\n")
        return 1
    sys.stdout.write(line + "\n")
    return 0


async def _add(settings: Settings, phone: str, roles: list[Role]) -> str:
    from server.app.commands import opened_staffing

    async with opened_staffing(settings) as staffing:
        for role in roles:
            person = await staffing.add(phone, role)
    return f"{person.person_id} {person.masked_phone} {' '.join(person.roles)}"
