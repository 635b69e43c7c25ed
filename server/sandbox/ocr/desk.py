"""What the recognisers' stand-in knows: the fields of pictures that it was told of, and no others.

A picture is known by its SHA-256. What was asked is listed without what it showed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Literal

from server.sandbox.clock import Clock
from server.sandbox.store import SandboxStore

Kind = Literal["id_card", "vehicle_licence"]
Vendor = Literal["wechat", "aliyun"]

#: Pictures listed, and kept to be told apart.
SHOWN = 50

#: Beginnings of pictures that both vendors take.
PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"BM")


def digest(picture: bytes) -> str:
    """Name a picture."""
    return sha256(picture).hexdigest()


def is_picture(raw: bytes) -> bool:
    """Tell by its first bytes whether it is a JPEG, PNG or BMP."""
    return raw.startswith(PICTURES)


class Desk:
    """Pictures told of, and pictures asked."""

    def __init__(self, *, store: SandboxStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def tell(self, name: str, kind: Kind, fields: Mapping[str, str]) -> None:
        """Say what a picture shows; the last word counts."""
        self._store.change(
            "INSERT INTO ocr_papers VALUES (?, ?, ?, ?) ON CONFLICT (sha256) DO UPDATE"
            " SET kind = excluded.kind, fields = excluded.fields, told_at = excluded.told_at",
            *(name, kind, json.dumps(dict(fields), ensure_ascii=False), self._clock()),
        )

    def read(self, vendor: Vendor, kind: Kind, picture: bytes) -> dict[str, str] | None:
        """Give the fields that a picture shows of this paper; None when it shows none."""
        name = digest(picture)
        row = self._store.one("SELECT * FROM ocr_papers WHERE sha256=? AND kind=?", name, kind)
        self.note(vendor, kind, picture, "read" if row else "no such paper")
        fields: dict[str, str] | None = json.loads(row["fields"]) if row else None
        return fields

    def note(self, vendor: Vendor, kind: Kind, picture: bytes, outcome: str) -> None:
        """List a picture that was asked."""
        self._store.change(
            "INSERT INTO ocr_asked (vendor, kind, sha256, bytes, outcome, at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            *(vendor, kind, digest(picture), len(picture), outcome, self._clock()),
        )
        self._store.trim("ocr_asked")

    def asked(self) -> list[dict[str, Any]]:
        """List the newest pictures asked, without what they show."""
        return self._store.all("SELECT * FROM ocr_asked ORDER BY number DESC LIMIT ?", SHOWN)
