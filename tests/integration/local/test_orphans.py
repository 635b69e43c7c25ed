"""No server outlives its parent, however the parent ends, and the next start finds no trace."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pymongo import MongoClient
from redis import Redis

from server.local.mongo import EmbeddedMongo
from server.local.redis import EmbeddedRedis
from tests.processes import is_alive
from tests.waiting import eventually_blocking

pytestmark = pytest.mark.slow

PARENT = """
import sys, threading, time
from pathlib import Path
from server.local.mongo import EmbeddedMongo
from server.local.redis import EmbeddedRedis

servers = [EmbeddedMongo(Path(sys.argv[1])), EmbeddedRedis(Path(sys.argv[1]), fsync="always")]
if sys.argv[2] == "thread":
    threads = [threading.Thread(target=server.start) for server in servers]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
else:
    [server.launch() for server in servers]
    [server.wait_ready() for server in servers]
print(*[server.pid for server in servers], flush=True)
time.sleep(600)
"""

POOL = """
import os, time
from server.local.pool import leashed_pool

if __name__ == "__main__":
    with leashed_pool(1) as pool:
        print(pool.submit(os.getpid).result(), flush=True)
        pool.submit(time.sleep, 600).result()
"""


@contextmanager
def parent_of_servers(var_dir: Path, started_from: str) -> Iterator[tuple[int, list[int]]]:
    """Run a parent with a MongoDB and a Redis; yield its pid and theirs."""
    command = [sys.executable, "-c", PARENT, str(var_dir), started_from]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        try:
            assert parent.stdout is not None
            yield parent.pid, [int(pid) for pid in parent.stdout.readline().split()]
        finally:
            parent.kill()


def leave_something(var_dir: Path) -> None:
    with MongoClient(EmbeddedMongo(var_dir).uri) as client:
        client.sample.orders.insert_one({"_id": 1})
    with Redis.from_url(EmbeddedRedis(var_dir).url) as redis:
        redis.set("claim", "won")


def find_it_again(var_dir: Path) -> None:
    with EmbeddedMongo(var_dir) as mongo, MongoClient(mongo.uri) as client:
        assert client.sample.orders.count_documents({}) == 1
    with EmbeddedRedis(var_dir) as server, Redis.from_url(server.url) as redis:
        assert redis.get("claim") == b"won"


@pytest.mark.parametrize(
    ("started_from", "ending"),
    [
        ("main", signal.SIGKILL),  # the kernel's parent-death signal
        ("thread", signal.SIGKILL),  # the watcher on a pipe, as on macOS
        ("main", signal.SIGTERM),  # Python dies of it without a word to its children
    ],
)
def test_servers_die_with_their_parent(
    tmp_path: Path, started_from: str, ending: signal.Signals
) -> None:
    with parent_of_servers(tmp_path, started_from) as (parent, servers):
        assert len(servers) == 2
        assert all(is_alive(pid) for pid in servers)
        leave_something(tmp_path)
        os.kill(parent, ending)
        eventually_blocking(lambda: not any(is_alive(pid) for pid in servers))
    find_it_again(tmp_path)


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM])
def test_a_pool_at_work_dies_with_its_parent(tmp_path: Path, ending: signal.Signals) -> None:
    program = tmp_path / "pool.py"  # what is spawned imports it, so it has to be a file
    program.write_text(POOL)
    root = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    command = [sys.executable, str(program)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=root) as parent:
        try:
            assert parent.stdout is not None
            worker = int(parent.stdout.readline())
            assert is_alive(worker)
            parent.send_signal(ending)
            eventually_blocking(lambda: not is_alive(worker))
        finally:
            parent.kill()
