"""One row of what is known of a person: where, by what, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class By(StrEnum):
    """What a row's paths hold of a person."""

    PERSON = "person"  #: the id
    SUBJECT = "subject"  #: `person:ID`
    BEGINS = "begins"  #: `ID:` and more
    LEDGER = "ledger"  #: an account of the ledger, `...:ID`
    NUMBER = "number"  #: the phone's blind index, perhaps with `:` and more behind it
    ACCOUNT = "account"  #: what stands for the person's openid


class Fate(StrEnum):
    """What becomes of the documents when the person goes."""

    DELETED = "deleted"
    CLEARED = "cleared"  #: what is personal goes; ids, sums and instants stay
    KEPT = "kept"  #: holds ids only, and law or other people's matters need them


@dataclass(frozen=True, slots=True, kw_only=True)
class Knows:
    """One collection, and how it knows a person."""

    collection: str
    title: str  #: of the export's files, for people
    paths: tuple[str, ...]
    fate: Fate
    why: str
    by: By = By.PERSON
    clears: tuple[str, ...] = ()
    words: tuple[str, str] | None = None  #: a list, and the path in its items, of what was typed
    hides: tuple[str, ...] = ()  #: never exported: digests, marks, and other people
    #: A list, a name in its items, and the values whose items are others' business.
    skips: tuple[str, str, frozenset[str]] | None = None
    exported: bool = True
    chunks: str | None = None  #: the collection of a file's chunks, by `files_id`
    kept_if: tuple[str, str] | None = None  #: a field of the account, and the value that keeps it
    spares: tuple[str, tuple[str, ...]] | None = None  #: a path, and values of what shows others
