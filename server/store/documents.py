"""How values become MongoDB documents and come back: one way for every collection.

Enums are stored as their strings, ids as strings, tuples as arrays, instants as BSON dates
(milliseconds, UTC). A value's `id` is the document's `_id`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

Document = dict[str, Any]


def to_document(value: object) -> Document:
    """Make the document of a frozen dataclass with an `id`."""
    built: Document = msgspec.to_builtins(value, builtin_types=(datetime,))
    if "id" in built:
        built["_id"] = built.pop("id")
    return built


def from_document(document: Document, kind: type[T]) -> T:
    """Make the value back; fields that the value does not have are left out."""
    fields = dict(document)
    if "_id" in fields:
        fields["id"] = fields.pop("_id")
    return msgspec.convert(fields, kind)


def milliseconds(at: datetime) -> datetime:
    """Cut an instant to what BSON keeps, so that a stored value equals the value in hand."""
    return at.astimezone(UTC).replace(microsecond=at.microsecond // 1000 * 1000)
