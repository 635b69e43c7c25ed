"""What WeChat Pay has to be told of us, and we of it.

Public-key mode: WeChat Pay signs with a key that the merchant's console shows with its id
(`PUB_KEY_ID_...`). The older platform certificates, which have to be fetched, are not spoken.
"""

from __future__ import annotations

from dataclasses import dataclass, field

API_URL = "https://api.mch.weixin.qq.com"

#: 佣金报酬: what the platform pays couriers is commission. Its two report lines are required.
COMMISSION_SCENE = "1005"
COMMISSION_REPORT = (("岗位类型", "揽件员"), ("报酬说明", "揽件报酬"))


@dataclass(frozen=True, slots=True, kw_only=True)
class WechatPayConfig:
    """One merchant, and the app (service account) whose openids pay and are paid."""

    app_id: str
    mchid: str
    serial: str  #: of the merchant's certificate
    private_key_pem: str = field(repr=False)  #: PKCS8: the library reads no other form
    api_v3_key: str = field(repr=False)  #: 32 characters: opens notices
    public_key_id: str  #: WeChat Pay's own, PUB_KEY_ID_...
    public_key_pem: str
    base_url: str = API_URL
    transfer_scene: str = COMMISSION_SCENE
    transfer_report: tuple[tuple[str, str], ...] = COMMISSION_REPORT
    transfer_account: str = "BASIC"  #: whose daily flow has the transfers: BASIC or OPERATION
