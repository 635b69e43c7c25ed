"""What each collection knows of a person: the one register that exports and erasures walk.

A collection is here or in `KNOWS_NOBODY`; a test compares both with all that the stores open, so
that a new room cannot forget to say what becomes of its people. Rows are worked on from first to
last: what others are found by (accounts at wallets, then the person) comes last.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from server.domain.people import Certification
from server.domain.photos import PhotoPurpose


class By(StrEnum):
    """What a row's paths hold of a person."""

    PERSON = "person"  #: the id
    SUBJECT = "subject"  #: `person:ID`
    BEGINS = "begins"  #: `ID:` and more
    LEDGER = "ledger"  #: an account of the ledger, `...:ID`
    NUMBER = "number"  #: the phone's blind index, perhaps with `:` and more behind it
    ACCOUNT = "account"  #: what stands for the person's openid


class Fate(StrEnum):
    """What becomes of the documents when the person goes."""

    DELETED = "deleted"
    CLEARED = "cleared"  #: what is personal goes; ids, sums and instants stay
    KEPT = "kept"  #: holds ids only, and law or other people's matters need them


@dataclass(frozen=True, slots=True, kw_only=True)
class Knows:
    """One collection, and how it knows a person."""

    collection: str
    title: str  #: of the export's files, for people
    paths: tuple[str, ...]
    fate: Fate
    why: str
    by: By = By.PERSON
    clears: tuple[str, ...] = ()
    hides: tuple[str, ...] = ()  #: never exported: digests, marks, and other people
    exported: bool = True
    chunks: str | None = None  #: the collection of a file's chunks, by `files_id`
    kept_if: tuple[str, str] | None = None  #: a field of the account, and the value that keeps it
    spares: tuple[str, tuple[str, ...]] | None = None  #: a path, and values that an erasure leaves


_MARKS = ("unpublished", "published", "looked_at", "due_at")

KNOWLEDGE: tuple[Knows, ...] = (
    Knows(
        collection="sessions",
        title="登录记录",
        paths=("person",),
        fate=Fate.DELETED,
        hides=("device", "current", "previous", "unannounced"),
        why="ended first, so that nobody acts for who is leaving",
    ),
    Knows(
        collection="orders",
        title="我寄的订单",
        paths=("customer",),
        fate=Fate.CLEARED,
        clears=("waybill", "finished_sealed"),
        hides=(
            *("events.actor", "events.data", "pickup.courier", "pickup.request"),
            *("finished.approval", "finished.reading", "grant", "fired", *_MARKS),
        ),
        why="sums and custody belong to the books; sender, recipient and contents go",
    ),
    Knows(
        collection="orders",
        title="我揽的订单",
        paths=("pickup.courier",),
        fate=Fate.KEPT,
        hides=(
            *("customer", "waybill", "finished_sealed", "events", "pickup.request"),
            *("finished.approval", "finished.reading", "grant", "fired", "consent", *_MARKS),
        ),
        why="ids and sums; the waybill is the customer's",
    ),
    Knows(
        collection="bookings",
        title="预约",
        paths=("person",),
        fate=Fate.CLEARED,
        clears=("details", "papers_read", "plate_index", "vehicle_day"),
        hides=("events.actor", "events.data", "plate_index", "vehicle_day", *_MARKS),
        why="the outlet's calendar keeps that a slot was used, and not by whom",
    ),
    Knows(
        collection="booking_holds",
        title="保留的时段",
        paths=("_id",),
        fate=Fate.DELETED,
        hides=("changes",),
        why="holds that ended",
    ),
    Knows(
        collection="booking_waits",
        title="候补",
        paths=("person",),
        fate=Fate.DELETED,
        why="places in lines for full slots",
    ),
    Knows(
        collection="outlet_staff",
        title="任职网点",
        paths=("person",),
        fate=Fate.DELETED,
        hides=("by",),
        why="who works where; who leaves the platform works nowhere",
    ),
    Knows(
        collection="vehicles",
        title="车辆",
        paths=("person",),
        fate=Fate.DELETED,
        hides=("plate_index",),
        why="the person's own list",
    ),
    Knows(
        collection="calendar_links",
        title="日历链接",
        paths=("person",),
        fate=Fate.DELETED,
        exported=False,
        why="digests of links that expire",
    ),
    Knows(
        collection="photos.files",
        title="照片",
        paths=("metadata.owner",),
        fate=Fate.DELETED,
        chunks="photos.chunks",
        spares=("metadata.purpose", (PhotoPurpose.WAYBILL, PhotoPurpose.REFUSAL)),
        hides=("filename", "chunkSize"),
        why="pictures that the person uploaded; those of others' parcels end by their own time",
    ),
    Knows(
        collection="certifications",
        title="揽件员认证",
        paths=("person",),
        fate=Fate.DELETED,
        hides=("id_index", "decided_by", "reviewer"),
        why="real name, ID number and employer of who is no courier any more",
    ),
    Knows(
        collection="certified_ids",
        title="认证证件",
        paths=("person",),
        fate=Fate.DELETED,
        exported=False,
        kept_if=("certification", Certification.SUSPENDED),
        why="the ID number's blind index; who is suspended does not come back by a new account",
    ),
    Knows(
        collection="invoices",
        title="发票",
        paths=("customer",),
        fate=Fate.CLEARED,
        clears=("title", "tax_number", "email", "note"),
        hides=("decided_by",),
        why="the tax office has the invoice itself; order, sum and day stay for the books",
    ),
    Knows(
        collection="payments",
        title="付款",
        paths=("customer",),
        fate=Fate.CLEARED,
        clears=("payer",),
        hides=("payer", "pay_url", "prepay_id", "looked_at"),
        why="the law keeps accounts for years: numbers and sums, and ids of orders",
    ),
    Knows(
        collection="payouts",
        title="收入打款",
        paths=("courier",),
        fate=Fate.CLEARED,
        clears=("package_info",),
        hides=("package_info", "looked_at"),
        why="the law keeps accounts for years: numbers and sums, and ids of orders",
    ),
    Knows(
        collection="payout_days",
        title="每日打款",
        paths=("_id",),
        by=By.BEGINS,
        fate=Fate.KEPT,
        why="sums by day; deleted after 40 days by themselves",
    ),
    Knows(
        collection="ledger",
        title="账目",
        paths=("lines.account",),
        by=By.LEDGER,
        fate=Fate.KEPT,
        why="the books: nothing in them is ever changed, and nothing personal is in them",
    ),
    Knows(
        collection="races",
        title="抢单记录",
        paths=("attempts.courier",),
        fate=Fate.KEPT,
        exported=False,
        why="who came first is other couriers' matter too; ids, deleted after a while",
    ),
    Knows(
        collection="commands",
        title="开门指令",
        paths=("actor",),
        fate=Fate.KEPT,
        why="which door was opened for whom; ids only",
    ),
    Knows(
        collection="notices",
        title="通知",
        paths=("person",),
        fate=Fate.DELETED,
        hides=("plan", "attempts", "looked_at", "due_at", "tried_at"),
        why="what the person was told",
    ),
    Knows(
        collection="visits",
        title="到柜记录",
        paths=("person",),
        fate=Fate.DELETED,
        hides=("code_step",),
        why="deleted after a week anyway",
    ),
    Knows(
        collection="texts",
        title="短信",
        paths=("number",),
        by=By.NUMBER,
        fate=Fate.DELETED,
        hides=("number", "serial", "tried"),
        why="when a text went out; neither phone nor words are in it",
    ),
    Knows(
        collection="sms_codes",
        title="验证码",
        paths=("_id",),
        by=By.NUMBER,
        fate=Fate.DELETED,
        exported=False,
        why="digests that live for minutes",
    ),
    Knows(
        collection="payee_choices",
        title="收款方式",
        paths=("_id",),
        fate=Fate.DELETED,
        why="which wallet a courier chose",
    ),
    Knows(
        collection="alipay_returns",
        title="支付宝授权过程",
        paths=("person",),
        fate=Fate.DELETED,
        exported=False,
        why="digests that live for minutes",
    ),
    Knows(
        collection="alipay_accounts",
        title="支付宝",
        paths=("person",),
        fate=Fate.DELETED,
        hides=("untold",),
        why="the account at the wallet",
    ),
    Knows(
        collection="wechat_news",
        title="微信绑定记录",
        paths=("person",),
        fate=Fate.DELETED,
        why="what became of links",
    ),
    Knows(
        collection="wechat_deliveries",
        title="微信消息回执",
        paths=("account",),
        by=By.ACCOUNT,
        fate=Fate.DELETED,
        exported=False,
        why="receipts by number, deleted after a week anyway",
    ),
    Knows(
        collection="wechat_events",
        title="微信事件",
        paths=("account",),
        by=By.ACCOUNT,
        fate=Fate.DELETED,
        exported=False,
        why="messages under way, deleted after three days anyway",
    ),
    Knows(
        collection="wechat_logins",
        title="微信登录过程",
        paths=("account",),
        by=By.ACCOUNT,
        fate=Fate.DELETED,
        exported=False,
        why="digests that live for minutes",
    ),
    Knows(
        collection="wechat_accounts",
        title="微信",
        paths=("person",),
        fate=Fate.DELETED,
        hides=("union", "untold", "credit_keys", "windows"),
        why="openid and what may be sent to it",
    ),
    Knows(
        collection="audit",
        title="资料查看记录",
        paths=("subject",),
        by=By.SUBJECT,
        fate=Fate.KEPT,
        hides=("actor",),
        why="who looked at whose data and why has to outlive both; ids only",
    ),
    Knows(
        collection="audit",
        title="我的操作记录",
        paths=("actor",),
        fate=Fate.KEPT,
        why="who looked at whose data and why has to outlive both; ids only",
    ),
    Knows(
        collection="exports",
        title="导出记录",
        paths=("person",),
        fate=Fate.DELETED,
        hides=("link", "open", "lease_until", "attempt"),
        why="the files that were made of all this, and their links",
    ),
    Knows(
        collection="export_chunks",
        title="导出文件",
        paths=("person",),
        fate=Fate.DELETED,
        exported=False,
        why="the files that were made of all this",
    ),
    Knows(
        collection="erasures",
        title="注销记录",
        paths=("_id",),
        fate=Fate.KEPT,
        hides=("number", "steps"),
        why="that an account was erased, and when; an id and instants",
    ),
    Knows(
        collection="people",
        title="账号",
        paths=("_id",),
        fate=Fate.DELETED,
        hides=("phone_index", "standing", "unannounced", "certification_news", "phone_news"),
        why="the account itself, last",
    ),
)

#: Collections in which nobody is, and why.
KNOWS_NOBODY: Mapping[str, str] = MappingProxyType(
    {
        "alerts": "about machines; names the staff who acknowledged, by id",
        "booking_seats": "slots by booking; a claimant is an id",
        "cells": "cells by order",
        "differences": "of statements, by payment; names the staff who resolved, by id",
        "door_events": "doors by command",
        "enterprise_pages": "texts about enterprises; names the staff who wrote, by id",
        "enterprises": "enterprises and outlets, businesses both",
        "fleet_watch": "what was seen of machines",
        "notice_replays": "numbers of wallets' messages",
        "notice_rests": "channels that rest",
        "outlets": "businesses",
        "pay_codes": "codes of orders",
        "photos.chunks": "sealed pictures, deleted with their files",
        "public_pictures": "pictures of pages; name the staff who brought them, by id",
        "refunds": "sums by payment; names the staff who decided, by id",
        "refused_notices": "counts",
        "repeats": "sealed answers under a digest, deleted after a day by themselves",
        "service_line": "a number of ours; names the staff who wrote, by id",
        "statement_lines": "lines of wallets' bills, by payment",
        "statements": "days of wallets' bills",
        "terminals": "machines",
        "text_reports": "carriers' reports by the vendor's number, deleted after 90 days",
    }
)
