"""What hangs and the acts that help: listed to whom it concerns, and done as they are told."""

from datetime import timedelta
from typing import Any

import msgspec

from realtime.wire.orders import CancelOrder
from realtime.wire.requests import ReleaseGrant, StaffOpenDoor
from server.domain.custody import Custody
from server.domain.ids import CommandId
from server.domain.orders import Offer, Order, Pickup
from server.domain.stuck import Fix, Kind
from server.domain.terminals import CommandState
from server.services.orders.stuck import MAY
from tests import builders
from tests.integration.services import notices
from tests.integration.services.house import TERMINAL, House
from tests.integration.services.lives import FINANCE as OF_MONEY
from tests.integration.services.lives import owed_life, paid_life
from tests.integration.services.orders_desk import FINANCE, OPERATOR, REVIEWER, WHY, desk
from tests.integration.services.test_courier_debts import paid_twice

#: What the routes of these acts read; their own tests say what they do.
READS: dict[str, Any] = {
    Fix.CANCEL: CancelOrder,
    Fix.OPEN_DOOR: StaffOpenDoor,
    Fix.RELEASE_GRANT: ReleaseGrant,
}

PAID = {"charge": "paid"}
HELD = Pickup(courier="c1", claimed_at=builders.NOON, until=builders.NOON + timedelta(hours=2))
OFFERED = Offer(version=1, ring=2, opened_at=builders.NOON)

#: Orders that hang: what they are, how long it takes, and what helps.
HANGING: list[tuple[Kind, dict[str, Any], list[str]]] = [
    (Kind.UNCONFIRMED, {"custody": Custody.DEPOSITING}, ["open_door", "cancel"]),
    (Kind.UNPAID, {"custody": Custody.DEPOSITED}, ["cancel"]),
    (Kind.NO_TAKER, {"custody": Custody.OPEN, "offer": OFFERED, **PAID}, ["assign", "cancel"]),
    (
        Kind.NOT_COLLECTED,
        {"custody": Custody.CLAIMED, "offer": OFFERED, "pickup": HELD, **PAID},
        ["assign", "unassign", "act"],
    ),
    (
        Kind.PICKUP,
        {"custody": Custody.COLLECTING, "pickup": HELD, **PAID},
        ["open_door", "cancel"],
    ),
    (Kind.UPLOAD, {"custody": Custody.COLLECTED, "pickup": HELD, **PAID}, []),
    (Kind.NOT_TAKEN_BACK, {"custody": Custody.RETURNING, **PAID}, ["open_door"]),
    (Kind.REVIEW, {"custody": Custody.IN_REVIEW, "pickup": HELD, **PAID}, ["review"]),
]


def fixes(one: dict[str, Any]) -> list[str]:
    return [fix["name"] for fix in one["fixes"]]


def readable(one: dict[str, Any]) -> None:
    """Insist that what the list tells to send is what the act's route reads."""
    for fix in one["fixes"]:
        if kind := READS.get(fix["name"]):
            msgspec.convert({**fix["body"], **dict.fromkeys(fix["asks"], WHY)}, kind)


async def hang(h: House) -> dict[Kind, Order]:
    """Make one order of each kind, and let a long time pass."""
    made = {kind: await h.deposited(**fields) for kind, fields, _ in HANGING}
    h.later(days=30)
    return made


async def test_each_kind_is_listed_with_what_helps(mongo_uri, mongo_db_name, redis_url):
    async with desk(mongo_uri, mongo_db_name, redis_url) as d:
        assert await d.get("/v1/staff/stuck") == {"stuck": [], "counts": {}, "cut": False}
        made = await hang(d.h)
        for kind, _, helps in HANGING:
            for who, role in ((OPERATOR, "operator"), (REVIEWER, "reviewer")):
                found = [one for one in await d.stuck(kind, who) if one["subject"] == made[kind].id]
                assert len(found) == 1, (kind, who)
                one = found[0]
                may = [name for name in helps if role in MAY[Fix(name)]]
                assert fixes(one) == may, (kind, who)
                assert (one["order_id"], one["custody"]) == (made[kind].id, made[kind].custody)
                assert (one["terminal_id"], one["cell"]) == (TERMINAL, 1)
                readable(one)
        everything = await d.get("/v1/staff/stuck")
        since = [one["since"] for one in everything["stuck"]]
        assert since == sorted(since), "longest first"
        assert everything["counts"][Kind.REVIEW] == 1 and not everything["cut"]
        assert not [one for one in everything["stuck"] if one["kind"] == Kind.REFUND]


BAD = [
    ("?kind=nothing", OPERATOR, (400, "invalid_input", "kind")),
    ("?kind=" + "x" * 33, OPERATOR, (400, "invalid_input", "kind")),
    ("?kind[$ne]=x", OPERATOR, (400, "invalid_input", "kind[$ne]")),
    ("?other=1", OPERATOR, (400, "invalid_input", "other")),
    ("?access_token=x", OPERATOR, (400, "invalid_input", "query")),
    ("", "someone", (403, "forbidden", None)),
    ("", "c1:courier", (403, "forbidden", None)),
    ("", "nobody", (401, "not_authenticated", None)),
]


async def test_bad_questions_are_refused(mongo_uri, mongo_db_name, redis_url):
    async with desk(mongo_uri, mongo_db_name, redis_url) as d:
        for query, who, refused in BAD:
            answer = await d.caller.ask("GET", f"/v1/staff/stuck{query}", who=who)
            assert (answer.status, *answer.error[1:]) == refused, (query, who)


async def test_orders_are_helped_by_the_acts_as_told(mongo_uri, mongo_db_name, redis_url):
    async with desk(mongo_uri, mongo_db_name, redis_url) as d:
        h = d.h
        await hang(h)
        for name in ("c1", "c2"):
            await h.person(name, certified=True)
        await h.couriers._people.update_one({"_id": "c1"}, {"$set": {"active_orders": 1}})

        # Nobody took it: given to somebody, and no more on the list.
        (one,) = await d.stuck(Kind.NO_TAKER)
        assert (await d.fix(one, "assign", "c2:courier", courier_id="c2")).status == 403
        given = await d.fix(one, "assign", REVIEWER, courier_id="c2")
        assert (given.status, given.body["custody"]) == (200, "claimed"), given
        assert await d.stuck(Kind.NO_TAKER) == []
        again = await d.fix(one, "assign", OPERATOR, courier_id="c1")
        assert again.error == (409, "stale", "held_by"), "c2 has won it since the list was read"

        # Its courier did not come: taken back, then the other way, by the timer itself.
        (one,) = [o for o in await d.stuck(Kind.NOT_COLLECTED) if o["courier_id"] == "c1"]
        free = await d.fix(one, "unassign", OPERATOR)
        assert (free.status, free.body["custody"]) == (200, "open"), free
        late = await h.deposited(custody=Custody.CLAIMED, offer=OFFERED, pickup=HELD, **PAID)
        h.later(days=1)
        (one,) = [o for o in await d.stuck(Kind.NOT_COLLECTED) if o["subject"] == late.id]
        assert (await d.fix(one, "act", OPERATOR)).body["custody"] == "open"
        records = {r["action"]: r["purpose"] for r in await h.audit.of(f"order:{late.id}")}
        assert records == {"act_on_order": WHY}


async def test_a_door_that_did_not_open_is_told_with_its_reason(
    mongo_uri, mongo_db_name, redis_url
):
    async with desk(mongo_uri, mongo_db_name, redis_url) as d:
        h = d.h
        waiting = await h.deposited(custody=Custody.COLLECTING, pickup=HELD, **PAID)
        command = h.doors._new(TERMINAL, 1, "collect", "c1", order=waiting.id)
        await h.commands.insert(command)
        placed = {"placement.command": command.id, "placement.opened": False}
        await h.set_order(waiting.id, **placed)
        assert await d.stuck(Kind.DOOR) == []
        await h.commands.climb(CommandId(command.id), CommandState.REFUSED, h.now, "disk")
        (one,) = await d.stuck(Kind.DOOR)
        assert (one["trouble"], one["order_id"]) == ("disk", waiting.id)
        assert fixes(one) == ["open_door", "cancel"]
        (for_reviewer,) = await d.stuck(Kind.DOOR, REVIEWER)
        assert fixes(for_reviewer) == ["cancel"]
        opens = one["fixes"][0]
        assert opens["path"] == f"/v1/terminals/{TERMINAL}/cells/1/open"
        readable(one)
        await h.commands.climb(CommandId(command.id), CommandState.SENSED_OPEN, h.now)
        assert await d.stuck(Kind.DOOR) == [], "it opened after all"


async def test_an_offline_grant_that_waits_names_itself(mongo_uri, mongo_db_name, redis_url):
    async with desk(mongo_uri, mongo_db_name, redis_url) as d:
        grant = builders.grant(wanted_at=builders.NOON, holder="c1")
        waiting = await d.h.deposited(
            custody=Custody.CLAIMED, offer=OFFERED, pickup=HELD, grant=grant, **PAID
        )
        d.h.later(days=1)
        (one,) = await d.stuck(Kind.GRANT)
        assert (one["subject"], fixes(one)) == (waiting.id, ["release_grant"])
        assert one["fixes"][0]["body"] == {"grant_id": grant.id}
        readable(one)


async def test_money_hangs_for_finance_alone_and_is_helped(mongo_uri, mongo_db_name, redis_url):
    async with desk(mongo_uri, mongo_db_name, redis_url) as d:
        h = d.h
        life = await paid_life(h)
        h.provider.refunds_end = "ABNORMAL"
        refund = (
            await h.refund_desk.refund(OF_MONEY, life.order.id, 500, "damaged", WHY)
        ).refund_id
        await life.give_back()
        paying, number = await owed_life(h)
        h.later(days=2)
        assert [
            one["kind"]
            for one in (await d.get("/v1/staff/stuck", OPERATOR))["stuck"]
            if one["fen"] is not None
        ] == []

        # A refund that the wallet cannot do is asked again, then done by hand.
        (one,) = await d.stuck(Kind.REFUND, FINANCE)
        assert (one["subject"], one["fen"], one["trouble"]) == (refund, 500, "ABNORMAL")
        assert fixes(one) == ["retry_refund", "settle_refund"]
        assert (await d.fix(one, "settle_refund", OPERATOR)).status == 403
        done = await d.fix(one, "settle_refund", FINANCE)
        assert (done.status, done.body["state"]) == (200, "by_hand"), done
        assert await d.stuck(Kind.REFUND, FINANCE) == []

        # The wallet did it too: what is in suspense is closed.
        h.provider.end_refund(refund, "SUCCESS")
        await life.tell(notices.refunded(h, refund))
        (one,) = await d.stuck(Kind.SUSPENSE, FINANCE)
        assert (one["subject"], abs(one["fen"]), fixes(one)) == (refund, 500, ["close_suspense"])
        closed = await d.fix(one, "close_suspense", FINANCE, came_back=True)
        assert closed.status == 200, closed
        assert await d.stuck(Kind.SUSPENSE, FINANCE) == []

        # A payout that nobody confirms is taken back; the next is held, and released.
        (one,) = await d.stuck(Kind.PAYOUT, FINANCE)
        assert (one["subject"], fixes(one)) == (number, ["cancel_payout", "reissue_payout"])
        taken = await d.fix(one, "cancel_payout", FINANCE)
        assert taken.status == 200, taken
        await paying.pay_out()
        (one,) = await d.stuck(Kind.PAYOUT, FINANCE)
        assert fixes(one) == ["release_payout"] and one["subject"] != number
        assert (await d.fix(one, "release_payout", FINANCE)).status == 200
        assert await d.stuck(Kind.PAYOUT, FINANCE) == []
        assert (await h.ledger.check()).ok


async def test_what_was_paid_twice_is_borne_or_kept(mongo_uri, mongo_db_name, redis_url):
    async with desk(mongo_uri, mongo_db_name, redis_url) as d:
        _, twice = await paid_twice(d.h)
        (one,) = await d.stuck(Kind.DEBT, FINANCE)
        assert (one["subject"], fixes(one)) == (twice, ["set_off", "write_off"])
        assert one["fen"] > 0
        borne = await d.fix(one, "write_off", FINANCE)
        assert (borne.status, borne.body["owed_fen"]) == (200, 0), borne
        assert await d.stuck(Kind.DEBT, FINANCE) == []
        assert (await d.h.ledger.check()).ok
