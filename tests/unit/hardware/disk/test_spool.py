"""The spool: numbers, commands, doors, and what a kill, a full disk or a broken file leaves."""

import os
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hardware.clock import KeptMeasure, Measure
from hardware.disk.spool import BY_GRANT, ISSUED_BEFORE_SECONDS, DoorRow, Spool, SpoolError
from realtime.wire.terminal import DoorEvent, DoorEventKind, DoorState, TerminalConfig
from tests.integration.hardware.played_server import CONFIG

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
K = DoorEventKind


def event(kind: K, command_id: str | None = "c1", **more: object) -> DoorEvent:
    fields: dict[str, object] = {"number": 1, "cell": 3, "at": AT, "state": DoorState.CLOSED}
    return DoorEvent(**{**fields, "kind": kind, "command_id": command_id, **more})  # type: ignore[arg-type]


def test_numbers_go_on_after_applied_events_are_forgotten(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s")
    assert [e.number for e in spool.record([event(K.ASKED), event(K.SENT)])] == [1, 2]
    spool.forget(2)
    assert spool.pending() == ()
    spool.close()
    spool = Spool(tmp_path / "s")
    written = spool.record([event(K.PULSED)])
    assert [e.number for e in written] == [3]
    assert spool.pending() == written
    assert spool.pending_count() == 1
    spool.close()


def test_the_spool_id_lasts_as_long_as_the_file(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s")
    first = spool.spool_id
    spool.close()
    spool = Spool(tmp_path / "s")
    assert spool.spool_id == first
    spool.close()


def test_a_file_that_sent_less_than_the_server_has_is_an_older_one(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s")
    spool.record([event(K.ASKED) for _ in range(4)])
    assert not spool.is_behind(4), "an agent of before notes may have sent all that it wrote"
    assert spool.is_behind(5)
    spool.sending(2, [])
    spool.sending(1, [])  # sent again
    assert not spool.is_behind(2)
    assert spool.is_behind(3), "written, and never sent by this file"
    spool.close()
    spool = Spool(tmp_path / "s")
    assert spool.is_behind(3)
    spool.close()


def test_an_older_file_goes_on_as_another_spool_with_all_that_it_has_to_tell(
    tmp_path: Path,
) -> None:
    spool = Spool(tmp_path / "s")
    spool.keep_clock(None, AT)
    written = spool.record([event(K.ASKED), event(K.SENT)])
    spool.sending(1, [])
    first, later = spool.spool_id, AT + timedelta(days=9)
    second = spool.begin_anew(later)
    assert second == spool.spool_id != first
    assert spool.pending() == written[1:], "what it had sent was heard"
    assert not spool.is_behind(0)
    spool.keep_clock(None, later + timedelta(seconds=1))
    assert spool.since() == later, "what was used in between is not known"
    spool.close()
    spool = Spool(tmp_path / "s")
    assert (spool.spool_id, spool.pending()) == (second, written[1:])
    spool.close()


def test_a_batch_is_bounded_and_in_order(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s")
    spool.record([event(K.SENSED_OPEN, None) for _ in range(250)])
    assert [e.number for e in spool.pending()] == list(range(1, 201))
    assert [e.number for e in spool.pending(3)] == [1, 2, 3]
    spool.close()


@pytest.mark.parametrize(
    ("kinds", "is_cut_off"),
    [
        ([K.ASKED], True),
        ([K.ASKED, K.SENT], True),
        ([K.ASKED, K.SENT, K.PULSED], True),
        ([K.ASKED, K.SENT, K.PULSED, K.SENSED_OPEN], False),
        ([K.ASKED, K.SENT, K.JAMMED], False),
        ([K.ASKED, K.REFUSED], False),
        ([K.ASKED, K.SENT, K.UNCERTAIN], False),
    ],
)
def test_a_command_is_cut_off_until_it_came_to_an_end(
    tmp_path: Path, kinds: list[K], is_cut_off: bool
) -> None:
    spool = Spool(tmp_path / "s")
    spool.record([event(kind, reason="r" if kind is K.REFUSED else None) for kind in kinds])
    row = spool.command("c1")
    assert row is not None
    assert (row.cell, row.kind) == (3, kinds[-1])
    assert [r.command_id for r in spool.cut_off()] == (["c1"] if is_cut_off else [])
    assert spool.command("c2") is None
    spool.close()


def test_doors_and_config_are_kept(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s")
    assert spool.config() is None
    rows = [DoorRow(3, DoorState.OPEN, "c1", True), DoorRow(4, DoorState.CLOSED)]
    spool.record([], rows)
    spool.record([], [DoorRow(4, DoorState.OPEN)])
    spool.keep_config(CONFIG)
    spool.close()
    spool = Spool(tmp_path / "s")
    assert spool.doors() == {3: rows[0], 4: DoorRow(4, DoorState.OPEN)}
    assert isinstance(spool.config(), TerminalConfig)
    assert spool.config() == CONFIG
    spool.close()


def test_a_refused_write_leaves_nothing_and_uses_no_number(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s")
    size = spool._db.execute("PRAGMA page_count").fetchone()[0]
    spool._db.execute(f"PRAGMA max_page_count = {size}")  # a disk without room
    with pytest.raises(SpoolError, match="full"):
        spool.record([event(K.ASKED, evidence="00" * 9000)], [DoorRow(3, DoorState.OPEN)])
    assert spool.pending() == ()
    assert spool.doors() == {}
    assert spool.command("c1") is None
    spool._db.execute("PRAGMA max_page_count = 100000")
    assert [e.number for e in spool.record([event(K.ASKED)])] == [1]
    spool.close()


def test_a_broken_file_is_put_aside_under_a_new_spool_id(tmp_path: Path) -> None:
    path = tmp_path / "s"
    path.write_bytes(b"not a database, but long enough to look like one" * 100)
    spool = Spool(path, lambda: "fresh")
    assert spool.spool_id == "fresh"
    assert (tmp_path / "s.broken-fresh").exists()
    spool.close()


def test_a_directory_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    with pytest.raises(SpoolError, match="unable to open"):
        Spool(tmp_path / "s")


def test_old_commands_are_dropped_and_recent_ones_kept(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s")
    now = datetime.now(UTC)
    asked = event(K.ASKED, "old", reason=BY_GRANT)
    spool.record([asked, event(K.JAMMED, "old"), event(K.JAMMED, "new", at=now)])
    spool.close()
    spool = Spool(tmp_path / "s")
    old = spool.command("old")
    assert old is not None, "the machine's own clock may be wrong: a start forgets nothing"
    assert old.by_grant
    spool.forget(3)
    spool.forget_commands(now - timedelta(days=1))
    assert spool.command("old") is None
    spool.record([event(K.ASKED, "old", at=now)])
    again = spool.command("old")
    assert again is not None
    assert not again.by_grant
    assert spool.command("new") is not None
    spool.close()


def forgetting(tmp_path: Path) -> Spool:
    """Begin a spool a year ago by the server's clock."""
    spool = Spool(tmp_path / "s")
    spool.keep_clock(None, AT - timedelta(days=365))
    return spool


def test_what_the_server_has_not_heard_is_not_forgotten_however_old(tmp_path: Path) -> None:
    spool = forgetting(tmp_path)
    spool.record([event(K.ASKED, "g1", reason=BY_GRANT), event(K.SENSED_OPEN, "g1")])
    spool.record([event(K.SENSED_CLOSED, None), event(K.JAMMED, "c2")])
    spool.forget(1)
    spool.forget_commands(AT + timedelta(days=90))
    used = spool.command("g1")
    assert used is not None and used.by_grant and not used.is_unused_grant
    assert spool.command("c2") is not None
    assert spool.since() == AT - timedelta(days=365)
    spool.forget(3)
    spool.forget_commands(AT + timedelta(days=90))
    assert spool.command("g1") is None
    assert spool.command("c2") is not None
    spool.close()


def test_a_disk_that_forgot_uses_remembers_only_from_then_on(tmp_path: Path) -> None:
    spool = forgetting(tmp_path)
    later = AT + timedelta(days=1)
    events = [event(K.SENSED_OPEN, "g1"), event(K.SENSED_OPEN, "g2", at=later)]
    spool.record([*events, event(K.SENSED_OPEN, "g3", at=later + timedelta(days=9))])
    spool.forget(3)
    spool.forget_commands(later + timedelta(days=1))
    since = later + timedelta(seconds=ISSUED_BEFORE_SECONDS)
    assert spool.since() == since
    spool.forget_commands(AT)
    spool.keep_clock(None, AT + timedelta(days=40))
    spool.close()
    spool = Spool(tmp_path / "s")
    assert spool.since() == since
    assert spool.command("g3") is not None
    spool.close()


def test_forgotten_refusals_are_no_uses(tmp_path: Path) -> None:
    spool = forgetting(tmp_path)
    spool.record([event(K.ASKED, "g1", reason=BY_GRANT), event(K.REFUSED, "g1", reason="late")])
    spool.withdraw("g2", AT)
    spool.forget(2)
    spool.forget_commands(AT + timedelta(days=90))
    assert spool.command("g1") is None and spool.command("g2") is None
    assert spool.since() == AT - timedelta(days=365)
    spool.close()


def test_a_beginning_in_the_future_was_a_wrong_clock_s(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s")
    spool.keep_clock(None, AT + timedelta(days=1))
    spool.keep_clock(None, AT)
    assert spool.since() == AT
    spool.close()


def test_a_grant_is_unused_until_something_may_have_been_sent(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s")

    def is_unused() -> bool:
        row = spool.command("g1")
        assert row is not None
        return row.is_unused_grant

    spool.record([event(K.ASKED, "g1", reason=BY_GRANT)])
    assert not is_unused()
    spool.record([event(K.REFUSED, "g1", reason="port_lost")])
    assert is_unused()
    spool.record([event(K.ASKED, "g1", reason=BY_GRANT)])
    spool.sending(2, ["g1", "g2"])
    spool.record([event(K.REFUSED, "g1", reason="port_lost")])
    assert is_unused(), "it was at work again when the first refusal was told"
    spool.sending(2, ["g1", "g2"])
    assert not is_unused()
    spool.record([event(K.ASKED, "g3", reason=BY_GRANT), event(K.SENT, "g3")])
    sent = spool.command("g3")
    assert sent is not None
    assert not sent.is_unused_grant
    spool.record([event(K.REFUSED, "c1", reason="busy")])
    refused = spool.command("c1")
    assert refused is not None
    assert not refused.is_unused_grant, "the server may have asked for the same in another way"
    spool.close()


def test_a_withdrawn_grant_stays_so_over_restarts(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s")
    spool.record([event(K.ASKED, "g2", reason=BY_GRANT), event(K.REFUSED, "g2", reason="late")])
    for grant_id in ("g1", "g2"):
        spool.withdraw(grant_id, AT)
        spool.withdraw(grant_id, AT)
    spool.close()
    spool = Spool(tmp_path / "s")
    for grant_id in ("g1", "g2"):
        row = spool.command(grant_id)
        assert row is not None
        assert row.is_withdrawn
        assert not row.is_unused_grant
    assert spool.cut_off() == ()
    spool.close()


def test_the_clock_is_kept_and_the_first_time_remembered(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s")
    assert (spool.clock(), spool.since()) == (None, None)
    measure = Measure(server_time=AT, at=17.5, error_seconds=0.25)
    kept = KeptMeasure(boot_name="b1", measure=measure)
    spool.keep_clock(kept, AT)
    spool.keep_clock(kept, AT + timedelta(days=1))
    spool.close()
    spool = Spool(tmp_path / "s")
    assert (spool.clock(), spool.since()) == (kept, AT)
    spool.keep_clock(None, AT)
    assert spool.clock() is None
    spool._keep("clock", b'{"of": "another version"}')
    assert spool.clock() is None
    spool.close()


WRITER = """
import sys
from pathlib import Path
from hardware.disk.spool import DoorRow, Spool
from realtime.wire.terminal import DoorState
from tests.unit.hardware.disk.test_spool import K, event
spool = Spool(Path(sys.argv[1]))
number = 0
while True:
    number += 1
    kinds = [K.ASKED, K.SENT, K.SENSED_OPEN]
    written = spool.record(
        [event(kind, f"c{number}") for kind in kinds], [DoorRow(number, DoorState.OPEN)]
    )
    sys.stdout.write(f"{written[-1].number}\\n")
    sys.stdout.flush()
"""


@pytest.mark.parametrize("lines", [1, 7, 30])
def test_a_kill_loses_nothing_that_was_acknowledged_and_tears_nothing(
    tmp_path: Path, lines: int
) -> None:
    path = tmp_path / "s"
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        seen = [int(writer.stdout.readline()) for _ in range(lines)]
        os.kill(writer.pid, signal.SIGKILL)
        seen += [int(line) for line in writer.stdout if line.strip()]
    spool = Spool(path)
    numbers = [row[0] for row in spool._db.execute("SELECT number FROM events ORDER BY number")]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= seen[-1]
    assert len(numbers) % 3 == 0  # a batch is there or not
    assert len(spool.doors()) == len(numbers) // 3
    assert spool.cut_off() == ()
    spool.close()


def test_a_second_agent_on_the_same_spool_is_refused(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s")
    spool.record([event(K.ASKED)])
    code = (
        "import sys; from pathlib import Path; from hardware.disk.spool import Spool, SpoolError\n"
        "try: Spool(Path(sys.argv[1]))\n"
        "except SpoolError as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "s")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "locked" in done.stdout
    spool.close()


def test_no_rows_are_torn_out_of_their_transaction(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s")
    assert spool._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert spool._db.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
    spool.close()
    with pytest.raises(SpoolError):
        spool.record([event(K.ASKED)])
    with pytest.raises(sqlite3.ProgrammingError):
        spool.pending()
