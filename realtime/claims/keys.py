"""Every Redis key of a claim, built here alone.

All keys of a resource carry its shard as their hash tag, so that one script may touch
them together on Redis Cluster too.
"""

from zlib import crc32

from realtime.claims.values import ResourceId


def shard_of(resource: ResourceId, shards: int) -> int:
    """Return the resource's shard: the same in every process with the same count."""
    return crc32(str(resource).encode()) % shards


def record(shard: int, resource: ResourceId) -> str:
    """Name the hash that holds who holds what."""
    return f"claim:{{{shard}}}:record:{resource}"


def log(shard: int, resource: ResourceId, version: int) -> str:
    """Name the hash of one race's attempts."""
    return f"claim:{{{shard}}}:log:{version}:{resource}"


def leases(shard: int, of: str = "") -> str:
    """Name the sorted set of the shard's records with a deadline; `of`: of one judge's alone."""
    return f"claim:{{{shard}}}:leases:{of}" if of else f"claim:{{{shard}}}:leases"


def resource_of(member: str) -> ResourceId:
    """Read a resource back from a member of `leases`."""
    kind, _, name = member.partition(":")
    return ResourceId(kind, name)
