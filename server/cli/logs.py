"""Logs of the long-running commands: one line an event on standard error, data behind it."""

from __future__ import annotations

import logging
import sys

#: What every record has; anything beyond was given as `extra` and is data.
USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class LineFormatter(logging.Formatter):
    """Time, level, logger, message, then `name=value` of each extra."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:
        """Write the line, before any traceback."""
        extras = [f"{name}={value!r}" for name, value in vars(record).items() if name not in USUAL]
        return " ".join([super().formatMessage(record), *extras])


def log_to_stderr() -> None:
    """Send this process's log to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LineFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    # What Tornado says of malformed requests quotes them, and a token may be in a bad header.
    logging.getLogger("tornado.general").setLevel(logging.ERROR)
    # It writes the URL of every request, and a bill's URL has a token.
    logging.getLogger("httpx").setLevel(logging.WARNING)
