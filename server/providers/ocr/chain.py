"""Several recognisers as one: the first that can reads, the next is asked where one cannot.

Reading changes nothing, so any failure may be followed by the next; only a photo that nobody can
decode is not carried further. One whose quota or account failed rests: each process learns this
for itself, from its own photos.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from server.domain.bookings.papers import PaperKind
from server.domain.errors import ProviderFailed
from server.providers.ocr_ports import Read, Recogniser

log = logging.getLogger(__name__)

#: After these the same answer would come again for a while.
TO_REST = frozenset({"quota", "account", "not_installed"})
REST_SECONDS = 600.0

#: About the photo, not about who looks at it.
OF_PHOTO = frozenset({"photo"})


class RecogniserChain:
    """Implements `Recognisers`."""

    def __init__(self, recognisers: Sequence[Recogniser], *, clock: Callable[[], datetime]) -> None:
        """Take them in the order in which they are asked; none: nobody reads."""
        self._recognisers = tuple(recognisers)
        self._clock = clock
        self._resting: dict[str, datetime] = {}

    async def ask(self, kind: PaperKind, photo: bytes) -> Read:
        """Have one paper read; see `Recognisers.ask`.

        Raises:
            ProviderFailed: none could.
        """
        failure = ProviderFailed(rule="none", tried=())
        tried: list[str] = []
        for recogniser in self._awake():
            tried.append(recogniser.name)
            try:
                return Read(paper=await recogniser.read(kind, photo), by=recogniser.name)
            except ProviderFailed as error:
                self._judge(recogniser.name, error)
                failure = _told(error, tried)
                if error.rule in OF_PHOTO:
                    break
        raise failure

    def _awake(self) -> list[Recogniser]:
        """Give those who do not rest; when all do, all."""
        now = self._clock()
        awake = [one for one in self._recognisers if self._resting.get(one.name, now) <= now]
        return awake or list(self._recognisers)

    def _judge(self, name: str, failure: ProviderFailed) -> None:
        """Say what failed without anything of the photo, and let it rest where that helps."""
        rests = failure.rule in TO_REST
        if rests:
            self._resting[name] = self._clock() + timedelta(seconds=REST_SECONDS)
        log.warning("recogniser %s: %s%s", name, failure.rule, ", rests" if rests else "")


def _told(error: ProviderFailed, tried: Sequence[str]) -> ProviderFailed:
    details: dict[str, Any] = {**error.details, "tried": tuple(tried)}
    failure = ProviderFailed(rule=error.rule, **details)
    failure.__cause__ = error
    return failure
