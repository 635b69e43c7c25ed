"""Texts to phones: each written down before it is sent, and what became of it for staff.

What is kept of a text is when, to whom as a blind index, which template, who was asked and what
they answered; never the phone, the code or the words.
"""

from __future__ import annotations

import hmac
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from realtime.wire.texts import FindTexts, TextPage, TextsQuery, TextView
from server.domain import documents
from server.domain.errors import (
    BadNotice,
    DomainError,
    InvalidInput,
    Limited,
    NotFound,
    ProviderFailed,
)
from server.domain.ids import Draw
from server.domain.people import Actor
from server.domain.rules import DAY
from server.providers.ports import Sms, SmsWay
from server.providers.sms_vendors.refusals import UNKNOWN
from server.providers.sms_vendors.reports import TAKEN, SmsReport, read_reports
from server.services.ports import Audit, Clock
from server.store.refused_notices import MongoRefusedNotices
from server.store.texts import MongoTexts, StoredReport, StoredText

log = logging.getLogger(__name__)

TEXT_CHARACTERS = 20

#: How long a person waits at most for a vendor's limit of the number to be over.
WAITS = {"limit_minute": 60.0, "limit_hour": 3600.0, "limit_day": 24 * 3600.0}

#: Carriers' words that staff may read without a table at hand.
WORDS = {
    "MOBILE_NOT_ON_SERVICE": "停机或空号 / not in service",
    "MOBILE_SEND_LIMIT": "运营商限制次数 / carrier's limit",
    "MOBILE_ACCOUNT_ABNORMAL": "号码异常 / account abnormal",
    "MOBILE_IN_BLACK": "在黑名单中 / on a blacklist",
    "MOBILE_TERMINAL_ERROR": "手机终端问题 / the phone's fault",
    "CONTENT_KEYWORD": "内容被拦截 / content filtered",
    "SP_UNKNOWN_ERROR": "运营商未知错误 / carrier's unknown error",
    "MK:0001": "关机 / switched off",
    "UNDELIV": "未送达 / undelivered",
    "EXPIRED": "短信过期 / expired",
    "REJECTD": "运营商拒收 / rejected by the carrier",
}


class Numbers(Protocol):
    """Gives phones' stand-ins; `server.store.people.MongoPeople`."""

    def phone_index(self, phone: str) -> str:
        """Give the blind index of a phone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextStores:
    """Where it is all kept."""

    texts: MongoTexts
    refused: MongoRefusedNotices
    numbers: Numbers
    audit: Audit


class Texts:
    """Implements `SmsSender` by whatever way there is; takes reports in; shows what happened."""

    def __init__(
        self,
        *,
        way: SmsWay,
        stores: TextStores,
        report_secret: str | None,
        clock: Clock,
        draw: Draw,
    ) -> None:
        self._way = way
        self._texts = stores.texts
        self._refused = stores.refused
        self._numbers = stores.numbers
        self._audit = stores.audit
        self._report_secret = report_secret
        self._clock = clock
        self._draw = draw

    async def send(self, message: Sms) -> None:
        """Send one text, at most once.

        Raises:
            Limited: a vendor's own limit for the number was reached.
            InvalidInput: the vendor sends nothing to this number.
            ProviderFailed: refused by all who were asked, or nobody knows whether it was sent.
        """
        text = f"T{self._draw(TEXT_CHARACTERS)}"
        number = self._numbers.phone_index(message.phone)
        await self._texts.begin(
            StoredText(id=text, number=number, template=message.template, at=self._clock())
        )
        try:
            receipt = await self._way.send(message, text)
        except ProviderFailed as error:
            await self._texts.failed(
                text,
                known=error.rule not in UNKNOWN,
                vendor=str(error.details.get("vendor", "")),
                rule=error.rule or "no_answer",
                tried=_names(error.details.get("tried")),
            )
            raise _for_people(error) from error
        await self._texts.sent(
            text, vendor=receipt.vendor, serial=receipt.serial, tried=receipt.tried
        )

    # Vendors

    async def receive(self, vendor: str, secret: str, raw: bytes) -> bytes:
        """Keep the reports of one request, each once; gives what the vendor wants to hear.

        Raises:
            NotFound: the secret of the path is not ours, or there is no such vendor.
            BadNotice: these are no reports. Both are counted by their reason.
        """
        known = self._report_secret
        taken = {str(name): told for name, told in TAKEN.items()}.get(vendor)
        if known is None or taken is None:
            raise NotFound(field="path", rule="set_up")
        try:
            if not hmac.compare_digest(known.encode(), secret.encode()):
                raise BadNotice(rule="secret")
            reports = read_reports(vendor, raw)
        except BadNotice as error:
            await self._refused.count(f"sms_{vendor}", error.rule or "refused", self._clock())
            if error.rule == "secret":
                raise NotFound(field="path", rule="set_up") from error
            raise
        for report in reports:
            await self._keep(report)
        return taken

    async def _keep(self, report: SmsReport) -> None:
        await self._texts.report(
            StoredReport(
                id=f"{report.vendor}:{report.serial}",
                vendor=report.vendor,
                reference=report.reference,
                delivered=report.delivered,
                code=report.code,
                at=self._clock(),
            )
        )

    # Staff

    async def recent(self, query: TextsQuery) -> TextPage:
        """List texts, newest first, with the counts of the last 24 hours."""
        return await self._page(None, query)

    async def find(self, actor: Actor, asked: FindTexts) -> TextPage:
        """List one phone's texts, newest first; that somebody looked is recorded.

        Raises:
            InvalidInput: no mobile number.
        """
        number = self._numbers.phone_index(documents.phone(asked.phone))
        await self._audit.record(
            actor=actor.person,
            action="texts_looked_at",
            subject=f"number:{number}",
            purpose=asked.purpose,
            at=self._clock(),
        )
        return await self._page(number, TextsQuery(before=asked.before, limit=asked.limit))

    async def _page(self, number: str | None, query: TextsQuery) -> TextPage:
        found = await self._texts.list(number=number, before=query.before, limit=query.limit)
        reports = await self._texts.reports_of(found)
        since = self._clock() - timedelta(seconds=DAY)
        return TextPage(
            texts=tuple(_view(text, reports.get(text.id)) for text in found),
            last_day=await self._texts.count_since(since),
            next=found[-1].at if len(found) == query.limit else None,
        )


def _view(text: StoredText, report: StoredReport | None) -> TextView:
    fate, code = {"sent": "sent", "refused": "refused"}.get(text.state, "unknown"), text.rule
    if report is not None:
        fate, code = ("delivered" if report.delivered else "failed"), report.code
    return TextView(
        text_id=text.id,
        template=text.template,
        at=text.at,
        fate=fate,
        vendor=text.vendor or (report.vendor if report else ""),
        serial=text.serial,
        why=code,
        why_words=WORDS.get(code, ""),
        tried=text.tried,
        reported_at=report.at if report else None,
    )


def _for_people(error: ProviderFailed) -> DomainError:
    """Say what a person can do about it, and nothing of who was asked."""
    if error.rule in WAITS:
        return Limited(field="number", rule="rate", retry_after_seconds=WAITS[error.rule])
    if error.rule == "number":
        return InvalidInput(field="phone", rule="takes_texts")
    return ProviderFailed(rule=error.rule)


def _names(tried: object) -> tuple[str, ...]:
    return tuple(str(name) for name in tried) if isinstance(tried, tuple) else ()
