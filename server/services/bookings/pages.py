"""Pages of enterprises: every saved version is kept, and staff say which of them people see."""

from __future__ import annotations

from dataclasses import replace

from realtime.wire.enterprises import (
    BlockBody,
    EnterprisePageView,
    EnterpriseView,
    PagesQuery,
    PageView,
    PublishPage,
    SavedPagesView,
    SavedPageView,
    SavePage,
)
from server.domain.bookings.outlets import Enterprise
from server.domain.bookings.pages import Block, BlockKind, Page, checked_blocks, pictures_of
from server.domain.errors import InvalidInput, NotFound, StaleVersion
from server.domain.ids import EnterpriseId
from server.domain.people import Actor
from server.services.bookings.enterprises import enterprise_view
from server.services.ports import Clock
from server.store.audit import MongoAudit
from server.store.bookings.enterprises import MongoEnterprises
from server.store.bookings.pictures import MongoPictures


class Pages:
    """The pages of all enterprises."""

    def __init__(
        self,
        *,
        enterprises: MongoEnterprises,
        pictures: MongoPictures,
        audit: MongoAudit,
        clock: Clock,
    ) -> None:
        self._enterprises = enterprises
        self._pictures = pictures
        self._audit = audit
        self._clock = clock

    async def public(self, enterprise: EnterpriseId) -> EnterprisePageView:
        """Give the page that people see; without blocks while none is published.

        Raises:
            NotFound: there is no such enterprise, or it is hidden.
        """
        known = await self._enterprises.get(enterprise)
        if not known.active:
            raise NotFound(field="enterprise_id", rule="exists")
        return await self._shown(known, known.page_version)

    async def preview(self, enterprise: EnterpriseId, number: int) -> EnterprisePageView:
        """Give a saved version, as people would see it.

        Raises:
            NotFound: there is no such enterprise or version.
        """
        return await self._shown(await self._enterprises.get(enterprise), number)

    async def save(self, actor: Actor, enterprise: EnterpriseId, asked: SavePage) -> PageView:
        """Keep a new version; people see it once it is published.

        Raises:
            InvalidInput: a block breaks its rule, or shows a picture that there is not.
            StaleVersion: somebody saved meanwhile.
            NotFound: there is no such enterprise.
        """
        await self._enterprises.get(enterprise)
        blocks = checked_blocks([_block(body) for body in asked.blocks])
        missing = await self._pictures.missing(pictures_of(blocks))
        for place, block in enumerate(blocks):
            if block.picture in missing:
                raise InvalidInput(field=f"blocks[{place}].picture", rule="exists")
        page = Page(
            enterprise=enterprise,
            number=asked.base + 1,
            blocks=blocks,
            saved_by=actor.person,
            saved_at=self._clock(),
        )
        await self._enterprises.save_page(page)
        return page_view(page)

    async def versions(self, enterprise: EnterpriseId, asked: PagesQuery) -> SavedPagesView:
        """List the saved versions, newest first.

        Raises:
            NotFound: there is no such enterprise.
        """
        known = await self._enterprises.get(enterprise)
        found = await self._enterprises.pages(
            enterprise, before=asked.before, limit=asked.limit + 1
        )
        shown = found[: asked.limit]
        return SavedPagesView(
            pages=tuple(
                SavedPageView(
                    number=number,
                    saved_by=saved_by,
                    saved_at=saved_at,
                    published=number == known.page_version,
                )
                for number, saved_by, saved_at in shown
            ),
            next=shown[-1][0] if len(found) > len(shown) else None,
        )

    async def version(self, enterprise: EnterpriseId, number: int) -> PageView:
        """Show one saved version to staff.

        Raises:
            NotFound: there is none.
        """
        return page_view(await self._enterprises.page(enterprise, number))

    async def publish(
        self, actor: Actor, enterprise: EnterpriseId, asked: PublishPage
    ) -> EnterpriseView:
        """Say which version people see, newer or older, or none; recorded.

        Raises:
            NotFound: there is no such enterprise or version.
            StaleVersion: the enterprise changed meanwhile.
        """
        known = await self._enterprises.get(enterprise)
        if known.version != asked.version:
            raise StaleVersion(field="version", rule="current")
        if asked.number:
            await self._enterprises.page(enterprise, asked.number)
        await self._audit.record(
            actor=actor.person,
            action="publish_page",
            subject=f"enterprise:{enterprise}",
            purpose="edit",
            at=self._clock(),
            details={"page": f"{known.page_version} → {asked.number}"},
        )
        shown = replace(known, page_version=asked.number)
        return enterprise_view(await self._enterprises.change(shown))

    async def _shown(self, known: Enterprise, number: int) -> EnterprisePageView:
        blocks: tuple[BlockBody, ...] = ()
        if number:
            page = await self._enterprises.page(known.id, number)
            blocks = tuple(_block_body(block) for block in page.blocks)
        return EnterprisePageView(enterprise=enterprise_view(known), blocks=blocks)


def page_view(page: Page) -> PageView:
    """Show a version."""
    return PageView(
        enterprise_id=page.enterprise,
        number=page.number,
        blocks=tuple(_block_body(block) for block in page.blocks),
        saved_by=page.saved_by,
        saved_at=page.saved_at,
    )


def _block(body: BlockBody) -> Block:
    return Block(kind=BlockKind(body.kind), text=body.text, items=body.items, picture=body.picture)


def _block_body(block: Block) -> BlockBody:
    return BlockBody(
        kind=block.kind.value, text=block.text, items=block.items, picture=block.picture
    )
