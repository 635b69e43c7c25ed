"""Building Redis clients and scripts, and what a failure of Redis means to callers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.commands.core import AsyncScript
from redis.exceptions import BusyLoadingError, ConnectionError, ReadOnlyError, TimeoutError

from server.domain.errors import Unavailable

#: What `connect` builds, for those who only hand it on.
Client = Redis

#: Longest wait for an answer to a command that does not block, seconds.
ANSWER_SECONDS = 2.0

#: Longest wait for a connection, seconds; Redis is near, or it is not there.
CONNECT_SECONDS = 2.0

#: What an answer to a blocking read may take besides its blocking, seconds.
BLOCKING_SLACK_SECONDS = 3.0

#: Connections of one client; each waiting command holds one.
MAX_CONNECTIONS = 64

#: What happens when Redis cannot be reached or does not serve: never the caller's fault.
OUTAGES = (ConnectionError, TimeoutError, BusyLoadingError, ReadOnlyError, OSError)


def connect(
    url: str, *, answer_seconds: float = ANSWER_SECONDS, max_connections: int = MAX_CONNECTIONS
) -> Redis:
    """Build a client; nothing is sent before its first command. Close it with `aclose`.

    Commands are never repeated by the library: a script that timed out may have run, and
    only its caller knows whether running it twice does harm.
    """
    # Blocking: a burst of commands waits for its turn instead of failing.
    pool = BlockingConnectionPool.from_url(
        url,
        socket_timeout=answer_seconds,
        socket_connect_timeout=CONNECT_SECONDS,
        max_connections=max_connections,
        timeout=answer_seconds,
        retry=Retry(NoBackoff(), 0),
        decode_responses=False,
    )
    return Redis.from_pool(pool)


def connect_reading(url: str, *, block_seconds: float) -> Redis:
    """Build a client of one connection, for one reader whose reads block for so long at most.

    When that connection ends, the next command fails. A pool looks at a connection before each
    use and replaces a dead one unseen: a reader that was between two reads while Redis started
    anew would never learn of it.
    """
    pool = BlockingConnectionPool.from_url(
        url,
        socket_timeout=block_seconds + BLOCKING_SLACK_SECONDS,
        socket_connect_timeout=CONNECT_SECONDS,
        max_connections=1,
        timeout=CONNECT_SECONDS,
        retry=Retry(NoBackoff(), 0),
        decode_responses=False,
    )
    client = Redis(connection_pool=pool, single_connection_client=True)
    client.auto_close_connection_pool = True  # nobody else knows the pool
    return client


@contextmanager
def outage_is_unavailable() -> Iterator[None]:
    """Turn an outage of Redis into the domain's word for it.

    Raises:
        Unavailable: Redis did not answer; what was asked may or may not have been done.
    """
    try:
        yield
    except OUTAGES as error:
        raise Unavailable(part="redis") from error


def text(raw: bytes | str) -> str:
    """Give the text of an answer; redis-py types both, these clients get bytes."""
    return raw.decode() if isinstance(raw, bytes) else raw


def script(redis: Redis, package: str, *names: str) -> AsyncScript:
    """Load `<name>.lua` files of a package as one script, in order.

    It runs by its hash and is sent again after a restart of Redis.
    """
    files = (resources.files(package).joinpath(f"{name}.lua") for name in names)
    return redis.register_script("\n".join(file.read_text(encoding="utf-8") for file in files))
