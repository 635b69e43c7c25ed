"""Who may use a route's method: declared on each, and denied where nothing is declared."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from typing import Any, TypeVar

from server.domain.people import STAFF, Role

#: Bodies of JSON routes, bytes; the largest honest one (300 cells of a terminal) is a third of it.
JSON_BYTES = 64 * 1024

METHODS = ("get", "post", "put", "delete", "patch", "head", "options")

Method = TypeVar("Method", bound=Callable[..., Awaitable[None]])


class Who(StrEnum):
    """Callers who are not told apart by role."""

    ANYONE = "anyone"  #: no token is read
    MAYBE_PERSON = "maybe_person"  #: without a token anyone; with one it must be valid
    PERSON = "person"  #: any valid session


ANYONE = Who.ANYONE
MAYBE_PERSON = Who.MAYBE_PERSON
PERSON = Who.PERSON
ANY_STAFF = tuple(sorted(STAFF))


@dataclass(frozen=True, slots=True)
class Access:
    """One method's declaration."""

    who: Who | frozenset[Role]
    body_bytes: int
    idempotent: bool

    def admits(self, roles: frozenset[Role]) -> bool:
        """Tell whether one of the roles is enough; an admin may do what any staff may."""
        if isinstance(self.who, Who):
            return True
        return bool(self.who & roles) or (Role.ADMIN in roles and bool(self.who & STAFF))


def allow(
    *who: Who | Role, body_bytes: int = JSON_BYTES, idempotent: bool = False
) -> Callable[[Method], Method]:
    """Declare who may call a handler's method, how large its body may be, and its repeatability.

    With `idempotent`, a repeated `Idempotency-Key` of the same person gets the first answer.
    """
    access = Access(_who(who), body_bytes, idempotent)

    def declare(method: Method) -> Method:
        @wraps(method)
        async def checked(handler: Any, *unnamed: str, **named: str) -> None:
            await handler.run(access, lambda: method(handler, *unnamed, **named))

        checked.access = access  # type: ignore[attr-defined]
        return checked  # type: ignore[return-value]

    return declare


def access_of(method: object) -> Access | None:
    """Find a method's declaration."""
    return getattr(method, "access", None)


def undeclared(handler: type) -> list[str]:
    """Name the methods that a class itself defines without a declaration."""
    return [
        name for name in METHODS if name in vars(handler) and not access_of(vars(handler)[name])
    ]


def _who(given: tuple[Who | Role, ...]) -> Who | frozenset[Role]:
    kinds = [one for one in given if isinstance(one, Who)]
    if not given or (kinds and len(given) > 1):
        raise TypeError("allow() takes roles, or exactly one of ANYONE, MAYBE_PERSON, PERSON")
    return kinds[0] if kinds else frozenset(one for one in given if isinstance(one, Role))
