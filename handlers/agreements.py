"""The user agreement as pages of their own: every version's text stays, and reads without scripts.

A version's text is `web/agreements/VERSION.html`, and is never changed once people accepted it: a
change is a new file, and a new `LANJIAN_AGREEMENT_VERSION`, which is asked for at the next log-in.
So it is with the consent to photos of papers: `web/papers-consent/VERSION.html`, asked for with a
booking.
"""

from __future__ import annotations

from collections.abc import Awaitable
from pathlib import Path

from tornado.web import HTTPError

from handlers.pages import FileHandler, Route

#: How versions are written.
VERSION = r"[0-9]{4}-[0-9]{2}(?:-[0-9]{1,2})?"


class AgreementHandler(FileHandler):
    """GET /agreement and /agreement/{version}."""

    def get(  # type: ignore[override]
        self, version: str | None = None, include_body: bool = True
    ) -> Awaitable[None]:
        """Send a version's text; without one, that of the version which counts now."""
        name = version or self.settings["agreement_version"]
        if not has_text(Path(self.root), name):
            raise HTTPError(404)
        return super().get(f"{name}.html", include_body)

    def head(self, version: str | None = None) -> Awaitable[None]:
        """Send the headers."""
        return self.get(version, include_body=False)


class PapersConsentHandler(AgreementHandler):
    """GET /papers-consent/{version}."""


def has_text(folder: Path, version: str) -> bool:
    """Tell whether a version has its text."""
    return (folder / f"{version}.html").is_file()


def require_text(web: Path, version: str, folder: str = "agreements") -> None:
    """Refuse to serve under a version that nobody can read.

    Raises:
        FileNotFoundError: its text is missing.
    """
    if not has_text(web / folder, version):
        raise FileNotFoundError(f"the version {version} has no text in web/{folder}")


def routes(web: Path) -> list[Route]:
    """List the agreement's pages."""
    given = {"path": str(web / "agreements")}
    consent = {"path": str(web / "papers-consent")}
    return [
        (r"/agreement", AgreementHandler, given),
        (rf"/agreement/(?P<version>{VERSION})", AgreementHandler, given),
        (rf"/papers-consent/(?P<version>{VERSION})", PapersConsentHandler, consent),
    ]
