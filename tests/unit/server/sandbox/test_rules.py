"""The sandbox's pure rules: signatures, destinations, waits."""

import pytest

from server.sandbox.destinations import Destinations
from server.sandbox.errors import Refused
from server.sandbox.notices import LONGEST_WAIT_SECONDS, MAX_ATTEMPTS, wait_seconds
from server.sandbox.signing import FRESH_SECONDS, check, sign, signed_headers

KEY = b"key"
NOW = 1_800_000_000


def test_the_signature_is_the_documented_one():
    # printf '1800000000\nnonce-01\n{}' | openssl dgst -sha256 -hmac key
    known = "77302adb36ad566c89b5e168257f77b067394f32c42d42058a413896bb16a958"
    assert sign(KEY, NOW, "nonce-01", b"{}") == known


def test_a_signed_message_passes_and_gives_its_nonce():
    headers = signed_headers(KEY, NOW, "nonce-01", b"{}")
    assert check(KEY, headers, b"{}", NOW + FRESH_SECONDS) == "nonce-01"


@pytest.mark.parametrize("missing", ["X-Timestamp", "X-Nonce", "X-Signature"])
def test_a_message_without_a_header_is_refused(missing: str):
    headers = signed_headers(KEY, NOW, "nonce-01", b"{}")
    del headers[missing]
    with pytest.raises(Refused, match="bad_signature"):
        check(KEY, headers, b"{}", NOW)


@pytest.mark.parametrize("header", ["X-Timestamp", "X-Nonce", "X-Signature"])
def test_a_message_with_a_strange_header_is_refused(header: str):
    for strange in ("", "é" * 16, "x\n" * 8, "9" * 400):
        headers = {**signed_headers(KEY, NOW, "nonce-01", b"{}"), header: strange}
        with pytest.raises(Refused, match="bad_signature"):
            check(KEY, headers, b"{}", NOW)


def test_a_message_from_too_far_away_in_time_is_refused():
    headers = signed_headers(KEY, NOW, "nonce-01", b"{}")
    for now in (NOW + FRESH_SECONDS + 1, NOW - FRESH_SECONDS - 1):
        with pytest.raises(Refused, match="stale_timestamp"):
            check(KEY, headers, b"{}", now)


def test_waits_double_up_to_the_longest():
    waits = [wait_seconds(attempts) for attempts in range(1, MAX_ATTEMPTS + 1)]
    assert waits[:4] == [0.5, 1, 2, 4]
    assert waits == sorted(waits) and waits[-1] == LONGEST_WAIT_SECONDS


@pytest.mark.parametrize("url", ["https://a.example/base/n", "https://a.example:443/base/n/m"])
def test_a_url_under_a_prefix_passes(url: str):
    Destinations(["http://127.0.0.1:8000", "https://a.example/base"]).check(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example/basement",
        "https://a.example/base/../other",
        "https://a.example/base/n?x=1",
        "https://a.example:444/base/n",
        "http://a.example/base/n",
        "https://a.example@b.example/base/n",
        "https://[a.example/base/n",
        "",
    ],
)
def test_any_other_url_is_refused(url: str):
    with pytest.raises(Refused, match="bad_notify_url"):
        Destinations(["https://a.example/base"]).check(url)


def test_a_prefix_must_be_a_url():
    with pytest.raises(ValueError, match="http"):
        Destinations(["a.example"])
