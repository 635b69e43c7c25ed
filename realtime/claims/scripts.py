"""The Lua scripts as data: loading them, writing their arguments, reading their replies.

Each `.lua` file opens with its contract (KEYS, ARGV, returns). Bytes become values here
and nowhere else.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import cast

from realtime.claims import keys
from realtime.claims.protocol import (
    Answer,
    Confirm,
    Granted,
    Mine,
    Release,
    Settle,
    Unknown,
    Write,
    microseconds,
)
from realtime.claims.settings import ClaimSettings
from realtime.claims.values import (
    Attempt,
    Barred,
    Claim,
    ClaimantId,
    Closed,
    Receipts,
    RequestId,
    ResourceId,
    Stale,
    Taken,
    Truth,
)

Arg = str | int
NOBODY = "-"


@dataclass(frozen=True, slots=True)
class Script:
    """Hold one script's text and its SHA-1, by which Redis knows it."""

    name: str
    text: str
    sha: str


def load_script(name: str) -> Script:
    """Read `name`.lua with the record's prelude in front."""
    home = files(__package__ or "realtime.claims")
    text = "\n".join(
        (home / f"{part}.lua").read_text(encoding="utf-8") for part in ("record", name)
    )
    return Script(name, text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


@dataclass(frozen=True, slots=True)
class Call:
    """One EVALSHA: a script with its keys, all of one shard, and its arguments."""

    script: Script
    keys: tuple[str, ...]
    args: tuple[Arg, ...]


class Calls:
    """Write calls of every script, under the engine's settings."""

    def __init__(self, settings: ClaimSettings) -> None:
        self._settings = settings
        self._life = tuple(
            int(seconds * 1000)
            for seconds in (
                settings.open_seconds,
                settings.ended_seconds,
                settings.recheck_seconds,
            )
        )
        self._claim = load_script("claim")
        self._truth = load_script("truth")
        self._confirm = load_script("confirm")
        self._release = load_script("release")
        self._bar = load_script("bar")
        self._receipts = load_script("receipts")
        self._due = load_script("due")

    def shard(self, resource: ResourceId) -> int:
        """Return the shard that holds the resource."""
        return keys.shard_of(resource, self._settings.shards)

    def claims(self, shard: int, claims: Sequence[Claim]) -> Call:
        """Write one batch of a shard's claims, in order; a race's keys are sent once."""
        races: dict[tuple[ResourceId, int], int] = {}
        names = [keys.leases(shard, self._settings.leases_of)]
        lease_us = int(self._settings.lease_seconds * 1_000_000)
        args: list[Arg] = [lease_us, self._settings.receipts_kept, *self._life]
        for claim in claims:
            race = (claim.resource, claim.version)
            index = races.get(race)
            if index is None:
                index = races[race] = len(races) + 1
                names.append(keys.record(shard, claim.resource))
                names.append(keys.log(shard, claim.resource, claim.version))
            args += (index, claim.claimant, claim.request, claim.version)
        return Call(self._claim, tuple(names), tuple(args))

    def write(self, write: Write) -> Call:
        """Write what a record must learn."""
        match write:
            case Settle():
                return self._settle(write)
            case Confirm():
                return self._confirmed(write)
            case Release():
                return self._released(write)

    def bar(self, resource: ResourceId, claimant: ClaimantId, mode: str) -> Call:
        """Write a bar ("bar") or its end ("lift")."""
        args: tuple[Arg, ...] = (claimant, mode, self._settings.bars_kept, *self._life)
        return Call(self._bar, self._record_and_leases(resource), args)

    def receipts(self, resource: ResourceId, version: int) -> Call:
        """Ask for one race's attempts."""
        shard = self.shard(resource)
        names = (keys.record(shard, resource), keys.log(shard, resource, version))
        return Call(self._receipts, names, (version,))

    def due(self, shard: int, limit: int) -> Call:
        """Ask for a shard's records whose lease or hold ended."""
        return Call(self._due, (keys.leases(shard, self._settings.leases_of),), (limit,))

    def _record_and_leases(self, resource: ResourceId) -> tuple[str, str]:
        shard = self.shard(resource)
        return keys.record(shard, resource), keys.leases(shard, self._settings.leases_of)

    def _settle(self, write: Settle) -> Call:
        truth, dropped = write.truth, write.dropped
        log = keys.log(self.shard(write.resource), write.resource, write.log_version)
        args: list[Arg] = [
            truth.version,
            "closed" if isinstance(truth, Closed) else "open",
            1 if isinstance(truth, Closed) else truth.capacity,
            write.as_of_us,
            write.opened_us,
            *self._life,
            dropped.claimant if dropped else NOBODY,
            dropped.request if dropped else NOBODY,
            *_holder_args(truth),
        ]
        return Call(self._truth, (*self._record_and_leases(write.resource), log), tuple(args))

    def _confirmed(self, write: Confirm) -> Call:
        claim = write.claim
        args: tuple[Arg, ...] = (
            claim.version,
            claim.claimant,
            claim.request,
            claim.place,
            write.arrival,
            write.until_us,
            *self._life,
        )
        return Call(self._confirm, self._record_and_leases(claim.resource), args)

    def _released(self, write: Release) -> Call:
        args: tuple[Arg, ...] = (
            write.held_version,
            write.claimant,
            write.new_version,
            self._settings.bars_kept,
            int(write.barred),
            *self._life,
        )
        return Call(self._release, self._record_and_leases(write.resource), args)


def _holder_args(truth: Truth) -> list[Arg]:
    if isinstance(truth, Closed):
        return []
    args: list[Arg] = []
    for holder in truth.holders:
        until_us = microseconds(holder.until) if holder.until else 0
        since_us = microseconds(holder.since)
        args += (holder.claimant, holder.place, since_us, until_us, holder.request or NOBODY)
    return args


def read_answers(reply: object) -> tuple[int, list[Answer]]:
    """Read claim.lua's reply: Redis's clock in microseconds and an answer a claim."""
    now_us, *answers = cast(list[object], reply)
    return cast(int, now_us), [read_answer(cast(list[object], answer)) for answer in answers]


def read_answer(reply: list[object]) -> Answer:
    """Read one claim's answer. Raises: ValueError for one this version does not know."""
    kind = cast(bytes, reply[0])
    if kind == b"unknown":
        return Unknown(cast(bytes, reply[1]).decode())
    numbers = cast(list[int], reply[1:])
    match kind:
        case b"won":
            return Granted(*numbers)
        case b"yours":
            version, arrival, place, confirmed, same = numbers
            return Mine(version, arrival, place, bool(confirmed), bool(same))
        case b"taken":
            arrival, earlier_us = numbers
            return Taken(earlier_us / 1_000_000, arrival)
        case b"stale":
            return Stale(*numbers)
        case b"closed":
            return Closed(*numbers)
        case b"barred":
            return Barred("")
        case _:
            raise ValueError(f"claim.lua answered {kind!r}")


def read_receipts(reply: object, version: int) -> Receipts:
    """Read receipts.lua's reply, sorted by arrival."""
    partial, cut, entries = cast(tuple[int, int, list[bytes]], reply)
    attempts = [
        _read_attempt(who.decode(), text.decode())
        for who, text in zip(entries[::2], entries[1::2], strict=True)
    ]
    attempts.sort(key=lambda attempt: attempt.arrival)
    return Receipts(version, tuple(attempts), cut, bool(partial))


def _read_attempt(who: str, text: str) -> Attempt:
    claimant, request = who.split(" ")
    arrival, at, _, answer = text.split(" ", 3)
    kind = answer.split(" ")[0]
    return Attempt(int(arrival), ClaimantId(claimant), RequestId(request), int(at), kind)


def read_due(reply: object) -> tuple[int, list[ResourceId]]:
    """Read due.lua's reply: Redis's clock in microseconds and the resources."""
    now_us, *members = cast(list[object], reply)
    found = [keys.resource_of(cast(bytes, member).decode()) for member in members]
    return cast(int, now_us), found
