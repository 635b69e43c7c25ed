"""Whether a spool's file is the newest there is: what it ever sent, against what the server has.

A disk that is restored from an older image, or that lost what it said it had written, would give
numbers out again that the server has applied: it would take what happens now for what it knows.
So the file notes what it sends before it goes. A server that has more than that heard it from a
later state of this file, and the file begins anew: under another spool id, with all that it still
has to tell, and remembering from now on only.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime


def note_sent(db: sqlite3.Connection, number: int) -> None:
    """Note that events up to this number may reach the server; to be on disk before they go."""
    db.execute(
        "INSERT INTO facts VALUES ('sent', ?) ON CONFLICT (name)"
        " DO UPDATE SET value = max(value, excluded.value)",
        (number,),
    )


def is_behind(db: sqlite3.Connection, applied: int) -> bool:
    """Tell whether the server has applied more than this file has sent.

    A file of an agent of before notes is judged by the numbers that it gave out.
    """
    (sent,) = db.execute(
        "SELECT coalesce((SELECT value FROM facts WHERE name = 'sent'),"
        " (SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0)"
    ).fetchone()
    return bool(applied > sent)


def begin_anew(db: sqlite3.Connection, spool_id: str, now: datetime) -> None:
    """Go on as another spool: of what was used before `now`, the server's time, nothing is known.

    Numbers go on as they are: under a new spool id none of them was used. What this file had sent
    the server has applied, since it has more than that: it is not told again.
    """
    db.execute("DELETE FROM events WHERE number <= (SELECT value FROM facts WHERE name = 'sent')")
    db.execute("DELETE FROM facts WHERE name = 'sent'")
    db.executemany(
        "INSERT OR REPLACE INTO facts VALUES (?, ?)",
        [("spool_id", spool_id), ("since", now.isoformat())],
    )
