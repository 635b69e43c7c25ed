"""`lanjian secrets`: fresh values for the secret variables of a new site."""

from __future__ import annotations

import argparse
import sys

from server.settings import new_secrets


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare no options."""


def run(args: argparse.Namespace) -> int:
    """Print them as an environment file; whoever runs this keeps them safe."""
    for name, value in new_secrets().items():
        sys.stdout.write(f"{name}={value}\n")
    return 0
