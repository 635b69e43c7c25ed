"""What is wrong with a board configuration, and where."""

from __future__ import annotations


class ConfigError(Exception):
    """The board configuration is wrong: file, line, key and rule.

    `line` is None only when there is no text to point at (the file cannot be read).
    """

    def __init__(self, key: str, rule: str, line: int | None = None, file: str = "") -> None:
        place = file if line is None else f"{file or 'line '}{':' if file else ''}{line}"
        super().__init__(": ".join(part for part in (place, key, rule) if part))
        self.key = key
        self.rule = rule
        self.line = line
