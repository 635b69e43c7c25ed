"""Who is asked to send a text, and who is not: one text at most, whatever happens."""

from datetime import UTC, datetime, timedelta

import pytest

from server.domain.errors import ProviderFailed
from server.providers.ports import Sms
from server.providers.sms_vendors.failover import VendorSms
from server.providers.sms_vendors.refusals import (
    ALIYUN,
    ALIYUN_FAMILIES,
    OF_NUMBER,
    TENCENT,
    TENCENT_FAMILIES,
    UNKNOWN,
    of_aliyun,
    of_tencent,
)

MESSAGE = Sms(phone="13800000001", template="login_code", params={"code": "123456"}, text="...")
RULES = {"not_connected", *ALIYUN.values(), *ALIYUN_FAMILIES.values()}
RULES |= {*TENCENT.values(), *TENCENT_FAMILIES.values(), *OF_NUMBER, *UNKNOWN}


class FailingVendor:
    """Fails by the rules that it was given, one after the other, and then sends."""

    def __init__(self, name, *rules: str) -> None:
        self.name = name
        self.rules = list(rules)
        self.asked = 0

    async def send(self, message: Sms, reference: str) -> str:
        self.asked += 1
        if self.rules:
            raise ProviderFailed(rule=self.rules.pop(0))
        return f"{self.name}-{self.asked}"


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def turn(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.mark.parametrize("rule", sorted(RULES))
async def test_only_what_was_certainly_not_sent_goes_to_the_next(rule: str):
    first, second = FailingVendor("aliyun", rule), FailingVendor("tencent")
    way = VendorSms([first, second], clock=Clock())
    if rule in UNKNOWN or rule in OF_NUMBER:
        with pytest.raises(ProviderFailed) as failure:
            await way.send(MESSAGE, "T1")
        assert (failure.value.rule, second.asked) == (rule, 0)
        assert failure.value.details["vendor"] == "aliyun"
    else:
        receipt = await way.send(MESSAGE, "T1")
        assert (receipt.vendor, receipt.tried) == ("tencent", ("aliyun", "tencent"))


async def test_when_all_refuse_the_last_word_is_told():
    vendors = [FailingVendor("aliyun", "balance"), FailingVendor("tencent", "template")]
    with pytest.raises(ProviderFailed) as failure:
        await VendorSms(vendors, clock=Clock()).send(MESSAGE, "T1")
    assert failure.value.rule == "template"
    assert failure.value.details["tried"] == ("aliyun", "tencent")


async def test_a_vendor_that_fails_again_and_again_rests_and_comes_back():
    clock = Clock()
    first, second = FailingVendor("aliyun", *["balance"] * 4), FailingVendor("tencent")
    way = VendorSms([first, second], clock=clock)
    for _ in range(5):
        assert (await way.send(MESSAGE, "T")).vendor == "tencent"
    assert (first.asked, second.asked) == (3, 5)
    clock.turn(61)
    await way.send(MESSAGE, "T")
    assert first.asked == 4  # tried once, and it rests for two minutes now
    clock.turn(61)
    await way.send(MESSAGE, "T")
    assert first.asked == 4
    clock.turn(61)
    assert (await way.send(MESSAGE, "T")).vendor == "aliyun"
    assert (await way.send(MESSAGE, "T")).vendor == "aliyun"


async def test_unknown_outcomes_make_a_vendor_rest_too_and_limits_of_numbers_do_not():
    clock = Clock()
    first, second = FailingVendor("aliyun", *["no_answer"] * 3), FailingVendor("tencent")
    way = VendorSms([first, second], clock=clock)
    for _ in range(3):
        with pytest.raises(ProviderFailed):
            await way.send(MESSAGE, "T")
    assert (await way.send(MESSAGE, "T")).vendor == "tencent"
    crowd = FailingVendor("aliyun", *["limit_hour"] * 9)
    way = VendorSms([crowd, second], clock=clock)
    for _ in range(9):
        with pytest.raises(ProviderFailed):
            await way.send(MESSAGE, "T")
    assert (await way.send(MESSAGE, "T")).vendor == "aliyun"


async def test_when_all_rest_the_one_that_wakes_first_is_asked():
    clock = Clock()
    first = FailingVendor("aliyun", *["balance"] * 3)
    second = FailingVendor("tencent", *["balance"] * 9)
    way = VendorSms([first, second], clock=clock)
    for _ in range(3):
        with pytest.raises(ProviderFailed):
            await way.send(MESSAGE, "T")
    assert (await way.send(MESSAGE, "T")).vendor == "aliyun"


def test_vendors_codes_have_stable_rules():
    assert of_aliyun("isv.BUSINESS_LIMIT_CONTROL", "触发分钟级流控Permits:1") == "limit_minute"
    assert of_aliyun("isv.BUSINESS_LIMIT_CONTROL", "触发小时级流控Permits:5") == "limit_hour"
    assert of_aliyun("isv.BUSINESS_LIMIT_CONTROL", "触发天级流控Permits:10") == "limit_day"
    assert of_aliyun("isv.BUSINESS_LIMIT_CONTROL", "?") == "limit_day"
    assert of_aliyun("isv.AMOUNT_NOT_ENOUGH", "") == "balance"
    assert of_aliyun("isv.SOMETHING_NEW", "") == "refused"
    assert of_aliyun("isp.SYSTEM_ERROR", "") == "no_answer"
    assert of_aliyun("SomethingNew", "") == "no_answer"
    assert of_tencent("LimitExceeded.PhoneNumberOneHourLimit") == "limit_hour"
    assert of_tencent("AuthFailure.SignatureExpire") == "account"
    assert of_tencent("InternalError.Timeout") == "no_answer"
    assert of_tencent("FailedOperation.SomethingNew") == "refused"
    assert of_tencent("") == "no_answer"
