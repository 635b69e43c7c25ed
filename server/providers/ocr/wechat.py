"""WeChat's recognition: `cv/ocr/idcard` and `cv/ocr/driving` (行驶证; `drivinglicense` is 驾驶证).

Of the service account, verified; 100 calls a day are free once the pack is claimed, more are
bought. Names of the answers: WeChat's documents of both calls; `gender` from memory. No birthday
comes with an ID card: it is taken from the number.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from server.domain.bookings.papers import IdCard, PaperKind, VehicleLicence
from server.domain.errors import ProviderFailed
from server.providers.ocr.fields import Paper, cleaned
from server.providers.ocr_ports import OcrRule
from server.providers.wechat.account import Account

MOST_BYTES = 2 * 1024 * 1024 - 1

#: Their codes for photos and quotas; 101000 and 101001 are told of links and of photos without
#: such a paper [community posts; 101001 from memory]. Those of tokens are `Account`'s.
RULES: Mapping[int, OcrRule] = {
    -1: "busy",
    101000: "photo",
    101002: "quota",
    101003: "quota",
    40005: "photo",
    41005: "photo",
    40009: "too_large",
    45009: "quota",
    45011: "busy",
    48001: "account",
    48004: "account",
    50002: "account",
    61007: "account",
    40001: "account",
    40013: "account",
    40014: "account",
    40125: "account",
    40164: "account",
    42001: "account",
}

#: They found no such paper on the photo.
NO_PAPER = 101001


class _IdCard(msgspec.Struct, frozen=True):
    type: str = "Front"
    name: str = ""
    id: str = ""
    addr: str = ""
    gender: str = ""
    nationality: str = ""


class _Licence(msgspec.Struct, frozen=True):
    plate_num: str = ""
    vehicle_type: str = ""
    owner: str = ""
    addr: str = ""
    use_character: str = ""
    model: str = ""
    vin: str = ""
    engine_num: str = ""
    register_date: str = ""
    issue_date: str = ""


class WeChatRecogniser:
    """Implements `Recogniser`."""

    name = "wechat"

    def __init__(self, account: Account) -> None:
        """Take the account; its token is shared with all that is asked of WeChat."""
        self._account = account

    async def read(self, kind: PaperKind, photo: bytes) -> Paper:
        """Read one paper; see `Recogniser`.

        Raises:
            ProviderFailed: by the rules of `OcrRule`; details carry WeChat's `errcode`, if any.
        """
        if len(photo) > MOST_BYTES:
            raise ProviderFailed(rule="too_large")
        try:
            if kind is PaperKind.ID_CARD:
                return _card(await self._account.upload("/cv/ocr/idcard", "img", photo, _IdCard))
            return _licence(await self._account.upload("/cv/ocr/driving", "img", photo, _Licence))
        except ProviderFailed as failure:
            if failure.details.get("errcode") == NO_PAPER:
                return cleaned(kind, {})
            raise _in_our_words(failure) from failure


def _in_our_words(failure: ProviderFailed) -> ProviderFailed:
    errcode = failure.details.get("errcode")
    if isinstance(errcode, int):
        return ProviderFailed(rule=RULES.get(errcode, "refused"), errcode=errcode)
    known = failure.rule in ("no_answer", "bad_answer", "busy")
    return ProviderFailed(rule=failure.rule if known else "account")


def _card(told: _IdCard) -> IdCard:
    """Take the front's fields; the back shows none of them."""
    if told.type != "Front":
        return IdCard()
    paper = cleaned(
        PaperKind.ID_CARD,
        {
            "name": told.name,
            "sex": told.gender,
            "ethnicity": told.nationality,
            "address": told.addr,
            "number": told.id,
        },
    )
    assert isinstance(paper, IdCard)
    return paper


def _licence(told: _Licence) -> VehicleLicence:
    paper = cleaned(
        PaperKind.VEHICLE_LICENCE,
        {
            "plate": told.plate_num,
            "type": told.vehicle_type,
            "owner": told.owner,
            "address": told.addr,
            "use": told.use_character,
            "model": told.model,
            "vin": told.vin,
            "engine": told.engine_num,
            "registered": told.register_date,
            "issued": told.issue_date,
        },
    )
    assert isinstance(paper, VehicleLicence)
    return paper
