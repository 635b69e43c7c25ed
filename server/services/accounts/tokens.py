"""Access and refresh tokens: made and read here only.

An access token is a JWT that names its key. A refresh token is `r1.session.generation.key.mac`:
the mac tells one that we made, however old, from a guess, so that only a true token used twice
ends its session; and the successor of a token can be made again for a second tab.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import jwt

from server.domain.errors import NotAuthenticated, TokenExpired
from server.domain.ids import PersonId, SessionId
from server.domain.keys import Key, KeyRing
from server.domain.people import Role

ALGORITHM = "HS256"
AUDIENCE = "lanjian"
REFRESH_KIND = "r1"
CLAIMS = ["iss", "aud", "sub", "sid", "roles", "iat", "exp"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessClaims:
    """What a valid access token says; the roles are those of its making."""

    person: PersonId
    session: SessionId
    roles: frozenset[Role]
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshClaims:
    """Which session a refresh token is of, and its number there."""

    session: SessionId
    generation: int


class Tokens:
    """Make and read tokens with a ring of keys."""

    def __init__(
        self,
        keys: KeyRing,
        *,
        issuer: str,
        access_life_seconds: float,
        clock: Callable[[], datetime],
    ) -> None:
        self._keys = keys
        self._issuer = issuer
        self._life = timedelta(seconds=access_life_seconds)
        self._clock = clock

    def access(
        self, person: PersonId, session: SessionId, roles: Iterable[Role]
    ) -> tuple[str, datetime]:
        """Make an access token; give it and when it runs out."""
        now = self._clock()
        expires_at = (now + self._life).replace(microsecond=0)
        claims = {
            "iss": self._issuer,
            "aud": AUDIENCE,
            "sub": person,
            "sid": session,
            "roles": sorted(roles),
            "iat": int(now.timestamp()),
            "exp": int(expires_at.timestamp()),
        }
        key = self._keys.current
        token = jwt.encode(claims, key.secret.value, ALGORITHM, headers={"kid": key.id})
        return token, expires_at

    def read_access(self, token: str) -> AccessClaims:
        """Read an access token.

        Raises:
            TokenExpired: it was ours and has run out.
            NotAuthenticated: it is foreign, forged or no token.
        """
        try:
            key = self._keys.find(str(jwt.get_unverified_header(token).get("kid")))
            if key is None:
                raise NotAuthenticated
            claims = jwt.decode(
                token,
                key.secret.value,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=self._issuer,
                # Times are judged below, by the clock that we were given.
                options={"require": CLAIMS, "verify_exp": False, "verify_iat": False},
            )
            read = AccessClaims(
                person=PersonId(claims["sub"]),
                session=SessionId(str(claims["sid"])),
                roles=frozenset(Role(role) for role in claims["roles"]),
                expires_at=datetime.fromtimestamp(int(claims["exp"]), UTC),
            )
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError):
            raise NotAuthenticated from None
        if read.expires_at <= self._clock():
            raise TokenExpired
        return read

    def refresh(self, session: SessionId, generation: int) -> str:
        """Make the refresh token of one generation: the same each time, with the same key."""
        return _refresh(self._keys.current, session, generation)

    def refresh_like(self, session: SessionId, generation: int, digest: str) -> str | None:
        """Make again the token that has this digest, whichever key it was made with."""
        made = (_refresh(key, session, generation) for key in self._keys.keys)
        return next((token for token in made if token_digest(token) == digest), None)

    def read_refresh(self, token: str) -> RefreshClaims:
        """Read a refresh token that we once made; whether it may still be used is its session's.

        Raises:
            NotAuthenticated: we never made it.
        """
        parts = token.split(".")
        if len(parts) != 5 or parts[0] != REFRESH_KIND:
            raise NotAuthenticated
        _, session, generation, key_id, _ = parts
        key = self._keys.find(key_id)
        if key is None or not generation.isdecimal() or len(generation) > 9:
            raise NotAuthenticated
        made = _refresh(key, SessionId(session), int(generation))
        if not hmac.compare_digest(made.encode(), token.encode()):
            raise NotAuthenticated
        return RefreshClaims(session=SessionId(session), generation=int(generation))


def token_digest(token: str) -> str:
    """Give what is stored of a refresh token."""
    return hashlib.sha256(token.encode()).hexdigest()


def _refresh(key: Key, session: SessionId, generation: int) -> str:
    body = f"{REFRESH_KIND}.{session}.{generation}.{key.id}"
    # A key of its own, so that no JWT's signature can ever pass for a refresh token's.
    own = hmac.new(key.secret.value, b"lanjian refresh", hashlib.sha256).digest()
    mac = hmac.new(own, body.encode(), hashlib.sha256).digest()
    return f"{body}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
