"""Answering a repeated request as the first time: idempotency keys.

A key belongs to its person, verb and path, and to the body it came with. Refusals are not kept:
they changed nothing, so the same key may try again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from server.domain.errors import DomainError, InProgress, InvalidInput
from server.domain.ids import PersonId
from server.store.repeats import KeptAnswer, MongoRepeats

__all__ = ["KeptAnswer", "Repeat", "Repeats"]

KEY = re.compile(r"[\x21-\x7e]{8,128}")


@dataclass(frozen=True, slots=True)
class Repeat:
    """One request by what makes it the same as another."""

    id: str  #: hash of person, verb, path and key
    body: str  #: hash of the body; the same key with another body is refused

    @classmethod
    def of(cls, key: str, *, person: PersonId | None, what: str, body: bytes) -> Repeat:
        """Name a request.

        Raises:
            InvalidInput: the key is too short, too long or not plain.
        """
        if not KEY.fullmatch(key):
            raise InvalidInput(field="Idempotency-Key", rule="8 to 128 plain characters")
        named = "\0".join((person or "", what, key)).encode()
        return cls(hashlib.sha256(named).hexdigest(), hashlib.sha256(body).hexdigest())


class Repeats:
    """Keep first answers and give them again."""

    def __init__(self, *, store: MongoRepeats, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    async def begin(self, repeat: Repeat) -> KeptAnswer | None:
        """Give the kept answer, or None: this call is the first and goes on to work.

        Raises:
            InProgress: the first call is still at work.
            InvalidInput: the key was used with another body.
        """
        found = await self._store.begin(repeat.id, repeat.body, self._clock())
        if found is None:
            return None
        if found.body_hash != repeat.body:
            raise InvalidInput(field="Idempotency-Key", rule="one key, one request")
        if found.answer is None:
            raise InProgress(retry_after_seconds=1)
        return found.answer

    async def keep(self, repeat: Repeat, answer: KeptAnswer) -> None:
        """Keep the answer for repeats."""
        await self._store.keep(repeat.id, answer)

    @asynccontextmanager
    async def forgotten_if_refused(self, repeat: Repeat) -> AsyncIterator[None]:
        """Let the key be used again when the work inside was refused.

        A fault of ours leaves the mark until its lease ends: the work may have been done.
        """
        try:
            yield
        except DomainError:
            await self._store.forget(repeat.id)
            raise
