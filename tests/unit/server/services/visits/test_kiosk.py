"""What phone and kiosk show for every scene: pure, masked, and never without a way on."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from realtime.wire.terminal import KioskAction, KioskStep
from realtime.wire.views import PayLinkView
from server.domain.custody import Custody
from server.domain.geo import Place
from server.domain.ids import CommandId, OrderId, PersonId, TerminalId, VisitId
from server.domain.money import Charge
from server.domain.orders import Order, Pickup, Placement
from server.domain.people import Certification, Person, Role
from server.domain.rules import Rules
from server.domain.terminals import Command, CommandState, Purpose, Terminal
from server.domain.visits import Visit, VisitRole
from server.services.visits.kiosk import kiosk_view, welcome
from server.services.visits.scenes import Scene
from tests import builders
from tests.builders import NOON

T, C = TerminalId("SZ-0001"), CommandId("C1")


def person(*roles: Role, certified: bool = False) -> Person:
    return Person(
        id=PersonId("p"),
        roles=frozenset({Role.CUSTOMER, *roles}),
        masked_phone="138****0001",
        certification=Certification.CERTIFIED if certified else Certification.NONE,
        active_orders=0,
        agreement_version="1",
        agreed_at=NOON,
        created_at=NOON,
    )


def command(state: CommandState = CommandState.ASKED) -> Command:
    return Command(
        id=C,
        terminal=T,
        cell=4,
        purpose=Purpose.DEPOSIT,
        actor=PersonId("p"),
        asked_at=NOON,
        deadline=NOON + timedelta(seconds=10),
        sense_by=NOON + timedelta(seconds=18),
        state=state,
    )


def lying(custody: Custody, **place: Any) -> Order:
    given = {"terminal": T, "cell": 4, "command": C, "opens": 1} | place
    pickup = Pickup(courier=PersonId("p"), claimed_at=NOON, until=NOON)
    return builders.order(custody=custody, placement=Placement(**given), pickup=pickup)


def scene(role: VisitRole | None = VisitRole.DEPOSIT, **fields: Any) -> Scene:
    visit = Visit(
        id=VisitId("V1"),
        terminal=T,
        code_step=1,
        created_at=NOON,
        expires_at=NOON + timedelta(minutes=10),
        person=PersonId("p"),
        role=role,
    )
    given: dict[str, Any] = {
        "visit": visit,
        "terminal": Terminal(id=T, name="柜", place=Place(lat=0, lon=0), region="440305"),
        "now": NOON,
        "rules": Rules(),
        "person": person(Role.COURIER, certified=True),
        "command": command(),
    }
    return Scene(**(given | fields))


D, P = VisitRole.DEPOSIT, VisitRole.PICKUP
WAITING = (builders.order(id=OrderId("LJ261122ABCD1234")),)
SCENES: list[tuple[str, Scene, str, KioskStep]] = [
    ("nobody logged in", scene(None, person=None), "log_in", KioskStep.ON_PHONE),
    ("which role", scene(None), "choose_role", KioskStep.CHOOSE_ROLE),
    ("no waybill", scene(D), "fill_waybill", KioskStep.ON_PHONE),
    ("waiting waybills", scene(D, orders=WAITING), "choose_order", KioskStep.CHOOSE_ORDER),
    ("opening", scene(D, current=lying(Custody.DEPOSITING)), "deposit", KioskStep.DOOR_OPENING),
    (
        "silent too long",
        scene(D, current=lying(Custody.DEPOSITING), now=NOON + timedelta(seconds=18)),
        "deposit",
        KioskStep.DOOR_JAMMED,
    ),
    (
        "jammed",
        scene(D, current=lying(Custody.DEPOSITING), command=command(CommandState.JAMMED)),
        "deposit",
        KioskStep.DOOR_JAMMED,
    ),
    (
        "open",
        scene(D, current=lying(Custody.DEPOSITING, opened=True)),
        "deposit",
        KioskStep.DOOR_OPEN,
    ),
    (
        "closed",
        scene(D, current=lying(Custody.DEPOSITING, opened=True, closed=True)),
        "deposit",
        KioskStep.PARCEL_INSIDE,
    ),
    ("to pay", scene(D, current=lying(Custody.DEPOSITED)), "pay", KioskStep.PAY),
    (
        "paid",
        scene(D, current=replace(lying(Custody.OPEN), charge=Charge.PAID)),
        "done",
        KioskStep.DONE,
    ),
    (
        "to take back",
        scene(D, current=lying(Custody.RETURNING, command=None)),
        "take_back",
        KioskStep.CHOOSE_ORDER,
    ),
    (
        "taken out",
        scene(D, current=lying(Custody.RETURNING, opened=True, closed=True)),
        "take_back",
        KioskStep.PARCEL_TAKEN,
    ),
    ("returned", scene(D, current=lying(Custody.RETURNED)), "done", KioskStep.DONE),
    (
        "not certified",
        scene(P, person=person(Role.COURIER)),
        "certify",
        KioskStep.ON_PHONE,
    ),
    ("nothing to collect", scene(P), "pickup", KioskStep.CHOOSE_ORDER),
    (
        "to bind",
        scene(P, current=lying(Custody.CLAIMED, command=None)),
        "pickup",
        KioskStep.SCAN_CARRIER,
    ),
    (
        "to take",
        scene(P, current=lying(Custody.COLLECTING, opened=True)),
        "pickup",
        KioskStep.DOOR_OPEN,
    ),
    (
        "taken",
        scene(P, current=lying(Custody.COLLECTING, opened=True, closed=True)),
        "pickup",
        KioskStep.PARCEL_TAKEN,
    ),
    ("collected", scene(P, current=lying(Custody.COLLECTED)), "done", KioskStep.DONE),
]


@pytest.mark.parametrize(
    ("seen", "next_", "step"), [row[1:] for row in SCENES], ids=[row[0] for row in SCENES]
)
def test_each_scene_has_its_screen(seen: Scene, next_: str, step: KioskStep) -> None:
    assert seen.next == next_
    view = kiosk_view(7, seen)
    assert (view.version, view.step, view.visit_id) == (7, step, "V1")
    waiting = step in {KioskStep.DOOR_OPENING, KioskStep.DOOR_OPEN}
    assert waiting or view.actions, "a screen without a way on"
    assert waiting or step is KioskStep.CHOOSE_ROLE or view.message
    if view.message:
        zh, _, en = view.message.partition(" / ")
        assert zh and en.isascii()


def test_an_ended_or_expired_visit_leaves_the_welcome() -> None:
    running = scene(D)
    for over in (
        replace(running, visit=replace(running.visit, ended=True)),
        replace(running, now=running.visit.expires_at),
    ):
        assert kiosk_view(3, over) == welcome(3)


def test_another_cell_is_offered_for_deposits_only() -> None:
    jammed = command(CommandState.JAMMED)
    deposit = kiosk_view(1, scene(D, current=lying(Custody.DEPOSITING), command=jammed))
    pickup = kiosk_view(1, scene(P, current=lying(Custody.COLLECTING), command=jammed))
    assert KioskAction.ANOTHER_CELL in deposit.actions
    assert KioskAction.ANOTHER_CELL not in pickup.actions


def test_open_again_is_offered_while_it_is_allowed() -> None:
    for opens, offered in ((3, True), (4, False)):
        order = lying(Custody.DEPOSITING, opened=True, closed=True, opens=opens)
        view = kiosk_view(1, scene(D, current=order))
        assert (KioskAction.OPEN_AGAIN in view.actions) is offered


def test_the_list_shows_four_characters_of_an_order() -> None:
    (line,) = kiosk_view(1, scene(D, orders=WAITING)).orders
    assert (line.label, line.size, line.cell) == ("尾号 1234", "M", None)


def test_the_payments_qr_is_on_the_kiosk() -> None:
    pay = PayLinkView(url="https://pay.test/C", code="C", amount_fen=2000, expires_at=NOON)
    view = kiosk_view(1, scene(D, current=lying(Custody.DEPOSITED), pay=pay))
    assert (view.pay_url, view.amount_fen) == ("https://pay.test/C", 2000)
    assert kiosk_view(1, scene(D, current=lying(Custody.DEPOSITED))).pay_url is None
