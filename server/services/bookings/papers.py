"""A person's papers: the consent, photos, what was read off them and the person's corrections.

A photo may come while the slot is held, and again until staff have accepted the papers. Nothing
here keeps anybody from booking: what cannot be read is for staff to look at.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from realtime.wire.centre import WithCode
from realtime.wire.papers import CorrectPaper, PaperLinkView, PapersConsentView, PapersView
from server.domain.bookings.bookings import Booking
from server.domain.bookings.changes import BookingChange, By
from server.domain.bookings.paper_changes import mend, require_mendable
from server.domain.bookings.papers import PaperKind
from server.domain.bookings.readings import (
    PapersConsentMissing,
    Sheet,
    corrections,
    new_sheet,
)
from server.domain.bookings.states import BookingState
from server.domain.errors import (
    Conflict,
    Forbidden,
    HoldOver,
    InvalidInput,
    NotFound,
    StaleVersion,
)
from server.domain.ids import BookingId, PersonId, PhotoId
from server.domain.people import Actor
from server.domain.rules import Rules
from server.services.accounts.code_texts import Purpose
from server.services.accounts.codes import Caller
from server.services.bookings.paper_links import PaperLinks
from server.services.bookings.paper_photos import use_of
from server.services.bookings.paper_views import PaperViews
from server.services.bookings.ports import BookingKicks
from server.services.photos.photos import Photos
from server.services.ports import Audit, Clock
from server.store.bookings.bookings import MongoBookings
from server.store.bookings.paper_consents import MongoPaperConsents
from server.store.bookings.paper_unlocks import MongoPaperUnlocks
from server.store.bookings.papers import MongoPapers
from server.store.bookings.papers_queue import MongoPapersQueue
from server.store.documents import milliseconds
from server.store.transactions import Session, Transactions

#: Photos of one paper of one booking.
MOST_PHOTOS = 20

#: A photo that this process was told of is left to it for so long.
OURS_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperStores:
    """What papers are kept in."""

    papers: MongoPapers
    queue: MongoPapersQueue
    bookings: MongoBookings
    consents: MongoPaperConsents
    unlocks: MongoPaperUnlocks
    transactions: Transactions
    audit: Audit


class Holders(Protocol):
    """Finds out whether somebody holds the account's phone."""

    async def prove_holder(
        self, person: PersonId, code: str, purpose: Purpose, caller: Caller
    ) -> None:
        """Use a person's code of this purpose up; raises WrongCode or Limited."""


class Papers:
    """Agree, take photos, show, correct."""

    def __init__(
        self,
        *,
        stores: PaperStores,
        photos: Photos,
        views: PaperViews,
        links: PaperLinks,
        holders: Holders,
        reading: BookingKicks,
        relay: BookingKicks,
        clock: Clock,
        rules: Rules,
    ) -> None:
        self._stores = stores
        self._photos = photos
        self._views = views
        self._links = links
        self._holders = holders
        self._reading = reading
        self._relay = relay
        self._clock = clock
        self._rules = rules

    async def consent(self, actor: Actor) -> PapersConsentView:
        """Show the version that counts now, and whether the person agreed to it."""
        version = self._rules.papers_consent_version
        agreed = await self._stores.consents.agreed_at(actor.person, version)
        return PapersConsentView(consent_version=version, agreed_at=agreed)

    async def agree(self, actor: Actor, version: str) -> PapersConsentView:
        """Keep that a person agreed; again changes nothing.

        Raises:
            InvalidInput: not the version that counts.
        """
        current = self._rules.papers_consent_version
        if version != current:
            raise InvalidInput(field="consent_version", rule="current_version", current=current)
        at = await self._stores.consents.agree(actor.person, version, self._clock())
        return PapersConsentView(consent_version=version, agreed_at=at)

    async def take(
        self, actor: Actor, booking: BookingId, kind: PaperKind, raw: bytes
    ) -> PapersView:
        """Take a photo of a paper and have it read; an earlier one gives way to it.

        Raises:
            NotFound: not this person's. PapersConsentMissing. HoldOver. IllegalTransition: the
            papers are accepted, or the booking is over. InvalidInput: no picture.
            Conflict: too many photos of it.
        """
        known = await self._own(actor, booking)
        self._require_open(known)
        if (await self.consent(actor)).agreed_at is None:
            raise PapersConsentMissing(
                field="consent_version", rule="agreed", current=self._rules.papers_consent_version
            )
        before = await self._stores.papers.find(booking, kind)
        if before is not None and before.photos >= MOST_PHOTOS:
            raise Conflict(field="photo", rule=f"{MOST_PHOTOS}_photos")
        photo = PhotoId((await self._photos.take(actor, raw)).photo_id)
        sheet = new_sheet(booking, actor.person, kind, photo, milliseconds(self._clock()))
        await self._put(sheet)
        await self._reading.kick(BookingId(sheet.id))
        await self._record(actor, "read_papers", known, None)
        return await self._view(actor, await self._stores.bookings.get(booking))

    async def show(self, actor: Actor, booking: BookingId) -> PapersView:
        """Show one's papers, masked a while after their photos came; recorded.

        Raises:
            NotFound: not this person's.
        """
        known = await self._own(actor, booking)
        await self._record(actor, "read_papers", known, None)
        return await self._view(actor, known)

    async def unlock(
        self, actor: Actor, booking: BookingId, asked: WithCode, caller: Caller
    ) -> PapersView:
        """Show one's papers in full to this log-in for a while, by a code of `look`; recorded.

        Raises:
            NotFound: not this person's; the code stays good. WrongCode, Limited.
        """
        known = await self._own(actor, booking)
        await self._holders.prove_holder(actor.person, asked.code, "look", caller)
        await self._record(actor, "unlock_papers", known, None)
        until = self._clock() + timedelta(seconds=self._rules.papers_open_seconds)
        await self._stores.unlocks.unlock(actor.session, booking, actor.person, until)
        return await self._view(actor, known)

    async def correct(
        self, actor: Actor, booking: BookingId, kind: PaperKind, asked: CorrectPaper
    ) -> PapersView:
        """Put corrections beside what was read; of a booked slot staff are asked anew.

        Raises:
            NotFound: not this person's, or no such paper. InvalidInput: a field that the paper
            does not have, or too long. StaleVersion. HoldOver, IllegalTransition.
        """
        fields = corrections(kind, asked.fields)
        by = By(actor=actor.person, at=milliseconds(self._clock()))

        async def body(session: Session) -> None:
            current = _require_own(actor, await self._stores.bookings.get(booking, session))
            self._require_open(current)
            sheet = await self._stores.papers.find(booking, kind, session)
            if sheet is None:
                raise NotFound(field="kind", rule="exists")
            if sheet.version != asked.version:
                raise StaleVersion(field="version", rule="unchanged", version=sheet.version)
            await self._stores.papers.correct(sheet, fields, by.at, session)
            if current.state is not BookingState.HELD:
                await self._write(mend(current, by, None), session)
            await self._record(actor, "correct_papers", current, session)

        await self._stores.transactions.run(body)
        await self._relay.kick(booking)
        return await self._view(actor, await self._stores.bookings.get(booking))

    async def link(self, actor: Actor, booking: BookingId, kind: PaperKind) -> PaperLinkView:
        """Give a link to one's own photo, good once; recorded.

        Raises:
            NotFound: not this person's, or no such paper. Forbidden: it is masked by now.
        """
        known = await self._own(actor, booking)
        sheet = await self._stores.papers.find(booking, kind)
        masked = sheet is not None and not self._views.is_open(sheet)
        if masked and not await self._is_unlocked(actor, booking):
            raise Forbidden(field="code", rule="code_needed")
        return await self._links.link(actor, known, kind, "own")

    async def _view(self, actor: Actor, booking: Booking) -> PapersView:
        unlocked = await self._is_unlocked(actor, booking.id)
        return await self._views.of_owner(booking, unlocked=unlocked)

    async def _is_unlocked(self, actor: Actor, booking: BookingId) -> bool:
        return await self._stores.unlocks.is_unlocked(actor.session, booking, self._clock())

    async def _put(self, sheet: Sheet) -> None:
        """Put a photo in the place of the paper's earlier one, if there is one.

        Held or booked is judged here again: the form may have been sent meanwhile.
        """
        by = By(actor=sheet.person, at=sheet.asked_at)

        async def body(session: Session) -> None:
            current = await self._stores.bookings.get(sheet.booking, session)
            self._require_open(current)
            is_booked = current.state is not BookingState.HELD
            if is_booked:
                await self._write(mend(current, by, (sheet.kind, sheet.photo)), session)
                await self._change_photo(sheet, session)
            await self._stores.papers.ask(
                sheet, due_at=self._ours(), booked=is_booked, session=session
            )

        await self._stores.transactions.run(body)
        await self._relay.kick(sheet.booking)

    async def _change_photo(self, sheet: Sheet, session: Session) -> None:
        use = use_of(sheet.booking)
        before = await self._stores.papers.find(sheet.booking, sheet.kind, session)
        if before is not None:
            await self._photos.release(before.photo, use, session)
        await self._photos.use(sheet.person, sheet.photo, use, session)

    async def _write(self, change: BookingChange, session: Session) -> None:
        if not await self._stores.bookings.write(change, session):
            raise StaleVersion(field="booking_id", rule="current")  # cannot be, in one snapshot

    def _ours(self) -> datetime:
        return self._clock() + timedelta(seconds=OURS_SECONDS)

    def _require_open(self, booking: Booking) -> None:
        if booking.state is not BookingState.HELD:
            require_mendable(booking)
        elif booking.held_until is None or booking.held_until <= self._clock():
            raise HoldOver(field="booking_id", rule="held")

    async def _own(self, actor: Actor, booking: BookingId) -> Booking:
        return _require_own(actor, await self._stores.bookings.get(booking))

    async def _record(
        self, actor: Actor, action: str, booking: Booking, session: Session | None
    ) -> None:
        await self._stores.audit.record(
            actor=actor.person,
            action=action,
            subject=f"booking:{booking.id}",
            purpose="own",
            at=self._clock(),
            session=session,
        )


def _require_own(actor: Actor, booking: Booking) -> Booking:
    if booking.person != actor.person:
        raise NotFound(field="booking_id", rule="exists")
    return booking
