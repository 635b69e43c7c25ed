"""Units of a cabinet's machine for systemd, printed by `lanjian terminal --print-unit`."""

from __future__ import annotations

from enum import StrEnum
from importlib.resources import files


class Unit(StrEnum):
    """Which unit."""

    TERMINAL = "terminal"  #: the agent
    KIOSK = "kiosk"  #: a browser in full screen on the agent's page


def unit_text(unit: Unit) -> str:
    """Read a unit."""
    return (files(__name__) / f"lanjian-{unit}.service").read_text(encoding="utf-8")
