"""What every socket frame has in common: tags, replies, errors, close codes, limits.

A frame is one JSON object in one text message; its `type` names the struct that decodes it.
A request carries an `id` chosen by its sender and gets at most one answer with the same `id`
(`Reply`, `Failure` or a typed answer); a repeated `id` gets the same outcome.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Annotated

import msgspec

#: The protocol of people's sockets; terminals have their own (`terminal.TERMINAL_PROTOCOL`).
PROTOCOL = 1

#: Largest frame a person may send, bytes. Photos travel over HTTP, never here.
MAX_PERSON_FRAME = 8 * 1024

#: Largest frame an agent may send, bytes: one full batch of door events or a big snapshot.
MAX_TERMINAL_FRAME = 256 * 1024

RequestId = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
ShortText = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class CloseCode(IntEnum):
    """Why a socket was closed. 4000-4499: come back and resume. 4500-4999: do not."""

    GOING_AWAY = 4000  #: the server is draining for a deploy; come back with jitter
    SLOW = 4001  #: the reader fell behind its bounded outbox; resume from the last offset
    SILENT = 4002  #: no pong before the deadline
    REPLACED = 4003  #: a newer connection of the same terminal took over
    HELLO_TIMEOUT = 4004  #: no first frame in time
    TOKEN_EXPIRED = 4005  #: get a new access token, then come back
    INTERNAL = 4006  #: a fault of ours, logged; come back
    NOT_JSON = 4500  #: the frame was not even JSON
    UNAUTHORIZED = 4501  #: the token is wrong, revoked or foreign
    FORBIDDEN = 4502  #: this person or device may not use this socket
    TOO_BIG = 4503  #: the frame was over its limit
    PROTOCOL_VERSION = 4504  #: the peer speaks a protocol that is no longer accepted
    REVOKED = 4505  #: the session was ended (log-out, suspension)
    FLOODING = 4506  #: too many frames in a row of refused ones


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A frame from a person that wants an answer; unknown fields are refused."""

    id: RequestId


class AgentRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A frame from an agent that wants an answer; fields of newer agents are ignored."""

    id: RequestId


class Reply(msgspec.Struct, frozen=True, kw_only=True, tag="reply", tag_field="type"):
    """The answer to a request that was carried out."""

    id: RequestId
    result: msgspec.Raw | dict[str, object] | None = None


class Failure(msgspec.Struct, frozen=True, kw_only=True, tag="error", tag_field="type"):
    """The answer to a request that was refused; nothing changed.

    `id` is missing when the frame had none that could be read. `code` is stable;
    `message` is for people, Chinese first; `field` and `rule` say what to mend.
    """

    id: str | None = None
    code: str
    message: str
    field: str | None = None
    rule: str | None = None
    details: dict[str, object] | None = None


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """A place in a channel: client code hands it back on return and never computes with it."""

    epoch: str
    offset: int
