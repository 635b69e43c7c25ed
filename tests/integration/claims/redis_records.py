"""Reading the scripts' own keys back as the model's values."""

import re

from redis import Redis

from tests.unit.realtime.claims.record_model import Entry, Log, Record, Seat


def read_record(redis: Redis, key: str) -> Record | None:
    fields = _fields(redis, key)
    if not fields:
        return None
    places = {}
    barred = set()
    for name, text in fields.items():
        if name.startswith("h:"):
            who, request, *numbers = text.split(" ")
            places[int(name[2:])] = Seat(who, request, *map(int, numbers))
        elif name.startswith("b:"):
            barred.add(name[2:])
    assert int(fields["bars"]) == len(barred)
    return Record(
        version=int(fields["v"]) if "v" in fields else None,
        capacity=int(fields.get("cap", 1)),
        closed=fields.get("st") == "closed",
        run=fields.get("run"),
        partial=fields["pt"] == "1",
        places=tuple(sorted(places.items())),
        barred=frozenset(barred),
    )


def read_log(redis: Redis, key: str) -> Log:
    fields = _fields(redis, key)
    if not fields:
        return Log()
    entries = {}
    for name, text in fields.items():
        if name.startswith("r:"):
            who, request = name[2:].split(" ")
            arrival, at, version, answer = text.split(" ", 3)
            entries[who, request] = Entry(int(arrival), int(at), int(version), answer)
    return Log(
        n=int(fields["n"]),
        cut=int(fields["cut"]),
        run=fields["run"],
        partial=fields["pt"] == "1",
        entries=tuple(sorted(entries.items())),
    )


def _fields(redis: Redis, key: str) -> dict[str, str]:
    return {name.decode(): text.decode() for name, text in redis.hgetall(key).items()}


def run_id(redis: Redis) -> str:
    return redis.info("server")["run_id"]


def started_us(redis: Redis, now_us: int) -> int:
    return now_us - redis.info("server")["uptime_in_seconds"] * 1_000_000


def clock_us(redis: Redis) -> int:
    seconds, micros = redis.time()
    return seconds * 1_000_000 + micros


def assert_contract(text: str) -> None:
    """Each script opens with what it is, its KEYS, its ARGV and what it returns."""
    head = re.match(r"(--.*\n)+", text)
    assert head
    for word in ("KEYS", "ARGV", "Returns"):
        assert word in head[0]
