"""Routes of log-in, sessions, the own account, lists of couriers, and roles."""

from __future__ import annotations

from typing import Literal

import msgspec

from handlers.access import ANYONE, PERSON, allow
from handlers.application import Route
from handlers.base import ApiHandler
from realtime.wire.orders import Position
from realtime.wire.requests import LogIn, Refresh, SendCode, SetRoles
from server.domain.ids import PersonId
from server.domain.people import Certification, Role
from server.services.accounts.accounts import Accounts
from server.services.accounts.codes import Caller
from server.services.accounts.staffing import Staffing

PERSON_PATTERN = r"(?P<person>[A-Z0-9]{1,32})"


class CodesHandler(ApiHandler):
    """POST /v1/codes."""

    def initialize(self, accounts: Accounts) -> None:
        """Take the service."""
        self._accounts = accounts

    @allow(ANYONE)
    async def post(self) -> None:
        """`SendCode` → `CodeSent`, the same for known and unknown numbers."""
        asked = self.body(SendCode)
        caller = Caller(address=self.address, device=asked.device)
        self.answer(await self._accounts.send_code(asked.phone, caller))


class SessionsHandler(ApiHandler):
    """POST /v1/sessions."""

    def initialize(self, accounts: Accounts) -> None:
        """Take the service."""
        self._accounts = accounts

    @allow(ANYONE)
    async def post(self) -> None:
        """`LogIn` → `LoggedIn`."""
        asked = self.body(LogIn)
        caller = Caller(address=self.address, device=asked.device)
        opened = await self._accounts.log_in(
            asked.phone, asked.code, caller, agreement_version=asked.agreement_version
        )
        self.answer(opened, status=201)


class RefreshHandler(ApiHandler):
    """POST /v1/sessions/refresh."""

    def initialize(self, accounts: Accounts) -> None:
        """Take the service."""
        self._accounts = accounts

    @allow(ANYONE)
    async def post(self) -> None:
        """`Refresh` → `LoggedIn` with the successor; the token itself is the proof."""
        self.answer(await self._accounts.refresh(self.body(Refresh).refresh_token))


class CurrentSessionHandler(ApiHandler):
    """DELETE /v1/sessions/current."""

    def initialize(self, accounts: Accounts) -> None:
        """Take the service."""
        self._accounts = accounts

    @allow(PERSON)
    async def delete(self) -> None:
        """Log out → {}; the session's sockets close."""
        await self._accounts.log_out(self.actor)


class MeHandler(ApiHandler):
    """GET /v1/me."""

    def initialize(self, accounts: Accounts) -> None:
        """Take the service."""
        self._accounts = accounts

    @allow(PERSON)
    async def get(self) -> None:
        """→ `PersonView` of who asks."""
        self.answer(await self._accounts.me(self.actor))


class CourierHandler(ApiHandler):
    """POST /v1/courier."""

    def initialize(self, accounts: Accounts) -> None:
        """Take the service."""
        self._accounts = accounts

    @allow(PERSON)
    async def post(self) -> None:
        """Become a courier, not yet certified (no body) → `PersonView`; repeating is harmless."""
        self.answer(await self._accounts.become_courier(self.actor))


class CouriersQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What GET /v1/couriers takes."""

    state: Literal["none", "applied", "certified", "rejected", "suspended", "expired"] | None = None
    before: Position = ""


class CouriersHandler(ApiHandler):
    """GET /v1/couriers?state."""

    def initialize(self, staffing: Staffing) -> None:
        """Take the service."""
        self._staffing = staffing

    @allow(Role.REVIEWER, Role.OPERATOR)
    async def get(self) -> None:
        """`CouriersQuery` → `PeopleView`, newest first, masked."""
        query = self.query(CouriersQuery)
        state = Certification(query.state) if query.state else None
        self.answer(await self._staffing.couriers(state, query.before))


class StaffHandler(ApiHandler):
    """GET /v1/staff/people."""

    def initialize(self, staffing: Staffing) -> None:
        """Take the service."""
        self._staffing = staffing

    @allow(Role.ADMIN)
    async def get(self) -> None:
        """`PeopleView` of all staff, newest first, masked."""
        self.answer(await self._staffing.staff())


class RolesHandler(ApiHandler):
    """PUT /v1/people/{person}/roles."""

    def initialize(self, staffing: Staffing) -> None:
        """Take the service."""
        self._staffing = staffing

    @allow(Role.ADMIN)
    async def put(self, person: str) -> None:
        """`SetRoles` → `PersonView`; recorded."""
        asked = self.body(SetRoles)
        self.answer(
            await self._staffing.set_roles(self.actor, PersonId(person), asked.roles, asked.seen)
        )


def routes(accounts: Accounts, staffing: Staffing) -> list[Route]:
    """List this room's routes."""
    mine, staffs = {"accounts": accounts}, {"staffing": staffing}
    return [
        (r"/v1/codes", CodesHandler, mine),
        (r"/v1/sessions", SessionsHandler, mine),
        (r"/v1/sessions/refresh", RefreshHandler, mine),
        (r"/v1/sessions/current", CurrentSessionHandler, mine),
        (r"/v1/me", MeHandler, mine),
        (r"/v1/courier", CourierHandler, mine),
        (r"/v1/couriers", CouriersHandler, staffs),
        (r"/v1/staff/people", StaffHandler, staffs),
        (rf"/v1/people/{PERSON_PATTERN}/roles", RolesHandler, staffs),
    ]
