"""The embedded Redis through kills, restarts, stale files and older data."""

from pathlib import Path

import pytest
from redis import Redis

from server.local.errors import ChildFailed, DirectoryInUse
from server.local.redis import EmbeddedRedis


def write(server: EmbeddedRedis, key: str, value: str) -> None:
    with Redis.from_url(server.url) as redis:
        redis.set(key, value)


def read(server: EmbeddedRedis, key: str) -> str | None:
    with Redis.from_url(server.url, decode_responses=True) as redis:
        return redis.get(key)  # type: ignore[return-value]


def test_what_was_acknowledged_survives_a_kill(redis_server: EmbeddedRedis) -> None:
    url = redis_server.url
    write(redis_server, "claim", "won")
    redis_server.kill()
    assert not redis_server.running
    redis_server.start()
    assert redis_server.url == url
    assert read(redis_server, "claim") == "won"


def test_a_restart_keeps_data(redis_server: EmbeddedRedis) -> None:
    write(redis_server, "claim", "won")
    first = redis_server.pid
    redis_server.restart()
    assert redis_server.pid != first
    assert read(redis_server, "claim") == "won"


def test_a_dirty_directory_starts_cleanly(redis_server: EmbeddedRedis) -> None:
    """A stale socket and a file cut off in the middle of a command are what a crash leaves."""
    write(redis_server, "claim", "won")
    redis_server.kill()
    assert (redis_server.directory.path / "redis.sock").exists()
    with (redis_server.directory.data / "appendonly.aof").open("ab") as file:
        file.write(b"*3\r\n$3\r\nSET\r\n$5\r\ncla")
    redis_server.start()
    assert read(redis_server, "claim") == "won"


def test_it_can_lose_everything_or_go_back(redis_server: EmbeddedRedis, tmp_path: Path) -> None:
    """What the claims must survive: an empty restart, and one from an older file."""
    write(redis_server, "claim", "older")
    redis_server.copy_data_to(tmp_path / "older")
    write(redis_server, "claim", "newer")
    redis_server.kill()
    redis_server.replace_data_from(tmp_path / "older")
    redis_server.start()
    assert read(redis_server, "claim") == "older"
    redis_server.kill()
    redis_server.wipe()
    redis_server.start()
    assert read(redis_server, "claim") is None


def test_data_is_not_touched_under_a_running_server(redis_server: EmbeddedRedis) -> None:
    with pytest.raises(RuntimeError, match="stop it before"):
        redis_server.wipe()


def test_the_append_only_file_is_on_and_flushed_as_told(redis_server: EmbeddedRedis) -> None:
    with Redis.from_url(redis_server.url, decode_responses=True) as redis:
        assert redis.config_get("append*")["appendonly"] == "yes"
        assert redis.config_get("appendfsync") == {"appendfsync": "always"}
        assert redis.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def test_emptying_forgets_every_database(redis_server: EmbeddedRedis) -> None:
    with Redis.from_url(redis_server.url_of_database(3)) as redis:
        redis.set("claim", "won")
        redis_server.empty()
        assert redis.get("claim") is None


def test_two_run_side_by_side(redis_server: EmbeddedRedis, tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path / "other") as other:
        write(other, "claim", "theirs")
        assert read(redis_server, "claim") is None


def test_a_second_one_on_the_same_directory_is_refused(redis_server: EmbeddedRedis) -> None:
    second = EmbeddedRedis(redis_server.directory.path.parent)
    with pytest.raises(DirectoryInUse), second.directory.held(deadline_seconds=0.05):
        pass
    assert read(redis_server, "claim") is None  # the first is unharmed


def test_a_directory_too_deep_for_a_unix_socket_uses_loopback(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path / ("deep" * 25)) as server:
        url = server.url
        assert url.startswith("redis://127.0.0.1:")
        write(server, "claim", "won")
        server.kill()
        server.start()
        assert server.url == url
        assert read(server, "claim") == "won"


def test_a_server_that_cannot_read_its_data_shows_its_log(tmp_path: Path) -> None:
    server = EmbeddedRedis(tmp_path)
    server.directory.data.mkdir(parents=True)
    (server.directory.data / "appendonly.aof").write_bytes(b"not a redis file\r\n" * 3)
    with pytest.raises(ChildFailed, match="Bad file format reading the append only file"):
        server.start()
    assert not server.running
