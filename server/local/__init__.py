"""Embedded MongoDB and Redis, and children that end with their parent.

For one machine: `lanjian up`, the proofs and the tests. A production site runs its own servers.
"""

from server.local.child import Child
from server.local.errors import ChildFailed, DirectoryInUse, LocalError, MissingServer
from server.local.mongo import EmbeddedMongo
from server.local.redis import EmbeddedRedis

__all__ = [
    "Child",
    "ChildFailed",
    "DirectoryInUse",
    "EmbeddedMongo",
    "EmbeddedRedis",
    "LocalError",
    "MissingServer",
]
