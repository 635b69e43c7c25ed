"""Log-in by phone and SMS code, sessions, and what a person does with their own account.

Nothing here tells whether a number is known: codes are sent to any, and the agreement is asked
for only after the code was right.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from realtime.wire.accounts import CodeSent, LoggedIn
from realtime.wire.views import PersonView
from server.domain import documents
from server.domain.errors import AgreementRequired, NotAuthenticated, SessionRevoked, WrongCode
from server.domain.ids import Draw, PersonId, SessionId
from server.domain.people import Actor, Person, Role
from server.domain.rules import Rules
from server.services.accounts.announcements import Announcements
from server.services.accounts.code_texts import Purpose
from server.services.accounts.codes import Caller, SmsCodes
from server.services.accounts.tokens import Tokens, token_digest
from server.store.people import MongoPeople
from server.store.seal import BlindIndex
from server.store.sessions import MongoSessions, Session

PERSON_CHARACTERS = 15
SESSION_CHARACTERS = 26  # 130 bits


class Returns(Protocol):
    """Accounts on their way out; `server.services.centre.erasure.Returns`."""

    async def came_back(self, person: PersonId) -> None:
        """Undo what a log-in undoes.

        Raises:
            BeingErased: it is too late.
        """


class Accounts:
    """Log-ins and sessions."""

    def __init__(
        self,
        *,
        people: MongoPeople,
        sessions: MongoSessions,
        codes: SmsCodes,
        index: BlindIndex,
        tokens: Tokens,
        announcements: Announcements,
        returns: Returns,
        rules: Rules,
        clock: Callable[[], datetime],
        draw: Draw,
    ) -> None:
        self._people = people
        self._sessions = sessions
        self._codes = codes
        self._index = index
        self._tokens = tokens
        self._announcements = announcements
        self._returns = returns
        self._rules = rules
        self._clock = clock
        self._draw = draw

    async def send_code(self, phone: str, caller: Caller) -> CodeSent:
        """Send a code to a number, known or not; the code before is void.

        Raises:
            InvalidInput: no mobile number.
            Limited: too often for the number, the address or the device.
            ProviderFailed: the SMS provider refused; the number may try again after the gap.
        """
        return await self._codes.send(documents.phone(phone), caller, "log_in")

    async def send_holder_code(
        self, person: PersonId, purpose: Purpose, caller: Caller
    ) -> CodeSent:
        """Send a person a code by which they allow something; limited as all codes are.

        Raises:
            Limited: too often for the number, the address or the device.
            ProviderFailed: the SMS provider refused; the number may try again after the gap.
        """
        return await self._codes.send(await self._people.phone(person), caller, purpose)

    async def prove_holder(
        self, person: PersonId, code: str, purpose: Purpose, caller: Caller
    ) -> None:
        """Use a person's code of this purpose up.

        Raises:
            Limited: too many tries from this address.
            WrongCode: wrong, used, too late, or tried too often.
        """
        number = await self._people.phone(person)
        await self._codes.use(await self._codes.check(number, code, purpose, caller))

    async def log_in(
        self, phone: str, code: str, caller: Caller, *, agreement_version: str | None
    ) -> LoggedIn:
        """Open a session for a right code; make the account at its first use.

        Raises:
            InvalidInput: no mobile number.
            Limited: too many tries from this address.
            WrongCode: wrong, used, too late, or tried too often.
            AgreementRequired: the code is right and stays good; accept the agreement with it.
        """
        number = documents.phone(phone)
        proof = await self._codes.check(number, code, "log_in", caller)
        known = await self._people.find(number)
        self._require_agreement(known, agreement_version)
        await self._codes.use(proof)
        opened = await self._open_session(known or await self._make(number), caller)
        await self._require_still_theirs(number, opened)
        return opened

    async def _require_still_theirs(self, number: str, opened: LoggedIn) -> None:
        """End a session whose account got another number while the old one's code was checked."""
        person = PersonId(opened.person.person_id)
        now = await self._people.find(number)
        if now is None or now.id != person:
            session = self._tokens.read_refresh(opened.refresh_token).session
            await self._end(session, person, because="phone_changed")
            raise WrongCode(field="code", rule="right")

    async def enter(
        self, person: PersonId, caller: Caller, *, agreement_version: str | None
    ) -> LoggedIn:
        """Open a session for a person whom a linked WeChat proved.

        Raises:
            AgreementRequired: accept the agreement with it.
        """
        known = await self._people.get(person)
        self._require_agreement(known, agreement_version)
        return await self._open_session(known, caller)

    async def require_agreement_of(self, person: PersonId, agreement_version: str | None) -> None:
        """Refuse a log-in that `enter` would refuse, before its proof is used up.

        Raises:
            AgreementRequired: accept the agreement with it.
        """
        self._require_agreement(await self._people.get(person), agreement_version)

    async def enter_by_phone(
        self, phone: str, caller: Caller, *, agreement_version: str
    ) -> LoggedIn:
        """Open a session for a phone that WeChat verified; make the account at its first use.

        Raises:
            InvalidInput: no mobile number.
            AgreementRequired: accept the agreement with it.
        """
        number = documents.phone(phone)
        known = await self._people.find(number)
        self._require_agreement(known, agreement_version)
        opened = await self._open_session(known or await self._make(number), caller)
        await self._require_still_theirs(number, opened)
        return opened

    def require_current_agreement(self, agreement_version: str) -> None:
        """Refuse before something is used up that cannot be used again.

        Raises:
            AgreementRequired: not the current version.
        """
        self._require_agreement(None, agreement_version)

    async def refresh(self, refresh_token: str) -> LoggedIn:
        """Replace a refresh token by its successor, and give a new access token.

        The token just replaced gives the same successor again within the grace window (two
        tabs at once). An older one was stolen, or its thief was here: the session ends.

        Raises:
            NotAuthenticated: we never made this token, or its session ran out.
            SessionRevoked: the session was ended, now or before.
        """
        claims = self._tokens.read_refresh(refresh_token)
        used, now = token_digest(refresh_token), self._clock()
        successor = self._tokens.refresh(claims.session, claims.generation + 1)
        rotated = await self._sessions.rotate(
            claims.session,
            used=used,
            successor=token_digest(successor),
            now=now,
            expires_at=now + timedelta(seconds=self._rules.refresh_life_seconds),
        )
        session = await self._sessions.get(claims.session)
        if session is not None and session.revoked_at is not None:
            raise SessionRevoked
        if session is None or not session.is_live(now):
            raise NotAuthenticated
        if not rotated:
            successor = await self._again_or_revoke(session, used, now)
        person = await self._people.get(session.person)
        return self._logged_in(person, session.id, successor)

    async def log_out(self, actor: Actor) -> None:
        """End the session and close its sockets; ending it twice does no harm."""
        await self._end(actor.session, actor.person, because="log_out")

    async def me(self, actor: Actor) -> PersonView:
        """Show the person themselves."""
        return person_view(await self._people.get(actor.person))

    async def become_courier(self, actor: Actor) -> PersonView:
        """Give the person the role of a courier, not yet certified; repeating changes nothing."""
        person = await self._people.add_role(actor.person, Role.COURIER)
        await self._announcements.changed(person.id)
        return person_view(person)

    def _require_agreement(self, known: Person | None, agreement_version: str | None) -> None:
        current = self._rules.agreement_version
        if agreement_version != current and not (known and known.agreement_version == current):
            raise AgreementRequired(
                field="agreement_version", rule="current_version", current=current
            )

    async def _make(self, number: str) -> Person:
        return await self._people.make(
            PersonId(f"P{self._draw(PERSON_CHARACTERS)}"),
            phone=number,
            roles=(Role.CUSTOMER,),
            agreement_version=self._rules.agreement_version,
            now=self._clock(),
        )

    async def _open_session(self, person: Person, caller: Caller) -> LoggedIn:
        now = self._clock()
        await self._returns.came_back(person.id)
        # Whoever came here has accepted it: just now, or this very version before.
        await self._people.accept_agreement(person.id, self._rules.agreement_version, now)
        session = SessionId(f"S{self._draw(SESSION_CHARACTERS)}")
        token = self._tokens.refresh(session, 1)
        await self._sessions.open(
            Session(
                id=session,
                person=person.id,
                device=self._index.digest("device", caller.device),
                generation=1,
                current=token_digest(token),
                rotated_at=now,
                created_at=now,
                expires_at=now + timedelta(seconds=self._rules.refresh_life_seconds),
            )
        )
        return self._logged_in(person, session, token)

    async def _again_or_revoke(self, session: Session, used: str, now: datetime) -> str:
        grace = timedelta(seconds=self._rules.refresh_grace_seconds)
        if used == session.previous and now - session.rotated_at <= grace:
            again = self._tokens.refresh_like(session.id, session.generation, session.current)
            if again is not None:
                return again
        await self._end(session.id, session.person, because="reuse")
        raise SessionRevoked

    async def _end(self, session: SessionId, person: PersonId, *, because: str) -> None:
        if await self._sessions.revoke(session, because=because, now=self._clock()):
            await self._announcements.session_ended(person, session)

    def _logged_in(self, person: Person, session: SessionId, refresh_token: str) -> LoggedIn:
        access_token, expires_at = self._tokens.access(person.id, session, person.roles)
        return LoggedIn(
            access_token=access_token,
            access_expires_at=expires_at,
            refresh_token=refresh_token,
            person=person_view(person),
        )


def person_view(person: Person) -> PersonView:
    """Show a person; the phone masked."""
    return PersonView(
        person_id=person.id,
        roles=tuple(sorted(person.roles)),
        masked_phone=person.masked_phone,
        certification=person.certification.value,
        active_orders=person.active_orders,
    )
