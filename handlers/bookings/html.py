"""Pages that the server writes: whole without a script, one shape for their errors.

Every value goes through the template's own escaping; no template writes anything raw.
"""

from __future__ import annotations

from tornado.template import Loader

from handlers.base import ApiHandler
from handlers.errors import ErrorBody

HTML = "text/html; charset=utf-8"


class HtmlHandler(ApiHandler):
    """A route that answers people's browsers; `initialize` of a subclass takes the templates."""

    _templates: Loader

    def set_default_headers(self) -> None:
        """Say what the page may do, also on errors; browsers ask again each time."""
        super().set_default_headers()
        self.set_header("Content-Type", HTML)
        self.set_header("Content-Security-Policy", self.settings["content_policy"])
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("Cache-Control", "no-cache")

    def answer_page(self, template: str, **values: object) -> None:
        """Answer with a page, when the method has returned."""
        self.answer_file(self._templates.load(template).generate(**values), HTML)

    def _send_error(self, body: ErrorBody) -> None:
        page = self._templates.load("error.html")
        self.finish(page.generate(title=body.message, error=body, status=self.get_status()))
