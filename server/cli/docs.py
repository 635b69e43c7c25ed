"""`lanjian docs`: write the parts of docs/ that are made from the code."""

from __future__ import annotations

import argparse
from pathlib import Path

from server.proof import documents


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--docs", type=Path, default=Path("docs"), help="the folder")
    parser.add_argument("--check", action="store_true", help="only tell what is not up to date")


def run(args: argparse.Namespace) -> int:
    """Write, or with --check answer 1 when something is not up to date."""
    stale = documents.stale(args.docs)
    for path, text in stale.items():
        print(path)
        if not args.check:
            path.write_text(text)
    return 1 if args.check and stale else 0
