"""What each refusal is on HTTP and on sockets: the one table of statuses and close codes.

A class that is not in the table answers as its nearest ancestor there. The close code is for
refusals that end a socket (first frame, renewed token); `None` leaves it up.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from realtime.wire.envelope import CloseCode
from server.domain import errors
from server.domain.errors import DomainError, InvalidInput


class WrongContentType(InvalidInput):
    """The body is of a type that the route does not read."""

    code = "wrong_content_type"
    zh = "不支持的内容类型"
    en = "This content type is not accepted here."


class WrongMethod(DomainError):
    """The route exists, but not with this verb."""

    code = "wrong_method"
    zh = "不支持的请求方法"
    en = "This method is not accepted here."


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a refusal leaves the server."""

    status: int
    close: CloseCode | None = None


TABLE: dict[type[DomainError], Outcome] = {
    DomainError: Outcome(400),
    errors.InvalidInput: Outcome(400),
    errors.BodyTooLarge: Outcome(413, CloseCode.TOO_BIG),
    WrongContentType: Outcome(415),
    WrongMethod: Outcome(405),
    errors.NotAuthenticated: Outcome(401, CloseCode.UNAUTHORIZED),
    errors.TokenExpired: Outcome(401, CloseCode.TOKEN_EXPIRED),
    errors.SessionRevoked: Outcome(401, CloseCode.REVOKED),
    errors.Forbidden: Outcome(403, CloseCode.FORBIDDEN),
    errors.NotFound: Outcome(404),
    errors.Conflict: Outcome(409),
    errors.Limited: Outcome(429),
    errors.Unavailable: Outcome(503),
    errors.ProviderFailed: Outcome(502),
}

#: What people are told of a fault of ours; the log has the rest, under the request's id.
INTERNAL_CODE = "internal"
INTERNAL_MESSAGE = "服务器出错了，请稍后再试 / Something went wrong on our side."


class ErrorBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is inside `{"error": ...}`."""

    code: str
    message: str
    field: str | None = None
    rule: str | None = None
    details: dict[str, object] | None = None


def outcome(kind: type[DomainError]) -> Outcome:
    """Find the row of a class, or of its nearest ancestor."""
    for ancestor in kind.__mro__:
        if ancestor in TABLE:
            return TABLE[ancestor]
    raise LookupError(f"{kind.__name__} is no refusal")


def message(error: DomainError) -> str:
    """Give the text for people, Chinese first."""
    return f"{error.zh} / {error.en}"


def error_body(error: DomainError) -> ErrorBody:
    """Describe a refusal to its caller."""
    return ErrorBody(
        code=error.code,
        message=message(error),
        field=error.field,
        rule=error.rule,
        details=error.details or None,
    )


def internal_body() -> ErrorBody:
    """Describe a fault of ours, and nothing of its cause."""
    return ErrorBody(code=INTERNAL_CODE, message=INTERNAL_MESSAGE)
