"""Accounts: log-in, sessions, roles, and whose a token is."""
