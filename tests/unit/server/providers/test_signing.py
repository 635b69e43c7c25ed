"""Signatures of our providers: what passes, and everything near it that does not."""

from datetime import timedelta

import pytest

from server.domain.errors import BadNotice
from server.providers.signing import check, sign, signed_headers
from server.sandbox import signing as theirs
from tests.builders import NOON

KEY = b"k" * 32
BODY = '{"金额": 1}'.encode()
NONCE = "nonce-0001"


def test_both_sides_sign_alike():
    assert sign(KEY, 1_795_000_000, NONCE, BODY) == theirs.sign(KEY, 1_795_000_000, NONCE, BODY)


def test_a_good_signature_gives_its_nonce():
    assert check(KEY, signed_headers(KEY, NOON, NONCE, BODY), BODY, NOON, 300) == NONCE


@pytest.mark.parametrize("seconds", [-300, 300])
def test_five_minutes_either_way_are_fresh(seconds):
    headers = signed_headers(KEY, NOON + timedelta(seconds=seconds), NONCE, BODY)
    assert check(KEY, headers, BODY, NOON, 300) == NONCE


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"X-Timestamp": "0"}, "signature"),
        ({"X-Timestamp": ""}, "signature"),
        ({"X-Timestamp": "１２３"}, "signature"),
        ({"X-Nonce": "nonce-0002"}, "signature"),
        ({"X-Nonce": "with blank"}, "signature"),
        ({"X-Nonce": "x" * 65}, "signature"),
        ({"X-Signature": ""}, "signature"),
        ({"X-Signature": "é" * 64}, "signature"),
    ],
)
def test_what_was_changed_is_refused(changed, rule):
    headers = signed_headers(KEY, NOON, NONCE, BODY) | changed
    with pytest.raises(BadNotice) as refused:
        check(KEY, headers, BODY, NOON, 300)
    assert refused.value.rule == rule


@pytest.mark.parametrize("seconds", [-301, 301])
def test_what_is_stale_is_refused(seconds):
    headers = signed_headers(KEY, NOON + timedelta(seconds=seconds), NONCE, BODY)
    with pytest.raises(BadNotice) as refused:
        check(KEY, headers, BODY, NOON, 300)
    assert refused.value.rule == "fresh"


def test_another_body_or_key_is_refused():
    headers = signed_headers(KEY, NOON, NONCE, BODY)
    for key, body in ((KEY, BODY + b" "), (b"x" * 32, BODY)):
        with pytest.raises(BadNotice):
            check(key, headers, body, NOON, 300)
