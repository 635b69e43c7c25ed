"""Coming back: a log-in undoes an erasure that waits."""

from __future__ import annotations

from dataclasses import dataclass

from server.domain.centre import BeingErased, ErasureState
from server.domain.ids import PersonId
from server.store.centre.erasures import MongoErasures


@dataclass(frozen=True, slots=True, kw_only=True)
class Returns:
    """Implements the accounts' `Returns`."""

    erasures: MongoErasures

    async def came_back(self, person: PersonId) -> None:
        """Undo an erasure that waits; the log-in goes on.

        Raises:
            BeingErased: its time was over before.
        """
        if await self.erasures.undo(person) in (ErasureState.RUNNING, ErasureState.DONE):
            raise BeingErased(field="phone", rule="not_being_erased")
