"""Offline grants: the right of one person to open one door once, while its terminal has no link.

A grant lives in its order, so what it forbids is decided in the very write that it forbids it
to: while one lives, the order keeps its holder and its cell (`changes.py` guards every change).
Only the agent can say that a grant will never be used; no clock can, since what was opened in a
basement is known there first. Its id is the id of the one open command that it stands for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from server.domain.custody import Custody, Step
from server.domain.errors import IllegalTransition
from server.domain.ids import CommandId, PersonId, TerminalId
from server.domain.terminals import Purpose

#: From this protocol on an agent knows grants and how to withdraw them.
SINCE_PROTOCOL = 2


class GrantState(StrEnum):
    """What became of a grant."""

    LIVE = "live"  #: it may be used, or was and nobody here knows yet
    USED = "used"  #: the agent's numbered events told what its open came to
    WITHDRAWN = "withdrawn"  #: the agent will never carry it out, or staff released it
    EXPIRED = "expired"  #: withdrawn after its deadline: nobody had used it in time


TABLE: dict[GrantState, frozenset[GrantState]] = {
    GrantState.LIVE: frozenset({GrantState.USED, GrantState.WITHDRAWN, GrantState.EXPIRED}),
    GrantState.USED: frozenset(),
    GrantState.WITHDRAWN: frozenset(),
    GrantState.EXPIRED: frozenset(),
}

#: What may be opened by a grant, and the states of the order in which it may live.
HELD_IN: dict[Purpose, frozenset[Custody]] = {
    Purpose.COLLECT: frozenset({Custody.CLAIMED, Custody.COLLECTING}),
    Purpose.DEPOSIT: frozenset({Custody.DEPOSITING}),
}

#: Steps that wait until a grant is settled, and then are done.
WISHES = frozenset({Step.HAND_BACK, Step.EXPIRE_CLAIM, Step.ABANDON})


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One door, once, for one person, until the deadline."""

    id: CommandId
    purpose: Purpose
    holder: PersonId
    terminal: TerminalId
    cell: int
    issued_at: datetime
    deadline: datetime
    state: GrantState = GrantState.LIVE
    spent: bool = False  #: the agent says that it was used; its events are on their way
    wish: Step | None = None  #: what waits for the grant to be settled
    wanted_at: datetime | None = None  #: since when it is asked back, or known to be spent


def issue(
    *,
    command: CommandId,
    purpose: Purpose,
    holder: PersonId,
    terminal: TerminalId,
    cell: int,
    protocol: int,
    at: datetime,
    deadline: datetime,
) -> Grant | None:
    """Make a grant; None where the terminal's agent knows none, or no time is left.

    Raises:
        IllegalTransition: such doors are never opened by a grant.
    """
    if purpose not in HELD_IN:
        raise IllegalTransition(state=purpose.value, step="grant")
    if protocol < SINCE_PROTOCOL or deadline <= at:
        return None
    return Grant(
        id=command,
        purpose=purpose,
        holder=holder,
        terminal=terminal,
        cell=cell,
        issued_at=at,
        deadline=deadline,
    )


def lives(grant: Grant | None) -> bool:
    """Tell whether there is a grant that may be used, or was without our knowledge."""
    return grant is not None and grant.state is GrantState.LIVE


def waits(grant: Grant | None) -> bool:
    """Tell whether something stands still until the agent has said what became of a grant."""
    return grant is not None and lives(grant) and grant.wanted_at is not None


def settle(grant: Grant, to: GrantState) -> Grant:
    """End a grant.

    Raises:
        IllegalTransition: it has ended, or that is no end.
    """
    if to not in TABLE[grant.state]:
        raise IllegalTransition(state=grant.state.value, step=to.value)
    return replace(grant, state=to)


def want(grant: Grant, wish: Step | None, at: datetime) -> Grant:
    """Ask a grant back, for the sake of a step; the first asking's instant stands.

    Raises:
        IllegalTransition: it has ended, or no such step waits for grants.
    """
    if not lives(grant) or (wish is not None and wish not in WISHES):
        raise IllegalTransition(state=grant.state.value, step=wish.value if wish else "want")
    return replace(grant, wish=wish or grant.wish, wanted_at=grant.wanted_at or at)


def keep(grant: Grant | None) -> Grant | None:
    """Drop a wish: the holder goes on after all."""
    if grant is None or not lives(grant) or grant.spent:
        return grant
    return replace(grant, wish=None, wanted_at=None)
