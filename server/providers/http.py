"""The client by which providers are asked: one a process, and nothing of it without a bound."""

from __future__ import annotations

from tornado.httpclient import AsyncHTTPClient

#: Requests at once; the rest wait in the client's queue.
MOST_REQUESTS = 32

#: The longest answer, a day's bill; what is longer counts as no answer.
MOST_ANSWER_BYTES = 16 * 1024 * 1024


def provider_client() -> AsyncHTTPClient:
    """Build a client of its own; the caller closes it.

    Answers come as they are: what is compressed would have no bound once it is unpacked.
    """
    return AsyncHTTPClient(
        force_instance=True,
        max_clients=MOST_REQUESTS,
        max_body_size=MOST_ANSWER_BYTES,
        defaults={"decompress_response": False},
    )
