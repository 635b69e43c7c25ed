"""Whether couriers may claim, from memory, so that the race is rarely won by one who may not.

The judge has the last word (rule: one courier, at most `courier_cap` orders at once); what is
remembered here only spares it.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from server.domain.errors import CapReached, NotCertified
from server.domain.ids import PersonId
from server.domain.people import Certification
from server.services.ports import Clock
from server.store.couriers import MongoCouriers, Standing

#: How long a good standing is believed.
BELIEVED_SECONDS = 10.0

#: Couriers remembered at once; the longest unused is forgotten first.
MOST_REMEMBERED = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Eligible:
    """Whether a courier may claim now, and by which numbers."""

    certification: Certification
    certified: bool
    carrying: int
    cap: int
    has_room: bool


@dataclass(slots=True)
class _Remembered:
    standing: Standing
    at: datetime
    won: int = 0  #: by this process since it was read


class Eligibility:
    """Who may claim right now."""

    def __init__(self, *, couriers: MongoCouriers, clock: Clock, cap: int) -> None:
        self._couriers = couriers
        self._clock = clock
        self._cap = cap
        self._remembered: OrderedDict[PersonId, _Remembered] = OrderedDict()
        self._claiming: Counter[PersonId] = Counter()

    async def check(self, courier: PersonId, *, own_claims: int = 0) -> None:
        """Let an eligible courier pass; a refusal is always read afresh.

        Claims of this courier that are under way here count as orders, but for `own_claims`:
        those that the check is made for.

        Raises:
            NotCertified, CapReached.
        """
        known = self._fresh(courier)
        if known is None or not self._passes(courier, known, own_claims):
            known = _Remembered(await self._couriers.standing(courier), self._clock())
        if not known.standing.is_certified(self._clock()):
            self.forget(courier)
            state = known.standing.at(self._clock())
            raise NotCertified(certification=state.value)
        if not self._passes(courier, known, own_claims):
            self.forget(courier)
            raise CapReached(cap=self._cap, carrying=known.standing.carrying)
        self._remember(courier, known)

    async def look(self, courier: PersonId) -> Eligible:
        """Read afresh what `check` goes by, and refuse nothing."""
        read = _Remembered(await self._couriers.standing(courier), self._clock())
        now = self._clock()
        return Eligible(
            certification=read.standing.at(now),
            certified=read.standing.is_certified(now),
            carrying=self._carries(courier, read, 0),
            cap=self._cap,
            has_room=self._has_room(courier, read, 0),
        )

    @contextmanager
    def claiming(self, courier: PersonId) -> Iterator[None]:
        """Count a claim as under way."""
        self._claiming[courier] += 1
        try:
            yield
        finally:
            self._claiming[courier] -= 1
            if not self._claiming[courier]:
                del self._claiming[courier]

    def won(self, courier: PersonId) -> None:
        """Count a win of this process on top of what was read."""
        if courier in self._remembered:
            self._remembered[courier].won += 1

    def forget(self, courier: PersonId) -> None:
        """Read afresh next time."""
        self._remembered.pop(courier, None)

    def _passes(self, courier: PersonId, known: _Remembered, own_claims: int) -> bool:
        certified = known.standing.is_certified(self._clock())
        return certified and self._has_room(courier, known, own_claims)

    def _has_room(self, courier: PersonId, known: _Remembered, own_claims: int) -> bool:
        return self._carries(courier, known, own_claims) < self._cap

    def _carries(self, courier: PersonId, known: _Remembered, own_claims: int) -> int:
        others = self._claiming[courier] - own_claims
        return known.standing.carrying + known.won + others

    def _fresh(self, courier: PersonId) -> _Remembered | None:
        known = self._remembered.get(courier)
        if known is None or (self._clock() - known.at).total_seconds() > BELIEVED_SECONDS:
            return None
        return known

    def _remember(self, courier: PersonId, known: _Remembered) -> None:
        self._remembered[courier] = known
        self._remembered.move_to_end(courier)
        if len(self._remembered) > MOST_REMEMBERED:
            self._remembered.popitem(last=False)
