"""One `lanjian worker` process: its jobs. All are safe to run in several processes at once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from server.app.desk import build_complaints
from server.app.payees import build_payees
from server.app.process import Process, built
from server.app.wechat_rooms import WeChatRooms, build_wechat_rooms
from server.services.accounts.stand_ins import StandIns
from server.services.terminals.alerts import LOOK_SECONDS
from server.services.worker import Job, Worker
from server.settings import Settings


@asynccontextmanager
async def build_worker(settings: Settings) -> AsyncIterator[Worker]:
    """Build a worker; its connections are closed at the end of the block."""
    async with built(settings, role="worker") as process:
        await process.stores.ensure_indexes()
        process.bases.tasks.keep(process.orders.relay.run, name="relay")
        process.bases.tasks.keep(process.bookings.slots.relay.run, name="bookings-relay")
        wechat = build_wechat_rooms(process, None)  # a place that is told late is of no use
        yield Worker(
            [*jobs(process), *slot_jobs(process), *centre_jobs(process), *wechat_jobs(wechat)]
        )


def jobs(process: Process) -> list[Job]:
    """List what a worker looks at, and how often: the beat is how late a dead process's work is."""
    accounts, orders, clock = process.accounts, process.orders, process.bases.clock
    doors, money = orders.doors, orders.money
    certifications = orders.certification.certifications
    stand_ins = StandIns(people=process.stores.people, applications=process.stores.certifications)
    return [
        Job(name="note-stand-ins", every_seconds=2.0, work=stand_ins.sweep),
        Job(name="announce-accounts", every_seconds=2.0, work=accounts.announcements.sweep),
        Job(name="end-certifications", every_seconds=1.0, work=certifications.expire),
        Job(name="remind-certified", every_seconds=60.0, work=certifications.remind),
        Job(name="tell-certified", every_seconds=2.0, work=orders.certification.news.sweep),
        Job(name="delete-papers", every_seconds=60.0, work=certifications.delete_papers),
        Job(name="delete-photos", every_seconds=60.0, work=accounts.photos.sweep),
        Job(name="tell-complaints", every_seconds=2.0, work=build_complaints(process).sweep),
        Job(name="publish-orders", every_seconds=1.0, work=orders.relay.sweep),
        Job(name="order-timers", every_seconds=1.0, work=orders.timers.sweep),
        Job(name="reconcile-claims", every_seconds=1.0, work=orders.claims.reconcile),
        Job(name="expire-commands", every_seconds=0.5, work=lambda: doors.doors.expire(clock())),
        Job(name="ask-grants-back", every_seconds=1.0, work=accounts.recalls.sweep),
        Job(name="release-cells", every_seconds=5.0, work=lambda: doors.cells.release(clock())),
        Job(
            name="alarm-open-doors",
            every_seconds=5.0,
            work=lambda: doors.sensing.alarm_left_open(clock()),
        ),
        Job(
            name="end-pulse-tests",
            every_seconds=1.0,
            work=lambda: doors.pulse_tests.expire(clock()),
        ),
        Job(name="look-over-fleet", every_seconds=LOOK_SECONDS, work=doors.fleet.alerts.look),
        Job(name="tell-alerts", every_seconds=2.0, work=doors.fleet.alerts.sweep),
        Job(name="end-visits", every_seconds=5.0, work=lambda: doors.visits.end_expired(clock())),
        Job(name="look-at-payments", every_seconds=5.0, work=money.payment_outcomes.sweep),
        Job(name="look-at-refunds", every_seconds=5.0, work=money.refunds.sweep),
        Job(name="tell-payees", every_seconds=2.0, work=build_payees(process).links.sweep),
        Job(name="pay-out", every_seconds=2.0, work=money.settlement.sweep),
        Job(name="compare-statements", every_seconds=30.0, work=orders.finance.statements.sweep),
        Job(name="tell-of-offers", every_seconds=1.0, work=orders.notices.near.sweep),
        Job(name="send-notices", every_seconds=1.0, work=orders.notices.delivery.sweep),
        Job(name="read-outcomes", every_seconds=2.0, work=orders.notices.delivery.read_outcomes),
    ]


def slot_jobs(process: Process) -> list[Job]:
    """List what a worker looks at for slots and who has them."""
    slots = process.bookings.slots
    return [
        Job(name="end-slot-holds", every_seconds=0.5, work=slots.bookings.expire),
        Job(name="serve-waitlist", every_seconds=2.0, work=slots.waitlist.sweep),
        Job(name="publish-bookings", every_seconds=1.0, work=slots.relay.sweep),
        Job(name="read-papers", every_seconds=1.0, work=process.bookings.papers.reading.sweep),
        Job(name="delete-booking-papers", every_seconds=60.0, work=slots.keeping.sweep),
        Job(name="reconcile-slots", every_seconds=1.0, work=slots.claims.reconcile),
        Job(name="end-no-shows", every_seconds=5.0, work=process.bookings.day.arrivals.sweep),
        Job(name="forget-walk-ins", every_seconds=60.0, work=process.bookings.day.arrivals.forget),
        Job(
            name="remind-of-bookings",
            every_seconds=5.0,
            work=process.orders.notices.reminders.sweep,
        ),
    ]


def centre_jobs(process: Process) -> list[Job]:
    """List what a worker looks at for the personal centre."""
    centre = process.centre
    return [
        Job(name="make-exports", every_seconds=1.0, work=centre.exports.sweep),
        Job(name="erase-accounts", every_seconds=5.0, work=centre.erasures.sweep),
        Job(name="follow-phones", every_seconds=5.0, work=centre.phones.sweep),
    ]


def wechat_jobs(wechat: WeChatRooms) -> list[Job]:
    """List what a worker looks at for WeChat."""
    always = [
        Job(name="tell-links", every_seconds=2.0, work=wechat.links.sweep),
        Job(name="forget-strangers", every_seconds=60.0, work=wechat.strangers.sweep),
        Job(name="delete-refused-counts", every_seconds=60.0, work=wechat.refused.sweep),
    ]
    if wechat.inbox is None:
        return always
    return [*always, Job(name="work-wechat", every_seconds=1.0, work=wechat.inbox.sweep)]
