"""A courier's certification: the one table of its steps, and what each leaves behind.

The state is the person's; an application is one filled form with its own short life. A courier
who is certified may apply again before the time runs out: the certificate in force stays until
the new one is approved. `docs/architecture.md` draws `TABLE`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from server.domain.china import CHINA
from server.domain.errors import IllegalTransition, InvalidInput
from server.domain.ids import PersonId, PhotoId
from server.domain.people import Certification

#: Longest time that staff papers may run for.
MOST_YEARS = 10

#: Days before the end when a courier is reminded, the earliest first.
REMIND_DAYS = (30, 7)


class Step(StrEnum):
    """What happens to a certification; the stable names of its events."""

    APPLY = "certification_applied"
    APPROVE = "certification_approved"
    REJECT = "certification_rejected"
    CERTIFY = "certification_certified"  #: by staff who checked the papers otherwise
    SUSPEND = "certification_suspended"
    REINSTATE = "certification_reinstated"
    WITHDRAW = "certification_withdrawn"  #: by staff: as if it had never been
    EXPIRE = "certification_expired"


_C = Certification

TABLE: dict[Certification, dict[Step, Certification]] = {
    _C.NONE: {Step.APPLY: _C.APPLIED, Step.CERTIFY: _C.CERTIFIED},
    _C.APPLIED: {
        Step.APPROVE: _C.CERTIFIED,
        Step.REJECT: _C.REJECTED,
        Step.CERTIFY: _C.CERTIFIED,
        Step.WITHDRAW: _C.NONE,
    },
    _C.REJECTED: {
        Step.APPLY: _C.APPLIED,
        Step.CERTIFY: _C.CERTIFIED,
        Step.WITHDRAW: _C.NONE,
    },
    _C.CERTIFIED: {
        Step.APPLY: _C.CERTIFIED,  # anew, before the time runs out
        Step.APPROVE: _C.CERTIFIED,
        Step.REJECT: _C.CERTIFIED,
        Step.SUSPEND: _C.SUSPENDED,
        Step.EXPIRE: _C.EXPIRED,
        Step.WITHDRAW: _C.NONE,
    },
    _C.SUSPENDED: {
        Step.REJECT: _C.SUSPENDED,  # an application from before the suspension
        Step.REINSTATE: _C.CERTIFIED,
        Step.EXPIRE: _C.EXPIRED,  # instead of reinstating one whose time ran out meanwhile
        Step.WITHDRAW: _C.NONE,
    },
    _C.EXPIRED: {
        Step.APPLY: _C.APPLIED,
        Step.APPROVE: _C.CERTIFIED,  # applied for before the end
        Step.REJECT: _C.REJECTED,
        Step.CERTIFY: _C.CERTIFIED,
        Step.WITHDRAW: _C.NONE,
    },
}

#: States that end every offer and open no door; pages of offers are refused.
ENDED = frozenset({_C.SUSPENDED, _C.EXPIRED})


class ApplicationState(StrEnum):
    """What became of one filled form."""

    WAITING = "waiting"
    APPROVED = "approved"
    REJECTED = "rejected"
    CLOSED = "closed"  #: staff certified, or withdrew, without it


class RejectionReason(StrEnum):
    """Why an application is refused; a note may say more."""

    PHOTO_UNCLEAR = "photo_unclear"
    NAME_DIFFERS = "name_differs"
    NUMBER_DIFFERS = "number_differs"
    EMPLOYER_UNCONFIRMED = "employer_unconfirmed"
    PAPERS_EXPIRED = "papers_expired"
    NOT_AN_ID = "not_an_id"
    OTHER = "other"  #: the note is needed


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A person's certification as it stands; `until` None has no end (certified by staff's act)."""

    person: PersonId
    state: Certification
    version: int
    until: datetime | None = None
    reason: str | None = None  #: of the last rejection or suspension, as staff gave it
    reminded: tuple[int, ...] = ()  #: days before this `until` that were reminded of


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """One filled form, without what is sealed in the store."""

    id: str
    person: PersonId
    state: ApplicationState
    version: int
    photo: PhotoId
    until: datetime
    applied_at: datetime
    decided_at: datetime | None = None
    decided_by: PersonId | None = None
    reason: str | None = None  #: one of `RejectionReason`


@dataclass(frozen=True, slots=True, kw_only=True)
class Papers:
    """What an applicant writes; personal data, sealed at rest."""

    real_name: str
    id_number: str
    employer: str
    staff_number: str


def advance(state: Certification, step: Step) -> Certification:
    """Give the state after a step.

    Raises:
        IllegalTransition: the table has no such step from here.
    """
    after = TABLE[state].get(step)
    if after is None:
        raise IllegalTransition(rule="certification", state=state.value, step=step.value)
    return after


def standing_at(state: Certification, until: datetime | None, now: datetime) -> Certification:
    """Give the state that counts at an instant: time ends a certificate before any worker does."""
    if state is Certification.CERTIFIED and until is not None and until <= now:
        return Certification.EXPIRED
    return state


def moved(
    current: Certificate,
    step: Step,
    *,
    now: datetime,
    until: datetime | None = None,
    reason: str | None = None,
) -> Certificate:
    """Decide a step; `until` counts for approvals alone.

    Raises:
        IllegalTransition: the table has no such step, or the time has not run out (expire).
    """
    if step is Step.EXPIRE and not _has_run_out(current, now):
        raise IllegalTransition(rule="certification", state=current.state.value, step=step.value)
    if step is Step.REINSTATE and _has_run_out(current, now):
        step = Step.EXPIRE
    ends = step is Step.EXPIRE
    known = current.state if ends else standing_at(current.state, current.until, now)
    state = advance(known, step)
    after = replace(current, state=state, version=current.version + 1)
    match step:
        case Step.APPROVE | Step.CERTIFY:
            return replace(after, until=until, reason=None, reminded=())
        case Step.WITHDRAW:
            return replace(after, until=None, reason=None, reminded=())
        case Step.REJECT if state is not Certification.REJECTED:
            return after  # what is in force stays as it is; the application says why
        case Step.REJECT | Step.SUSPEND:
            return replace(after, reason=reason)
        case Step.REINSTATE | Step.APPLY:
            return replace(after, reason=None)
    return after


def _has_run_out(current: Certificate, now: datetime) -> bool:
    return current.until is not None and current.until <= now


def changes_rights(before: Certificate, after: Certificate) -> bool:
    """Tell whether open sockets and cached standings must hear of it."""
    rights = Certification.CERTIFIED, *ENDED
    return before.state is not after.state and (before.state in rights or after.state in rights)


def reminder_due(current: Certificate, now: datetime) -> int | None:
    """Give the days of the reminder that is due and was not given; the later one only, if both."""
    if current.state is not Certification.CERTIFIED or current.until is None:
        return None
    left = current.until - now
    due = [days for days in REMIND_DAYS if timedelta(0) < left <= timedelta(days=days)]
    if not due or min(due) in current.reminded:
        return None
    return min(due)


def end_of(day: str, now: datetime, *, field: str = "expires_on") -> datetime:
    """Give the instant when papers that are good through a day in China run out.

    Raises:
        InvalidInput: no day, one that is over, or more than ten years ahead.
    """
    try:
        last = date.fromisoformat(day)
    except ValueError:
        raise InvalidInput(field=field, rule="calendar_date") from None
    today = now.astimezone(CHINA).date()
    if last < today:
        raise InvalidInput(field=field, rule="in_the_future")
    if (last.year - MOST_YEARS, last.month, last.day) > (today.year, today.month, today.day):
        raise InvalidInput(field=field, rule="within_10_years")
    return datetime.combine(last + timedelta(days=1), time(), CHINA)
