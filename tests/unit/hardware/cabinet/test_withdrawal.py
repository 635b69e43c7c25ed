"""Whether a grant can be withdrawn, by what the disk knows of it."""

from datetime import UTC, datetime, timedelta

import pytest

from hardware.cabinet.withdrawal import BUSY, FORGOTTEN, USED, why_not
from hardware.disk.memory import SINCE_SLACK_SECONDS, remembers
from hardware.disk.spool import WITHDRAWN, CommandRow
from realtime.wire.terminal import DoorEventKind

K = DoorEventKind
BEGAN = datetime(2026, 5, 1, 12, tzinfo=UTC)
SLACK = timedelta(seconds=SINCE_SLACK_SECONDS)
TICK = timedelta(microseconds=1)


def row(kind: K, reason: str | None = None, *, by_grant: bool = True) -> CommandRow:
    return CommandRow("g1", 3, kind, reason, by_grant)


@pytest.mark.parametrize(
    ("issued_at", "since", "why"),
    [
        (BEGAN, BEGAN, None),
        (BEGAN + timedelta(days=9), BEGAN, None),
        (BEGAN - SLACK, BEGAN, None),
        (BEGAN - SLACK - TICK, BEGAN, FORGOTTEN),
        (BEGAN - timedelta(days=9), BEGAN, FORGOTTEN),
        (BEGAN, None, FORGOTTEN),
        (None, BEGAN, None),
        (None, None, None),
    ],
)
def test_of_an_unknown_grant_only_a_disk_that_would_know_says_that_it_was_not_used(
    issued_at: datetime | None, since: datetime | None, why: str | None
) -> None:
    assert why_not(None, issued_at, since) == why


@pytest.mark.parametrize("issued_at", [None, BEGAN - timedelta(days=9), BEGAN])
@pytest.mark.parametrize(
    ("known", "why"),
    [
        (row(K.ASKED), BUSY),
        (row(K.SENT), USED),
        (row(K.PULSED), USED),
        (row(K.SENSED_OPEN), USED),
        (row(K.SENSED_OPEN, by_grant=False), USED),
        (row(K.JAMMED), USED),
        (row(K.UNCERTAIN), USED),
        (row(K.REFUSED, "late"), None),
        (row(K.REFUSED, "late", by_grant=False), None),
        (row(K.REFUSED, WITHDRAWN), None),
    ],
)
def test_of_a_known_grant_its_own_record_counts_however_old(
    known: CommandRow, why: str | None, issued_at: datetime | None
) -> None:
    assert why_not(known, issued_at, BEGAN) == why


def test_signed_instants_beyond_every_calendar_are_judged_too() -> None:
    assert remembers(10.0**15, BEGAN)
    assert not remembers(-(10.0**15), BEGAN)
    assert not remembers(10.0**15, None)
