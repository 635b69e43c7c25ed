"""Enrolling agents, what boots prove, and the fence between agents, on a real MongoDB."""

import asyncio
import logging
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from realtime.wire.devices import enrol_text, fingerprint, to_text
from realtime.wire.terminal import DoorEventKind, DoorState
from server.domain.errors import AgentRefused, InvalidInput, NotFound, StaleVersion
from server.domain.ids import TerminalId
from tests.integration.deposit.cabinet import Cabinet
from tests.integration.deposit.world import World, world

DAY = 24 * 3600


def machine(w: World, number: int) -> Cabinet:
    """Make another machine for the same terminal, with a key of its own and no token."""
    key = Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
    made = replace(w.cabinet, token="", device_key=key, boot_id=f"machine-{number}")
    made.fenced = []
    return made


async def drawn(w: World) -> str:
    """Have staff draw a new token."""
    return str((await w.terminals_service.draw_token(w.operator.person, w.cabinet.terminal)).token)


async def refusal(awaited) -> tuple[str | None, str | None]:
    with pytest.raises(AgentRefused) as told:
        await awaited
    return told.value.field, told.value.rule


async def unchanged(w: World) -> dict:
    return dict(await w.db["terminals"].find_one({"_id": w.cabinet.terminal}))


async def test_a_token_and_a_key_meet_once(mongo_uri: str, mongo_db_name: str) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        kept = await unchanged(w)
        assert kept["public_key"] == w.cabinet.public_key
        assert "token_digest" not in kept and "token_expires_at" not in kept
        assert w.cabinet.token not in str(kept)
        # A lost answer: the same again is no error and changes nothing.
        await w.cabinet.enrol()
        assert await unchanged(w) == kept
        thief = machine(w, 7)
        thief.token = w.cabinet.token
        assert await refusal(thief.enrol()) == ("token", "unused")
        assert await unchanged(w) == kept
        view = (await w.terminals_service.show(w.cabinet.terminal)).agent
        assert view.fingerprint == fingerprint(w.cabinet.public_key)
        assert (view.enrolled_at, view.token_expires_at) == (w.now, None)


async def test_a_token_is_refused_when_wrong_foreign_or_late(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        new = machine(w, 7)
        new.token = await drawn(w)
        kept = await unchanged(w)
        w.later(seconds=7 * DAY)
        assert await refusal(new.enrol()) == ("token", "unexpired")
        good, new.token = new.token, "a guess"
        assert await refusal(new.enrol()) == ("token", "of_this_terminal")
        new.token, new.terminal = good, TerminalId("SZ-9999")
        assert await refusal(new.enrol()) == ("token", "of_this_terminal")
        assert await unchanged(w) == kept
        new.terminal = w.cabinet.terminal
        w.later(seconds=-1)
        await new.enrol()


@pytest.mark.parametrize("given", ["terminal_id", "token", "public_key", "signature"])
async def test_a_signature_is_over_all_that_is_sent(
    mongo_uri: str, mongo_db_name: str, given: str
) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        new = machine(w, 7)
        new.token = await drawn(w)
        kept = await unchanged(w)
        other = {
            "terminal_id": "SZ-0002",
            "token": new.token[::-1],
            "public_key": w.cabinet.public_key,
            "signature": to_text(new.device_key.sign(b"something else")),
        }
        assert await refusal(new.enrol(**{given: other[given]})) == ("signature", "of_the_key")
        assert await unchanged(w) == kept


@pytest.mark.parametrize("key", ["+" * 43, "é" * 43, "A" * 42 + "B"])
async def test_what_is_no_key_is_refused(mongo_uri: str, mongo_db_name: str, key: str) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        with pytest.raises(InvalidInput) as told:
            await w.cabinet.enrol(public_key=key)
        assert (told.value.field, told.value.rule) == ("public_key", "base64url_of_32_bytes")


async def test_of_two_machines_with_one_token_one_is_enrolled(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        token = await drawn(w)
        machines = [machine(w, number) for number in range(1, 9)]
        for one in machines:
            one.token = token
        outcomes = await asyncio.gather(*(one.enrol() for one in machines), return_exceptions=True)
        refused = [one for one in outcomes if one is not None]
        assert len(refused) == len(machines) - 1
        assert {(one.field, one.rule) for one in refused} == {("token", "unused")}
        (winner,) = (
            one for one, outcome in zip(machines, outcomes, strict=True) if outcome is None
        )
        assert (await winner.boot(5)).epoch > w.cabinet.epoch
        for loser in machines:
            if loser is not winner:
                told = await refusal(loser.boot(5))
                assert told == ("signature", "of_the_enrolled_key")


async def test_a_replaced_machine_serves_until_the_new_one_enrols(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        old, new = w.cabinet, machine(w, 7)
        new.token = await drawn(w)
        assert (await old.boot(5)).epoch == old.epoch
        event = old.event(DoorEventKind.REACHABLE, 1, DoorState.CLOSED, None)
        await old.report(event)
        await new.enrol()
        assert old.fenced[-1] == old.epoch + 1  # its socket is closed, wherever it is
        late = old.event(DoorEventKind.TAMPERED, 1, DoorState.OPEN, None)
        with pytest.raises(StaleVersion):
            await old.report(late)
        assert not (await w.terminals.get(w.cabinet.terminal)).online
        assert await refusal(old.boot(5)) == ("signature", "of_the_enrolled_key")
        assert (await new.boot(5)).epoch == old.epoch + 2
        assert (await w.terminals.get(w.cabinet.terminal)).online


async def test_a_drawn_token_is_recorded_and_the_one_before_is_void(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        new = machine(w, 7)
        new.token, second = await drawn(w), await drawn(w)
        records = await w.db["audit"].find({"action": "draw_terminal_token"}).to_list(9)
        assert [one["subject"] for one in records] == [f"terminal:{w.cabinet.terminal}"] * 2
        assert all(one["actor"] == w.operator.person for one in records)
        assert await refusal(new.enrol()) == ("token", "of_this_terminal")
        new.token = second
        await new.enrol()
        with pytest.raises(NotFound):
            await w.terminals_service.draw_token(w.operator.person, TerminalId("SZ-9999"))


# Boots


async def test_a_proof_is_of_its_key_nonce_boot_and_terminal(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        boot = w.cabinet.boot_frame(5)
        challenge = w.links.challenge(boot)
        assert challenge is not None
        again = w.links.challenge(boot)
        assert again is not None and again.nonce != challenge.nonce
        good = w.cabinet.proof(boot, challenge.nonce)
        enrolment = w.cabinet.device_key.sign(
            enrol_text(w.cabinet.terminal, challenge.nonce, w.cabinet.public_key)
        )
        other_boot = replace_boot(boot, boot_id="another")
        forged = [
            (boot, challenge, machine(w, 7).proof(boot, challenge.nonce)),  # a foreign key
            (boot, again, good),  # a replayed answer
            (other_boot, challenge, good),
            (replace_boot(boot, terminal_id="SZ-9999"), challenge, good),
            (boot, challenge, type(good)(id=boot.id, signature=to_text(enrolment))),
            (boot, challenge, type(good)(id=boot.id, signature="*" * 86)),
        ]
        kept = await unchanged(w)
        for frame, asked, proof in forged:
            await refusal(w.links.boot(frame, asked, proof))
        # A boot of this protocol without its proof is none, whatever else it brings.
        await refusal(w.links.boot(replace_boot(boot, token=w.cabinet.token)))
        assert await unchanged(w) == kept
        assert (await w.links.boot(boot, challenge, good)).epoch == w.cabinet.epoch + 1


def replace_boot(boot, **fields):
    return type(boot)(**({name: getattr(boot, name) for name in boot.__struct_fields__} | fields))


async def test_an_agent_that_never_enrolled_is_told_so(mongo_uri: str, mongo_db_name: str) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        await w.db["terminals"].update_one({}, {"$unset": {"public_key": ""}})
        assert await refusal(w.cabinet.boot(5)) == ("terminal_id", "enrolled")


async def test_an_agent_of_before_keys_serves_until_it_has_one(
    mongo_uri: str, mongo_db_name: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        await w.db["terminals"].update_one({}, {"$unset": {"public_key": "", "used_digest": ""}})
        w.cabinet.token = await drawn(w)
        with caplog.at_level(logging.WARNING):
            await w.cabinet.boot(5, protocol=1)
        assert "previous protocol" in caplog.text and w.cabinet.token not in caplog.text
        # It came in time: now its token has no end, for boots and for its own upgrade.
        w.later(seconds=30 * DAY)
        await w.cabinet.boot(5, protocol=1)
        await w.cabinet.enrol()
        await w.cabinet.boot(5)
        assert await refusal(w.cabinet.boot(5, protocol=1)) == ("token", "of_this_terminal")


async def test_an_agent_of_before_keys_that_comes_late_is_refused(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        await w.db["terminals"].update_one({}, {"$unset": {"public_key": "", "used_digest": ""}})
        w.cabinet.token = await drawn(w)
        w.later(seconds=7 * DAY)
        assert await refusal(w.cabinet.boot(5, protocol=1)) == ("token", "of_this_terminal")
        tokenless = replace_boot(w.cabinet.boot_frame(5, protocol=1), token=None)
        assert await refusal(w.links.boot(tokenless)) == ("token", "required")


async def test_a_terminal_of_before_keys_may_enrol_with_the_token_it_has(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        w.cabinet.token = await drawn(w)
        gone = {"public_key": "", "used_digest": "", "enrolled_at": "", "token_expires_at": ""}
        await w.db["terminals"].update_one({}, {"$unset": gone})
        w.later(seconds=400 * DAY)
        await w.cabinet.enrol()
        await w.cabinet.boot(5)


# Two agents


async def test_two_agents_with_one_key_are_fenced_and_told(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        copy = replace(w.cabinet, boot_id="a copy of the disk", number=0)
        await copy.boot(5)
        with pytest.raises(StaleVersion):
            await w.cabinet.report(w.cabinet.event(DoorEventKind.TAMPERED, 1, DoorState.OPEN, None))
        assert not two_agents(w)  # so far it may be a machine that restarted
        await w.cabinet.boot(5)
        with pytest.raises(StaleVersion):
            await copy.report(copy.event(DoorEventKind.TAMPERED, 1, DoorState.OPEN, None))
        (fact,) = two_agents(w)
        assert (fact.key, fact.data["terminal"]) == ("two_agents:SZ-0001", "SZ-0001")
        await copy.boot(5)
        assert len(two_agents(w)) == 2


async def test_an_agent_that_restarts_or_reconnects_is_one(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        for boot_id in ("b1", "b1", "b2", "b2", "b2", "b3", *"456789", "9"):
            w.cabinet.boot_id = boot_id
            await w.cabinet.boot(5)
        assert not two_agents(w)


def two_agents(w: World) -> list:
    return [fact for fact in w.heard.staff if fact.kind == "two_agents"]
