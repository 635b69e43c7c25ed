"""What it means to callers when MongoDB cannot be reached: never their fault."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pymongo.errors import ConnectionFailure, PyMongoError

from server.domain.errors import Unavailable


@contextmanager
def mongo_outage_is_unavailable() -> Iterator[None]:
    """Turn an outage of MongoDB into the domain's word for it.

    Raises:
        Unavailable: MongoDB did not answer; a write may or may not have been done.
    """
    try:
        yield
    except PyMongoError as error:
        if error.timeout or isinstance(error, ConnectionFailure):
            raise Unavailable(part="mongo") from error
        raise
