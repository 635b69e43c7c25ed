"""Refusals for a while: whoever waits as long as was told is not too early again."""

import pytest

from server.domain.errors import Limited


@pytest.mark.parametrize(
    ("wait", "told"), [(0.0, 0.0), (0.01, 0.1), (0.1, 0.1), (0.44, 0.5), (59.95, 60.0), (60, 60.0)]
)
def test_waits_are_told_rounded_up(wait: float, told: float) -> None:
    refusal = Limited.for_seconds(wait, field="number")
    assert refusal.details == {"retry_after_seconds": told}
    assert (refusal.field, refusal.rule) == ("number", "rate")
