"""Changing an account's phone: by codes of both numbers, or by staff when the old one is lost.

The write that changes the number writes down what follows from it, and `sweep` does what a dead
process left: all log-ins before the change end, and both numbers hear of it, each once. Links
with wallets stay: they are the person's, not the number's.
"""

from __future__ import annotations

from datetime import timedelta

from realtime.wire.accounts import CodeSent
from realtime.wire.centre import ChangePhone, FindPerson, StaffChangePhone
from realtime.wire.views import PersonView
from server.domain import documents
from server.domain.centre import PhoneTaken
from server.domain.documents import mask_phone
from server.domain.errors import DomainError, Forbidden, InvalidInput, NotFound, WrongCode
from server.domain.ids import PersonId
from server.domain.people import STAFF, Actor, Role
from server.providers.ports import Sms, SmsSender
from server.services.accounts.accounts import person_view
from server.services.accounts.code_texts import Purpose
from server.services.accounts.codes import Caller, Proof, SmsCodes
from server.services.centre.sessions import OwnSessions
from server.services.one_by_one import one_by_one
from server.services.ports import Clock
from server.store.audit import MongoAudit
from server.store.centre.own_details import MongoOwnDetails, PhoneNews
from server.store.people import MongoPeople

#: Changes looked after in one sweep.
SWEPT = 50

#: A change's own instant is a little before its write; log-ins of in between end, too.
WRITTEN_WITHIN = timedelta(seconds=5)


class Phones:
    """Change the phone of an account."""

    def __init__(
        self,
        *,
        people: MongoPeople,
        details: MongoOwnDetails,
        codes: SmsCodes,
        sessions: OwnSessions,
        sms: SmsSender,
        audit: MongoAudit,
        clock: Clock,
    ) -> None:
        self._people = people
        self._details = details
        self._codes = codes
        self._sessions = sessions
        self._sms = sms
        self._audit = audit
        self._clock = clock

    async def send_new_code(self, phone: str, caller: Caller) -> CodeSent:
        """Send a code to the number that an account shall have; whose it is, it does not tell.

        Raises:
            InvalidInput: no mobile number. Limited, ProviderFailed: as for all codes.
        """
        return await self._codes.send(documents.phone(phone), caller, "new_phone")

    async def change(self, actor: Actor, asked: ChangePhone, caller: Caller) -> None:
        """Change one's own phone; all log-ins end, this one with them.

        Raises:
            InvalidInput: no mobile number, or the one that the account has.
            WrongCode: `old_code` or `new_code`; the other stays good.
            PhoneTaken: the number has an account. Conflict: changed meanwhile.
        """
        new = documents.phone(asked.phone)
        old = await self._people.phone(actor.person)
        if new == old:
            raise InvalidInput(field="phone", rule="another_number")
        proofs = (
            await self._check(old, asked.old_code, "change_phone", caller, "old_code"),
            await self._check(new, asked.new_code, "new_phone", caller, "new_code"),
        )
        await self._require_free(new)
        for proof in proofs:
            await self._codes.use(proof)
        await self._write(actor, actor.person, old, new, purpose="own")

    async def change_for(
        self, actor: Actor, person: PersonId, asked: StaffChangePhone, caller: Caller
    ) -> PersonView:
        """Change a person's phone whose old number is lost; recorded with the reason.

        The new number's code proves that it is theirs, and that nobody mistyped it.

        Raises:
            NotFound: there is no such person.
            Forbidden: one's own (use one's own page), or staff's, which an admin changes.
            InvalidInput, WrongCode, PhoneTaken, Conflict: as `change`.
        """
        known = await self._people.get(person)
        if person == actor.person:
            raise Forbidden(field="person", rule="not_own")
        if known.roles & STAFF and Role.ADMIN not in actor.roles:
            raise Forbidden(field="person", rule="staff_by_admin")
        new, old = documents.phone(asked.phone), await self._people.phone(person)
        if new == old:
            raise InvalidInput(field="phone", rule="another_number")
        proof = await self._check(new, asked.code, "new_phone", caller, "code")
        await self._require_free(new)
        await self._codes.use(proof)
        await self._write(actor, person, old, new, purpose=asked.reason)
        return person_view(await self._people.get(person))

    async def find(self, actor: Actor, asked: FindPerson) -> PersonView:
        """Find whose a number is, for staff; recorded.

        Raises:
            InvalidInput: no mobile number. NotFound: nobody's.
        """
        number = documents.phone(asked.phone)
        await self._audit.record(
            actor=actor.person,
            action="person_looked_up",
            subject=f"number:{self._people.phone_index(number)}",
            purpose=asked.reason,
            at=self._clock(),
        )
        found = await self._people.find(number)
        if found is None:
            raise NotFound(field="phone", rule="exists")
        return person_view(found)

    async def sweep(self) -> int:
        """Do what is left of changes; give how many there were."""
        return await one_by_one(await self._details.untold(SWEPT), self._follow, name="phone of")

    async def _check(
        self, number: str, code: str, purpose: Purpose, caller: Caller, field: str
    ) -> Proof:
        try:
            return await self._codes.check(number, code, purpose, caller)
        except WrongCode as refusal:
            raise WrongCode(field=field, rule=refusal.rule) from None

    async def _require_free(self, number: str) -> None:
        """Refuse before codes are used up; the write judges."""
        if await self._people.find(number) is not None:
            raise PhoneTaken(field="phone", rule="free")

    async def _write(
        self, actor: Actor, person: PersonId, old: str, new: str, *, purpose: str
    ) -> None:
        now = self._clock()
        await self._audit.record(
            actor=actor.person,
            action="change_phone",
            subject=f"person:{person}",
            purpose=purpose,
            at=now,
        )
        await self._details.change_phone(person, old, new, now)
        await self._follow(person)

    async def _follow(self, person: PersonId) -> bool:
        news = await self._details.news_of(person)
        if news is None:
            return False
        until = news.at + WRITTEN_WITHIN
        await self._sessions.end(person, opened_until=until, because="phone_changed")
        for who in ("old", "new"):
            if await self._details.take(news, who):
                await self._tell(news, who)
        await self._details.told(news)
        return True

    async def _tell(self, news: PhoneNews, who: str) -> None:
        """Text one number, once; a vendor's refusal ends it, the change stands."""
        state = f"已更换为 {mask_phone(news.new)}，若非本人请致电客服"
        message = Sms(
            phone=news.old if who == "old" else news.new,
            template="notice",
            params={"matter": "账号手机号", "state": state},
            text=f"【揽件】账号手机号：{state}。请打开揽件页面查看。",
        )
        try:
            await self._sms.send(message)
        except DomainError:
            return
