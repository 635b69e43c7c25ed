"""How an agent says how its machine does: ports, boards, disk, clock. Latest only.

Sent after the boot, soon after something in it changed, and now and then without a change;
never spooled: what was true yesterday helps nobody today. Answered by `Reply`, whose result tells
the server's time: on a link that stays up nothing else does, and deadlines are judged by it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from realtime.wire.envelope import AgentRequest, Reply, ShortText
from realtime.wire.moments import check_instant

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


class HealthKept(msgspec.Struct, frozen=True, kw_only=True):
    """The result of the `Reply` to `Health`; a server of before it gives none."""

    #: Read while the call was served: after it was sent, before its answer arrived.
    server_time: Annotated[datetime, msgspec.Meta(tz=True)]

    def __post_init__(self) -> None:
        """Check what no annotation can say."""
        check_instant("server_time", self.server_time)


def kept_reply(request: str, server_time: datetime) -> Reply:
    """Make the answer to `Health`."""
    return Reply(id=request, result=msgspec.to_builtins(HealthKept(server_time=server_time)))


def kept_at(reply: Reply) -> datetime | None:
    """Read the server's time from the answer to `Health`; None where it tells none.

    Raises:
        ValueError: it tells something else.
    """
    if reply.result is None:
        return None
    try:
        return msgspec.convert(reply.result, HealthKept).server_time
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from error
