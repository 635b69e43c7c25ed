r"""The personal centre: what people keep of themselves, and how they take it away again. Pure.

Vehicles, the number of customer service, an erasure (注销) and an export, as values; the forms of
what is typed; and what may stand in the way of an erasure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from server.domain.bookings.checks import VIN, is_plate, plain_plate
from server.domain.errors import Conflict, InvalidInput
from server.domain.ids import PersonId, VehicleId

MOST_VEHICLES = 20
LONGEST_MODEL = 40
LONGEST_HOURS = 60

#: Numbers that people dial: mobiles, 400 and 800, short ones of services, and fixed lines with
#: their area code; hyphens are for the eye.
DIALLED = re.compile(r"1[3-9][0-9]{9}|[48]00[0-9]{7}|9[0-9]{4,7}|1[0-2][0-9]{3,4}|0[0-9]{9,11}")

#: Models are written in Han, Latin letters, digits and a few marks.
MODEL = re.compile(r"[\u3400-\u9fffA-Za-z0-9·()（）+/. _-]{1,40}")


class PhoneTaken(Conflict):
    """The number has an account; told only to who holds the number."""

    code = "phone_taken"
    zh = "该手机号已有账号，请先用它登录并注销，或联系客服"
    en = "This number has an account; log in with it and delete that one first, or call us."


class StillOpen(Conflict):
    """Orders, bookings or money are open (details: open, each with kind and id)."""

    code = "still_open"
    zh = "还有未完成的订单、预约或款项，办完后才能注销"
    en = "Orders, bookings or money are still open; the account can be deleted after that."


class StaffAccount(Conflict):
    """Staff cannot delete themselves while they hold a staff role."""

    code = "staff_account"
    zh = "员工账号需先由管理员取消员工权限，才能注销"
    en = "An admin has to take your staff roles back before the account can be deleted."


class BeingErased(Conflict):
    """The account's time to come back is over: it is being erased."""

    code = "being_erased"
    zh = "该账号正在注销，请一分钟后用手机号重新注册"
    en = "This account is being deleted; please sign up anew in a minute."


class ExportRuns(Conflict):
    """One export of a person runs at a time."""

    code = "export_runs"
    zh = "正在为您准备导出文件，请稍候"
    en = "Your export is being made; please wait."


@dataclass(frozen=True, slots=True, kw_only=True)
class Vehicle:
    """One vehicle of a person. Plate and VIN are sealed at rest."""

    id: VehicleId
    person: PersonId
    plate: str
    model: str
    vin: str | None
    version: int
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLine:
    """Whom people call; every version is kept, the highest counts."""

    version: int
    phone: str
    hours_zh: str
    hours_en: str
    by: PersonId
    at: datetime


class ErasureState(StrEnum):
    """How far an erasure is."""

    WAITING = "waiting"  #: undone by logging in
    UNDONE = "undone"
    RUNNING = "running"  #: past its time: nothing undoes it
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """One account on its way out; `_id` is the person, the latest counts."""

    id: PersonId
    state: ErasureState
    asked_at: datetime
    due_at: datetime
    done_at: datetime | None = None
    number: str | None = None  #: the phone's blind index, until the end
    told: bool = False  #: the text was tried: it is never sent twice
    steps: tuple[str, ...] = ()  #: collections that are done with


class ExportState(StrEnum):
    """How far an export is."""

    ASKED = "asked"
    MAKING = "making"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """One export. `attempt` fences its maker: what an older one wrote is nobody's."""

    id: str
    person: PersonId
    state: ExportState
    asked_at: datetime
    attempt: int = 0
    lease_until: datetime | None = None
    ready_at: datetime | None = None
    expires_at: datetime | None = None
    chunks: int = 0
    size: int = 0


@dataclass(frozen=True, slots=True)
class Open:
    """Something unfinished; `kind` is one of `OPEN` of the centre's store, `id` what it is of."""

    kind: str
    id: str


def plate(text: str, *, field: str = "plate") -> str:
    """Give a plate in normal form (GA 36-2018), small, large and new-energy ones.

    Raises:
        InvalidInput: no plate.
    """
    normal = plain_plate(text)
    if not is_plate(normal):
        raise InvalidInput(field=field, rule="plate")
    return normal


def vin(text: str, *, field: str = "vin") -> str | None:
    """Give a VIN's seventeen characters; None for nothing. Its check digit is not looked at.

    Raises:
        InvalidInput: not seventeen, or I, O or Q among them.
    """
    normal = re.sub(r"[\s-]", "", text).upper()
    if not normal:
        return None
    if not VIN.fullmatch(normal):
        raise InvalidInput(field=field, rule="vin")
    return normal


def model(text: str, *, field: str = "model") -> str:
    """Give a model's name without outer spaces.

    Raises:
        InvalidInput: empty, too long, or with marks that no model has.
    """
    normal = " ".join(text.split())
    if not MODEL.fullmatch(normal):
        raise InvalidInput(field=field, rule="model")
    return normal


def dialled(text: str, *, field: str = "phone") -> str:
    """Give a number that is dialled, as digits.

    Raises:
        InvalidInput: nothing that can be dialled in the mainland.
    """
    digits = re.sub(r"[\s()-]", "", text)
    if not DIALLED.fullmatch(digits):
        raise InvalidInput(field=field, rule="dialled_number")
    return digits


def hours(text: str, *, field: str) -> str:
    """Give opening hours in words.

    Raises:
        InvalidInput: empty or too long.
    """
    normal = " ".join(text.split())
    if not 1 <= len(normal) <= LONGEST_HOURS:
        raise InvalidInput(field=field, rule=f"1_to_{LONGEST_HOURS}_characters")
    return normal


def mask_plate(normal: str) -> str:
    """Show province, city and the last two."""
    return f"{normal[:2]}{'*' * (len(normal) - 4)}{normal[-2:]}"


def mask_vin(normal: str) -> str:
    """Show the last four."""
    return f"{'*' * (len(normal) - 4)}{normal[-4:]}"
