"""How the agent writes its log: constant messages, what varies as key=value behind them."""

from __future__ import annotations

import json
import logging
import sys
import time

_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


class KeyValueFormatter(logging.Formatter):
    """One line a record: UTC time, level, module, message, then key=value pairs."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one record; values that hold spaces or quotes are quoted as JSON."""
        instant = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line = (
            f"{instant}.{int(record.msecs):03d}Z {record.levelname.lower()}"
            f" {record.name} {record.getMessage()}"
        )
        for key, value in record.__dict__.items():
            if key not in _STANDARD:
                line += f" {key}={_quoted(value)}"
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return line


def start_logging(level: str) -> None:
    """Log to standard error at this level; the socket library only from warnings on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(KeyValueFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    logging.getLogger("websockets").setLevel(logging.WARNING)


def _quoted(value: object) -> str:
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if any(c in text for c in ' "=\n') else text
