"""China's time: one zone, no summer time. Days on papers, of bills and of limits are of it."""

from __future__ import annotations

from datetime import timedelta, timezone

CHINA = timezone(timedelta(hours=8))
