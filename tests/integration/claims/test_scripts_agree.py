"""Hold the Lua scripts to the plain model of the record, at random, on a real Redis."""

from dataclasses import replace as replaced
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from random import Random

import pytest
from redis import Redis

from realtime.claims import keys, protocol
from realtime.claims.protocol import Confirm, Release, Settle
from realtime.claims.scripts import Call, Calls, read_answers, read_due, read_receipts
from realtime.claims.settings import ClaimSettings
from realtime.claims.values import (
    ANY_VERSION,
    Claim,
    ClaimantId,
    Closed,
    Held,
    Holder,
    Open,
    RequestId,
    ResourceId,
    Truth,
)
from tests.integration.claims.redis_records import (
    assert_contract,
    clock_us,
    read_log,
    read_record,
    run_id,
    started_us,
)
from tests.unit.realtime.claims import record_model
from tests.unit.realtime.claims.record_model import Limits, Log, Record, replace

pytestmark = pytest.mark.slow

# One shard, so that a batch mixes resources. A lease of 1 us has ended by the next call.
LONG = ClaimSettings(shards=1, lease_seconds=600.0, receipts_kept=12, bars_kept=2)
SHORT = replaced(LONG, lease_seconds=1e-6, award_seconds=1e-7)
RESOURCES = [ResourceId("order", "1"), ResourceId("order", "2"), ResourceId("cells", "T1:M")]
WHO = [ClaimantId(name) for name in "ABCD"]
NOW = -1  # stands for the clock of a write, which the script does not tell


def limits_of(settings: ClaimSettings) -> Limits:
    return Limits(
        lease_us=int(settings.lease_seconds * 1_000_000),
        receipts_kept=settings.receipts_kept,
        bars_kept=settings.bars_kept,
    )


class Twin:
    """Do everything twice, in Lua and in the model, and compare all that is kept."""

    def __init__(self, url: str, seed: int) -> None:
        self.redis = Redis.from_url(url)
        self.redis.flushall()
        self.random = Random(seed)
        self.run = run_id(self.redis)
        self.records: dict[ResourceId, Record | None] = dict.fromkeys(RESOURCES)
        self.logs: dict[tuple[ResourceId, int], Log] = {}
        self.last_us = 0

    def call(self, call: Call) -> object:
        return self.redis.eval(call.script.text, len(call.keys), *call.keys, *call.args)

    def log(self, resource: ResourceId, version: int) -> Log:
        return self.logs.get((resource, version), Log())

    # Moves, drawn ------------------------------------------------------------------

    def a_claim(self, resource: ResourceId) -> Claim:
        version = self.random.choice([ANY_VERSION, *self.near_versions(resource)])
        request = RequestId(f"r{self.random.randrange(6)}")
        return Claim(resource, self.random.choice(WHO), version, request)

    def near_versions(self, resource: ResourceId) -> list[int]:
        record = self.records[resource]
        version = (record.version if record else None) or 1
        return [max(1, version - 1), version, version, version, version + 1]

    def a_truth(self, resource: ResourceId) -> Truth:
        version = self.random.choice(self.near_versions(resource))
        capacity = 3 if resource.kind == "cells" else 1
        if self.random.random() < 0.1:
            return Closed(version)
        people = self.random.sample(WHO, self.random.randrange(capacity + 1))
        places = self.random.sample(range(capacity), len(people))
        holders = tuple(map(self.a_holder, people, places))
        if len(holders) == capacity:
            return Held(version, holders, capacity)
        return Open(version, capacity, holders)

    def a_holder(self, who: ClaimantId, place: int) -> Holder:
        since = datetime(2026, 11, 1, tzinfo=UTC) + timedelta(
            microseconds=self.random.randrange(10**12)
        )
        until = self.random.choice([None, None, since, since + timedelta(days=9000)])
        request = self.random.choice([None, RequestId("r1")])
        return Holder(who, since, place, until, request)

    def claim_some(self) -> None:
        settings = self.random.choice([LONG, LONG, SHORT])
        count = self.random.randrange(1, 8)
        claims = [self.a_claim(self.random.choice(RESOURCES)) for _ in range(count)]
        reply = self.call(Calls(settings).claims(0, claims))
        now_us, answers = read_answers(reply)
        self.last_us = now_us
        expected = []
        for claim in claims:
            record, log, answer = record_model.claim(
                self.records[claim.resource],
                self.log(claim.resource, claim.version),
                claim,
                now_us,
                self.run,
                limits_of(settings),
            )
            self.records[claim.resource] = record
            self.logs[claim.resource, claim.version] = log
            expected.append(answer)
        assert answers == expected

    def write_one(self) -> None:
        resource = self.random.choice(RESOURCES)
        kind = self.random.choice(["settle", "settle", "confirm", "release"])
        what = getattr(self, f"a_{kind}")(resource)
        version = what.log_version if isinstance(what, Settle) else 0
        before_us = clock_us(self.redis)
        started = started_us(self.redis, before_us)
        self.call(Calls(LONG).write(what))
        after_us = clock_us(self.redis)
        record, log = record_model.write(
            self.records[resource],
            self.log(resource, version),
            what,
            NOW,
            self.run,
            started,
            limits_of(LONG),
        )
        self.logs[resource, version] = log
        self.records[resource] = self.with_clock(resource, record, before_us, after_us)

    def a_settle(self, resource: ResourceId) -> Settle:
        dropped = self.a_logged_claim(resource) if self.random.random() < 0.4 else None
        return Settle(
            resource,
            self.a_truth(resource),
            as_of_us=self.random.choice([0, self.last_us, clock_us(self.redis)]),
            # Far from Redis's start, whose second is only roughly known.
            opened_us=self.random.choice([0, 10**17]),
            dropped=dropped,
            log_version=dropped.version if dropped else 0,
        )

    def a_logged_claim(self, resource: ResourceId) -> Claim:
        logged = [
            Claim(resource, ClaimantId(who), version, RequestId(request))
            for (of, version), log in self.logs.items()
            for (who, request), _ in log.entries
            if of == resource
        ]
        return self.random.choice(logged) if logged else self.a_claim(resource)

    def a_confirm(self, resource: ResourceId) -> Confirm:
        place = self.random.randrange(3 if resource.kind == "cells" else 1)
        claim = replaced(self.a_claim(resource), place=place)
        return Confirm(claim, arrival=7, until_us=self.random.choice([0, 1, 10**17]))

    def a_release(self, resource: ResourceId) -> Release:
        held = self.random.choice(self.near_versions(resource))
        new = held + self.random.randrange(2)
        barred = self.random.random() < 0.3
        return Release(resource, self.random.choice(WHO), held, new, barred)

    def bar_or_lift(self) -> None:
        resource, who = self.random.choice(RESOURCES), self.random.choice(WHO)
        mode = self.random.choice(["bar", "lift"])
        self.call(Calls(LONG).bar(resource, who, mode))
        record = self.records[resource]
        if mode == "bar":
            self.records[resource] = record_model.bar(record, who, limits_of(LONG))
        else:
            self.records[resource] = record_model.lift(record, who)

    # Comparing ------------------------------------------------------------------------

    def with_clock(
        self, resource: ResourceId, record: Record | None, before_us: int, after_us: int
    ) -> Record | None:
        """Put the script's own clock, once it is known to be right, where the model has NOW."""
        real = read_record(self.redis, keys.record(0, resource))
        if record is None or real is None:
            return record
        seen = dict(real.places)
        places = []
        for place, seat in record.places:
            for field in ("at", "confirmed"):
                if getattr(seat, field) == NOW:
                    clock = getattr(seen[place], field)
                    assert before_us <= clock <= after_us
                    seat = replace(seat, **{field: clock})
            places.append((place, seat))
        return replace(record, places=tuple(places))

    def compare(self) -> None:
        for resource, record in self.records.items():
            assert read_record(self.redis, keys.record(0, resource)) == record
        for (resource, version), log in self.logs.items():
            assert read_log(self.redis, keys.log(0, resource, version)) == log
        self.compare_due()
        for key in self.redis.keys("claim:{0}:[rl]*:*"):
            assert self.redis.pttl(key) > 0, key

    def compare_due(self) -> None:
        now_us, due = read_due(self.call(Calls(LONG).due(0, 100)))
        lapsed = [
            resource
            for resource, record in self.records.items()
            if record and 0 < record.first_deadline() <= now_us
        ]
        assert sorted(map(str, due)) == sorted(map(str, lapsed))

    def compare_receipts(self) -> None:
        for (resource, version), log in self.logs.items():
            reply = self.call(Calls(LONG).receipts(resource, version))
            receipts = read_receipts(reply, version)
            if log.n:
                assert receipts.partial == log.partial
            assert receipts.cut == log.cut
            seen = [(a.claimant, a.request, a.arrival, a.arrived_us) for a in receipts.attempts]
            kept = [(*who, entry.arrival, entry.at) for who, entry in log.entries]
            assert seen == sorted(kept, key=lambda attempt: attempt[2])

    def step(self) -> None:
        move = self.random.choices(
            [self.claim_some, self.write_one, self.bar_or_lift], weights=[6, 4, 1]
        )[0]
        move()
        self.compare()


@pytest.mark.parametrize("seed", range(12))
def test_lua_and_model_agree_on_every_move(redis_url: str, seed: int) -> None:
    twin = Twin(redis_url, seed)
    with twin.redis:
        for _ in range(120):
            twin.step()
        twin.compare_receipts()


def test_every_script_opens_with_its_contract() -> None:
    names = [path.name for path in files("realtime.claims").iterdir() if path.suffix == ".lua"]
    assert len(names) == 8
    for name in names:
        text = (files("realtime.claims") / name).read_text(encoding="utf-8")
        if name != "record.lua":
            assert_contract(text)


def test_times_keep_their_microseconds_through_lua(redis_url: str) -> None:
    """Lua's numbers are doubles; an instant of the year 2100 still fits."""
    with Redis.from_url(redis_url) as redis:
        late = datetime(2100, 1, 1, 0, 0, 0, 123457, tzinfo=UTC)
        held = Held(1, (Holder(WHO[0], late),))
        call = Calls(LONG).write(Settle(RESOURCES[0], held))
        redis.eval(call.script.text, len(call.keys), *call.keys, *call.args)
        record = read_record(redis, keys.record(0, RESOURCES[0]))
        assert record is not None
        assert record.places[0][1].at == protocol.microseconds(late)
