"""A log line holds the message and its data."""

import io
import logging

from server.cli.logs import LineFormatter


def test_extras_are_written_behind_the_message() -> None:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(LineFormatter())
    logger = logging.Logger("a.logger")
    logger.addHandler(handler)
    logger.warning("loop failed, starting again", extra={"loop": "pulse"})
    assert out.getvalue().endswith("WARNING a.logger loop failed, starting again loop='pulse'\n")
