"""Access is declared, or the class is not even made."""

import pytest

from handlers.access import ANYONE, PERSON, access_of, allow
from handlers.base import ApiHandler, UnknownRoute
from server.domain.people import Role


def test_a_method_without_a_declaration_is_refused_at_its_definition() -> None:
    with pytest.raises(TypeError, match=r"Forgetful\.post does not declare"):

        class Forgetful(ApiHandler):
            async def post(self) -> None:
                """Nobody said who may."""


@pytest.mark.parametrize("who", [(), (ANYONE, Role.ADMIN), (ANYONE, PERSON)])
def test_a_declaration_is_one_kind_or_roles(who: tuple) -> None:
    with pytest.raises(TypeError):
        allow(*who)


@pytest.mark.parametrize(
    ("allowed", "held", "admitted"),
    [
        ((Role.COURIER,), {Role.COURIER, Role.CUSTOMER}, True),
        ((Role.COURIER,), {Role.CUSTOMER}, False),
        ((Role.COURIER,), {Role.ADMIN}, False),
        ((Role.REVIEWER, Role.OPERATOR), {Role.OPERATOR}, True),
        ((Role.REVIEWER,), {Role.ADMIN}, True),
        ((Role.ADMIN,), {Role.OPERATOR, Role.REVIEWER, Role.FINANCE}, False),
        ((PERSON,), {Role.CUSTOMER}, True),
    ],
)
def test_roles_are_judged(allowed: tuple, held: set[Role], admitted: bool) -> None:
    @allow(*allowed)
    async def method(self: object) -> None:
        """Stand for a handler's method."""

    access = access_of(method)
    assert access is not None
    assert access.admits(frozenset(held)) is admitted


def test_unknown_paths_answer_alike_for_every_verb() -> None:
    for verb in ("get", "post", "put", "delete", "patch", "head", "options"):
        assert access_of(getattr(UnknownRoute, verb)) is not None
