"""Finance's routes and customers' invoices over real HTTP, on real MongoDB."""

import asyncio
import csv
import io
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port

from handlers import finance
from handlers.application import RunningRequests, application
from handlers.finance import FinanceServices
from server.domain import ledger
from server.domain.money import Charge
from server.domain.payments import TransferState
from server.domain.rules import Rules
from server.services.money.finance import Finance
from server.services.money.invoices import Invoices
from server.services.money.sheets import Sheets
from server.services.repeats import Repeats
from server.store.differences import MongoDifferences
from server.store.invoices import MongoInvoices
from server.store.repeats import MongoRepeats
from server.store.seal import Seal
from server.store.sheets import MongoSheets
from server.store.statements import MongoStatements
from tests import builders
from tests.integration.services.house import House, house
from tests.integration.services.refusals import CUSTOMER, FINANCE, REVIEWER
from tests.integration.services.serving import KEYS, Caller, NamedAtTheGate

DAY = "2026-11-22"
COMPANY = {
    "kind": "company",
    "title": "=某公司",
    "tax_number": "91350100M000100Y43",
    "email": "a@example.com",
}
PERSONAL = {"kind": "personal", "title": "张三", "email": "b@example.com"}


@dataclass
class Desk:
    h: House
    caller: Caller
    http: AsyncHTTPClient
    invoices: MongoInvoices

    async def raw(self, path: str, who: str = FINANCE) -> Any:
        headers = {"Authorization": f"Bearer {who}"}
        request = HTTPRequest(self.caller.url + path, headers=headers)
        return await self.http.fetch(request, raise_error=False)

    async def rows(self, sheet: str, day: str = DAY) -> list[list[str]]:
        answer = await self.raw(f"/v1/staff/finance/{sheet}.csv?day={day}")
        assert answer.code == 200 and answer.body.startswith(b"\xef\xbb\xbf")
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert f"lanjian-{sheet}-{day}.csv" in answer.headers["Content-Disposition"]
        assert answer.body.count(b"\n") == answer.body.count(b"\r\n")
        return list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"), newline="")))


@asynccontextmanager
async def desk(mongo_uri, name, redis_url):
    async with house(mongo_uri, name, redis_url) as h:
        shared: dict[str, Any] = {"audit": h.audit, "clock": h.clock}
        days, found = MongoStatements(h.db), MongoDifferences(h.db)
        invoices = MongoInvoices(h.db, seal=Seal(KEYS))
        sheets = MongoSheets(h.db)
        await asyncio.gather(*(one.ensure_indexes() for one in (days, found, invoices, sheets)))
        services = FinanceServices(
            finance=Finance(
                statements=days,
                differences=found,
                ledger=h.ledger,
                transactions=h.transactions,
                **shared,
            ),
            sheets=Sheets(sheets=sheets, **shared),
            invoices=Invoices(
                invoices=invoices,
                orders=h.orders,
                transactions=h.transactions,
                relay=h.kicks,
                rules=Rules(),
                **shared,
            ),
        )
        app = application(
            finance.routes(services),
            gate=NamedAtTheGate(),
            repeats=Repeats(store=MongoRepeats(h.db, seal=Seal(KEYS)), clock=h.clock),
            running=RunningRequests(),
            base_url="https://lanjian.example",
        )
        sock, port = bind_unused_port()
        server, http = HTTPServer(app), AsyncHTTPClient(force_instance=True)
        server.add_sockets([sock])
        try:
            url = f"http://127.0.0.1:{port}"
            yield Desk(h, Caller(url, http), http, invoices)
        finally:
            server.stop()
            http.close()
            await server.close_all_connections()


async def post(h: House, posting: ledger.Posting) -> None:
    await h.transactions.run(lambda session: h.ledger.post(posting, session))


async def test_files_of_a_day_hold_that_day_in_chinas_time(mongo_uri, mongo_db_name, redis_url):
    async with desk(mongo_uri, mongo_db_name, redis_url) as d:
        midnight = builders.NOON.replace(hour=16)  # 2026-11-23 00:00 in China
        for n, at in enumerate((midnight - timedelta(milliseconds=1), midnight)):
            await post(d.h, ledger.payment_received(f"P{n}", "LJ1", at, 123456))
        assert await d.rows("ledger") == [
            [
                "时间 time",
                "凭证 key",
                "类型 kind",
                "订单 order",
                "账户 account",
                "元 yuan",
                "分 fen",
            ],
            *(
                [
                    *("2026-11-22 23:59:59.999+08:00", "payment:P0", "payment", "LJ1"),
                    *(account, amount, fen),
                ]
                for account, amount, fen in (
                    ("provider_clearing:wechat", "1234.56", "123456"),
                    ("customer_funds", "-1234.56", "-123456"),
                )
            ),
        ]
        assert len(await d.rows("ledger", "2026-11-23")) == 3
        assert len(await d.rows("ledger", "2026-11-24")) == 1
        (act, *_) = await d.h.audit.of("finance:ledger")
        assert (act["actor"], act["action"]) == ("f1", "download_finance")


async def test_a_long_file_is_whole(mongo_uri, mongo_db_name, redis_url):
    async with desk(mongo_uri, mongo_db_name, redis_url) as d:
        account = {"account": "suspense", "fen": 1}
        other = {"account": "platform_fee", "fen": -1}
        await d.h.db["ledger"].insert_many(
            {"_id": f"suspense_out:{n}", "order": None, "at": d.h.now, "lines": [account, other]}
            for n in range(1500)
        )
        assert len(await d.rows("ledger")) == 3001


async def test_payouts_and_differences_of_a_day(mongo_uri, mongo_db_name, redis_url):
    async with desk(mongo_uri, mongo_db_name, redis_url) as d:
        await d.h.db["payouts"].insert_one(
            {
                "_id": "TLJ1N1",
                "order": "LJ1",
                "courier": "c1",
                "amount_fen": 1805,
                "state": TransferState.DONE.value,
                "attempt": 1,
                "created_at": d.h.now - timedelta(days=3),
                "not_before": d.h.now,
                "ended_at": d.h.now,
            }
        )
        (_, row) = await d.rows("payouts")
        assert row[0].startswith("2026-11-19") and row[1] == "2026-11-22 20:00:00.000+08:00"
        assert row[2:] == ["TLJ1N1", "LJ1", "c1", "1", "done", "18.05", "1805"]
        await d.h.db["differences"].insert_one(
            {
                "_id": f"wechat:{DAY}:missing_here:payment:=1+1",
                "wallet": "wechat",
                "day": DAY,
                "kind": "missing_here",
                "flow": "payment",
                "number": "=1+1",
                "transaction": "+W",
                "theirs_fen": 500,
                "state": "open",
                "posted_fen": 500,
                "turn": 1,
                "found_at": d.h.now,
                "note": "@note",
            }
        )
        (_, row) = await d.rows("differences")
        assert row[4:6] == ["'=1+1", "'+W"] and row[-1] == "'@note"
        assert row[6:10] == ["", "", "5.00", "500"]


async def test_only_finance_sees_finance(mongo_uri, mongo_db_name, redis_url):
    async with desk(mongo_uri, mongo_db_name, redis_url) as d:
        for path in ("ledger.csv?day=2026-11-22", "statements", "differences", "invoices"):
            for who, status in ((CUSTOMER, 403), (REVIEWER, 403), (FINANCE, 200)):
                answer = await d.raw(f"/v1/staff/finance/{path}", who)
                assert answer.code == status, (path, who)
        for day in ("2026-02-30", "0001-01-01", "today", ""):
            answer = await d.caller.ask(
                "GET", f"/v1/staff/finance/ledger.csv?day={day}", who=FINANCE
            )
            assert answer.error == (400, "invalid_input", "day"), day
        unknown = {"wallet": "wechat", "day": DAY, "note": "x"}
        answer = await d.caller.ask("POST", "/v1/staff/finance/statements", unknown, who=FINANCE)
        assert answer.error == (404, "not_found", "day")
        word = {"difference_id": "x", "note": "x"}
        path = "/v1/staff/finance/differences/resolve"
        assert (await d.caller.ask("POST", path, word, who=FINANCE)).error[0] == 404


async def test_an_invoice_from_its_request_to_its_issue(mongo_uri, mongo_db_name, redis_url):
    async with desk(mongo_uri, mongo_db_name, redis_url) as d:
        order = await d.h.deposited(charge=Charge.PAID)
        path, ask = f"/v1/orders/{order.id}/invoice", d.caller.ask
        none = await ask("GET", path, who=CUSTOMER)
        assert none.body == {"invoice": None, "may_ask": True}
        wrong = COMPANY | {"tax_number": "91350100M000100Y44"}
        assert (await ask("PUT", path, wrong, who=CUSTOMER)).error == (
            *(400, "invalid_input"),
            "tax_number",
        )
        assert (await ask("PUT", path, COMPANY, who="c9")).error[0] == 404
        asked = await ask("PUT", path, COMPANY, who=CUSTOMER)
        assert asked.body["invoice"]["tax_number"] == COMPANY["tax_number"]
        kept = await d.h.db["invoices"].find_one({})
        assert "公司" not in str(kept) and COMPANY["tax_number"] not in str(kept)
        again = await ask("PUT", path, PERSONAL, who=CUSTOMER)
        assert again.body["invoice"]["title"] == "张三"
        assert await d.h.db["invoices"].count_documents({}) == 1
        (listed,) = (await ask("GET", "/v1/staff/finance/invoices", who=FINANCE)).body["invoices"]
        assert listed["email"] == "b@example.com"
        decide = f"/v1/staff/finance/invoices/{order.id}"
        refused = {"state": "refused", "note": "抬头不全"}
        told = await ask("POST", decide, refused, who=FINANCE)
        assert (told.body["state"], told.body["note"]) == ("refused", "抬头不全")
        issued = {"state": "issued", "note": "No. 1"}
        assert (await ask("POST", decide, issued, who=FINANCE)).error[0] == 409
        assert (await ask("PUT", path, COMPANY, who=CUSTOMER)).body["invoice"]["note"] == ""
        both = await asyncio.gather(*(ask("POST", decide, issued, who=FINANCE) for _ in range(2)))
        assert sorted(answer.status for answer in both) == [200, 409]
        assert (await ask("PUT", path, COMPANY, who=CUSTOMER)).error[0] == 409
        assert (await ask("GET", path, who=CUSTOMER)).body["may_ask"] is False
        steps = [event.step for event in await d.h.orders.events(order.id)]
        assert steps.count("invoice_requested") == 3 and steps[-1] == "invoice_issued"
        reads = await d.h.audit.of(f"order:{order.id}")
        assert "read_invoice" in {one["action"] for one in reads}


async def test_an_answer_kept_for_repeats_tells_nobody_whose_invoice_it_is(
    mongo_uri, mongo_db_name, redis_url
):
    async with desk(mongo_uri, mongo_db_name, redis_url) as d:
        order = await d.h.deposited(charge=Charge.PAID)
        path, key = f"/v1/orders/{order.id}/invoice", {"Idempotency_Key": "invoice-1"}
        first = await d.caller.ask("PUT", path, COMPANY, who=CUSTOMER, **key)
        assert first == await d.caller.ask("PUT", path, COMPANY, who=CUSTOMER, **key)
        (kept,) = await d.h.db["repeats"].find({}).to_list(None)
        held = bytes(kept["answer"]).decode("latin-1")
        assert COMPANY["tax_number"] not in held and COMPANY["email"] not in held


async def test_an_invoice_is_of_what_was_not_given_back(mongo_uri, mongo_db_name, redis_url):
    async with desk(mongo_uri, mongo_db_name, redis_url) as d:
        order = await d.h.deposited(charge=Charge.PAID)
        path, ask = f"/v1/orders/{order.id}/invoice", d.caller.ask
        asked = await ask("PUT", path, PERSONAL, who=CUSTOMER)
        assert asked.body["invoice"]["amount_fen"] == order.price_fen
        await d.h.set_order(order.id, refund_asked_fen=500)
        (listed,) = (await ask("GET", "/v1/staff/finance/invoices", who=FINANCE)).body["invoices"]
        assert listed["amount_fen"] == order.price_fen - 500
        issued = {"state": "issued", "note": "No. 1"}
        decide = f"/v1/staff/finance/invoices/{order.id}"
        told = await ask("POST", decide, issued, who=FINANCE)
        assert told.body["amount_fen"] == order.price_fen - 500
        await d.h.set_order(order.id, refund_asked_fen=900)
        kept = (await ask("GET", path, who=CUSTOMER)).body["invoice"]
        assert kept["amount_fen"] == order.price_fen - 500


async def test_an_order_that_is_not_paid_or_goes_back_has_no_invoice(
    mongo_uri, mongo_db_name, redis_url
):
    async with desk(mongo_uri, mongo_db_name, redis_url) as d:
        for charge in (Charge.UNPAID, Charge.REFUNDING, Charge.REFUNDED):
            order = await d.h.deposited(charge=charge)
            path = f"/v1/orders/{order.id}/invoice"
            answer = await d.caller.ask("PUT", path, PERSONAL, who=CUSTOMER)
            assert answer.error == (409, "conflict", "charge")
            assert (await d.caller.ask("GET", path, who=CUSTOMER)).body["may_ask"] is False
        order = await d.h.deposited(charge=Charge.PAID)
        path = f"/v1/orders/{order.id}/invoice"
        await d.caller.ask("PUT", path, PERSONAL, who=CUSTOMER)
        await d.h.set_order(order.id, charge="refunding")
        decide = f"/v1/staff/finance/invoices/{order.id}"
        issued = {"state": "issued", "note": "x"}
        answer = await d.caller.ask("POST", decide, issued, who=FINANCE)
        assert answer.error == (409, "conflict", "charge")
        refused = {"state": "refused", "note": "已退款"}
        assert (await d.caller.ask("POST", decide, refused, who=FINANCE)).status == 200
