"""Every fix leads to a route that is there, for exactly those whom the list says may do it."""

import re

import pytest

from handlers.access import Who
from server.domain.people import Role
from server.domain.stuck import FIXES, Fix
from server.proof.route_table import api_routes
from server.services.orders.stuck import MAY, PAGES, ROUTES

PLACES = re.compile(r"\{\w+\}")
BY_PATH = {PLACES.sub("{}", route.path): route for route in api_routes() if route.verb == "POST"}


@pytest.mark.parametrize("fix", ROUTES)
def test_a_fix_is_offered_to_those_whom_its_route_lets_in(fix: Fix) -> None:
    route = BY_PATH[PLACES.sub("{}", ROUTES[fix][0])]
    if route.access.who is Who.PERSON:
        return  # the service judges: an order is cancelled by its customer as well
    of_money = {Role.FINANCE, Role.ADMIN}
    assert MAY.get(fix, of_money) == {*route.access.who, Role.ADMIN}


def test_each_fix_has_a_route_or_a_page() -> None:
    offered = {fix for fixes in FIXES.values() for fix in fixes}
    assert offered <= {*ROUTES, *PAGES}
    assert not set(ROUTES) & set(PAGES)
