"""Tokens: ours and fresh, or refused; a guess is told from an old true one."""

import base64
import json
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.errors import NotAuthenticated, TokenExpired
from server.domain.ids import PersonId, SessionId
from server.domain.keys import Key, KeyRing, Secret
from server.domain.people import Role
from server.services.accounts.tokens import AUDIENCE, Tokens, token_digest

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PERSON, SESSION = PersonId("P1"), SessionId("S1")
ISSUER = "https://lanjian.example"


def ring(*ids: str) -> KeyRing:
    return KeyRing(tuple(Key(key_id, Secret((key_id.encode() * 32)[:32])) for key_id in ids))


def tokens(*ids: str, at: datetime = NOON, issuer: str = ISSUER) -> Tokens:
    return Tokens(ring(*(ids or ("a",))), issuer=issuer, access_life_seconds=900, clock=lambda: at)


def made() -> str:
    return tokens().access(PERSON, SESSION, [Role.CUSTOMER, Role.COURIER])[0]


def signed(changes: dict, *, drop: str = "", key: bytes = b"a" * 32, kid: str = "a") -> str:
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "P1",
        "sid": "S1",
        "roles": ["customer"],
        "iat": int(NOON.timestamp()),
        "exp": int(NOON.timestamp()) + 900,
    } | changes
    claims.pop(drop, None)
    return jwt.encode(claims, key, "HS256", headers={"kid": kid})


def test_an_access_token_says_who_and_until_when() -> None:
    token, expires_at = tokens().access(PERSON, SESSION, [Role.CUSTOMER])
    claims = tokens().read_access(token)
    assert (claims.person, claims.session) == (PERSON, SESSION)
    assert claims.roles == {Role.CUSTOMER}
    assert claims.expires_at == expires_at == NOON + timedelta(minutes=15)


def test_an_access_token_runs_out_after_fifteen_minutes() -> None:
    late = NOON + timedelta(minutes=15)
    assert tokens(at=late - timedelta(seconds=1)).read_access(made())
    with pytest.raises(TokenExpired):
        tokens(at=late).read_access(made())


def test_an_older_key_is_still_read_and_a_dropped_one_is_not() -> None:
    assert tokens("b", "a").read_access(made()).person == PERSON
    with pytest.raises(NotAuthenticated):
        tokens("b").read_access(made())


FOREIGN = {
    "another site": signed({"iss": "https://other.example"}),
    "another audience": signed({"aud": "other"}),
    "another key under our id": signed({}, key=b"x" * 32),
    "no session": signed({}, drop="sid"),
    "no end": signed({}, drop="exp"),
    "no roles": signed({}, drop="roles"),
    "an unknown role": signed({"roles": ["king"]}),
    "roles of no list": signed({"roles": 7}),
    "an endless life": signed({"exp": 10**30}),
    "a text for a time": signed({"exp": "soon"}),
    "unsigned": jwt.encode({"sub": "P1"}, None, "none", headers={"kid": "a"}),
    "no key id": jwt.encode({"sub": "P1"}, b"a" * 32, "HS256"),
    "no token": "abc",
    "empty": "",
}


@pytest.mark.parametrize("token", FOREIGN.values(), ids=FOREIGN.keys())
def test_a_foreign_token_is_refused(token: str) -> None:
    with pytest.raises(NotAuthenticated) as caught:
        tokens().read_access(token)
    assert type(caught.value) is NotAuthenticated


def test_a_changed_token_is_refused() -> None:
    head, body, signature = made().split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    claims["roles"] = ["admin"]
    forged = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    with pytest.raises(NotAuthenticated):
        tokens().read_access(f"{head}.{forged}.{signature}")


@given(st.text(max_size=80))
def test_no_text_raises_anything_else(text: str) -> None:
    with pytest.raises(NotAuthenticated):
        tokens().read_access(text)
    with pytest.raises(NotAuthenticated):
        tokens().read_refresh(text)


def test_a_refresh_token_is_read_back() -> None:
    claims = tokens().read_refresh(tokens().refresh(SESSION, 3))
    assert (claims.session, claims.generation) == (SESSION, 3)


@pytest.mark.parametrize(
    "forge",
    [
        lambda token: token.replace(".3.", ".4."),
        lambda token: token.replace("S1", "S2"),
        lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"),
        lambda token: token.replace("r1.", "r2."),
        lambda token: token + ".x",
        lambda token: token.replace(".3.", ".³."),
    ],
)
def test_a_guessed_refresh_token_is_refused(forge) -> None:
    with pytest.raises(NotAuthenticated):
        tokens().read_refresh(forge(tokens().refresh(SESSION, 3)))


def test_a_successor_can_be_made_again_whichever_key_it_had() -> None:
    old = tokens("a").refresh(SESSION, 2)
    assert tokens("b", "a").refresh_like(SESSION, 2, token_digest(old)) == old
    assert tokens("b").refresh_like(SESSION, 2, token_digest(old)) is None
