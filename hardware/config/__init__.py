"""The board configuration: a TOML file that says which cell is which channel of which board.

`read_layout` and `parse_layout` check one and make the `Layout` that a cabinet runs by; every
fault is a `ConfigError` that names the key, the line and the rule. docs/hardware.md has the
keys; `lines` finds the lines.
"""

from hardware.config.errors import ConfigError
from hardware.config.layout import (
    Layout,
    Place,
    PortLayout,
    Spot,
    parse_layout,
    read_layout,
)

__all__ = ["ConfigError", "Layout", "Place", "PortLayout", "Spot", "parse_layout", "read_layout"]
