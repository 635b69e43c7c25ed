"""The composition root: everything is built here and handed over; nothing is looked up.

bases.py      clients of MongoDB, Redis and HTTP, keys, clock, chance
stores.py     every MongoDB store
accounts.py   log-in, sessions, roles, photos
platform.py   one `lanjian serve` process: routes, sockets, start and stop
workers.py    one `lanjian worker` process: what is looked at again and again
"""

from server.app.bases import Bases, opened
from server.app.platform import Platform, build
from server.app.workers import build_worker

__all__ = ["Bases", "Platform", "build", "build_worker", "opened"]
