"""One claim of a place, from the wish to an answer in the domain's words."""

from __future__ import annotations

from realtime.claims import (
    Barred,
    ClaimOutcome,
    Claims,
    ClaimsUnavailable,
    Closed,
    RequestId,
    Stale,
    Taken,
    Unavailable,
    Why,
    Won,
    Yours,
)
from server.domain import errors
from server.domain.bookings.calendar import slot_of
from server.domain.bookings.outlets import Outlet
from server.domain.bookings.slots import Slot, read_slot_id
from server.domain.ids import SlotId
from server.domain.rules import Rules
from server.services.bookings.claimants import Claimant, claimant_id
from server.services.bookings.judge import FULL_HANDS, OVER, resource_of, version_of
from server.services.bookings.nearest import NearestSlots
from server.services.bookings.outlets_seen import OutletsSeen
from server.services.ports import Clock
from server.store.bookings.holds import TooMany

#: Looks at an outlet that staff change just now, before the person is asked to look again.
ROUNDS = 3

#: What the judge's reasons are to people: the refusal, the field and the rule.
REFUSALS: dict[str, tuple[type[errors.DomainError], str, str]] = {
    TooMany.AT_ONCE: (errors.TooManyHolds, "slot_id", "holds_at_once"),
    TooMany.A_DAY: (errors.Limited, "slot_id", "holds_a_day"),
    FULL_HANDS: (errors.Limited, "slot_id", "booked_at_once"),
    OVER: (errors.HoldOver, "request_id", "held"),
    errors.TooLate.code: (errors.TooLate, "booking_id", "cut_off"),
    errors.VehicleBooked.code: (errors.VehicleBooked, "plate", "one_a_day"),
    errors.IllegalTransition.code: (errors.IllegalTransition, "booking_id", "state"),
}


class SlotRace:
    """Claims places of slots for whoever the judge finds eligible."""

    def __init__(
        self,
        *,
        claims: Claims,
        outlets: OutletsSeen,
        nearest: NearestSlots,
        clock: Clock,
        rules: Rules,
    ) -> None:
        self._claims = claims
        self._outlets = outlets
        self._nearest = nearest
        self._clock = clock
        self._rules = rules

    async def claim(self, slot: SlotId, claimant: Claimant, request: str) -> None:
        """Claim a place; returns when it is the claimant's, by this claim or an earlier one.

        Raises:
            InvalidInput: no such slot, or not one to be booked now; the rule says why.
            SlotFull: details name the nearest free slots. TooManyHolds, Limited, HoldOver,
            TooLate, VehicleBooked. NotFound: no such outlet. Unavailable: nothing is known; the
            same request may be sent again.
        """
        for number in range(ROUNDS):
            outlet, value = await self._look(slot, afresh=number > 0)
            outcome = await self._race(outlet, slot, claimant, request)
            match outcome:
                case Won() | Yours():
                    return
                case Stale() | Closed():
                    continue  # the outlet has changed: look again, and hear from it why
                case _:
                    raise await self._refusal(outcome, outlet, value)
        raise errors.StaleVersion(field="slot_id", rule="current")

    async def _look(self, slot: SlotId, *, afresh: bool) -> tuple[Outlet, Slot]:
        outlet = await self._outlets.get(read_slot_id(slot)[0], afresh=afresh)
        try:
            return outlet, slot_of(outlet, slot, self._clock(), self._rules)
        except errors.InvalidInput:
            if afresh:
                raise
            # Pages that staff's edit has reached know slots that an older look does not.
            return await self._look(slot, afresh=True)

    async def _race(
        self, outlet: Outlet, slot: SlotId, claimant: Claimant, request: str
    ) -> ClaimOutcome:
        resource, who = resource_of(slot), claimant_id(claimant)
        version, wish = version_of(outlet), RequestId(request)
        outcome = await self._claims.claim(resource, who, version, wish)
        if isinstance(outcome, Barred) and not outcome.reason:
            # Barred by an earlier try; what barred it may be over, and the judge says what.
            try:
                await self._claims.lift(resource, who)
            except ClaimsUnavailable:
                return Unavailable(Why.REDIS)
            outcome = await self._claims.claim(resource, who, version, wish)
        return outcome

    async def _refusal(
        self, outcome: ClaimOutcome, outlet: Outlet, slot: Slot
    ) -> errors.DomainError:
        match outcome:
            case Taken():
                nearest = await self._nearest.to(outlet, slot)
                return errors.SlotFull(field="slot_id", rule="free", nearest=nearest)
            case Barred(reason):
                kind, field, rule = REFUSALS.get(reason, (errors.Conflict, "slot_id", "allowed"))
                return kind(field=field, rule=rule)
            case Unavailable(why):
                return errors.Unavailable(part=why.value)
        raise AssertionError(f"{outcome} is no refusal")
