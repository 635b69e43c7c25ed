"""The SMS vendors' two sides for tests: the sandbox's ids, and the platform's settings of it."""

import dataclasses

from server.local.provider_keys import sms_environment as environment_of
from server.providers.sms_vendors.config import SmsConfig
from server.sandbox.keys import SandboxKeys
from server.settings_providers import sms
from server.settings_reader import Reader
from tests.alipay import site

REPORT_SECRET = "sandbox-reports-0123456789"

#: With which the vendors' SDKs signed the requests in `sdk_requests.json`.
ALIYUN_SECRET = "sandboxaliyunsecretsandboxaliy"
TENCENT_SECRET = "sandboxtencentsecretsandboxtence"


def ids() -> SandboxKeys:
    """Give a sandbox's ids, with the SMS keys that the tests know."""
    return dataclasses.replace(
        site().ids,
        aliyun_key_id="LTAIsandbox0000000001",
        aliyun_key_secret=ALIYUN_SECRET,
        tencent_secret_id="AKIDsandbox0000000001",
        tencent_secret_key=TENCENT_SECRET,
        tencent_sdk_app_id="sandbox1400000001",
    )


def sms_environment(url: str) -> dict[str, str]:
    """Give the settings that point the platform at that sandbox's vendors."""
    made = environment_of(dataclasses.asdict(ids()), url)
    return {**made, "LANJIAN_SECRET_SMS_REPORTS": REPORT_SECRET}


def config(url: str) -> SmsConfig:
    """Read those settings."""
    reader = Reader(sms_environment(url))
    found = sms.read(reader, sandbox=True)
    reader.raise_problems()
    assert found is not None
    return found
