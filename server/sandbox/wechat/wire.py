"""WeChat's messages to the platform on the wire: XML, signed, plain or AES; replies read back.

Signature: sha1 of the sorted token, timestamp and nonce (and ciphertext). AES-256-CBC whose IV is
the key's first 16 bytes, PKCS#7 to blocks of 32; 16 random bytes, length, text, app id.
"""

from __future__ import annotations

import hashlib
import os
import re
import struct
from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from server.sandbox.bodies import Kind
from server.sandbox.clock import Clock
from server.sandbox.keys import SandboxKeys
from server.sandbox.notices import Notice
from server.sandbox.wechat.people import People
from server.sandbox.wechat.refusals import WeChatRefused
from server.sandbox.wires import Delivery

BLOCK = 32
OLD_SECONDS = 600

#: What WeChat shows when a reply is no reply.
NO_SERVICE = "该服务号提供的服务出现故障，请稍后再试"


def sha1_of(*parts: str) -> str:
    """Sign as WeChat's callbacks are signed."""
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


def xml_of(fields: dict[str, Any], root: str = "xml") -> str:
    """Write nested fields as XML; texts in CDATA."""
    inner = "".join(
        xml_of(value, name) if isinstance(value, dict) else f"<{name}>{_cdata(value)}</{name}>"
        for name, value in fields.items()
    )
    return f"<{root}>{inner}</{root}>"


def _cdata(value: object) -> str:
    text = str(value)
    if text.isdigit():
        return text
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"


class Aes:
    """The cipher of the callbacks."""

    def __init__(self, aes_key: str, app_id: str) -> None:
        self._key = b64decode(aes_key + "=")
        self._app_id = app_id.encode()

    def encrypt(self, text: str) -> str:
        """Encrypt a text."""
        raw = text.encode()
        plain = os.urandom(16) + struct.pack(">I", len(raw)) + raw + self._app_id
        fill = BLOCK - len(plain) % BLOCK
        encryptor = self._cipher().encryptor()
        return b64encode(encryptor.update(plain + bytes([fill]) * fill)).decode()

    def decrypt(self, encrypted: str) -> str:
        """Decrypt a text.

        Raises:
            ValueError: it is not of this key, or for another app.
        """
        decryptor = self._cipher().decryptor()
        plain = decryptor.update(b64decode(encrypted)) + decryptor.finalize()
        plain = plain[16 : -plain[-1]] if plain else b""
        if len(plain) < 4:
            raise ValueError("too short")
        (length,) = struct.unpack(">I", plain[:4])
        if plain[4 + length :] != self._app_id:
            raise ValueError("for another app")
        return plain[4 : 4 + length].decode()

    def _cipher(self) -> Cipher[modes.CBC]:
        return Cipher(algorithms.AES(self._key), modes.CBC(self._key[:16]))


class WeChatWire:
    """Implements `Wire`."""

    def __init__(
        self,
        *,
        keys: SandboxKeys,
        people: People,
        mode: Callable[[], str],
        clock: Clock,
        draw: Callable[[], str],
        rung: Callable[[], None],
    ) -> None:
        """Take the keys, who shows replies, and what rings when a chat has grown."""
        self._keys = keys
        self._people = people
        self._mode = mode
        self._clock = clock
        self._draw = draw
        self._rung = rung
        self._aes = Aes(keys.wechat_aes_key, keys.wechat_app_id)

    def true(self, notice: Notice) -> Delivery:
        """Write the message as it is; a repetition is signed anew."""
        return self._delivery(notice, self._keys.wechat_token, 0)

    def false(self, notice: Notice, fault: Kind) -> Delivery:
        """Write it `forged` (by another token) or with an `old_timestamp`."""
        if fault == "forged":
            return self._delivery(notice, "not the account's token", 0)
        return self._delivery(notice, self._keys.wechat_token, OLD_SECONDS)

    def is_taken(self, status: int, body: bytes) -> bool:
        """Take any 200 as an answer, and show the reply that is in it."""
        if status != 200:
            return False
        text = body.decode(errors="replace").strip()
        if text not in ("", "success"):
            self._show(text)
        return True

    def _delivery(self, notice: Notice, token: str, age_seconds: int) -> Delivery:
        told = {"ToUserName": self._keys.wechat_original_id, **notice.resource}
        timestamp, nonce = str(int(self._clock()) - age_seconds), self._draw()[:10]
        query = {
            "signature": sha1_of(token, timestamp, nonce),
            "timestamp": timestamp,
            "nonce": nonce,
            "openid": notice.resource["FromUserName"],
        }
        mode = self._mode()
        if mode == "plain":
            return _posted(xml_of(told), query)
        encrypt = self._aes.encrypt(xml_of(told))
        query |= {"encrypt_type": "aes", "msg_signature": sha1_of(token, timestamp, nonce, encrypt)}
        outer = {"ToUserName": self._keys.wechat_original_id, "Encrypt": encrypt}
        return _posted(xml_of(outer if mode == "aes" else {**told, "Encrypt": encrypt}), query)

    def _show(self, text: str) -> None:
        try:
            reply = self._opened(ElementTree.fromstring(text))
            openid = reply.findtext("ToUserName") or ""
            kind = reply.findtext("MsgType")
            if not self._people.known(openid)["follows"]:
                return
        except (ElementTree.ParseError, ValueError, WeChatRefused):
            return
        if kind == "text":
            self._people.say(openid, "reply", reply.findtext("Content") or "", url=_link(reply))
        elif kind == "news":
            item = reply.find("Articles/item")
            if item is not None:
                self._people.say(
                    openid,
                    "reply",
                    item.findtext("Description") or "",
                    title=item.findtext("Title") or "",
                    url=item.findtext("Url"),
                )
        else:
            self._people.say(openid, "reply", NO_SERVICE)
        self._rung()

    def _opened(self, reply: ElementTree.Element) -> ElementTree.Element:
        encrypt = reply.findtext("Encrypt")
        if encrypt is None:
            return reply
        signed = [reply.findtext(name) or "" for name in ("TimeStamp", "Nonce")]
        wanted = sha1_of(self._keys.wechat_token, *signed, encrypt)
        if reply.findtext("MsgSignature") != wanted:
            raise ValueError("the reply's signature is wrong")
        return ElementTree.fromstring(self._aes.decrypt(encrypt))


def _posted(xml: str, query: dict[str, str]) -> Delivery:
    return Delivery(body=xml.encode(), headers={"Content-Type": "text/xml"}, query=urlencode(query))


def _link(reply: ElementTree.Element) -> str | None:
    """Find the first link in a text reply."""
    found = re.search(r"https?://[^\s\"'<>]+", reply.findtext("Content") or "")
    return found[0] if found else None
