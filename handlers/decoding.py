"""Turning bytes into wire types, and a decoder's complaint into the field and the rule.

The decoder's own words may quote what was sent, so only the place and a stable rule go out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from server.domain.errors import InvalidInput

Kind = TypeVar("Kind")

_PLACE = re.compile(r" - at `(?P<place>[^`]*)`$")
_NAMED = re.compile(r"field `(?P<name>[^`]*)`")

#: The decoder's complaints by how they begin, and what the rule is called on the wire.
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"Object missing required field"), "required"),
    (re.compile(r"Object contains unknown field"), "unknown_field"),
    (re.compile(r"Expected `\w+` of length"), "length"),
    (re.compile(r"Expected `\w+` matching regex"), "pattern"),
    (re.compile(r"Expected `\w+` (?:[<>]|that's)"), "range"),
    (re.compile(r"Expected `\w+` with a timezone"), "timezone"),
    (re.compile(r"Expected `\w+`"), "type"),
    (re.compile(r"Invalid "), "value"),
)


def decode(raw: bytes | str, kind: type[Kind]) -> Kind:
    """Decode JSON into the type, strictly.

    Raises:
        InvalidInput: not JSON, or a field is missing, unknown, of a wrong type or over its limit.
    """
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError as error:
        raise _refusal(str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise InvalidInput(field="body", rule="json") from None


def convert(fields: Mapping[str, Any], kind: type[Kind]) -> Kind:
    """Make the type of texts, such as a query's; numbers are read from their digits.

    Raises:
        InvalidInput: as in `decode`.
    """
    try:
        return msgspec.convert(dict(fields), kind, strict=False)
    except msgspec.ValidationError as error:
        raise _refusal(str(error)) from None


def _refusal(complaint: str) -> InvalidInput:
    at = _PLACE.search(complaint)
    path = at["place"].removeprefix("$").removeprefix(".") if at else ""
    named = _NAMED.search(complaint)
    if named and not complaint.startswith("Expected"):
        path = f"{path}.{named['name']}" if path else named["name"]
    rule = next((rule for form, rule in _RULES if form.match(complaint)), "value")
    return InvalidInput(field=path or "body", rule=rule)
