"""Answers that are too long to hold: written chunk by chunk, as fast as the reader reads."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

from tornado.iostream import StreamClosedError

from handlers.access import Access
from handlers.base import ApiHandler


class StreamingHandler(ApiHandler):
    """A route whose method ends with `self.answer_stream(...)`."""

    _stream: AsyncIterator[bytes] | None = None

    def answer_stream(self, chunks: AsyncIterator[bytes], content_type: str, name: str) -> None:
        """Answer with a file, when the method has returned; `name` is ASCII without quotes."""
        self._stream = chunks
        self.set_header("Content-Type", content_type)
        self.set_header("Content-Disposition", f'attachment; filename="{name}"')

    async def run(self, access: Access, method: Callable[[], Awaitable[None]]) -> None:
        """Call a declared method and write what it answered.

        What fails behind the first chunk cuts the connection: a file that ends early must not
        look whole.
        """
        if self._refusal is not None:
            raise self._refusal
        await method()
        if self._stream is None:
            raise TypeError("a streaming route that answers no stream")
        try:
            async for chunk in self._stream:
                self.write(chunk)
                await self.flush()
        except StreamClosedError:
            return  # the reader has gone
        except BaseException:
            if self._headers_written:
                self.request.connection.stream.close()  # type: ignore[union-attr]
            raise
        await self.finish()
