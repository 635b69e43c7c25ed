"""The judge: who decides in the end. The engine is handed one; MongoDB's is in the store."""

from typing import Protocol

from realtime.claims.values import Award, Claim, ResourceId, Truth


class JudgeUncertain(Exception):
    """The judge's answer was lost: the award may or may not have been written."""


class Judge(Protocol):
    """Keep the truth of resources; every method may be called at once by many processes."""

    async def read(self, resource: ResourceId) -> Truth:
        """Read the present truth, from the primary.

        Version 0 closed for a resource that never was. Raises: JudgeUncertain.
        """

    async def award(self, claim: Claim) -> Award:
        """Write the claim if the resource is open at its version, in one conditional write.

        Idempotent: a claimant who holds the place at this version is Awarded again (or
        Lost with a truth that lists them), before any other rule is looked at. Must end,
        either way, within the engine's `award_seconds`, after which it is cancelled and
        counts as uncertain. Raises: JudgeUncertain when the outcome is unknown.
        """
