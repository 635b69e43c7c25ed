"""WeChat Pay's error codes, and what each says of the thing asked."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

import msgspec

from server.domain.errors import ProviderFailed

#: It may have happened: look before anything is done about it.
UNKNOWN = "unknown"
#: It certainly did not happen, and the same may be asked again later.
LATER = "later"
#: It certainly did not happen, and will not when asked in the same way.
REFUSED = "refused"

#: The codes of the calls that we make. Two spellings of one word are both sent; the rule that
#: callers see is the first of them.
MEANINGS: Mapping[str, str] = MappingProxyType(
    {
        "SYSTEM_ERROR": UNKNOWN,
        "BANK_ERROR": UNKNOWN,
        "BIZERR_NEED_RETRY": UNKNOWN,
        "FREQUENCY_LIMITED": LATER,
        "RATELIMIT_EXCEEDED": LATER,
        "NOT_ENOUGH": LATER,  # our own balance: somebody has to fill it up
        "STATEMENT_CREATING": LATER,
        "ORDERPAID": REFUSED,
        "ORDER_CLOSED": REFUSED,
        "ORDER_NOT_EXIST": REFUSED,
        "RESOURCE_NOT_EXISTS": REFUSED,
        "NOT_FOUND": REFUSED,
        "OUT_TRADE_NO_USED": REFUSED,
        "ALREADY_EXISTS": REFUSED,  # this number, with other contents
        "INVALID_REQUEST": REFUSED,  # the state of the thing does not allow it
        "NO_STATEMENT_EXIST": REFUSED,
        "SIGN_ERROR": REFUSED,
        "PARAM_ERROR": REFUSED,
        "APPID_MCHID_NOT_MATCH": REFUSED,
        "MCH_NOT_EXISTS": REFUSED,
        "OPENID_MISMATCH": REFUSED,
        "NO_AUTH": REFUSED,
        "RULE_LIMIT": REFUSED,
        "TRADE_ERROR": REFUSED,
        "ACCOUNT_ERROR": REFUSED,
        "USER_ACCOUNT_ABNORMAL": REFUSED,
    }
)

SPELLINGS: Mapping[str, str] = MappingProxyType(
    {
        "SYSTEMERROR": "SYSTEM_ERROR",
        "BANKERROR": "BANK_ERROR",
        "FREQUENCY_LIMIT_EXCEED": "FREQUENCY_LIMITED",
        "NOTENOUGH": "NOT_ENOUGH",
        "ORDER_PAID": "ORDERPAID",
        "ORDERCLOSED": "ORDER_CLOSED",
        "ORDERNOTEXIST": "ORDER_NOT_EXIST",
        "RESOURCE_NOT_EXIST": "RESOURCE_NOT_EXISTS",
        "REFUND_NOT_EXISTS": "RESOURCE_NOT_EXISTS",
        "RESOURCE_ALREADY_EXISTS": "ALREADY_EXISTS",
        "NOAUTH": "NO_AUTH",
        "RULELIMIT": "RULE_LIMIT",
        "ACCOUNTERROR": "ACCOUNT_ERROR",
    }
)

#: "There is no such thing", in the words of payments, refunds and transfers.
UNHEARD = frozenset({"ORDER_NOT_EXIST", "RESOURCE_NOT_EXISTS", "NOT_FOUND"})


class _Refusal(msgspec.Struct, frozen=True):
    code: Annotated[str, msgspec.Meta(min_length=1)]


def failure(status: int, body: bytes | str) -> ProviderFailed:
    """Read an answer that is not a success: `no_answer`, or the code with `retry` and `status`.

    What holds no code is not the wallet's, but of something on the way to it: nobody knows then
    whether the wallet was asked.
    """
    try:
        told = msgspec.json.decode(body, type=_Refusal).code
    except (msgspec.MsgspecError, RecursionError):
        return ProviderFailed(rule="no_answer" if status >= 500 else "bad_answer", status=status)
    code = SPELLINGS.get(told, told)[:64]
    meaning = MEANINGS.get(code, REFUSED)
    if status >= 500 or meaning == UNKNOWN:
        return ProviderFailed(rule="no_answer", status=status, code=code)
    if status < 400:
        return ProviderFailed(rule="bad_answer", status=status)
    retry = meaning == LATER or status == 429
    return ProviderFailed(rule=code, status=status, retry=retry)


def is_unheard(error: ProviderFailed) -> bool:
    """Tell whether the wallet says that there is no such thing; a bare 404 is not its word."""
    return error.rule in UNHEARD


def is_refusal(error: ProviderFailed) -> bool:
    """Tell whether it certainly was not done."""
    return error.rule not in ("no_answer", "bad_answer")
