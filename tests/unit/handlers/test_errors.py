"""Every refusal has its code, its texts, its status; close codes fit their ranges."""

import re

import pytest

from handlers.errors import TABLE, error_body, internal_body, outcome
from realtime.wire.envelope import CloseCode
from server.domain import errors
from server.domain.errors import DomainError, leaves

ALL = sorted(leaves(), key=lambda kind: kind.__name__)


#: All but the one that is made from a number of its own.
PLAIN = [kind for kind in ALL if kind is not errors.OrderTaken]


@pytest.mark.parametrize("kind", PLAIN)
def test_each_refusal_has_a_status_a_code_and_texts(kind: type[DomainError]) -> None:
    assert 400 <= outcome(kind).status < 600
    assert re.fullmatch(r"[a-z_]{3,32}", kind.code)
    body = error_body(kind(field="phone", rule="mobile_number", seconds=1))
    assert body.message.split(" / ")[0] == kind.zh
    assert (body.code, body.field, body.rule) == (kind.code, "phone", "mobile_number")
    assert body.details == {"seconds": 1}


def test_a_loser_hears_by_how_much_and_never_who() -> None:
    body = error_body(errors.OrderTaken(earlier_seconds=0.184))
    assert (body.code, body.details) == ("taken", {"earlier_seconds": 0.184})
    assert "0.18" in body.message
    assert error_body(errors.OrderTaken()).details is None


def test_codes_are_told_apart() -> None:
    own = [kind.code for kind in ALL if "code" in vars(kind)]
    assert len(own) == len(set(own))


def test_branches_have_statuses_of_their_own() -> None:
    seen = {kind.__name__: outcome(kind).status for kind in DomainError.__subclasses__()}
    assert seen == {
        "InvalidInput": 400,
        "NotAuthenticated": 401,
        "Forbidden": 403,
        "NotFound": 404,
        "WrongMethod": 405,
        "Conflict": 409,
        "Limited": 429,
        "Unavailable": 503,
    }


def test_only_what_ends_a_socket_has_a_close_code() -> None:
    assert outcome(errors.SessionRevoked).close is CloseCode.REVOKED
    assert outcome(errors.TokenExpired).close is CloseCode.TOKEN_EXPIRED
    assert outcome(errors.NotCertified).close is CloseCode.FORBIDDEN
    assert outcome(errors.OrderTaken).close is None
    assert outcome(errors.InvalidInput).close is None


def test_the_table_names_nothing_twice_in_vain() -> None:
    for kind, row in TABLE.items():
        if kind is not DomainError:
            parent = outcome(kind.__mro__[1])
            assert row != parent or kind in {errors.InvalidInput, errors.Unavailable}, kind


def test_a_fault_of_ours_says_nothing_of_its_cause() -> None:
    assert internal_body().code == "internal"
    assert internal_body().details is None
