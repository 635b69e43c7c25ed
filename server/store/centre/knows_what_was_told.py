"""What is known of a person by what they were told: rows of the register in `knowledge.py`."""

from __future__ import annotations

from server.store.centre.knows import Fate, Knows

TOLD: tuple[Knows, ...] = (
    Knows(
        collection="notices",
        title="通知",
        paths=("person",),
        fate=Fate.DELETED,
        hides=("plan", "attempts", "looked_at", "due_at", "tried_at"),
        why="what the person was told",
    ),
    Knows(
        collection="notice_texts",
        title="通知短信",
        paths=("_id",),
        fate=Fate.DELETED,
        exported=False,
        why="how many notices went by SMS lately; lasts two days",
    ),
)
