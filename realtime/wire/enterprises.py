"""Enterprises and their pages on the wire: what people see, what staff edit."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from realtime.wire.orders import Limit
from realtime.wire.requests import PLAIN, Body, Text
from realtime.wire.views import View

Region = Annotated[str, msgspec.Meta(max_length=6)]
Version = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]
Skip = Annotated[int, msgspec.Meta(ge=0, le=100_000)]
BlockText = Annotated[str, msgspec.Meta(max_length=2000, pattern=PLAIN)]


class BlockBody(Body, frozen=True, kw_only=True, omit_defaults=True):
    """One block of a page: a heading or paragraph with `text`, a list, a picture.

    Plain text always: whatever looks like markup is shown as it was typed. A picture's `text`
    says what it shows, `picture` names it as `PictureTaken` did.
    """

    kind: Literal["heading", "paragraph", "list", "picture"]
    text: BlockText = ""
    items: Annotated[tuple[Text, ...], msgspec.Meta(max_length=30)] = ()
    picture: Annotated[str, msgspec.Meta(max_length=64)] = ""


class EnterprisesQuery(Body, frozen=True, kw_only=True):
    """GET /v1/enterprises?name&region&skip&limit: part of a name; district, city or province."""

    name: Annotated[str, msgspec.Meta(max_length=60, pattern=PLAIN)] = ""
    region: Region = ""
    skip: Skip = 0
    limit: Limit = 20


class EnterpriseView(View, frozen=True, kw_only=True):
    """One enterprise; its page for people is /e/{id}."""

    enterprise_id: str
    name: str
    region: str
    active: bool
    page_version: int  #: of the page that people see; 0: none yet
    version: int


class EnterprisesView(View, frozen=True, kw_only=True):
    """Enterprises by name; `next` is the `skip` of the next page, missing on the last."""

    enterprises: tuple[EnterpriseView, ...]
    next: int | None = None


class EnterprisePageView(View, frozen=True, kw_only=True):
    """What an enterprise says of itself; no blocks while no page is published."""

    enterprise: EnterpriseView
    blocks: tuple[BlockBody, ...]


class NewEnterprise(Body, frozen=True, kw_only=True):
    """POST /v1/staff/enterprises."""

    name: Text
    region: Region


class EditEnterprise(Body, frozen=True, kw_only=True):
    """PUT /v1/staff/enterprises/{id}: all of it, and the version that it was edited from."""

    version: Version
    name: Text
    region: Region
    active: bool


class SavePage(Body, frozen=True, kw_only=True):
    """POST /v1/staff/enterprises/{id}/pages: `base` is the last version there is, 0 for none."""

    base: Version
    blocks: Annotated[tuple[BlockBody, ...], msgspec.Meta(max_length=60)]


class PublishPage(Body, frozen=True, kw_only=True):
    """PUT /v1/staff/enterprises/{id}/page: show a version, newer or older; 0 shows none."""

    number: Version
    version: Version  #: of the enterprise


class PagesQuery(Body, frozen=True, kw_only=True):
    """GET /v1/staff/enterprises/{id}/pages?before&limit."""

    before: Version | None = None
    limit: Limit = 20


class SavedPageView(View, frozen=True, kw_only=True):
    """One saved version, without its blocks."""

    number: int
    saved_by: str
    saved_at: datetime
    published: bool


class SavedPagesView(View, frozen=True, kw_only=True):
    """All saved versions, newest first; `next` is the next page's `before`."""

    pages: tuple[SavedPageView, ...]
    next: int | None = None


class PageView(View, frozen=True, kw_only=True):
    """One version of a page."""

    enterprise_id: str
    number: int
    blocks: tuple[BlockBody, ...]
    saved_by: str
    saved_at: datetime


class PictureTaken(View, frozen=True, kw_only=True):
    """POST /v1/staff/pictures: its name for blocks, and its address."""

    picture: str
    path: str
