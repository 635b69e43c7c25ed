"""Offline grants: online and offline open once, and nothing moves while one lives unreported."""

import asyncio
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from realtime.wire.devices import from_text
from realtime.wire.grants import GRANT_PURPOSE, read_grant_text
from realtime.wire.terminal import DoorEventKind, DoorState
from server.domain.custody import Custody
from server.domain.errors import Conflict, NotFound, TerminalOffline
from server.domain.grants import GrantState, lives
from server.domain.ids import cell_id
from server.domain.people import Role
from server.domain.terminals import CommandState
from server.services.notices.texts_of_steps import STAFF_TEXTS
from server.services.orders.views import Viewer
from tests.integration.deposit.granted import claimed, opens_offline, steps
from tests.integration.deposit.world import world
from tests.waiting import eventually


async def test_the_win_issues_a_signed_grant_that_only_its_holder_reads(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with claimed(mongo_uri, mongo_db_name) as (w, courier, order):
        (view,) = (await w.grant_desk.mine(courier)).grants
        grant, payload, signature = read_grant_text(view.text.lower())
        config = await w.links.config(w.cabinet.terminal)
        key = Ed25519PublicKey.from_public_bytes(from_text(config.grant_keys[0]))
        key.verify(signature, GRANT_PURPOSE + payload)
        assert (grant.order_id, grant.cell, grant.purpose) == (order.id, view.cell, "collect")
        assert grant.terminal_id == w.cabinet.terminal
        assert grant.deadline == int(order.pickup.until.timestamp())
        asleep = await w.commands.get(grant.grant_id)
        assert (asleep.state, asleep.order) == (CommandState.GRANTED, order.id)
        assert view.qr.startswith("data:image/svg+xml")
        for other in (await w.person(), await w.person(Role.COURIER, certified=True)):
            assert (await w.grant_desk.mine(other)).grants == ()
        (read,) = await w.audit.of(f"order:{order.id}")
        assert (read["action"], read["actor"]) == ("read_grant", courier.person)
        for event in await w.orders.events(order.id):
            assert view.text not in str(event)
        w.later(hours=3)
        assert await w.doors.expire(w.now) == 0, "what sleeps is not overdue"
        assert (await w.grant_desk.mine(courier)).grants == (), "nor shown after its deadline"


async def test_an_agent_of_before_grants_gets_none(mongo_uri: str, mongo_db_name: str) -> None:
    async with world(mongo_uri, mongo_db_name, sizes="M") as w:
        await w.terminals.speaks(w.cabinet.terminal, 1)
        customer, courier = await w.person(), await w.person(Role.COURIER, certified=True)
        placed = await w.placed(customer)
        await w.deposit(customer, placed.order_id)
        await w.pay(placed.order_id)
        order = await w.win(placed.order_id, courier)
        assert order.grant is None
        back = await w.dispatch.hand_back(courier, order.id)
        assert back.custody is Custody.OPEN
        assert w.cabinet.recalls == []


async def test_the_first_open_asked_online_has_the_grants_id(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with claimed(mongo_uri, mongo_db_name) as (w, courier, order):
        visit = await w.at_door(courier, order.id)
        await w.acts.bind(visit, courier.person, order.id, "SF123456789012")
        assert w.cabinet.commands[-1].command_id == order.grant.id
        w.cabinet.online = False
        assert w.cabinet.takes_grant(order.grant.id, order.grant.cell) is None, "carried out once"
        await w.cabinet.opens_and_closes()
        assert (await w.order(order.id)).grant.state is GrantState.USED
        w.cabinet.online = True
        await w.acts.open_again(visit, courier.person)
        assert w.cabinet.commands[-1].command_id != order.grant.id
        assert w.cabinet.recalls == [], "nothing to withdraw: it was used"


async def test_an_open_that_got_lost_online_is_made_good_offline(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with claimed(mongo_uri, mongo_db_name) as (w, courier, order):
        visit = await w.at_door(courier, order.id)
        w.cabinet.lost_frames = True
        await w.acts.bind(visit, courier.person, order.id, "SF123456789012")
        await opens_offline(w, order)
        w.later(hours=1)
        await w.cabinet.comes_back(2)
        await w.cabinet.opens_and_closes()
        known = await w.order(order.id)
        assert (known.custody, known.grant.state) == (Custody.COLLECTING, GrantState.USED)
        await w.acts.confirm_afar(courier.person, order.id)
        assert (await w.order(order.id)).custody is Custody.COLLECTED
        assert known.pickup.carrier_waybill == "SF123456789012"


async def test_a_parcel_collected_offline_is_told_hours_later(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with claimed(mongo_uri, mongo_db_name) as (w, courier, order):
        cell = order.placement.cell
        await opens_offline(w, order)
        w.later(hours=5)
        assert await w.dispatch.expire(order.id) is False, "its terminal has not said"
        with pytest.raises(Conflict):
            await w.acts.confirm_afar(courier.person, order.id)
        await w.cabinet.comes_back(2)
        waiting = await w.order(order.id)
        assert (waiting.custody, waiting.grant.spent) == (Custody.CLAIMED, True)
        with pytest.raises(Conflict) as refused:
            await w.dispatch.hand_back(courier, order.id)
        assert refused.value.rule == "opened_offline"
        await w.cabinet.opens()
        known = await w.order(order.id)
        assert known.custody is Custody.COLLECTING
        assert known.pickup.carrier_waybill is None
        told = {event.step: event for event in await w.orders.events(order.id)}
        assert told["opened_offline"].at == order.pickup.claimed_at, "the agent's clock, bounded"
        assert known.custody_since == w.now, "the courier may refuse or open again from now"
        await w.cabinet.closes()
        await w.acts.confirm_afar(courier.person, order.id)
        known = await w.order(order.id)
        assert (known.custody, known.grant.state) == (Custody.COLLECTED, GrantState.USED)
        assert known.placement.command is None
        free = await w.cell_store.get(cell_id(w.cabinet.terminal, cell), w.now)
        assert free.order is None
        with pytest.raises(NotFound):
            await w.acts.confirm_afar((await w.person()).person, order.id)


async def test_a_handed_back_order_waits_for_its_terminal(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with claimed(mongo_uri, mongo_db_name) as (w, courier, order):
        w.cabinet.online = False
        kept = await w.dispatch.hand_back(courier, order.id)
        assert (kept.custody, kept.pickup.courier) == (Custody.CLAIMED, courier.person)
        assert lives(kept.grant)
        assert (await w.grant_desk.mine(courier)).grants == (), "the phone forgets it"
        assert await w.dispatch.hand_back_wished(order.id) is False
        assert kept.due_at == w.now + timedelta(seconds=w.rules.grant_waits_staff_seconds)
        w.later(hours=9)
        assert await w.dispatch.expire(order.id) is False
        await w.timers.act(order.id)
        told = [event for event in await w.orders.events(order.id) if event.step == "staff_told"]
        assert [event.data["timer"] for event in told] == ["grant_waits"]
        await w.cabinet.comes_back(2)
        settled = await w.order(order.id)
        assert (settled.custody, settled.grant.state) == (Custody.CLAIMED, GrantState.EXPIRED)
        assert settled.due_at <= w.now
        await w.timers.act(order.id)
        after = await w.order(order.id)
        assert (after.custody, after.pickup, after.grant) == (Custody.OPEN, None, None)
        assert after.offer.version == order.offer.version + 1
        w.cabinet.online = False
        assert w.cabinet.takes_grant(order.grant.id, order.grant.cell) is None


async def test_online_the_hand_back_is_done_at_once(mongo_uri: str, mongo_db_name: str) -> None:
    async with claimed(mongo_uri, mongo_db_name) as (w, courier, order):
        with pytest.raises(NotFound):
            await w.dispatch.hand_back(await w.person(Role.COURIER, certified=True), order.id)
        assert w.cabinet.recalls == []
        back = await w.dispatch.hand_back(courier, order.id)
        assert (back.custody, back.grant) == (Custody.OPEN, None)
        assert len(w.cabinet.recalls) == 1
        ended = await w.commands.get(order.grant.id)
        assert (ended.state, ended.failure) == (CommandState.REFUSED, "withdrawn")


async def test_a_claim_out_of_time_goes_back_only_when_the_agent_has_answered(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with claimed(mongo_uri, mongo_db_name) as (w, _, order):
        w.cabinet.silent = True
        w.later(hours=2)
        await w.timers.act(order.id)
        waiting = await w.order(order.id)
        assert waiting.custody is Custody.CLAIMED and waiting.due_at > w.now
        assert await w.recalls.sweep() == 0
        w.later(seconds=6)
        assert await w.recalls.sweep() == 1, "asked again"
        for frame in w.cabinet.recalls:  # the same asked twice: the same answer
            await w.cabinet.answer(frame)
        w.later(seconds=6)
        assert await w.recalls.sweep() == 0
        await w.timers.act(order.id)
        assert (await w.order(order.id)).custody is Custody.OPEN


async def test_a_courier_who_binds_after_all_drops_the_wish_to_leave(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with claimed(mongo_uri, mongo_db_name) as (w, courier, order):
        visit = await w.at_door(courier, order.id)
        w.cabinet.online = False
        await w.dispatch.hand_back(courier, order.id)
        w.cabinet.online = True
        await w.acts.bind(visit, courier.person, order.id, "SF123456789012")
        assert (await w.order(order.id)).grant.wish is None
        w.later(seconds=6)
        await w.recalls.sweep()
        assert (await w.order(order.id)).grant.spent, "the agent has it on its disk"
        await w.cabinet.opens_and_closes()
        known = await w.order(order.id)
        assert (known.custody, known.grant.state) == (Custody.COLLECTING, GrantState.USED)


async def test_staff_release_a_grant_and_hear_if_it_opens_all_the_same(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with claimed(mongo_uri, mongo_db_name) as (w, courier, order):
        await opens_offline(w, order)
        await w.dispatch.hand_back(courier, order.id)
        with pytest.raises(TerminalOffline):
            await w.orders_service.cancel(w.operator, order.id, "终端损坏")
        await w.grant_desk.release(w.operator, order.id, order.grant.id, "终端损坏")
        released = await w.order(order.id)
        assert released.grant.state is GrantState.WITHDRAWN
        with pytest.raises(Conflict):
            await w.grant_desk.release(w.operator, order.id, order.grant.id, "终端损坏")
        actions = [one["action"] for one in await w.audit.of(f"order:{order.id}")]
        assert actions.count("staff_release_grant") == 1
        await w.timers.act(order.id)
        assert (await w.order(order.id)).custody is Custody.OPEN
        other = await w.person(Role.COURIER, certified=True)
        again = await w.win(order.id, other)
        assert again.grant.id != order.grant.id
        await w.cabinet.comes_back(2)
        await w.cabinet.opens_and_closes()
        known = await w.order(order.id)
        assert (known.custody, known.pickup.courier) == (Custody.CLAIMED, other.person)
        assert (await steps(w, order)).count("opened_after_release") == 1
        assert lives(known.grant)


async def test_a_terminal_that_lost_its_disk_leaves_the_order_to_staff(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with claimed(mongo_uri, mongo_db_name) as (w, courier, order):
        cell = order.placement.cell
        await opens_offline(w, order)
        await w.dispatch.hand_back(courier, order.id)
        w.later(minutes=5)
        w.cabinet.loses_disk(w.now)
        await w.cabinet.comes_back(2)
        assert [frame.issued_at for frame in w.cabinet.recalls] == [order.grant.issued_at]
        kept = await w.order(order.id)
        assert (kept.custody, kept.pickup.courier) == (Custody.CLAIMED, courier.person)
        assert lives(kept.grant) and not kept.grant.spent
        assert (await w.cell_store.get(cell_id(w.cabinet.terminal, cell), w.now)).order == order.id
        w.later(seconds=6)
        assert await w.recalls.sweep() == 0, "it will never know"
        assert (await w.grant_desk.mine(courier)).grants == ()
        w.later(hours=9)
        assert await w.dispatch.expire(order.id) is False
        with pytest.raises(Conflict) as refused:
            await w.orders_service.cancel(w.operator, order.id, "换柜")
        assert refused.value.rule == "grant_forgotten"
        assert (await steps(w, order)).count("grant_forgotten") == 1, "staff see why"
        assert "grant_forgotten" in STAFF_TEXTS, "and are told at once"
        shown = await w.views.one(await w.order(order.id), Viewer.STAFF, timeline=True)
        assert (shown.waits_for_terminal, shown.grant_id) == (True, order.grant.id)
        await w.grant_desk.release(w.operator, order.id, order.grant.id, "看过了，包裹还在")
        await w.timers.act(order.id)
        assert (await w.order(order.id)).custody is Custody.OPEN


async def test_suspension_asks_all_grants_of_a_person_back(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with claimed(mongo_uri, mongo_db_name) as (w, courier, order):
        w.cabinet.online = False
        assert await w.recalls.ask_of(courier.person) == 1
        assert (await w.grant_desk.mine(courier)).grants == ()
        assert (await w.order(order.id)).custody is Custody.CLAIMED
        await w.cabinet.comes_back(2)
        ended = await w.order(order.id)
        assert (ended.custody, ended.grant.state) == (Custody.CLAIMED, GrantState.WITHDRAWN)
        visit = await w.at_door(courier, order.id)
        await w.acts.bind(visit, courier.person, order.id, "SF123456789012")
        assert w.cabinet.commands[-1].command_id != order.grant.id


async def test_what_was_certainly_not_sent_may_be_shown_again(
    mongo_uri: str, mongo_db_name: str
) -> None:
    """The agent began, its line was away, nothing left: the code still opens the door."""
    async with claimed(mongo_uri, mongo_db_name) as (w, courier, order):
        await opens_offline(w, order)
        command, shut = w.cabinet.commands[-1], DoorState.CLOSED
        for kind in (DoorEventKind.ASKED, DoorEventKind.REFUSED):
            event = w.cabinet.event(kind, command.cell, shut, command.command_id)
            await w.cabinet.report(event)
        known = await w.order(order.id)
        assert (known.custody, lives(known.grant)) == (Custody.COLLECTING, True)
        await w.cabinet.comes_back(2)
        await w.recalls.ask(order.grant.terminal, order.grant.id)
        assert (await w.order(order.id)).grant.spent, "it says used: that is a later showing"
        await w.cabinet.opens_and_closes()
        assert (await w.order(order.id)).grant.state is GrantState.USED
        await w.acts.confirm_afar(courier.person, order.id)


async def test_an_attempt_that_was_not_sent_before_the_withdrawal_is_no_alarm(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with claimed(mongo_uri, mongo_db_name) as (w, courier, order):
        w.cabinet.online = False
        await w.dispatch.hand_back(courier, order.id)
        kinds = (DoorEventKind.ASKED, DoorEventKind.REFUSED)
        cell, shut = order.grant.cell, DoorState.CLOSED
        spool = [w.cabinet.event(kind, cell, shut, order.grant.id) for kind in kinds]
        await w.cabinet.comes_back(2)
        await w.cabinet.report(*spool)
        await w.timers.act(order.id)
        assert (await w.order(order.id)).custody is Custody.OPEN
        assert "opened_after_release" not in await steps(w, order)


async def test_events_told_twice_and_refused_attempts_change_nothing(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with claimed(mongo_uri, mongo_db_name) as (w, _, order):
        w.cabinet.online = False
        refusal = w.cabinet.event(
            DoorEventKind.REFUSED, order.grant.cell, DoorState.CLOSED, order.grant.id
        )
        assert w.cabinet.takes_grant(order.grant.id, order.grant.cell) is not None
        await w.cabinet.comes_back(2)
        await w.cabinet.report(refusal)
        assert lives((await w.order(order.id)).grant)
        await w.cabinet.opens()
        told = list(w.cabinet.sent)
        before = await w.order(order.id)
        await w.db.terminals.update_one({"_id": w.cabinet.terminal}, {"$unset": {"applied": ""}})
        await w.db.door_events.update_many({}, {"$set": {"done": False}})  # it died before the mark
        batch = [event for event in told if event.command_id == order.grant.id]
        await w.sensing.apply(w.cabinet.terminal, w.cabinet.spool, batch)
        assert await w.order(order.id) == before


async def test_hand_back_and_the_answer_from_another_process_race(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with claimed(mongo_uri, mongo_db_name) as (w, courier, order):
        w.cabinet.silent = True
        asking = asyncio.create_task(w.dispatch.hand_back(courier, order.id))
        await eventually(lambda: w.cabinet.recalls)
        await w.cabinet.answer(w.cabinet.recalls[0])
        back = await asking
        assert back.custody in (Custody.OPEN, Custody.CLAIMED)
        await w.timers.act(order.id)
        assert (await w.order(order.id)).custody is Custody.OPEN
