"""The client of providers, against servers that answer more than any provider does."""

import gzip
from contextlib import asynccontextmanager

import pytest
from tornado.httpserver import HTTPServer
from tornado.iostream import StreamClosedError
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from server.domain.errors import ProviderFailed
from server.providers.exchange import post
from server.providers.http import MOST_ANSWER_BYTES, provider_client

PIECE = bytes(1024 * 1024)


class Endless(RequestHandler):
    """Announces more than is taken, or sends it piece by piece without saying so."""

    async def post(self, way: str) -> None:
        if way == "announced":
            self.set_header("Content-Length", str(MOST_ANSWER_BYTES + 1))
        try:
            for _ in range(MOST_ANSWER_BYTES // len(PIECE) + 1):
                self.write(PIECE)
                await self.flush()
        except StreamClosedError:  # the client has hung up
            return


class Packed(RequestHandler):
    """Sends a compressed answer, asked or not."""

    def post(self) -> None:
        asked = self.request.headers.get("Accept-Encoding", "")
        self.set_header("Content-Encoding", "gzip")
        self.set_header("X-Asked", asked or "nothing")
        self.write(gzip.compress(bytes(4 * len(PIECE))))


@asynccontextmanager
async def served():
    """Give the URL of the server, and a client."""
    routes = [(r"/(announced|chunked)", Endless), ("/packed", Packed)]
    server = HTTPServer(Application(routes, log_function=lambda handler: None))
    sockets = bind_sockets(0, "127.0.0.1")
    server.add_sockets(sockets)
    client = provider_client()
    try:
        yield f"http://127.0.0.1:{sockets[0].getsockname()[1]}", client
    finally:
        client.close()
        server.stop()
        await server.close_all_connections()


@pytest.mark.parametrize("way", ["announced", "chunked"])
async def test_an_answer_beyond_the_bound_is_no_answer(way):
    async with served() as (url, client):
        with pytest.raises(ProviderFailed) as refused:
            await post(client, f"{url}/{way}", {}, b"{}")
    assert refused.value.rule == "no_answer"


async def test_nothing_is_unpacked():
    async with served() as (url, client):
        answer = await post(client, f"{url}/packed", {}, b"{}")
    assert (answer.headers["X-Asked"], len(answer.body) < len(PIECE)) == ("nothing", True)
