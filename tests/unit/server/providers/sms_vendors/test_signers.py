"""The signers against the vendors' published examples and requests made by their own SDKs."""

import json
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from server.providers import acs3
from server.providers.sms_vendors import tc3

SDK = json.loads(Path(__file__).with_name("sdk_requests.json").read_text())
ALIYUN_SECRET = "sandboxaliyunsecretsandboxaliy"
TENCENT_SECRET = "sandboxtencentsecretsandboxtence"

#: Of Tencent's document; its key is starred there, and the signature is that of the stars.
TENCENT_BODY = (
    rb'{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}'
)


def test_aliyuns_published_example():
    query = acs3.encoded(
        {
            "RegionId": "cn-shanghai",
            "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd",
        }
    )
    signed = acs3.authorization(
        key_id="YourAccessKeyId",
        key_secret="YourAccessKeySecret",
        query=query,
        headers={
            "host": "ecs.cn-shanghai.aliyuncs.com",
            "x-acs-action": "RunInstances",
            "x-acs-version": "2014-05-26",
            "x-acs-date": "2023-10-26T10:22:32Z",
            "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
            "x-acs-content-sha256": acs3.digest(b""),
        },
    )
    assert signed == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;"
        "x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,Signature="
        "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


@pytest.mark.parametrize(
    ("key", "signature"),
    [
        ("*" * 32, "10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f"),
        (
            "Gu5t9xGARNpq86cd98joQYCN3*******",
            "be4f67d323c78ab9acb7395e43c0dbcf822a9cfac32fea2449a7bc7726b770a3",
        ),
    ],
    ids=["present page", "earlier page"],
)
def test_tencents_published_examples(key: str, signature: str):
    signed = tc3.authorization(
        secret_id="AKIDexample",
        secret_key=key,
        service="cvm",
        timestamp=1551113065,
        headers={
            "Content-Type": "application/json; charset=utf-8",
            "Host": "cvm.tencentcloudapi.com",
            "X-TC-Action": "DescribeInstances",
        },
        body=TENCENT_BODY,
    )
    assert signed == (
        "TC3-HMAC-SHA256 Credential=AKIDexample/2019-02-25/cvm/tc3_request, "
        f"SignedHeaders=content-type;host;x-tc-action, Signature={signature}"
    )


@pytest.mark.parametrize("name", ["aliyun_query", "aliyun_form"])
def test_aliyuns_sdk_signs_the_same(name: str):
    request = SDK[name]
    headers, body = request["headers"], request["body"].encode()
    signed = headers["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
    assert headers["x-acs-content-sha256"] == acs3.digest(body)
    made = acs3.authorization(
        key_id="LTAIsandbox0000000001",
        key_secret=ALIYUN_SECRET,
        query=acs3.encoded(dict(parse_qsl(urlsplit(request["path"]).query))),
        headers={header: headers[header] for header in signed},
    )
    assert made == headers["authorization"]


def test_tencents_sdk_signs_the_same():
    headers = SDK["tencent"]["headers"]
    made = tc3.authorization(
        secret_id="AKIDsandbox0000000001",
        secret_key=TENCENT_SECRET,
        service="sms",
        timestamp=int(headers["x-tc-timestamp"]),
        headers={"Content-Type": headers["content-type"], "Host": headers["host"]},
        body=SDK["tencent"]["body"].encode(),
    )
    assert made == headers["authorization"]


def test_what_aliyun_escapes():
    assert acs3.encoded({"b": "v=a b*c~d/e", "a": "揽+"}) == "a=%E6%8F%BD%2B&b=v%3Da%20b%2Ac~d%2Fe"
