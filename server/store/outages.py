"""Outages of MongoDB in our words, for callers that act on them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pymongo.errors import PyMongoError

from server.store.connection import refusal_of


@contextmanager
def mongo_outage_is_unavailable() -> Iterator[None]:
    """Turn an outage of MongoDB into the domain's word for it.

    Raises:
        Unavailable: MongoDB did not answer; a write may or may not have been done.
    """
    try:
        yield
    except PyMongoError as error:
        refusal = refusal_of(error)
        if refusal is None:
            raise
        raise refusal from error
