"""Work on many things, one after the other: what fails on one does not keep the others waiting."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from realtime.claims import ClaimsUnavailable
from server.domain.errors import DomainError, ProviderFailed, Unavailable
from server.store.connection import refusal_of

log = logging.getLogger(__name__)

T = TypeVar("T")

#: After so many things in a row that met an outage, the rest would only wait for it too.
MOST_OUTAGES = 3


def is_outage(fault: BaseException) -> bool:
    """Tell a database that is away, which is expected now and then, from a fault of ours."""
    known = isinstance(fault, Unavailable | ClaimsUnavailable) or refusal_of(fault) is not None
    return known and not isinstance(fault, ProviderFailed)


async def one_by_one(
    things: Iterable[T], work: Callable[[T], Awaitable[object]], *, name: str
) -> int:
    """Work on each thing; returns for how many `work` gave something true.

    A failure is logged, without a traceback when it is a refusal or an outage.

    Raises:
        The outage, when several things in a row met one.
    """
    done = outages = 0
    for thing in things:
        try:
            done += bool(await work(thing))
            outages = 0
        except Exception as fault:  # a task supervisor: one thing's fault must not stop the others
            outages = outages + 1 if is_outage(fault) else 0
            if outages == MOST_OUTAGES:
                raise
            _tell(fault, f"{name} {getattr(thing, 'id', thing)}")
    return done


def brief(fault: Exception) -> str:
    """Name a refusal or an outage for a log line: in our words, or by its kind."""
    if isinstance(fault, DomainError):
        return " ".join([str(fault), *(f"{key}={told}" for key, told in fault.details.items())])
    return type(fault).__name__


def _tell(fault: Exception, what: str) -> None:
    if isinstance(fault, DomainError) or is_outage(fault):
        log.warning("%s not done: %s", what, brief(fault))
    else:
        log.exception("%s failed", what)
