"""Every MongoDB store, built once over one database."""

from __future__ import annotations

from dataclasses import dataclass, fields

from server.app.bases import Bases
from server.app.booking_stores import BookingStores, build_booking_stores
from server.app.centre_stores import CentreStores, build_centre_stores
from server.store.agents import MongoAgents
from server.store.alerts import MongoAlerts
from server.store.alipay_accounts import MongoAlipayAccounts
from server.store.alipay_returns import MongoAlipayReturns
from server.store.audit import MongoAudit
from server.store.cells import MongoCells
from server.store.certifications import MongoCertifications
from server.store.codes import MongoCodes
from server.store.commands import MongoCommands
from server.store.complaints import MongoComplaints
from server.store.couriers import MongoCouriers
from server.store.differences import MongoDifferences
from server.store.door_events import MongoDoorEvents
from server.store.fleet import MongoFleet
from server.store.frame_logs import MongoFrameLogs
from server.store.grants import MongoGrants
from server.store.invoices import MongoInvoices
from server.store.ledger import MongoLedger
from server.store.map_ground import MongoMapGround
from server.store.notice_rests import MongoNoticeRests
from server.store.notice_texts import MongoNoticeTexts
from server.store.notices import MongoNotices
from server.store.order_details import MongoOrderDetails
from server.store.order_search import MongoOrderSearch
from server.store.orders import MongoOrders
from server.store.pay_codes import MongoPayCodes
from server.store.payee_choices import MongoPayeeChoices
from server.store.payments import MongoPayments, MongoRefunds
from server.store.payouts import MongoPayouts
from server.store.people import MongoPeople
from server.store.photos import MongoPhotos
from server.store.position_history import MongoPositionHistory
from server.store.price_lists import MongoPriceLists
from server.store.queues import MongoQueues
from server.store.races import MongoRaces
from server.store.refused_notices import MongoRefusedNotices
from server.store.repeats import MongoRepeats
from server.store.replays import MongoReplays
from server.store.sessions import MongoSessions
from server.store.sheets import MongoSheets
from server.store.standings import MongoStandings
from server.store.statements import MongoStatements
from server.store.stuck import MongoStuck
from server.store.terminals import MongoTerminals
from server.store.texts import MongoTexts
from server.store.transactions import Transactions
from server.store.visits import MongoVisits
from server.store.wechat_accounts import MongoWeChatAccounts
from server.store.wechat_deliveries import MongoWeChatDeliveries
from server.store.wechat_events import MongoWeChatEvents
from server.store.wechat_logins import MongoWeChatLogIns
from server.store.wechat_news import MongoWeChatNews
from server.store.wechat_windows import MongoWeChatWindows


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """The facts."""

    agents: MongoAgents
    alerts: MongoAlerts
    alipay_accounts: MongoAlipayAccounts
    alipay_returns: MongoAlipayReturns
    audit: MongoAudit
    bookings: BookingStores
    cells: MongoCells
    centre: CentreStores
    certifications: MongoCertifications
    codes: MongoCodes
    commands: MongoCommands
    complaints: MongoComplaints
    couriers: MongoCouriers
    details: MongoOrderDetails
    differences: MongoDifferences
    door_events: MongoDoorEvents
    fleet: MongoFleet
    frame_logs: MongoFrameLogs
    grants: MongoGrants
    invoices: MongoInvoices
    ledger: MongoLedger
    map_ground: MongoMapGround
    notice_rests: MongoNoticeRests
    notice_texts: MongoNoticeTexts
    notices: MongoNotices
    orders: MongoOrders
    pay_codes: MongoPayCodes
    payee_choices: MongoPayeeChoices
    payments: MongoPayments
    payouts: MongoPayouts
    people: MongoPeople
    photos: MongoPhotos
    position_history: MongoPositionHistory
    price_lists: MongoPriceLists
    queues: MongoQueues
    races: MongoRaces
    refunds: MongoRefunds
    refused_notices: MongoRefusedNotices
    repeats: MongoRepeats
    replays: MongoReplays
    search: MongoOrderSearch
    sessions: MongoSessions
    standings: MongoStandings
    stuck: MongoStuck
    sheets: MongoSheets
    statements: MongoStatements
    terminals: MongoTerminals
    texts: MongoTexts
    transactions: Transactions
    visits: MongoVisits
    wechat_accounts: MongoWeChatAccounts
    wechat_deliveries: MongoWeChatDeliveries
    wechat_events: MongoWeChatEvents
    wechat_logins: MongoWeChatLogIns
    wechat_news: MongoWeChatNews
    wechat_windows: MongoWeChatWindows

    async def ensure_indexes(self) -> None:
        """Create all indexes; idempotent, so every process does it at its start."""
        for field in fields(self):
            ensure = getattr(getattr(self, field.name), "ensure_indexes", None)
            if ensure is not None:
                await ensure()


def build_stores(bases: Bases) -> Stores:
    """Build them all."""
    database, seal = bases.database, bases.seal
    return Stores(
        agents=MongoAgents(database),
        alerts=MongoAlerts(database),
        alipay_accounts=MongoAlipayAccounts(database, seal=seal, index=bases.index),
        alipay_returns=MongoAlipayReturns(database),
        audit=MongoAudit(database),
        bookings=build_booking_stores(bases),
        cells=MongoCells(database, fault_window_seconds=bases.settings.rules.fault_window_seconds),
        centre=build_centre_stores(bases),
        certifications=MongoCertifications(database, seal=seal, index=bases.index),
        codes=MongoCodes(database),
        commands=MongoCommands(database),
        complaints=MongoComplaints(database, seal=seal),
        couriers=MongoCouriers(database),
        details=MongoOrderDetails(database),
        differences=MongoDifferences(database),
        door_events=MongoDoorEvents(database),
        fleet=MongoFleet(database),
        frame_logs=MongoFrameLogs(database),
        grants=MongoGrants(database),
        invoices=MongoInvoices(database, seal=seal),
        ledger=MongoLedger(database),
        map_ground=MongoMapGround(database),
        notice_rests=MongoNoticeRests(database),
        notice_texts=MongoNoticeTexts(database),
        notices=MongoNotices(database),
        orders=MongoOrders(database),
        pay_codes=MongoPayCodes(database),
        payee_choices=MongoPayeeChoices(database),
        payments=MongoPayments(database),
        payouts=MongoPayouts(database),
        people=MongoPeople(database, seal=seal, index=bases.index),
        photos=MongoPhotos(database, seal=seal),
        position_history=MongoPositionHistory(
            database, keep_seconds=bases.settings.rules.position_keep_seconds
        ),
        price_lists=MongoPriceLists(database),
        queues=MongoQueues(database),
        races=MongoRaces(database),
        refunds=MongoRefunds(database),
        refused_notices=MongoRefusedNotices(database),
        repeats=MongoRepeats(database, seal=seal),
        replays=MongoReplays(database),
        search=MongoOrderSearch(database),
        sessions=MongoSessions(database),
        standings=MongoStandings(database),
        stuck=MongoStuck(database),
        sheets=MongoSheets(database),
        statements=MongoStatements(database),
        terminals=MongoTerminals(database),
        texts=MongoTexts(database),
        transactions=Transactions(bases.mongo),
        visits=MongoVisits(database),
        wechat_accounts=MongoWeChatAccounts(database, seal=seal, index=bases.index),
        wechat_deliveries=MongoWeChatDeliveries(database),
        wechat_events=MongoWeChatEvents(database),
        wechat_logins=MongoWeChatLogIns(database),
        wechat_news=MongoWeChatNews(database),
        wechat_windows=MongoWeChatWindows(database),
    )
