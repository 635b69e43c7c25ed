"""The agent's disk: numbered events, executed commands, last door states, configuration.

SQLite, WAL, synchronous FULL: when a call returned, its facts survive a kill or a power cut.
An event gets its number in the transaction that also changes its command and door, so none
exists without the other. Numbers rise by one within a `spool_id`; with a file that cannot be read
(it is put aside), or is older than what the server heard of it (`lineage`), a new spool id
begins, so numbers are never used twice.

One thread at a time may use a `Spool`; the cabinet gives it a thread of its own.
"""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from hardware.clock import KeptMeasure
from hardware.disk import lineage
from hardware.disk.spool_file import open_file
from hardware.disk.state import SPOOL_BYTES
from realtime.wire.terminal import (
    DoorEvent,
    DoorEventKind,
    DoorState,
    TerminalConfig,
)

#: Executed command ids are kept this long, days; far beyond every deadline.
COMMAND_DAYS = 30
#: By so much a grant is older than its use at least, whatever the clocks that dated both.
ISSUED_BEFORE_SECONDS = 60.0
#: The reason of an `asked` event whose command is an offline grant.
BY_GRANT = "grant"
#: The reason of a grant that the server withdrew: it is never carried out.
WITHDRAWN = "withdrawn"
#: What must find room before a disk that refused is trusted again, bytes.
ROOM_BYTES = 65_536
#: Events of one batch to the server.
BATCH = 200

#: A command whose last event is one of these was cut off by the restart.
_CUT_OFF = (DoorEventKind.ASKED, DoorEventKind.SENT, DoorEventKind.PULSED)
#: Events that say how far their command came.
_COMMAND_STEPS = frozenset(
    (
        *_CUT_OFF,
        DoorEventKind.SENSED_OPEN,
        DoorEventKind.JAMMED,
        DoorEventKind.REFUSED,
        DoorEventKind.UNCERTAIN,
    )
)


#: The columns of a `CommandRow`.
_COMMAND = (
    "command_id, cell, kind, reason, EXISTS (SELECT 1 FROM grants WHERE grant_id = command_id)"
)


class SpoolError(Exception):
    """The disk did not take the facts: nothing of them was written."""

    def __init__(self, why: str, *, is_full: bool = False) -> None:
        super().__init__(why)
        #: There was no room: on the disk, or within the size that the spool may have.
        self.is_full = is_full


def refusal(error: sqlite3.Error) -> SpoolError:
    """Make a refusal of SQLite's word."""
    code = getattr(error, "sqlite_errorcode", None)  # the module's own errors have none
    return SpoolError(str(error), is_full=code == sqlite3.SQLITE_FULL)


@dataclass(frozen=True, slots=True)
class DoorRow:
    """A door as the disk remembers it."""

    cell: int
    state: DoorState
    opened_by: str | None = None
    is_warned: bool = False


@dataclass(frozen=True, slots=True)
class CommandRow:
    """A command that this agent has seen: how far it came, and why it was refused."""

    command_id: str
    cell: int
    kind: DoorEventKind
    reason: str | None = None
    #: It was asked for by an offline grant, not by the server.
    by_grant: bool = False

    @property
    def is_withdrawn(self) -> bool:
        """Tell whether the server withdrew this grant."""
        return self.kind is DoorEventKind.REFUSED and self.reason == WITHDRAWN

    @property
    def is_unused_grant(self) -> bool:
        """Tell whether a grant was asked for and certainly not sent: it may be asked again.

        Until the server hears of that refusal (`Spool.sending`).
        """
        is_refused = self.kind is DoorEventKind.REFUSED
        return is_refused and self.by_grant and not self.is_withdrawn


class _OfCommand(msgspec.Struct, frozen=True):
    """What is read of an event to know whose it is."""

    command_id: str | None = None


class Spool:
    """One spool file."""

    def __init__(
        self,
        path: Path,
        new_id: Callable[[], str] | None = None,
        most_bytes: int = SPOOL_BYTES,
    ) -> None:
        """Open the file, or begin a new one; a broken one is put aside beside it.

        Over `most_bytes` every write is refused, as on a full disk: nothing gives way.

        Raises:
            SpoolError: the file can be neither opened nor made.
        """
        self._new_id = new_id or (lambda: uuid.uuid4().hex)
        try:
            self._db = open_file(path, self._new_id)
            self._most_pages = self._limit(most_bytes)
            self.spool_id = self._begin()
        except (sqlite3.Error, OSError) as error:
            raise SpoolError(f"{path}: {error}") from error

    def close(self) -> None:
        """Close the file; nothing is lost by not calling this."""
        self._db.close()

    # Writing

    def record(
        self, events: Iterable[DoorEvent], doors: Iterable[DoorRow] = ()
    ) -> tuple[DoorEvent, ...]:
        """Write events, their commands' steps and door states as one; return them numbered.

        The numbers given are ignored: the spool gives the next ones.

        Raises:
            SpoolError: the disk refused; nothing was written.
        """
        numbered = []
        try:
            with self._db:
                for event in events:
                    numbered.append(self._append(event))
                for door in doors:
                    self._db.execute(
                        "INSERT OR REPLACE INTO doors VALUES (?, ?, ?, ?)",
                        (door.cell, door.state, door.opened_by, door.is_warned),
                    )
        except sqlite3.Error as error:
            raise refusal(error) from error
        return tuple(numbered)

    def _append(self, event: DoorEvent) -> DoorEvent:
        cursor = self._db.execute("INSERT INTO events (body) VALUES (x'')")
        assert cursor.lastrowid is not None
        event = msgspec.structs.replace(event, number=cursor.lastrowid)
        self._db.execute(
            "UPDATE events SET body = ? WHERE number = ?",
            (msgspec.json.encode(event), event.number),
        )
        if event.command_id is not None and event.kind in _COMMAND_STEPS:
            self._db.execute(
                "INSERT INTO commands VALUES (?, ?, ?, ?, ?) ON CONFLICT (command_id)"
                " DO UPDATE SET kind = excluded.kind, reason = excluded.reason",
                (event.command_id, event.cell, event.kind, event.reason, event.at.isoformat()),
            )
            if event.kind is DoorEventKind.ASKED and event.reason == BY_GRANT:
                self._db.execute("INSERT OR IGNORE INTO grants VALUES (?)", (event.command_id,))
        return event

    def forget(self, up_to: int) -> None:
        """Delete the events that the server has applied."""
        with self._db:
            self._db.execute("DELETE FROM events WHERE number <= ?", (up_to,))

    def withdraw(self, grant_id: str, at: datetime) -> None:
        """Keep that a grant is never carried out; the caller knows that it was not."""
        with self._db:
            self._db.execute(
                "INSERT INTO commands VALUES (?, 0, ?, ?, ?) ON CONFLICT (command_id)"
                " DO UPDATE SET kind = excluded.kind, reason = excluded.reason",
                (grant_id, DoorEventKind.REFUSED, WITHDRAWN, at.isoformat()),
            )

    def sending(self, up_to: int, refused: Iterable[str]) -> None:
        """Note that events up to this number go to the server, and end the refused grants of them.

        Of these grants those stay refused that were asked for and not sent. To be done before
        the server hears of them, since it goes on from then.
        """
        with self._db:
            lineage.note_sent(self._db, up_to)
            self._db.executemany(
                "DELETE FROM grants WHERE grant_id = ? AND EXISTS"
                " (SELECT 1 FROM commands WHERE command_id = grant_id AND kind = ?)",
                [(grant_id, DoorEventKind.REFUSED) for grant_id in refused],
            )

    def begin_anew(self, now: datetime) -> str:
        """Go on under a new spool id, since this file is older than the server's; tell the id."""
        spool_id = self._new_id()
        with self._db:
            lineage.begin_anew(self._db, spool_id, now)
        self.spool_id = spool_id
        return spool_id

    def forget_commands(self, before: datetime) -> None:
        """Delete the commands that began before this instant of the server's clock.

        Never by the machine's own clock: one that is wrong would forget a used grant. Kept as
        long as one of their events is: until the server has heard that a grant was used, it
        may ask it back. Of what is forgotten this file can no longer tell that it was not used,
        so what it remembers begins after that (`since`).
        """
        with self._db:
            due = self._db.execute(
                "SELECT command_id, kind, at FROM commands WHERE at < ?", (before.isoformat(),)
            ).fetchall()
            untold = self._untold() if due else set()
            told = [row for row in due if row[0] not in untold]
            self._db.executemany(
                "DELETE FROM commands WHERE command_id = ?", [(row[0],) for row in told]
            )
            self._db.execute(
                "DELETE FROM grants WHERE grant_id NOT IN (SELECT command_id FROM commands)"
            )
            used = [at for _, kind, at in told if kind != DoorEventKind.REFUSED]
            if used:
                self._remember_from(datetime.fromisoformat(max(used)))

    def _untold(self) -> set[str | None]:
        """List the commands of the events that the server has not applied."""
        bodies = self._db.execute("SELECT body FROM events")
        return {msgspec.json.decode(body, type=_OfCommand).command_id for (body,) in bodies}

    def _remember_from(self, used_at: datetime) -> None:
        since = (used_at + timedelta(seconds=ISSUED_BEFORE_SECONDS)).isoformat()
        self._db.execute(
            "UPDATE facts SET value = ? WHERE name = 'since' AND value < ?", (since, since)
        )

    def keep_clock(self, measure: KeptMeasure | None, now: datetime) -> None:
        """Keep the latest measure of the server's clock, or that there is none to keep.

        The first time of all is from when on this file remembers what was used; a later one
        that is earlier says that the server's clock was wrong then.
        """
        with self._db:
            self._keep("clock", msgspec.json.encode(measure))
            self._db.execute(
                "INSERT INTO facts VALUES ('since', ?) ON CONFLICT (name)"
                " DO UPDATE SET value = min(value, excluded.value)",
                (now.isoformat(),),
            )

    def keep_config(self, config: TerminalConfig) -> None:
        """Keep the latest configuration, for the kiosk after an offline restart."""
        with self._db:
            self._keep("config", msgspec.json.encode(config))

    def try_room(self) -> None:
        """Write as much as a busy hour tells, and take it away again.

        Raises:
            sqlite3.Error: there is no room.
        """
        with self._db:
            self._keep("room", bytes(ROOM_BYTES))
        with self._db:
            self._db.execute("DELETE FROM facts WHERE name = 'room'")

    # Reading

    def share(self) -> float:
        """Tell how much of its size is used, from 0 to 1."""
        used = self._pragma("page_count") - self._pragma("freelist_count")
        return used / self._most_pages

    def pending(self, limit: int = BATCH) -> tuple[DoorEvent, ...]:
        """Read the oldest events that are not yet applied, in order."""
        rows = self._db.execute("SELECT body FROM events ORDER BY number LIMIT ?", (limit,))
        return tuple(msgspec.json.decode(body, type=DoorEvent) for (body,) in rows)

    def pending_count(self) -> int:
        """Count the events that are not yet applied."""
        row = self._db.execute(
            "SELECT coalesce(max(number) - min(number) + 1, 0) FROM events"
        ).fetchone()
        return int(row[0])

    def is_behind(self, applied: int) -> bool:
        """Tell whether the server has applied more than this file has sent."""
        return lineage.is_behind(self._db, applied)

    def command(self, command_id: str) -> CommandRow | None:
        """Read what became of a command, if it was ever seen."""
        row = self._db.execute(
            f"SELECT {_COMMAND} FROM commands WHERE command_id = ?", (command_id,)
        ).fetchone()
        return _command(row) if row else None

    def cut_off(self) -> tuple[CommandRow, ...]:
        """Read the commands that were at work when the agent last ended."""
        marks = ", ".join("?" for _ in _CUT_OFF)
        rows = self._db.execute(
            f"SELECT {_COMMAND} FROM commands WHERE kind IN ({marks}) ORDER BY at",
            _CUT_OFF,
        )
        return tuple(_command(row) for row in rows)

    def doors(self) -> dict[int, DoorRow]:
        """Read the doors by cell, as last sensed."""
        rows = self._db.execute("SELECT cell, state, opened_by, is_warned FROM doors")
        return {
            cell: DoorRow(cell, DoorState(state), opened_by, bool(is_warned))
            for cell, state, opened_by, is_warned in rows
        }

    def config(self) -> TerminalConfig | None:
        """Read the configuration that was kept last."""
        row = self._db.execute("SELECT value FROM facts WHERE name = 'config'").fetchone()
        return msgspec.json.decode(row[0], type=TerminalConfig) if row else None

    def clock(self) -> KeptMeasure | None:
        """Read the measure of the server's clock that was kept last."""
        row = self._db.execute("SELECT value FROM facts WHERE name = 'clock'").fetchone()
        try:
            return msgspec.json.decode(row[0], type=KeptMeasure | None) if row else None
        except msgspec.DecodeError:  # another version's: as good as none
            return None

    def since(self) -> datetime | None:
        """Read from when on, by the server's clock, this file remembers what was used."""
        row = self._db.execute("SELECT value FROM facts WHERE name = 'since'").fetchone()
        return datetime.fromisoformat(row[0]) if row else None

    # Private methods

    def _begin(self) -> str:
        with self._db:
            row = self._db.execute("SELECT value FROM facts WHERE name = 'spool_id'").fetchone()
            if row:
                return str(row[0])
            spool_id = self._new_id()
            self._keep("spool_id", spool_id)
            return spool_id

    def _limit(self, most_bytes: int) -> int:
        pages = max(1, most_bytes // self._pragma("page_size"))
        return self._pragma(f"max_page_count = {pages}")

    def _pragma(self, text: str) -> int:
        return int(self._db.execute(f"PRAGMA {text}").fetchone()[0])

    def _keep(self, name: str, value: str | bytes) -> None:
        self._db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))


def _command(row: tuple[str, int, str, str | None, int]) -> CommandRow:
    return CommandRow(row[0], row[1], DoorEventKind(row[2]), row[3], bool(row[4]))
