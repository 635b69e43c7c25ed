"""Fixtures and hooks for all tests.

Servers (real ones, embedded; see server.local)
    mongo_uri       the session's shared MongoDB; use `mongo_db_name` on it
    mongo_db_name   the name of a database on it that is empty and this test's own
    redis_url       the session's shared Redis, emptied before each test
    mongo_server    an EmbeddedMongo of this test's own, to kill and restart (about 1 s)
    redis_server    an EmbeddedRedis of this test's own, to kill and restart (about 0.1 s)
    browser_url     where the process's Chromium answers; `chromium(browser_url)` uses it

Keys
    provider_folder the session's keys of providers and their sandbox (server/local/provider_keys)

Async
    `async def test_...` runs in asyncio.run on a loop of its own; it fails if it leaves tasks
    running, coroutines un-awaited or errors unseen (tests/async_tests.py). Async fixtures do not
    exist: use async context managers inside the test. Tests of Tornado handlers may use
    pytest-tornado instead: `@pytest.mark.gen_test` with its http_client and base_url.
    `@pytest.mark.virtual_time` runs it on a loop whose time jumps over waiting.
    `tests.waiting.eventually(condition)` waits; nothing sleeps.

Hypothesis tries the same examples each time and has no deadline of its own: a loaded machine is
no fault of the code.

Every test has the time limit of setup.cfg (pytest-timeout); longer ones carry
`@pytest.mark.timeout(...)` and `@pytest.mark.slow`.
"""

import asyncio
import gc
import inspect
import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from pymongo import MongoClient
from tornado.httpclient import AsyncHTTPClient
from tornado.ioloop import IOLoop

from realtime import redis as redis_clients
from server.local.mongo import EmbeddedMongo
from server.local.provider_keys import provider_keys
from server.local.redis import EmbeddedRedis
from server.store import connection
from tests.async_tests import run_strictly
from tests.e2e.chromium import Program
from tests.emptying import empty
from tests.indexes_once import indexes_once
from tests.sharing_out import SharedOut, import_a_share
from tests.virtual_time import VirtualTimeLoop
from tests.waiting import PATIENCE_SECONDS

#: By turns, so that a write still on its way when its test ended reaches no other test.
DATABASES = ("test_a", "test_b", "test_c")

#: For how long the product looks for a MongoDB that is away.
PRODUCT_SELECTION_MILLISECONDS = connection.SELECTION_MILLISECONDS

settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile("repeatable")


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> SharedOut:
    """Share tests out by what they share."""
    return SharedOut(config, log)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Let the workers share the work of collecting, and look for no garbage meanwhile."""
    gc.disable()
    import_a_share(session.config)


def pytest_collection_finish() -> None:
    """Look for garbage from now on, and not among modules and tests: they stay to the end.

    Looking through thousands of them again and again was a third of collecting, and is a pause
    in whatever test is running.
    """
    gc.freeze()
    gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run coroutine tests on a loop of their own, unless they are pytest-tornado's."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj) or pyfuncitem.get_closest_marker("gen_test"):
        return None
    wanted = pyfuncitem._fixtureinfo.argnames
    arguments = {name: pyfuncitem.funcargs[name] for name in wanted}
    is_virtual = pyfuncitem.get_closest_marker("virtual_time") is not None
    with asyncio.Runner(loop_factory=VirtualTimeLoop if is_virtual else None) as runner:
        runner.run(run_strictly(pyfuncitem.obj, arguments))
    return True


@pytest.fixture(scope="session", autouse=True)
def _no_settings_from_outside() -> Iterator[None]:
    """Keep the developer's own LANJIAN_ variables out of the tests, but for the built pages'."""
    with pytest.MonkeyPatch.context() as patch:
        ours = {name for name in os.environ if name.startswith("LANJIAN_")}
        for name in ours - {"LANJIAN_WEB_DIST"}:
            patch.delenv(name)
        yield


@pytest.fixture(scope="session", autouse=True)
def _patient_http() -> None:
    """Wait for answers as long as tests wait for anything; what is quicker says so itself."""
    patience = {"connect_timeout": PATIENCE_SECONDS, "request_timeout": PATIENCE_SECONDS}
    AsyncHTTPClient.configure(None, defaults=patience)


@pytest.fixture(scope="session", autouse=True)
def _patient_stores() -> Iterator[None]:
    """Wait for Redis and MongoDB as long as tests wait for anything.

    The product tells people soon that a store is away. Here each is a process beside others on a
    few cores: while one stalls, its late answers would pass for an outage. Those that are killed
    refuse at once; what waits on one that is silent says for how long itself (claims do).
    """
    milliseconds = round(1000 * PATIENCE_SECONDS)
    with pytest.MonkeyPatch.context() as patch:
        # Bound when it was defined: the module's number is read no more.
        patch.setitem(redis_clients.connect.__kwdefaults__, "answer_seconds", PATIENCE_SECONDS)
        patch.setattr(redis_clients, "CONNECT_SECONDS", PATIENCE_SECONDS)
        patch.setattr(redis_clients, "BLOCKING_SLACK_SECONDS", PATIENCE_SECONDS)
        patch.setattr(connection, "SELECTION_MILLISECONDS", milliseconds)
        patch.setattr(connection, "CONNECT_MILLISECONDS", milliseconds)
        yield


@pytest.fixture(scope="session")
def provider_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a site's provider keys, made once: RSA keys take their time."""
    folder = tmp_path_factory.mktemp("providers")
    provider_keys(folder)
    return folder


@pytest.fixture
def io_loop() -> Iterator[IOLoop]:
    """Stand in for pytest-tornado's own, which leaks a loop and calls what Tornado deprecated."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    wrapper = IOLoop.current()
    yield wrapper
    wrapper.close(all_fds=True)
    asyncio.set_event_loop(None)


@pytest.fixture(scope="session")
def shared_mongo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedMongo]:
    server = EmbeddedMongo(tmp_path_factory.mktemp("shared"))
    server.start()
    yield server
    server.kill()  # nothing in it is worth a clean goodbye


@pytest.fixture(scope="session")
def mongo_uri(shared_mongo: EmbeddedMongo) -> str:
    return shared_mongo.uri


@pytest.fixture(scope="session")
def _database_names() -> Iterator[str]:
    return itertools.cycle(DATABASES)


@pytest.fixture(scope="session")
def _mongo_client(mongo_uri: str) -> Iterator[MongoClient[dict[str, Any]]]:
    with MongoClient[dict[str, Any]](mongo_uri) as client:
        # It would delete what has expired by the real clock; tests have clocks of their own.
        client.admin.command("setParameter", 1, ttlMonitorEnabled=False)
        assert client.address is not None
        with indexes_once(client.address, DATABASES):
            yield client


@pytest.fixture
def mongo_db_name(
    _mongo_client: MongoClient[dict[str, Any]], _database_names: Iterator[str]
) -> str:
    name = next(_database_names)
    empty(_mongo_client[name])
    return name


@pytest.fixture(scope="session")
def shared_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    server = EmbeddedRedis(tmp_path_factory.mktemp("shared"))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def redis_url(shared_redis: EmbeddedRedis) -> str:
    shared_redis.empty()
    return shared_redis.url


@pytest.fixture
def mongo_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedMongo]:
    # Who looks for one that was killed looks as long as the product does, not as tests wait.
    monkeypatch.setattr(connection, "SELECTION_MILLISECONDS", PRODUCT_SELECTION_MILLISECONDS)
    server = EmbeddedMongo(tmp_path)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[EmbeddedRedis]:
    # "always", so that what was acknowledged before a kill is a fact a test may insist on.
    server = EmbeddedRedis(tmp_path, fsync="always")
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="session")
def _browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    program = Program(tmp_path_factory.mktemp("browser"))
    yield program
    program.stop()


@pytest.fixture
def browser_url(_browser: Program) -> str:
    return _browser.url()
