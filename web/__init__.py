"""Pages for people: what Vite builds into `dist/`, and what is served as it is."""

from pathlib import Path

#: What `make web` builds; another folder may be named by LANJIAN_WEB_DIST.
DIST = Path(__file__).parent / "dist"
