"""An enterprise's page: blocks of plain text and pictures, version by version.

Staff write no markup. A page is a list of blocks of four kinds, shown by our own template, which
escapes every word of them; so nothing that staff type can become more than text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from server.domain.errors import InvalidInput
from server.domain.ids import EnterpriseId, PersonId

MOST_BLOCKS = 60
MOST_ITEMS = 30
HEADING_CHARACTERS = 60
ITEM_CHARACTERS = 200
PARAGRAPH_CHARACTERS = 2000
CAPTION_CHARACTERS = 120

#: A picture is named by the SHA-256 of its bytes.
PICTURE = re.compile(r"[0-9a-f]{64}")


class BlockKind(StrEnum):
    """What a block is."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST = "list"
    PICTURE = "picture"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block. A heading and a paragraph have a text, a list items, a picture its name.

    A picture's text says what it shows, for people who do not see it.
    """

    kind: BlockKind
    text: str = ""
    items: tuple[str, ...] = ()
    picture: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One saved version of one enterprise's page; never changed, never deleted."""

    enterprise: EnterpriseId
    number: int  #: from 1, without holes
    blocks: tuple[Block, ...]
    saved_by: PersonId
    saved_at: datetime


def checked_blocks(blocks: Sequence[Block], *, field: str = "blocks") -> tuple[Block, ...]:
    """Give the blocks in their normal form: no outer spaces, no empty lines in a row.

    Raises:
        InvalidInput: too many (`most_blocks`), a text or item that is missing or too long
            (`required`, `length`), a picture's name that is none (`picture`), or a field that a
            block of this kind has not (`not_of_this_kind`); the field names the block.
    """
    if len(blocks) > MOST_BLOCKS:
        raise InvalidInput(field=field, rule="most_blocks", most=MOST_BLOCKS)
    return tuple(_checked(block, f"{field}[{place}]") for place, block in enumerate(blocks))


def pictures_of(blocks: Sequence[Block]) -> frozenset[str]:
    """Name the pictures that blocks show."""
    return frozenset(block.picture for block in blocks if block.picture)


def _checked(block: Block, field: str) -> Block:
    if block.items and block.kind is not BlockKind.LIST:
        raise InvalidInput(field=f"{field}.items", rule="not_of_this_kind")
    if block.picture and block.kind is not BlockKind.PICTURE:
        raise InvalidInput(field=f"{field}.picture", rule="not_of_this_kind")
    match block.kind:
        case BlockKind.HEADING:
            text = _line(block.text, HEADING_CHARACTERS, f"{field}.text")
            return Block(kind=block.kind, text=text)
        case BlockKind.PARAGRAPH:
            text = _paragraph(block.text, f"{field}.text")
            return Block(kind=block.kind, text=text)
        case BlockKind.LIST:
            return Block(kind=block.kind, items=_items(block, field))
        case BlockKind.PICTURE:
            if not PICTURE.fullmatch(block.picture):
                raise InvalidInput(field=f"{field}.picture", rule="picture")
            text = _line(block.text, CAPTION_CHARACTERS, f"{field}.text")
            return Block(kind=block.kind, text=text, picture=block.picture)


def _items(block: Block, field: str) -> tuple[str, ...]:
    if block.text:
        raise InvalidInput(field=f"{field}.text", rule="not_of_this_kind")
    if not block.items:
        raise InvalidInput(field=f"{field}.items", rule="required")
    if len(block.items) > MOST_ITEMS:
        raise InvalidInput(field=f"{field}.items", rule="most_items", most=MOST_ITEMS)
    return tuple(
        _line(item, ITEM_CHARACTERS, f"{field}.items[{place}]")
        for place, item in enumerate(block.items)
    )


def _line(text: str, most: int, field: str) -> str:
    line = " ".join(text.split())
    if not line:
        raise InvalidInput(field=field, rule="required")
    if len(line) > most:
        raise InvalidInput(field=field, rule="length", most=most)
    return line


def _paragraph(text: str, field: str) -> str:
    lines = [" ".join(line.split()) for line in text.splitlines()]
    whole = re.sub(r"\n{2,}", "\n", "\n".join(lines)).strip()
    if not whole:
        raise InvalidInput(field=field, rule="required")
    if len(whole) > PARAGRAPH_CHARACTERS:
        raise InvalidInput(field=field, rule="length", most=PARAGRAPH_CHARACTERS)
    return whole
