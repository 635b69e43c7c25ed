"""WeChat's messages to us: checked, decrypted, read; and our replies to them. No I/O.

Nothing is parsed before it is authenticated, where WeChat's form allows that: in mode `aes` the
signature covers the ciphertext. wechatpy 1.8.18 gives the cipher and the parsers; the signature
is compared here, in constant time.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import struct
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from xml.parsers.expat import ExpatError

from wechatpy.crypto import PrpCrypto
from wechatpy.exceptions import InvalidAppIdException
from wechatpy.parser import parse_message
from wechatpy.replies import ArticlesReply, TextReply

from server.domain.errors import BadNotice
from server.domain.ids import Draw
from server.providers.wechat.config import CallbackConfig, aes_bytes
from server.providers.wechat.events import Article, Incoming
from server.providers.wechat.reading import event_of, listed_texts, text_of

#: Every reason to refuse; what the server counts by.
REASONS = ("size", "plain", "encrypted", "signature", "fresh", "well_formed", "app")

MAX_BYTES = 64 * 1024
FRESH_SECONDS = 300

#: A reply's text may have so many bytes [WeChat's documents, from memory].
MAX_REPLY_BYTES = 2048

_NONCE = re.compile(r"[!-~]{1,64}")
_TIMESTAMP = re.compile(r"[0-9]{1,10}", re.ASCII)
_ECHO = re.compile(r"[!-~]{1,256}")
_OPENID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)

#: The only thing looked at in an encrypted body before its signature is known to be right; it
#: never goes back over what it has read, so that no body takes long.
_ENCRYPT = re.compile(
    rb"<Encrypt>\s{0,8}+(?:<!\[CDATA\[)?+([A-Za-z0-9+/=]++)(?:\]\]>)?+\s{0,8}+</Encrypt>"
)

#: All that wechatpy's cipher and parsers raise on texts they were not made for.
_UNREADABLE = (
    ValueError,  # no base64, no UTF-8, no blocks, no number, entities
    ExpatError,
    TypeError,
    KeyError,
    AttributeError,
    IndexError,
    OverflowError,
    struct.error,
)


class Callback:
    """Judges and reads what arrives at the callback's URL."""

    def __init__(self, config: CallbackConfig, draw: Draw) -> None:
        """Take the account's keys, and what draws random characters for replies."""
        self._config = config
        self._cipher = None if config.aes_key is None else _Cipher(config.aes_key, draw)
        self._draw = draw

    def echo(self, query: Mapping[str, str], now: datetime) -> str:
        """Give the text that proves to WeChat that this URL is ours.

        Raises:
            BadNotice: rule `signature`, `fresh` or `well_formed`.
        """
        timestamp, nonce = _stamp(query)
        self._check(query.get("signature", ""), timestamp, nonce)
        _check_fresh(timestamp, now)
        echo = query.get("echostr", "")
        if not _ECHO.fullmatch(echo):
            raise BadNotice(rule="well_formed")
        return echo

    def read(self, query: Mapping[str, str], raw: bytes, now: datetime) -> Incoming:
        """Verify and read one message.

        Raises:
            BadNotice: its rule is one of `REASONS`; nothing else is ever raised.
        """
        if len(raw) > MAX_BYTES:
            raise BadNotice(rule="size")
        timestamp, nonce = _stamp(query)
        encrypted = query.get("encrypt_type", "") == "aes"
        xml = self._opened(query, raw, timestamp, nonce) if encrypted else raw
        if not encrypted:
            self._check_plain(query, timestamp, nonce)
        _check_fresh(timestamp, now)
        return self._incoming(xml, encrypted, _digest(timestamp, nonce))

    def reply_text(self, incoming: Incoming, text: str, now: datetime) -> bytes:
        """Write a reply; a text that is too long is cut."""
        content = _cdata(_cut(text, MAX_REPLY_BYTES))
        return self._reply(incoming, TextReply(content=content, **_between(incoming, now)), now)

    def reply_news(self, incoming: Incoming, article: Article, now: datetime) -> bytes:
        """Write a reply that is one card with a link."""
        reply = ArticlesReply(**_between(incoming, now))
        reply.add_article(
            {
                "title": _cdata(article.title),
                "description": _cdata(article.description),
                "image": _cdata(article.picture_url),
                "url": _cdata(article.url),
            }
        )
        return self._reply(incoming, reply, now)

    def _opened(self, query: Mapping[str, str], raw: bytes, timestamp: str, nonce: str) -> str:
        if self._cipher is None or self._config.mode == "plain":
            raise BadNotice(rule="encrypted")
        found = _ENCRYPT.search(raw)
        if found is None:
            raise BadNotice(rule="well_formed")
        encrypt = found[1].decode()
        self._check(query.get("msg_signature", ""), timestamp, nonce, encrypt)
        try:
            return str(self._cipher.decrypt(encrypt, self._config.app_id))
        except InvalidAppIdException as error:
            raise BadNotice(rule="app") from error
        except _UNREADABLE as error:
            raise BadNotice(rule="well_formed") from error

    def _check_plain(self, query: Mapping[str, str], timestamp: str, nonce: str) -> None:
        if self._config.mode == "aes":
            raise BadNotice(rule="plain")
        self._check(query.get("signature", ""), timestamp, nonce)

    def _check(self, given: str, *signed: str) -> None:
        wanted = _signature(self._config.token, *signed)
        if not hmac.compare_digest(wanted.encode(), given.encode("utf-8", "surrogatepass")):
            raise BadNotice(rule="signature")

    def _incoming(self, xml: str | bytes, encrypted: bool, nonce: str) -> Incoming:
        try:
            message = parse_message(xml)
            if message is None:
                raise BadNotice(rule="well_formed")
            if text_of(message._data, "ToUserName", 64) != self._config.original_id:
                raise BadNotice(rule="app")
            return Incoming(
                openid=_openid(message._data),
                account=self._config.original_id,
                created_at=_created_at(message._data),
                key=_key(message._data),
                nonce=nonce,
                encrypted=encrypted,
                event=event_of(message),
            )
        except _UNREADABLE as error:
            raise BadNotice(rule="well_formed") from error

    def _reply(self, incoming: Incoming, reply: Any, now: datetime) -> bytes:
        xml = str(reply.render())
        if not incoming.encrypted:
            return xml.encode()
        if self._cipher is None:
            raise ValueError("an encrypted message was read without a key")
        encrypt = self._cipher.encrypt(xml, self._config.app_id).decode()
        timestamp, nonce = str(int(now.timestamp())), self._draw(16)
        signature = _signature(self._config.token, timestamp, nonce, encrypt)
        return (
            f"<xml><Encrypt><![CDATA[{encrypt}]]></Encrypt>"
            f"<MsgSignature><![CDATA[{signature}]]></MsgSignature>"
            f"<TimeStamp>{timestamp}</TimeStamp><Nonce><![CDATA[{nonce}]]></Nonce></xml>"
        ).encode()


class _Cipher(PrpCrypto):  # type: ignore[misc]  # wechatpy has no types
    """wechatpy's AES, with a prefix from the system's randomness instead of `random`."""

    def __init__(self, aes_key: str, draw: Draw) -> None:
        super().__init__(aes_bytes(aes_key))
        self._draw = draw

    def get_random_string(self) -> str:
        """Draw the 16 characters that make two equal texts differ."""
        return self._draw(16)


def _stamp(query: Mapping[str, str]) -> tuple[str, str]:
    timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
    if not _TIMESTAMP.fullmatch(timestamp) or not _NONCE.fullmatch(nonce):
        raise BadNotice(rule="well_formed")
    return timestamp, nonce


def _check_fresh(timestamp: str, now: datetime) -> None:
    if abs(now.timestamp() - int(timestamp)) > FRESH_SECONDS:
        raise BadNotice(rule="fresh")


def _signature(*signed: str) -> str:
    return hashlib.sha1("".join(sorted(signed)).encode("utf-8", "surrogatepass")).hexdigest()


def _openid(data: Mapping[str, Any]) -> str:
    openid = text_of(data, "FromUserName", 64)
    if not _OPENID.fullmatch(openid):
        raise ValueError("no openid")
    return openid


def _created_at(data: Mapping[str, Any]) -> datetime:
    text = text_of(data, "CreateTime", 10)
    if not _TIMESTAMP.fullmatch(text):
        raise ValueError("no time")
    return datetime.fromtimestamp(int(text), UTC)


def _key(data: Mapping[str, Any]) -> str:
    """Name the message: by its MsgId, an event by its person, second and kind.

    WeChat advises no more for events; their key or MsgID, or the templates that they list,
    besides keeps apart what one person did twice in a second, and is the same in each repetition.
    """
    number = text_of(data, "MsgId", 64, default="")
    if number:
        return _digest("message", number)
    names = ("FromUserName", "CreateTime", "Event", "EventKey", "MsgID")
    told = (text_of(data, name, 1024, default="") for name in names)
    return _digest("event", *told, *listed_texts(data))


def _digest(*parts: str) -> str:
    text = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.sha256(text).hexdigest()[:32]


def _between(incoming: Incoming, now: datetime) -> dict[str, Any]:
    return {
        "source": incoming.account,
        "target": incoming.openid,
        "time": int(now.timestamp()),
    }


def _cdata(text: str) -> str:
    """Keep a text inside its CDATA section: wechatpy writes it there as it is."""
    return text.replace("]]>", "]]]]><![CDATA[>")


def _cut(text: str, most: int) -> str:
    return text.encode()[:most].decode(errors="ignore")
