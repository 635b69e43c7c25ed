"""What pages in WeChat need: the QR that follows and leads back, the JS-SDK, scans read."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

import segno

from realtime.wire.wechat import PageConfigView, ScanView, SceneView, WeChatInfo
from server.domain.errors import NotFound, ProviderFailed
from server.domain.ids import PersonId, VisitId
from server.domain.own_pages import own_url
from server.domain.scanned import KioskCode, WaybillNumber, read_scan
from server.domain.visits import Visit
from server.domain.wechat import WeChatAccount, WeChatApp
from server.providers.wechat.ports import SceneQr, WeChatApi
from server.services.wechat.conversation import scene_of
from server.store.wechat_accounts import MongoWeChatAccounts
from server.store.wechat_windows import MongoWeChatWindows

#: Scenes of this process's latest visits, so that a page that looks again costs WeChat nothing.
MOST_KEPT = 500

BORDER_MODULES = 2


class VisitStore(Protocol):
    """Visits; `server.store.visits.MongoVisits`."""

    async def get(self, visit: VisitId) -> Visit:
        """Read one. Raises: NotFound."""


class WeChatPages:
    """Serve pages; `service` is None where the service account is not set up."""

    def __init__(
        self,
        *,
        service: WeChatApi | None,
        has_mini: bool,
        accounts: MongoWeChatAccounts,
        windows: MongoWeChatWindows,
        visits: VisitStore,
        base_url: str,
        jssdk_url: str,
        clock: Callable[[], datetime],
    ) -> None:
        self._service = service
        self._has_mini = has_mini
        self._accounts = accounts
        self._windows = windows
        self._visits = visits
        self._base_url = base_url
        self._jssdk_url = jssdk_url
        self._clock = clock
        self._scenes: OrderedDict[VisitId, SceneQr] = OrderedDict()

    def info(self) -> WeChatInfo:
        """Say what of WeChat is set up."""
        has_service = self._service is not None
        return WeChatInfo(
            service=has_service,
            mini=self._has_mini,
            jssdk_url=self._jssdk_url or None if has_service else None,
        )

    async def page_config(self, url: str) -> PageConfigView:
        """Sign the URL of one of our own pages for the JS-SDK.

        Raises:
            NotFound: not set up. InvalidInput: not one of our pages. ProviderFailed: not now.
        """
        config = await self._require_service().page_config(own_url(url, self._base_url))
        return PageConfigView(
            app_id=config.app_id,
            timestamp=config.timestamp,
            nonce=config.nonce,
            signature=config.signature,
        )

    async def scene(self, visit: VisitId, person: PersonId | None) -> SceneView:
        """Give the QR that follows the account and leads back to a running visit.

        Raises:
            NotFound: not set up, or no visit of this person's. VisitOver: it ran out.
            ProviderFailed: not now; the visit does without.
        """
        service = self._require_service()
        known = await self._visits.get(visit)
        if known.person is not None and known.person != person:
            raise NotFound(field="visit_id", rule="exists")
        now = self._clock()
        known.check_running(now)
        if person is not None and await self._follows(service, person, now):
            return SceneView(followed=True)
        qr = self._scenes.get(visit)
        if qr is None or qr.expires_at <= now:
            seconds = max(60, round((known.expires_at - now).total_seconds()))
            qr = await service.scene_qr(scene_of(visit), seconds=seconds)
            self._keep(visit, qr)
        picture = segno.make_qr(qr.content_url, error="m").svg_data_uri(border=BORDER_MODULES)
        return SceneView(followed=False, qr=picture, expires_at=qr.expires_at)

    def scan(self, text: str) -> ScanView:
        """Tell what a scanned text is."""
        match read_scan(text, self._base_url):
            case KioskCode(code):
                return ScanView(kind="kiosk", code=code)
            case WaybillNumber(number):
                return ScanView(kind="waybill", number=number)
            case other:
                return ScanView(kind="other", is_link=other.is_link)

    async def _follows(self, service: WeChatApi, person: PersonId, now: datetime) -> bool:
        account = await self._service_account(person)
        if account is None:
            return False
        if account.follow_changed_at is not None:
            return account.followed
        try:
            follows = await service.follows(account.openid)
        except ProviderFailed:
            return False
        note = self._windows.follow if follows else self._windows.unfollow
        await note(account.id, now)
        return follows

    async def _service_account(self, person: PersonId) -> WeChatAccount | None:
        accounts = await self._accounts.of(person)
        return next((one for one in accounts if one.app is WeChatApp.SERVICE), None)

    def _keep(self, visit: VisitId, qr: SceneQr) -> None:
        self._scenes[visit] = qr
        self._scenes.move_to_end(visit)
        while len(self._scenes) > MOST_KEPT:
            self._scenes.popitem(last=False)

    def _require_service(self) -> WeChatApi:
        if self._service is None:
            raise NotFound(field="path", rule="set_up")
        return self._service
