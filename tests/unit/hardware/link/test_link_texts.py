"""What is told of a link that is not up: each cause in its own words."""

import errno
import socket
import ssl

import pytest
from websockets.datastructures import Headers
from websockets.exceptions import InvalidMessage, InvalidStatus, InvalidURI
from websockets.http11 import Response

from hardware.link.texts import OFFLINE, cause, of_error, of_refusal
from realtime.wire.envelope import Failure


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (socket.gaierror(-2, "Name or service not known"), "DNS"),
        (ssl.SSLCertVerificationError("self-signed certificate"), "check address and clock"),
        (ssl.SSLError("wrong version number"), "TLS failed"),
        (ConnectionRefusedError(errno.ECONNREFUSED, "refused"), "Nothing listens"),
        (TimeoutError("timed out during opening handshake"), "in time"),
        (OSError(errno.ENETUNREACH, "Network is unreachable"), "No network"),
        (OSError(errno.EHOSTUNREACH, "No route to host"), "No network"),
        (InvalidStatus(Response(404, "Not Found", Headers())), "HTTP 404"),
        (InvalidStatus(Response(502, "Bad Gateway", Headers())), "HTTP 502"),
        (InvalidMessage("did not receive a valid HTTP response"), "no Lanjian server"),
        (InvalidURI("x", "no host"), "Wrong server address"),
        (ConnectionResetError(errno.ECONNRESET, "reset"), OFFLINE),
    ],
)
def test_each_cause_has_its_words(error: Exception, words: str) -> None:
    text = of_error(error)
    assert words in text
    assert "\u4e00" <= text[0] <= "\u9fff"  # Chinese first
    assert type(error).__name__ in cause(error)


@pytest.mark.parametrize(
    ("field", "rule", "words"),
    [
        ("token", "unused", "staff draw a new one"),
        ("token", "unexpired", "expired"),
        ("token", "of_this_terminal", "not this terminal's"),
        ("terminal_id", "enrolled", "a one-time token is needed"),
        ("signature", "of_the_enrolled_key", "a new token is needed"),
        ("protocol", "accepted", "version"),
    ],
)
def test_each_refusal_says_what_helps(field: str, rule: str, words: str) -> None:
    failure = Failure(code="agent_refused", message="拒绝 / no", field=field, rule=rule)
    assert words in of_refusal(failure)


def test_another_refusal_is_told_in_the_server_s_words() -> None:
    assert of_refusal(Failure(code="new", message="新的 / new")) == "新的 / new"
