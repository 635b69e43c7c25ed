"""The numbers of the business: every time, limit and price that is a setting.

Durations are seconds, money is fen, distances are metres. The table in `docs/operations.md`
is checked against these fields; `server/settings.py` reads each from `LANJIAN_<FIELD>`.
"""

from __future__ import annotations

from dataclasses import dataclass

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Timers, limits and distances, with the defaults of the first service area."""

    # SMS codes
    code_life_seconds: float = 5 * MINUTE
    code_tries: int = 5
    code_gap_seconds: float = 60
    codes_per_hour: int = 5
    codes_per_day: int = 10
    codes_per_address_hour: int = 60  #: an office or a carrier's NAT shares one address
    codes_per_device_hour: int = 10
    codes_per_site_day: int = 5000  #: what is above is refused, and staff are alerted

    # Notices
    notice_texts_per_day: int = 3  #: SMS to one person, codes not counted

    # Sessions
    access_life_seconds: float = 15 * MINUTE
    refresh_life_seconds: float = 30 * DAY
    refresh_grace_seconds: float = 20  #: two tabs refreshing at once are one person
    agreement_version: str = "2026-12"
    consent_version: str = "2026-11"  #: of the locker consent on the waybill

    # Visits at the kiosk
    kiosk_step_seconds: int = 30
    kiosk_slack_steps: int = 1
    visit_seconds: float = 10 * MINUTE

    # Terminals' agents
    enrol_token_seconds: float = 7 * DAY
    enrols_per_terminal_hour: int = 20
    enrols_per_address_hour: int = 60

    # Doors and cells
    cell_hold_seconds: float = 5 * MINUTE
    open_within_seconds: float = 5
    left_open_warn_seconds: float = 60
    left_open_alarm_seconds: float = 5 * MINUTE
    command_deadline_seconds: float = 10
    opens_again: int = 3
    open_again_seconds: float = 5 * MINUTE  #: the courier's window after the pickup door
    grant_waits_staff_seconds: float = 15 * MINUTE  #: an offline grant that cannot be asked back
    faults_to_retire_cell: int = 3
    fault_window_seconds: float = DAY
    cell_test_seconds: float = 2 * MINUTE  #: from a staff test's pulse to its closed door

    # The fleet
    offline_alarm_seconds: float = 5 * MINUTE
    line_alarm_seconds: float = 2 * MINUTE  #: of a silent board, a port that is not reached
    clock_alarm_seconds: float = 60
    two_agents_seconds: float = 10 * MINUTE  #: without another turn, and they are one again
    parcel_overdue_seconds: float = DAY

    # Money
    platform_fee_percent: int = 10  #: of a new site's first price list; staff write those after it
    payment_life_seconds: float = 15 * MINUTE
    notice_fresh_seconds: float = 5 * MINUTE
    unpaid_reminder_seconds: tuple[float, ...] = (10 * MINUTE, HOUR, 24 * HOUR)
    unpaid_staff_seconds: float = 72 * HOUR
    statement_hour: int = 10  #: in China; from then on yesterday's bills are to be had
    wallet_fee_basis_points: int = 60  #: what the wallets' contract says, of 10,000
    payout_day_fen: int = 200_000  #: to one courier in one day; what is above waits for the next

    # Dispatch
    ring_metres: tuple[int, ...] = (1000, 3000, 6000)
    ring_after_seconds: tuple[float, ...] = (0, 60, 180)
    position_fresh_seconds: float = 10 * MINUTE
    near_place_seconds: float = 30 * MINUTE  #: a sleeping page's last place still says where
    near_merge_seconds: float = 5  #: offers that open within it are one message
    near_gap_seconds: float = 60  #: between two messages of offers to one courier
    no_taker_staff_seconds: float = 15 * MINUTE
    no_taker_return_seconds: float = 24 * HOUR
    courier_cap: int = 5
    claim_lease_seconds: float = 5
    pickup_within_seconds: float = 2 * HOUR

    # Review
    review_target_seconds: float = 24 * HOUR
    four_eyes_fen: int = 20_000  #: above this, a courier's pay needs two reviewers

    # Complaints
    complaint_reopen_seconds: float = 14 * DAY  #: in which a settled one opens again

    # Bookings
    slot_hold_seconds: float = 10 * MINUTE
    slot_hold_more_seconds: float = 5 * MINUTE  #: once, while photos upload
    slot_days_ahead: int = 30
    slot_before_seconds: float = 2 * HOUR
    slot_holds_per_person: int = 2
    waitlist_offer_seconds: float = 15 * MINUTE
    papers_decide_seconds: float = 24 * HOUR  #: before the slot; after that, at the outlet
    papers_consent_version: str = "2026-11"  #: of the consent to photos of ID card and licence
    paper_link_seconds: float = 60  #: of links to photos of papers, each good once
    #: One's own papers are shown in full for so long after their photo came, or after a code.
    papers_open_seconds: float = 30 * MINUTE
    papers_kept_days: int = 30  #: photos of ID card and licence, after done or cancelled
    booking_remind_seconds: tuple[float, ...] = (24 * HOUR, 2 * HOUR)
    no_show_seconds: float = 30 * MINUTE

    # The personal centre
    erase_wait_seconds: float = 7 * DAY  #: in which a log-in undoes the deletion of an account
    export_kept_seconds: float = 3 * DAY
    own_link_seconds: float = HOUR  #: of links to an export or a calendar file

    # What is deleted, counted from when nobody needs it any more
    unused_photo_keep_seconds: float = DAY  #: uploaded, and taken into use by no form
    waybill_photo_keep_seconds: float = 180 * DAY  #: after the order is done
    refusal_photo_keep_seconds: float = 180 * DAY
    complaint_photo_keep_seconds: float = 365 * DAY  #: after it was sent
    battery_photo_keep_seconds: float = 1095 * DAY  #: after the booking is done
    walk_in_keep_seconds: float = 30 * DAY  #: name, phone and plate of who has no account
    certification_keep_seconds: float = 30 * DAY  #: papers refused, replaced or run out
    stranger_keep_seconds: float = 180 * DAY  #: WeChat accounts of nobody, since last heard of
    refused_count_keep_seconds: float = 90 * DAY

    # The staff map
    position_keep_seconds: float = 72 * HOUR  #: the history of couriers on duty
    position_point_seconds: float = 15  #: between two points of one courier's history
    position_batch_seconds: float = 2  #: a process that is killed loses so much of it
    map_tick_seconds: float = 1  #: between two frames to a socket that watches
    map_ground_seconds: float = 5  #: between two looks at terminals, orders and doors
    map_bytes_per_second: int = 64 * 1024  #: to one socket; four seconds of it at once
    map_couriers_in_cell: int = 24  #: of 64 pixels each way; more are shown as their number
    map_terminals_in_cell: int = 6

    # Sockets
    hello_seconds: float = 10
    ping_seconds: float = 20
    outbox_frames: int = 256
    outbox_bytes: int = 512 * 1024
