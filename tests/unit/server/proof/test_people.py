"""The proofs' HTTP client: a server that dies under a request is an outage, not the run's end."""

import asyncio

import pytest

from server.proof.people import Api


async def test_a_server_that_ends_in_the_middle_of_a_request_is_a_lost_connection() -> None:
    async def die(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(die, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    api = Api(f"http://127.0.0.1:{port}")
    try:
        with pytest.raises(ConnectionError, match="/v1/anything"):
            await api.ask("GET", "/v1/anything")
    finally:
        api.close()
        server.close()
        await server.wait_closed()
