"""Wiring of slots and who has them: race, judge, a booking's life, its telling, live counts."""

from __future__ import annotations

from dataclasses import dataclass

from realtime.channels import DayChannels, SlotChannels
from realtime.claims import Claims, ClaimSettings
from server.app.accounts import AccountRooms
from server.app.bases import Bases
from server.app.stores import Stores
from server.app.ways import Ways
from server.domain.bookings.slots import KIND
from server.services.bookings.bookings import Bookings
from server.services.bookings.counts import Counts
from server.services.bookings.day import DayNews
from server.services.bookings.judge import SlotJudge
from server.services.bookings.nearest import NearestSlots
from server.services.bookings.outlets_seen import OutletsSeen
from server.services.bookings.own import OwnBookings
from server.services.bookings.paper_keeping import PaperKeeping
from server.services.bookings.paper_photos import BookingPhotos
from server.services.bookings.ports import Follower
from server.services.bookings.racing import SlotRace
from server.services.bookings.relay import BookingRelay, Kicks
from server.services.bookings.rights import OutletRights
from server.services.bookings.views import BookingViews
from server.services.bookings.waitlist import Waitlist

#: The judge's parts of the lease: for one award, and for its transaction within that.
AWARD_PART = 0.6
TRANSACTION_PART = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotRooms:
    """The services around slots."""

    bookings: Bookings
    claims: Claims
    counts: Counts
    keeping: PaperKeeping
    kicks: Kicks
    own: OwnBookings
    photos: BookingPhotos
    relay: BookingRelay
    views: BookingViews
    waitlist: Waitlist


def build_slots(
    bases: Bases, stores: Stores, ways: Ways, accounts: AccountRooms, told: Follower
) -> SlotRooms:
    """Build them; nothing runs yet. Whatever changes a booking kicks the relay.

    `told` tells their owners.
    """
    facts, rules, clock = stores.bookings, bases.settings.rules, bases.clock
    kicks = Kicks()
    waitlist = Waitlist(
        waits=facts.waits,
        outlets=facts.outlets,
        seats=facts.seats,
        bookings=facts.bookings,
        transactions=stores.transactions,
        relay=kicks,
        clock=clock,
        rules=rules,
    )
    claims = _claims(bases, stores, kicks, waitlist)
    outlets = OutletsSeen(facts.outlets)
    counts = Counts(
        seats=facts.seats,
        outlets=facts.outlets,
        feed=SlotChannels(bases.feeds),
        clock=clock,
        rules=rules,
    )
    nearest = NearestSlots(counts=counts, clock=clock, rules=rules)
    views = BookingViews(outlets=outlets, clock=clock)
    photos = BookingPhotos(
        accounts.photos, papers=facts.papers, consents=facts.paper_consents, clock=clock
    )
    keeping = PaperKeeping(
        photos=photos,
        papers=facts.papers,
        transactions=stores.transactions,
        clock=clock,
        rules=rules,
    )
    bookings = Bookings(
        race=SlotRace(claims=claims, outlets=outlets, nearest=nearest, clock=clock, rules=rules),
        outlets=facts.outlets,
        bookings=facts.bookings,
        seats=facts.seats,
        holds=facts.holds,
        waitlist=waitlist,
        transactions=stores.transactions,
        photos=photos,
        relay=kicks,
        clock=clock,
        rules=rules,
    )
    return SlotRooms(
        bookings=bookings,
        claims=claims,
        counts=counts,
        keeping=keeping,
        photos=photos,
        kicks=kicks,
        own=OwnBookings(
            bookings=bookings,
            store=facts.bookings,
            vehicles=stores.centre.vehicles,
            views=views,
            rights=OutletRights(facts.outlets),
        ),
        relay=BookingRelay(
            kicks=kicks,
            bookings=facts.bookings,
            claims=claims,
            counts=counts,
            views=views,
            people=ways.people,
            staff=ways.staff,
            followers=(keeping, told, DayNews(feed=DayChannels(bases.feeds), views=views)),
            clock=clock,
        ),
        views=views,
        waitlist=waitlist,
    )


def _claims(bases: Bases, stores: Stores, kicks: Kicks, waitlist: Waitlist) -> Claims:
    lease_seconds = bases.settings.rules.claim_lease_seconds
    facts = stores.bookings
    judge = SlotJudge(
        outlets=facts.outlets,
        seats=facts.seats,
        bookings=facts.bookings,
        holds=facts.holds,
        waitlist=waitlist,
        transactions=stores.transactions,
        relay=kicks,
        clock=bases.clock,
        rules=bases.settings.rules,
        within_seconds=lease_seconds * TRANSACTION_PART,
    )
    settings = ClaimSettings(
        lease_seconds=lease_seconds,
        award_seconds=lease_seconds * AWARD_PART,
        read_seconds=lease_seconds * TRANSACTION_PART,
        leases_of=KIND,
    )
    return Claims.connect(bases.settings.redis.url, judge, settings)
