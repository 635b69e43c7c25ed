"""Reading the gateway's answers: `{"<method>_response": {...}, "sign": "..."}`.

The signature covers the inner object's text exactly as it came: spaces, escapes, order and all.
Nothing of an answer is believed before it holds, a refusal neither.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from json import JSONDecoder
from typing import Any, NoReturn

from server.domain.errors import ProviderFailed

MAX_ANSWER_BYTES = 1024 * 1024

DONE = "10000"

#: Alipay did not say what came of it: it may have happened.
_UNSURE_CODE = "20000"
_UNSURE_SUB_CODE = re.compile(r".*(SYSTEM_ERROR|unknow-error|REQUEST_PROCESSING)")

_CODE = re.compile(r"[A-Za-z0-9._-]{1,64}")
_SPACE = re.compile(r"[ \t\r\n]*")

Fields = dict[str, Any]


def read_answer(
    raw: bytes, method: str, holds: Callable[[str, str], bool], *, has_code: bool = True
) -> Fields:
    """Give the fields of an answer that says yes; numbers in it stay the texts they were.

    A yes without a code is one only where `has_code` is False (the OAuth methods).

    Raises:
        ProviderFailed: rule `bad_answer`, `no_answer`, or Alipay's own code when it refused.
    """
    inner, is_signed = _inner_text(raw, method, holds)
    fields = _decoded(inner)
    code, sub_code = _code(fields.get("code")), _code(fields.get("sub_code"))
    if not is_signed:
        # A wrong app id or signature of ours is told without a signature: worth showing to
        # whoever set it up, but nothing to act upon.
        raise ProviderFailed(rule="bad_answer", unsigned=sub_code or code)
    if code == DONE or not (has_code or fields.keys() & {"code", "sub_code"}):
        return fields
    if code == _UNSURE_CODE or _UNSURE_SUB_CODE.fullmatch(sub_code):
        raise ProviderFailed(rule="no_answer", said=sub_code or code)
    raise ProviderFailed(rule=sub_code or code or "unknown")


def _inner_text(raw: bytes, method: str, holds: Callable[[str, str], bool]) -> tuple[str, bool]:
    if len(raw) > MAX_ANSWER_BYTES:
        _refuse()
    try:
        members = _members(raw.decode())
        signature = json.loads(members.pop("sign", "null"))
    except (ValueError, RecursionError):
        _refuse()
    names = [name for name in (_name(method), "error_response") if name in members]
    if len(names) != 1:
        _refuse()
    inner = members[names[0]]
    if signature is None:
        return inner, False
    if not isinstance(signature, str) or not holds(inner, signature):
        _refuse()
    return inner, True


def _decoded(inner: str) -> Fields:
    try:
        fields = json.loads(inner, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError):
        _refuse()
    if not isinstance(fields, dict):
        _refuse()
    return fields


def _members(text: str) -> dict[str, str]:
    """Split one JSON object into its members' names and the raw texts of their values.

    Raises:
        ValueError: it is no such object, or names a member twice. RecursionError: too deep.
    """
    decoder = JSONDecoder()
    members: dict[str, str] = {}
    at = _after(text, 0, "{")
    while True:
        name, at = decoder.raw_decode(text, at)
        if not isinstance(name, str) or name in members:
            raise ValueError("not a name of its own")
        start = _after(text, at, ":")
        _, at = decoder.raw_decode(text, start)
        members[name] = text[start:at]
        at = _skip(text, at)
        if text[at : at + 1] == "}":
            break
        at = _after(text, at, ",")
    if _skip(text, at + 1) != len(text):
        raise ValueError("more than one object")
    return members


def _after(text: str, at: int, mark: str) -> int:
    at = _skip(text, at)
    if text[at : at + 1] != mark:
        raise ValueError(f"no {mark}")
    return _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _name(method: str) -> str:
    return method.replace(".", "_") + "_response"


def _code(value: object) -> str:
    """Give a code that may be shown and logged; anything else is as if it was not there."""
    return value if isinstance(value, str) and _CODE.fullmatch(value) else ""


def _refuse() -> NoReturn:
    raise ProviderFailed(rule="bad_answer") from None
