"""The sandbox's service account as a site's operator would set it up."""

from __future__ import annotations

from server.app.wechat import wechat_alone
from server.local.site import Site
from server.providers.wechat import applying
from server.settings import Settings


async def set_up_account(site: Site) -> None:
    """Give the account our menu and templates; what is there already stays.

    Raises:
        ProviderFailed: WeChat's stand-in refused, or did not answer.
    """
    settings = Settings.from_env(site.environment)
    config = settings.providers.wechat
    async with wechat_alone(settings) as wechat:
        if config is None or wechat.client is None:
            return
        planned = await applying.plan(wechat.client, settings.http.base_url, config.short_ids)
        await applying.apply(wechat.client, planned)
