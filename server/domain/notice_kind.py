"""What one kind of notice is: its hearer, its use, its texts, the page that it leads to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from enum import StrEnum
from types import MappingProxyType

from server.domain.notices import Topic, Use

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0


class Hears(StrEnum):
    """Who is told."""

    CUSTOMER = "customer"
    COURIER = "courier"  #: who carries the order, or carried it until this step
    PERSON = "person"  #: whom it is about, of no order


EARNINGS_PAGE = "/courier#earnings"

#: The page that a notice leads to, by its hearer, and for couriers by its topic.
PAGES: Mapping[Hears, str] = MappingProxyType(
    {Hears.CUSTOMER: "/customer#orders", Hears.COURIER: "/courier#work", Hears.PERSON: "/customer"}
)
COURIER_PAGES: Mapping[Topic, str] = MappingProxyType(
    {"offers": "/courier#offers", "payout": EARNINGS_PAGE}
)
CERTIFICATION_PAGE = "/courier#certification"


@dataclass(frozen=True, slots=True)
class Kind:
    """One row."""

    hears: Hears
    event: str  #: the step, timer or change that it tells of
    topic: Topic
    use: Use
    word: str  #: the state in at most five Hanzi: what a template's 当前状态 takes
    _: KW_ONLY
    zh: str
    en: str
    sms: bool = False
    fresh_seconds: float = DAY  #: later it would be old news
    even_own: bool = False  #: also told to who did it themselves: WeChat keeps it for them
    page: str | None = None  #: where it leads, if not to its hearer's page

    @property
    def path(self) -> str:
        """Give the page that it leads to."""
        if self.page is not None:
            return self.page
        own = COURIER_PAGES.get(self.topic) if self.hears is Hears.COURIER else None
        return own or PAGES[self.hears]
