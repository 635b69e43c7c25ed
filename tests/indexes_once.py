"""Asking for each index once: databases that are only emptied keep theirs from test to test.

A world of a test asks for some forty indexes; on a database that has them all, asking again was
the dearest part of building that world (about 50 ms of processor time here and in mongod).
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from motor.motor_asyncio import AsyncIOMotorCollection

Address = tuple[str, int | None]


@contextmanager
def indexes_once(address: Address, names: Collection[str]) -> Iterator[None]:
    """Answer from memory where a kept database of this server was asked for the same index before.

    Every index is still asked for once, with each set of options that any store wants, so one
    that cannot be had is still refused. Other databases and other servers are always asked.
    """
    made: dict[tuple[str, ...], str] = {}
    really: Any = AsyncIOMotorCollection.create_index

    async def create_index(self: Any, keys: Any, session: Any = None, **options: Any) -> str:
        database = self.database
        seeds = database.client.delegate.topology_description.server_descriptions()
        if database.name not in names or address not in seeds or session is not None:
            return str(await really(self, keys, session=session, **options))
        asked = (database.name, self.name, repr(keys), repr(options))
        if asked not in made:
            made[asked] = str(await really(self, keys, **options))
        return made[asked]

    AsyncIOMotorCollection.create_index = create_index
    try:
        yield
    finally:
        AsyncIOMotorCollection.create_index = really
