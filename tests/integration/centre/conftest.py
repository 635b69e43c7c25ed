"""Fixtures: `rooms` with the centre, `app`, `client` signed in as nobody yet."""

import pytest

from tests.integration.accounts.conftest import client, database, redis
from tests.integration.centre.harness import CentreRooms

__all__ = ["app", "client", "database", "redis", "rooms"]


@pytest.fixture
def rooms(io_loop, database, redis) -> CentreRooms:
    rooms = CentreRooms(database, redis)
    io_loop.run_sync(rooms.ensure_indexes)
    return rooms


@pytest.fixture
def app(rooms):
    return rooms.app()
