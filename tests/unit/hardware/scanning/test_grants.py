"""Grants judged by values alone: what is good, and every reason to refuse."""

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from hardware.link.link import LinkState
from hardware.scanning.grants import (
    ISSUE_SLACK_SECONDS,
    OPEN_SECONDS,
    Bad,
    Good,
    Here,
    Why,
    check,
    find_grant,
)
from realtime.wire.devices import to_text
from realtime.wire.grants import (
    GRANT_PURPOSE,
    PREFIX,
    SIGNATURE_BYTES,
    Grant,
    grant_text,
    payload_of,
    read_grant_text,
)
from realtime.wire.terminal import TERMINAL_PROTOCOL
from server.domain.grants import HELD_IN, issue
from server.domain.ids import CommandId, OrderId, PersonId, TerminalId
from server.domain.keys import KeyRing
from server.domain.terminals import Purpose
from server.services.grants.keys import GrantKeys

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
AT = int(NOON.timestamp())
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
GRANT = Grant("grant-1", "T-1", "order-1", 3, "collect", AT - 600, AT + 3600)
HERE = Here(
    terminal_id="T-1",
    keys=(to_text(KEY.public_key().public_bytes_raw()),),
    cells=frozenset(range(1, 9)),
    link=LinkState.DOWN,
    now=NOON,
    error_seconds=0.5,
    remembers_since=NOON - timedelta(days=1),
)


def signed(key: Ed25519PrivateKey = KEY, **changed: Any) -> str:
    fields = {name: getattr(GRANT, name) for name in GRANT.__struct_fields__} | changed
    payload = payload_of(Grant(**fields))
    return grant_text(payload, key.sign(GRANT_PURPOSE + payload))


def why(text: str, **changed: Any) -> Why:
    verdict = check(text, replace(HERE, **changed))
    assert isinstance(verdict, Bad)
    return verdict.why


def test_a_good_grant_may_open_soon() -> None:
    assert check(signed(), HERE) == Good(GRANT, NOON + timedelta(seconds=OPEN_SECONDS))


@pytest.mark.parametrize("text", [signed().lower(), f"  {signed()}\r\n", signed().swapcase()])
def test_a_scanner_s_case_and_spaces_do_not_matter(text: str) -> None:
    assert isinstance(check(text, HERE), Good)


def test_the_unlock_waits_no_longer_than_the_grant_lives() -> None:
    verdict = check(signed(deadline=AT + 5), HERE)
    assert isinstance(verdict, Good)
    assert verdict.not_after == NOON + timedelta(seconds=4.5)


def test_one_of_several_keys_is_enough_and_a_broken_one_does_no_harm() -> None:
    other = to_text(OTHER_KEY.public_key().public_bytes_raw())
    for keys in ((other, *HERE.keys), ("not a key", "AAAA", "中", "", *HERE.keys)):
        assert isinstance(check(signed(), replace(HERE, keys=keys)), Good)
    assert why(signed(), keys=("not a key",)) is Why.BAD_SIGNATURE
    assert why(signed(), keys=()) is Why.NO_KEYS


def test_another_key_s_signature_is_none() -> None:
    assert why(signed(OTHER_KEY)) is Why.BAD_SIGNATURE


def test_a_signature_for_another_purpose_is_none() -> None:
    payload = payload_of(GRANT)
    for text in (b"", b"lanjian-boot-1\0", b"lanjian-grant-2\0"):
        assert why(grant_text(payload, KEY.sign(text + payload))) is Why.BAD_SIGNATURE


def test_no_single_bit_may_differ() -> None:
    _, payload, signature = read_grant_text(signed())
    data = signature + payload
    for bit in range(len(data) * 8):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        altered = bytes(flipped)
        text = grant_text(altered[SIGNATURE_BYTES:], altered[:SIGNATURE_BYTES])
        assert why(text) in (Why.BAD_SIGNATURE, Why.NOT_A_GRANT), bit


def test_no_changed_character_makes_another_grant() -> None:
    text = signed()
    for place in range(len(text)):
        for bit in range(8):
            changed = text[:place] + chr(ord(text[place]) ^ 1 << bit) + text[place + 1 :]
            verdict = check(changed, HERE)
            # Base32 has other letters for the same bits (case, the last character's rest).
            assert isinstance(verdict, Bad) or verdict.grant == GRANT


def test_nothing_cut_off_or_added_is_good() -> None:
    text = signed()
    assert all(isinstance(check(text[:n], HERE), Bad) for n in range(len(text)))
    for more in ("A", "AA", "A" * 8, "A" * 480):
        assert isinstance(check(text + more, HERE), Bad)


@given(st.text(max_size=600) | st.binary(max_size=300).map(lambda b: PREFIX + b.hex().upper()))
def test_no_text_does_more_than_be_refused(text: str) -> None:
    assert isinstance(check(text, HERE), Bad)
    assert isinstance(check(PREFIX + text, HERE), Bad)
    find_grant(text)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"terminal_id": "T-2"}, Why.OTHER_TERMINAL),
        ({"terminal_id": "t-1"}, Why.OTHER_TERMINAL),
        ({"cell": 9}, Why.UNKNOWN_CELL),
        ({"purpose": "steal"}, Why.NOT_A_GRANT),
        ({"deadline": AT}, Why.LATE),
        ({"deadline": AT - 86400}, Why.LATE),
        ({"deadline": AT + 15 * 86400}, Why.NOT_A_GRANT),
        ({"deadline": 2**62}, Why.NOT_A_GRANT),
        ({"deadline": -(2**62)}, Why.LATE),
        ({"issued_at": -(2**62)}, Why.NOT_A_GRANT),
        ({"issued_at": 2**62, "deadline": 2**62 + 60}, Why.NOT_YET),
        ({"issued_at": AT - 86403}, Why.FORGOTTEN),
    ],
)
def test_a_signed_grant_is_refused_too(changed: dict[str, Any], reason: Why) -> None:
    assert why(signed(**changed)) is reason


def test_what_may_be_late_is_late() -> None:
    assert isinstance(check(signed(deadline=AT + 1), HERE), Good)
    assert why(signed(deadline=AT + 1), error_seconds=1.0) is Why.LATE


def test_a_little_in_the_future_is_the_servers_clocks() -> None:
    slack = int(ISSUE_SLACK_SECONDS)
    assert isinstance(check(signed(issued_at=AT + slack), HERE), Good)
    assert why(signed(issued_at=AT + slack + 1)) is Why.NOT_YET


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"link": LinkState.UP}, Why.ONLINE),
        ({"link": LinkState.REPLACED}, Why.REPLACED),
        ({"now": None}, Why.NO_CLOCK),
        ({"remembers_since": None}, Why.FORGOTTEN),
    ],
)
def test_where_the_agent_stands_counts(changed: dict[str, Any], reason: Why) -> None:
    assert why(signed(), **changed) is reason


@pytest.mark.parametrize("link", [LinkState.DOWN, LinkState.PENDING, LinkState.REFUSED])
def test_every_other_state_of_the_link_is_offline(link: LinkState) -> None:
    assert isinstance(check(signed(), replace(HERE, link=link)), Good)


def test_being_at_the_wrong_cabinet_is_said_before_its_link() -> None:
    assert why(signed(terminal_id="T-2"), link=LinkState.UP, now=None) is Why.OTHER_TERMINAL


@pytest.mark.parametrize("before", ["", "]Q1", "QR_CODE,", "  "])
def test_a_grant_is_found_behind_what_scanners_put_first(before: str) -> None:
    found = find_grant(before + signed().lower())
    assert found is not None
    assert isinstance(check(found, HERE), Good)


def test_a_newer_version_is_a_grant_that_cannot_be_read() -> None:
    found = find_grant("LJG2:ABC")
    assert found == "LJG2:ABC"
    assert why(found) is Why.NOT_A_GRANT


@pytest.mark.parametrize("text", ["SF1234567890123", "LJ123456789CN", "LJG", "", "https://x/LJG1"])
def test_other_texts_are_no_grants(text: str) -> None:
    assert find_grant(text) is None


@pytest.mark.parametrize("purpose", sorted(HELD_IN))
def test_what_the_server_signs_is_good_here(purpose: Purpose) -> None:
    ring = KeyRing.parse(
        ",".join(f"k{n}:{base64.b64encode(bytes([n]) * 32).decode()}" for n in (1, 2))
    )
    keys = GrantKeys(ring)
    grant = issue(
        command=CommandId("c" * 26),
        purpose=purpose,
        holder=PersonId("p1"),
        terminal=TerminalId("T-1"),
        cell=3,
        protocol=TERMINAL_PROTOCOL,
        at=NOON,
        deadline=NOON + timedelta(hours=2),
    )
    assert grant is not None
    text = keys.text(OrderId("LJ00000000001"), grant)
    verdict = check(text, replace(HERE, keys=keys.public()))
    assert isinstance(verdict, Good)
    assert (verdict.grant.grant_id, verdict.grant.cell) == (grant.id, 3)
    assert isinstance(check(text, replace(HERE, keys=keys.public()[:1])), Good)
    assert why(text, keys=keys.public()[1:]) is Why.BAD_SIGNATURE
