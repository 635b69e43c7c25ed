"""The composition root: everything is built here and handed over; nothing is looked up.

bases.py      clients of MongoDB, Redis and HTTP, keys, clock, chance
stores.py     every MongoDB store
ways.py       the ways to people, staff, couriers and terminals
accounts.py   log-in, sessions, roles, photos
money.py      payments, refunds, payouts
finance.py    wallets' statements, files by day, invoices
doors.py      what happens at a terminal
orders.py     orders, races, review, timers, and all of the above together
process.py    what both kinds of process have
live.py       sockets, offers as they change, gauges: of a server only
platform.py   one `lanjian serve`: routes, sockets, start and stop
workers.py    one `lanjian worker`: what is looked at again and again
commands.py   what single commands need: the stores alone, or who gives roles

Nothing is imported here, so that a command loads only what it needs.
"""
