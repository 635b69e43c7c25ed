"""The routes for people and tests: the phone page and its feed, taps, scans, faults.

Unsigned, so the sandbox listens on loopback. A page of another origin may not post here.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tornado.iostream import StreamClosedError

from server.sandbox.base import SandboxHandler
from server.sandbox.bodies import ArmFault, BindPerson
from server.sandbox.errors import Refused
from server.sandbox.parts import Parts

PAGES = Path(__file__).with_name("pages")

#: How many of each thing a phone shows.
SHOWN = 20

#: Silence on the feed after which a comment keeps it alive, seconds.
HEARTBEAT_SECONDS = 15.0


class PeopleHandler(SandboxHandler):
    """Refuses posts from pages of other origins."""

    def prepare(self) -> None:
        """Compare Origin, which browsers send with every post, with the host asked.

        Raises:
            Refused: 403 `foreign_origin`.
        """
        super().prepare()
        origin = self.request.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc != self.request.host:
            raise Refused(403, "foreign_origin", "another site's page may not do this")


class PageHandler(PeopleHandler):
    """GET /, /phone/{n}, /pay/{id}, /confirm/{id}: one page file each."""

    def initialize(self, parts: Parts, page: str = "") -> None:
        """Receive which page this route shows."""
        super().initialize(parts)
        self._page = page

    def get(self, _what: str = "") -> None:
        """Send the page."""
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish((PAGES / self._page).read_bytes())


def phone_state(parts: Parts, phone: str) -> dict[str, Any]:
    """Give all that one phone shows."""
    person = parts.inbox.person_of(phone)
    return {
        "phone": phone,
        "person": person,
        "phones": parts.inbox.phones(SHOWN),
        "people": parts.inbox.people(10 * SHOWN),
        "messages": parts.inbox.messages(phone, SHOWN),
        "payments": parts.payments.recent(SHOWN),
        "transfers": parts.transfers.recent(person, SHOWN),
    }


class PhoneStateHandler(PeopleHandler):
    """GET /phone/{n}/state."""

    def get(self, phone: str) -> None:
        """Give it once."""
        self.finish(phone_state(self.parts, phone))


class PhoneFeedHandler(PeopleHandler):
    """GET /phone/{n}/events: server-sent events, each the whole state, the latest wins.

    Holds nothing for a slow reader: the next event is only read off the disk once the one
    before has left.
    """

    async def get(self, phone: str) -> None:
        """Feed until the page goes away."""
        self.set_header("Content-Type", "text/event-stream")
        bell = self.parts.pages_bell
        sent = ""
        try:
            while not self.gone.is_set():
                heard = bell.rings
                state = json.dumps(phone_state(self.parts, phone), ensure_ascii=False)
                self.write(f"data: {state}\n\n" if state != sent else ": still here\n\n")
                sent = state
                await self.flush()
                await bell.wait(heard, HEARTBEAT_SECONDS)
        except StreamClosedError:
            pass  # the page was closed while we wrote: the usual end of a feed

    def on_connection_close(self) -> None:
        """Wake the feed, so that it ends now and not at its next heartbeat."""
        super().on_connection_close()
        self.parts.pages_bell.ring()


class BindPersonHandler(PeopleHandler):
    """POST /phone/{n}/person."""

    def post(self, phone: str) -> None:
        """Say whose phone it is."""
        self.parts.inbox.bind(phone, self.decode(BindPerson).person)
        self.parts.pages_bell.ring()
        self.finish({})


class InboxHandler(PeopleHandler):
    """GET /inbox?phone= → {messages}, newest first."""

    def get(self) -> None:
        """List one number's SMS."""
        phone = self.get_query_argument("phone", "")
        self.finish({"messages": self.parts.inbox.messages(phone, SHOWN)})


class BillHandler(PeopleHandler):
    """GET /bills/pay/{prepay_id}, /bills/confirm/{transfer_bill_no}: what a QR or link asks for."""

    def get(self, kind: str, reference: str) -> None:
        """Tell what it is and how it stands."""
        if kind == "pay":
            payments = self.parts.payments
            number = payments.number_of(reference)
            payments.scan(number)
            self.finish(payments.state_of(number))
        else:
            transfers = self.parts.transfers
            self.finish(transfers.state_of(transfers.number_of(reference)))


class TapHandler(PeopleHandler):
    """POST /pay/orders/{no}/tap-pay, /transfers/{no}/tap-{confirm,decline,expire}."""

    def post(self, number: str, tap: str) -> None:
        """Do what the person's thumb did."""
        if tap == "pay":
            told = self.parts.payments.pay(number)
        elif tap == "expire":  # nobody's thumb, but the clock's
            told = self.parts.transfers.expire(number)
        else:
            state = {"confirm": "SUCCESS", "decline": "FAIL"}[tap]
            told = self.parts.transfers.settle(number, state)
        self.parts.pages_bell.ring()
        self.finish(told)


class KiosksHandler(PeopleHandler):
    """GET /kiosks → {kiosks}."""

    async def get(self) -> None:
        """Read them all."""
        self.finish({"kiosks": await self.parts.kiosks.all()})


class ScanHandler(PeopleHandler):
    """GET /kiosks/{i}/scan: the camera. Leads to the URL that the kiosk shows at this moment."""

    async def get(self, number: str) -> None:
        """Follow the QR."""
        self.redirect(await self.parts.kiosks.scan(int(number)))


class FaultsHandler(PeopleHandler):
    """GET, POST, DELETE /faults → {faults}."""

    def get(self) -> None:
        """List them."""
        self.finish({"faults": self.parts.faults.listed()})

    def post(self) -> None:
        """Arm one."""
        self.parts.faults.arm(self.decode(ArmFault))
        self.get()

    def delete(self) -> None:
        """Disarm all."""
        self.parts.faults.disarm()
        self.get()


class NoticesHandler(PeopleHandler):
    """GET /notices → {notices}: the newest, with every delivery and what it was answered."""

    def get(self) -> None:
        """List them."""
        self.finish({"notices": self.parts.notices.listed()})


class HealthHandler(PeopleHandler):
    """GET /health."""

    def get(self) -> None:
        """Answer."""
        self.finish({"ok": True})
