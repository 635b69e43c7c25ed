"""How an agent says how its machine does: ports, boards, disk, clock. Latest only.

Sent after the boot, soon after something in it changed, and now and then without a change;
never spooled: what was true yesterday helps nobody today. Answered by `Reply`.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from realtime.wire.envelope import AgentRequest, ShortText

Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
#: Longest reason, characters.
MOST_WHY = 256
Why = Annotated[str, msgspec.Meta(max_length=MOST_WHY)]


class PortHealth(msgspec.Struct, frozen=True, kw_only=True):
    """One port; counts are since the agent's start."""

    #: As the configuration names it.
    device: Annotated[str, msgspec.Meta(max_length=256)]
    protocol: ShortText
    #: "opening", "ready" or "unreachable".
    state: ShortText
    #: Why it is not ready.
    reason: Why | None = None
    exchanges: Count = 0
    silences: Count = 0
    dropped_bytes: Count = 0
    checksum_errors: Count = 0


class BoardHealth(msgspec.Struct, frozen=True, kw_only=True):
    """One board of one port (its index in `Health.ports`)."""

    port: Annotated[int, msgspec.Meta(ge=0, le=99)]
    address: Annotated[int, msgspec.Meta(ge=0, le=255)]
    is_answering: bool
    #: What it last refused with, while it refuses.
    fault: Why | None = None


class Health(AgentRequest, frozen=True, kw_only=True, tag="health", tag_field="type"):
    """The machine as it is now."""

    ports: Annotated[tuple[PortHealth, ...], msgspec.Meta(max_length=100)]
    boards: Annotated[tuple[BoardHealth, ...], msgspec.Meta(max_length=999)]
    #: Events on disk that the server has not applied.
    spooled: Count = 0
    disk_free_bytes: Count | None = None
    #: Set while the disk refuses facts: opens are refused, doors go stale.
    disk_error: Why | None = None
    #: The machine's wall clock less the server's.
    clock_off_by_seconds: float | None = None
    uptime_seconds: Annotated[float, msgspec.Meta(ge=0)] = 0.0
