"""Embedded servers killed, restarted and orphaned."""
