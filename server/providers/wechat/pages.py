"""What pages in WeChat need: the JS-SDK's signature. Pure."""

from __future__ import annotations

import hashlib
from datetime import datetime

from server.providers.wechat.ports import PageConfig


def signed_page(app_id: str, ticket: str, url: str, nonce: str, now: datetime) -> PageConfig:
    """Sign a page's URL as WeChat's JS-SDK checks it: raw, without what follows `#`."""
    timestamp = int(now.timestamp())
    text = (
        f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={url.partition('#')[0]}"
    )
    return PageConfig(
        app_id=app_id,
        timestamp=timestamp,
        nonce=nonce,
        signature=hashlib.sha1(text.encode()).hexdigest(),
    )
