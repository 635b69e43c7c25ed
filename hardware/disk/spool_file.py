"""The spool's SQLite file: its tables, how it is opened, and put aside when it is broken."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

#: How long a file in use by an agent that is just ending is waited for.
BUSY_SECONDS = 2.0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS events (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    body BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS commands (
    command_id TEXT PRIMARY KEY,
    cell INTEGER NOT NULL,
    kind TEXT NOT NULL,
    reason TEXT,
    at TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS grants (grant_id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS doors (
    cell INTEGER PRIMARY KEY,
    state TEXT NOT NULL,
    opened_by TEXT,
    is_warned INTEGER NOT NULL
);
"""


def open_file(path: Path, new_mark: Callable[[], str]) -> sqlite3.Connection:
    """Open the file, or begin a new one; a broken one is put aside beside it, marked.

    Raises:
        sqlite3.OperationalError: it can be neither opened nor made.
    """
    try:
        return _open(path)
    except sqlite3.OperationalError:
        raise  # rights, disk, in use: the file itself is sound
    except sqlite3.DatabaseError:
        _put_aside(path, new_mark())
        return _open(path)


def _open(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(path, timeout=BUSY_SECONDS, check_same_thread=False)
    try:
        # A second agent on the same disk would carry out the same commands: refuse it.
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.executescript(_SCHEMA)
    except sqlite3.DatabaseError:
        db.close()
        raise
    return db


def _put_aside(path: Path, mark: str) -> None:
    for suffix in ("", "-wal", "-shm"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(path.with_name(f"{path.name}.broken-{mark}{suffix}"))
