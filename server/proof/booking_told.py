"""What people were told of their bookings, read where it arrives: in WeChat, and on the phone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

from server.proof import booking_acts as acts
from server.proof.booking_cast import Cast
from server.proof.people import PATIENCE_SECONDS, JsonObject, Visitor
from server.proof.report import Report
from server.proof.wechat_people import WeChatVisitor

#: What the owner must have heard in WeChat, by the states' words, and how often: two bookings
#: were made, and each other thing happened once.
OWNER_HEARS: Mapping[str, int] = MappingProxyType(
    {
        "已预约": 2,
        "证件待更正": 1,
        "已改期": 1,
        "有空位": 1,
        "预约提醒": 1,
        "即将开始": 1,
        "已取消": 1,
    }
)

#: The same of those who do not follow, by SMS, by who they are in the cast.
BY_TEXT: Mapping[str, Mapping[str, int]] = MappingProxyType(
    {
        "canceller": {"已预约": 2, "已改期": 1, "证件待更正": 1, "预约提醒": 1, "即将开始": 1},
        "winner": {"已预约": 1, "已取消": 1},
    }
)

WORDS = tuple(OWNER_HEARS)


async def in_wechat(person: WeChatVisitor, word: str, times: int = 1) -> None:
    """Wait until the account told a follower of a state so often.

    Raises:
        TimeoutError: it never did.
    """
    await _until_counted(lambda: counted_chat(person), word, times)


async def by_text(person: Visitor, word: str, times: int = 1) -> None:
    """Wait until a state was told of by SMS so often.

    Raises:
        TimeoutError: it never was.
    """
    await _until_counted(lambda: counted_texts(person), word, times)


async def counted_chat(person: WeChatVisitor) -> Counter[str]:
    """Count a follower's template messages by the state that each tells of."""
    chat = [entry for entry in await person.chat() if entry["kind"] == "template"]
    return _counted(str(entry["text"]) for entry in chat)


async def counted_texts(person: Visitor) -> Counter[str]:
    """Count a person's SMS by the state that each tells of; codes tell of none."""
    return _counted(str(one["text"]) for one in await person.texts())


async def judge(cast: Cast, report: Report) -> None:
    """Compare what arrived with what should have: WeChat for who follows, else SMS, once each."""
    await in_wechat(cast.owner, "已取消")
    others = {"canceller": cast.canceller, "winner": cast.winner}
    for name, wanted in BY_TEXT.items():
        for word, times in wanted.items():
            await by_text(others[name], word, times)
    heard, texts = await counted_chat(cast.owner), await counted_texts(cast.owner)
    ok = heard == Counter(OWNER_HEARS) and not texts
    report.check("who follows hears each thing once, in WeChat", ok, f"{dict(heard)}, no SMS")
    arrived = {name: dict(await counted_texts(others[name])) for name in BY_TEXT}
    # An offer that lapsed before its SMS went out is not told any more: once at most, not always.
    lapsed = await _until_any_heard(cast.line)
    ok = arrived == {name: dict(BY_TEXT[name]) for name in BY_TEXT}
    ok = ok and all(one <= Counter({"有空位": 1}) for one in lapsed)
    report.check("who does not hears it once, by SMS", ok, arrived)


async def _until_any_heard(line: Sequence[Visitor]) -> list[Counter[str]]:
    async def look() -> list[Counter[str]] | None:
        heard = [await counted_texts(person) for person in line]
        return heard if any(heard) else None

    return await acts.until(look, PATIENCE_SECONDS)


async def _until_counted(
    count: Callable[[], Awaitable[Counter[str]]], word: str, times: int
) -> None:
    async def look() -> JsonObject | None:
        seen = await count()
        return dict(seen) if seen[word] >= times else None

    await acts.until(look, PATIENCE_SECONDS)


def _counted(texts: Iterable[str]) -> Counter[str]:
    found: Counter[str] = Counter()
    for text in texts:
        found.update([word for word in WORDS if word in text][:1])
    return found
