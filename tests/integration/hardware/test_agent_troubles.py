"""What the kiosk says when the server is not reached or a port is missing, over real sockets."""

import asyncio
import contextlib
import datetime
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.integration.hardware.rig import kiosk_page, rig
from tests.waiting import eventually

pytestmark = pytest.mark.slow

NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
NO_HTTP = b"220 mail.example ESMTP\r\n"


@contextlib.asynccontextmanager
async def other_server(answer: bytes, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Run something that is no Lanjian server; gives its port."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            writer.write(answer)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield server.sockets[0].getsockname()[1]


def self_signed(folder: Path) -> ssl.SSLContext:
    """Make a certificate that nobody vouches for."""
    key = generate_private_key(SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "server.pem").write_bytes(pem + certificate.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return context


async def said(tmp_path: Path, url: str) -> str:
    """Run an agent with this server's URL until its link has something to say."""
    async with rig(tmp_path / "data", url=url, booted=False) as r:

        async def message() -> str:
            state = await r.state()
            assert state["link"] == "down"
            return str(state["link_message"])

        return await eventually(message)


async def test_a_server_that_is_not_reached_is_told_by_its_cause(tmp_path: Path) -> None:
    async with other_server(NOT_FOUND) as port:
        assert "HTTP 404" in await said(tmp_path / "404", f"ws://127.0.0.1:{port}/v1/terminal")
    assert "Nothing listens" in await said(tmp_path / "none", f"ws://127.0.0.1:{port}/")
    async with other_server(NO_HTTP) as port:
        assert "no Lanjian server" in await said(tmp_path / "mail", f"ws://127.0.0.1:{port}/")
        assert "TLS failed" in await said(tmp_path / "plain", f"wss://127.0.0.1:{port}/")
    async with other_server(NOT_FOUND, self_signed(tmp_path)) as port:
        text = await said(tmp_path / "tls", f"wss://localhost:{port}/")
        assert "证书无效" in text and "clock" in text
    assert "DNS" in await said(tmp_path / "dns", "ws://no-such-server.invalid/v1/terminal")


async def test_a_port_that_is_missing_is_named_and_the_others_serve(tmp_path: Path) -> None:
    missing = """
[[port]]
device = "/dev/lanjian-no-such-port"
baud = 9600
protocol = "8a"
open_attempts = 1

[[port.board]]
address = 1
channels = 4
first_cell = 101
"""
    async with rig(tmp_path, extra_toml=missing) as r, kiosk_page(r.kiosk_url) as page:

        async def troubles() -> list[str]:
            return list((await r.state())["troubles"])

        (trouble,) = await eventually(troubles)
        assert "Port 2" in trouble and "/dev/lanjian" not in trouble.split(":")[0]
        await eventually(lambda: page.screen["troubles"] == [trouble])
        state = await r.until_state(link="up")
        assert state["ports"][0] == "ready"
        assert all(door["stale"] for door in state["doors"] if door["cell"] > 100)
        await r.server.open(1, "c1")
        await eventually(lambda: r.pulses(1) == 1)
