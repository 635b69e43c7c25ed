"""What refusals say of themselves, in logs and to those who are told to wait."""

import pytest

from server.domain.errors import InvalidInput, Limited, Unavailable


@pytest.mark.parametrize(
    ("wait", "told"), [(0.0, 0.0), (0.01, 0.1), (0.1, 0.1), (0.44, 0.5), (59.95, 60.0), (60, 60.0)]
)
def test_waits_are_told_rounded_up(wait: float, told: float) -> None:
    refusal = Limited.for_seconds(wait, field="number")
    assert refusal.details == {"retry_after_seconds": told}
    assert (refusal.field, refusal.rule) == ("number", "rate")


def test_a_refusal_names_its_rule_in_logs() -> None:
    assert str(InvalidInput(field="phone", rule="digits")) == "invalid_input phone: digits"
    assert str(Unavailable(rule="not_installed")) == "unavailable: not_installed"
    assert str(Unavailable()) == "unavailable"
