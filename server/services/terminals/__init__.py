"""Terminals: registered, enrolled, linked, watched as a fleet."""
