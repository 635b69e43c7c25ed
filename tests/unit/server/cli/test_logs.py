"""A log line holds the message and its data."""

import io
import logging

from server.cli.logs import LineFormatter, log_to_stderr


def test_extras_are_written_behind_the_message() -> None:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(LineFormatter())
    logger = logging.Logger("a.logger")
    logger.addHandler(handler)
    logger.warning("loop failed, starting again", extra={"loop": "pulse"})
    assert out.getvalue().endswith("WARNING a.logger loop failed, starting again loop='pulse'\n")


def test_what_tornado_quotes_of_malformed_requests_is_not_logged(monkeypatch) -> None:
    tornado = logging.getLogger("tornado.general")
    monkeypatch.setattr(tornado, "level", tornado.level)
    httpx = logging.getLogger("httpx")
    monkeypatch.setattr(httpx, "level", httpx.level)
    monkeypatch.setattr(logging, "basicConfig", lambda **_: None)
    log_to_stderr()
    assert not tornado.isEnabledFor(logging.WARNING)
    assert not httpx.isEnabledFor(logging.INFO)
